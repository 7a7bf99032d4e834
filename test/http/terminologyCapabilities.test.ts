// GET metadata?mode=terminology (terminologycapabilities.html): what is held and what the operations do.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { codeSystem } from '../terminology/testTerminology.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const read = () => send('GET', `${server.base}/metadata?mode=terminology`);
const systemIn = (body: { codeSystem: { uri: string }[] }, uri: string) =>
  body.codeSystem.find((system) => system.uri === uri);

describe('the TerminologyCapabilities', () => {
  it('describe the server, and can be stored', async () => {
    const { body, status } = await read();
    expect([status, body.resourceType, body.kind, body.implementation.url]).toEqual([
      200,
      'TerminologyCapabilities',
      'instance',
      server.base,
    ]);
    expect((await send('POST', `${server.base}/TerminologyCapabilities`, body)).status).toBe(201);
  });

  it('list code systems that are held, and no others', async () => {
    const { body } = await read();
    expect(body.codeSystem.length).toBeGreaterThan(1000);
    expect(systemIn(body, 'http://hl7.org/fhir/administrative-gender')).toEqual({
      uri: 'http://hl7.org/fhir/administrative-gender',
      version: [{ code: '4.0.1', isDefault: true, compositional: false }],
      subsumption: true,
    });
    for (const uri of [
      'http://snomed.info/sct',
      'http://loinc.org',
      'http://hl7.org/fhir/CodeSystem/example-supplement',
    ]) {
      expect(systemIn(body, uri)).toBeUndefined();
    }
  });

  it('name parameters of $expand that are taken', async () => {
    const { body } = await read();
    const names: string[] = body.expansion.parameter.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['filter', 'offset', 'count', 'exclude-system']));
    const url = 'http://hl7.org/fhir/ValueSet/administrative-gender';
    for (const name of names) {
      if (name === 'url') continue;
      const answer = await send('GET', `${server.base}/ValueSet/$expand?url=${url}&${name}=x`);
      expect([name, answer.body.issue?.[0].code]).not.toEqual([name, 'not-supported']);
    }
  });

  it('follow what is stored, and answer 304 to who has them', async () => {
    const { headers } = await read();
    const again = () =>
      send('GET', `${server.base}/metadata?mode=terminology`, undefined, {
        'if-none-match': headers.get('etag')!,
      });
    expect((await again()).status).toBe(304);
    for (const version of ['1.9', '1.10']) {
      const more = { version, hierarchyMeaning: 'part-of', property: [{ code: 'p', type: 'string' }] };
      await send('POST', `${server.base}/CodeSystem`, codeSystem('held', ['a'], more));
    }
    const { body, status } = await again();
    expect([status, systemIn(body, 'http://t/held')]).toEqual([
      200,
      {
        uri: 'http://t/held',
        version: [
          { code: '1.10', isDefault: true, compositional: false, property: ['p'] },
          { code: '1.9', isDefault: false, compositional: false, property: ['p'] },
        ],
        subsumption: false,
      },
    ]);
    const full = await send('GET', `${server.base}/metadata`);
    expect(full.body.resourceType).toBe('CapabilityStatement');
  });
});
