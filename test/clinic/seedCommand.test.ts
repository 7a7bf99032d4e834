// `salus seed`: one doctor and one patient, once.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { SEEDED, seed } from '../../server/clinic/seedCommand.ts';
import { readConfig } from '../../server/config.ts';
import { createServices, type Services } from '../../server/services.ts';
import { createLogger } from '../../server/telemetry.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
let services: Services;

beforeAll(async () => {
  server = await startTestServer();
  const config = readConfig({ DATABASE_URL: server.databaseUrl, DATA_DIR: 'node_modules/.cache/salus-test' });
  services = await createServices(config, createLogger('error'));
});
afterAll(async () => {
  await services.close();
  await server.stop();
});

it('stores both once, and they can be used at once', async () => {
  const first = await seed(services);
  const second = await seed(services);
  expect(first.map(({ change, type }) => `${change} ${type}`)).toEqual([
    'created Practitioner',
    'created Patient',
  ]);
  expect(second.map(({ change }) => change)).toEqual(['matched', 'matched']);
  expect(second.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
  for (const { type, id } of first) {
    const { body } = await send('GET', `${server.base}/${type}/${id}`);
    const judged = await send('POST', `${server.base}/${type}/$validate`, body);
    const errors = judged.body.issue.filter(({ severity }: { severity: string }) => severity === 'error');
    expect(errors).toEqual([]);
  }
  const path = `${server.base.replace('/fhir/R4', '/api/v1')}/patients/${SEEDED.patient}/interactions`;
  const visit = { doctor: SEEDED.doctor, time: '2026-01-31T10:20:00Z', kind: 'video', outcome: 'healthy' };
  const made = await send('POST', path, visit, { 'content-type': 'application/json' });
  expect(made.status).toBe(201);
  expect(made.body.doctor_name).toBe('Dr. Lucia Ortega');
});
