// Leads of the plain JSON API, one by one and in lists: people who got in touch, each one FHIR Patient.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { expectProblem } from './expectProblem.ts';
import { type LeadServer, startLeadServer } from './leadServer.ts';

let to: LeadServer;

beforeAll(async () => {
  to = await startLeadServer();
});
afterAll(() => to.stop());

const CONTACTS = 'https://salus.example/fhir/sid/crm-contacts';
const STATES = 'https://salus.example/fhir/CodeSystem/person-states';
const CONDITIONS = 'https://salus.example/fhir/CodeSystem/medical-conditions';
const profile = (name: string) => `https://salus.example/fhir/StructureDefinition/${name}`;

const ADA = {
  ...{ first_name: 'Ada', last_name: 'Moreno', email: 'Ada@ejemplo.com', phone: '+52 (81) 8000-0001' },
  ...{ birth_date: '1985-02-03', medical_condition: 'idiopatic pulmonary fibrosis' },
  ...{ first_contact_date: '2026-01-30' },
  ...{ booking_date: '2031-01-31T10:20:00+01:00', reminder_date: '2031-01-30T09:00:00+01:00' },
};

describe('POST /leads', () => {
  it('creates one that is a Patient with a Condition and an Appointment', async () => {
    await to.post('hospitals', { id: 'h-1', name: 'San José' });
    const made = await to.post('leads', { ...ADA, hospital_id: 'h-1' });
    expect(made.status).toBe(201);
    const { id, _links } = made.body;
    expect(made.headers.get('location')).toBe(`${to.api}/leads/${id}`);
    expect(made.body).toMatchObject({
      ...ADA,
      ...{ phone: '+528180000001', medical_condition: 'Idiopathic Pulmonary Fibrosis' },
      ...{ state: 'lead', returning: false, hospital_id: 'h-1', last_contact_date: '2026-01-30' },
    });
    expect(made.body).not.toHaveProperty('patient_id');
    expect((await to.get(`leads/${id}`)).body).toEqual(made.body);
    expect(_links.hospital.href).toBe(`${to.api}/hospitals/h-1`);
    const { body: patient } = await to.fhirOf(made);
    expect(patient).toMatchObject({
      meta: { profile: [profile('salus-patient')], tag: [{ system: STATES, code: 'lead' }] },
      identifier: [{ system: CONTACTS, value: id }],
      name: [{ use: 'official', family: 'Moreno', given: ['Ada'] }],
      telecom: [
        { system: 'email', value: 'Ada@ejemplo.com' },
        { system: 'phone', value: '+528180000001' },
      ],
      birthDate: '1985-02-03',
    });
    const [condition, ...others] = await to.found(`Condition?patient=${patient.id}`);
    expect(others).toEqual([]);
    expect(condition).toMatchObject({
      code: { coding: [{ system: CONDITIONS, code: 'IPF' }] },
      verificationStatus: { coding: [{ code: 'unconfirmed' }] },
    });
    const [call] = await to.found(`Appointment?patient=${patient.id}`);
    expect(call).toMatchObject({
      ...{ status: 'booked', start: '2031-01-31T10:20:00+01:00' },
      extension: [{ url: profile('salus-reminder'), valueDateTime: '2031-01-30T09:00:00+01:00' }],
    });
    const { body: bookings } = await to.get(_links.bookings.href);
    expect(bookings.data).toMatchObject([{ contact_id: id, booking_date: '2031-01-31T10:20:00+01:00' }]);
    expect(await to.found(`Task?patient=${patient.id}`)).toEqual([]);
  });

  it('asks for a call where none is booked', async () => {
    const made = await to.post('leads', { last_name: 'Solo' });
    expect(made.status).toBe(201);
    expect(made.body).not.toHaveProperty('booking_date');
    expect(made.body.first_contact_date).toMatch(/^20/);
    const { body: patient } = await to.fhirOf(made);
    expect(await to.found(`Appointment?patient=${patient.id}`)).toMatchObject([{ status: 'proposed' }]);
    const reminded = await to.post('leads', { last_name: 'Reminded', reminder_date: '2031-02-01' });
    expect(reminded.body.reminder_date).toBe('2031-02-01');
  });

  it.each<[what: string, body: unknown, pointer: string, detail: string]>([
    ['no last name', { first_name: 'Ada' }, '#/last_name', '"last_name" is missing.'],
    ['an unknown member', { last_name: 'X', age: 3 }, '#/age', '"age" is not known here'],
    ['a member that the server tells', { last_name: 'X', state: 'patient' }, '#/state', 'not known here'],
    ['no e-mail', { last_name: 'X', email: 'none' }, '#/email', 'must look like'],
    [
      'a day that is none',
      { last_name: 'X', birth_date: '1985-02-31' },
      '#/birth_date',
      'must be a date that exists',
    ],
    [
      'a first contact on no day',
      { last_name: 'X', first_contact_date: '2031-02-31' },
      '#/first_contact_date',
      'no day',
    ],
    ['a booking on no day', { last_name: 'X', booking_date: '2031-02-31' }, '#/booking_date', 'no day'],
    [
      'a booking without a zone',
      { last_name: 'X', booking_date: '2031-02-03T10:00:00' },
      '#/booking_date',
      'must look',
    ],
    [
      'a reminder after the call',
      { last_name: 'X', booking_date: '2031-02-03', reminder_date: '2031-02-04' },
      '#/reminder_date',
      'a reminder comes before it',
    ],
    [
      'an unknown condition',
      { last_name: 'X', medical_condition: 'Unheard-of' },
      '#/medical_condition',
      'POST /api/v1/medical-conditions adds one',
    ],
    [
      'an unknown hospital',
      { last_name: 'X', hospital_id: 'none' },
      '#/hospital_id',
      'there is no hospital "none"',
    ],
  ])('refuses %s', async (_what, body, pointer, detail) => {
    expectProblem(await to.post('leads', body), 422, { pointer, detail });
  });

  it('takes a condition that a house has added', async () => {
    await to.post('medical-conditions', { name: 'Rett Syndrome' });
    const made = await to.post('leads', { last_name: 'House', medical_condition: 'rett syndrome' });
    expect(made.body.medical_condition).toBe('Rett Syndrome');
    await to.fhirOf(made);
  });

  it('is done once for one Idempotency-Key', async () => {
    const body = { last_name: 'Once', first_name: 'Only' };
    const [one, two] = [
      await to.post('leads', body, { 'idempotency-key': 'lead-once' }),
      await to.post('leads', body, { 'idempotency-key': 'lead-once' }),
    ];
    expect([one.status, two.status]).toEqual([201, 201]);
    expect(two.body).toEqual(one.body);
    expect((await to.found('Patient?family=Once')).length).toBe(1);
  });
});

describe('PUT and PATCH /leads/{id}', () => {
  it('replace what is told and keep the rest', async () => {
    await to.post('hospitals', { id: 'h-2', name: 'Santa Ana' });
    const made = await to.post('leads', { ...ADA, last_name: 'Put', email: 'put@x.mx', phone: '8180000002' });
    const { body: before } = await to.fhirOf(made);
    const path = `leads/${made.body.id}`;
    expect((await to.put(path, made.body)).headers.get('etag')).toBe(made.headers.get('etag'));
    const { reminder_date: _, booking_date: __, ...sent } = { ...ADA, last_name: 'Puts' };
    const changed = await to.put(path, { ...sent, medical_condition: 'GBM', hospital_id: 'h-2' });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      ...{ last_name: 'Puts', email: ADA.email, medical_condition: 'Glioblastoma', hospital_id: 'h-2' },
      ...{ booking_date: ADA.booking_date, returning: false },
    });
    const { body: after } = await to.fhirOf(changed);
    expect(after.identifier).toEqual(before.identifier);
    expect(after.name).toEqual([{ use: 'official', family: 'Puts', given: ['Ada'] }]);
    const conditions = await to.found(`Condition?patient=${after.id}`);
    expect(conditions.map(({ code }) => code.coding[0].code)).toEqual(['GBM']);
    const bare = await to.put(path, { last_name: 'Puts' });
    expect(bare.body).not.toHaveProperty('email');
    expect(bare.body).not.toHaveProperty('medical_condition');
    expect(bare.body).not.toHaveProperty('hospital_id');
    expect(bare.body).not.toHaveProperty('first_contact_date');
    await to.fhirOf(bare);
    const again = await to.patch(path, { medical_condition: 'IPF', email: 'new@x.mx' });
    expect(again.body).toMatchObject({
      medical_condition: 'Idiopathic Pulmonary Fibrosis',
      email: 'new@x.mx',
    });
    await to.fhirOf(again);
  });

  it('change no calls, nor what the server tells', async () => {
    const made = await to.post('leads', { last_name: 'Calls', booking_date: '2031-03-01T10:00:00Z' });
    const path = `leads/${made.body.id}`;
    for (const change of [{ booking_date: '2031-03-02T10:00:00Z' }, { booking_date: null }]) {
      expectProblem(await to.patch(path, change), 422, {
        pointer: '#/booking_date',
        detail: '/api/v1/bookings',
      });
    }
    expectProblem(await to.put(path, { last_name: 'Calls', reminder_date: '2031-02-01' }), 422, {
      ...{ pointer: '#/reminder_date', detail: 'which has none' },
    });
    expectProblem(await to.patch(path, { state: 'patient' }), 422, { pointer: '#/state' });
    expectProblem(await to.patch(path, { id: 'x' }), 422, { pointer: '#/id' });
    expectProblem(await to.patch(path, { last_name: null }), 422, { pointer: '#/last_name' });
    expectProblem(await to.patch(path, { hospital_id: 'none' }), 422, { pointer: '#/hospital_id' });
    expectProblem(await to.patch(path, { last_name: 'X' }, { 'if-match': 'W/"9"' }), 412);
    expectProblem(await to.patch('leads/none', { last_name: 'X' }), 404);
    expect((await to.get(path)).body).toEqual(made.body);
  });

  it('leave alone what somebody has confirmed', async () => {
    const made = await to.post('leads', { last_name: 'Sure', medical_condition: 'GBM' });
    const { body: patient } = await to.fhirOf(made);
    const [condition] = await to.found(`Condition?patient=${patient.id}`);
    const { verificationStatus: _, ...confirmed } = condition;
    const { send } = await import('../../support/testServer.ts');
    await send('PUT', `${to.server.base}/Condition/${condition.id}`, confirmed);
    expectProblem(await to.patch(`leads/${made.body.id}`, { medical_condition: 'IPF' }), 422, {
      ...{ pointer: '#/medical_condition', detail: '/api/v1/conditions' },
    });
    const same = await to.patch(`leads/${made.body.id}`, { medical_condition: 'gbm', first_name: 'Very' });
    expect(same.body).toMatchObject({ medical_condition: 'Glioblastoma', first_name: 'Very' });
  });
});

describe('GET /leads', () => {
  it('finds a phone number however it is written', async () => {
    await to.post('leads', { last_name: 'Fono', phone: '+34 611 000 777' });
    for (const phone of ['+34 611 000 777', '+34611000777', '+34-611-000-777']) {
      const { body } = await to.get(`leads?phone=${encodeURIComponent(phone)}`);
      expect(body.data.map(({ last_name }: { last_name: string }) => last_name)).toEqual(['Fono']);
    }
  });

  it('filters, sorts and pages', async () => {
    for (const [first_name, condition] of [
      ['Berta', 'GBM'],
      ['Ana', 'IPF'],
      ['Carla', 'GBM'],
    ] as const) {
      await to.post('leads', {
        ...{ first_name, last_name: 'Listed', email: `${first_name}@list.mx`, birth_date: '1970-01-01' },
        medical_condition: condition,
      });
    }
    const names = async (query: string) => {
      const { status, body } = await to.get(`leads?${query}`);
      expect(status).toBe(200);
      return body.data.map((one: { first_name: string }) => one.first_name);
    };
    expect(await names('last_name=listed&sort=first_name')).toEqual(['Ana', 'Berta', 'Carla']);
    expect(await names('last_name=listed&sort=-first_name&limit=1&offset=1')).toEqual(['Berta']);
    expect(await names('last_name=Listed&medical_condition=GBM&sort=first_name')).toEqual(['Berta', 'Carla']);
    expect(await names('email=ANA%40list.mx')).toEqual(['Ana']);
    expect(await names('birth_date=1970-01-01&first_name=Carla')).toEqual(['Carla']);
    expect(await names('last_name=Listed&state=patient')).toEqual([]);
    expect((await names('last_name=Listed&state=all')).length).toBe(3);
    expectProblem(await to.get('leads?state=gone'), 400, { parameter: 'state' });
    expectProblem(await to.get('leads/none'), 404, { detail: 'There is no Lead with the id "none"' });
  });
});

describe('DELETE /leads/{id}', () => {
  it('takes calls and what the person said with it', async () => {
    const made = await to.post('leads', {
      ...ADA,
      last_name: 'Gone',
      email: 'gone@x.mx',
      phone: '8180000003',
    });
    const { body: patient } = await to.fhirOf(made);
    expectProblem(await to.remove(`leads/${made.body.id}`, { 'if-match': 'W/"9"' }), 412);
    expect((await to.remove(`leads/${made.body.id}`)).status).toBe(204);
    expectProblem(await to.get(`leads/${made.body.id}`), 404);
    expect((await to.fhir(`Patient/${patient.id}`)).status).toBe(410);
    expect(await to.found(`Condition?patient=${patient.id}`)).toEqual([]);
    expect(await to.found(`Appointment?patient=${patient.id}`)).toEqual([]);
  });

  it('is refused where there is more of the person', async () => {
    const made = await to.post('leads', { last_name: 'More' });
    const { body: patient } = await to.fhirOf(made);
    const { send } = await import('../../support/testServer.ts');
    const flag = await send('POST', `${to.server.base}/Flag`, {
      ...{ resourceType: 'Flag', status: 'active', code: { text: 'x' } },
      subject: { reference: `Patient/${patient.id}` },
    });
    expectProblem(await to.remove(`leads/${made.body.id}`), 409, { detail: `Flag/${flag.body.id}` });
    expect((await to.get(`leads/${made.body.id}`)).status).toBe(200);
  });
});

describe('POST /leads:batch', () => {
  it('does each for itself, or all', async () => {
    const data = { first_name: 'Bea', last_name: 'Batch', email: 'bea@batch.mx' };
    const create = { op: 'create', data };
    const refused = await to.post('leads:batch', { operations: [create, create] });
    expectProblem(refused, 422, { detail: 'the same as operation 0' });
    expect(await to.found('Patient?family=Batch')).toEqual([]);
    const { body } = await to.post('leads:batch', { atomic: false, operations: [create, create] });
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([201, 200]);
    expect(body.results[1].data).toMatchObject({ id: body.results[0].id, returning: true });
    const others = ['x', 'y'].map((name) => ({
      ...{ op: 'create', data: { last_name: `Batch${name}`, email: `${name}@batch.mx` } },
    }));
    const done = await to.post('leads:batch', { operations: others });
    expect(done.body).toMatchObject({ succeeded: 2, failed: 0 });
  });
});
