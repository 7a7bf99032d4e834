// POST /leads/{id}:convert: a lead becomes a patient, in the same record.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';
import { type LeadServer, startLeadServer } from './leadServer.ts';

let to: LeadServer;
const first = '2031-01-31T10:20:00+01:00';

beforeAll(async () => {
  to = await startLeadServer();
  for (const [code, id] of [
    ['physician', 'dr-1'],
    ['pharmacist', 'ph-1'],
  ]) {
    await send('PUT', `${to.server.base}/Practitioner/${id}`, {
      ...{ resourceType: 'Practitioner', id, name: [{ family: 'Ortega', given: ['Lucia'] }] },
      meta: { tag: [{ system: 'https://salus.example/fhir/CodeSystem/contact-types', code }] },
      identifier: [{ system: 'https://salus.example/fhir/sid/physicians', value: id }],
    });
  }
});
afterAll(() => to.stop());

let turn = 0;
const lead = (more: object = {}) =>
  to.post('leads', { first_name: 'Luz', last_name: `Paso${turn++}`, booking_date: first, ...more });
const convert = (id: string, body: unknown, headers = {}) => to.post(`leads/${id}:convert`, body, headers);

describe('POST /leads/{id}:convert', () => {
  it('makes a patient of the lead, in a new version of the same record', async () => {
    await to.post('hospitals', { id: 'h-c', name: 'Centro' });
    const made = await lead({ medical_condition: 'GBM', hospital_id: 'h-c', email: 'luz@paso.mx' });
    const { body: before } = await to.fhirOf(made);
    const answer = await convert(made.body.id, {
      ...{ physician_id: 'dr-1', initial_consult_date: '2031-02-10T09:00:00+01:00' },
      ...{ medical_condition: 'Glioblastoma', first_contact_date: '2026-01-02' },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      ...{ id: made.body.id, state: 'patient', patient_id: before.id, physician_id: 'dr-1' },
      ...{ hospital_id: 'h-c', first_contact_date: '2026-01-02', booking_date: first },
      medical_condition: 'Glioblastoma',
    });
    const { patient, physician } = answer.body._links;
    expect((await to.get(patient.href)).body).toMatchObject({ id: before.id, email: 'luz@paso.mx' });
    expect((await to.get(physician.href)).body).toMatchObject({ id: 'dr-1' });
    expect((await to.get(`leads/${made.body.id}`)).body).toEqual(answer.body);
    const { body: after } = await to.fhirOf(answer);
    expect(after).toMatchObject({
      ...{ id: before.id, identifier: before.identifier, name: before.name, telecom: before.telecom },
      generalPractitioner: [{ reference: 'Practitioner/dr-1' }, { reference: expect.stringMatching(/^Org/) }],
    });
    expect(after.meta.tag).toEqual([expect.objectContaining({ code: 'patient' })]);
    expect(after.meta.versionId).toBe('2');
    const conditions = await to.found(`Condition?patient=${before.id}`);
    expect(conditions).toMatchObject([{ verificationStatus: { coding: [{ code: 'confirmed' }] } }]);
    const calls = await to.found(`Appointment?patient=${before.id}&_sort=date`);
    expect(calls).toMatchObject([
      { status: 'booked', serviceType: [{ text: 'Booked call' }] },
      {
        status: 'booked',
        serviceType: [{ text: 'Initial consultation' }],
        start: '2031-02-10T09:00:00+01:00',
      },
    ]);
    const listed = async (state: string) =>
      (await to.get(`leads?email=luz@paso.mx&state=${state}`)).body.data.length;
    expect([await listed('lead'), await listed('patient')]).toEqual([0, 1]);
    const form = { first_name: 'Luz', last_name: made.body.last_name, email: 'LUZ@paso.mx' };
    const returned = await to.post('leads', form);
    expect(returned.status).toBe(200);
    expect(returned.body).toMatchObject({ id: made.body.id, state: 'patient', returning: true });
    expectProblem(await to.remove(`leads/${made.body.id}`), 409, { detail: 'It is a patient' });
  });

  it('confirms a condition that nobody has told, and needs none', async () => {
    const made = await lead();
    const answer = await convert(made.body.id, { physician_id: 'dr-1', medical_condition: 'IPF' });
    expect(answer.body.medical_condition).toBe('Idiopathic Pulmonary Fibrosis');
    await to.fhirOf(answer);
    const bare = await lead();
    expect((await convert(bare.body.id, { physician_id: 'dr-1' })).body).not.toHaveProperty(
      'medical_condition',
    );
  });

  it('takes a consultation of the past for one that took place', async () => {
    const made = await lead();
    const answer = await convert(made.body.id, { physician_id: 'dr-1', initial_consult_date: '2020-02-10' });
    const { body: patient } = await to.fhirOf(answer);
    const calls = await to.found(`Appointment?patient=${patient.id}&date=2020-02-10`);
    expect(calls).toMatchObject([{ status: 'fulfilled' }]);
  });

  it.each<[what: string, body: object, status: number, pointer: string, detail: string]>([
    ['no physician', {}, 422, '#/physician_id', '"physician_id" is missing'],
    ['an unknown physician', { physician_id: 'none' }, 422, '#/physician_id', 'there is no physician "none"'],
    ['a pharmacist', { physician_id: 'ph-1' }, 422, '#/physician_id', 'ph-1 is a pharmacist'],
    [
      'an unknown condition',
      { physician_id: 'dr-1', medical_condition: 'X' },
      422,
      '#/medical_condition',
      'is no condition that is known',
    ],
    [
      'a day that is none',
      { physician_id: 'dr-1', initial_consult_date: '2031-02-31' },
      422,
      '#/initial_consult_date',
      'no day 2031-02-31',
    ],
    ['an unknown member', { physician_id: 'dr-1', note: 'x' }, 422, '#/note', 'not known here'],
  ])('is refused with %s', async (_what, body, status, pointer, detail) => {
    const made = await lead();
    expectProblem(await convert(made.body.id, body), status, { pointer, detail });
    expect((await to.get(`leads/${made.body.id}`)).body).toEqual(made.body);
  });

  it('is refused of nobody, of a patient, and of a lead that has changed', async () => {
    const body = { physician_id: 'dr-1' };
    expectProblem(await convert('none', body), 404);
    const made = await lead();
    expectProblem(await convert(made.body.id, body, { 'if-match': 'W/"9"' }), 412);
    const tag = made.headers.get('etag')!;
    expect((await convert(made.body.id, body, { 'if-match': tag })).status).toBe(200);
    expectProblem(await convert(made.body.id, body), 409, { detail: 'is a patient already' });
  });

  it('is done once for one Idempotency-Key, and once of two at the same time', async () => {
    const body = { physician_id: 'dr-1', initial_consult_date: '2031-06-01T10:00:00Z' };
    const made = await lead();
    const key = { 'idempotency-key': 'convert-once' };
    const [one, two] = [await convert(made.body.id, body, key), await convert(made.body.id, body, key)];
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(two.body).toEqual(one.body);
    const other = await lead();
    const rivals = await Promise.all([
      convert(other.body.id, body),
      send('POST', `${to.otherApi}/leads/${other.body.id}:convert`, body, {
        'content-type': 'application/json',
      }),
    ]);
    expect(rivals.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { body: patient } = await to.fhirOf(rivals.find(({ status }) => status === 200)!);
    expect(await to.found(`Appointment?patient=${patient.id}`)).toHaveLength(2);
  });
});
