// GET metadata (http.html#capabilities): the CapabilityStatement says what the server does, no more and no less.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

interface Capability {
  type: string;
  interaction: { code: string }[];
  searchParam: { name: string; type: string }[];
  operation?: { name: string; definition: string }[];
  [key: string]: unknown;
}

let server: TestServer;
let resources: Capability[];
beforeAll(async () => {
  server = await startTestServer();
  resources = (await send('GET', `${server.base}/metadata`)).body.rest[0].resource;
});
afterAll(() => server.stop());

const SAMPLES: Record<string, string> = {
  special: '1|2',
  token: 'true,false',
  string: 'Åa',
  reference: 'http://example.org/fhir/Patient/1',
  uri: 'http://example.org/x',
  date: 'ge2024-05',
  number: 'lt3.10',
  quantity: '5.4|http://unitsofmeasure.org|mg',
};

/** A value to search by; composites take one for each of their parts, which their names tell. */
function sampleFor({ name, type }: { name: string; type: string }): string {
  if (name === '_id') return 'abc,def';
  if (type !== 'composite') return SAMPLES[type]!;
  if (name.endsWith('-quantity')) return 'a|b$gt5';
  if (name.endsWith('-date')) return 'a$2024';
  if (name.endsWith('-coordinate')) return 'a$lt5$gt3';
  return name === 'relationship' ? 'DocumentReference/1$appends' : 'a$b';
}

/** Runs searches of one type as one batch; their statuses, in order. */
async function searches(type: string, queries: string[]): Promise<string[]> {
  const entry = queries.map((query) => ({ request: { method: 'GET', url: `${type}?${query}` } }));
  const { body } = await send('POST', server.base, { resourceType: 'Bundle', type: 'batch', entry });
  return body.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3));
}

describe('the CapabilityStatement', () => {
  it('describes the server', async () => {
    const { body } = await send('GET', `${server.base}/metadata`);
    expect(body).toMatchObject({
      resourceType: 'CapabilityStatement',
      status: 'active',
      kind: 'instance',
      fhirVersion: '4.0.1',
      implementation: { url: server.base },
      software: { name: 'Salus' },
    });
    expect(body.format).toContain('application/fhir+json');
    expect(body.patchFormat).toEqual(
      expect.arrayContaining(['application/json-patch+json', 'application/fhir+json']),
    );
    expect(body.rest[0].interaction.map(({ code }: { code: string }) => code).toSorted()).toEqual([
      'batch',
      'history-system',
      'search-system',
      'transaction',
    ]);
    expect((await send('POST', `${server.base}/CapabilityStatement`, body)).status).toBe(201);
  });

  it('lists every type with the interactions that it has', () => {
    expect(new Set(resources.map(({ type }) => type)).size).toBe(146);
    for (const resource of resources) {
      expect(resource.interaction.map(({ code }) => code).toSorted()).toEqual([
        'create',
        'delete',
        'history-instance',
        'history-type',
        'patch',
        'read',
        'search-type',
        'update',
        'vread',
      ]);
      expect(resource).toMatchObject({
        versioning: 'versioned-update',
        readHistory: true,
        updateCreate: true,
        conditionalCreate: true,
        conditionalRead: 'full-support',
        conditionalUpdate: true,
        conditionalDelete: 'single',
      });
    }
  });

  it('lists search parameters that work, and no other works', async () => {
    const wrong: string[] = [];
    const queue = [...resources];
    const client = async () => {
      for (let resource = queue.pop(); resource; resource = queue.pop()) {
        const { type, searchParam } = resource;
        const queries = [
          ...searchParam.map(
            (parameter) => `${parameter.name}=${encodeURIComponent(sampleFor(parameter))}&_count=1`,
          ),
          'no-such-parameter=x',
          '_query=x',
        ];
        const statuses = await searches(type, queries);
        queries.forEach((query, i) => {
          if (statuses[i] !== (i < searchParam.length ? '200' : '400'))
            wrong.push(`${type}?${query}: ${statuses[i]}`);
        });
      }
    };
    await Promise.all([client(), client(), client(), client()]);
    expect(wrong).toEqual([]);
  });

  it('lists a search parameter of another type for none', async () => {
    const parametersOf = (type: string) =>
      new Set(resources.find((resource) => resource.type === type)!.searchParam.map(({ name }) => name));
    const [ofPatient, ofObservation] = [parametersOf('Patient'), parametersOf('Observation')];
    const foreign = [...ofObservation].filter((name) => !ofPatient.has(name));
    expect(foreign.length).toBeGreaterThan(10);
    expect(
      new Set(
        await searches(
          'Patient',
          foreign.map((name) => `${name}=x`),
        ),
      ),
    ).toEqual(new Set(['400']));
    expect(ofPatient).toEqual(
      ofPatient.union(
        new Set([
          '_id',
          '_lastUpdated',
          '_tag',
          '_profile',
          'identifier',
          'family',
          'birthdate',
          'general-practitioner',
        ]),
      ),
    );
  });

  it('lists operations that exist', async () => {
    const listed = resources.flatMap(({ type, operation = [] }) =>
      operation.map(({ name }) => `${type}/x/$${name}`),
    );
    expect(listed).toEqual(expect.arrayContaining(['Patient/x/$everything', 'Encounter/x/$everything']));
    expect(listed.filter((path) => path.endsWith('$reindex'))).toHaveLength(146);
    for (const path of listed.filter((one) => one.endsWith('$reindex'))) {
      expectRefusal(await send('POST', `${server.base}/${path}`), 404, { diagnostics: /There is no \w+\/x/ });
    }
    for (const path of listed.filter((one) => !one.endsWith('$reindex'))) {
      const told: string[] = [];
      for (const url of [path, path.replace('/x', '')]) {
        const { body, status } = await send('GET', `${server.base}/${url}`);
        told.push(status === 200 ? '200' : body.issue[0].diagnostics);
      }
      // On one of its levels it is there, and what is missing is a resource or a parameter.
      const missing = told.filter((text) => /is no (?:type|instance) operation/.test(text));
      expect({ path, told, offered: missing.length < 2 }).toMatchObject({ path, offered: true });
    }
    for (const path of ['Patient/x/$everything', 'ValueSet/x/$expand']) {
      expectRefusal(await send('GET', `${server.base}/${path}`), 404, { diagnostics: /There is no \w+\/x/ });
    }
    expect((await send('GET', `${server.base}/SearchParameter/$status`)).status).toBe(200);
    const unlisted = await send('GET', `${server.base}/Patient/$expand`);
    expectRefusal(unlisted, 404, { diagnostics: 'is no type operation' });
  });
});

describe('GET metadata', () => {
  it('answers 304 to whom has it', async () => {
    const first = await send('GET', `${server.base}/metadata`);
    const tag = first.headers.get('etag')!;
    expect(tag).toMatch(/^W\/"[0-9a-f]+"$/);
    const again = await send('GET', `${server.base}/metadata`, undefined, { 'if-none-match': `"x", ${tag}` });
    expect([again.status, again.text, again.headers.get('etag')]).toEqual([304, '', tag]);
    expect((await send('GET', `${server.base}/metadata`, undefined, { 'if-none-match': 'W/"x"' })).text).toBe(
      first.text,
    );
  });

  it('knows the modes full and normative', async () => {
    for (const mode of ['full', 'normative'])
      expect((await send('GET', `${server.base}/metadata?mode=${mode}`)).status).toBe(200);
    expectRefusal(await send('GET', `${server.base}/metadata?mode=other`), 400);
    expect((await send('GET', `${server.base}/metadata?_format=json&_pretty=true`)).text).toMatch(
      /^\{\n {2}"resourceType"/,
    );
    expectRefusal(await send('GET', `${server.base}/metadata?_format=xml`), 406);
  });

  it('names the base that the client used', async () => {
    const { body } = await send('GET', server.base.replace('/fhir/R4', '/fhir').concat('/metadata'));
    expect(body.implementation.url).toBe(server.base.replace('/fhir/R4', '/fhir'));
  });
});
