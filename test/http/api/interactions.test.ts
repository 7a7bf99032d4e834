// Doctors' interactions: documented, read back as FHIR, corrected, withdrawn, listed; and the timeline of a patient.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let api: string;
let patients = 0;

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send('POST', `${api}/${path}`, body, { ...JSON_TYPE, ...headers });
const put = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send('PUT', `${api}/${path}`, body, { ...JSON_TYPE, ...headers });
const patch = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send('PATCH', `${api}/${path}`, body, { 'content-type': 'application/merge-patch+json', ...headers });
const get = (path: string): Promise<Answer> => send('GET', path.startsWith('http') ? path : `${api}/${path}`);
const fhir = (path: string): Promise<Answer> => send('GET', `${server.base}/${path}`);

beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  api = server.base.replace('/fhir/R4', '/api/v1');
  // Ranges to judge by are stored while the server starts.
  const until = Date.now() + 20_000;
  const heartRates = `${server.base}/ObservationDefinition?_id=salus-heart-rate`;
  while (!(await send('GET', heartRates)).body.entry && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const [id, family] of [
    ['house', 'House'],
    ['cuddy', 'Cuddy'],
  ]) {
    const identifier = [{ system: 'https://salus.example/fhir/sid/physicians', value: `${id}-1` }];
    const name = [{ family, prefix: ['Dr.'] }];
    await send('PUT', `${server.base}/Practitioner/${id}`, {
      resourceType: 'Practitioner',
      id,
      identifier,
      name,
    });
  }
});
afterAll(() => server.stop());

/** A new patient: path of its interactions, and its Patient. */
async function newPatient(): Promise<{ id: string; path: string; reference: string }> {
  const id = `p${++patients}`;
  const made = await post('patients', { id, last_name: 'Del Toro', birth_date: '1988-08-29' });
  expect(made.status).toBe(201);
  const reference = made.body._links.fhir.href.split('/').slice(-2).join('/');
  return { id, path: `patients/${id}/interactions`, reference };
}

const visit = {
  doctor: 'Practitioner/house',
  time: '2026-01-31T10:20:00+01:00',
  kind: 'in person',
  outcome: 'not healthy',
  notes: 'Fever since Monday.\nÑandú — rest.',
  vitals: [
    { code: 'heart rate', value: 150 },
    { code: 'BP', value: '120/80', note: 'sitting' },
    { code: 'temperature', value: '38.90', unit: '°C', device: 'ear thermometer' },
    { code: 'consciousness', value: 'alert' },
  ],
};

/** Everything that refers to an Encounter, and it; each must be valid. */
async function resourcesOf(id: string) {
  const found = await Promise.all(
    [`Encounter?_id=${id}`, `Observation?encounter=${id}`, `DocumentReference?encounter=${id}`].map(fhir),
  );
  // biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
  const resources: any[] = found.flatMap(({ body }) => body.entry ?? []).map(({ resource }) => resource);
  for (const resource of resources) {
    const { body } = await send('POST', `${server.base}/${resource.resourceType}/$validate`, resource);
    const errors = body.issue.filter(({ severity }: { severity: string }) => severity === 'error');
    expect({ resource: `${resource.resourceType}/${resource.id}`, errors }).toMatchObject({ errors: [] });
  }
  return resources;
}

describe('POST /patients/{id}/interactions', () => {
  it('stores encounter, outcome, note and evaluated readings, each of them valid', async () => {
    const { id, path, reference } = await newPatient();
    const made = await post(path, visit);
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`${api}/${path}/${made.body.id}`);
    const { vitals, evaluation, _links, ...told } = made.body;
    expect(told).toEqual({
      id: made.body.id,
      ...{ doctor: 'Practitioner/house', doctor_name: 'Dr. House' },
      ...{ time: visit.time, kind: 'in person', outcome: 'not healthy', notes: visit.notes },
    });
    expect(vitals).toEqual([
      { code: '8867-4', value: 150, unit: '/min' },
      { code: '85354-9', value: '120/80', unit: 'mm[Hg]', note: 'sitting' },
      { code: '8310-5', value: 38.9, unit: 'Cel', device: 'ear thermometer' },
      { code: '67775-7', value: expect.stringContaining('|') },
    ]);
    expect(made.text).toContain('38.90');
    expect(evaluation[0]).toMatchObject({ name: 'Heart rate', interpretation: ['HH'] });
    expect(evaluation).toHaveLength(4);
    expect(Object.keys(_links)).toEqual(['self', 'patient', 'versions', 'fhir']);
    expect((await get(_links.self.href)).text).toBe(made.text);
    expect((await get(_links.patient.href)).body.id).toBe(id);

    const resources = await resourcesOf(made.body.id);
    const encounter = (await get(_links.fhir.href)).body;
    expect(encounter).toMatchObject({
      ...{ resourceType: 'Encounter', id: made.body.id, status: 'finished', class: { code: 'AMB' } },
      ...{ subject: { reference }, participant: [{ individual: { reference: 'Practitioner/house' } }] },
      period: { start: visit.time, end: visit.time },
    });
    const outcome = resources.find(({ valueCodeableConcept: value }) => value?.text === 'Not healthy');
    expect(outcome).toMatchObject({ status: 'final', subject: { reference }, effectiveDateTime: visit.time });
    const note = resources.find(({ resourceType }) => resourceType === 'DocumentReference');
    const { data, contentType } = note.content[0].attachment;
    expect(contentType).toBe('text/plain; charset=utf-8');
    expect(Buffer.from(data, 'base64').toString()).toBe(visit.notes);
    const heartRate = resources.find(({ code }) => code?.coding?.[0].code === '8867-4');
    expect(heartRate.interpretation[0].coding[0].code).toBe('HH');
    const codes = ['outcome', 'healthy', 'not-healthy', 'undetermined'];
    for (const code of codes) {
      const system = 'https://salus.example/fhir/CodeSystem/interaction-outcomes';
      expect((await fhir(`CodeSystem/$lookup?system=${system}&code=${code}`)).status).toBe(200);
    }
  });

  it('takes the least there is, and the id that the clinic gives a doctor', async () => {
    const { path } = await newPatient();
    const { notes: _, vitals: __, ...least } = { ...visit, doctor: 'cuddy-1', kind: 'home visit' };
    const made = await post(path, least);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ doctor: 'Practitioner/cuddy', kind: 'home visit' });
    expect(made.body).not.toHaveProperty('notes');
    const resources = await resourcesOf(made.body.id);
    expect(resources.map(({ resourceType }) => resourceType)).toEqual(['Encounter', 'Observation']);
    expect(resources[0].class.code).toBe('HH');
  });

  it('is carried out once under an Idempotency-Key', async () => {
    const { path } = await newPatient();
    const headers = { 'idempotency-key': 'visit-1' };
    const first = await post(path, visit, headers);
    const second = await post(path, visit, headers);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect((await get(path)).body.data).toHaveLength(1);
  });

  it('takes every kind of reading, and what it gives can be sent back', async () => {
    const { path } = await newPatient();
    const vitals = [
      ...[
        { code: 'spo2', value: 97, unit: '%' },
        { code: 'resp', value: '<8' },
        { code: 'bmi', value: 23.5 },
      ],
      ...[
        { code: 'height', value: 1.8, unit: 'm' },
        { code: 'pain', value: 3 },
        { code: 'map', value: 90 },
      ],
      ...[
        { code: 'glucose', value: 5.5, unit: 'mmol/L' },
        { code: 'capillary refill', value: 2 },
      ],
      ...[
        { code: 'systolic', value: 120 },
        { code: 'oxygen flow', value: 2, unit: 'L/min' },
      ],
      ...[
        { code: 'on oxygen', value: 'air' },
        { code: 'effort', value: 'mild' },
        { code: 'weight', value: '150', unit: 'lb' },
      ],
    ];
    const made = await post(path, { ...visit, vitals });
    expect(made.status).toBe(201);
    expect(made.body.vitals).toHaveLength(vitals.length);
    const parts = (await resourcesOf(made.body.id)).filter(({ derivedFrom }) => !derivedFrom);
    expect(parts).toHaveLength(vitals.length + 3);
    const { id: _, doctor_name: __, evaluation: ___, _links, ...sendable } = made.body;
    const same = await put(`${path}/${made.body.id}`, sendable);
    expect(same.status).toBe(200);
    expect(same.headers.get('etag')).toBe(made.headers.get('etag'));
  });

  it('takes devices that there are', async () => {
    const { path } = await newPatient();
    await send('PUT', `${server.base}/Device/scales`, { resourceType: 'Device', id: 'scales' });
    const weighed = (device: string) => ({ ...visit, vitals: [{ code: 'weight', value: 70, device }] });
    expectProblem(await post(path, weighed('Device/none')), 422, { pointer: '#/vitals/0/device' });
    const made = await post(path, weighed('Device/scales'));
    expect(made.body.vitals[0].device).toBe('Device/scales');
    expect((await get(path)).body.data).toHaveLength(1);
  });

  it('tells all that is wrong at once, and stores nothing', async () => {
    const { path, reference } = await newPatient();
    const answer = await post(path, {
      ...{ doctor: 'Practitioner/nobody', time: '2026-01-31T10:20:00', kind: 'letter', colour: 'red' },
      vitals: [
        { code: 'heart rate', value: 'fast' },
        { code: 'heart rate', value: 70, patient: 'Patient/other', time: '2026-01-01T00:00:00Z' },
        { value: 70 },
        'weight',
      ],
    });
    expectProblem(answer, 422);
    expect(answer.body.errors.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual([
      ...['#/colour', '#/doctor', '#/kind', '#/outcome', '#/time'],
      ...['#/vitals/0/value', '#/vitals/1/patient', '#/vitals/1/time', '#/vitals/2/code', '#/vitals/3'],
    ]);
    const time = answer.body.errors.find(({ pointer }: { pointer: string }) => pointer === '#/time');
    expect(time.detail).toContain('time zone');
    expect((await fhir(`Encounter?subject=${reference}`)).body.entry ?? []).toEqual([]);
    expect((await fhir(`Observation?subject=${reference}`)).body.entry ?? []).toEqual([]);
  });

  it.each([
    ['an unknown doctor', { doctor: 'wilson' }, '#/doctor'],
    ['a member too many', { id: 'x' }, '#/id'],
    ['a day that does not exist', { time: '2026-02-30T10:00:00Z' }, '#/time'],
    ['a leap second', { time: '2016-12-31T23:59:60Z' }, '#/time'],
    ['blank notes', { notes: ' ' }, '#/notes'],
    ['no vitals', { vitals: [] }, '#/vitals'],
    ['a list of notes', { notes: ['one'] }, '#/notes'],
  ])('refuses %s', async (_, change, pointer) => {
    const { path } = await newPatient();
    expectProblem(await post(path, { ...visit, ...change }), 422, { pointer });
  });

  it('is linked by the patient; refuses an unknown one, what is no object, and no JSON', async () => {
    const { id, path } = await newPatient();
    const made = await get(`patients/${id}`);
    expect(made.body._links).toMatchObject({
      interactions: { href: `${api}/${path}` },
      history: { href: `${api}/patients/${id}/history` },
    });
    expectProblem(await post('patients/nobody/interactions', visit), 404);
    expectProblem(await post(path, [visit]), 422, { pointer: '#' });
    expectProblem(await post(path, '{'), 400);
    expectProblem(await post(path, visit, { 'content-type': 'text/plain' }), 415);
    expectProblem(await send('PATCH', `${api}/${path}`, {}, JSON_TYPE), 405);
  });
});

describe('PATCH /patients/{id}/interactions/{iid}', () => {
  it('changes what is sent, keeps the rest to the digit, and takes back what the server tells', async () => {
    const { path } = await newPatient();
    const made = await post(path, visit);
    const self = `${path}/${made.body.id}`;
    const changed = await patch(self, { outcome: 'healthy' }, { 'if-match': made.headers.get('etag')! });
    expect(changed.status).toBe(200);
    expect(changed.body).toEqual({ ...made.body, outcome: 'healthy' });
    expect(changed.text).toContain('38.90');
    const without = await patch(self, { notes: null, evaluation: made.body.evaluation });
    expect(without.body).not.toHaveProperty('notes');
    expect(without.body.vitals).toEqual(made.body.vitals);
    const exact = await patch(self, '{"vitals":[{"code":"temperature","value":36.60,"unit":"Cel"}]}');
    expect(exact.text).toContain('36.60');
    expect(exact.body.vitals).toHaveLength(1);
    expect((await patch(self, { doctor: 'cuddy-1' })).body).toMatchObject({ doctor_name: 'Dr. Cuddy' });
    expect((await get(`${self}/versions`)).body.data).toHaveLength(5);
    const { _links, ...told } = (await get(self)).body;
    const same = await put(self, { ...told, _links });
    expect(same.body).toEqual({ ...told, _links });
  });

  it('refuses what cannot be, with its place', async () => {
    const { path } = await newPatient();
    const made = await post(path, visit);
    const self = `${path}/${made.body.id}`;
    expectProblem(await patch(self, { outcome: null }), 422, { pointer: '#/outcome' });
    expectProblem(await patch(self, { doctor: 'wilson' }), 422, { pointer: '#/doctor' });
    expectProblem(await patch(self, { evaluation: [] }), 422, { pointer: '#/evaluation' });
    expectProblem(await patch(self, '{"notes": 1.50}'), 422, { pointer: '#/notes', detail: 'not 1.50' });
    expectProblem(await patch(self, { vitals: [{ code: 'pulse', value: 'fast' }] }), 422, {
      pointer: '#/vitals/0/value',
    });
    expectProblem(await patch(self, { kind: 'phone' }, { 'if-match': 'W/"9"' }), 412);
    expectProblem(await patch(`${path}/none`, { kind: 'phone' }), 404);
    expectProblem(await put(self, visit, { 'if-none-match': '*' }), 412);
    const plain = await send('PATCH', `${api}/${self}`, { kind: 'phone' }, JSON_TYPE);
    expectProblem(plain, 415);
    expect(plain.headers.get('accept-patch')).toBe('application/merge-patch+json');
    expect((await get(self)).text).toBe(made.text);
    await send('DELETE', `${api}/${self}`);
    expectProblem(await patch(self, { kind: 'phone' }), 410);
  });

  it('corrects what a FHIR client has stored without a doctor, once it is told who that was', async () => {
    const { path } = await newPatient();
    const made = await post(path, visit);
    const { participant: _, ...encounter } = (await get(made.body._links.fhir.href)).body;
    const stored = await send('PUT', made.body._links.fhir.href, encounter);
    expect(stored.status).toBe(200);
    const self = `${path}/${made.body.id}`;
    expect((await get(self)).body).not.toHaveProperty('doctor');
    expectProblem(await patch(self, { kind: 'phone' }), 422, { pointer: '#/doctor' });
    const changed = await patch(self, { kind: 'phone', doctor: 'house-1' });
    expect(changed.body).toMatchObject({ kind: 'phone', doctor: 'Practitioner/house' });
  });
});

describe('POST /patients/{id}/interactions:batch', () => {
  it('documents, corrects and withdraws many, all or none of them', async () => {
    const { path } = await newPatient();
    const [one, other] = [(await post(path, visit)).body.id, (await post(path, visit)).body.id];
    const operations = [
      { op: 'create', data: { ...visit, notes: 'First' } },
      { op: 'update', id: one, data: { ...visit, outcome: 'healthy' } },
      { op: 'delete', id: other },
    ];
    const wrong = { op: 'create', data: { ...visit, doctor: 'wilson' } };
    expectProblem(await post(`${path}:batch`, { operations: [...operations, wrong] }), 422, {
      pointer: '#/operations/3/data/doctor',
    });
    expect((await get(path)).body.data).toHaveLength(2);
    const headers = { 'idempotency-key': 'batch-1' };
    const done = await post(`${path}:batch`, { operations }, headers);
    expect(done.body.results.map(({ status }: { status: number }) => status)).toEqual([201, 200, 204]);
    expect(done.text).toContain('38.90');
    const again = await post(`${path}:batch`, { operations }, headers);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const { data } = (await get(path)).body;
    expect(data).toHaveLength(2);
    expectProblem(await get(`${path}/${other}`), 410);
    expectProblem(await post(`${path}:batch`, { operations: [{ op: 'delete', id: other }] }), 410);
  });

  it('does each for itself where it is not atomic', async () => {
    const { path } = await newPatient();
    const operations = [
      { op: 'create', data: visit },
      { op: 'update', id: 'none', data: visit },
      { op: 'create', data: { ...visit, vitals: [{ code: 'pulse', value: 'fast' }] } },
    ];
    const { body } = await post(`${path}:batch`, { operations, atomic: false });
    expect(body).toMatchObject({ succeeded: 1, failed: 2 });
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([201, 404, 422]);
    expect(body.results[2].errors[0].pointer).toBe('#/operations/2/data/vitals/0/value');
    expect((await get(path)).body.data).toHaveLength(1);
  });
});

describe('PUT and DELETE /patients/{id}/interactions/{iid}', () => {
  it('corrects in new versions of the same resources, and keeps the old ones visible', async () => {
    const { path } = await newPatient();
    const made = await post(path, visit);
    const self = `${path}/${made.body.id}`;
    const before = await resourcesOf(made.body.id);
    const corrected = {
      ...visit,
      ...{ outcome: 'undetermined', notes: 'Fever since Tuesday.' },
      vitals: [
        { code: '8867-4', value: 90, unit: '/min' },
        visit.vitals[1],
        { code: 'weight', value: 70, unit: 'kg' },
      ],
    };
    const answer = await put(self, corrected, { 'if-match': made.headers.get('etag')! });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ outcome: 'undetermined', notes: 'Fever since Tuesday.' });
    expect(answer.body.vitals.map(({ code }: { code: string }) => code)).toEqual([
      '8867-4',
      '85354-9',
      '29463-7',
    ]);
    expect(answer.headers.get('etag')).not.toBe(made.headers.get('etag'));
    expectProblem(await put(self, visit, { 'if-match': made.headers.get('etag')! }), 412);

    const after = await resourcesOf(made.body.id);
    const statusOf = (code: string) => after.find((each) => each.code?.coding?.[0].code === code)?.status;
    expect(['8867-4', '85354-9', '8310-5', '67775-7', '29463-7', 'outcome'].map(statusOf)).toEqual([
      ...['corrected', 'final', 'entered-in-error', 'entered-in-error', 'final', 'corrected'],
    ]);
    const ids = new Set(after.map(({ id }) => id));
    expect(before.every(({ id }) => ids.has(id))).toBe(true);

    const { data } = (await get(`${self}/versions`)).body;
    expect(data.map(({ version }: { version: number }) => version)).toEqual([2, 1]);
    const { _links: _, ...now } = answer.body;
    const { _links: __, ...then } = made.body;
    expect(data[0]).toMatchObject({ ...now, withdrawn: false });
    expect(data[1]).toMatchObject({ ...then, withdrawn: false });
    expect(Date.parse(data[0].recorded)).toBeGreaterThan(Date.parse(data[1].recorded));
  });

  it('takes a note back and gives it again in the same document; the same again changes nothing', async () => {
    const { path } = await newPatient();
    const made = await post(path, visit);
    const self = `${path}/${made.body.id}`;
    const { notes: _, ...without } = visit;
    expect((await put(self, without)).body).not.toHaveProperty('notes');
    const again = await put(self, visit);
    expect(again.body).toMatchObject({ notes: visit.notes });
    expect((await put(self, visit)).headers.get('etag')).toBe(again.headers.get('etag'));
    expect((await get(`${self}/versions`)).body.data).toHaveLength(3);
    const notes = (await fhir(`DocumentReference?encounter=${made.body.id}`)).body.entry;
    expect(notes).toHaveLength(1);
    expect(notes[0].resource).toMatchObject({ status: 'current', docStatus: 'amended' });
  });

  it('lets one of several corrections at a time through, where each has to know what it changes', async () => {
    const { path } = await newPatient();
    const made = await post(path, visit);
    const headers = { 'if-match': made.headers.get('etag')! };
    const answers = await Promise.all(
      ['a', 'b', 'c', 'd'].map((notes) => put(`${path}/${made.body.id}`, { ...visit, notes }, headers)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
    const { data } = (await get(`${path}/${made.body.id}/versions`)).body;
    expect(data).toHaveLength(2);
  });

  it.each([
    ['readings', (n: number) => ({ vitals: [{ code: 'pulse', value: 70 + n }] })],
    ['notes', (n: number) => ({ notes: `Note ${n}` })],
  ])('lets one of several through that add other %s to the same', async (_, more) => {
    const { path } = await newPatient();
    const { notes: _notes, vitals: _vitals, ...bare } = visit;
    const made = await post(path, bare);
    const one = `${path}/${made.body.id}`;
    const tag = made.headers.get('etag')!;
    const tries = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) => put(one, { ...bare, ...more(n) }, { 'if-match': tag })),
    );
    expect(tries.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412, 412, 412]);
    const { body } = await get(one);
    expect({ vitals: body.vitals?.length ?? 1, notes: body.notes?.length ?? 6 }).toEqual({
      vitals: 1,
      notes: 6,
    });
    // A client that does not hear of its success sends it again.
    const again = { ...bare, vitals: [{ code: '8310-5', value: 38.5, unit: 'Cel' }], notes: 'The same' };
    const statuses = await Promise.all([1, 2, 3].map(() => put(one, again)));
    expect(statuses.map(({ status }) => status)).toEqual([200, 200, 200]);
    const { body: after } = await get(one);
    expect(after.vitals).toHaveLength(1);
    expect(
      (await fhir(`DocumentReference?encounter=${made.body.id}&status=current`)).body.entry,
    ).toHaveLength(1);
  });

  it('is not concerned with what others add to the encounter', async () => {
    const { path, reference } = await newPatient();
    const made = await post(path, visit);
    const encounter = `Encounter/${made.body.id}`;
    const reading = { patient: reference, encounter, code: 'weight', value: 70, time: visit.time };
    expect((await post('vitals', [reading])).status).toBe(200);
    const read = await get(`${path}/${made.body.id}`);
    expect(read.text).toBe(made.text);
    const headers = { 'if-match': made.headers.get('etag')! };
    const { vitals: _, ...without } = visit;
    expect((await put(`${path}/${made.body.id}`, without, headers)).body).not.toHaveProperty('vitals');
    const weight = (await fhir(`Observation?encounter=${made.body.id}&code=29463-7`)).body.entry;
    expect(weight[0].resource.status).toBe('final');
  });

  it('withdraws: all parts are entered in error, the versions stay', async () => {
    const { id, path } = await newPatient();
    const made = await post(path, visit);
    const self = `${path}/${made.body.id}`;
    expectProblem(await send('DELETE', `${api}/${self}`, undefined, { 'if-match': 'W/"9"' }), 412);
    expect((await send('DELETE', `${api}/${self}`)).status).toBe(204);
    // Scores were computed of the readings; they are no part of it.
    const parts = (await resourcesOf(made.body.id)).filter(({ derivedFrom }) => !derivedFrom);
    expect(parts).toHaveLength(7);
    expect(new Set(parts.map(({ status }) => status))).toEqual(new Set(['entered-in-error']));
    for (const answer of [await get(self), await put(self, visit), await send('DELETE', `${api}/${self}`)]) {
      expectProblem(answer, 410, { detail: 'withdrawn' });
    }
    expect((await get(path)).body.data).toEqual([]);
    const { data } = (await get(`${self}/versions`)).body;
    expect(data.map(({ withdrawn }: { withdrawn: boolean }) => withdrawn)).toEqual([true, false]);
    expect(data[1].notes).toBe(visit.notes);
    expect((await get(`patients/${id}/history?kind=interaction,vital`)).body.data).toEqual([]);
  });

  it('knows an interaction below its own patient only', async () => {
    const [one, other] = [await newPatient(), await newPatient()];
    const { body } = await post(one.path, visit);
    expectProblem(await get(`${other.path}/${body.id}`), 404);
    expectProblem(await put(`${other.path}/${body.id}`, visit), 404);
    expectProblem(await get(`${other.path}/${body.id}/versions`), 404);
    expectProblem(await send('DELETE', `${api}/${other.path}/${body.id}`), 404);
  });
});

describe('GET /patients/{id}/interactions', () => {
  it('lists newest first, filtered, page by page', async () => {
    const { path } = await newPatient();
    const short = { ...visit, vitals: undefined, notes: undefined };
    const days = ['2026-01-03', '2026-01-01', '2026-01-05', '2026-01-02', '2026-01-04'];
    for (const [i, day] of days.entries()) {
      const even = i % 2 === 0;
      await post(path, {
        ...{ ...short, time: `${day}T09:00:00Z`, doctor: even ? 'house-1' : 'Practitioner/cuddy' },
        ...{ kind: even ? 'phone' : 'video', outcome: even ? 'healthy' : 'undetermined' },
      });
    }
    const daysOf = ({ body }: Answer) => body.data.map(({ time }: { time: string }) => time.slice(8, 10));
    expect(daysOf(await get(path))).toEqual(['05', '04', '03', '02', '01']);
    expect(daysOf(await get(`${path}?from=2026-01-02&to=2026-01-04`))).toEqual(['04', '03', '02']);
    expect(daysOf(await get(`${path}?doctor=house-1`))).toEqual(['05', '04', '03']);
    expect(daysOf(await get(`${path}?doctor=Practitioner/cuddy`))).toEqual(['02', '01']);
    expect(daysOf(await get(`${path}?kind=video`))).toEqual(['02', '01']);
    expect(daysOf(await get(`${path}?outcome=healthy&from=2026-01-04`))).toEqual(['05', '04']);
    const pages: string[][] = [];
    for (let page = await get(`${path}?pageSize=2`); ; page = await get(page.body._links.next.href)) {
      pages.push(daysOf(page));
      if (!page.body._links.next) break;
    }
    expect(pages).toEqual([['05', '04'], ['03', '02'], ['01']]);
    expectProblem(await get(`${path}?kind=letter`), 400, { parameter: 'kind' });
    expectProblem(await get(`${path}?from=yesterday`), 400, { parameter: 'from' });
    expectProblem(await get('patients/nobody/interactions'), 404);
  });
});

describe('GET /patients/{id}/history', () => {
  it('is one timeline of everything, whatever its size of page', async () => {
    const { id, path, reference } = await newPatient();
    const subject = { reference };
    const sct = 'http://snomed.info/sct';
    const code = { text: 'Something' };
    const store = (resource: { resourceType: string }) =>
      send('POST', `${server.base}/${resource.resourceType}`, resource);
    const condition = (rest: object) => ({
      ...{ resourceType: 'Condition', subject, code, ...rest },
      clinicalStatus: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
      },
    });
    const order = { resourceType: 'ServiceRequest', status: 'active', intent: 'order', subject, code };
    await post(path, { ...visit, time: '2026-01-03T09:00:00Z', vitals: [{ code: 'weight', value: 70 }] });
    const made = await Promise.all([
      store(condition({ onsetDateTime: '2026-01-05' })),
      store(condition({ recordedDate: '2026-01-02' })),
      store(condition({})),
      store({ ...order, authoredOn: '2026-01-06' } as { resourceType: string }),
      store({
        ...{ ...order, authoredOn: '2026-01-07' },
        category: [{ coding: [{ system: sct, code: '363679005' }] }],
      } as { resourceType: string }),
      store({
        ...{ resourceType: 'DiagnosticReport', status: 'final', subject, code, conclusion: 'NO FINDINGS' },
        effectiveDateTime: '2026-01-04T10:00:00Z',
      } as { resourceType: string }),
    ]);
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 201));
    const all = await get(`patients/${id}/history`);
    expect(all.status).toBe(200);
    const kindsOf = ({ body }: Answer) => body.data.map(({ kind }: { kind: string }) => kind);
    expect(kindsOf(all)).toEqual([
      ...['referral', 'condition', 'study', 'interaction', 'vital', 'condition', 'condition'],
    ]);
    expect(all.body.data[2]).toMatchObject({ value: 'NO FINDINGS', time: '2026-01-04T10:00:00Z' });
    expect(all.body.data[4]).toMatchObject({ text: 'Body weight', value: 70, unit: 'kg' });
    expect((await get(all.body.data[3]._links.self.href)).body).toMatchObject({ outcome: 'not healthy' });
    const own = all.body.data.map(({ _links }: { _links: { self?: { href: string } } }) => _links.self?.href);
    expect(own.map((href: string) => href !== undefined)).toEqual([
      false,
      true,
      false,
      true,
      false,
      true,
      true,
    ]);
    for (const href of own) if (href) expect((await get(href)).status).toBe(200);
    for (const entry of all.body.data) expect((await get(entry._links.fhir.href)).status).toBe(200);
    for (const size of [1, 2, 3, 6, 7]) {
      const found: unknown[] = [];
      for (let page = await get(`patients/${id}/history?pageSize=${size}`); ; ) {
        found.push(...page.body.data);
        if (!page.body._links.next) break;
        page = await get(page.body._links.next.href);
      }
      expect(found).toEqual(all.body.data);
    }
    for (const limit of [1, 3, 7]) {
      const found: unknown[] = [];
      let url: string | undefined = `patients/${id}/history?limit=${limit}&total=true`;
      while (url !== undefined) {
        const { body, headers } = await get(url);
        expect(body).toMatchObject({ limit, offset: found.length, total: 7 });
        expect(headers.get('link')?.includes('rel="next"') ?? false).toBe(body._links.next !== undefined);
        found.push(...body.data);
        url = body._links.next?.href;
      }
      expect(found).toEqual(all.body.data);
    }
    const beyond = await get(`patients/${id}/history?offset=9`);
    expect(beyond.body).toMatchObject({ data: [], limit: 50, offset: 9 });
    expect((await get(`patients/${id}/history?kind=study&total=true`)).body.total).toBe(1);
    expectProblem(await get(`patients/${id}/history?limit=2&pageSize=2`), 400, { parameter: 'pageSize' });
    expectProblem(await get(`patients/${id}/history?offset=10001`), 400, { parameter: 'offset' });
    expect(kindsOf(await get(`patients/${id}/history?kind=study,vital`))).toEqual(['study', 'vital']);
    expectProblem(await get(`patients/${id}/history?kind=dream`), 400, { parameter: 'kind' });
    expectProblem(await get('patients/nobody/history'), 404);
  });
});

describe('GET /patients?include=last_outcome', () => {
  it('tells what was concluded last, and when', async () => {
    const [one, other] = [await newPatient(), await newPatient()];
    const late = await post(one.path, { ...visit, time: '2026-02-03T09:00:00+05:00', outcome: 'healthy' });
    await post(one.path, { ...visit, time: '2026-02-03T03:00:00Z', outcome: 'undetermined' });
    const newest = await post(one.path, { ...visit, time: '2026-02-04T03:00:00Z' });
    const last = async (id: string) => (await get(`patients/${id}?include=last_outcome`)).body.last_outcome;
    expect(await last(one.id)).toMatchObject({ outcome: 'not healthy', interaction: newest.body.id });
    await send('DELETE', newest.body._links.self.href);
    expect(await last(one.id)).toEqual({
      ...{ outcome: 'healthy', time: '2026-02-03T09:00:00+05:00', interaction: late.body.id },
    });
    expect(await last(other.id)).toBeUndefined();
    const list = (await get('patients?include=last_outcome&limit=200')).body.data;
    expect(list.find(({ id }: { id: string }) => id === one.id).last_outcome.outcome).toBe('healthy');
  });
});
