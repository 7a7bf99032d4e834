// The examples of the OpenAPI document, sent to a server that knows nothing yet, in the order of the document: each is taken.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clinicBelow, clinicResources } from '../../../server/clinic/clinicResources.ts';
import { exampleOf } from '../../../server/clinic/openApi/openApiParts.ts';
import type { Json } from '../../../server/clinic/things/clinicResource.ts';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ PROFILE_POLICY: 'enforce' });
});
afterAll(() => server.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const made = clinicResources.filter(({ readOnly }) => !readOnly);
/** Every example of a schema: those of the whole, else the one that is made of those of its members. */
const examplesOf = (schema: Json): Json[] =>
  (schema.examples as Json[] | undefined) ?? [exampleOf(schema) as Json];

describe('POST', () => {
  it.each(made.flatMap(({ name, schema }) => examplesOf(schema).map((body, n) => ({ name, n, body }))))(
    '/$name takes its example $n',
    async ({ name, body }) => {
      const api = server.base.replace('/fhir/R4', '/api/v1');
      const { status, text, body: thing } = await send('POST', `${api}/${name}`, body, JSON_TYPE);
      expect({ text, status: [200, 201].includes(status) }).toEqual({ text, status: true });
      if (body.id === undefined) return;
      // Whoever was known already is found by this id too.
      const read = await send('GET', `${api}/${name}/${body.id}`);
      expect(read.body._links.fhir).toEqual(thing._links.fhir);
    },
  );

  it.each(clinicBelow.map(({ parent, name, example }) => ({ parent, name, schema: example.schema })))(
    '/$parent/{id}/$name takes its example',
    async ({ parent, name, schema }) => {
      const of = exampleOf(clinicResources.find((one) => one.name === parent)!.schema) as Json;
      const api = server.base.replace('/fhir/R4', '/api/v1');
      const answer = await send('POST', `${api}/${parent}/${of.id}/${name}`, exampleOf(schema), JSON_TYPE);
      expect({ text: answer.text, status: answer.status }).toMatchObject({ status: 201 });
    },
  );
});
