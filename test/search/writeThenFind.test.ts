// Read your writes: what is created is found at once, what is changed is found by its new value and no longer by its old
// one, what is deleted is gone. Whoever writes and whoever searches: two servers share one database here.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { escapeValue } from './oracle/splitValue.ts';

let servers: TestServer[];
beforeAll(async () => {
  const first = await startTestServer();
  servers = [first, await startTestServer({ DATABASE_URL: first.databaseUrl })];
});
afterAll(async () => {
  for (const server of servers.toReversed()) await server.stop();
});

interface Kind {
  readonly type: string;
  /** values, of which no two match one another's search */
  readonly values: fc.Arbitrary<string | number>;
  /** a resource with the value */
  make(value: string | number): object;
  /** a search that finds the value: name and text */
  find(value: string | number): [string, string];
}

const codes = fc
  .string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'abcXYZ019-,|$\\/:;=&?%+"\'äß雪') })
  .filter((text) => text.trim() === text);
const days = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const numbers = fc.integer({ min: 1, max: 100_000 });
const ids = fc.stringMatching(/^[A-Za-z0-9\-.]{1,20}$/);
const text = { text: 'x' };
const coded = (code: string | number) => ({ coding: [{ system: 'urn:codes', code: String(code) }] });
const quantity = (value: string | number) => ({
  value: Number(value),
  unit: 'mg',
  system: 'http://unitsofmeasure.org',
  code: 'mg',
});
const observation = (more: object) => ({ status: 'final', code: text, ...more });

const kinds: Readonly<Record<string, Kind>> = {
  token: {
    type: 'Patient',
    values: codes,
    make: (value) => ({ identifier: [{ system: 'urn:numbers', value }] }),
    find: (value) => ['identifier', `urn:numbers|${escapeValue(String(value))}`],
  },
  string: {
    type: 'Patient',
    values: codes,
    make: (value) => ({ name: [{ family: value }, { given: ['Ann'] }] }),
    find: (value) => ['family:exact', escapeValue(String(value))],
  },
  date: {
    type: 'Encounter',
    values: days,
    make: (value) => ({ status: 'finished', class: { code: 'AMB' }, period: { start: value, end: value } }),
    find: (value) => ['date', String(value)],
  },
  number: {
    type: 'RiskAssessment',
    values: numbers,
    make: (value) => ({
      status: 'final',
      subject: { reference: 'Patient/any' },
      prediction: [{ outcome: text, probabilityDecimal: Number(value) / 1000 }],
    }),
    find: (value) => ['probability', (Number(value) / 1000).toFixed(3)],
  },
  quantity: {
    type: 'Observation',
    values: numbers,
    make: (value) => observation({ valueQuantity: quantity(value) }),
    find: (value) => ['value-quantity', `${value}|http://unitsofmeasure.org|mg`],
  },
  reference: {
    type: 'Observation',
    values: ids,
    make: (value) => observation({ subject: { reference: `Patient/${value}` } }),
    find: (value) => ['subject', `Patient/${value}`],
  },
  uri: {
    type: 'ValueSet',
    values: ids,
    make: (value) => ({ status: 'draft', url: `http://example.org/ValueSet/${value}` }),
    find: (value) => ['url', `http://example.org/ValueSet/${value}`],
  },
  composite: {
    type: 'Observation',
    values: numbers,
    make: (value) => ({
      status: 'final',
      code: text,
      component: [
        { code: coded('a'), valueQuantity: quantity(value) },
        { code: coded('b'), valueQuantity: quantity(Number(value) + 200_000) },
      ],
    }),
    find: (value) => ['component-code-value-quantity', `urn:codes|a$${value}`],
  },
  tag: {
    type: 'Basic',
    values: codes,
    make: (value) => ({ code: text, meta: { tag: [{ system: 'urn:tags', code: value }] } }),
    find: (value) => ['_tag', `urn:tags|${escapeValue(String(value))}`],
  },
};

/** Ways to write a resource with an id. */
const writers = {
  put: (base: string, resource: { resourceType: string; id: string }) =>
    send('PUT', `${base}/${resource.resourceType}/${resource.id}`, resource),
  transaction: (base: string, resource: { resourceType: string; id: string }) =>
    send('POST', base, {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource, request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` } }],
    }),
};

it.each(Object.keys(kinds))('finds by %s what was just written, and only that', async (name) => {
  const { type, values, make, find } = kinds[name]!;
  const changes = fc.tuple(values, values).filter(([before, after]) => before !== after);
  const ways = fc.record({
    write: fc.constantFrom(...Object.values(writers)),
    writer: fc.nat(1),
    reader: fc.nat(1),
  });
  let number = 0;
  const property = fc.asyncProperty(changes, ways, async ([before, after], { write, writer, reader }) => {
    const id = `${name}-${number++}`;
    const { base } = servers[writer]!;
    const found = async (value: string | number): Promise<string[]> => {
      const [parameter, wanted] = find(value);
      const query = `${parameter}=${encodeURIComponent(wanted)}`;
      const { status, body } = await send('GET', `${servers[reader]!.base}/${type}?${query}`);
      expect([status, body.issue]).toEqual([200, undefined]);
      return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
    };
    expect((await write(base, { resourceType: type, id, ...make(before) })).status).toBeLessThan(300);
    expect([await found(before), await found(after)]).toEqual([[id], []]);
    expect((await write(base, { resourceType: type, id, ...make(after) })).status).toBeLessThan(300);
    expect([await found(before), await found(after)]).toEqual([[], [id]]);
    expect((await send('DELETE', `${base}/${type}/${id}`)).status).toBe(204);
    expect(await found(after)).toEqual([]);
  });
  await fc.assert(property, { numRuns: 25 });
});

it('finds through references by what the other resource says now', async () => {
  const [writer, reader] = servers as [TestServer, TestServer];
  const put = async (resource: { resourceType: string; id: string; [element: string]: unknown }) =>
    expect((await writers.put(writer.base, resource)).status).toBeLessThan(300);
  const found = async (query: string): Promise<string[]> => {
    const { status, body } = await send('GET', `${reader.base}/${query}`);
    expect([query, status, body.issue]).toEqual([query, 200, undefined]);
    return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
  };
  const queries = (name: string) => [
    `Observation?subject:Patient.family:exact=${name}&_id=seen`,
    `Patient?_has:Observation:subject:value-string=${name}&_id=subject`,
    `Patient?_has:Observation:subject:_id=seen&family:exact=${name}`,
  ];
  const seen = (name: string) =>
    observation({ subject: { reference: 'Patient/subject' }, valueString: name });
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{4,8}$/), { minLength: 2, maxLength: 3 });
  const property = fc.asyncProperty(names, async (list) => {
    for (const name of list) {
      await put({ resourceType: 'Patient', id: 'subject', name: [{ family: name }] });
      await put({ resourceType: 'Observation', id: 'seen', ...seen(name) });
      for (const other of list) {
        const expected = other === name ? [['seen'], ['subject'], ['subject']] : [[], [], []];
        expect(await Promise.all(queries(other).map(found))).toEqual(expected);
      }
      expect(await found('Observation?_id=seen&_include=Observation:subject')).toEqual(['seen', 'subject']);
    }
    await send('DELETE', `${writer.base}/Patient/subject`);
    for (const query of queries(list.at(-1)!)) expect([query, await found(query)]).toEqual([query, []]);
    expect(await found('Observation?_id=seen&_include=Observation:subject')).toEqual(['seen']);
    await send('DELETE', `${writer.base}/Observation/seen`);
    expect(await found('Observation?_id=seen')).toEqual([]);
  });
  await fc.assert(property, { numRuns: 10 });
});
