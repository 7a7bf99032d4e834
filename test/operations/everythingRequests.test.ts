// $everything as it is asked for: parameters by GET and POST, care dates, deleted and missing resources, paging while others write, and
// answers that are streamed or broken off.
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accepted, ask, batch, type Json, put } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer({ BASE_URL: 'https://salus.example/fhir' });
  base = server.base;
});
afterAll(() => server.stop());

const ref = (reference: string) => ({ reference });
const observation = (id: string, subject: string, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: ref(subject),
  ...more,
});
const stored = (...resources: Json[]) => accepted(base, batch(resources.map((resource) => put(resource))));
const idsOf = (bundle: Json): string[] => (bundle.entry ?? []).map(({ resource }: Json) => resource.id);
async function everything(path: string): Promise<Json> {
  const { status, body, text } = await send('GET', `${base}/${path}`);
  expect({ path, status, text: status === 200 ? '' : text }).toEqual({ path, status: 200, text: '' });
  return body;
}
/** The next link, on the address under which the tests reach the server. */
const nextOf = (bundle: Json): string | undefined =>
  bundle.link.find((link: Json) => link.relation === 'next')?.url.replace('https://salus.example/fhir/', '');

describe('start and end', () => {
  beforeAll(() =>
    stored(
      { resourceType: 'Patient', id: 'dated', birthDate: '1950-01-01' },
      { resourceType: 'Practitioner', id: 'early' },
      { resourceType: 'Practitioner', id: 'late' },
      observation('day', 'Patient/dated', {
        effectiveDateTime: '2020-05-10',
        performer: [ref('Practitioner/early')],
      }),
      observation('instant', 'Patient/dated', { effectiveInstant: '2020-05-31T23:30:00-04:00' }),
      observation('year', 'Patient/dated', {
        effectiveDateTime: '2021',
        performer: [ref('Practitioner/late')],
      }),
      observation('undated', 'Patient/dated'),
      {
        resourceType: 'Encounter',
        id: 'open',
        status: 'in-progress',
        class: { code: 'AMB' },
        subject: ref('Patient/dated'),
        period: { start: '2020-06-01' },
      },
      {
        resourceType: 'Condition',
        id: 'recorded',
        subject: ref('Patient/dated'),
        recordedDate: '2019-01-01',
      },
      {
        resourceType: 'Condition',
        id: 'lasting',
        subject: ref('Patient/dated'),
        onsetDateTime: '2018',
        recordedDate: '2020-05-02',
      },
      {
        resourceType: 'Coverage',
        id: 'cover',
        status: 'active',
        beneficiary: ref('Patient/dated'),
        payor: [ref('Patient/dated')],
        period: { start: '1999', end: '2000' },
      },
    ),
  );

  it.each([
    ['start=2020-05-01&end=2020-05-31', ['day', 'lasting', 'early']],
    ['start=2020-05&end=2020-05', ['day', 'lasting', 'early']],
    ['start=2020-05-11', ['instant', 'year', 'open', 'late']],
    ['end=2020-05-31', ['day', 'recorded', 'lasting', 'early']],
    ['start=2020-06-01T03:30:00Z&end=2020-06-01T03:30:00Z', ['instant', 'open']],
    ['start=2022&_type=Encounter', ['open']],
    ['start=2030&end=2031', ['open']],
  ])('%s leaves the care of that time, and what has no such date', async (query, ids) => {
    const always = query.includes('_type') ? [] : ['dated', 'undated', 'cover'];
    expect(idsOf(await everything(`Patient/dated/$everything?${query}`)).sort()).toEqual(
      [...always, ...ids].sort(),
    );
    const all = idsOf(await everything(`Patient/$everything?${query}`));
    expect(all.sort()).toEqual([...always, ...ids].sort());
  });
});

describe('parameters', () => {
  beforeAll(() =>
    stored(
      { resourceType: 'Patient', id: 'asked' },
      observation('a1', 'Patient/asked', { effectiveDateTime: '2020-01-01' }),
      observation('a2', 'https://salus.example/fhir/Patient/asked', { effectiveDateTime: '2021-01-01' }),
      {
        resourceType: 'Flag',
        id: 'a3',
        status: 'active',
        code: { text: 'x' },
        subject: ref('Patient/asked'),
      },
    ),
  );
  const asked = async (parameter: Json[], path = 'Patient/asked/$everything') =>
    send('POST', `${base}/${path}`, { resourceType: 'Parameters', parameter });

  it('come by POST as by GET, and by POST without a body', async () => {
    const parameter = [
      { name: 'start', valueDate: '2020-06-01' },
      { name: '_type', valueCode: 'Observation' },
      { name: '_type', valueCode: 'Patient' },
      { name: '_count', valueInteger: 1 },
    ];
    const answer = await asked(parameter);
    expect(answer.status).toBe(200);
    expect(idsOf(answer.body)).toEqual(['asked']);
    expect(idsOf(await everything(nextOf(answer.body)!))).toEqual(['a2']);
    expect((await asked([{ name: '_since', valueInstant: '2000-01-01T00:00:00Z' }])).body.total).toBe(4);
    expect((await send('POST', `${base}/Patient/asked/$everything`)).body.total).toBe(4);
    expect((await asked([{ name: '_type', valueString: 'Flag' }], 'Patient/$everything')).body.total).toBe(1);
  });

  it('count absolute references under the own URL as members', async () => {
    expect(idsOf(await everything('Patient/asked/$everything')).sort()).toEqual(['a1', 'a2', 'a3', 'asked']);
  });

  it.each([
    'strat=2020',
    '_count=0',
    '_count=x',
    '_count=-1',
    'start=yesterday',
    'end=2020-13-01',
    'start=2021&end=2020',
    '_since=now',
    '_type=Pacient',
    '_type=',
    '_cursor=x',
    '_cursor=m.Observation.99999999999999999',
  ])('are refused where they make no sense: %s', async (query) => {
    const { status, body } = await send('GET', `${base}/Patient/asked/$everything?${query}`);
    expect({ status, type: body.resourceType }).toEqual({ status: 400, type: 'OperationOutcome' });
    expect(body.issue[0].diagnostics).toContain(
      query.startsWith('_cursor') ? 'damaged' : query.split('=')[0]!,
    );
  });

  it('are refused with 400 for a wrong body, a wrong position on type level, with 404 elsewhere', async () => {
    const cases: [Promise<{ status: number }>, number][] = [
      [send('POST', `${base}/Patient/asked/$everything`, { resourceType: 'Patient' }), 400],
      [asked([{ name: 'start' }]), 400],
      [asked([{ valueDate: '2020' }]), 400],
      [send('GET', `${base}/Patient/$everything?_cursor=m.Medication.1`), 400],
      [send('GET', `${base}/Observation/a1/$everything`), 404],
      [send('GET', `${base}/Encounter/$everything`), 404],
      [send('GET', `${base}/$everything`), 404],
      [send('GET', `${base}/Patient/a_b/$everything`), 400],
      [send('DELETE', `${base}/Patient/asked/$everything`), 405],
    ];
    for (const [i, [answer, status]] of cases.entries())
      expect({ i, status: (await answer).status }).toEqual({ i, status });
  });
});

describe('deleted and missing resources', () => {
  it('answer 404 for a patient or encounter that never was, 410 for a deleted one', async () => {
    await stored(
      { resourceType: 'Patient', id: 'gone' },
      { resourceType: 'Encounter', id: 'gone', status: 'planned', class: { code: 'AMB' } },
    );
    await accepted(base, batch([ask('DELETE', 'Patient/gone'), ask('DELETE', 'Encounter/gone')]));
    for (const [path, status] of [
      ['Patient/never', 404],
      ['Encounter/never', 404],
      ['Patient/gone', 410],
      ['Encounter/gone', 410],
    ]) {
      for (const query of ['', '?_count=5', '?_type=Observation']) {
        expect((await send('GET', `${base}/${path}/$everything${query}`)).status).toBe(status);
      }
    }
    // Whatever still refers to them is nobody's compartment.
    expect(idsOf(await everything('Patient/$everything?_type=Patient'))).not.toContain('gone');
  });

  it('are never included, and come back when they are stored again', async () => {
    await stored(
      { resourceType: 'Patient', id: 'owner', managingOrganization: ref('Organization/shut') },
      { resourceType: 'Organization', id: 'shut' },
      observation('kept', 'Patient/owner', {
        performer: [ref('Practitioner/left'), ref('Practitioner/here')],
      }),
      observation('removed', 'Patient/owner'),
      observation('moved', 'Patient/owner'),
      { resourceType: 'Practitioner', id: 'left' },
      { resourceType: 'Practitioner', id: 'here' },
    );
    expect(idsOf(await everything('Patient/owner/$everything'))).toHaveLength(7);
    await accepted(
      base,
      batch([
        ask('DELETE', 'Organization/shut'),
        ask('DELETE', 'Observation/removed'),
        ask('DELETE', 'Practitioner/left'),
        put(observation('moved', 'Patient/asked')),
      ]),
    );
    for (const path of ['Patient/owner/$everything', 'Patient/owner/$everything?_count=100']) {
      expect(idsOf(await everything(path)).sort()).toEqual(['here', 'kept', 'owner']);
    }
    const all = idsOf(await everything('Patient/$everything'));
    for (const id of ['shut', 'removed', 'left']) expect(all).not.toContain(id);
    await stored(observation('removed', 'Patient/owner'), { resourceType: 'Practitioner', id: 'left' });
    expect(idsOf(await everything('Patient/owner/$everything')).sort()).toEqual([
      'here',
      'kept',
      'left',
      'owner',
      'removed',
    ]);
  });
});

describe('pages while others write', () => {
  it('repeat nothing and leave out nothing that was there all along', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `p${String(i).padStart(2, '0')}`);
    await stored(
      { resourceType: 'Patient', id: 'paged' },
      ...ids.map((id) => observation(id, 'Patient/paged', { performer: [ref(`Practitioner/d-${id}`)] })),
      ...ids.map((id) => ({ resourceType: 'Practitioner', id: `d-${id}` })),
    );
    const seen: string[] = [];
    let turn = 0;
    for (let next: string | undefined = 'Patient/paged/$everything?_count=4'; next !== undefined; turn++) {
      const page: Json = await everything(next);
      seen.push(...idsOf(page));
      next = nextOf(page);
      // What was seen already changes, what comes later changes, something goes, something comes.
      await accepted(
        base,
        batch([
          put(
            observation('p01', 'Patient/paged', {
              valueInteger: turn,
              performer: [ref('Practitioner/d-p01')],
            }),
          ),
          put(
            observation('p18', 'Patient/paged', {
              valueInteger: turn,
              performer: [ref('Practitioner/d-p18')],
            }),
          ),
          ...(turn === 0 ? [ask('DELETE', 'Observation/p19'), ask('DELETE', 'Observation/p00')] : []),
          put({ resourceType: 'Patient', id: 'paged', multipleBirthInteger: turn + 1 }),
          put({
            resourceType: 'Flag',
            id: `n-${turn}`,
            status: 'active',
            code: { text: 'x' },
            subject: ref('Patient/paged'),
          }),
        ]),
      );
      expect(turn).toBeLessThan(60);
    }
    expect(new Set(seen).size).toBe(seen.length);
    const there = ['paged', ...ids.slice(1, 19), ...ids.slice(1, 19).map((id) => `d-${id}`)];
    expect(there.filter((id) => !seen.includes(id))).toEqual([]);
    expect(seen).not.toContain('p19');
  });
});

describe('a large answer', () => {
  const MANY = 2_600;
  beforeAll(async () => {
    const text = 'A long remark. '.repeat(40);
    const many = Array.from({ length: MANY }, (_, i) =>
      observation(`m-${i}`, 'Patient/many', { note: [{ text }] }),
    );
    many[0] = { ...many[0], valueQuantity: { value: 1 } } as never;
    await accepted(
      base,
      JSON.stringify(
        batch([put({ resourceType: 'Patient', id: 'many' }), ...many.map((r) => put(r))]),
      ).replace('"value":1}', '"value":1.50}'),
    );
  });

  it('is streamed, valid JSON, and spells numbers as they came', async () => {
    const { status, headers, body, text } = await send('GET', `${base}/Patient/many/$everything`);
    expect(status).toBe(200);
    expect(headers.get('content-length')).toBeNull();
    expect(headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    expect(new Set(idsOf(body)).size).toBe(MANY + 1);
    expect(body.total).toBe(MANY + 1);
    expect(text).toMatch(/"value": ?1\.50\b/);
    const pretty = await send('GET', `${base}/Patient/many/$everything?_pretty=true`);
    expect(pretty.body.entry).toEqual(body.entry);
  });

  it('may be given up by its client, again and again', async () => {
    const givenUp = () =>
      new Promise<void>((resolve) => {
        const request = get(`${base}/Patient/many/$everything`, (response) => {
          response.once('data', () => request.destroy());
          response.on('error', () => undefined);
          response.on('close', resolve);
        });
        request.on('error', () => undefined);
      });
    await Promise.all(Array.from({ length: 12 }, givenUp));
    // No connection to the database is left behind: all of the pool still serve.
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => send('GET', `${base}/Patient/many/$everything?_count=3`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
  });
});
