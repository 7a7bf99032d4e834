// People's conditions: plain JSON and FHIR Condition, by the list of terms.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, type TestServer } from '../../support/testServer.ts';
import { apiOf, askAt, CLINICAL, TERMS, twoServers, validAt } from './conditionsApi.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let other: TestServer;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ server, other, stop } = await twoServers());
});
afterAll(() => stop());

type Headers = Record<string, string>;
const ask = (method: string, path: string, body?: unknown, headers?: Headers): Promise<Answer> =>
  askAt(server, method, path, body, headers);
const post = (body: unknown, headers?: Headers) => ask('POST', 'conditions', body, headers);
const fhirOf = (thing: Answer): Promise<Answer> => validAt(server, thing.body._links.fhir.href);

let people = 0;
/** A new patient, by the id in the plain form. */
async function patient(): Promise<string> {
  const id = `c-${++people}`;
  expect((await ask('POST', 'patients', { id, last_name: `Patient ${id}` })).status).toBe(201);
  return id;
}

describe('POST /conditions', () => {
  it('creates one that is a Condition too', async () => {
    const patient_id = await patient();
    const sent = {
      ...{ id: 'cond-1', patient_id, medical_condition: 'duchenne  muscular dystrophy' },
      ...{ status: 'remission', verification: 'confirmed', onset_date: '2021-05' },
      ...{ abatement_date: '2024-02-11', recorded_date: '2024-02-12', note: 'Seen.' },
    };
    const made = await post(sent);
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`${apiOf(server)}/conditions/cond-1`);
    const { _links, ...body } = made.body;
    const name = 'Duchenne Muscular Dystrophy';
    expect(body).toEqual({ ...sent, medical_condition: 'DMD', name, code: 'DMD', code_system: TERMS });
    expect(_links.patient.href).toBe(`${apiOf(server)}/patients/${patient_id}`);
    expect((await ask('GET', _links.medical_condition.href)).body.name).toBe(name);
    expect((await ask('GET', 'conditions/cond-1')).body).toEqual(made.body);
    const fhir = (await fhirOf(made)).body;
    expect(fhir).toMatchObject({
      code: { coding: [{ system: TERMS, code: 'DMD', display: name }], text: name },
      clinicalStatus: { coding: [{ system: CLINICAL, code: 'remission' }] },
      ...{ onsetDateTime: '2021-05', abatementDateTime: '2024-02-11', recordedDate: '2024-02-12' },
      note: [{ text: 'Seen.' }],
    });
    expect(fhir.meta.profile).toEqual(['https://salus.example/fhir/StructureDefinition/salus-condition']);
    expect((await send('GET', `${server.base}/${fhir.subject.reference}`)).body.identifier[0].value).toBe(
      patient_id,
    );
  });

  it('is active and recorded now where nothing is said', async () => {
    const before = new Date().toISOString();
    const made = await post({ patient_id: await patient(), medical_condition: 'gbm' });
    expect(made.body).toMatchObject({ medical_condition: 'GBM', status: 'active' });
    expect(made.body).not.toHaveProperty('verification');
    expect(made.body.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.body.recorded_date >= before).toBe(true);
    await fhirOf(made);
    expect((await ask('GET', made.headers.get('location')!)).body).toEqual(made.body);
  });

  it('takes the FHIR id of a patient who has no other', async () => {
    const { body } = await send('POST', `${server.base}/Patient`, { resourceType: 'Patient' });
    const made = await post({ patient_id: body.id, medical_condition: 'IPF' });
    expect(made.body).toMatchObject({ patient_id: body.id, medical_condition: 'IPF' });
  });

  it('takes a term as soon as it is there, on whichever server', async () => {
    const patient_id = await patient();
    const body = { patient_id, medical_condition: 'Pompe disease' };
    expectProblem(await post(body), 422, {
      ...{ pointer: '#/medical_condition', detail: 'POST /api/v1/medical-conditions adds one' },
    });
    await ask('POST', 'medical-conditions', { name: 'Pompe Disease', abbreviation: 'PD' });
    const there = apiOf(other);
    const made = await ask('POST', `${there}/conditions`, body);
    expect(made.body).toMatchObject({ medical_condition: 'PD', name: 'Pompe Disease' });
    await fhirOf(made);
  });

  it.each<[what: string, body: object, pointer: string, detail: string]>([
    ['a patient who is not there', { patient_id: 'nobody' }, '#/patient_id', 'no patient "nobody"'],
    ['no patient', { patient_id: undefined }, '#/patient_id', 'is missing'],
    ['a status that is none', { status: 'better' }, '#/status', 'must be one of active'],
    ['entered-in-error', { verification: 'entered-in-error' }, '#/verification', 'must be one of'],
    ['a date of another form', { onset_date: '1.2.2020' }, '#/onset_date', 'must look like'],
    ['a day that is none', { onset_date: '2023-02-29' }, '#/onset_date', 'no day of the calendar'],
    ['an active one that ended', { abatement_date: '2024' }, '#/abatement_date', 'has not abated'],
    [
      'an end before the beginning',
      { status: 'resolved', onset_date: '2024-05-02', abatement_date: '2024-04' },
      '#/abatement_date',
      'before the onset',
    ],
    ['what the server tells', { name: 'X' }, '#/name', 'is not known here'],
    ['a blank note', { note: ' ' }, '#/note', 'must not be blank'],
  ])('refuses %s', async (_what, body, pointer, detail) => {
    const sent = { patient_id: await patient(), medical_condition: 'DMD', ...body };
    expectProblem(await post(sent), 422, { pointer, detail });
  });

  it('refuses what the patient has already, but not what has passed or is refuted', async () => {
    const patient_id = await patient();
    const first = await post({ patient_id, medical_condition: 'DMD', note: 'First.' });
    expectProblem(await post({ patient_id, medical_condition: 'DMD' }), 409, {
      ...{ pointer: '#/medical_condition', detail: `as the condition "${first.body.id}"` },
    });
    const past = await post({ patient_id, medical_condition: 'DMD', status: 'resolved' });
    expect(past.status).toBe(201);
    const wrong = await post({ patient_id, medical_condition: 'DMD', verification: 'refuted' });
    expect(wrong.status).toBe(201);
    expectProblem(await ask('PATCH', `conditions/${past.body.id}`, { status: 'recurrence' }), 409, {
      detail: `"${first.body.id}"`,
    });
    await ask('PATCH', `conditions/${first.body.id}`, { status: 'resolved' });
    const again = await post({ patient_id, medical_condition: 'DMD', status: 'recurrence' });
    expect(again.status).toBe(201);
    const { body } = await ask('GET', `patients/${patient_id}/conditions?total=true`);
    expect(body.total).toBe(4);
  });

  it('makes one of several at the same time, by whatever id', async () => {
    const patient_id = await patient();
    const there = apiOf(other);
    const rivals = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        ask('POST', `${i % 2 ? apiOf(server) : there}/conditions`, {
          ...{ patient_id, medical_condition: 'GBM' },
          ...(i > 2 && { id: `rival-${i}` }),
        }),
      ),
    );
    expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409, 409]);
    const [one, two] = [await patient(), await patient()];
    const sameId = await Promise.all(
      [one, two].map((each) => post({ id: 'same-id', patient_id: each, medical_condition: 'GBM' })),
    );
    expect(sameId.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('is carried out once for one Idempotency-Key', async () => {
    const body = { patient_id: await patient(), medical_condition: 'DMD' };
    const key = { 'idempotency-key': 'condition-1' };
    const first = await post(body, key);
    const again = await post(body, key);
    expect({ status: again.status, id: again.body.id }).toEqual({ status: 201, id: first.body.id });
  });

  it('lets nobody have a term that is deleted at the same time', async () => {
    for (let round = 0; round < 4; round++) {
      const id = `RACE-${round}`;
      await ask('POST', 'medical-conditions', { id, name: `Race ${round}` });
      const body = { patient_id: await patient(), medical_condition: id };
      const [made, gone] = await Promise.all([post(body), ask('DELETE', `medical-conditions/${id}`)]);
      expect([
        [201, 409],
        [422, 204],
      ]).toContainEqual([made.status, gone.status]);
    }
  });
});

describe('GET /conditions', () => {
  it('finds by each filter, and sorts', async () => {
    const [one, two] = [await patient(), await patient()];
    const make = async (patient_id: string, body: object) => (await post({ patient_id, ...body })).body.id;
    const a = await make(one, { medical_condition: 'DMD', onset_date: '2019-03', verification: 'confirmed' });
    const b = await make(one, { medical_condition: 'IPF', onset_date: '2021-07-01', status: 'resolved' });
    const c = await make(two, { medical_condition: 'DMD', onset_date: '2023' });
    const found = async (query: string): Promise<string[]> => {
      const { status, body } = await ask('GET', `conditions?${query}`);
      expect(status).toBe(200);
      return body.data.map(({ id }: { id: string }) => id).filter((id: string) => [a, b, c].includes(id));
    };
    expect(await found(`patient_id=${one}&sort=onset_date`)).toEqual([a, b]);
    expect(await found(`patient_id=${one}&sort=-onset_date`)).toEqual([b, a]);
    const { body } = await ask('GET', `patients/${one}`);
    const reference = body._links.fhir.href.split('/').slice(-2).join('/');
    expect((await found(`patient_id=${reference}`)).sort()).toEqual([a, b].sort());
    expect(await found('patient_id=nobody')).toEqual([]);
    const dmd = 'medical_condition=duchenne%20muscular%20DYSTROPHY&sort=onset_date';
    expect(await found(dmd)).toEqual([a, c]);
    expect(await found('medical_condition=idiopatic%20pulmonary%20fibrosis')).toEqual([b]);
    expect(await found('medical_condition=nothing%20of%20the%20kind')).toEqual([]);
    expect(await found(`status=resolved&patient_id=${one}`)).toEqual([b]);
    expect(await found(`verification=confirmed&patient_id=${one}`)).toEqual([a]);
    expect(await found(`onset_from=2021-07&sort=onset_date`)).toEqual([b, c]);
    expect(await found(`onset_from=2019&onset_to=2021-07-01&sort=onset_date`)).toEqual([a, b]);
    expect(await ask('GET', `patients/${one}/conditions?sort=onset_date`)).toMatchObject({
      body: { data: [{ id: a }, { id: b }] },
    });
    const history = await ask('GET', `patients/${one}/history?kind=condition`);
    expect(history.body.data).toHaveLength(2);
  });

  it('pages in both ways', async () => {
    const id = await patient();
    for (const medical_condition of ['DMD', 'GBM', 'IPF']) await post({ patient_id: id, medical_condition });
    const first = await ask('GET', `conditions?patient_id=${id}&pageSize=2&total=true`);
    const next = await ask('GET', first.body._links.next.href);
    const codes = [first, next].flatMap(({ body }) =>
      body.data.map(({ medical_condition }: { medical_condition: string }) => medical_condition),
    );
    expect({ codes, total: first.body.total }).toEqual({ codes: ['IPF', 'GBM', 'DMD'], total: 3 });
    const last = await ask('GET', `conditions?patient_id=${id}&limit=2&offset=2`);
    expect(last.body.data).toHaveLength(1);
  });

  it('refuses what it cannot find by', async () => {
    expectProblem(await ask('GET', 'conditions?status=better'), 400, { parameter: 'status' });
    expectProblem(await ask('GET', 'conditions?onset_from=x'), 400, { parameter: 'onset_from' });
    expectProblem(await ask('GET', 'conditions?colour=x'), 400, { parameter: 'colour' });
    expectProblem(await ask('GET', 'conditions/none'), 404);
    expectProblem(await ask('GET', 'patients/none/conditions'), 404);
  });
});
