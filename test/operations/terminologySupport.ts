// What tests of the terminology operations share: requests by GET, POST and both app instances, and answers in short form.
import { expect } from '@jest/globals';
import { type Answer, send } from '../support/testServer.ts';

type Json = Record<string, unknown>;

export interface Part {
  name: string;
  part?: Part[];
  resource?: Json;
  [value: `value${string}`]: unknown;
}

/** The value of a parameter, whatever its type. */
export function valueIn(part: Part | undefined): unknown {
  return part && Object.entries(part).find(([key]) => key.startsWith('value'))?.[1];
}

/** The parts of a 200 answer. */
export function parts({ status, body }: Answer): Part[] {
  expect({ status, body }).toMatchObject({ status: 200, body: { resourceType: 'Parameters' } });
  return body.parameter ?? [];
}

/** Values by name; of names given more than once, and of those with parts, a list. */
export function values(list: readonly Part[]): Json {
  const read = (part: Part): unknown => (part.part ? values(part.part) : valueIn(part));
  const groups = Map.groupBy(list, ({ name }) => name);
  return Object.fromEntries(
    [...groups].map(([name, all]) => [
      name,
      all.length === 1 && !all[0]!.part ? read(all[0]!) : all.map(read),
    ]),
  );
}

/** GET with these parameters; a list is given one by one. */
export function get(url: string, parameters: Record<string, string | string[] | undefined>): Promise<Answer> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of [value ?? []].flat()) query.append(name, each);
  }
  return send('GET', `${url}?${query}`);
}

/** POST of a Parameters resource. */
export const post = (url: string, ...parameter: Json[]): Promise<Answer> =>
  send('POST', url, { resourceType: 'Parameters', parameter });

/** Stores a resource under its id. */
export async function put(
  base: string,
  resource: Json & { resourceType: string; id: string },
): Promise<void> {
  const { status, body } = await send('PUT', `${base}/${resource.resourceType}/${resource.id}`, resource);
  expect({ stored: status < 300, issue: body?.issue }).toEqual({ stored: true });
}
