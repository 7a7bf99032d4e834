// Whoever is deleted while somebody writes about them: one of the two is told, on whichever of two servers, and no record is left of
// nobody.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';

let servers: TestServer[];
beforeAll(async () => {
  const first = await startTestServer();
  servers = [first, await startTestServer({ DATABASE_URL: first.databaseUrl })];
});
afterAll(async () => {
  for (const server of servers.toReversed()) await server.stop();
});

const call = (n: number, method: string, path: string, body?: unknown): Promise<Answer> =>
  send(method, `${servers[n]!.base.replace('/fhir/R4', '/api/v1')}/${path}`, body, {
    ...(body !== undefined && { 'content-type': 'application/json' }),
  });
const made = async (path: string, body: unknown): Promise<string> => {
  const answer = await call(0, 'POST', path, body);
  expect({ status: answer.status, detail: answer.body.detail }).toEqual({ status: 201, detail: undefined });
  return answer.body.id;
};
const patient = () => made('patients', { last_name: 'Racer' });
const physician = () => made('physicians', { last_name: 'Ohm' });

describe.each<
  [
    what: string,
    deleted: () => Promise<[list: string, id: string]>,
    write: (id: string) => Promise<[string, unknown]>,
  ]
>([
  [
    'a patient beside a study',
    async () => ['patients', await patient()],
    async (id) => ['studies', { patient_id: id, urgency_level: 'LOW', body_part: 'CHEST', type: 'CT' }],
  ],
  [
    'a patient beside a booking',
    async () => ['patients', await patient()],
    async (id) => ['bookings', { patient_id: id, booking_date: '2031-01-01T10:00:00Z' }],
  ],
  [
    'a patient beside a condition',
    async () => ['patients', await patient()],
    async (id) => ['conditions', { patient_id: id, medical_condition: 'DMD' }],
  ],
  [
    'a patient beside a referral',
    async () => ['patients', await patient()],
    async (id) => ['referrals', { patient_id: id, kind: 'ct', trial_id: 'T-1' }],
  ],
  [
    'a physician beside a booking',
    async () => ['physicians', await physician()],
    async (id) => [
      'bookings',
      { patient_id: await patient(), physician_id: id, booking_date: '2031-01-01T10:00:00Z' },
    ],
  ],
  [
    'a physician beside a referral',
    async () => ['physicians', await physician()],
    async (id) => [
      'referrals',
      { patient_id: await patient(), physician_id: id, kind: 'ct', trial_id: 'T-2' },
    ],
  ],
  [
    'a physician beside an interaction',
    async () => ['physicians', await physician()],
    async (id) => [
      `patients/${await patient()}/interactions`,
      { doctor: id, time: '2026-01-31T10:20:00Z', kind: 'phone', outcome: 'healthy' },
    ],
  ],
])('%s', (_what, deleted, write) => {
  it('is deleted, or kept for the record', async () => {
    for (let round = 0; round < 4; round++) {
      const [list, id] = await deleted();
      const [path, body] = await write(id);
      const [gone, written] = await Promise.all([
        call(round % 2, 'DELETE', `${list}/${id}`),
        call((round + 1) % 2, 'POST', path, body),
      ]);
      const outcome = `${gone.status} ${written.status}`;
      expect(['204 422', '409 201']).toContain(outcome);
    }
  });
});

it('keeps what other systems have left of nobody changeable', async () => {
  const base = servers[0]!.base;
  const orphan = await send('POST', `${base}/Condition`, {
    ...{ resourceType: 'Condition', subject: { reference: 'Patient/nobody-there' }, code: { text: 'Ague' } },
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'active' }],
    },
  });
  expect(orphan.status).toBe(201);
  const path = `conditions/${orphan.body.id}`;
  const changed = await send(
    'PATCH',
    `${base.replace('/fhir/R4', '/api/v1')}/${path}`,
    { note: 'Old' },
    {
      'content-type': 'application/merge-patch+json',
    },
  );
  expect({ status: changed.status, detail: changed.body.detail }).toEqual({ status: 200, detail: undefined });
});

it('changes a report of another system that has no order', async () => {
  const base = servers[0]!.base;
  const rad = { system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'RAD' };
  const subject = {
    reference: (
      await send('POST', `${base}/Patient`, { resourceType: 'Patient', name: [{ family: 'Z' }] })
    ).headers
      .get('location')!
      .split('/')
      .slice(-4, -2)
      .join('/'),
  };
  const report = await send('POST', `${base}/DiagnosticReport`, {
    ...{ resourceType: 'DiagnosticReport', status: 'final', category: [{ coding: [rad] }], subject },
    code: { text: 'CT thorax' },
  });
  expect(report.status).toBe(201);
  const changed = await send(
    'PATCH',
    `${base.replace('/fhir/R4', '/api/v1')}/studies/${report.body.id}`,
    { description: 'New' },
    {
      'content-type': 'application/merge-patch+json',
    },
  );
  expect({ status: changed.status, detail: changed.body.detail }).toEqual({ status: 200, detail: undefined });
  expect(changed.body.description).toBe('New');
});
