// Physicians: written and read as plain JSON and as FHIR, several jobs, licences, hospitals, deletion.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

const SID = 'https://salus.example/fhir/sid/';
const TYPES = 'https://salus.example/fhir/CodeSystem/contact-types';
let server: TestServer;
let api: string;

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  for (const [id, name] of [
    ['h-1', 'Hospital San José'],
    ['h-2', 'Hospital General'],
  ]) {
    expect((await call('POST', 'hospitals', { id, name })).status).toBe(201);
  }
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

/** The Practitioner and its jobs, all of which must be valid. */
async function resourcesOf(thing: Answer): Promise<{ main: Json; roles: Json[] }> {
  const main = (await call('GET', thing.body._links.fhir.href)).body;
  const { body } = await fhir('GET', `PractitionerRole?practitioner=${main.id}`);
  const roles = (body.entry ?? []).map(({ resource }: Json) => resource);
  for (const resource of [main, ...roles]) {
    const judged = await fhir('POST', `${resource.resourceType}/$validate`, resource);
    const errors = judged.body.issue.filter(({ severity }: Json) => severity === 'error');
    expect({ resource: resource.resourceType, errors }).toEqual({
      resource: resource.resourceType,
      errors: [],
    });
  }
  return { main, roles };
}

const ortega = {
  ...{
    first_name: 'Lucia Maria',
    last_name: 'Ortega',
    email: 'lucia@example.com',
    phone: '+52 81 8000 0000',
  },
  ...{ job_title: 'Head of Neurology', specialization: 'Neurology', medical_license_number: 'MX-1' },
  hospital_id: 'h-1',
};
const ids = (answer: Answer) => answer.body.data.map(({ id }: Json) => id);

describe('POST /physicians', () => {
  it('makes a Practitioner with a job at a hospital, and gives back what it was sent', async () => {
    const made = await call('POST', 'physicians', { id: 'dr-1', ...ortega });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ id: 'dr-1', ...ortega });
    expect(made.body.roles).toEqual([
      {
        ...{ id: expect.any(String), hospital_id: 'h-1', hospital_name: 'Hospital San José' },
        ...{ job_title: 'Head of Neurology', specialization: 'Neurology' },
      },
    ]);
    expect((await call('GET', 'physicians/dr-1')).body).toEqual(made.body);
    expect(made.body._links.hospital.href).toBe(`${api}/hospitals/h-1`);
    const { main, roles } = await resourcesOf(made);
    expect(main).toMatchObject({
      meta: {
        profile: ['https://salus.example/fhir/StructureDefinition/salus-practitioner'],
        tag: [{ system: TYPES, code: 'physician' }],
      },
      identifier: [
        { system: `${SID}physicians`, value: 'dr-1' },
        { system: `${SID}crm-medical-licences`, value: 'MX-1' },
      ],
      name: [{ family: 'Ortega', given: ['Lucia', 'Maria'] }],
      telecom: [
        { system: 'email', value: 'lucia@example.com' },
        { system: 'phone', value: '+52 81 8000 0000' },
      ],
      qualification: [{ identifier: [{ system: `${SID}crm-medical-licences`, value: 'MX-1' }] }],
    });
    expect(roles).toMatchObject([
      {
        practitioner: { reference: `Practitioner/${main.id}` },
        code: [{ coding: [{ system: TYPES, code: 'physician' }], text: 'Head of Neurology' }],
        specialty: [{ text: 'Neurology' }],
      },
    ]);
    const hospital = (await call('GET', `${server.base}/${roles[0].organization.reference}`)).body;
    expect(hospital).toMatchObject({ resourceType: 'Organization', name: 'Hospital San José' });
  });

  it('needs a last name only, and makes an id, by which FHIR knows it too', async () => {
    const made = await call('POST', 'physicians', { last_name: 'Only' });
    expect(made.status).toBe(201);
    expect(Object.keys(made.body)).toEqual(['id', 'last_name', 'contact_id', 'roles', '_links']);
    expect(made.body._links.fhir.href).toBe(`${server.base}/Practitioner/${made.body.id}`);
    expect(made.body.contact_id).toBe(made.body.id);
    expect(made.body.roles).toEqual([{ id: expect.any(String) }]);
    expect((await resourcesOf(made)).roles[0].code).toEqual([
      { coding: [{ system: TYPES, code: 'physician', display: 'Physician' }] },
    ]);
  });

  it('takes a title that says no more than what somebody is', async () => {
    const made = await call('POST', 'physicians', { last_name: 'Plain', job_title: 'Physician' });
    expect(made.body.job_title).toBe('Physician');
  });

  it('takes a hospital by its FHIR id where it has no other', async () => {
    const type = [
      { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'prov' }] },
    ];
    await put({ resourceType: 'Organization', id: 'bare', type, name: 'Bare' });
    const made = await call('POST', 'physicians', { last_name: 'Bare', hospital_id: 'fhir:bare' });
    expect(made.body).toMatchObject({ hospital_id: 'fhir:bare', roles: [{ hospital_name: 'Bare' }] });
    expect(ids(await call('GET', 'physicians?hospital_id=fhir:bare'))).toEqual([made.body.id]);
    expect(ids(await call('GET', 'physicians?hospital_id=bare'))).toEqual([]);
  });

  it.each<[what: string, body: unknown, pointer: string, detail: string]>([
    ['no last name', { first_name: 'X' }, '#/last_name', '"last_name" is missing.'],
    ['an e-mail address that is none', { last_name: 'X', email: 'x' }, '#/email', '"email" must look like'],
    [
      'a phone number that is none',
      { last_name: 'X', phone: 'call me' },
      '#/phone',
      '"phone" must look like',
    ],
    ['an unknown member', { last_name: 'X', beds: 1 }, '#/beds', '"beds" is not known here'],
    ['a condition', { last_name: 'X', medical_condition: 'DMD' }, '#/medical_condition', 'is not known here'],
    [
      'a hospital that is not there',
      { last_name: 'X', hospital_id: 'h-9' },
      '#/hospital_id',
      'there is no hospital "h-9"',
    ],
  ])('refuses %s', async (_what, body, pointer, detail) => {
    expectProblem(await call('POST', 'physicians', body), 422, { pointer, detail });
  });

  it('refuses an id that is taken, and the licence of somebody else, also of many at the same time', async () => {
    const first = { id: 'dr-2', last_name: 'First', medical_license_number: 'MX-2' };
    expect((await call('POST', 'physicians', first)).status).toBe(201);
    expectProblem(await call('POST', 'physicians', { ...first, medical_license_number: 'MX-3' }), 409, {
      pointer: '#/id',
    });
    expectProblem(await call('POST', 'physicians', { ...first, id: 'dr-3', last_name: 'Second' }), 409, {
      ...{ pointer: '#/medical_license_number', detail: 'is that of First (/api/v1/physicians/dr-2)' },
    });
    const rivals = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        call('POST', 'physicians', { last_name: `Rival ${i}`, medical_license_number: 'MX-4' }),
      ),
    );
    expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409, 409]);
    expect((await call('GET', 'physicians?medical_license_number=MX-4')).body.data).toHaveLength(1);
  });

  it('takes many at once', async () => {
    const operations = [
      { op: 'create', data: { id: 'batch-1', last_name: 'Batch', hospital_id: 'h-1' } },
      { op: 'create', data: { id: 'batch-2', last_name: 'Batch', hospital_id: 'none' } },
    ];
    const { body } = await call('POST', 'physicians:batch', { operations, atomic: false });
    expect(body.results).toMatchObject([
      { status: 201 },
      { status: 422, errors: [{ pointer: '#/operations/1/data/hospital_id' }] },
    ]);
    const twins = ['Twin', 'Other'].map((last_name) => ({
      op: 'create',
      data: { last_name, medical_license_number: 'MX-5' },
    }));
    expectProblem(await call('POST', 'physicians:batch', { operations: twins }), 422, {
      detail: 'send the two in different requests',
    });
    expect((await call('GET', 'physicians?medical_license_number=MX-5')).body.data).toEqual([]);
  });
});

describe('PUT and PATCH /physicians/{id}', () => {
  it('change what they name, and keep what the plain form does not tell', async () => {
    const made = await call('POST', 'physicians', {
      id: 'dr-10',
      ...ortega,
      medical_license_number: 'MX-10',
    });
    const { main, roles } = await resourcesOf(made);
    await put({
      ...main,
      name: [{ ...main.name[0], prefix: ['Dr.'] }],
      telecom: [...main.telecom, { system: 'fax', value: '1' }],
      communication: [{ text: 'Spanish' }],
    });
    await put({ ...roles[0], availabilityExceptions: 'Not in August' });
    const changed = await call('PATCH', 'physicians/dr-10', {
      ...{ last_name: 'Ortega Ruiz', phone: null, job_title: 'Director', hospital_id: 'h-2' },
      medical_license_number: 'MX-11',
    });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({
      ...{ last_name: 'Ortega Ruiz', job_title: 'Director', hospital_id: 'h-2', specialization: 'Neurology' },
      ...{ medical_license_number: 'MX-11', roles: [{ hospital_name: 'Hospital General' }] },
    });
    expect(changed.body).not.toHaveProperty('phone');
    const after = await resourcesOf(changed);
    expect(after.main).toMatchObject({
      name: [{ prefix: ['Dr.'], given: ['Lucia', 'Maria'], family: 'Ortega Ruiz' }],
      communication: [{ text: 'Spanish' }],
      identifier: [{ value: 'dr-10' }, { value: 'MX-11' }],
      qualification: [{ identifier: [{ value: 'MX-11' }] }],
    });
    expect(after.main.telecom).toEqual([
      { system: 'email', value: 'lucia@example.com' },
      { system: 'phone', value: '+52 81 8000 0000', use: 'old' },
      { system: 'fax', value: '1' },
    ]);
    expect(after.roles).toMatchObject([
      {
        availabilityExceptions: 'Not in August',
        code: [{ coding: [{ code: 'physician' }], text: 'Director' }],
      },
    ]);
    const bare = await call('PUT', 'physicians/dr-10', { last_name: 'Bare' });
    expect(Object.keys(bare.body)).toEqual(['id', 'last_name', 'contact_id', 'roles', '_links']);
    const stripped = await resourcesOf(bare);
    expect(stripped.main).not.toHaveProperty('qualification');
    expect(stripped.main.telecom).toEqual([
      { system: 'email', value: 'lucia@example.com', use: 'old' },
      { system: 'phone', value: '+52 81 8000 0000', use: 'old' },
      { system: 'fax', value: '1' },
    ]);
    expect(stripped.roles[0]).toMatchObject({ availabilityExceptions: 'Not in August' });
  });

  it('takes back what was read, and changes nothing then', async () => {
    const made = await call('POST', 'physicians', {
      id: 'dr-12',
      ...ortega,
      medical_license_number: 'MX-12',
    });
    const etag = made.headers.get('etag')!;
    const again = await call('PUT', 'physicians/dr-12', made.body, { 'if-match': etag });
    expect({ status: again.status, etag: again.headers.get('etag') }).toEqual({ status: 200, etag });
    expectProblem(await call('PATCH', 'physicians/dr-12', { roles: [] }), 422, { pointer: '#/roles' });
    expectProblem(await call('PATCH', 'physicians/dr-12', { hospital_id: 'none' }), 422, {
      pointer: '#/hospital_id',
    });
    expectProblem(await call('PATCH', 'physicians/dr-12', { medical_license_number: 'MX-1' }), 409, {
      pointer: '#/medical_license_number',
    });
    expectProblem(await call('PATCH', 'physicians/none', { last_name: 'X' }), 404);
    expectProblem(await call('PUT', 'physicians/dr-12', { last_name: 'X' }, { 'if-match': 'W/"7"' }), 412);
  });

  it('show and change the first of several jobs, and keep the others', async () => {
    const made = await call('POST', 'physicians', { id: 'dr-13', last_name: 'Two', hospital_id: 'h-1' });
    const { main, roles } = await resourcesOf(made);
    const organization = { identifier: { system: `${SID}hospitals`, value: 'h-gone' } };
    const second = await fhir('POST', 'PractitionerRole', {
      ...{ resourceType: 'PractitionerRole', practitioner: { reference: `Practitioner/${main.id}` } },
      ...{
        organization,
        code: [{ text: 'Consultant' }],
        specialty: [{ coding: [{ display: 'Sleep medicine' }] }],
      },
    });
    await fhir('POST', 'PractitionerRole', {
      ...{ resourceType: 'PractitionerRole', practitioner: { reference: `Practitioner/${main.id}` } },
      ...{ active: false, code: [{ text: 'Resident' }] },
    });
    const read = await call('GET', 'physicians/dr-13');
    expect(read.headers.get('etag')).not.toBe(made.headers.get('etag'));
    expect(read.body).toMatchObject({ hospital_id: 'h-1' });
    const others = [
      {
        id: second.body.id,
        hospital_id: 'h-gone',
        job_title: 'Consultant',
        specialization: 'Sleep medicine',
      },
      { id: expect.any(String), job_title: 'Resident', active: false },
    ];
    expect(read.body.roles.slice(1)).toEqual(others);
    const changed = await call('PATCH', 'physicians/dr-13', { job_title: 'Chief', specialization: 'Sleep' });
    expect(changed.body.roles).toMatchObject([
      { id: roles[0].id, job_title: 'Chief', specialization: 'Sleep', hospital_id: 'h-1' },
      ...others,
    ]);
    expect((await fhir('GET', `PractitionerRole/${second.body.id}`)).body.meta.versionId).toBe('1');
    for (const filter of ['specialization=sleep%20med', 'specialization=Sleep', 'hospital_id=h-1']) {
      expect(ids(await call('GET', `physicians?${filter}&last_name=Two`))).toEqual(['dr-13']);
    }
  });

  it('change whom an EHR has written, and lose nothing of it', async () => {
    const ehr = {
      ...{ resourceType: 'Practitioner', id: 'ehr', gender: 'female' },
      identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '9941339108' }],
      name: [{ text: 'Ana Roth' }],
      qualification: [{ code: { text: 'MD' }, identifier: [{ system: 'urn:uni', value: '7' }] }],
    };
    await put(ehr);
    const read = await call('GET', 'physicians/fhir:ehr');
    expect(read.body).toMatchObject({
      id: 'fhir:ehr',
      last_name: 'Ana Roth',
      contact_id: 'fhir:ehr',
      roles: [],
    });
    const changed = await call('PATCH', 'physicians/fhir:ehr', {
      ...{
        first_name: 'Ana',
        last_name: 'Roth',
        specialization: 'Oncology',
        medical_license_number: 'MX-20',
      },
    });
    expect(changed.body).toMatchObject({ id: 'fhir:ehr', first_name: 'Ana', specialization: 'Oncology' });
    const { main, roles } = await resourcesOf(changed);
    expect(main).toMatchObject({
      gender: 'female',
      identifier: [ehr.identifier[0], { value: 'MX-20' }],
      name: [{ given: ['Ana'], family: 'Roth' }],
      qualification: [ehr.qualification[0], { identifier: [{ value: 'MX-20' }] }],
    });
    expect(roles).toMatchObject([{ specialty: [{ text: 'Oncology' }] }]);
    expect(main.meta).not.toHaveProperty('tag');
  });
});

describe('what other systems have written', () => {
  it('is taken back as it is, though clients could not send it', async () => {
    await put({
      ...{ resourceType: 'Practitioner', id: 'odd', name: [{ family: 'x'.repeat(300) }] },
      telecom: [{ system: 'phone', value: 'switchboard' }],
    });
    const changed = await call('PATCH', 'physicians/fhir:odd', { email: 'odd@example.com' });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ phone: 'switchboard', email: 'odd@example.com' });
    expect((await call('PUT', 'physicians/fhir:odd', changed.body)).status).toBe(200);
    await put({ resourceType: 'Practitioner', id: 'given-only', name: [{ given: ['Ana'] }] });
    const part = await call('PATCH', 'physicians/fhir:given-only', { specialization: 'Oncology' });
    expect(part.body).toMatchObject({ first_name: 'Ana', specialization: 'Oncology' });
    expect(part.body).not.toHaveProperty('last_name');
    expectProblem(await call('PATCH', 'physicians/fhir:odd', { phone: 'porter' }), 422, {
      pointer: '#/phone',
    });
    expectProblem(await call('PATCH', 'physicians/fhir:odd', { last_name: null }), 422, {
      pointer: '#/last_name',
    });
  });
});

describe('GET /physicians', () => {
  it('finds by every filter, in order, and by pages', async () => {
    for (const [i, last_name] of ['Alvarez', 'Álvaro', 'Alzate'].entries()) {
      const data = {
        ...{
          id: `list-${i}`,
          first_name: `Zoe ${i}`,
          last_name,
          email: `z${i}@example.com`,
          phone: `555-000${i}`,
        },
        ...{ medical_license_number: `L-${i}`, specialization: 'Geriatrics', hospital_id: 'h-2' },
      };
      expect((await call('POST', 'physicians', data)).status).toBe(201);
    }
    const found = async (query: string) => ids(await call('GET', `physicians?${query}`)).sort();
    expect(await found('last_name=alv')).toEqual(['list-0', 'list-1']);
    expect(await found('first_name=Zoe%201')).toEqual(['list-1']);
    expect(await found('email=z2@example.com')).toEqual(['list-2']);
    expect(await found('phone=555-0001')).toEqual(['list-1']);
    expect(await found('medical_license_number=L-0')).toEqual(['list-0']);
    expect(await found('specialization=geria&hospital_id=h-2')).toEqual(['list-0', 'list-1', 'list-2']);
    expect(await found('specialization=geria&hospital_id=h-1')).toEqual([]);
    const one = await call('GET', 'physicians?specialization=geria&sort=-last_name&pageSize=2&total=true');
    expect({ ids: ids(one), total: one.body.total }).toEqual({ ids: ['list-2', 'list-1'], total: 3 });
    expect(ids(await call('GET', one.body._links.next.href))).toEqual(['list-0']);
    const two = await call('GET', 'physicians?specialization=geria&sort=email&limit=2&offset=1');
    expect(ids(two)).toEqual(['list-1', 'list-2']);
    expect(two.body.data[0].roles[0].hospital_name).toBe('Hospital General');
    expectProblem(await call('GET', 'physicians?beds=1'), 400, { parameter: 'beds' });
    expectProblem(await call('GET', 'physicians?sort=beds'), 400, { parameter: 'sort' });
    expectProblem(await call('GET', 'physicians/none'), 404);
  });

  it('leaves out pharmacists', async () => {
    await put({
      ...{ resourceType: 'Practitioner', id: 'pharma', name: [{ family: 'Pharma' }] },
      meta: { tag: [{ system: TYPES, code: 'pharmacist' }] },
    });
    expect(ids(await call('GET', 'physicians?last_name=Pharma'))).toEqual([]);
    expectProblem(await call('GET', 'physicians/fhir:pharma'), 404);
  });
});

describe('DELETE /physicians/{id}', () => {
  it('deletes somebody with all jobs, and leaves the hospital', async () => {
    const made = await call('POST', 'physicians', { id: 'dr-30', last_name: 'Gone', hospital_id: 'h-1' });
    const { main, roles } = await resourcesOf(made);
    expectProblem(await call('DELETE', 'physicians/dr-30', undefined, { 'if-match': 'W/"8"' }), 412);
    expect((await call('DELETE', 'physicians/dr-30')).status).toBe(204);
    expectProblem(await call('GET', 'physicians/dr-30'), 404);
    expectProblem(await call('DELETE', 'physicians/dr-30'), 404);
    expect((await fhir('GET', `Practitioner/${main.id}`)).status).toBe(410);
    expect((await fhir('GET', `PractitionerRole/${roles[0].id}`)).status).toBe(410);
    expect((await call('GET', 'hospitals/h-1')).status).toBe(200);
    expect((await call('POST', 'physicians', { id: 'dr-30', last_name: 'Back' })).status).toBe(201);
  });

  it('refuses as long as somebody else is told to be theirs', async () => {
    const made = await call('POST', 'physicians', { id: 'dr-31', last_name: 'Needed' });
    const { main } = await resourcesOf(made);
    const reference = `Practitioner/${main.id}`;
    const patient = { resourceType: 'Patient', id: 'with-doctor', name: [{ family: 'With' }] };
    await put({ ...patient, generalPractitioner: [{ reference }] });
    const visit = { doctor: 'dr-31', time: '2026-01-31T10:20:00Z', kind: 'video', outcome: 'healthy' };
    expect((await call('POST', 'patients/fhir:with-doctor/interactions', visit)).status).toBe(201);
    const refused = await call('DELETE', 'physicians/dr-31');
    expectProblem(refused, 409, { detail: 'Needed is still named by 1 patient or lead, 1 interaction' });
    expect((await call('GET', 'physicians/dr-31')).status).toBe(200);
    const other = await call('POST', 'physicians', { id: 'dr-32', last_name: 'Planned' });
    const care = { resourceType: 'CarePlan', status: 'active', intent: 'plan' };
    const author = { reference: `Practitioner/${(await resourcesOf(other)).main.id}` };
    const subject = { reference: 'Patient/with-doctor' };
    const plan = await fhir('POST', 'CarePlan', {
      ...{ ...care, subject },
      activity: [{ detail: { status: 'scheduled', performer: [author] } }],
    });
    expect(plan.status).toBe(201);
    expectProblem(await call('DELETE', 'physicians/dr-32'), 409, { detail: `by CarePlan/${plan.body.id}` });
    const operations = [{ op: 'delete', id: 'dr-31' }];
    const { body } = await call('POST', 'physicians:batch', { operations, atomic: false });
    expect(body.results).toMatchObject([{ status: 409 }]);
  });
});

describe('doctors of interactions', () => {
  it('are physicians by the ids that they have there', async () => {
    await call('POST', 'patients', { id: 'p-1', last_name: 'Rivas' });
    await put({ resourceType: 'Practitioner', id: 'by-fhir', name: [{ family: 'Fhir' }] });
    const own = await call('POST', 'physicians', { id: 'dr-40', last_name: 'Own' });
    const { main } = await resourcesOf(own);
    const visit = (doctor: string) =>
      call('POST', 'patients/p-1/interactions', {
        ...{ doctor, time: '2026-01-31T10:20:00Z', kind: 'video', outcome: 'healthy' },
      });
    expect((await visit('dr-40')).body).toMatchObject({ doctor_name: 'Own' });
    expect((await visit('fhir:by-fhir')).body).toMatchObject({ doctor_name: 'Fhir' });
    expect((await visit(main.id)).body).toMatchObject({ doctor_name: 'Own' });
    expectProblem(await visit('nobody'), 422, { pointer: '#/doctor', detail: 'GET /api/v1/physicians' });
    const list = async (doctor: string) =>
      (await call('GET', `patients/p-1/interactions?doctor=${doctor}`)).body.data.map(
        ({ doctor_name }: Json) => doctor_name,
      );
    expect(await list('dr-40')).toEqual(['Own', 'Own']);
    expect((await visit('Practitioner/by-fhir')).body).toMatchObject({ doctor_name: 'Fhir' });
    expectProblem(await visit('by-fhir'), 422, { pointer: '#/doctor' });
    expect(await list('fhir:by-fhir')).toEqual(['Fhir', 'Fhir']);
    expect(await list('by-fhir')).toEqual([]);
    expect(await list(encodeURIComponent(`Practitioner/${main.id}`))).toEqual(['Own', 'Own']);
  });
});
