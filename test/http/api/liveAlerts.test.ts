// From a reading to a listener: the write goes to one process, the listener is connected to another.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { reading } from '../../monitor/ward.ts';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { listenTo } from './eventListener.ts';

let server: TestServer;
let other: TestServer;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  other = await startTestServer({ VITALS: 'annotate', DATABASE_URL: server.databaseUrl });
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});

it('an alert is told when it is raised, acknowledged and withdrawn, as the list has it', async () => {
  const apiOf = ({ base }: TestServer) => base.replace('/fhir/R4', '/api/v1');
  const put = (path: string, resource: object) => send('PUT', `${server.base}/${path}`, resource);
  await put('Practitioner/12', { resourceType: 'Practitioner', id: '12' });
  await put('Patient/p', { resourceType: 'Patient', id: 'p', birthDate: '1970-01-01', gender: 'female' });
  const here = await listenTo(`${apiOf(server)}/alerts/stream`);
  const there = await listenTo(`${apiOf(other)}/alerts/stream?patient=p`);
  const both = (count: number) =>
    Promise.all([here, there].map((listener) => listener.until(() => listener.events.length === count)));

  const pulse = { ...reading('p', 'pulse', 190), id: 'o' };
  expect((await put('Observation/o', pulse)).status).toBe(201);
  await both(1);
  const raised = there.events[0]!.data.alert;
  expect(raised).toMatchObject({
    ...{ status: 'active', name: expect.stringMatching(/heart rate/i), acknowledged: false },
    patient: { id: 'p' },
    worst: { observation: 'Observation/o', value: 190, interpretation: 'HH' },
  });
  const seen = await send(
    'POST',
    raised._links.acknowledge.href,
    { who: 'Practitioner/12' },
    { 'content-type': 'application/json' },
  );
  expect(seen.status).toBe(200);
  await both(2);
  await put('Observation/o', { ...pulse, status: 'entered-in-error' });
  await both(3);
  for (const { events } of [here, there]) {
    expect(events.map(({ event }) => event)).toEqual(['raise', 'acknowledge', 'withdraw']);
    expect(events[1]!.data.alert).toMatchObject({ id: raised.id, acknowledged: true });
    expect(events[2]!.data.alert).toMatchObject({ id: raised.id, status: 'withdrawn' });
  }
  const { body } = await send('GET', `${apiOf(server)}/alerts?patient=p`);
  expect(body.data).toEqual([here.events[2]!.data.alert]);
  here.close();
  there.close();
});
