// What an EHR changes of a referral shows, and is not written over.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

let server: TestServer;
let api: string;

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  await call('POST', 'patients', { id: '1', last_name: 'Luna' });
});
afterAll(() => server.stop());

const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  send(method, `${api}/${path}`, body, {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
  });
const get = (id: string) => call('GET', `referrals/${id}`);
const patch = (id: string, body: object) => call('PATCH', `referrals/${id}`, body);
const ids = async (query: string): Promise<string[]> =>
  (await call('GET', `referrals?${query}`)).body.data.map(({ id }: Json) => id);

/** A referral in a state, and its resources as an EHR reads and changes them. */
async function referral(id: string, ...states: object[]) {
  const kind = id.startsWith('ct')
    ? { kind: 'ct', trial_id: `T-${id}` }
    : { kind: 'eap', product: `P-${id}` };
  const made = await call('POST', 'referrals', { id, patient_id: '1', ...kind });
  expect(made.status).toBe(201);
  for (const state of states) expect((await patch(id, state)).status).toBe(200);
  const { body: request } = await send('GET', made.body._links.fhir.href);
  const journey = async (): Promise<Json> => {
    const place = `EpisodeOfCare?incoming-referral=ServiceRequest/${request.id}`;
    const reference = request.supportingInfo?.find(({ reference: to }: Json) =>
      to.startsWith('ResearchSubject'),
    );
    const read = await send('GET', `${server.base}/${reference?.reference ?? place}`);
    return reference ? read.body : read.body.entry[0].resource;
  };
  const change = async (resource: Json, members: object) => {
    const url = `${server.base}/${resource.resourceType}/${resource.id}`;
    expect((await send('PUT', url, { ...resource, ...members })).status).toBe(200);
  };
  const now = async () => (await send('GET', made.body._links.fhir.href)).body;
  return { request: now, journey, change };
}

describe('a ServiceRequest that an EHR has changed', () => {
  it('shows as cancelled once it is revoked, and is brought back on purpose only', async () => {
    const { request, change } = await referral('ct-1', { status: 'screening' });
    await change(await request(), { status: 'revoked' });
    const { body } = await get('ct-1');
    expect(body).toMatchObject({ status: 'cancelled', next_states: [] });
    expect(body.states.map(({ status }: Json) => status)).toEqual(['referred', 'screening', 'cancelled']);
    expectProblem(await patch('ct-1', { status: 'eligible' }), 409, { pointer: '#/status' });
    expect((await patch('ct-1', { ct_outcome: 'none' })).status).toBe(200);
    expect((await request()).status).toBe('revoked');
    expect(await ids('status=cancelled')).toEqual(['ct-1']);
    expect(await ids('status=screening')).toEqual([]);
    expect(await ids('open=true')).toEqual([]);
    const again = { id: 'ct-1b', kind: 'ct', patient_id: '1', trial_id: 'T-ct-1' };
    expect((await call('POST', 'referrals', again)).status).toBe(201);
    await call('DELETE', 'referrals/ct-1b');
    const undone = await call('POST', 'referrals/ct-1:undo', { status: 'cancelled', reason: 'Not so.' });
    expect(undone.body).toMatchObject({ status: 'screening' });
    expect(undone.body.states[2]).toMatchObject({ status: 'cancelled', undone_reason: 'Not so.' });
    expect((await request()).status).toBe('active');
    expect(await ids('status=screening')).toEqual(['ct-1']);
  });

  it('stays on hold when it goes on', async () => {
    const { request, change } = await referral('ct-2');
    await change(await request(), { status: 'on-hold' });
    expect((await get('ct-2')).body.status).toBe('referred');
    expect((await patch('ct-2', { status: 'screening' })).body.status).toBe('screening');
    expect((await request()).status).toBe('on-hold');
  });
});

describe('a ResearchSubject that an EHR has changed', () => {
  it.each([
    ['on-study', 'enrolled'],
    ['on-study-intervention', 'enrolled'],
    ['withdrawn', 'withdrawn'],
    ['off-study', 'completed'],
    ['ineligible', 'ineligible'],
    ['eligible', 'eligible'],
  ])('%s shows as %s', async (status, state) => {
    const id = `ct-${status}`;
    const { journey, change } = await referral(id, { status: 'screening' });
    await change(await journey(), { status, period: { start: '2026-02-03' } });
    const { body } = await get(id);
    expect(body).toMatchObject({ status: state });
    expect(body.states.map((each: Json) => each.status)).toEqual(['referred', 'screening', state]);
    expect((await patch(id, { ct_outcome: 'as told' })).body).toMatchObject({ status: state });
    expect(await journey()).toMatchObject({ status, period: { start: '2026-02-03' } });
    const isOver = body.next_states.length === 0;
    const again = await call('POST', 'referrals', { kind: 'ct', patient_id: '1', trial_id: `T-${id}` });
    expect(again.status).toBe(isOver ? 201 : 409);
    if (!isOver) expectProblem(again, 409, { detail: `"${id}", which is "${state}"` });
  });

  it('goes on from there', async () => {
    const { journey, request, change } = await referral('ct-3', { status: 'eligible' });
    await change(await journey(), { status: 'on-study', period: { start: '2026-02-03' } });
    const { body } = await patch('ct-3', { status: 'completed', ct_outcome: 'Week 48' });
    expect(body.states.map(({ status }: Json) => status)).toEqual([
      'referred',
      'eligible',
      'enrolled',
      'completed',
    ]);
    expect(body.states[2].date).toBe('2026-02-03');
    expect(await journey()).toMatchObject({ status: 'off-study', period: { start: '2026-02-03' } });
    expect((await request()).status).toBe('completed');
  });
});

describe('an EpisodeOfCare that an EHR has changed', () => {
  it('stays on hold when it goes on', async () => {
    const { journey, change } = await referral('eap-1');
    await change(await journey(), { status: 'onhold' });
    expect((await patch('eap-1', { product: 'Another' })).status).toBe(200);
    expect((await patch('eap-1', { status: 'approved' })).body.status).toBe('approved');
    expect(await journey()).toMatchObject({ status: 'onhold' });
    expect((await patch('eap-1', { status: 'enrolled' })).body.status).toBe('enrolled');
    expect(await journey()).toMatchObject({ status: 'active' });
  });

  it('shows what it has come to', async () => {
    const { journey, change } = await referral('eap-2', { status: 'approved' });
    await change(await journey(), { status: 'active', period: { start: '2026-03-01' } });
    expect((await get('eap-2')).body).toMatchObject({
      status: 'enrolled',
      eap_enrollment_date: '2026-03-01',
    });
    await change(await journey(), { status: 'cancelled' });
    expect((await get('eap-2')).body).toMatchObject({ status: 'cancelled', next_states: [] });
  });

  it('that was entered in error keeps the referral from going on', async () => {
    const { journey, change } = await referral('eap-3');
    const episode = await journey();
    await change(episode, { status: 'entered-in-error' });
    const detail = `EpisodeOfCare/${episode.id} was marked as entered in error`;
    expectProblem(await patch('eap-3', { status: 'approved' }), 409, { detail });
  });
});
