// How the tests of this folder store resources and ask for $everything.
import { expect } from '@jest/globals';
import { accepted, batch, type Json, put } from '../bundles/bundleSupport.ts';
import { send } from '../support/testServer.ts';

export const ref = (reference: string) => ({ reference });

/** An Observation with an id. */
export const observation = (id: string, subject: string, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: ref(subject),
  ...more,
});

/** Stores resources under their own ids. */
export const store = (base: string, ...resources: Json[]): Promise<Json> =>
  accepted(base, batch(resources.map((resource) => put(resource))));

/** Ids of a Bundle's entries. */
export const idsOf = (bundle: Json): string[] =>
  (bundle.entry ?? []).map(({ resource }: Json) => resource.id);

/** Gets `url` and expects a Bundle. */
export async function everything(url: string): Promise<Json> {
  const { status, body, text } = await send('GET', url);
  expect({ url, status, text: status === 200 ? '' : text }).toEqual({ url, status: 200, text: '' });
  return body;
}

/** The next link of a page. */
export const nextOf = (bundle: Json): string | undefined =>
  bundle.link.find((link: Json) => link.relation === 'next')?.url;
