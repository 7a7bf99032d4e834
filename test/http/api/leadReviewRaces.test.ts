// Two records are merged while others write about the one that goes: whatever the order, all of it is the survivor's in the end.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { person, type Reviews, reviewsOf } from './madeReviews.ts';

let server: TestServer;
let reviews: Reviews;

beforeAll(async () => {
  server = await startTestServer();
  reviews = reviewsOf(server);
});
afterAll(() => server.stop());

it('loses no booking and no condition', async () => {
  const api = server.base.replace('/fhir/R4', '/api/v1');
  const post = (path: string, body: unknown): Promise<Answer> =>
    send('POST', `${api}/${path}`, body, { 'content-type': 'application/json' });
  const named = { name: [{ family: 'Trevino' }] };
  for (let i = 0; i < 12; i++) {
    const [old, fresh] = [`s${i}-old`, `s${i}-new`];
    await reviews.put(person(old, 'lead', named), person(fresh, 'lead', named));
    const id = await reviews.review(fresh, old);
    // By the identifier, and by the FHIR id.
    const later = (turn: number) => new Promise((resolve) => setTimeout(resolve, 4 * turn * (i % 4)));
    const answers = await Promise.all([
      reviews.resolve(id, { decision: 'same' }),
      ...[1, 2, 3].map(async (turn) => {
        await later(turn);
        return post('bookings', { contact_id: `c-${fresh}`, booking_date: `2031-01-0${turn}T10:00:00Z` });
      }),
      post('conditions', { patient_id: `fhir:${fresh}`, medical_condition: 'Glioblastoma' }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 201, 201, 201, 201]);
    const countOf = async (type: string, patient: string) =>
      (await reviews.fhir(`${type}?patient=${patient}&_total=accurate`)).body.total;
    const counts = await Promise.all(
      ['Appointment', 'Condition'].flatMap((type) => [countOf(type, old), countOf(type, fresh)]),
    );
    expect({ i, counts }).toEqual({ i, counts: [3, 0, 1, 0] });
  }
}, 60_000);
