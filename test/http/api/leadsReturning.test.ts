// POST /leads of people who are known: returning leads and patients, who never become two records, and people who only may be
// known, who never become one.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';
import { JSON_TYPE, type LeadServer, startLeadServer } from './leadServer.ts';

let to: LeadServer;

beforeAll(async () => {
  to = await startLeadServer();
});
afterAll(() => to.stop());

type Form = Record<string, unknown>;
const post = (form: Form, api = to.api): Promise<Answer> => send('POST', `${api}/leads`, form, JSON_TYPE);
const callsOf = (patient: { id: string }) => to.found(`Appointment?patient=${patient.id}`);
const reviewsOf = (patient: { id: string }) => to.found(`Task?patient=${patient.id}`);
const first = '2031-01-31T10:20:00+01:00';
const second = '2031-03-01T09:00:00Z';

describe('a returning lead', () => {
  const eva = { first_name: 'Eva', last_name: 'Luna', email: 'eva@luna.mx', birth_date: '1990-02' };

  it('gets another Appointment and a new version, and nothing is lost', async () => {
    await to.post('hospitals', { id: 'h-r', name: 'Regreso' });
    const made = await post({ ...eva, phone: '8180000100', medical_condition: 'GBM', booking_date: first });
    expect(made.status).toBe(201);
    const { body: before } = await to.fhirOf(made);
    const again = await post({
      ...{ first_name: 'Eva', last_name: 'Luna Sol', email: 'EVA@Luna.mx', birth_date: '1990-02-11' },
      ...{ phone: '+52 818 000 0101', medical_condition: 'IPF', booking_date: second, hospital_id: 'h-r' },
      first_contact_date: '2026-02-01',
    });
    expect(again.status).toBe(200);
    expect(again.headers.get('location')).toBeNull();
    expect(again.body).toMatchObject({
      ...{ id: made.body.id, returning: true, state: 'lead', last_name: 'Luna Sol', phone: '+528180000101' },
      ...{ birth_date: '1990-02-11', booking_date: second, hospital_id: 'h-r' },
      ...{ medical_condition: 'Idiopathic Pulmonary Fibrosis', first_contact_date: '2026-02-01' },
    });
    expect(Date.parse(again.body.last_contact_date)).toBeGreaterThanOrEqual(
      Date.parse(made.body.last_contact_date),
    );
    const { body: after } = await to.fhirOf(again);
    expect(after.id).toBe(before.id);
    expect(Number(after.meta.versionId)).toBe(Number(before.meta.versionId) + 1);
    expect(after.identifier).toEqual(before.identifier);
    const names = after.name.map(({ use, family }: Form) => [use, family]);
    expect(names).toEqual([
      ['official', 'Luna Sol'],
      ['old', 'Luna'],
    ]);
    const numbers = after.telecom.map(({ value }: Form) => value);
    expect(new Set(numbers)).toEqual(new Set(['+528180000101', '8180000100', 'eva@luna.mx']));
    const conditions = await to.found(`Condition?patient=${after.id}`);
    expect(conditions.map(({ code }) => code.coding[0].code).sort()).toEqual(['GBM', 'IPF']);
    const starts = (await callsOf(after)).map(({ start }) => start);
    expect(starts.sort()).toEqual([first, second]);
    expect(await reviewsOf(after)).toEqual([]);
    const history = await to.fhir(`Patient/${after.id}/_history`);
    expect(history.body.total).toBe(2);
  });

  it('who sends the form twice has one Appointment', async () => {
    const form = { first_name: 'Dora', last_name: 'Doble', email: 'dora@doble.mx', booking_date: first };
    const [one, two] = [await post(form), await post({ ...form, booking_date: '2031-01-31T09:20:00Z' })];
    expect([one.status, two.status]).toEqual([201, 200]);
    expect(two.body.id).toBe(one.body.id);
    const { body: patient } = await to.fhirOf(two);
    expect((await callsOf(patient)).length).toBe(1);
    const { booking_date: _, ...asking } = form;
    for (let i = 0; i < 2; i++) expect((await post(asking)).status).toBe(200);
    const statuses = (await callsOf(patient)).map(({ status }) => status).sort();
    expect(statuses).toEqual(['booked', 'proposed', 'proposed']);
    const reminded = await post({ ...form, reminder_date: '2031-01-30' });
    expect(reminded.body).toMatchObject({ booking_date: first, reminder_date: '2031-01-30' });
    expect((await callsOf(patient)).length).toBe(3);
  });

  it('who books a cancelled call again has another Appointment', async () => {
    const form = { first_name: 'Ceci', last_name: 'Cancela', email: 'ceci@x.mx', booking_date: first };
    const made = await post(form);
    const { body: patient } = await to.fhirOf(made);
    const [call] = await callsOf(patient);
    await send('PUT', `${to.server.base}/Appointment/${call.id}`, { ...call, status: 'cancelled' });
    const again = await post(form);
    expect(again.body).toMatchObject({ booking_date: first });
    const calls = await callsOf(patient);
    expect(calls.map(({ status }) => status).sort()).toEqual(['booked', 'cancelled']);
    expect(calls.find(({ id }) => id === call.id)).toMatchObject({ status: 'cancelled' });
  });

  it('does not write over a call that has been moved', async () => {
    const form = { first_name: 'Mona', last_name: 'Mueve', email: 'mona@x.mx', booking_date: first };
    const { body: patient } = await to.fhirOf(await post(form));
    const [call] = await callsOf(patient);
    const moved = { start: second, end: second, requestedPeriod: [{ start: second, end: second }] };
    await send('PUT', `${to.server.base}/Appointment/${call.id}`, { ...call, ...moved });
    expect((await post(form)).status).toBe(200);
    const starts = (await callsOf(patient)).map(({ start }) => start);
    expect(starts.sort()).toEqual([first, second]);
  });

  it.each<[what: string, known: Form, form: Form]>([
    [
      'by name and date of birth, spelled otherwise',
      { first_name: 'Jessica', last_name: 'Ramírez', birth_date: '1971-07-01', email: 'jess@a.mx' },
      { first_name: 'JESSICA', last_name: 'Ramirez', birth_date: '1971-07-01', email: 'jess@b.mx' },
    ],
    [
      'with letters transposed',
      { first_name: 'Jorge Alberto', last_name: 'Trevino', birth_date: '1990-05-05' },
      { first_name: 'Jorge Alberto', last_name: 'Treivno', birth_date: '1990-05-05' },
    ],
    [
      'by phone and name',
      { first_name: 'Pia', last_name: 'Fono', phone: '+52 (81) 8000-0200' },
      { first_name: 'Pia', last_name: 'Fono', phone: '0052 81 8000 0200' },
    ],
    [
      'by name and the very call',
      { first_name: 'Nora', last_name: 'Nombre', booking_date: first },
      { first_name: 'Nora', last_name: 'Nombre', booking_date: first },
    ],
  ])('is found %s', async (_what, known, form) => {
    const [one, two] = [await post(known), await post(form)];
    expect([one.status, two.status]).toEqual([201, 200]);
    expect(two.body.id).toBe(one.body.id);
    const { body: patient } = await to.fhirOf(two);
    expect(await to.found(`Patient?_id=${patient.id}`)).toHaveLength(1);
  });
});

describe('a patient who is known by other ways', () => {
  it('of the clinic stays a patient, one record', async () => {
    const known = { id: 'p-1', first_name: 'Tomás', last_name: 'Clínico', email: 'tom@c.mx' };
    await to.post('patients', known);
    const form = { first_name: 'Tomas', last_name: 'Clinico', email: 'tom@c.mx', booking_date: first };
    const returned = await post(form);
    expect(returned.status).toBe(200);
    expect(returned.body).toMatchObject({ state: 'patient', patient_id: 'p-1', returning: true });
    expect(returned.body._links.patient.href).toBe(`${to.api}/patients/p-1`);
    expect((await to.get(`leads/${returned.body.id}`)).body).toEqual(returned.body);
    await to.fhirOf(returned);
    expect(await to.found('Patient?family=clinico')).toHaveLength(1);
    expect((await to.get('patients/p-1')).body.last_name).toBe('Clínico');
  });

  it('of another system, without identifiers, is found too; one out of use is only doubtful', async () => {
    const ehr = (family: string, rest: object) =>
      send('POST', `${to.server.base}/Patient`, {
        ...{ resourceType: 'Patient', name: [{ text: `Ida ${family}` }], birthDate: '1960-06-06' },
        ...{ telecom: [{ system: 'email', value: `${family}@ehr.mx` }], ...rest },
      });
    const { body: known } = await ehr('Ehr', {});
    const form = { first_name: 'Ida', last_name: 'Ehr', email: 'ehr@ehr.mx' };
    const returned = await post(form);
    expect(returned.status).toBe(200);
    expect(returned.body).toMatchObject({ id: known.id, state: 'patient', birth_date: '1960-06-06' });
    await to.fhirOf(returned);
    const { body: inactive } = await ehr('Away', { active: false });
    const made = await post({ first_name: 'Ida', last_name: 'Away', email: 'away@ehr.mx' });
    expect(made.status).toBe(201);
    const { body: patient } = await to.fhirOf(made);
    const [review] = await reviewsOf(patient);
    expect(review.basedOn).toEqual([{ reference: `Patient/${inactive.id}` }]);
  });
});

describe('an id that the client gives', () => {
  const zoe = { first_name: 'Zoe', last_name: 'Propia', email: 'zoe@propia.mx' };

  it('is that of a new lead, and finds somebody who returns beside the former one', async () => {
    const made = await post({ ...zoe, id: 'L/1' });
    expect({ status: made.status, id: made.body.id }).toEqual({ status: 201, id: 'L/1' });
    await to.fhirOf(made);
    expectProblem(await post({ last_name: 'Otra', id: 'L/1' }), 409, { pointer: '#/id' });
    const returned = await post({ ...zoe, id: 'L2', booking_date: first });
    expect({ status: returned.status, id: returned.body.id }).toEqual({ status: 200, id: 'L/1' });
    const { body: patient } = await to.fhirOf(returned);
    expect(patient.identifier.map(({ value }: { value: string }) => value)).toEqual(['L/1', 'L2']);
    expect((await to.get('leads/L2')).body).toEqual(returned.body);
    expectProblem(await post({ last_name: 'Otra', id: 'L2' }), 409, { pointer: '#/id' });
    const changed = await to.put(`leads/${encodeURIComponent('L/1')}`, {
      ...zoe,
      id: 'L/1',
      phone: '8180000400',
    });
    expect(changed.body).toMatchObject({ id: 'L/1', phone: '8180000400' });
  });

  it('is of one person, also of two at the same time', async () => {
    const answers = await Promise.all([
      post({ last_name: 'Uno', email: 'uno@id.mx', id: 'rival' }),
      post({ last_name: 'Dos', email: 'dos@id.mx', id: 'rival' }, to.otherApi),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });

  it('is refused where somebody has it who is no lead', async () => {
    await send('POST', `${to.server.base}/Patient`, {
      ...{ resourceType: 'Patient', name: [{ family: 'Ocupado' }] },
      identifier: [{ system: 'https://salus.example/fhir/sid/crm-contacts', value: 'taken' }],
    });
    expectProblem(await post({ last_name: 'Otra', id: 'taken' }), 409, {
      pointer: '#/id',
      detail: 'has the id',
    });
  });
});

describe('a review that was decided', () => {
  it('leads forms of either record to the one that is left', async () => {
    const known = await post({ first_name: 'Iris', last_name: 'Vieja', email: 'iris@v.mx' });
    const made = await post({
      first_name: 'Irene',
      last_name: 'Nueva',
      email: 'iris@v.mx',
      phone: '8180000500',
    });
    const { body: patient } = await to.fhirOf(made);
    const [review] = await reviewsOf(patient);
    const decided = await to.post(`lead-reviews/${review.id}:resolve`, { decision: 'same' });
    expect(decided.status).toBe(200);
    const form = { first_name: 'Irene', last_name: 'Nueva', phone: '8180000500', booking_date: first };
    const returned = await post(form);
    expect({ status: returned.status, id: returned.body.id }).toEqual({ status: 200, id: known.body.id });
    await to.fhirOf(returned);
    expect((await to.get(`leads/${made.body.id}`)).body.id).toBe(known.body.id);
    const listed = (await to.get('leads?email=iris@v.mx')).body.data;
    expect(listed.map(({ id }: { id: string }) => id)).toEqual([known.body.id]);
  });
});

describe('somebody who may be known', () => {
  it.each<[what: string, form: Form]>([
    ['with the e-mail of a parent', { first_name: 'Leo', last_name: 'Otro', email: 'madre@x.mx' }],
    ['a sibling', { first_name: 'Lia', last_name: 'Madre', email: 'madre@x.mx' }],
    ['of the same name only', { first_name: 'Marta', last_name: 'Madre', email: 'marta@y.mx' }],
    [
      'of the same name and e-mail, born on another day',
      { first_name: 'Marta', last_name: 'Madre', email: 'madre@x.mx', birth_date: '2015-01-01' },
    ],
  ])('%s becomes a new lead with a review', async (_what, form) => {
    const known = await post({
      ...{ first_name: 'Marta', last_name: 'Madre', email: 'madre@x.mx', birth_date: '1980-08-08' },
    });
    const { body: candidate } = await to.fhirOf(known);
    const made = await post(form);
    expect(made.status).toBe(201);
    expect(made.body.id).not.toBe(known.body.id);
    const { body: patient } = await to.fhirOf(made);
    const [review, ...more] = await reviewsOf(patient);
    expect(more).toEqual([]);
    expect(review.basedOn).toContainEqual({ reference: `Patient/${candidate.id}` });
    expect(review.input[0].extension.length).toBeGreaterThan(1);
    const { body } = await to.get(`lead-reviews/${review.id}`);
    expect(body).toMatchObject({ state: 'open', lead_id: made.body.id });
    expect((await to.get(`leads/${made.body.id}`)).body).toEqual(made.body);
    await to.remove(`leads/${made.body.id}`);
    expect((await to.fhir(`Task/${review.id}`)).status).toBe(410);
    expect((await to.get(`leads/${known.body.id}`)).body).toEqual(known.body);
  });

  it('stays on the review list when the one it may be is deleted', async () => {
    const known = await post({ first_name: 'Fe', last_name: 'Fugaz', email: 'fe@fugaz.mx' });
    const made = await post({ first_name: 'Fidel', last_name: 'Fugaz', email: 'fe@fugaz.mx' });
    const { body: patient } = await to.fhirOf(made);
    const [review] = await reviewsOf(patient);
    expect((await to.remove(`leads/${known.body.id}`)).status).toBe(204);
    const read = await to.get(`lead-reviews/${review.id}`);
    expect({ status: read.status, lead: read.body.lead_id }).toEqual({ status: 200, lead: made.body.id });
    const decided = await to.post(`lead-reviews/${review.id}:resolve`, { decision: 'different' });
    expect(decided.status).toBe(200);
  });

  it('never guesses between two who are as like', async () => {
    const twin = {
      name: [{ family: 'Igual', given: ['Ana'] }],
      telecom: [{ system: 'email', value: 'i@g.mx' }],
    };
    for (let i = 0; i < 2; i++) {
      await send('POST', `${to.server.base}/Patient`, { resourceType: 'Patient', ...twin });
    }
    const form = { first_name: 'Ana', last_name: 'Igual', email: 'i@g.mx', booking_date: first };
    const made = await post(form);
    expect(made.status).toBe(201);
    const { body: patient } = await to.fhirOf(made);
    expect((await reviewsOf(patient))[0].input).toHaveLength(2);
    const again = await post(form);
    expect({ status: again.status, id: again.body.id }).toEqual({ status: 200, id: made.body.id });
    expect(await to.found('Patient?family=Igual')).toHaveLength(3);
  });

  it('loses nobody when more people have an e-mail than are compared', async () => {
    const entry = Array.from({ length: 101 }, (_, i) => ({
      request: { method: 'POST', url: 'Patient' },
      resource: {
        ...{ resourceType: 'Patient', name: [{ family: i === 0 ? 'Firma' : `Colega${i}`, given: ['Rosa'] }] },
        telecom: [{ system: 'email', value: 'info@firma.mx' }],
      },
    }));
    await send('POST', to.server.base, { resourceType: 'Bundle', type: 'transaction', entry });
    const made = await post({ first_name: 'Rosa', last_name: 'Firma', email: 'info@firma.mx' });
    expect(made.status).toBe(201);
    const { body: patient } = await to.fhirOf(made);
    const [{ input }] = await reviewsOf(patient);
    expect(input).toHaveLength(50);
    const reasons = input[0].extension.map(({ valueString }: { valueString?: string }) => valueString);
    expect(reasons.join(' ')).toContain('More than 100 people have this e-mail');
    expect(reasons.join(' ')).toContain('more people are likely too');
  });
});

describe('at the same time', () => {
  const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort();

  it('the same form on two servers makes one Patient and one Appointment', async () => {
    for (let round = 0; round < 3; round++) {
      const form = {
        ...{ first_name: 'Rita', last_name: `Carrera${round}`, email: `rita${round}@race.mx` },
        booking_date: first,
      };
      const answers = await Promise.all(
        Array.from({ length: 4 }, (_, i) => post(form, i % 2 === 0 ? to.api : to.otherApi)),
      );
      expect(statuses(answers)).toEqual([200, 200, 200, 201]);
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      const patients = await to.found(`Patient?email=rita${round}@race.mx`);
      expect(patients).toHaveLength(1);
      expect(await callsOf(patients[0])).toHaveLength(1);
    }
  });

  it('forms that differ, of one person, make one Patient', async () => {
    const born = { birth_date: '1975-05-15' };
    const answers = await Promise.all([
      post({ first_name: 'Saul', last_name: 'Prisa', email: 'saul@race.mx', ...born, booking_date: first }),
      post(
        { first_name: 'Saúl', last_name: 'Prisa', phone: '8180000300', ...born, booking_date: second },
        to.otherApi,
      ),
    ]);
    expect(statuses(answers)).toEqual([200, 201]);
    const [patient, ...others] = await to.found('Patient?family=Prisa');
    expect(others).toEqual([]);
    expect(await callsOf(patient)).toHaveLength(2);
    expect(patient.telecom).toHaveLength(2);
  });

  it('several bookings of one who is known are all kept', async () => {
    const form = { first_name: 'Olga', last_name: 'Varias', email: 'olga@race.mx' };
    await post({ ...form, booking_date: first });
    const days = [1, 2, 3, 4].map((day) => `2031-04-0${day}T10:00:00Z`);
    const answers = await Promise.all(
      days.map((booking_date, i) => post({ ...form, booking_date }, i % 2 === 0 ? to.api : to.otherApi)),
    );
    expect(statuses(answers)).toEqual([200, 200, 200, 200]);
    const [patient] = await to.found('Patient?family=Varias');
    expect((await callsOf(patient)).map(({ start }) => start).sort()).toEqual([first, ...days]);
  });

  it('a form and a booking of the same call make one Appointment', async () => {
    for (let round = 0; round < 8; round++) {
      const form = { first_name: 'Gala', last_name: `Misma${round}`, email: `gala${round}@race.mx` };
      const made = await post({ ...form, booking_date: first });
      const booking = { contact_id: made.body.id, booking_date: second };
      const [booked, returned] = await Promise.all([
        send('POST', `${to.otherApi}/bookings`, booking, JSON_TYPE),
        post({ ...form, booking_date: second }),
      ]);
      expect([201, 409]).toContain(booked.status);
      expect(returned.status).toBe(200);
      const [patient] = await to.found(`Patient?family=Misma${round}`);
      expect(await callsOf(patient)).toHaveLength(2);
    }
  });
});
