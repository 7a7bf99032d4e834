// What a form changes of somebody who is known: anybody can send one, so it adds to what is told of a patient and changes nothing.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send } from '../../support/testServer.ts';
import { type LeadServer, startLeadServer } from './leadServer.ts';

let to: LeadServer;

beforeAll(async () => {
  to = await startLeadServer();
});
afterAll(() => to.stop());

/** Of whom is being looked at: each is born on a day of their own. */
let birth_date = '';
let day = 10;
const email = (value: string, use?: string) => ({ system: 'email', value, ...(use && { use }) });
const phone = (value: string, use?: string) => ({ system: 'phone', value, ...(use && { use }) });

/** A Patient of a health record. */
function known(family: string, rest: object): Promise<Answer> {
  birth_date = `1960-06-${day++}`;
  return send('POST', `${to.server.base}/Patient`, {
    ...{ resourceType: 'Patient', name: [{ use: 'official', family, given: ['Ida'] }] },
    ...{ birthDate: birth_date, ...rest },
  });
}
const asLead = {
  meta: { tag: [{ system: 'https://salus.example/fhir/CodeSystem/person-states', code: 'lead' }] },
};

async function returned(last_name: string, form: object) {
  const answer = await to.post('leads', { first_name: 'Ida', last_name, birth_date, ...form });
  expect(answer.status).toBe(200);
  expect(answer.body.returning).toBe(true);
  const { body: patient } = await to.fhirOf(answer);
  return { answer, patient };
}

describe('a form of a patient', () => {
  const home = email('home@x.mx', 'home');
  const work = email('work@x.mx', 'work');

  it.each([
    ['the e-mail of home', 'home@x.mx'],
    ['the e-mail of work', 'Work@x.mx'],
  ])('that tells %s again changes neither', async (_what, told) => {
    const family = `Dos${told.slice(0, 4)}`;
    await known(family, { telecom: [home, work] });
    const { answer, patient } = await returned(family, { email: told });
    expect(patient.telecom).toEqual([home, work]);
    expect(answer.body.email).toBe('home@x.mx');
  });

  it('adds another e-mail and phone number behind those that are known', async () => {
    const before = [home, email('former@x.mx', 'old'), phone('+52818', 'mobile')];
    await known('Desvio', { telecom: before });
    const form = { email: 'other@x.mx', phone: '+52 819', booking_date: '2031-01-31T10:20:00Z' };
    const { answer, patient } = await returned('Desvio', form);
    expect(patient.telecom).toEqual([...before, email('other@x.mx'), phone('+52819')]);
    expect(answer.body).toMatchObject({ state: 'patient', email: 'home@x.mx', phone: '+52818' });
    const again = await returned('Desvio', { email: 'former@x.mx' });
    expect(again.patient.telecom).toEqual(patient.telecom);
  });

  it('tells the first e-mail where none is known', async () => {
    await known('Ninguno', {});
    const { answer } = await returned('Ninguno', { email: 'first@x.mx' });
    expect(answer.body.email).toBe('first@x.mx');
  });

  it('keeps the name that the patient goes by', async () => {
    await known('Oficial', { telecom: [home] });
    const { answer, patient } = await returned('Nueva', { email: 'home@x.mx' });
    expect(answer.body.last_name).toBe('Oficial');
    expect(patient.name).toEqual([
      { use: 'official', family: 'Oficial', given: ['Ida'] },
      { use: 'usual', family: 'Nueva', given: ['Ida'] },
    ]);
    expect((await returned('Nueva', { email: 'home@x.mx' })).patient.name).toEqual(patient.name);
  });

  it('tells the condition that is confirmed, though the form tells another', async () => {
    const { body: patient } = await known('Condicion', {});
    await to.post('conditions', { patient_id: patient.id, medical_condition: 'GBM' });
    const { answer } = await returned('Condicion', { medical_condition: 'IPF' });
    expect(answer.body.medical_condition).toBe('Glioblastoma');
    expect(await to.found(`Condition?patient=${patient.id}`)).toHaveLength(2);
    const lead = await to.post('leads', {
      first_name: 'Lia',
      last_name: 'Con',
      birth_date,
      medical_condition: 'GBM',
    });
    const again = await to.post('leads', {
      first_name: 'Lia',
      last_name: 'Con',
      birth_date,
      medical_condition: 'IPF',
    });
    expect(again.body).toMatchObject({
      id: lead.body.id,
      medical_condition: 'Idiopathic Pulmonary Fibrosis',
    });
  });

  it('keeps the hospital that is shown', async () => {
    for (const id of ['h-1', 'h-2']) await to.post('hospitals', { id, name: id });
    await known('Hospital', {});
    expect((await returned('Hospital', { hospital_id: 'h-1' })).answer.body.hospital_id).toBe('h-1');
    const { answer, patient } = await returned('Hospital', { hospital_id: 'h-2' });
    expect(answer.body.hospital_id).toBe('h-1');
    expect(patient.generalPractitioner).toHaveLength(2);
  });
});

describe('a form of a lead', () => {
  it('shows what was told last; what it tells of the same use is old then', async () => {
    await known('Lead', { ...asLead, telecom: [email('a@x.mx'), email('w@x.mx', 'work'), phone('1234567')] });
    const { answer, patient } = await returned('Lead', { email: 'b@x.mx' });
    expect(answer.body).toMatchObject({ state: 'lead', email: 'b@x.mx', phone: '1234567' });
    expect(patient.telecom).toEqual([
      ...[email('b@x.mx'), email('a@x.mx', 'old')],
      ...[email('w@x.mx', 'work'), phone('1234567')],
    ]);
    const work = await returned('Lead', { email: 'w@x.mx' });
    expect(work.answer.body.email).toBe('w@x.mx');
    expect(work.patient.telecom).toEqual([
      ...[email('w@x.mx', 'work'), email('b@x.mx'), email('a@x.mx', 'old'), phone('1234567')],
    ]);
    const former = await returned('Lead', { email: 'a@x.mx' });
    expect(former.answer.body.email).toBe('a@x.mx');
    expect(former.patient.telecom).toEqual([
      ...[email('a@x.mx'), email('w@x.mx', 'work'), email('b@x.mx'), phone('1234567')],
    ]);
  });

  it('does not replace a name by a slip in it, which is kept beside it', async () => {
    const made = await to.post('leads', { first_name: 'José', last_name: 'Letra', birth_date });
    for (const last_name of ['Lerta', 'LETRA', 'lerta']) {
      const again = await to.post('leads', { first_name: 'Jose', last_name, birth_date });
      expect(again.body).toMatchObject({ id: made.body.id, first_name: 'José', last_name: 'Letra' });
    }
    const { body: patient } = await to.fhirOf(made);
    expect(patient.name).toEqual([
      { use: 'official', family: 'Letra', given: ['José'] },
      { use: 'usual', family: 'Lerta', given: ['Jose'] },
    ]);
  });
});
