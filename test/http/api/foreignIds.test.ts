// Ids of what other systems have put in: `fhir:[id]`, so that nobody who means the clinic's patient 1 ever meets their Patient/1.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { reviewTask } from '../../../server/clinic/people/leadReviews.ts';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { apiOf, askAt } from './conditionsApi.ts';
import { expectProblem } from './expectProblem.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
  askAt(server, method, path, body);
const fhir = async (name: string): Promise<Json> => (await send('GET', `${server.base}/${name}`)).body;
const stored = async (resource: Json): Promise<void> => {
  const { resourceType, id } = resource;
  expect((await send('PUT', `${server.base}/${resourceType}/${id}`, resource)).status).toBe(201);
};
const idsOf = async (path: string): Promise<string[]> => {
  const { status, body } = await ask('GET', path);
  expect({ path, status, body }).toMatchObject({ status: 200 });
  return body.data.map(({ id }: Json) => id);
};

const study = { urgency_level: 'HIGH', body_part: 'CHEST', type: 'XRAY' };
const visit = { time: '2026-01-31T10:20:00Z', kind: 'video', outcome: 'healthy' };
/** What is written about a patient, by the path of its kind. */
const about = (patient_id: string): [path: string, body: Json][] => [
  ['studies', { ...study, patient_id }],
  ['bookings', { patient_id, booking_date: '2099-01-31T10:20:00Z' }],
  ['conditions', { patient_id, medical_condition: 'DMD' }],
  ['referrals', { kind: 'ct', patient_id, trial_id: 'T-1' }],
];

describe('a Patient of another system with an id that the clinic has given, too', () => {
  const theirs = { resourceType: 'Patient', id: '1', name: [{ family: 'Ehr', given: ['Eva'] }] };
  let own: string;

  beforeAll(async () => {
    const made = await ask('POST', 'patients', { id: '1', first_name: 'Eva', last_name: 'Clinic' });
    own = made.body._links.fhir.href;
    await stored(theirs);
  });

  it('is listed with an id and links of its own', async () => {
    const { body } = await ask('GET', 'patients?first_name=Eva&sort=last_name');
    expect(body.data).toMatchObject([
      { id: '1', last_name: 'Clinic' },
      { id: 'fhir:1', last_name: 'Ehr' },
    ]);
    for (const { _links, ...listed } of body.data) {
      expect((await ask('GET', _links.self.href)).body).toMatchObject(listed);
    }
    const [, { _links }] = body.data;
    expect(_links.self.href).toBe(`${apiOf(server)}/patients/fhir%3A1`);
    expect(_links.fhir.href).toBe(`${server.base}/Patient/1`);
    for (const name of ['interactions', 'history', 'studies', 'bookings', 'conditions', 'referrals']) {
      expect(_links[name].href).toBe(`${apiOf(server)}/patients/fhir%3A1/${name}`);
      expect((await ask('GET', _links[name].href)).status).toBe(200);
    }
    expect(await idsOf('contacts?first_name=Eva&last_name=Ehr')).toEqual(['fhir:1']);
  });

  it('is met by its own id only', async () => {
    expect((await ask('PATCH', 'patients/1', { email: 'clinic@example.com' })).body.last_name).toBe('Clinic');
    expect((await ask('PUT', 'patients/1', { first_name: 'Eva', last_name: 'Clinica' })).status).toBe(200);
    const { meta, ...untouched } = await fhir('Patient/1');
    expect({ untouched, version: meta.versionId }).toEqual({ untouched: theirs, version: '1' });
    const changed = await ask('PATCH', 'patients/fhir:1', { email: 'ehr@example.com' });
    expect(changed.body).toMatchObject({ id: 'fhir:1', last_name: 'Ehr', email: 'ehr@example.com' });
    // Changed by its marked id, it is not given that as an identifier.
    expect(await fhir('Patient/1')).not.toHaveProperty('identifier');
    expect((await ask('PUT', 'patients/fhir:1', changed.body)).headers.get('etag')).toBe(
      changed.headers.get('etag'),
    );
    const { _links, ...listed } = (await ask('GET', 'patients/1')).body;
    expect(listed).toEqual({ id: '1', first_name: 'Eva', last_name: 'Clinica' });
    expect(_links.fhir.href).toBe(own);
  });

  it('is not what is written and read about the one of the clinic', async () => {
    for (const [path, body] of about('1')) {
      const made = await ask('POST', path, body);
      expect({ path, status: made.status, body: made.body }).toMatchObject({ status: 201 });
      expect(made.body.patient_id).toBe('1');
      expect(made.body._links.patient?.href ?? `${apiOf(server)}/patients/1`).toBe(
        `${apiOf(server)}/patients/1`,
      );
      expect(await idsOf(`${path}?patient_id=1`)).toEqual([made.body.id]);
      expect(await idsOf(`${path}?patient_id=fhir:1`)).toEqual([]);
      expect(await idsOf(`patients/fhir:1/${path}`)).toEqual([]);
      expect((await ask('DELETE', `${path}/${made.body.id}`)).status).toBeLessThan(300);
    }
  });

  it('is not met where the one of the clinic is gone', async () => {
    await ask('POST', 'patients', { id: '2', last_name: 'Gone' });
    await stored({ resourceType: 'Patient', id: '2', name: [{ family: 'Stays' }] });
    expect((await ask('DELETE', 'patients/2')).status).toBe(204);
    for (const method of ['GET', 'DELETE']) expectProblem(await ask(method, 'patients/2'), 404);
    expectProblem(await ask('PUT', 'patients/2', { last_name: 'X' }), 404);
    expectProblem(await ask('PATCH', 'patients/2', { last_name: 'X' }), 404);
    expectProblem(await ask('GET', 'patients/2/history'), 404);
    expectProblem(await ask('POST', 'patients/2/interactions', { ...visit, doctor: 'x' }), 404);
    expectProblem(await ask('GET', 'contacts/2'), 404);
    for (const [path, body] of about('2')) {
      expectProblem(await ask('POST', path, body), 422, { pointer: '#/patient_id' });
      expectProblem(await ask('GET', `patients/2/${path}`), 404);
      const made = await ask('POST', path, { ...body, patient_id: 'fhir:2' });
      expect({ path, status: made.status }).toEqual({ path, status: 201 });
      expect(await idsOf(`${path}?patient_id=2`)).toEqual([]);
      expect(await idsOf(`${path}?patient_id=fhir:2`)).toEqual([made.body.id]);
    }
    expect((await ask('GET', 'patients/fhir:2')).body.last_name).toBe('Stays');
    expect((await fhir('Patient/2')).meta.versionId).toBe('1');
  });
});

describe('a Patient that was made through FHIR', () => {
  beforeAll(async () => {
    await stored({ resourceType: 'Patient', id: 'cli-own', name: [{ family: 'Own' }] });
    await stored({ resourceType: 'Practitioner', id: 'doc', name: [{ family: 'Doc' }] });
  });

  it.each([0, 1, 2, 3])('has studies, bookings, conditions, referrals (%i)', async (i) => {
    const [path, body] = about('fhir:cli-own')[i]!;
    expectProblem(await ask('POST', path, { ...body, patient_id: 'cli-own' }), 422, {
      pointer: '#/patient_id',
    });
    const made = await ask('POST', path, body);
    expect({ status: made.status, body: made.body }).toMatchObject({ status: 201, body });
    const resource = await fhir(made.body._links.fhir.href.slice(server.base.length + 1));
    const subject = resource.subject ?? resource.participant[0].actor;
    expect(subject.reference).toBe('Patient/cli-own');
    expect(subject).not.toHaveProperty('identifier');
    const { id } = made.body;
    expect(await idsOf(`${path}?patient_id=fhir:cli-own`)).toEqual([id]);
    expect(await idsOf(`${path}?patient_id=Patient/cli-own`)).toEqual([id]);
    expect(await idsOf(`${path}?patient_id=cli-own`)).toEqual([]);
    expect(await idsOf(`patients/fhir:cli-own/${path}`)).toEqual([id]);
    expectProblem(await ask('GET', `patients/cli-own/${path}`), 404);
    const again = await ask('PUT', `${path}/${id}`, made.body);
    expect({ status: again.status, body: again.body }).toEqual({ status: 200, body: made.body });
    const others = await ask('GET', `${path}/${id}`);
    expect(others.body.patient_id).toBe('fhir:cli-own');
  });

  it('is shown with its studies', async () => {
    const { body } = await ask('GET', 'patients?last_name=Own&include=studies');
    expect(body.data).toMatchObject([
      { id: 'fhir:cli-own', studies: [{ ...study, patient_id: 'fhir:cli-own' }] },
    ]);
  });

  it('has interactions, with a doctor who was made so too, and a history', async () => {
    const path = 'patients/fhir:cli-own/interactions';
    for (const doctor of ['fhir:doc', 'Practitioner/doc']) {
      const made = await ask('POST', path, { ...visit, doctor });
      expect(made.body).toMatchObject({ doctor_name: 'Doc', kind: 'video' });
      expect((await ask('GET', made.body._links.self.href)).body).toEqual(made.body);
      const encounter = await fhir(`Encounter/${made.body.id}`);
      expect(encounter.subject.reference).toBe('Patient/cli-own');
    }
    expectProblem(await ask('POST', path, { ...visit, doctor: 'doc' }), 422, { pointer: '#/doctor' });
    expect(await idsOf(`${path}?doctor=fhir:doc`)).toHaveLength(2);
    expect(await idsOf(`${path}?doctor=doc`)).toEqual([]);
    const history = await ask('GET', 'patients/fhir:cli-own/history');
    const kinds = history.body.data.map(({ kind }: Json) => kind);
    expect(kinds.filter((kind: string) => kind === 'interaction')).toHaveLength(2);
    expect(kinds).toEqual(expect.arrayContaining(['condition', 'referral']));
  });

  it('has physicians and conditions that were made so too', async () => {
    await stored({
      ...{ resourceType: 'Condition', id: 'ill', code: { text: 'Ill' } },
      subject: { reference: 'Patient/cli-own' },
    });
    const body = {
      ...{ kind: 'eap', patient_id: 'fhir:cli-own', product: 'X' },
      ...{ physician_id: 'fhir:doc', condition_id: 'fhir:ill' },
    };
    for (const member of ['physician_id', 'condition_id'] as const) {
      const unmarked = body[member].slice('fhir:'.length);
      expectProblem(await ask('POST', 'referrals', { ...body, [member]: unmarked }), 422, {
        pointer: `#/${member}`,
      });
    }
    const made = await ask('POST', 'referrals', body);
    expect(made.body).toMatchObject(body);
    for (const name of ['patient', 'physician', 'condition']) {
      expect((await ask('GET', made.body._links[name].href)).body.id).toBe(
        body[`${name}_id` as 'patient_id'],
      );
    }
    expect(await idsOf('referrals?physician_id=fhir:doc')).toEqual([made.body.id]);
    expect(await idsOf('referrals?physician_id=doc')).toEqual([]);
    const call = await ask('POST', 'bookings', {
      ...{ contact_id: 'fhir:cli-own', physician_id: 'fhir:doc', booking_date: '2099-02-01T08:00:00Z' },
    });
    expect(call.body).toMatchObject({ contact_id: 'fhir:cli-own', physician_id: 'fhir:doc' });
    expect(await idsOf('bookings?physician_id=fhir:doc')).toEqual([call.body.id]);
    expect(await idsOf('bookings?physician_id=doc')).toEqual([]);
    expect(await idsOf('physicians/fhir:doc/bookings')).toEqual([call.body.id]);
    const lead = await ask('POST', 'leads', { last_name: 'Taken on' });
    const convert = (physician_id: string) => ask('POST', `leads/${lead.body.id}:convert`, { physician_id });
    expectProblem(await convert('doc'), 422, { pointer: '#/physician_id' });
    expect((await convert('fhir:doc')).body).toMatchObject({ physician_id: 'fhir:doc' });
  });

  it('has hospitals and reviews that were made so too', async () => {
    const coding = [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'prov' }];
    await stored({ resourceType: 'Organization', id: 'hosp', type: [{ coding }], name: 'Made' });
    const at = (hospital_id: string) => ask('POST', 'leads', { last_name: 'Of hospital', hospital_id });
    expectProblem(await at('hosp'), 422, { pointer: '#/hospital_id' });
    const lead = await at('fhir:hosp');
    expect(lead.body.hospital_id).toBe('fhir:hosp');
    expect((await ask('GET', lead.body._links.hospital.href)).body.name).toBe('Made');
    const reference = 'Patient/cli-own';
    const candidate = { reference: 'Patient/nobody', score: 50, because: ['The name is the same.'] };
    await stored({ ...reviewTask({ reference }, [candidate], '2026-01-31T10:20:00Z'), id: 'review' });
    const [listed] = (await ask('GET', 'lead-reviews?person=fhir:cli-own')).body.data;
    expect(listed).toMatchObject({
      ...{ id: 'fhir:review', lead_id: 'fhir:cli-own', patient_id: 'fhir:cli-own' },
      candidates: [{ lead_id: 'fhir:nobody', patient_id: 'fhir:nobody' }],
    });
    expect((await ask('GET', listed._links.self.href)).body).toEqual(listed);
    expect(await idsOf('lead-reviews?person=cli-own')).toEqual([]);
    expectProblem(await ask('GET', 'lead-reviews/review'), 404);
  });

  it('is told by its marked id, where it is gone or no patient at all', async () => {
    await stored({ resourceType: 'Group', id: '1', type: 'person', actual: true });
    const of = (id: string, subject: object) =>
      stored({ resourceType: 'Condition', id, code: { text: id }, subject });
    await of('of-none', { reference: 'Patient/nobody' });
    await of('of-group', { reference: 'Group/1' });
    await of('of-other-server', { reference: 'https://ehr.example/fhir/Patient/1' });
    await of('of-record', { identifier: { system: 'urn:ehr:records', value: '1' } });
    expect((await ask('GET', 'conditions/fhir:of-none')).body.patient_id).toBe('fhir:nobody');
    for (const id of ['of-group', 'of-other-server', 'of-record']) {
      const { body } = await ask('GET', `conditions/fhir:${id}`);
      expect(body.id).toBe(`fhir:${id}`);
      expect(body).not.toHaveProperty('patient_id');
      expect(body._links).not.toHaveProperty('patient');
    }
  });
});
