// Contacts: one view over leads, patients, physicians and pharmacists; what is done there is what leads and physicians do.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

const CODES = 'https://salus.example/fhir/CodeSystem/';
const SID = 'https://salus.example/fhir/sid/';
let server: TestServer;
let api: string;

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  expect((await call('POST', 'hospitals', { id: 'h-1', name: 'Hospital San José' })).status).toBe(201);
});
afterAll(() => server.stop());

const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  send(method, path.startsWith('http') ? path : `${api}/${path}`, body, {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    ...headers,
  });
const fhir = (method: string, path: string, body?: unknown): Promise<Answer> =>
  send(method, `${server.base}/${path}`, body);
const put = (resource: Json) => fhir('PUT', `${resource.resourceType}/${resource.id}`, resource);
const ids = ({ body }: Answer): string[] => body.data.map(({ id }: Json) => id);

/** The resource behind a contact and those that refer to it, which must be valid. */
async function resourcesOf(thing: Answer): Promise<Json[]> {
  const main = (await call('GET', thing.body._links.fhir.href)).body;
  const others =
    main.resourceType === 'Patient'
      ? [`Appointment?patient=${main.id}`, `Condition?patient=${main.id}`]
      : [`PractitionerRole?practitioner=${main.id}`];
  const found = await Promise.all(others.map((query) => fhir('GET', query)));
  const all = [main, ...found.flatMap(({ body }) => body.entry ?? []).map((e: Json) => e.resource ?? e)];
  for (const resource of all) {
    const { body } = await fhir('POST', `${resource.resourceType}/$validate`, resource);
    const errors = body.issue.filter(({ severity }: Json) => severity === 'error');
    expect({ type: resource.resourceType, errors }).toEqual({ type: resource.resourceType, errors: [] });
  }
  return all;
}

const pharmacist = {
  ...{ contact_type: 'pharmacist', first_name: 'Pia', last_name: 'Farma', email: 'pia@example.com' },
  ...{ phone: '+52 81 1111 2222', job_title: 'Chief pharmacist', specialization: 'Oncology' },
  ...{ medical_license_number: 'PH-1', hospital_id: 'h-1' },
};

describe('POST /contacts', () => {
  it('makes pharmacists, who are in no other list', async () => {
    const made = await call('POST', 'contacts', pharmacist);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ ...pharmacist, roles: [{ hospital_name: 'Hospital San José' }] });
    expect(made.body).not.toHaveProperty('physician_id');
    expect(made.body._links).toMatchObject({
      hospital: { href: `${api}/hospitals/h-1` },
      fhir: { href: `${server.base}/Practitioner/${made.body.id}` },
    });
    expect((await call('GET', `contacts/${made.body.id}`)).body).toEqual(made.body);
    const [main, role] = await resourcesOf(made);
    const code = { system: `${CODES}contact-types`, code: 'pharmacist' };
    expect(main).toMatchObject({
      meta: { tag: [code] },
      identifier: [{ system: `${SID}crm-contacts`, value: made.body.id }, { value: 'PH-1' }],
    });
    expect(role).toMatchObject({ code: [{ coding: [code], text: 'Chief pharmacist' }] });
    expectProblem(await call('GET', `physicians/${made.body.id}`), 404);
  });

  it('makes physicians, whom /physicians shows and changes', async () => {
    const made = await call('POST', 'contacts', {
      ...{ ...pharmacist, contact_type: 'physician', last_name: 'Doctor', medical_license_number: 'PH-2' },
    });
    expect(made.status).toBe(201);
    const { physician_id } = made.body;
    expect(made.body._links.physician.href).toBe(`${api}/physicians/${physician_id}`);
    const physician = await call('GET', made.body._links.physician.href);
    expect(physician.body).toMatchObject({ last_name: 'Doctor', contact_id: made.body.id });
    expect(physician.body._links.contact.href).toBe(`${api}/contacts/${made.body.id}`);
    await call('PATCH', `physicians/${physician_id}`, { job_title: 'Director' });
    expect((await call('GET', `contacts/${made.body.id}`)).body).toMatchObject({ job_title: 'Director' });
    await resourcesOf(made);
  });

  it('takes a lead as POST /leads does: somebody who returns is found', async () => {
    const form = {
      ...{ first_name: 'Rosa', last_name: 'Vuelve', email: 'rosa@example.com', birth_date: '1980-02-03' },
      ...{ medical_condition: 'Glioblastoma', hospital_id: 'h-1', booking_date: '2031-01-31T10:20:00Z' },
    };
    const first = await call('POST', 'contacts', { contact_type: 'lead', ...form });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ contact_type: 'lead', ...form, returning: false });
    expect(first.body).not.toHaveProperty('state');
    expect(first.body._links.lead.href).toBe(`${api}/leads/${first.body.id}`);
    const lead = await call('GET', first.body._links.lead.href);
    expect(lead.body).toMatchObject({ id: first.body.id, ...form, state: 'lead' });
    const again = { ...form, booking_date: '2031-02-01T10:20:00Z' };
    const second = await call('POST', 'contacts', { contact_type: 'lead', ...again });
    expect({ status: second.status, id: second.body.id }).toEqual({ status: 200, id: first.body.id });
    expect(second.body).toMatchObject({ returning: true, booking_date: '2031-02-01T10:20:00Z' });
    const third = await call('POST', 'leads', { ...form, booking_date: '2031-02-02T10:20:00Z' });
    expect({ status: third.status, id: third.body.id }).toEqual({ status: 200, id: first.body.id });
    const all = await resourcesOf(second);
    expect(all.filter(({ resourceType }) => resourceType === 'Appointment')).toHaveLength(3);
  });

  it.each<[what: string, body: Json, pointer: string, detail: string]>([
    ['no type', { last_name: 'X' }, '#/contact_type', '"contact_type" is missing.'],
    [
      'a type that is none',
      { contact_type: 'nurse', last_name: 'X' },
      '#/contact_type',
      'must be one of lead, patient, physician, pharmacist',
    ],
    [
      'a lead with a job',
      { contact_type: 'lead', last_name: 'X', job_title: 'Boss' },
      '#/job_title',
      '"job_title" is of physicians and pharmacists only: leave it out.',
    ],
    [
      'a lead with a licence',
      { contact_type: 'lead', last_name: 'X', medical_license_number: '1' },
      '#/medical_license_number',
      'is of physicians and pharmacists only',
    ],
    [
      'a professional with a condition',
      { contact_type: 'pharmacist', last_name: 'X', medical_condition: 'GBM' },
      '#/medical_condition',
      'is of leads and patients only',
    ],
    [
      'a professional with a booking',
      { contact_type: 'physician', last_name: 'X', booking_date: '2031-01-31T10:20:00Z' },
      '#/booking_date',
      'is of leads and patients only',
    ],
    [
      'a new patient',
      { contact_type: 'patient', last_name: 'X' },
      '#/contact_type',
      'POST /api/v1/leads/{id}:convert',
    ],
    ['no last name', { contact_type: 'lead' }, '#/last_name', '"last_name" is missing.'],
    [
      'an unknown hospital',
      { contact_type: 'pharmacist', last_name: 'X', hospital_id: 'none' },
      '#/hospital_id',
      'no hospital "none"',
    ],
    [
      'an unknown hospital of a lead',
      { contact_type: 'lead', last_name: 'X', hospital_id: 'none' },
      '#/hospital_id',
      '"none"',
    ],
    [
      'an unknown condition',
      { contact_type: 'lead', last_name: 'X', medical_condition: 'Nothing of the kind' },
      '#/medical_condition',
      'Nothing of the kind',
    ],
  ])('refuses %s', async (_what, body, pointer, detail) => {
    expectProblem(await call('POST', 'contacts', body), 422, { pointer, detail });
  });

  it('takes an id of the client, once for all types', async () => {
    const body = { id: 'c-1', contact_type: 'pharmacist', last_name: 'Own' };
    const made = await call('POST', 'contacts', body);
    expect({ status: made.status, id: made.body.id }).toEqual({ status: 201, id: 'c-1' });
    for (const contact_type of ['lead', 'physician']) {
      expectProblem(await call('POST', 'contacts', { ...body, contact_type }), 409, { pointer: '#/id' });
    }
    const rivals = await Promise.all(
      ['lead', 'physician', 'pharmacist', 'lead'].map((contact_type, i) =>
        call('POST', 'contacts', { id: 'c-2', contact_type, last_name: `Rival ${i}` }),
      ),
    );
    expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect((await call('GET', 'contacts/c-2')).status).toBe(200);
  });

  it('refuses the licence of somebody else, whatever that is', async () => {
    const body = { contact_type: 'pharmacist', last_name: 'Twin', medical_license_number: 'PH-9' };
    const first = await call('POST', 'contacts', body);
    const detail = `is that of Twin (/api/v1/contacts/${first.body.id})`;
    const pointer = '#/medical_license_number';
    expectProblem(await call('POST', 'contacts', { ...body, contact_type: 'physician' }), 409, {
      pointer,
      detail,
    });
    const doctor = { last_name: 'Other', medical_license_number: 'PH-9' };
    expectProblem(await call('POST', 'physicians', doctor), 409, { pointer, detail });
  });
});

describe('PUT, PATCH and DELETE /contacts/{id}', () => {
  it('change and delete professionals', async () => {
    const made = await call('POST', 'contacts', { ...pharmacist, medical_license_number: 'PH-20' });
    const path = `contacts/${made.body.id}`;
    const same = await call('PUT', path, made.body, { 'if-match': made.headers.get('etag')! });
    expect({ status: same.status, etag: same.headers.get('etag') }).toEqual({
      ...{ status: 200, etag: made.headers.get('etag') },
    });
    const changed = await call('PATCH', path, { last_name: 'Nueva', hospital_id: null });
    expect(changed.body).toMatchObject({ last_name: 'Nueva', job_title: 'Chief pharmacist' });
    expect(changed.body).not.toHaveProperty('hospital_id');
    await resourcesOf(changed);
    expectProblem(await call('PATCH', path, { contact_type: 'physician' }), 422, {
      ...{ pointer: '#/contact_type', detail: '"contact_type" is pharmacist and cannot be changed' },
    });
    expectProblem(await call('PATCH', path, { birth_date: '1980-01-01' }), 422, { pointer: '#/birth_date' });
    expectProblem(await call('PUT', path, { last_name: 'X' }), 422, { pointer: '#/contact_type' });
    expectProblem(await call('DELETE', path, undefined, { 'if-match': 'W/"9"' }), 412);
    expect((await call('DELETE', path)).status).toBe(204);
    expectProblem(await call('GET', path), 404);
  });

  it('change leads as /leads does, and say how one becomes a patient', async () => {
    const made = await call('POST', 'contacts', {
      ...{ contact_type: 'lead', first_name: 'Ines', last_name: 'Cambia', email: 'ines@example.com' },
      medical_condition: 'GBM',
    });
    const path = `contacts/${made.body.id}`;
    const same = await call('PUT', path, made.body, { 'if-match': made.headers.get('etag')! });
    expect({ status: same.status, etag: same.headers.get('etag') }).toEqual({
      ...{ status: 200, etag: made.headers.get('etag') },
    });
    const changed = await call('PATCH', path, { last_name: 'Cambiada', medical_condition: 'IPF' });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      ...{ last_name: 'Cambiada', medical_condition: 'Idiopathic Pulmonary Fibrosis' },
    });
    await resourcesOf(changed);
    expectProblem(await call('PATCH', path, { contact_type: 'patient' }), 422, {
      ...{ pointer: '#/contact_type', detail: `POST /api/v1/leads/${made.body.id}:convert takes on a lead` },
    });
    expectProblem(await call('PATCH', path, { job_title: 'Boss' }), 422, { pointer: '#/job_title' });
    const physician = await call('POST', 'physicians', { id: 'dr-1', last_name: 'Carer' });
    const converted = await call('POST', `leads/${made.body.id}:convert`, {
      physician_id: physician.body.id,
    });
    expect(converted.status).toBe(200);
    const patient = await call('GET', path);
    expect(patient.body).toMatchObject({ contact_type: 'patient', physician_id: 'dr-1' });
    expect(patient.body._links).toMatchObject({
      patient: { href: `${api}/patients/${patient.body.patient_id}` },
      physician: { href: `${api}/physicians/dr-1` },
    });
    expect(patient.body._links).not.toHaveProperty('lead');
    expect((await call('GET', patient.body._links.patient.href)).body.last_name).toBe('Cambiada');
    const renamed = await call('PATCH', path, { last_name: 'Paciente' });
    expect(renamed.body).toMatchObject({ contact_type: 'patient', last_name: 'Paciente' });
    expectProblem(await call('DELETE', path), 409);
    expectProblem(await call('DELETE', 'physicians/dr-1'), 409, { detail: '1 patient or lead' });
    // Both on one page: each with what belongs to it.
    const both = await call('GET', 'contacts?email=ines@example.com&sort=last_name');
    expect(both.body.data[0]).toMatchObject({ physician_id: 'dr-1' });
  });

  it('change whom an EHR has written', async () => {
    await put({ resourceType: 'Patient', id: 'ehr', gender: 'male', name: [{ family: 'Ehr' }] });
    const read = await call('GET', 'contacts/fhir:ehr');
    expect(read.body).toMatchObject({ id: 'fhir:ehr', contact_type: 'patient', last_name: 'Ehr' });
    const changed = await call('PATCH', 'contacts/fhir:ehr', { first_name: 'Otto' });
    expect(changed.body).toMatchObject({ id: 'fhir:ehr', first_name: 'Otto' });
    expect((await fhir('GET', 'Patient/ehr')).body).toMatchObject({ gender: 'male' });
  });

  it('delete leads', async () => {
    const made = await call('POST', 'contacts', { contact_type: 'lead', last_name: 'Olvida' });
    expect((await call('DELETE', `contacts/${made.body.id}`)).status).toBe(204);
    expectProblem(await call('GET', `leads/${made.body.id}`), 404);
  });
});

describe('GET /contacts', () => {
  it('filters, sorts and pages over both types', async () => {
    const names = ['Zabala', 'Zaldívar', 'Zamora', 'Zapata', 'Zarate', 'Zavala'];
    const types = ['lead', 'physician', 'pharmacist'];
    const operations = names.map((last_name, i) => ({
      op: 'create',
      data: { contact_type: types[i % 3], first_name: `Eva ${i}`, last_name, phone: `+52 81 777${i}` },
    }));
    const made = await call('POST', 'contacts:batch', { operations });
    expect(made.body).toMatchObject({ succeeded: 6, failed: 0 });
    await put({ resourceType: 'Patient', id: 'zz', name: [{ family: 'Zzz', given: ['Eva'] }] });
    await put({ resourceType: 'Practitioner', id: 'zzz', name: [{ family: 'Zzzz', given: ['Eva'] }] });
    const found = async (query: string): Promise<string[]> =>
      (await call('GET', `contacts?first_name=Eva&${query}`)).body.data.map(
        ({ last_name }: Json) => last_name,
      );
    const all = [...names, 'Zzz', 'Zzzz'];
    expect(await found('sort=last_name')).toEqual(all);
    expect(await found('sort=-last_name')).toEqual(all.toReversed());
    expect(await found('sort=last_name&contact_type=lead')).toEqual(['Zabala', 'Zapata']);
    expect(await found('sort=last_name&contact_type=patient')).toEqual(['Zzz']);
    expect(await found('sort=last_name&contact_type=physician')).toEqual(['Zaldívar', 'Zarate', 'Zzzz']);
    expect(await found('sort=last_name&contact_type=pharmacist')).toEqual(['Zamora', 'Zavala']);
    expect(await found('last_name=zal')).toEqual(['Zaldívar']);
    expect(await found(`phone=${encodeURIComponent('+52 81 7770')}`)).toEqual(['Zabala']);
    expect(await found(`phone=${encodeURIComponent('+52 81 7771')}`)).toEqual(['Zaldívar']);
    // A cursor, one by one.
    const walked: string[] = [];
    for (let url = 'contacts?first_name=Eva&sort=last_name&pageSize=3&total=true'; url; ) {
      const { body } = await call('GET', url);
      expect(body.total).toBe(8);
      walked.push(...body.data.map(({ last_name }: Json) => last_name));
      url = body._links.next?.href;
    }
    expect(walked).toEqual(all);
    const unsorted: string[] = [];
    for (let url = 'contacts?first_name=Eva&pageSize=3'; url; ) {
      const { body } = await call('GET', url);
      unsorted.push(...body.data.map(({ last_name }: Json) => last_name));
      url = body._links.next?.href;
    }
    expect(unsorted.toSorted()).toEqual(all);
    const offset = await call('GET', 'contacts?first_name=Eva&sort=last_name&limit=3&offset=3');
    expect(offset.body.data.map(({ last_name }: Json) => last_name)).toEqual(all.slice(3, 6));
    expectProblem(await call('GET', 'contacts?contact_type=nurse'), 400, { parameter: 'contact_type' });
    expectProblem(await call('GET', 'contacts/none'), 404);
  });

  it('shows the physician of a patient where both are on the page', async () => {
    await put({ resourceType: 'Practitioner', id: 'gp', name: [{ family: 'Both', given: ['Doctor'] }] });
    await put({
      ...{ resourceType: 'Patient', id: 'of-gp', name: [{ family: 'Both', given: ['Patient'] }] },
      generalPractitioner: [{ reference: 'Practitioner/gp' }],
    });
    const { body } = await call('GET', 'contacts?last_name=Both&sort=first_name');
    expect(body.data).toMatchObject([
      { id: 'fhir:gp', physician_id: 'fhir:gp', contact_type: 'physician' },
      { id: 'fhir:of-gp', physician_id: 'fhir:gp', contact_type: 'patient' },
    ]);
    const alone = await call('GET', 'contacts/fhir:of-gp');
    const { _links, ...member } = body.data[1];
    expect(alone.body).toMatchObject(member);
    expect(ids(await call('GET', 'contacts?last_name=Both&contact_type=patient'))).toEqual(['fhir:of-gp']);
  });
});
