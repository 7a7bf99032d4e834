// CapabilityStatement.rest.resource.supportedProfile: the profiles that are held, published, this project's and stored.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { ask, batch, type Json } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
});
afterAll(() => server.stop());

const of = (statement: Json, type: string): string[] =>
  statement.rest[0].resource.find((resource: Json) => resource.type === type).supportedProfile ?? [];
const profilesOf = async (type: string) => of((await send('GET', `${base}/metadata`)).body, type);

it('lists published profiles and ours, each at its type', async () => {
  expect(await profilesOf('Patient')).toEqual(
    expect.arrayContaining([
      'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient',
      'https://salus.example/fhir/StructureDefinition/salus-patient',
    ]),
  );
  const ofObservation = await profilesOf('Observation');
  expect(ofObservation).toContain('http://hl7.org/fhir/StructureDefinition/vitalsigns');
  expect(ofObservation).not.toContain('https://salus.example/fhir/StructureDefinition/salus-patient');
  expect(await profilesOf('Account')).toEqual([]);
});

it('lists stored profiles from the moment they are stored, in batches too', async () => {
  const url = 'https://example.org/fhir/StructureDefinition/account';
  const profile = {
    ...{ resourceType: 'StructureDefinition', id: 'account', url, name: 'OurAccount', status: 'active' },
    ...{ kind: 'resource', abstract: false, type: 'Account', derivation: 'constraint' },
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Account',
    differential: { element: [{ id: 'Account.name', path: 'Account.name', min: 1 }] },
  };
  expect((await send('PUT', `${base}/StructureDefinition/account`, profile)).status).toBe(201);
  expect(await profilesOf('Account')).toEqual([url]);
  const { body } = await send('POST', base, batch([ask('GET', 'metadata')]));
  expect(of(body.entry[0].resource, 'Account')).toEqual([url]);
  const { headers } = await send('GET', `${base}/metadata`);
  expect(
    (await send('GET', `${base}/metadata`, undefined, { 'if-none-match': headers.get('etag')! })).status,
  ).toBe(304);
  await send('PUT', `${base}/StructureDefinition/account`, { ...profile, status: 'retired' });
  expect(await profilesOf('Account')).toEqual([]);
});
