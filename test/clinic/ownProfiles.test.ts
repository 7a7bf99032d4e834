// Whatever the plain JSON API and the migration of a CRM write is, read back through FHIR, valid against the profiles of fhir-profiles/
// that it claims; and it is taken where profiles are enforced. New kinds of things are tried out with the examples of their schemas.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clinicResources } from '../../server/clinic/clinicResources.ts';
import { readCrmExport } from '../../server/clinic/crm/crmCsv.ts';
import { migrateCrm } from '../../server/clinic/crm/migrateCrm.ts';
import { SEEDED, seed } from '../../server/clinic/seedCommand.ts';
import { readConfig } from '../../server/config.ts';
import { createServices, type Services } from '../../server/services.ts';
import { createLogger } from '../../server/telemetry.ts';
import { writeFiles } from '../import/importSupport.ts';
import { queryRows } from '../support/rowCounts.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { crmFiles, makeCrm } from './crm/generateCrm.ts';
import { writeExamples } from './exampleWrites.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

const OWN = 'https://salus.example/fhir/StructureDefinition/';
/** What is written, among others. */
const WITH_PROFILE = [
  ...['Appointment', 'Condition', 'DiagnosticReport', 'DocumentReference', 'Encounter', 'EpisodeOfCare'],
  ...['ImagingStudy', 'Observation', 'Organization', 'Patient', 'Practitioner', 'PractitionerRole'],
  ...['ResearchStudy', 'ResearchSubject', 'ServiceRequest', 'Task'],
];
/** What says what the server itself is to do, and codes: there is no profile of ours for these. */
const WITHOUT = ['CodeSystem', 'ObservationDefinition', 'PlanDefinition'];

/** What has to be told with a state of a referral. */
const WITH: Readonly<Record<string, Json>> = {
  completed: { ct_outcome: 'Completed week 48' },
  ineligible: { ineligible_reason: 'Age' },
  discontinued: { status_reason: 'Moved abroad' },
  refused: { status_reason: 'No supply' },
};

const JSON_TYPE = { 'content-type': 'application/json' };
const MERGE_PATCH = { 'content-type': 'application/merge-patch+json' };
const post = (url: string, body: unknown): Promise<Answer> => send('POST', url, body, JSON_TYPE);

describe.each(['warn', 'enforce'])('with PROFILE_POLICY=%s', (policy) => {
  let server: TestServer;
  let services: Services;
  let api: string;

  beforeAll(async () => {
    server = await startTestServer({ PROFILE_POLICY: policy });
    api = server.base.replace('/fhir/R4', '/api/v1');
    const config = readConfig({
      ...{ DATABASE_URL: server.databaseUrl, DATA_DIR: 'node_modules/.cache/salus-test' },
      ...{ PROFILE_POLICY: policy, LOG_LEVEL: 'error', VITALS: 'off' },
    });
    services = await createServices(config, createLogger('error'));
  });
  afterAll(async () => {
    await services?.close();
    await server?.stop();
  });

  it('things of every kind are written', async () => {
    const answers = await writeExamples(api, clinicResources);
    const kinds = clinicResources.filter(({ readOnly }) => !readOnly);
    expect(answers.length).toBeGreaterThanOrEqual(3 * kinds.length);
  });

  it.each([
    ['ct', ['screening', 'eligible', 'enrolled', 'completed']],
    ['ct', ['ineligible']],
    ['eap', ['approved', 'enrolled', 'discontinued']],
    ['eap', ['refused']],
  ])('a referral (%s) comes into the states %s', async (kind, states) => {
    const { body: patient } = await post(`${api}/patients`, { last_name: 'Paz' });
    const what = kind === 'ct' ? { trial_id: 'NCT07' } : { product: 'Givinostat' };
    const made = await post(`${api}/referrals`, { kind, patient_id: patient.id, ...what });
    expect(made.status).toBe(201);
    for (const status of states) {
      const change = { status, ...WITH[status] };
      const changed = await send('PATCH', `${api}/referrals/${made.body.id}`, change, MERGE_PATCH);
      expect({ status: changed.status, answer: changed.body }).toMatchObject({
        status: 200,
        answer: { status },
      });
    }
  });

  it('leads return, are doubted, decided on and converted', async () => {
    const ana = { first_name: 'Ana', last_name: 'Mar', birth_date: '1990-05-05', email: 'ana@ejemplo.com' };
    const first = await post(`${api}/leads`, { ...ana, booking_date: '2031-01-31T10:20:00Z' });
    expect(first.status).toBe(201);
    const again = await post(`${api}/leads`, { ...ana, booking_date: '2031-02-28T10:20:00Z' });
    expect({ status: again.status, id: again.body.id }).toEqual({ status: 200, id: first.body.id });
    for (const decision of ['different', 'same']) {
      // Nothing but the name: it may be somebody else.
      expect((await post(`${api}/leads`, { first_name: 'Ana', last_name: 'Mar' })).status).toBe(201);
      const { body } = await send('GET', `${api}/lead-reviews?state=open`);
      const review = body.data.at(-1);
      const [{ patient_id }] = review.candidates;
      const decided = await post(`${api}/lead-reviews/${review.id}:resolve`, {
        decision,
        ...(decision === 'same' && { patient_id }),
      });
      expect({ status: decided.status, answer: decided.body }).toMatchObject({
        ...{ status: 200, answer: { state: decision } },
      });
    }
    const { body: physician } = await post(`${api}/physicians`, { last_name: 'Ortega' });
    const taken = { physician_id: physician.id, initial_consult_date: '2031-03-01T09:00:00Z' };
    const converted = await post(`${api}/leads/${first.body.id}:convert`, {
      ...taken,
      medical_condition: 'GBM',
    });
    expect({ status: converted.status, answer: converted.body }).toMatchObject({
      ...{ status: 200, answer: { state: 'patient' } },
    });
  });

  it('interactions are documented, corrected and withdrawn', async () => {
    await seed(services);
    const visits = `${api}/patients/${SEEDED.patient}/interactions`;
    const visit = {
      ...{ doctor: SEEDED.doctor, time: '2026-01-31T10:20:00+01:00', kind: 'in person' },
      ...{ outcome: 'not healthy', notes: 'Fever since Monday.' },
      vitals: [
        { code: 'heart rate', value: 88 },
        { code: 'BP', value: '120/80', note: 'sitting' },
        { code: 'temperature', value: '38.90', unit: '°C', device: 'ear thermometer' },
        { code: 'consciousness', value: 'alert' },
      ],
    };
    const made = await post(visits, visit);
    expect(made.status).toBe(201);
    const { notes: _, ...corrected } = { ...visit, outcome: 'healthy', vitals: visit.vitals.slice(2) };
    expect((await send('PUT', `${visits}/${made.body.id}`, corrected, JSON_TYPE)).status).toBe(200);
    const withdrawn = await post(visits, { ...visit, kind: 'phone', outcome: 'undetermined' });
    expect((await send('DELETE', `${visits}/${withdrawn.body.id}`)).status).toBe(204);
    expect((await post(visits, { ...visit, time: '2026-02-01T10:00:00Z' })).status).toBe(201);
  });

  it('a CRM is migrated', async () => {
    const { tables, made } = makeCrm(300, 11);
    const report = await migrateCrm(services, await readCrmExport(writeFiles(crmFiles(tables))));
    expect(report.refusedResources).toEqual([]);
    expect(report.tables.Contact.refused).toBe(made.badRows);
    expect(report.tables.Patient.refused).toBe(0);
  });

  it('all of it claims a profile of ours, and is valid against it', async () => {
    const found = await queryRows<{ type: string }>(
      server.databaseUrl,
      'SELECT DISTINCT type FROM resource WHERE NOT deleted ORDER BY type',
    );
    const types = found.map(({ type }) => type);
    expect(types).toEqual(expect.arrayContaining(WITH_PROFILE));
    for (const type of types) {
      if (WITHOUT.includes(type)) continue;
      for await (const resource of everyResource(`${server.base}/${type}?_count=200`)) {
        const own = ((resource.meta.profile ?? []) as string[]).filter((url) => url.startsWith(OWN));
        const judged = await Promise.all(own.map((url) => judge(server, resource, url)));
        // What is found, together with what it is found in.
        const expected = { resource, own: expect.arrayContaining([expect.any(String)]), issues: [] };
        expect({ resource, own, issues: judged.flat() }).toEqual(expected);
      }
    }
  }, 60_000);
});

async function* everyResource(first: string): AsyncGenerator<Json> {
  let url: string | undefined = first;
  while (url) {
    const { body }: Answer = await send('GET', url);
    for (const { resource } of body.entry ?? []) yield resource;
    url = body.link.find(({ relation }: Json) => relation === 'next')?.url;
  }
}

/** Errors, and warnings that a profile or an extension is not known. */
async function judge({ base }: TestServer, resource: Json, profile: string): Promise<Json[]> {
  const url = `${base}/${resource.resourceType}/$validate?profile=${encodeURIComponent(profile)}`;
  const { body } = await send('POST', url, resource);
  return body.issue.filter(
    ({ severity, code, diagnostics }: Json) =>
      ['error', 'fatal'].includes(severity) ||
      (severity === 'warning' &&
        (code === 'not-found' || / not known here|cannot be used/.test(diagnostics))),
  );
}
