// Parameters of $everything by GET and POST, and what start and end make of the dates of care.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Json } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { everything, idsOf, nextOf, observation, ref, store } from './everythingSupport.ts';

const BASE_URL = 'https://salus.example/fhir';
let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer({ BASE_URL });
  base = server.base;
});
afterAll(() => server.stop());

describe('start and end', () => {
  beforeAll(() =>
    store(
      base,
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
    expect(idsOf(await everything(`${base}/Patient/dated/$everything?${query}`)).sort()).toEqual(
      [...always, ...ids].sort(),
    );
    const all = idsOf(await everything(`${base}/Patient/$everything?${query}`));
    expect(all.sort()).toEqual([...always, ...ids].sort());
  });
});

describe('parameters', () => {
  beforeAll(() =>
    store(
      base,
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
    expect(idsOf(await everything(nextOf(answer.body)!.replace(BASE_URL, base)))).toEqual(['a2']);
    expect((await asked([{ name: '_since', valueInstant: '2000-01-01T00:00:00Z' }])).body.total).toBe(4);
    expect((await send('POST', `${base}/Patient/asked/$everything`)).body.total).toBe(4);
    expect((await asked([{ name: '_type', valueString: 'Flag' }], 'Patient/$everything')).body.total).toBe(1);
  });

  it('count absolute references under the own URL as members', async () => {
    expect(idsOf(await everything(`${base}/Patient/asked/$everything`)).sort()).toEqual([
      'a1',
      'a2',
      'a3',
      'asked',
    ]);
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
