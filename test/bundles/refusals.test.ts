// A transaction stands or falls as one (http.html#transaction): whatever is wrong with one entry refuses all, naming the entry in
// diagnostics and expression, and leaves no row behind.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import {
  ask,
  byIdentifier,
  fhirPathReplace,
  identified,
  type Json,
  jsonPatch,
  post,
  put,
  urn,
} from './bundleSupport.ts';
import { around, expectRefusedWhole, storeKnown } from './refusedTransaction.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await storeKnown(server.base);
});
afterAll(() => server.stop());

describe('an entry that is wrong by itself', () => {
  it.each<[string, string | RegExp, string, Json]>([
    ['is no object', /./, 'Bundle.entry[1]', 7],
    ['is null', /./, 'Bundle.entry[1]', null],
    ['has no request', 'request', 'Bundle.entry[1].request', { resource: { resourceType: 'Patient' } }],
    ['has no method', 'method', 'Bundle.entry[1].request.method', { request: { url: 'Patient/1' } }],
    ['has no url', 'url', 'Bundle.entry[1].request.url', { request: { method: 'GET' } }],
    ['has an unknown method', 'FETCH', 'Bundle.entry[1].request.method', ask('FETCH', 'Patient/1')],
    ['has a method in small letters', 'get', 'Bundle.entry[1].request.method', ask('get', 'Patient/1')],
    [
      'misspells a condition',
      'ifNoneExists',
      'Bundle.entry[1].request.ifNoneExists',
      {
        ...post(identified('Patient', 'x')),
        request: { method: 'POST', url: 'Patient', ifNoneExists: 'identifier=x' },
      },
    ],
    [
      'misspells fullUrl',
      'fullurl',
      'Bundle.entry[1].fullurl',
      { ...post({ resourceType: 'Patient' }), fullurl: urn(1) },
    ],
    [
      'has a fullUrl that is no string',
      /./,
      'Bundle.entry[1].fullUrl',
      { ...post({ resourceType: 'Patient' }), fullUrl: 7 },
    ],
    ['has no resource to create', 'resource', 'Bundle.entry[1].resource', ask('POST', 'Patient')],
    ['has no resource to update', 'resource', 'Bundle.entry[1].resource', ask('PUT', 'Patient/1')],
    ['has no patch', 'resource', 'Bundle.entry[1].resource', ask('PATCH', 'Patient/p1')],
    ['names an unknown type', 'Pacient', 'Bundle.entry[1].request.url', ask('DELETE', 'Pacient/1')],
    ['deletes a whole type', 'DELETE', 'Bundle.entry[1].request.url', ask('DELETE', 'Patient')],
    [
      'updates a whole type',
      'PUT',
      'Bundle.entry[1].request.url',
      put({ resourceType: 'Patient' }, 'Patient'),
    ],
    ['has an id outside the grammar', 'a_b', 'Bundle.entry[1].request.url', ask('DELETE', 'Patient/a_b')],
    [
      'creates under an id',
      'POST',
      'Bundle.entry[1].request.url',
      { ...post({ resourceType: 'Patient' }), request: { method: 'POST', url: 'Patient/new' } },
    ],
    [
      'creates with criteria in the url',
      'POST',
      'Bundle.entry[1].request.url',
      { ...post({ resourceType: 'Patient' }), request: { method: 'POST', url: 'Patient?identifier=x' } },
    ],
    [
      'has a body of another type',
      'Observation',
      'Bundle.entry[1].resource.resourceType',
      { ...post({ resourceType: 'Patient' }), request: { method: 'POST', url: 'Observation' } },
    ],
    [
      'has a body with another id',
      'p9',
      'Bundle.entry[1].resource.id',
      put({ resourceType: 'Patient', id: 'p9' }, 'Patient/p3'),
    ],
    [
      'has a body without the id',
      'p3',
      'Bundle.entry[1].resource.id',
      put({ resourceType: 'Patient' }, 'Patient/p3'),
    ],
    [
      'has an unknown property',
      'nme',
      'Bundle.entry[1].resource.nme',
      post({ resourceType: 'Patient', nme: [{ family: 'x' }] }),
    ],
    [
      'has a value of the wrong type',
      /./,
      'Bundle.entry[1].resource.name[0].family',
      post({ resourceType: 'Patient', name: [{ family: 7 }] }),
    ],
    [
      'has a patch that is none',
      'Binary',
      'Bundle.entry[1].resource.resourceType',
      { resource: { resourceType: 'Patient' }, request: { method: 'PATCH', url: 'Patient/p1' } },
    ],
    [
      'has a version that is none',
      'If-Match',
      'Bundle.entry[1].request.ifMatch',
      ask('DELETE', 'Patient/p1', { ifMatch: 'latest' }),
    ],
  ])('because it %s', (_, says, expression, entry) =>
    expectRefusedWhole(server, 1, 400, says, expression, entry),
  );

  it('names every issue of the entry', async () => {
    const entry = post({ resourceType: 'Patient', nme: 1, name: [{ famly: 'x' }] });
    const { body } = await send('POST', server.base, around(entry));
    expect(body.issue.map((issue: Json) => issue.expression[0]).sort()).toEqual([
      'Bundle.entry[1].resource.name[0].famly',
      'Bundle.entry[1].resource.nme',
    ]);
  });
});

describe('an entry that does not go with what is stored', () => {
  it.each<[string, number, string | RegExp, Json]>([
    [
      'patches what never was',
      404,
      'Patient/never',
      fhirPathReplace('Patient/never', 'Patient.active', { valueBoolean: true }),
    ],
    [
      'patches to something invalid',
      422,
      /./,
      jsonPatch('Patient/known', [{ op: 'add', path: '/nme', value: 1 }]),
    ],
    [
      'changes the id by a patch',
      422,
      'id',
      jsonPatch('Patient/known', [{ op: 'replace', path: '/id', value: 'x' }]),
    ],
    [
      'fails a test of its patch',
      422,
      /./,
      jsonPatch('Patient/known', [{ op: 'test', path: '/id', value: 'x' }]),
    ],
    ['reads what never was', 404, 'Patient/never', ask('GET', 'Patient/never')],
    ['reads what the bundle deletes', 410, 'Patient/p2', ask('GET', 'Patient/p2')],
    ['searches by an unknown parameter', 400, 'nme', ask('GET', 'Patient?nme=x')],
    ['asks for an unknown operation', 404, '$nothing', ask('GET', 'Patient/p1/$nothing')],
    ['asks for nothing that exists', 404, /./, ask('GET', 'Patient/p1/what/is/this')],
    [
      'matches several',
      412,
      'Several',
      put(identified('Patient', 'twice'), `Patient?${byIdentifier('twice')}`),
    ],
  ])('because it %s', (_, status, says, entry) =>
    expectRefusedWhole(server, 1, status, says, /^Bundle\.entry\[1\]/, entry),
  );
});
