// Formats and charsets: Accept, _format and Content-Type (http.html#mime-type, #version-parameter).

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
let patient: string;
beforeAll(async () => {
  server = await startTestServer();
  patient = `${server.base}/Patient/p`;
  await send('PUT', patient, { resourceType: 'Patient', id: 'p' });
});
afterAll(() => server.stop());

describe('Accept and _format', () => {
  it('answers FHIR JSON to every way of asking for it', async () => {
    const accepts = [
      'application/fhir+json',
      'application/json',
      'APPLICATION/FHIR+JSON; Charset=UTF-8',
      'application/fhir+json; fhirVersion=4.0',
      'application/xml;q=0.9, application/fhir+json;q=0.8',
      'application/fhir+json;fhirVersion=5.0, application/fhir+json;fhirVersion=4.0',
      '*/*',
      'application/*',
      'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    ];
    for (const accept of accepts) {
      const { status, headers } = await send('GET', patient, undefined, { accept });
      expect([accept, status, headers.get('content-type')]).toEqual([
        accept,
        200,
        'application/fhir+json; charset=utf-8',
      ]);
    }
    for (const format of [
      'json',
      'application/json',
      'application/fhir%2Bjson',
      'application/fhir+json',
      'text/json',
    ]) {
      expect([
        format,
        (await send('GET', `${patient}?_format=${format}`, undefined, { accept: 'text/turtle' })).status,
      ]).toEqual([format, 200]);
    }
  });

  it('refuses other formats with 406', async () => {
    const accepts = [
      'application/fhir+xml',
      'application/xml, text/turtle',
      'application/fhir+json;q=0',
      'application/fhir+json; fhirVersion=3.0',
      'application/fhir+json; charset=latin1',
    ];
    for (const accept of accepts) {
      expectRefusal(await send('GET', patient, undefined, { accept }), 406, { code: 'not-supported' });
      expectRefusal(
        await send('POST', `${server.base}/Patient`, { resourceType: 'Patient' }, { accept }),
        406,
      );
    }
    for (const format of [
      'xml',
      'ttl',
      'application/fhir+xml',
      'application/fhir%2Bjson;fhirVersion=3.0',
      '',
    ]) {
      expectRefusal(await send('GET', `${patient}?_format=${format}`), 406);
    }
    expect((await send('GET', `${server.base}/Patient?_summary=count`)).body.total).toBe(1);
  });
});

describe('Content-Type', () => {
  const post = (type: string) =>
    send(
      'POST',
      `${server.base}/Basic`,
      { resourceType: 'Basic', code: { text: 'x' } },
      { 'content-type': type },
    );

  it('takes FHIR JSON and plain JSON in UTF-8', async () => {
    for (const type of [
      'application/fhir+json',
      'application/json',
      'Application/FHIR+JSON; charset="UTF-8"',
      'application/fhir+json; fhirVersion=4.0',
    ]) {
      expect([type, (await post(type)).status]).toEqual([type, 201]);
    }
  });

  it('refuses everything else with 415', async () => {
    for (const type of [
      'application/fhir+xml',
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/fhir+json; charset=iso-8859-1',
      'application/fhir+json; fhirVersion=5.0',
    ]) {
      expectRefusal(await post(type), 415, { code: 'not-supported' });
    }
    const untyped = await fetch(`${server.base}/Basic`, { method: 'POST', body: new Blob(['{}']) });
    expect(untyped.status).toBe(415);
  });

  it('refuses bytes that are no UTF-8', async () => {
    const body = Buffer.concat([
      Buffer.from('{"resourceType":"Patient","name":[{"text":"'),
      Buffer.from([0xe4]),
      Buffer.from('"}]}'),
    ]);
    const answer = await fetch(`${server.base}/Patient`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/fhir+json' },
    });
    expect([answer.status, await answer.json()]).toMatchObject([400, { resourceType: 'OperationOutcome' }]);
  });

  it('takes a byte order mark for what it is', async () => {
    expect((await send('POST', `${server.base}/Patient`, '\ufeff{"resourceType":"Patient"}')).status).toBe(
      201,
    );
  });
});
