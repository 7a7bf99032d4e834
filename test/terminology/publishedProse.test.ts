// Definitions and designations of published code systems: read one at a time from a cache that is made when it is needed.
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { publishedCodeSystems } from '../../server/definitions/buildTerminology.ts';
import { openProse, type SystemProse } from '../../server/definitions/publishedProse.ts';
import { codeSystemOf, conceptOf } from '../../server/terminology/codeSystem.ts';
import { createTerminology } from '../../server/terminology/terminology.ts';
import { published } from './testTerminology.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'salus-prose-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const gender = 'http://hl7.org/fhir/administrative-gender';
const file = () => join(folder, readdirSync(folder)[0]!);

it('has all that is published, with and without a cache', () => {
  const [cached, kept] = [openProse(folder), openProse()];
  expect(readdirSync(folder)).toEqual([]);
  let said = 0;
  for (const { url, concepts } of publishedCodeSystems()) {
    const expected = new Map<string, object>();
    for (const { code, definition, designations } of concepts) {
      if (expected.has(code) || (definition === undefined && !designations)) continue;
      expected.set(code, { ...(definition && { definition }), ...(designations && { designations }) });
    }
    expect(cached(url)).toEqual(expected as SystemProse);
    expect(kept(url)).toEqual(expected as SystemProse);
    said += expected.size;
  }
  expect(said).toBeGreaterThan(10_000);
  expect(readdirSync(folder)).toHaveLength(1);
});

it('knows nothing of other code systems', () => {
  for (const url of ['http://t/x', '__proto__', 'toString', ''])
    expect(openProse(folder)(url)).toBeUndefined();
});

it('makes the cache anew where it is cut off, spoilt or gone, while it is in use too', () => {
  const whole = readFileSync(file());
  const inUse = openProse(folder);
  const expected = inUse(gender);
  const spoil = [
    () => truncateSync(file(), 1000),
    () => truncateSync(file(), 0),
    () => writeFileSync(file(), '{"size":0,"places":'),
    () => writeFileSync(file(), 'no cache\n'),
    () => rmSync(file()),
  ];
  for (const each of spoil) {
    each();
    expect(openProse(folder)(gender)).toEqual(expected);
    expect(readFileSync(file()).equals(whole)).toBe(true);
    each();
    expect(inUse(gender)).toEqual(expected);
    expect(readFileSync(file()).equals(whole)).toBe(true);
  }
});

it('becomes part of a code system, which keeps its hierarchy', async () => {
  const view = createTerminology({ published: () => published, prose: openProse(folder) }).at(undefined);
  const url = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';
  const bare = (await view.codeSystem(url))!;
  expect(conceptOf(bare, 'IMP')!.definition).toBeUndefined();
  const described = await view.described(bare);
  expect(conceptOf(described, 'IMP')!.definition).toMatch(/\w/);
  expect(described.parents).toBe(bare.parents);
  expect(
    described.definition.concepts.map(({ code, display, parents }) => ({ code, display, parents })),
  ).toEqual(bare.definition.concepts.map(({ code, display, parents }) => ({ code, display, parents })));
  // What did not come from there stays as it is.
  const own = codeSystemOf({ url: gender, content: 'complete', concepts: [{ code: 'male' }] });
  expect(await view.described(own)).toBe(own);
});
