// Wards with an alert policy of their own: of values, scores and trends that belong to an encounter there.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Json } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { admit, create, found, fullSet, reading, untilFollowedUp, untilShipped } from './ward.ts';

let server: TestServer;
let inHospice: Json;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  await untilShipped(server);
  const { body: general } = await send('GET', `${server.base}/PlanDefinition/salus-alert-policy`);
  const { extension: _timing, ...rest } = general;
  const policy = {
    ...rest,
    ...{ id: 'hospice', url: 'http://example.org/hospice-policy', name: 'HospicePolicy' },
    useContext: [
      {
        code: { system: 'http://terminology.hl7.org/CodeSystem/usage-context-type', code: 'venue' },
        valueReference: { reference: 'Location/hospice' },
      },
    ],
    // Without a trigger a rule is switched off; trend rules are the same everywhere.
    action: general.action
      .filter(({ extension }: Json) => !JSON.stringify(extension).includes('salus-alert-trend'))
      .map(({ trigger: _trigger, condition: _condition, ...off }: Json) => off),
  };
  const { status, body } = await send('PUT', `${server.base}/PlanDefinition/hospice`, policy);
  expect({ status, issue: body.issue }).toEqual({ status: 201, issue: undefined });
  const encounter = await create(server, {
    resourceType: 'Encounter',
    status: 'in-progress',
    class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IMP' },
    location: [
      { location: { reference: 'Location/emergency' }, status: 'completed' },
      { location: { reference: 'Location/hospice' }, status: 'active' },
    ],
  });
  inHospice = { encounter: { reference: `Encounter/${encounter.id}` } };
});
afterAll(() => server.stop());

it('a value raises by the rules of its ward, elsewhere by those for everybody', async () => {
  await admit(server, 'resting');
  await create(server, reading('resting', 'pulse', 190, 3, inHospice));
  await untilFollowedUp(server);
  expect(await found(server, 'Flag?patient=resting')).toEqual([]);
  await create(server, reading('resting', 'pulse', 190, 2));
  await untilFollowedUp(server);
  expect(await found(server, 'Flag?patient=resting')).toHaveLength(1);
});

it('so does a score, which is of the encounter of its readings', async () => {
  for (const [patient, where] of [
    ['there', inHospice],
    ['elsewhere', {}],
  ] as const) {
    await admit(server, patient);
    for (const each of fullSet(patient, 0, { pulse: 135, temperature: 39.5 })) {
      await create(server, { ...each, ...where });
    }
  }
  await untilFollowedUp(server);
  const [score] = await found(server, 'Observation?patient=there&category=survey');
  expect(score).toMatchObject({ valueInteger: 5, ...inHospice });
  expect(await found(server, 'Flag?patient=there')).toEqual([]);
  const texts = (await found(server, 'Flag?patient=elsewhere')).map(({ code }) => code.text);
  expect(texts).toContainEqual(expect.stringContaining('NEWS2 5'));
});
