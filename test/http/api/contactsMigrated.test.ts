// What a CRM has left, seen and changed through /contacts and /physicians.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readCrmExport } from '../../../server/clinic/crm/crmCsv.ts';
import { migrateCrm } from '../../../server/clinic/crm/migrateCrm.ts';
import { readConfig } from '../../../server/config.ts';
import { createServices, type Services } from '../../../server/services.ts';
import { createLogger } from '../../../server/telemetry.ts';
import { writeFiles } from '../../import/importSupport.ts';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

const CONTACTS = [
  'contactid,firstname,lastname,email,contact_type,medical_condition,booking_date,reminder_date,no_show,job_title,specialization,medical_license_number,hospital',
  '1,Ana,Lead,ana@example.com,patient - lead,Glioblastoma,2025-05-01 10:00,,no,,,,7',
  '2,Bea,Doctor,bea@example.com,physician,,2024-05-01,,,Consultant,Neurology,L-2,7',
  '3,Bea,Doctor,bea@example.com,physician,,2025-05-01,,,Director,Neurology,L-2,8',
  '4,Carl,Pharma,carl@example.com,pharmacist,,,,,,,,99',
  '5,Dora,Converted,dora@example.com,patient - lead,,,,,,,,',
];
const FILES = {
  'Contact.csv': CONTACTS.join('\n'),
  'Patient.csv':
    'patientid,firstname,lastname,email,first_contact_date,medical_condition,contact_record,physician\n50,Dora,Converted,dora@example.com,2025-01-01,,5,2\n',
  'EAP Dossier.csv': 'eap_dossier_id,eap_number,patient,product,eap_enrollment_date\n',
  'Medical Condition.csv': 'id,name,abbreviation\n',
  'Hospital.csv': 'id,name,city\n7,San José,Monterrey\n8,General,Puebla\n',
};

let server: TestServer;
let services: Services;
let api: string;

const migrate = async () => {
  const folder = writeFiles(FILES);
  return migrateCrm(services, await readCrmExport(folder));
};

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  const config = readConfig({
    ...{ DATABASE_URL: server.databaseUrl, DATA_DIR: 'node_modules/.cache/salus-test' },
    ...{ LOG_LEVEL: 'error', VITALS: 'off' },
  });
  services = await createServices(config, createLogger('error'));
  await migrate();
});
afterAll(async () => {
  await services?.close();
  await server?.stop();
});

const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  send(method, path.startsWith('http') ? path : `${api}/${path}`, body, {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
  });

describe('rows of a CRM', () => {
  it('are contacts under their keys', async () => {
    const { body } = await call('GET', 'contacts?sort=last_name&total=true');
    expect(body.total).toBe(4);
    expect(body.data.map(({ id, contact_type, last_name }: Json) => [id, contact_type, last_name])).toEqual([
      ['5', 'patient', 'Converted'],
      ['2', 'physician', 'Doctor'],
      ['1', 'lead', 'Lead'],
      ['4', 'pharmacist', 'Pharma'],
    ]);
    const lead = await call('GET', 'contacts/1');
    expect(lead.body).toMatchObject({ medical_condition: 'Glioblastoma', hospital_id: '7' });
    const patient = await call('GET', 'contacts/5');
    expect((await call('GET', patient.body._links.physician.href)).body).toMatchObject({ contact_id: '2' });
  });

  it('that are one human lead to it by the key of each', async () => {
    const [first, second] = await Promise.all([call('GET', 'contacts/2'), call('GET', 'contacts/3')]);
    expect(second.body).toEqual(first.body);
    expect(first.body._links.self.href).toBe(`${api}/contacts/2`);
    expect(first.body).toMatchObject({
      ...{ job_title: 'Director', hospital_id: '8', medical_license_number: 'L-2' },
      roles: [
        { job_title: 'Director', hospital_name: 'General' },
        { job_title: 'Consultant', hospital_name: 'San José' },
      ],
    });
  });

  it('tell no title where there is none, and a hospital that is not there by its key', async () => {
    const { body } = await call('GET', 'contacts/4');
    expect(body).toMatchObject({ contact_type: 'pharmacist', hospital_id: '99' });
    expect(body).not.toHaveProperty('job_title');
    expect(body._links).not.toHaveProperty('hospital');
    const changed = await call('PATCH', 'contacts/4', { specialization: 'Oncology' });
    expect(changed.body).toMatchObject({ hospital_id: '99', specialization: 'Oncology' });
  });

  it('are changed as physicians, and stay what they are when they are migrated again', async () => {
    const { body } = await call('GET', 'physicians?medical_license_number=L-2');
    const [{ id }] = body.data;
    const changed = await call('PATCH', `physicians/${id}`, { phone: '+52 81 1', job_title: 'Head' });
    expect(changed.body).toMatchObject({ contact_id: '2', phone: '+52 81 1', job_title: 'Head' });
    const main = (await call('GET', changed.body._links.fhir.href)).body;
    const judged = await send('POST', `${server.base}/Practitioner/$validate`, main);
    expect(judged.body.issue.filter(({ severity }: Json) => severity === 'error')).toEqual([]);
    await migrate();
    const again = (await call('GET', changed.body._links.fhir.href)).body;
    expect(again.meta.tag).toEqual(main.meta.tag);
    expect((await call('GET', 'contacts/3')).body).toMatchObject({
      contact_type: 'physician',
      job_title: 'Head',
    });
    const visit = { doctor: id, time: '2026-01-31T10:20:00Z', kind: 'video', outcome: 'healthy' };
    const { body: patient } = await call('GET', 'contacts/5');
    const made = await call('POST', `patients/${patient.patient_id}/interactions`, visit);
    expect(made.body).toMatchObject({ doctor_name: 'Bea Doctor' });
  });
});
