// Referrals of the plain JSON API: to clinical trials and to expanded access, from state to state, and what they are in FHIR.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

let server: TestServer;
let api: string;

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (path: string, body: unknown, headers = {}): Promise<Answer> =>
  send('POST', `${api}/${path}`, body, { ...JSON_TYPE, ...headers });
const put = (id: string, body: unknown, headers = {}): Promise<Answer> =>
  send('PUT', `${api}/referrals/${id}`, body, { ...JSON_TYPE, ...headers });
const patch = (id: string, body: unknown, headers = {}): Promise<Answer> =>
  send('PATCH', `${api}/referrals/${id}`, body, {
    'content-type': 'application/merge-patch+json',
    ...headers,
  });
const get = (path: string, headers = {}): Promise<Answer> =>
  send('GET', `${api}/${path}`, undefined, headers);
const fhir = (path: string): Promise<Answer> => send('GET', `${server.base}/${path}`);
const ids = ({ body }: Answer) => body.data.map(({ id }: Json) => id).sort();

const day = (fromNow: number) => new Date(Date.now() + fromNow * 86_400_000).toISOString().slice(0, 10);
const STATES = 'https://salus.example/fhir/CodeSystem/referral-states';

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  for (const id of ['1', '2', '3', '4']) {
    expect((await post('patients', { id, first_name: 'Ana', last_name: `Patient ${id}` })).status).toBe(201);
  }
  await send('PUT', `${server.base}/Practitioner/doc`, {
    ...{ resourceType: 'Practitioner', id: 'doc', name: [{ family: 'House' }] },
    identifier: [{ system: 'https://salus.example/fhir/sid/physicians', value: 'd-7' }],
  });
  for (const [id, patient] of [
    ['c-1', '1'],
    ['c-2', '2'],
  ] as const) {
    const subject = (await get(`patients/${patient}`)).body._links.fhir.href.split('/').slice(-2).join('/');
    await send('PUT', `${server.base}/Condition/${id}`, {
      ...{ resourceType: 'Condition', id, subject: { reference: subject }, code: { text: 'Duchenne' } },
    });
  }
});
afterAll(() => server.stop());

/** Everything that a referral is made of, each valid by the profiles that it claims. */
async function resourcesOf(thing: Answer): Promise<Record<string, Json>> {
  const request = await send('GET', thing.body._links.fhir.href);
  const names = [
    ...(request.body.supportingInfo ?? []).map(({ reference }: Json) => reference),
    ...(
      (await fhir(`EpisodeOfCare?incoming-referral=ServiceRequest/${request.body.id}`)).body.entry ?? []
    ).map(({ resource }: Json) => `EpisodeOfCare/${resource.id}`),
  ];
  const all = [request.body, ...(await Promise.all(names.map(async (name) => (await fhir(name)).body)))];
  for (const resource of all) {
    const judged = await send('POST', `${server.base}/${resource.resourceType}/$validate`, resource);
    const errors = judged.body.issue.filter(
      ({ severity, details }: Json) => severity !== 'information' && details?.coding?.[0]?.code !== 'dom-6',
    );
    expect({ of: resource.resourceType, errors }).toEqual({ of: resource.resourceType, errors: [] });
  }
  return Object.fromEntries(all.map((resource) => [resource.resourceType, resource]));
}

describe('POST /referrals', () => {
  it('refers a patient to a trial', async () => {
    const made = await post('referrals', {
      ...{ id: 'r-1', kind: 'ct', patient_id: '1', physician_id: 'd-7', condition_id: 'fhir:c-1' },
      ...{ trial_id: 'NCT/1 a', trial_title: 'Gene therapy', ct_referral_date: '2026-01-05' },
    });
    expect(made.status).toBe(201);
    const { _links, ...body } = made.body;
    expect(body).toEqual({
      ...{ id: 'r-1', kind: 'ct', patient_id: '1', physician_id: 'd-7', condition_id: 'fhir:c-1' },
      ...{ trial_id: 'NCT/1 a', trial_title: 'Gene therapy', ct_referral_date: '2026-01-05' },
      ...{ status: 'referred', status_since: '2026-01-05' },
      states: [{ status: 'referred', date: '2026-01-05' }],
      next_states: ['screening', 'eligible', 'ineligible', 'declined', 'cancelled'],
    });
    expect(_links.patient.href).toBe(`${api}/patients/1`);
    expect(_links.physician.href).toBe(`${api}/physicians/d-7`);
    expect((await get('referrals/r-1')).body).toEqual(made.body);
    const { ServiceRequest, ResearchSubject, ResearchStudy } = await resourcesOf(made);
    expect(ServiceRequest).toMatchObject({
      ...{ status: 'active', intent: 'order', authoredOn: '2026-01-05' },
      meta: { tag: [{ system: STATES, code: 'referred' }] },
      requester: { reference: 'Practitioner/doc' },
      reasonReference: [{ reference: 'Condition/c-1', display: 'Duchenne' }],
    });
    expect(ResearchSubject).toMatchObject({
      ...{ status: 'potential-candidate', study: { reference: `ResearchStudy/${ResearchStudy.id}` } },
      individual: ServiceRequest.subject,
    });
    expect(ResearchStudy).toMatchObject({ title: 'Gene therapy', status: 'active' });
  });

  it('asks for expanded access', async () => {
    const made = await post('referrals', {
      ...{ kind: 'eap', patient_id: '1', product: 'Givinostat', eap_number: 'EAP-1' },
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({
      ...{ product: 'Givinostat', eap_number: 'EAP-1', status: 'requested', eap_request_date: day(0) },
      next_states: ['approved', 'refused', 'cancelled'],
    });
    const { EpisodeOfCare, ServiceRequest } = await resourcesOf(made);
    expect(EpisodeOfCare).toMatchObject({ status: 'planned', patient: ServiceRequest.subject });
    expect(EpisodeOfCare).not.toHaveProperty('period');
    expect(ServiceRequest.orderDetail).toEqual([{ text: 'Givinostat' }]);
  });

  it.each<[what: string, body: Json, status: number, pointer: string, detail: string]>([
    ['no kind', { patient_id: '1' }, 422, '#/kind', 'is missing'],
    ['no patient', { kind: 'ct', trial_id: 'T' }, 422, '#/patient_id', 'is missing'],
    ['no trial', { kind: 'ct', patient_id: '1' }, 422, '#/trial_id', 'which trial'],
    ['another kind', { kind: 'x', patient_id: '1' }, 422, '#/kind', 'one of ct, eap'],
    [
      'a member of the other kind',
      { kind: 'ct', patient_id: '1', trial_id: 'T', product: 'P' },
      ...[422, '#/product', '"product" has to be left out'],
    ],
    [
      'a trial for expanded access',
      { kind: 'eap', patient_id: '1', trial_id: 'T' },
      ...[422, '#/trial_id', 'has to be left out'],
    ],
    [
      'a status of the other kind',
      { kind: 'eap', patient_id: '1', status: 'screening' },
      ...[422, '#/status', 'requested, approved'],
    ],
    [
      'a later status',
      { kind: 'eap', patient_id: '1', product: 'X', status: 'enrolled' },
      ...[409, '#/status', 'begins as "requested"'],
    ],
    [
      'what only the server tells',
      { kind: 'ct', patient_id: '1', trial_id: 'T', eligible: true },
      ...[422, '#/eligible', 'not known here'],
    ],
    ['an unknown patient', { kind: 'eap', patient_id: '99' }, 422, '#/patient_id', 'no patient "99"'],
    [
      'an unknown physician',
      { kind: 'eap', patient_id: '1', product: 'X', physician_id: 'x' },
      ...[422, '#/physician_id', 'no physician "x"'],
    ],
    [
      'a condition of somebody else',
      { kind: 'eap', patient_id: '1', product: 'X', condition_id: 'fhir:c-2' },
      ...[422, '#/condition_id', 'the patient has no condition "fhir:c-2"'],
    ],
    [
      'a day to come',
      { kind: 'eap', patient_id: '1', product: 'X', eap_request_date: '2999-01-01' },
      ...[422, '#/eap_request_date', 'in the future'],
    ],
    [
      'a day that is none',
      { kind: 'eap', patient_id: '1', product: 'X', eap_request_date: '2026-02-30' },
      ...[422, '#/eap_request_date', 'a date that exists'],
    ],
    [
      'two dates of one state',
      {
        kind: 'eap',
        patient_id: '1',
        product: 'X',
        eap_request_date: '2026-02-01',
        status_date: '2026-02-02',
      },
      ...[422, '#/status_date', 'the same date'],
    ],
    [
      'enrolment of what was only requested',
      { kind: 'eap', patient_id: '1', product: 'X', eap_enrollment_date: '2026-02-01' },
      ...[422, '#/eap_enrollment_date', 'becomes "enrolled"'],
    ],
    [
      'a reason of another state',
      { kind: 'ct', patient_id: '1', trial_id: 'T', ineligible_reason: 'Too old' },
      ...[422, '#/ineligible_reason', 'belongs to the status "ineligible"'],
    ],
  ] as Json)('refuses %s', async (_what, body, status, pointer, detail) => {
    expectProblem(await post('referrals', body), status, { pointer, detail });
  });

  it('refuses an id that is taken, another title of a trial, and leads', async () => {
    const body = { kind: 'ct', patient_id: '2', trial_id: 'NCT/1 a' };
    expectProblem(await post('referrals', { ...body, id: 'r-1' }), 409, { pointer: '#/id' });
    expectProblem(await post('referrals', { ...body, trial_title: 'Other' }), 409, {
      ...{ pointer: '#/trial_title', detail: 'is called "Gene therapy"' },
    });
    const lead = {
      ...{ resourceType: 'Patient', id: 'lead', name: [{ family: 'Lead' }] },
      meta: { tag: [{ system: 'https://salus.example/fhir/CodeSystem/person-states', code: 'lead' }] },
      identifier: [{ system: 'https://salus.example/fhir/sid/clinic-patients', value: 'lead' }],
    };
    await send('PUT', `${server.base}/Patient/lead`, lead);
    expectProblem(await post('referrals', { ...body, patient_id: 'lead' }), 409, {
      ...{ pointer: '#/patient_id', detail: ':convert' },
    });
  });

  it('makes one open referral to a trial per patient, whoever asks and however often at once', async () => {
    const body = { kind: 'ct', patient_id: '2', trial_id: 'T-RACE' };
    const rivals = await Promise.all([1, 2, 3, 4].map(() => post('referrals', body)));
    expect(rivals.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    const made = rivals.find(({ status }) => status === 201)!;
    const lost = rivals.find(({ status }) => status === 409)!;
    expectProblem(lost, 409, { pointer: '#/trial_id', detail: `"${made.body.id}", which is "referred"` });
    await patch(made.body.id, { status: 'cancelled', status_reason: 'Full' });
    expect((await post('referrals', body)).status).toBe(201);
    expect(ids(await get('patients/2/referrals?trial_id=T-RACE'))).toHaveLength(2);
    const studies = await fhir('ResearchStudy?identifier=https://salus.example/fhir/sid/crm-trials|T-RACE');
    expect(studies.body.entry).toHaveLength(1);
  });

  it('makes one study of a trial to which many are referred at once, also in one batch', async () => {
    const body = (patient_id: string, trial_id: string) => ({ kind: 'ct', patient_id, trial_id });
    const made = await Promise.all(['1', '2', '3', '4'].map((id) => post('referrals', body(id, 'T-NEW'))));
    expect(made.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const operations = ['1', '2', '3'].map((id) => ({ op: 'create', data: body(id, 'T-BATCH') }));
    const batch = await post('referrals:batch', { atomic: true, operations });
    expect(batch.body.results.map(({ status }: Json) => status)).toEqual([201, 201, 201]);
    for (const id of ['T-NEW', 'T-BATCH']) {
      const path = `ResearchStudy?identifier=https://salus.example/fhir/sid/crm-trials|${id}`;
      expect((await fhir(path)).body.entry).toHaveLength(1);
    }
    const twice = [1, 2].map(() => ({ op: 'create', data: body('4', 'T-TWICE') }));
    const refused = await post('referrals:batch', { atomic: true, operations: twice });
    expectProblem(refused, 422, {
      pointer: '#/operations/1',
      detail: 'about the same as operation 0',
    });
    expect((await get('referrals?trial_id=T-TWICE&total=true')).body.total).toBe(0);
  });
});

describe('the states of a referral', () => {
  it('lead through a trial, each with its date', async () => {
    const { body } = await post('referrals', {
      ...{ kind: 'ct', patient_id: '3', trial_id: 'T-WAY', ct_referral_date: '2026-01-01' },
    });
    await patch(body.id, { status: 'screening', status_date: '2026-01-10' });
    const eligible = await patch(body.id, { status: 'eligible', status_date: '2026-02-01' });
    expect(eligible.body).toMatchObject({ status: 'eligible', eligible: true, status_since: '2026-02-01' });
    expect((await resourcesOf(eligible)).ResearchSubject).toMatchObject({ status: 'eligible' });
    const enrolled = await patch(body.id, { status: 'enrolled', status_date: '2026-02-01' });
    expect(enrolled.body.next_states).toEqual(['completed', 'withdrawn']);
    expect(await resourcesOf(enrolled)).toMatchObject({
      ServiceRequest: { status: 'completed' },
      ResearchSubject: { status: 'on-study', period: { start: '2026-02-01' } },
    });
    expectProblem(await patch(body.id, { status: 'completed' }), 422, { pointer: '#/ct_outcome' });
    const completed = await patch(body.id, { status: 'completed', ct_outcome: 'Week 48' });
    expect(completed.body).toMatchObject({
      ...{ status: 'completed', status_since: day(0), ct_outcome: 'Week 48', eligible: true },
      next_states: [],
    });
    expect(completed.body.states.map(({ status }: Json) => status)).toEqual([
      ...['referred', 'screening', 'eligible', 'enrolled', 'completed'],
    ]);
    const { ResearchSubject } = await resourcesOf(completed);
    expect(ResearchSubject).toMatchObject({
      ...{ status: 'off-study', period: { start: '2026-02-01', end: day(0) } },
    });
    expectProblem(await patch(body.id, { status: 'enrolled' }), 409, {
      ...{
        pointer: '#/status',
        detail: 'The referral is "completed", and cannot become "enrolled": that is final',
      },
    });
    expectProblem(await patch(body.id, { ct_outcome: null }), 422, { pointer: '#/ct_outcome' });
  });

  it('lead through expanded access, with the history of its episode', async () => {
    const { body } = await post('referrals', {
      ...{ kind: 'eap', patient_id: '3', product: 'P', eap_request_date: '2026-01-01' },
    });
    await patch(body.id, { status: 'approved', status_date: '2026-01-08' });
    const enrolled = await patch(body.id, { status: 'enrolled', eap_enrollment_date: '2026-01-20' });
    expect(enrolled.body).toMatchObject({ eap_enrollment_date: '2026-01-20', status_since: '2026-01-20' });
    expect((await resourcesOf(enrolled)).EpisodeOfCare).toMatchObject({
      ...{ status: 'active', period: { start: '2026-01-20' } },
      statusHistory: [{ status: 'planned', period: { start: '2026-01-01', end: '2026-01-20' } }],
    });
    const corrected = await patch(body.id, { eap_enrollment_date: '2026-01-18' });
    expect((await resourcesOf(corrected)).EpisodeOfCare.period).toEqual({ start: '2026-01-18' });
    const ended = await patch(body.id, {
      ...{ status: 'discontinued', status_reason: 'Adverse event', status_date: '2026-03-01' },
    });
    expect(ended.body.states.at(-1)).toEqual({
      ...{ status: 'discontinued', date: '2026-03-01', reason: 'Adverse event' },
    });
    expect(await resourcesOf(ended)).toMatchObject({
      EpisodeOfCare: {
        ...{ status: 'finished', period: { start: '2026-01-18', end: '2026-03-01' } },
        statusHistory: [{ status: 'planned' }, { status: 'active', period: { end: '2026-03-01' } }],
      },
    });
  });

  it('tell why a patient is not eligible', async () => {
    const { body } = await post('referrals', { kind: 'ct', patient_id: '3', trial_id: 'T-NOT' });
    expectProblem(await patch(body.id, { status: 'ineligible' }), 422, { pointer: '#/ineligible_reason' });
    expectProblem(await patch(body.id, { status: 'ineligible', status_reason: 'Old' }), 422, {
      pointer: '#/status_reason',
    });
    expectProblem(await patch(body.id, { status: 'declined' }), 422, { pointer: '#/status_reason' });
    const out = await patch(body.id, { status: 'ineligible', ineligible_reason: 'Too old' });
    expect(out.body).toMatchObject({ eligible: false, ineligible_reason: 'Too old', next_states: [] });
    expect(out.body.states.at(-1)).toMatchObject({ reason: 'Too old' });
    expect(await resourcesOf(out)).toMatchObject({
      ...{ ServiceRequest: { status: 'completed' }, ResearchSubject: { status: 'ineligible' } },
    });
    const told = await patch(body.id, { ineligible_reason: 'Too old by a year' });
    expect(told.body.states.at(-1)).toMatchObject({ reason: 'Too old by a year' });
  });

  it('keep their dates in order', async () => {
    const { body } = await post('referrals', {
      ...{ kind: 'ct', patient_id: '3', trial_id: 'T-DATES', ct_referral_date: '2026-01-10' },
    });
    const at = (status: string, status_date: string) => patch(body.id, { status, status_date });
    expectProblem(await at('screening', '2026-01-09'), 422, {
      ...{ pointer: '#/status_date', detail: 'before 2026-01-10, when the referral became "referred"' },
    });
    expectProblem(await at('screening', day(3)), 422, { pointer: '#/status_date', detail: 'in the future' });
    expect((await at('screening', '2026-01-12')).status).toBe(200);
    expectProblem(await patch(body.id, { ct_referral_date: '2026-01-13' }), 422, {
      ...{ pointer: '#/ct_referral_date', detail: 'after 2026-01-12' },
    });
    const moved = await patch(body.id, { ct_referral_date: '2026-01-02', status_date: '2026-01-11' });
    expect(moved.body.states).toEqual([
      { status: 'referred', date: '2026-01-02' },
      { status: 'screening', date: '2026-01-11' },
    ]);
    expect((await resourcesOf(moved)).ServiceRequest.authoredOn).toBe('2026-01-02');
    expectProblem(await patch(body.id, { ct_referral_date: null }), 422, { pointer: '#/ct_referral_date' });
  });

  it('can be taken back, which stays visible', async () => {
    const { body } = await post('referrals', { kind: 'ct', patient_id: '3', trial_id: 'T-UNDO' });
    const path = `referrals/${body.id}:undo`;
    expectProblem(await post(path, { status: 'referred', reason: 'Oops' }), 409, {
      ...{ pointer: '#/status', detail: 'delete it' },
    });
    await patch(body.id, { status: 'ineligible', ineligible_reason: 'Too old' });
    expectProblem(await post(path, { status: 'ineligible' }), 422, { pointer: '#/reason' });
    const back = await post(path, { status: 'ineligible', reason: 'Another patient' });
    expect(back.status).toBe(200);
    expect(back.body).toMatchObject({
      status: 'referred',
      next_states: expect.arrayContaining(['screening']),
    });
    expect(back.body).not.toHaveProperty('eligible');
    expect(back.body).not.toHaveProperty('ineligible_reason');
    expect(back.body.states.at(-1)).toMatchObject({
      ...{ status: 'ineligible', undone: expect.any(String), undone_reason: 'Another patient' },
    });
    expect(await resourcesOf(back)).toMatchObject({
      ...{ ServiceRequest: { status: 'active' }, ResearchSubject: { status: 'potential-candidate' } },
    });
    expectProblem(await post(path, { status: 'ineligible', reason: 'Twice' }), 409, {
      detail: 'The referral is "referred"',
    });
    await patch(body.id, { status: 'cancelled', status_reason: 'Moved' });
    await post('referrals', { kind: 'ct', patient_id: '3', trial_id: 'T-UNDO' });
    expectProblem(await post(path, { status: 'cancelled', reason: 'Came back' }), 409, {
      ...{ pointer: '#/status', detail: 'open referral to the trial "T-UNDO" already' },
    });
  });
});

it('a state that is taken back while another referral is made leaves one of the two open', async () => {
  const body = { kind: 'ct', patient_id: '1', trial_id: 'T-SKEW' };
  const made = await post('referrals', body);
  await patch(made.body.id, { status: 'cancelled', status_reason: 'Full' });
  const answers = await Promise.all([
    post(`referrals/${made.body.id}:undo`, { status: 'cancelled', reason: 'Not full' }),
    post('referrals', body),
  ]);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(1);
  expect(ids(await get('referrals?trial_id=T-SKEW&status=referred'))).toHaveLength(1);
});

describe('PUT and PATCH /referrals/{id}', () => {
  it('take back what was given, and change nothing by it', async () => {
    const made = await post('referrals', {
      ...{ kind: 'eap', patient_id: '4', physician_id: 'd-7', product: 'A', eap_number: '7' },
    });
    const again = await put(made.body.id, made.body);
    expect({ status: again.status, tag: again.headers.get('etag') }).toEqual({
      ...{ status: 200, tag: made.headers.get('etag') },
    });
    expect(again.body).toEqual(made.body);
    const less = await put(made.body.id, { kind: 'eap', patient_id: '4', product: 'B' });
    expect(less.body).toMatchObject({ product: 'B', status: 'requested' });
    for (const name of ['physician_id', 'eap_number']) expect(less.body).not.toHaveProperty(name);
    await resourcesOf(less);
  });

  it('refuse another patient, kind or trial, and what only the server tells', async () => {
    const { body } = await post('referrals', { kind: 'ct', patient_id: '4', trial_id: 'T-FIX' });
    expectProblem(await patch(body.id, { patient_id: '1' }), 422, { pointer: '#/patient_id' });
    expectProblem(await patch(body.id, { trial_id: 'T-OTHER' }), 422, { pointer: '#/trial_id' });
    expectProblem(await patch(body.id, { trial_id: null }), 422, { pointer: '#/trial_id' });
    expectProblem(await patch(body.id, { kind: 'eap' }), 422);
    expectProblem(await patch(body.id, { next_states: ['enrolled'] }), 422, { pointer: '#/next_states' });
    expectProblem(await patch(body.id, { status: 'enrolled' }), 409, {
      ...{
        pointer: '#/status',
        detail: 'it can become screening, eligible, ineligible, declined, cancelled.',
      },
    });
    expectProblem(await patch('none', { status: 'screening' }), 404);
  });

  it('let one of two who move it at the same time through', async () => {
    const made = await post('referrals', { kind: 'ct', patient_id: '4', trial_id: 'T-IF' });
    const headers = { 'if-match': made.headers.get('etag')! };
    const answers = await Promise.all([
      patch(made.body.id, { status: 'screening' }, headers),
      patch(made.body.id, { status: 'eligible' }, headers),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
  });

  it('keep what an EHR has added', async () => {
    const made = await post('referrals', { kind: 'ct', patient_id: '4', trial_id: 'T-KEEP' });
    const { ServiceRequest } = await resourcesOf(made);
    const added = { note: [{ text: 'Call first' }], priority: 'urgent' };
    const supportingInfo = [...ServiceRequest.supportingInfo, { display: 'A letter' }];
    await send('PUT', `${server.base}/ServiceRequest/${ServiceRequest.id}`, {
      ...{ ...ServiceRequest, ...added, supportingInfo },
    });
    const moved = await patch(made.body.id, { status: 'screening', physician_id: 'd-7' });
    const now = (await send('GET', moved.body._links.fhir.href)).body;
    expect(now).toMatchObject({ ...added, requester: { reference: 'Practitioner/doc' } });
    expect(now.supportingInfo).toHaveLength(3);
  });
});

describe('DELETE /referrals/{id}', () => {
  it('deletes it with what was made for it, not the trial', async () => {
    const made = await post('referrals', { id: 'gone', kind: 'ct', patient_id: '4', trial_id: 'T-DEL' });
    const { ResearchSubject, ResearchStudy } = await resourcesOf(made);
    expect((await send('DELETE', `${api}/referrals/gone`)).status).toBe(204);
    expectProblem(await get('referrals/gone'), 404);
    expect((await fhir(`ResearchSubject/${ResearchSubject.id}`)).status).toBe(410);
    expect((await fhir(`ResearchStudy/${ResearchStudy.id}`)).status).toBe(200);
    const again = await post('referrals', { id: 'gone', kind: 'ct', patient_id: '4', trial_id: 'T-DEL' });
    expect(again.status).toBe(201);
    expect(again.body.states).toHaveLength(1);
  });
});

describe('GET /referrals', () => {
  it('is filtered and sorted', async () => {
    await post('patients', { id: 'list', last_name: 'List' });
    const make = (id: string, body: Json) => post('referrals', { id, patient_id: 'list', ...body });
    await make('l-1', { kind: 'ct', trial_id: 'L', ct_referral_date: '2025-03-01', physician_id: 'd-7' });
    await make('l-2', { kind: 'ct', trial_id: 'M', ct_referral_date: '2025-01-01' });
    await make('l-3', { kind: 'eap', product: 'L', eap_number: 'L-3', eap_request_date: '2025-02-01' });
    await patch('l-2', { status: 'screening', status_date: '2025-01-02' });
    const list = async (query: string) => ids(await get(`referrals?patient_id=list&${query}`));
    expect(await list('kind=ct')).toEqual(['l-1', 'l-2']);
    expect(await list('status=screening')).toEqual(['l-2']);
    expect(await list('status=screening,requested')).toEqual(['l-2', 'l-3']);
    expect(await list('trial_id=L')).toEqual(['l-1']);
    expect(await list('physician_id=d-7')).toEqual(['l-1']);
    expect(await list('eap_number=L-3')).toEqual(['l-3']);
    expect(await list('from=2025-02-01')).toEqual(['l-1', 'l-3']);
    expect(await list('from=2025-01-01&to=2025-02-01')).toEqual(['l-2', 'l-3']);
    const sorted = await get('patients/list/referrals?sort=-date');
    expect(sorted.body.data.map(({ id }: Json) => id)).toEqual(['l-1', 'l-3', 'l-2']);
    expect(sorted.body.data.map(({ trial_id }: Json) => trial_id)).toEqual(['L', undefined, 'M']);
    expectProblem(await get('referrals?status=lost'), 400, { parameter: 'status' });
  });

  it('shows what an EHR wrote with our category, and nothing else', async () => {
    const { body } = await get('patients/list');
    const subject = { reference: body._links.fhir.href.split('/').slice(-2).join('/') };
    const category = (code: string) => [
      { coding: [{ system: 'https://salus.example/fhir/CodeSystem/referral-kinds', code }] },
    ];
    const make = (id: string, more: Json) =>
      send('PUT', `${server.base}/ServiceRequest/${id}`, {
        ...{ resourceType: 'ServiceRequest', id, status: 'active', intent: 'order', subject, ...more },
      });
    await make('ehr-ct', { category: category('ct'), authoredOn: '2025-06' });
    await make('ehr-lab', { code: { text: 'Blood count' } });
    const found = await get('referrals/fhir:ehr-ct');
    expect(found.body).toMatchObject({
      id: 'fhir:ehr-ct',
      kind: 'ct',
      patient_id: 'list',
      status: 'referred',
    });
    expectProblem(await get('referrals/fhir:ehr-lab'), 404);
    await make('ehr-over', { category: category('eap'), status: 'completed' });
    const inState = async (status: string) => ids(await get(`referrals?patient_id=list&status=${status}`));
    expect(await inState('referred')).toEqual(['fhir:ehr-ct', 'l-1']);
    expect(await inState('cancelled,enrolled')).toEqual(['fhir:ehr-over']);
    expect(await inState('cancelled')).toEqual([]);
    const byFhirId = await get(`referrals?patient_id=${subject.reference.split('/')[1]}&status=referred`);
    expect(ids(byFhirId)).toEqual(['fhir:ehr-ct', 'l-1']);
    expect((await get('referrals/fhir:ehr-over')).body).toMatchObject({ kind: 'eap', status: 'enrolled' });
    const changed = await patch('fhir:ehr-ct', { trial_id: 'T-EHR', status: 'screening' });
    expect(changed.body).toMatchObject({ id: 'fhir:ehr-ct', trial_id: 'T-EHR', status: 'screening' });
    await resourcesOf(changed);
    await make('ehr-wrong', { category: category('eap'), status: 'entered-in-error' });
    expectProblem(await get('referrals/fhir:ehr-wrong'), 404);
  });
});
