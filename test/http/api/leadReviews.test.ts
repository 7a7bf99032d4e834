// The list of leads who may be known already, and the decision that they are not.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';
import { clinicPatients, contacts, person, type Reviews, reviewsOf } from './madeReviews.ts';

let server: TestServer;
let api: string;
let reviews: Reviews;

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  reviews = reviewsOf(server);
});
afterAll(() => server.stop());

const jose = {
  name: [{ use: 'official', family: 'Villalobos', given: ['Jose'] }],
  telecom: [{ system: 'email', value: 'pepe@ejemplo.com' }],
  birthDate: '1955-04-10',
};
const idsOf = async (query: string): Promise<string[]> => {
  const { status, body, text } = await reviews.get(`lead-reviews${query}`);
  expect({ status, text }).toMatchObject({ status: 200 });
  return body.data.map(({ id }: { id: string }) => id);
};

describe('a review', () => {
  it('tells who the lead is, and who it may be, the likeliest first', async () => {
    await reviews.put(
      person('r1-new', 'lead', { name: [{ family: 'Villalobos' }], telecom: jose.telecom }),
      person('r1-old', 'patient', {
        ...jose,
        identifier: [
          { system: contacts, value: 'c-r1-old' },
          { system: clinicPatients, value: 'p-1' },
        ],
      }),
      person('r1-other', 'lead', { name: [{ family: 'Villalobos', given: ['Ana'] }] }),
    );
    const other = { reference: 'Patient/r1-other', score: 35, because: ['The last name is the same.'] };
    const id = await reviews.review('r1-new', other, {
      ...{ reference: 'Patient/r1-old', score: 72.5 },
      because: ['The e-mail is the same.', 'The last name is the same.'],
    });
    const { status, body, headers } = await reviews.get(`lead-reviews/${id}`);
    expect(status).toBe(200);
    expect(headers.get('etag')).toMatch(/^W\/"1-[\w-]{8}"$/);
    const { _links, ...review } = body;
    expect(review).toEqual({
      ...{ id, state: 'open', created: '2026-01-31T10:20:00.000Z' },
      ...{ lead_id: 'c-r1-new', patient_id: 'fhir:r1-new', name: 'Villalobos', email: 'pepe@ejemplo.com' },
      candidates: [
        {
          ...{ lead_id: 'c-r1-old', patient_id: 'p-1', name: 'Jose Villalobos', birth_date: '1955-04-10' },
          ...{ email: 'pepe@ejemplo.com', score: 72.5 },
          because: ['The e-mail is the same.', 'The last name is the same.'],
        },
        {
          ...{ lead_id: 'c-r1-other', patient_id: 'fhir:r1-other', name: 'Ana Villalobos', score: 35 },
          because: ['The last name is the same.'],
        },
      ],
    });
    expect(_links).toMatchObject({
      self: { href: `${api}/lead-reviews/${id}` },
      patient: { href: `${api}/patients/fhir%3Ar1-new` },
      fhir: { href: `${server.base}/Task/${id}` },
    });
    expect(await reviews.faults(`Task/${id}`)).toEqual([]);
    expectProblem(await reviews.get('lead-reviews/none'), 404, { detail: 'There is no LeadReview' });
  });

  it('is made by the server alone', async () => {
    await reviews.put(person('r2-new', 'lead', jose), person('r2-old', 'lead', jose));
    const id = await reviews.review('r2-new', 'r2-old');
    for (const [method, path] of [
      ['POST', 'lead-reviews'],
      ['POST', 'lead-reviews:batch'],
      ['PUT', `lead-reviews/${id}`],
      ['PATCH', `lead-reviews/${id}`],
      ['DELETE', `lead-reviews/${id}`],
    ] as const) {
      const { status } = await send(method, `${api}/${path}`, {}, { 'content-type': 'application/json' });
      expect({ method, path, status }).toEqual({ method, path, status: path.includes(':') ? 404 : 405 });
    }
  });

  it('is no review where the Task is another, or was entered in error', async () => {
    await reviews.put({
      ...{ resourceType: 'Task', id: 'r-other', status: 'requested', intent: 'order' },
      code: { text: 'Call back' },
    });
    expectProblem(await reviews.get('lead-reviews/r-other'), 404);
    await reviews.put(person('r3-new', 'lead', jose), person('r3-old', 'lead', jose));
    const id = await reviews.review('r3-new', 'r3-old');
    const { body } = await reviews.fhir(`Task/${id}`);
    await reviews.put({ ...body, status: 'entered-in-error' });
    expectProblem(await reviews.get(`lead-reviews/${id}`), 404);
  });

  it('outlives the people it is about', async () => {
    await reviews.put(person('r4-new', 'lead', jose), person('r4-old', 'lead', jose));
    const id = await reviews.review('r4-new', 'r4-old');
    await send('DELETE', `${server.base}/Patient/r4-old`);
    const { body } = await reviews.get(`lead-reviews/${id}`);
    expect(body.candidates).toEqual([
      { lead_id: 'fhir:r4-old', patient_id: 'fhir:r4-old', score: 60, because: ['The e-mail is the same.'] },
    ]);
    expectProblem(await reviews.resolve(id, { decision: 'same' }), 409, {
      ...{ pointer: '#/decision', detail: 'Whoever may be the same person has been deleted' },
    });
    expect((await reviews.resolve(id, { decision: 'different' })).body).toMatchObject({ state: 'different' });
  });
});

describe('GET /lead-reviews', () => {
  it('lists the open ones unless asked otherwise, of one person, in the order that is asked for', async () => {
    const one = (id: string, n: string) =>
      person(id, 'lead', {
        ...jose,
        identifier: [
          { system: contacts, value: `c-${id}` },
          { system: clinicPatients, value: `p-list-${n}` },
        ],
      });
    await reviews.put(one('l1', '1'), one('l2', '2'), one('l3', '3'), one('l4', '4'));
    const open = await reviews.review('l1', 'l2');
    const apart = await reviews.review('l3', 'l2');
    const unlike = await reviews.review('l4', 'l3');
    const merged = await reviews.review('l4', 'l1');
    for (const id of [apart, unlike]) {
      expect((await reviews.resolve(id, { decision: 'different' })).status).toBe(200);
    }
    expect((await reviews.resolve(merged, { decision: 'same' })).status).toBe(200);
    const all = await idsOf('?pageSize=500');
    expect(all).toContain(open);
    expect(all).not.toContain(apart);
    expect(await idsOf('?state=different&person=fhir:l3')).toEqual([unlike, apart]);
    expect(await idsOf('?state=different&person=l3')).toEqual([]);
    expect(await idsOf('?state=different&person=p-list-3&sort=decided')).toEqual([apart, unlike]);
    expect(await idsOf('?state=different&person=c-l2')).toEqual([apart]);
    expect(await idsOf('?state=same&person=fhir:l4')).toEqual([merged]);
    expect(await idsOf('?person=p-list-2')).toEqual([open]);
    expect(await idsOf('?person=fhir:l3')).toEqual([]);
    expect(await idsOf('?person=a%22or(_id%5C%22')).toEqual([]);
    expectProblem(await reviews.get('lead-reviews?state=closed'), 400, { parameter: 'state' });
    expectProblem(await reviews.get('lead-reviews?sort=score'), 400, { parameter: 'sort' });
    const page = await reviews.get('lead-reviews?pageSize=1&total=true&sort=created');
    expect(page.body.total).toBe(all.length);
    expect((await reviews.get(page.body._links.next.href)).body.data).toHaveLength(1);
  });
});

describe('POST /lead-reviews/{id}:resolve with different', () => {
  it('closes it and leaves both as they are', async () => {
    await reviews.put(person('d1-new', 'lead', jose), person('d1-old', 'patient', jose));
    const id = await reviews.review('d1-new', 'd1-old');
    const before = await reviews.get(`lead-reviews/${id}`);
    const body = { decision: 'different', decided_by: 'Ana Pérez', note: 'Father and son.' };
    const decided = await reviews.resolve(id, body, { 'if-match': before.headers.get('etag')! });
    expect(decided.status).toBe(200);
    expect(decided.body).toMatchObject({
      ...{ id, state: 'different', decided_by: 'Ana Pérez', note: 'Father and son.' },
      decided: expect.stringMatching(/^\d{4}-\d{2}-\d{2}T.*Z$/),
    });
    expect(decided.body).not.toHaveProperty('merged_into');
    expect((await reviews.get(`lead-reviews/${id}`)).body).toEqual(decided.body);
    for (const one of ['d1-new', 'd1-old']) {
      expect((await reviews.fhir(`Patient/${one}`)).body.meta.versionId).toBe('1');
    }
    expect((await reviews.fhir(`Task/${id}`)).body).toMatchObject({
      ...{ status: 'completed', owner: { display: 'Ana Pérez' } },
      businessStatus: { coding: [{ code: 'different' }] },
    });
    expect(await reviews.faults(`Task/${id}`)).toEqual([]);
    // The same again changes nothing; something else is refused.
    const again = await reviews.resolve(id, body);
    expect({ status: again.status, tag: again.headers.get('etag'), body: again.body }).toEqual({
      ...{ status: 200, tag: decided.headers.get('etag'), body: decided.body },
    });
    expect((await reviews.resolve(id, { decision: 'different' })).body).toEqual(decided.body);
    expectProblem(await reviews.resolve(id, { decision: 'same' }), 409, {
      detail: 'It was decided by Ana Pérez on ',
    });
    expectProblem(await reviews.resolve(id, { ...body, note: 'Brothers.' }), 409, {
      detail: 'with other words',
    });
    const stale = await reviews.resolve(id, body, { 'if-match': before.headers.get('etag')! });
    expectProblem(stale, 412);
  });

  it.each<[what: string, body: unknown, pointer: string, detail: string]>([
    ['no decision', {}, '#/decision', '"decision" is missing'],
    ['another decision', { decision: 'maybe' }, '#/decision', 'must be one of same, different'],
    ['an unknown member', { decision: 'same', who: 1 }, '#/who', '"who" is not known here'],
    ['a blank note', { decision: 'same', note: ' ' }, '#/note', 'must not be blank'],
    ['somebody to merge with', { decision: 'different', patient_id: '3' }, '#/patient_id', 'leave it out'],
    [
      'a merge that is none',
      { decision: 'different', despite_differences: true },
      '#/despite_differences',
      'leave it out',
    ],
  ])('refuses %s', async (_what, body, pointer, detail) => {
    await reviews.put(person('d2-new', 'lead', jose), person('d2-old', 'lead', jose));
    const id = await reviews.review('d2-new', 'd2-old');
    expectProblem(await reviews.resolve(id, body), 422, { pointer, detail });
    expect((await reviews.get(`lead-reviews/${id}`)).body.state).toBe('open');
  });

  it('takes an Idempotency-Key, and says where there is no such review', async () => {
    await reviews.put(person('d3-new', 'lead', jose), person('d3-old', 'lead', jose));
    const id = await reviews.review('d3-new', 'd3-old');
    const key = { 'idempotency-key': 'd3' };
    const first = await reviews.resolve(id, { decision: 'different', note: 'One.' }, key);
    const again = await reviews.resolve(id, { decision: 'different', note: 'One.' }, key);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    expectProblem(await reviews.resolve('none', { decision: 'same' }), 404);
    expectProblem(await send('GET', `${api}/lead-reviews/${id}:resolve`), 405);
  });
});
