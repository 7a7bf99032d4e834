// Refusals (http.html#errors): each is an OperationOutcome that says what is wrong and where.

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { type ExpectedIssue, expectRefusal } from './expectRefusal.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ BODY_LIMIT: '100kB' });
});
afterAll(() => server.stop());

const post = (body: unknown, headers = {}) => send('POST', `${server.base}/Patient`, body, headers);
const stored = async () => (await send('GET', `${server.base}/Patient?_summary=count`)).body.total;

describe('JSON', () => {
  it('names line and column of what is broken', async () => {
    const cases: [string, ExpectedIssue][] = [
      ['{"resourceType":"Patient",\n  "active":tru}', { diagnostics: /line 2.*column 1[2-5]/i }],
      ['{"resourceType":"Patient"', { diagnostics: /ends before.*line 1, column 1\)/i }],
      ['{"resourceType":"Patient",}', { diagnostics: /line 1.*column 26/i }],
      ['{"resourceType":"Patient"} x', { diagnostics: /line 1.*column 28/i }],
      ["{'resourceType':'Patient'}", { diagnostics: /line 1.*column 2/i }],
      ['{"resourceType":"Patient",\n"multipleBirthInteger": 01}', { diagnostics: /line 2/i }],
      ['<Patient xmlns="http://hl7.org/fhir"/>', { diagnostics: /line 1.*column 1/i }],
    ];
    for (const [text, issue] of cases) expectRefusal(await post(text), 400, issue);
  });

  it('names a key that is given twice', async () => {
    const text = '{"resourceType":"Patient","name":[{"family":"A",\n"family":"B"}]}';
    expectRefusal(await post(text), 400, { diagnostics: /'family'.*twice.*line 2, column 1/ });
  });

  it('refuses what is nested too deep, and what the database cannot hold', async () => {
    const deep = (levels: number) => `${'{"extension":['.repeat(levels)}${']}'.repeat(levels)}`;
    for (const levels of [200, 6_000])
      expectRefusal(await post(deep(levels)), 400, { diagnostics: /deep|nest/i });
    for (const text of ['a\\u0000b', '\\ud800']) {
      expectRefusal(await post(`{"resourceType":"Patient","name":[{"text":"${text}"}]}`), 400);
    }
    expectRefusal(await post('{"resourceType":"Patient","__proto__":{"active":true}}'), 400);
    expect(await stored()).toBe(0);
  });
});

describe('structure', () => {
  it('says which properties are wrong, as FHIRPath', async () => {
    const cases: [object, ExpectedIssue][] = [
      [{ brithDate: '1970-01-01' }, { expression: ['Patient.brithDate'], diagnostics: 'birthDate' }],
      [{ name: [{ family: 'A' }, { given: ['x', 5] }] }, { expression: ['Patient.name[1].given[1]'] }],
      [{ name: { family: 'A' } }, { expression: ['Patient.name'] }],
      [{ gender: 'woman' }, { expression: ['Patient.gender'] }],
      [{ birthDate: '1970-02-30' }, { expression: ['Patient.birthDate'] }],
      [{ active: 'true' }, { expression: ['Patient.active'] }],
      [{ deceasedBoolean: true, deceasedDateTime: '2020' }, {}],
      [{ contact: [{}] }, { expression: ['Patient.contact[0]'] }],
      [{ link: [{ type: 'seealso' }] }, { expression: ['Patient.link[0].other'] }],
      [{ contained: [{ resourceType: 'Patent' }] }, { expression: ['Patient.contained[0].resourceType'] }],
      [{ meta: 'x' }, { expression: ['Patient.meta'] }],
    ];
    for (const [more, issue] of cases)
      expectRefusal(await post({ resourceType: 'Patient', ...more }), 400, issue);
    const { body } = await post({ resourceType: 'Patient', colour: 'red', active: 1 });
    expect(body.issue).toHaveLength(2);
    expect(await stored()).toBe(0);
  });

  it('is checked on update too', async () => {
    const url = `${server.base}/Patient/s1`;
    expectRefusal(await send('PUT', url, { resourceType: 'Patient', id: 's1', colour: 1 }), 400, {
      expression: ['Patient.colour'],
    });
    expectRefusal(await send('PUT', url, { resourceType: 'Patient', id: 's2' }), 400, {
      expression: ['Patient.id'],
    });
    expectRefusal(await send('PUT', url, { resourceType: 'Patient', id: 5 }), 400, {
      expression: ['Patient.id'],
    });
    expect((await send('GET', url)).status).toBe(404);
  });
});

describe('size', () => {
  it('refuses a larger body than BODY_LIMIT with 413, compressed or not', async () => {
    const large = (size: number) =>
      JSON.stringify({ resourceType: 'Patient', name: [{ text: 'x'.repeat(size) }] });
    expect((await post(large(90_000))).status).toBe(201);
    expectRefusal(await post(large(110_000)), 413, { code: 'too-long', diagnostics: 'BODY_LIMIT' });
    expectRefusal(await post(large(20_000_000)), 413);
    const bomb = gzipSync(large(10_000_000));
    expect(bomb.length).toBeLessThan(100_000);
    const answer = await fetch(`${server.base}/Patient`, {
      method: 'POST',
      body: bomb,
      headers: { 'content-type': 'application/fhir+json', 'content-encoding': 'gzip' },
    });
    expect([answer.status, await answer.json()]).toMatchObject([413, { issue: [{ code: 'too-long' }] }]);
    expect(await stored()).toBe(1);
  });
});

describe('addresses', () => {
  it('names an unknown resource type', async () => {
    for (const [method, path] of [
      ['GET', 'Patent/1'],
      ['POST', 'patient'],
      ['GET', 'Patients'],
      ['GET', 'Patent/_history'],
      ['GET', 'Resource'],
    ] as const) {
      const answer = await send(
        method,
        `${server.base}/${path}`,
        method === 'POST' ? { resourceType: 'Patient' } : undefined,
      );
      expectRefusal(answer, 404, { code: 'not-supported', diagnostics: path.split('/')[0]! });
    }
  });

  it('has nothing anywhere else', async () => {
    expectRefusal(await send('GET', `${server.base}/Patient/1/2`), 404);
    for (const path of ['/Patient/1/_history/1/2', '/Patient/1/Observation/2/3']) {
      expectRefusal(await send('GET', server.base + path), 404, { code: 'not-found' });
    }
    expectRefusal(await send('GET', `${server.base}/Patient/$nothing`), 404);
    expectRefusal(
      await send('POST', `${server.base}/Patient/1/$nothing`, { resourceType: 'Parameters' }),
      404,
    );
  });

  it('refuses a malformed escape in a query, naming the parameter', async () => {
    for (const query of ['family=%FA', 'family=100%', 'gender=male&family=%zz'])
      expectRefusal(await send('GET', `${server.base}/Patient?${query}`), 400, { diagnostics: "'family'" });
    expect((await send('GET', `${server.base}/Patient?family=100%25`)).status).toBe(200);
  });

  it('refuses a malformed escape', async () => {
    for (const path of ['/Patient/%zz', '/%', '/Patient/%e4', '/Patient/1/_history/%c3%28']) {
      expectRefusal(await send('GET', server.base + path), 400);
    }
  });

  it('answers 405 with Allow where a method is not possible', async () => {
    const cases: [string, string, string][] = [
      ['POST', '/Patient/1', 'GET, HEAD, PUT, PATCH, DELETE'],
      ['PUT', '/metadata', 'GET, HEAD'],
      ['DELETE', '/Patient/1/_history/1', 'GET, HEAD'],
      ['PUT', '/Patient/_search', 'POST'],
      ['GET', '/Patient/_search', 'POST'],
      ['POST', '/_history', 'GET, HEAD'],
      ['PATCH', '/Patient/_history', 'GET, HEAD'],
      ['PUT', '', 'GET, HEAD, POST'],
      ['PROPFIND', '/Patient/1', 'GET, HEAD, PUT, PATCH, DELETE'],
    ];
    for (const [method, path, allowed] of cases) {
      const answer = await send(method, server.base + path);
      expectRefusal(answer, 405, { code: 'not-supported' });
      expect([method, path, answer.headers.get('allow')?.split(', ').toSorted()]).toEqual([
        method,
        path,
        allowed.split(', ').toSorted(),
      ]);
    }
  });
});

describe('the rest', () => {
  it('gives no clue of the inside away on a failure, and goes on', async () => {
    // A parameter that no text column can hold must be refused before it reaches the database.
    for (const query of [
      'family=a%00b',
      'identifier=a%00b',
      'family:exact=%00',
      '_id=%00',
      'birthdate=%00',
      'organization=%00',
      'family:contains=a%00',
    ]) {
      expectRefusal(await send('GET', `${server.base}/Patient?${query}`), 400);
    }
    for (const query of [
      '_lastUpdated=gt9999-12-31T23:59:59-14:00',
      'birthdate=0001',
      'birthdate=9999-12-31',
      '_lastUpdated=lt0001-01-01T00:00:00%2B14:00',
    ]) {
      expect([query, (await send('GET', `${server.base}/Patient?${query}`)).status]).toEqual([query, 200]);
    }
  });
});

describe('paths outside of the FHIR base', () => {
  it('are refused as JSON, too', async () => {
    const answer = await send('GET', `${server.base.replace('/fhir/R4', '')}/elsewhere`);
    expectRefusal(answer, 404, { code: 'not-found' });
  });
});
