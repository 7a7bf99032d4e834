// Exports that come after people have worked with what was migrated: nothing of their work is undone, and what was changed on both
// sides is told.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readCrmExport } from '../../../server/clinic/crm/crmCsv.ts';
import { migrateCrm } from '../../../server/clinic/crm/migrateCrm.ts';
import { readConfig } from '../../../server/config.ts';
import { createServices, type Services } from '../../../server/services.ts';
import { createLogger } from '../../../server/telemetry.ts';
import { writeFiles } from '../../import/importSupport.ts';
import { queryRows } from '../../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

const SID = 'https://salus.example/fhir/sid/';
const JSON_TYPE = { 'content-type': 'application/json' };
const CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const FILES: Record<string, string> = {
  'Contact.csv':
    'contactid,firstname,lastname,email,contact_type,medical_condition,booking_date,no_show,hospital\n' +
    '1,Ana,Lead,ana@example.com,lead,Glioblastoma,2024-05-01 10:00,no,7\n',
  'Patient.csv': 'patientid,firstname,lastname,email,contact_record,initial_consult_date\n',
  'EAP Dossier.csv': 'eap_dossier_id,patient\n',
  'Medical Condition.csv': 'id,name,abbreviation\n',
  'Hospital.csv': 'id,name,city\n7,San José,Monterrey\n',
};

let server: TestServer;
let services: Services;
beforeAll(async () => {
  server = await startTestServer();
  const config = readConfig({
    ...{ DATABASE_URL: server.databaseUrl, DATA_DIR: 'node_modules/.cache/salus-test' },
    ...{ LOG_LEVEL: 'error', VITALS: 'off' },
  });
  services = await createServices(config, createLogger('error'));
});
afterAll(async () => {
  await services?.close();
  await server?.stop();
});

async function migrate(change: Record<string, string> = {}) {
  const files = { ...FILES, ...change };
  const folder = writeFiles(Object.fromEntries(Object.keys(files).map((name) => [name, ''])));
  for (const [name, text] of Object.entries(files)) writeFileSync(`${folder}/${name}`, text);
  return migrateCrm(services, await readCrmExport(folder));
}
const found = async (path: string): Promise<Json[]> =>
  ((await send('GET', `${server.base}/${path}`)).body.entry ?? []).map(({ resource }: Json) => resource);
const one = async (path: string): Promise<Json> => (await found(path))[0];
const put = async (resource: Json) => {
  const answer = await send('PUT', `${server.base}/${resource.resourceType}/${resource.id}`, resource);
  expect(answer.status).toBe(200);
};
const create = async (resource: Json) =>
  expect((await send('PUT', `${server.base}/${resource.resourceType}/${resource.id}`, resource)).status).toBe(
    201,
  );
const versions = () =>
  queryRows(server.databaseUrl, 'SELECT type, id, version, deleted FROM resource ORDER BY type, id');
const person = (key: string) => one(`Patient?identifier=${SID}crm-contacts|${key}`);

it('leaves what was changed here as it is, when the export is the same', async () => {
  await migrate();
  const ana = await person('1');
  await put({
    ...ana,
    name: [...ana.name, { use: 'nickname', text: 'Anita' }],
    telecom: [
      { system: 'email', value: 'ana@new.example' },
      { system: 'phone', use: 'mobile', value: '+52 1' },
    ],
    generalPractitioner: [...ana.generalPractitioner, { display: 'Dr. Who' }],
  });
  const condition = await one(`Condition?patient=${ana.id}`);
  const clinicalStatus = { coding: [{ system: CLINICAL, code: 'resolved' }] };
  await put({ ...condition, clinicalStatus, abatementDateTime: '2025-01-01' });
  const call = await one(`Appointment?patient=${ana.id}`);
  const other = { actor: { display: 'Interpreter' }, status: 'accepted' };
  await put({ ...call, status: 'noshow', participant: [...call.participant, other] });
  const hospital = await one(`Organization?identifier=${SID}hospitals|7`);
  await put({ ...hospital, name: 'General' });
  const before = await versions();
  const report = await migrate();
  expect(await versions()).toEqual(before);
  expect(report.conflicts).toEqual([]);
  expect(report.tables.Contact).toMatchObject({ in: 1, unchanged: 1 });
  expect(report.tables.Hospital).toMatchObject({ in: 1, unchanged: 1 });
});

it('takes what is new in the CRM, and tells what was changed on both sides', async () => {
  const contacts = FILES['Contact.csv']!.replace('Lead', 'Newname').replace('ana@example', 'ana@crm');
  const report = await migrate({ 'Contact.csv': contacts });
  const ana = await person('1');
  expect(ana.name).toEqual([
    { use: 'official', family: 'Newname', given: ['Ana'] },
    { use: 'nickname', text: 'Anita' },
  ]);
  expect(ana.telecom).toEqual([
    { system: 'email', value: 'ana@crm.com' },
    { system: 'phone', use: 'mobile', value: '+52 1' },
  ]);
  expect(report.conflicts).toMatchObject([
    { field: 'Patient.telecom.value', kept: 'ana@crm.com', older: 'ana@new.example', olderFrom: 'Salus' },
  ]);
  expect(report.tables.Contact).toMatchObject({ in: 1, updated: 1 });
});

it('does not bring back what was deleted here', async () => {
  const contacts = `${FILES['Contact.csv']}2,Bo,Gone,bo@example.com,lead,,,,\n`;
  await migrate({ 'Contact.csv': contacts });
  const bo = await person('2');
  await send('DELETE', `${server.base}/Patient/${bo.id}`);
  const report = await migrate({ 'Contact.csv': contacts });
  expect(await person('2')).toBeUndefined();
  expect(report.tables.Contact).toMatchObject({ refused: 0, created: 0 });
});

it('knows who was entered here, with calls and conditions, and puts the others on the list of reviews', async () => {
  const api = server.base.replace('/fhir/R4', '/api/v1');
  const form = { first_name: 'Cy', last_name: 'Form', email: 'cy@example.com' };
  const booked = { ...form, medical_condition: 'Glioblastoma', booking_date: '2024-06-01T10:00:00Z' };
  expect((await send('POST', `${api}/leads`, booked, JSON_TYPE)).status).toBe(201);
  const contacts =
    `${FILES['Contact.csv']}30,Cy,Form,CY@example.com,lead,Glioblastoma,2024-06-01,,\n` +
    '31,Cy,Form,other@example.com,lead,,,,\n';
  const report = await migrate({ 'Contact.csv': contacts });
  const [cy, ...others] = await found('Patient?email=cy@example.com');
  expect(others).toEqual([]);
  expect(cy.identifier).toContainEqual({ system: `${SID}crm-contacts`, value: '30' });
  expect(await found(`Appointment?patient=${cy.id}`)).toHaveLength(1);
  expect(await found(`Condition?patient=${cy.id}`)).toHaveLength(1);
  expect(report.duplicates[0]?.reviews).toHaveLength(1);
  const reviews = async () => (await send('GET', `${api}/lead-reviews`)).body.data;
  const [review, ...more] = await reviews();
  expect(more).toEqual([]);
  const decided = await send(
    'POST',
    `${api}/lead-reviews/${review.id}:resolve`,
    { decision: 'same' },
    JSON_TYPE,
  );
  expect(decided.status).toBe(200);
  const before = await versions();
  await migrate({ 'Contact.csv': contacts });
  expect(await reviews()).toEqual([]);
  expect((await versions()).filter(({ type }: Json) => type === 'Task')).toEqual(
    before.filter(({ type }: Json) => type === 'Task'),
  );
});

it('takes a first consultation for the one that was entered on that day', async () => {
  const contacts = `${FILES['Contact.csv']}40,Di,Day,di@example.com,lead,,,,\n`;
  await migrate({ 'Contact.csv': contacts });
  const di = await person('40');
  const id = 'consultation-here';
  await create({
    ...{ resourceType: 'Appointment', id, status: 'booked', serviceType: [{ text: 'Initial consultation' }] },
    ...{ start: '2026-05-05T10:00:00Z', end: '2026-05-05T10:00:00Z' },
    participant: [{ actor: { reference: `Patient/${di.id}` }, status: 'accepted' }],
  });
  const patients = `${FILES['Patient.csv']}41,Di,Day,di@example.com,40,2026-05-05\n`;
  await migrate({ 'Contact.csv': contacts, 'Patient.csv': patients });
  expect(await found(`Appointment?patient=${di.id}`)).toMatchObject([{ id, start: '2026-05-05T10:00:00Z' }]);
  const before = await versions();
  const report = await migrate({ 'Contact.csv': contacts, 'Patient.csv': patients });
  expect(await versions()).toEqual(before);
  expect(report.tables.Patient).toMatchObject({ in: 1, unchanged: 1 });
});

it('tells lines as an editor counts them', async () => {
  const contacts = 'contactid,lastname,contact_type\r\n\r\n50,A,lead\n\r\n51,B,nurse\r\n';
  const report = await migrate({ 'Contact.csv': contacts });
  expect(report.rows.filter(({ table }) => table === 'Contact').map(({ line }) => line)).toEqual([3, 5]);
  const hospitals = Buffer.from('id,name\n1,\xe4\n', 'latin1') as unknown as string;
  await expect(migrate({ 'Hospital.csv': hospitals })).rejects.toThrow(/Hospital\.csv:2: .*UTF-8/);
  await expect(readCrmExport('/nonexistent')).rejects.toThrow(/has to be a folder .* no such folder/);
});
