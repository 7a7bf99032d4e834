// Observation/$lastn (observation-operation-lastn.html) over HTTP, against brute force where there is much.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'fhir-kit-client';
import { accepted, ask, batch, type Json, statuses } from '../bundles/bundleSupport.ts';
import { seeded } from '../search/oracle/random.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { idsOf, observation, store } from './everythingSupport.ts';

const LOINC = 'http://loinc.org';
const VITAL = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' }],
};

let server: TestServer;
let base: string;

beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
});
afterAll(() => server.stop());

const concept = (...codes: string[]) => ({ coding: codes.map((code) => ({ system: 'http://x', code })) });

async function lastn(query: string): Promise<Json> {
  const { status, body, text } = await send('GET', `${base}/Observation/$lastn?${query}`);
  expect({ query, status, text: status === 200 ? '' : text }).toEqual({ query, status: 200, text: '' });
  expect(body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
  return body;
}

/** Stores a patient with Observations `[id, code, effective]` of the category vital-signs. */
async function patientWith(
  id: string,
  ...list: [id: string, code: object, effective?: string | object][]
): Promise<void> {
  const observations = list.map(([own, code, when]) =>
    observation(own, `Patient/${id}`, {
      code,
      category: [VITAL],
      ...(typeof when === 'string' ? { effectiveDateTime: when } : when),
    }),
  );
  const answer = await store(base, { resourceType: 'Patient', id }, ...observations);
  expect(statuses(answer).filter((status) => status >= 300)).toEqual([]);
}

const problem = async (query: string) => {
  const { status, body } = await send('GET', `${base}/Observation/$lastn?${query}`);
  return { status, code: body.issue?.[0].code, text: body.issue?.[0].diagnostics };
};

describe('grouping', () => {
  it('gives the latest of each code, newest first within it', async () => {
    await patientWith(
      'g1',
      ['g1-a1', concept('a'), '2024-01-01T10:00:00Z'],
      ['g1-b1', concept('b'), '2024-01-04T10:00:00Z'],
      ['g1-a3', concept('a'), '2024-01-03T10:00:00Z'],
      ['g1-a2', concept('a'), '2024-01-02T12:00:00+05:00'],
      ['g1-b2', concept('b'), '2024-01-05'],
    );
    const one = await lastn('patient=g1&category=vital-signs');
    expect(idsOf(one)).toEqual(['g1-a3', 'g1-b2']);
    expect(one.total).toBe(2);
    expect(one.entry[0]).toMatchObject({ fullUrl: `${base}/Observation/g1-a3`, search: { mode: 'match' } });
    expect(idsOf(await lastn('patient=g1&category=vital-signs&max=2'))).toEqual([
      'g1-a3',
      'g1-a2',
      'g1-b2',
      'g1-b1',
    ]);
    expect(idsOf(await lastn('subject=Patient/g1&code=a&max=9'))).toEqual(['g1-a3', 'g1-a2', 'g1-a1']);
  });

  it('takes translations of one another for one code, over any number of steps', async () => {
    await patientWith(
      't1',
      ['t1-a', concept('a'), '2024-01-01'],
      ['t1-b', concept('b'), '2024-01-02'],
      ['t1-ac', concept('a', 'c'), '2024-01-03'],
      ['t1-cd', concept('c', 'd'), '2024-01-04'],
      ['t1-d', concept('d'), '2024-01-05'],
    );
    expect(idsOf(await lastn('patient=t1&category=vital-signs'))).toEqual(['t1-d', 't1-b']);
    expect(idsOf(await lastn('patient=t1&category=vital-signs&max=3'))).toEqual([
      't1-d',
      't1-cd',
      't1-ac',
      't1-b',
    ]);
    // Only what is found by the search joins groups.
    expect(idsOf(await lastn('patient=t1&category=vital-signs&date=lt2024-01-03'))).toEqual(['t1-a', 't1-b']);
  });

  it('tells texts apart as they are written, systems too, but no displays or versions', async () => {
    const coding = (system: string, code: string, more = {}) => ({ coding: [{ system, code, ...more }] });
    await patientWith(
      'x1',
      ['x1-1', { text: 'Text' }, '2024-01-01'],
      ['x1-2', { text: 'Text' }, '2024-01-02'],
      ['x1-3', { text: 'text' }, '2024-01-01'],
      ['x1-4', coding('http://p', 'q', { display: 'One' }), '2024-01-01'],
      ['x1-5', { ...coding('http://p', 'q', { display: 'Two', version: '2' }), text: 'Text' }, '2024-01-02'],
      ['x1-6', coding('http://p', 'Q'), '2024-01-01'],
      ['x1-7', coding(LOINC, '8302-2a'), '2024-01-01'],
      ['x1-8', coding(LOINC, '8302-2A'), '2024-01-02'],
      ['x1-9', { coding: [{ code: 'q' }] }, '2024-01-01'],
    );
    const found = idsOf(await lastn('patient=x1&category=vital-signs'));
    expect(found.sort()).toEqual(['x1-2', 'x1-3', 'x1-5', 'x1-6', 'x1-8', 'x1-9']);
  });

  it('keeps subjects apart', async () => {
    await patientWith('s1', ['s1-1', concept('a'), '2024-01-01']);
    await patientWith('s2', ['s2-1', concept('a'), '2024-02-01']);
    expect(idsOf(await lastn('patient=s2,s1&code=a'))).toEqual(['s1-1', 's2-1']);
    await store(
      base,
      { resourceType: 'Patient', id: 's2', identifier: [{ system: 'urn:mrn', value: '77' }] },
      observation('s2-2', 'Patient/s2', { code: concept('a'), effectiveDateTime: '2024-03-01' }),
    );
    expect(idsOf(await lastn('patient.identifier=urn:mrn|77&code=a'))).toEqual(['s2-2']);
  });
});

describe('time', () => {
  it('answers with all that are as late as the last of them', async () => {
    await patientWith(
      'e1',
      ['e1-1', concept('a'), '2024-01-01T10:00:00Z'],
      ['e1-2', concept('a'), '2024-01-02T10:00:00Z'],
      ['e1-3', concept('a', 'z'), '2024-01-02T12:00:00+02:00'],
      ['e1-4', concept('z'), '2024-01-02T10:00:00Z'],
      ['e1-5', concept('a'), '2024-01-03T10:00:00Z'],
    );
    const newest = (max: number) => lastn(`patient=e1&category=vital-signs&max=${max}`);
    expect(idsOf(await newest(1))).toEqual(['e1-5']);
    const tied = ['e1-5', 'e1-4', 'e1-3', 'e1-2'];
    expect(idsOf(await newest(2))).toEqual(tied);
    expect(idsOf(await newest(4))).toEqual(tied);
    expect(idsOf(await newest(5))).toEqual([...tied, 'e1-1']);
  });

  it('counts periods and timings by their start; what has no time comes last, newest stored first', async () => {
    await patientWith(
      'e2',
      ['e2-none1', concept('a')],
      ['e2-none2', concept('a')],
      ['e2-day', concept('a'), '2024-03-05'],
      ['e2-period', concept('a'), { effectivePeriod: { start: '2024-03-04', end: '2024-03-09' } }],
      ['e2-timing', concept('a'), { effectiveTiming: { event: ['2023-01-01', '2024-03-06'] } }],
      ['e2-end', concept('a'), { effectivePeriod: { end: '2024-03-09' } }],
      ['e2-instant', concept('a'), { effectiveInstant: '2024-03-07T00:00:00.000Z' }],
    );
    const all = ['e2-instant', 'e2-day', 'e2-period', 'e2-timing', 'e2-end', 'e2-none2', 'e2-none1'];
    for (let max = 1; max <= all.length; max++) {
      expect(idsOf(await lastn(`patient=e2&code=a&max=${max}`))).toEqual(all.slice(0, max));
    }
  });

  it('sees changes at once, deletions too, and gives entered-in-error unless status is asked for', async () => {
    await patientWith('c1', ['c1-1', concept('a'), '2024-01-01'], ['c1-2', concept('a'), '2024-01-02']);
    const later = { code: concept('a'), effectiveDateTime: '2024-01-03', status: 'entered-in-error' };
    await store(base, observation('c1-1', 'Patient/c1', later));
    expect(idsOf(await lastn('patient=c1&code=a'))).toEqual(['c1-1']);
    expect(idsOf(await lastn('patient=c1&code=a&status:not=entered-in-error'))).toEqual(['c1-2']);
    expect((await send('DELETE', `${base}/Observation/c1-1`)).status).toBeLessThan(300);
    expect(idsOf(await lastn('patient=c1&code=a'))).toEqual(['c1-2']);
  });
});

describe('the request', () => {
  it('nothing found is an empty Bundle', async () => {
    const empty = await lastn('patient=nobody&category=laboratory');
    expect(empty).toMatchObject({ total: 0 });
    expect(empty).not.toHaveProperty('entry');
  });

  it.each([
    ['category=vital-signs', 'required', /"patient" or "subject"/],
    ['patient:missing=true&code=a', 'required', /"patient" or "subject"/],
    ['patient=g1', 'required', /category/],
    ['patient=g1&date=2024', 'required', /category/],
    ['patient=g1&code=a&max=0', 'value', /max/],
    ['patient=g1&code=a&max=x', 'value', /max/],
    ['patient=g1&code=a&max=1&max=2', 'value', /once/],
    ['patient=g1&code=a&_sort=date', 'not-supported', /_sort/],
    ['patient=g1&code=a&_count=3', 'not-supported', /max/],
    ['patient=g1&code=a&_contained=true', 'not-supported', /_contained/],
    ['patient=g1&code=a&colour=red', 'invalid', /colour/],
    ['patient=g1&code=a&date=yesterday', 'value', /date/],
    ['patient=g1&code=', 'invalid', /code/],
  ])('%s is refused', async (query, code, text) => {
    expect(await problem(query)).toEqual({ status: 400, code, text: expect.stringMatching(text) });
  });

  it('works on the type only', async () => {
    expect((await send('GET', `${base}/Observation/1/$lastn?patient=1&code=a`)).status).toBe(404);
    expect((await send('GET', `${base}/Patient/$lastn?patient=1&code=a`)).status).toBe(404);
  });

  it.each(['code-value-quantity=a$gt1', 'combo-code=a', 'component-code=a', 'combo-code-value-quantity=a$1'])(
    '%s is enough of a code',
    async (query) => {
      expect((await lastn(`patient=g1&${query}`)).type).toBe('searchset');
    },
  );

  it('tells in its self link what it applied', async () => {
    const { link } = await lastn('patient=g1&code=http://x|a&max=2&_elements=status');
    expect(link).toEqual([
      {
        relation: 'self',
        url: `${base}/Observation/$lastn?${new URLSearchParams([
          ['max', '2'],
          ['patient', 'g1'],
          ['code', 'http://x|a'],
          ['_elements', 'status'],
        ])}`,
      },
    ]);
    expect(idsOf(await lastn(link[0].url.split('?')[1]))).toEqual(['g1-a3', 'g1-a2']);
  });

  it('includes, and gives parts of resources, as a search does', async () => {
    const { entry } = await lastn(
      'patient=g1&category=vital-signs&_include=Observation:patient&_elements=code',
    );
    expect(entry.map(({ search, resource }: Json) => [search.mode, resource.id])).toEqual([
      ['match', 'g1-a3'],
      ['match', 'g1-b2'],
      ['include', 'g1'],
    ]);
    expect(entry[0].resource).not.toHaveProperty('effectiveDateTime');
    expect(entry[0].resource.meta.tag[0].code).toBe('SUBSETTED');
    const counted = await lastn('patient=g1&category=vital-signs&_summary=count');
    expect([counted.total, counted.entry]).toEqual([2, undefined]);
  });

  it('is taken as Parameters, in a batch and from fhir-kit-client', async () => {
    const parameter = [
      { name: 'patient', valueString: 'Patient/g1' },
      { name: 'category', valueCode: 'vital-signs' },
      { name: 'max', valuePositiveInt: 2 },
    ];
    const body = { resourceType: 'Parameters', parameter };
    const posted = await send('POST', `${base}/Observation/$lastn`, body);
    const ids = ['g1-a3', 'g1-a2', 'g1-b2', 'g1-b1'];
    expect(idsOf(posted.body)).toEqual(ids);
    const asked = ask('GET', 'Observation/$lastn?patient=g1&category=vital-signs&max=2');
    expect(idsOf((await accepted(base, batch([asked]))).entry[0].resource)).toEqual(ids);
    const client = new Client({ baseUrl: base });
    const input = { patient: 'g1', category: 'vital-signs', max: '2' };
    const operation = { resourceType: 'Observation', name: 'lastn' };
    expect(idsOf(await client.operation({ ...operation, method: 'GET', input }))).toEqual(ids);
    expect(idsOf(await client.operation({ ...operation, input: body }))).toEqual(ids);
    const { body: metadata } = await send('GET', `${base}/metadata`);
    const ofType = metadata.rest[0].resource.find(({ type }: Json) => type === 'Observation');
    expect(ofType.operation).toContainEqual({
      name: 'lastn',
      definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn',
    });
  });
});

describe('against brute force', () => {
  /** What the specification says, the slow way: groups grow as long as any two share a code. */
  function expectedIds(observations: Json[], max: number): Set<string> {
    const codes = (one: Json) =>
      one.code.coding?.map(({ system, code }: Json) => `${system}|${code}`) ?? [one.code.text];
    let groups: Json[][] = observations.map((one) => [one]);
    const share = (a: Json[], b: Json[]) =>
      a.some((one) => codes(one).some((code: string) => b.some((other) => codes(other).includes(code))));
    for (let merged = true; merged; ) {
      merged = false;
      for (let i = 0; i < groups.length && !merged; i++) {
        const j = groups.findIndex((group, at) => at > i && share(groups[i]!, group));
        if (j < 0) continue;
        groups[i] = [...groups[i]!, ...groups[j]!];
        groups = groups.filter((_, at) => at !== j);
        merged = true;
      }
    }
    const time = (one: Json) => Date.parse(one.effectiveDateTime);
    return new Set(
      groups.flatMap((group) => {
        const times = group.map(time).sort((a, b) => b - a);
        const last = times[Math.min(max, times.length) - 1]!;
        return group.filter((one) => time(one) >= last).map(({ id }) => id);
      }),
    );
  }

  it('random codes, translations, texts and equal times', async () => {
    const { below, chance } = seeded(4711);
    for (let round = 0; round < 4; round++) {
      const codes = 4 + below(20);
      const list = Array.from({ length: 60 }, (_, i) => {
        const some = Array.from({ length: chance(0.8) ? 1 : 2 }, () => `c${below(codes)}`);
        const code = chance(0.1) ? { text: `t${below(3)}` } : concept(...new Set(some));
        const effectiveDateTime = new Date(Date.UTC(2024, 0, 1, below(40))).toISOString();
        return observation(`r${round}-${i}`, `Patient/r${round}`, {
          code,
          effectiveDateTime,
          category: [VITAL],
        });
      });
      await store(base, { resourceType: 'Patient', id: `r${round}` }, ...list);
      for (const max of [1, 2, 3, 7]) {
        const found = idsOf(await lastn(`patient=r${round}&category=vital-signs&max=${max}`));
        expect(found).toHaveLength(new Set(found).size);
        expect(new Set(found)).toEqual(expectedIds(list, max));
      }
    }
  });

  it('patients of the sample', async () => {
    const folder = 'synthea-data/sample';
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    const first = (file: string) => (/hospital|practitioner/.test(file) ? 0 : 1);
    for (const file of files.sort((a, b) => first(a) - first(b))) {
      await accepted(base, JSON.parse(readFileSync(join(folder, file), 'utf8')));
    }
    const { body } = await send('GET', `${base}/Patient?_count=50&identifier:missing=false&_elements=id`);
    let looked = 0;
    for (const { resource } of body.entry) {
      const search = `patient=${resource.id}&category=vital-signs`;
      const all = await send('GET', `${base}/Observation?${search}&_count=1000`);
      const observations = (all.body.entry ?? []).map((entry: Json) => entry.resource);
      for (const max of [1, 3]) {
        const found = idsOf(await lastn(`${search}&max=${max}`));
        expect(new Set(found)).toEqual(expectedIds(observations, max));
        looked += found.length;
      }
    }
    expect(looked).toBeGreaterThan(20);
  });
});
