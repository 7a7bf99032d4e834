// From the form of the landing page to one record: a doubtful lead, its review, and what the lists show once it is decided.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';

let server: TestServer;
let api: string;

beforeAll(async () => {
  server = await startTestServer({ PROFILE_POLICY: 'enforce' });
  api = server.base.replace('/fhir/R4', '/api/v1');
});
afterAll(() => server.stop());

const get = (path: string): Promise<Answer> => send('GET', path.startsWith('http') ? path : `${api}/${path}`);
const post = (path: string, body: unknown): Promise<Answer> =>
  send('POST', `${api}/${path}`, body, { 'content-type': 'application/json' });
const idsOf = async (path: string): Promise<string[]> => {
  const { status, body, text } = await get(path);
  expect({ path, status, text }).toMatchObject({ status: 200 });
  return body.data.map(({ id }: { id: string }) => id);
};
const diana = {
  ...{ first_name: 'Diana Laura', last_name: 'Del Toro', medical_condition: 'Glioblastoma' },
  ...{ email: 'diana@ejemplo.com', booking_date: '2031-01-31T10:20:00+01:00' },
};

describe('a doubtful lead', () => {
  it('becomes one with who it is, and is found as that person from then on', async () => {
    const first = await post('leads', diana);
    expect(first.status).toBe(201);
    const again = await post('leads', {
      ...{ ...diana, email: 'dtoro@trabajo.example', phone: '+528180000000' },
      booking_date: '2031-02-28T10:20:00+01:00',
    });
    expect(again.status).toBe(201);
    const [old, fresh] = [first.body.id, again.body.id];
    expect(fresh).not.toBe(old);
    const { body } = await get(`lead-reviews?person=${fresh}`);
    expect(body.data).toHaveLength(1);
    const [review] = body.data;
    expect(review).toMatchObject({ state: 'open', lead_id: fresh, candidates: [{ lead_id: old }] });
    expect(review.candidates[0].because.length).toBeGreaterThan(0);
    expect(await idsOf('leads')).toEqual(expect.arrayContaining([old, fresh]));

    const decided = await post(`lead-reviews/${review.id}:resolve`, { decision: 'same' });
    expect(decided.body).toMatchObject({ state: 'same', lead_id: fresh });
    const lead = await get(`leads/${old}`);
    expect(lead.body).toMatchObject({
      ...{ id: old, state: 'lead', returning: true, email: 'dtoro@trabajo.example', phone: '+528180000000' },
      booking_date: '2031-02-28T10:20:00+01:00',
    });
    for (const list of ['leads?state=all', 'contacts', 'patients']) {
      const ids = await idsOf(list);
      expect({ list, ids }).toEqual({ list, ids: expect.arrayContaining([old]) });
      expect({ list, ids }).toEqual({ list, ids: expect.not.arrayContaining([fresh]) });
    }
    expect(await idsOf(`bookings?contact_id=${old}`)).toHaveLength(2);
    expect(await idsOf('lead-reviews')).toEqual([]);
    // The person comes back by either address.
    for (const email of ['diana@ejemplo.com', 'dtoro@trabajo.example']) {
      const back = await post('leads', { ...diana, email, booking_date: undefined });
      expect({ email, status: back.status, id: back.body.id }).toEqual({ email, status: 200, id: old });
    }
    // A call that is booked for the old id is the person's.
    const call = await post('bookings', { contact_id: fresh, booking_date: '2031-03-31T10:20:00+01:00' });
    expect({ status: call.status, contact_id: call.body.contact_id }).toEqual({
      status: 201,
      contact_id: old,
    });
    expect((await get(`leads/${fresh}`)).body).toEqual((await get(`leads/${old}`)).body);
  });
});
