// Each thing that can be wrong with a resource, over HTTP: the validator names the element and the reason, says nothing else,
// and a create is refused for the same.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Issue } from '../../../server/errors.ts';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { allMutations } from './allMutations.ts';
import { type Expected, type Json, type Mutation, mutated } from './mutation.ts';
import { profileMutations } from './profileMutations.ts';
import { profiles, valueSet } from './profiles.ts';
import { soundVariants } from './soundVariants.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  for (const resource of [valueSet, ...profiles]) {
    const { status, text } = await send(
      'PUT',
      `${server.base}/${resource.resourceType}/${resource.id}`,
      resource,
    );
    expect({ status, text: status === 201 ? '' : text }).toEqual({ status: 201, text: '' });
  }
});
afterAll(() => server.stop());

async function errorsOf(resource: Json, profile?: string): Promise<Issue[]> {
  const query = profile === undefined ? '' : `?profile=${encodeURIComponent(profile)}`;
  const url = `${server.base}/${resource.resourceType}/$validate${query}`;
  // A Parameters resource would be taken for those of the operation.
  const wrapped = { resourceType: 'Parameters', parameter: [{ name: 'resource', resource }] };
  const { status, body } = await send(
    'POST',
    url,
    resource.resourceType === 'Parameters' ? wrapped : resource,
  );
  expect(status).toBe(200);
  return (body.issue as Issue[]).filter(({ severity }) => severity === 'error' || severity === 'fatal');
}

/** What of an issue is compared with what is expected of it. */
const told = (issue: Issue, expected?: Expected) => ({
  code: issue.code,
  at: issue.expression?.[0],
  key: issue.details?.coding?.[0]?.code,
  words: expected?.words && issue.diagnostics.includes(expected.words) ? expected.words : issue.diagnostics,
});

/** Every error is expected and every expected one there, in any order. */
function expectErrors(found: readonly Issue[], { expect: first, also = [] }: Mutation): void {
  const expected = [first, ...also];
  const order = (a: { at?: string; key?: string }, b: { at?: string; key?: string }) =>
    `${a.at}\n${a.key ?? ''}`.localeCompare(`${b.at}\n${b.key ?? ''}`);
  const sorted = found.map((issue) => told(issue)).sort(order);
  const wanted = expected
    .map(({ code, at, key, words }) => ({ code, at, key, words: words ?? '' }))
    .sort(order)
    .map((each, index) => {
      const words = sorted[index]?.words ?? '';
      return { ...each, words: words.includes(each.words) ? words : each.words };
    });
  expect(sorted).toEqual(wanted);
}

const sound = (mutations: readonly Mutation[]) => [
  ...new Map(mutations.map((each) => [each.of, each])).values(),
];

describe('the base specification', () => {
  it.each(sound(allMutations).map(({ name, of }) => [name, of] as const))(
    'finds nothing wrong with what is mutated by: %s',
    async (_, of) => expect(await errorsOf(mutated({ of, set: {} }))).toEqual([]),
  );

  it.each(allMutations.map((mutation) => [mutation.name, mutation] as const))(
    'finds: %s',
    async (_, mutation) => {
      const resource = mutated(mutation);
      expectErrors(await errorsOf(resource), mutation);
      const { status, body } = await send('POST', `${server.base}/${resource.resourceType}`, resource);
      expect(status).toBe(400);
      expectErrors(body.issue, mutation);
    },
  );

  it.each(soundVariants.map((variant) => [variant.name, variant] as const))(
    'allows: %s',
    async (_, variant) => {
      expect(await errorsOf(mutated(variant))).toEqual([]);
    },
  );

  it('has mutations of every kind', () => {
    const codes = new Set(allMutations.map(({ expect: { code } }) => code));
    expect(codes).toEqual(
      new Set(['structure', 'required', 'value', 'too-long', 'code-invalid', 'extension', 'invariant']),
    );
    expect(new Set(allMutations.flatMap(({ expect: { key } }) => key ?? [])).size).toBeGreaterThan(120);
  });
});

describe('profiles', () => {
  it.each(profileMutations.map((mutation) => [mutation.name, mutation] as const))(
    'find: %s',
    async (_, mutation) => {
      expect(await errorsOf(mutated({ of: mutation.of, set: {} }), mutation.profile)).toEqual([]);
      expectErrors(await errorsOf(mutated(mutation), mutation.profile), mutation);
    },
  );
});
