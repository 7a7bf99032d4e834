// Journeys that were taken over from a CRM as referrals of the plain JSON API, and exports that come after they were changed there.
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { writeFiles } from '../../import/importSupport.ts';
import { cleanUp, startSalus } from '../../runtime/serverProcess.ts';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

let server: TestServer;
let api: string;
beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
});
afterAll(async () => {
  await cleanUp();
  await server?.stop();
});

const HEAD: Record<string, string> = {
  Contact:
    'contactid,firstname,lastname,email,contact_type,medical_condition,booking_date,reminder_date,no_show,job_title,specialization,medical_license_number,hospital',
  Patient:
    'patientid,firstname,lastname,email,medical_condition,trial_id,eligible,ineligible_reason,ct_referral_date,eap_enrollment_date,physician,ct_outcome',
  'EAP Dossier': 'eap_dossier_id,eap_number,patient,product,eap_enrollment_date',
  'Medical Condition': 'id,name,abbreviation',
  Hospital: 'id,name,city',
};

async function migrate(rows: Record<string, string[]>): Promise<void> {
  const files = Object.entries(HEAD).map(([name, heading]) => [
    `${name}.csv`,
    [heading, ...(rows[name] ?? []), ''],
  ]);
  const folder = writeFiles(Object.fromEntries(files.map(([name]) => [name as string, ''])));
  for (const [name, lines] of files) writeFileSync(`${folder}/${name}`, (lines as string[]).join('\n'));
  const started = startSalus(['migrate-crm', folder, '--report', `${folder}/report`], {
    ...{ DATABASE_URL: server.databaseUrl, DATA_DIR: 'node_modules/.cache/salus-test', VITALS: 'off' },
  });
  const code = await started.ended;
  expect({ code, stderr: started.stderr() }).toMatchObject({ code: 0 });
}

const get = (path: string): Promise<Answer> => send('GET', `${api}/${path}`);
const patch = (id: string, body: Json): Promise<Answer> =>
  send('PATCH', `${api}/referrals/${id}`, body, { 'content-type': 'application/merge-patch+json' });
const fhir = async (reference: string): Promise<Json> =>
  (await send('GET', `${server.base}/${reference}`)).body;

const patientRow = (cells: string) => `p1,Jo,Ray,jo@example.com,Glioblastoma,${cells}`;
const rows = (cells: string, dossier: string): Record<string, string[]> => ({
  Contact: ['d1,Greg,House,house@example.com,physician,,,,,,Neurology,L-1,'],
  Patient: [patientRow(cells)],
  'EAP Dossier': [`e1,EAP-1,p1,Drug,${dossier}`],
  'Medical Condition': ['m1,Glioblastoma,GBM'],
});

/** The two referrals of the patient. */
async function both(): Promise<{ ct: Json; eap: Json }> {
  const [patient] = (await fhir('Patient?family=Ray')).entry;
  const { body } = await get(`patients/${patient.resource.id}/referrals?sort=date`);
  expect(body.data).toHaveLength(2);
  const of = (kind: string) => body.data.find((each: Json) => each.kind === kind);
  return { ct: of('ct'), eap: of('eap') };
}

it('shows them with their states and dates, and follows the exports', async () => {
  await migrate(rows('NCT9,,,2024-05-01,,d1,', ''));
  const first = await both();
  expect(first.ct).toMatchObject({
    ...{ trial_id: 'NCT9', ct_referral_date: '2024-05-01', status: 'referred', status_since: '2024-05-01' },
    ...{ physician_id: expect.any(String), condition_id: expect.any(String) },
    states: [{ status: 'referred', date: '2024-05-01' }],
  });
  expect(first.eap).toMatchObject({
    ...{ product: 'Drug', eap_number: 'EAP-1', status: 'requested', states: [{ status: 'requested' }] },
  });
  expect((await get(`conditions/${encodeURIComponent(first.ct.condition_id)}`)).status).toBe(200);
  expect((await get(`physicians/${first.ct.physician_id}`)).status).toBe(200);
  await migrate(rows('NCT9,yes,,2024-05-01,,d1,', '2024-07-01'));
  const next = await both();
  expect(next.ct).toMatchObject({
    ...{ status: 'eligible', eligible: true },
    states: [{ status: 'referred', date: '2024-05-01' }, { status: 'eligible' }],
  });
  expect(next.eap).toMatchObject({ status: 'enrolled', eap_enrollment_date: '2024-07-01' });
  expect((await get('referrals?status=eligible')).body.data).toHaveLength(1);
  expect((await get('referrals?status=referred,requested')).body.data).toHaveLength(0);
});

it('keeps the states that were entered here, whatever the CRM tells', async () => {
  const { ct, eap } = await both();
  const enrolled = await patch(ct.id, { status: 'enrolled', status_date: '2024-08-01' });
  expect(enrolled.body).toMatchObject({
    status: 'enrolled',
    physician_id: ct.physician_id,
    trial_id: 'NCT9',
  });
  expect(enrolled.body.condition_id).toBe(ct.condition_id);
  const ended = await patch(eap.id, {
    ...{ status: 'discontinued', status_reason: 'Rash', status_date: '2024-09-01' },
  });
  expect(ended.body).toMatchObject({ eap_number: 'EAP-1', product: 'Drug' });
  await migrate(rows('NCT9,no,Too old,2024-05-02,,d1,', '2024-07-05'));
  const after = await both();
  expect(after.ct).toEqual(enrolled.body);
  expect(after.eap).toEqual(ended.body);
  const request = await fhir(enrolled.body._links.fhir.href.slice(server.base.length + 1));
  const [subject] = request.supportingInfo;
  expect(request).toMatchObject({ status: 'completed', authoredOn: '2024-05-01' });
  expect(request.meta.tag).toHaveLength(1);
  const ResearchSubject = await fhir(subject.reference);
  expect(ResearchSubject).toMatchObject({ status: 'on-study', period: { start: '2024-08-01' } });
  const judged = await send('POST', `${server.base}/ServiceRequest/$validate`, request);
  expect(judged.body.issue.filter(({ severity }: Json) => severity === 'error')).toEqual([]);
});

it('still takes over everything else that the CRM tells', async () => {
  const dossier = ['e1,EAP-1,p1,Another drug,2024-07-01'];
  await migrate({ ...rows('NCT9,yes,,2024-05-01,,d1,', ''), 'EAP Dossier': dossier });
  expect((await both()).eap).toMatchObject({ status: 'discontinued', product: 'Another drug' });
});
