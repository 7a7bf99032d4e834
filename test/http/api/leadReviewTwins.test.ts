// What a merge leaves twice is told, and nothing of it is removed; the links of a decided review lead to the survivor.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { clinicPatients, contacts, person, type Reviews, reviewsOf } from './madeReviews.ts';

let server: TestServer;
let reviews: Reviews;
beforeAll(async () => {
  server = await startTestServer();
  reviews = reviewsOf(server);
});
afterAll(() => server.stop());

const call = (method: string, path: string, body?: unknown): Promise<Answer> =>
  send(method, `${server.base.replace('/fhir/R4', '/api/v1')}/${path}`, body, {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
  });
const named = { name: [{ use: 'official', family: 'Trevino', given: ['Jorge'] }] };
const identified = (id: string) => ({
  identifier: [
    { system: contacts, value: `c-${id}` },
    { system: clinicPatients, value: `p-${id}` },
  ],
});

describe('POST /lead-reviews/{id}:resolve', () => {
  it('tells what is there twice, by its ids', async () => {
    await reviews.put(
      person('t-old', 'patient', { ...named, ...identified('t-old') }),
      person('t-new', 'patient', { ...named, ...identified('t-new') }),
    );
    for (const side of ['old', 'new']) {
      const patient_id = `p-t-${side}`;
      const booking_date = side === 'old' ? '2031-01-01T10:00:00Z' : '2031-01-01T11:00:00+01:00';
      for (const [path, body] of [
        ['referrals', { id: `ct-${side}`, kind: 'ct', trial_id: 'NCT1' }],
        [
          'referrals',
          { id: `eap-${side}`, kind: 'eap', product: side === 'old' ? 'Givinostat' : 'givinostat' },
        ],
        ['referrals', { id: `own-${side}`, kind: 'ct', trial_id: `T-${side}` }],
        ['conditions', { id: `co-${side}`, medical_condition: 'DMD' }],
        ['conditions', { id: `no-${side}`, medical_condition: 'GBM', verification: 'refuted' }],
        ['bookings', { id: `b-${side}`, booking_date }],
        ['bookings', { id: `x-${side}`, booking_date: '2031-02-01T10:00:00Z', status: 'cancelled' }],
      ] as const) {
        const made = await call('POST', path, { ...body, patient_id });
        expect({ path, id: body.id, status: made.status }).toEqual({ path, id: body.id, status: 201 });
      }
    }
    const id = await reviews.review('t-new', 't-old');
    const { status, body } = await reviews.resolve(id, { decision: 'same' });
    expect(status).toBe(200);
    expect(body.differences).toHaveLength(4);
    expect(body.differences.join(' ')).toMatch(
      /trial "NCT1": "ct-old" of the older one, "ct-new" of the newer/,
    );
    expect(body.differences.join(' ')).toMatch(/"Givinostat": "eap-old" .*"eap-new"/);
    expect(body.differences.join(' ')).toMatch(/condition "DMD": "co-old" .*"co-new"/);
    expect(body.differences.join(' ')).toMatch(/a call at 2031-01-01T10:00:00Z: "b-old" .*"b-new"/);
    const kept = await call('GET', 'referrals?patient_id=p-t-old');
    expect(kept.body.data).toHaveLength(6);
  });

  it('has links that lead to the survivor, and to whom that becomes', async () => {
    await reviews.put(
      person('l-1', 'lead', { ...named, ...identified('l-1') }),
      person('l-2', 'lead', named),
      person('l-3', 'lead', { ...named, ...identified('l-3') }),
    );
    const first = await reviews.review('l-2', 'l-1');
    const second = await reviews.review('l-1', 'l-3');
    const linked = async (id: string) => {
      const { body } = await reviews.get(`lead-reviews/${id}`);
      const read = await Promise.all(
        ['patient', 'lead'].map(async (name) => {
          const answer = await reviews.get(body._links[name].href);
          return [answer.status, answer.body._links?.fhir.href.split('/').at(-1)];
        }),
      );
      return { merged_into: body.merged_into, read };
    };
    await reviews.resolve(first, { decision: 'same' });
    expect(await linked(first)).toEqual({
      merged_into: 'p-l-1',
      read: [
        [200, 'l-1'],
        [200, 'l-1'],
      ],
    });
    await reviews.resolve(second, { decision: 'same' });
    expect(await linked(first)).toEqual({
      merged_into: 'p-l-3',
      read: [
        [200, 'l-3'],
        [200, 'l-3'],
      ],
    });
    expect(await linked(second)).toEqual({
      merged_into: 'p-l-3',
      read: [
        [200, 'l-3'],
        [200, 'l-3'],
      ],
    });
  });
});
