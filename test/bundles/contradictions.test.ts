// Entries of a transaction that contradict each other, and links that lead to none of them: the whole is refused (http.html#trules).
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { startTestServer, type TestServer } from '../support/testServer.ts';
import {
  ask,
  byIdentifier,
  identified,
  type Json,
  jsonPatch,
  observation,
  post,
  put,
  urn,
} from './bundleSupport.ts';
import { expectRefusedWhole, storeKnown } from './refusedTransaction.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await storeKnown(server.base);
});
afterAll(() => server.stop());

describe('entries that contradict each other', () => {
  const known = byIdentifier('known');
  const patient = (more: object = {}) => ({ resourceType: 'Patient', ...more });
  it.each<[string, number, string | RegExp, Json[]]>([
    ['share a fullUrl', 2, urn(5), [post(patient(), urn(5)), post(patient(), urn(5))]],
    [
      'share a fullUrl, one being deleted',
      2,
      urn(5),
      [post(patient(), urn(5)), { ...ask('DELETE', 'Patient/p3'), fullUrl: urn(5) }],
    ],
    [
      'update one identity twice',
      2,
      'Patient/p3',
      [put(patient({ id: 'p3' })), put(patient({ id: 'p3', active: true }))],
    ],
    ['update and delete one', 2, 'Patient/p3', [ask('DELETE', 'Patient/p3'), put(patient({ id: 'p3' }))]],
    [
      'patch and update one',
      2,
      'Patient/known',
      [
        put(patient({ id: 'known' })),
        jsonPatch('Patient/known', [{ op: 'add', path: '/active', value: true }]),
      ],
    ],
    [
      'update one by id and by criteria',
      2,
      'Patient/known',
      [put(patient({ id: 'known' })), put(identified('Patient', 'known'), `Patient?${known}`)],
    ],
    [
      'update one by id that another creates conditionally',
      2,
      'Patient/known',
      [
        post(identified('Patient', 'known'), undefined, { ifNoneExist: known }),
        put(patient({ id: 'known' })),
      ],
    ],
    [
      'create under the same criteria twice',
      2,
      byIdentifier('new'),
      [
        post(identified('Patient', 'new'), undefined, { ifNoneExist: byIdentifier('new') }),
        post(identified('Patient', 'new'), undefined, { ifNoneExist: byIdentifier('new') }),
      ],
    ],
    [
      'create under the same criteria, spelled in two ways',
      2,
      byIdentifier('new'),
      [
        post(identified('Patient', 'new'), undefined, { ifNoneExist: byIdentifier('new') }),
        put(
          identified('Patient', 'new'),
          `Patient?identifier=${encodeURIComponent(byIdentifier('new').slice(11))}`,
        ),
      ],
    ],
  ])('because they %s', (_, index, says, entries) =>
    expectRefusedWhole(
      server,
      index,
      400,
      says,
      new RegExp(`^Bundle\\.entry\\[${index}\\](?:\\.fullUrl)?$`),
      ...entries,
    ),
  );
});

describe('links that lead nowhere', () => {
  const path = 'Bundle.entry[1].resource.subject.reference';
  it.each<[string, string, string, Json[]]>([
    ['no entry has', urn(77), path, [post(observation(urn(77)))]],
    [
      'only a deleted entry has',
      urn(78),
      path,
      [post(observation(urn(78))), { ...ask('DELETE', 'Patient/p3'), fullUrl: urn(78) }],
    ],
    [
      'only an entry that reads has',
      urn(79),
      path,
      [post(observation(urn(79))), { ...ask('GET', 'Patient/p1'), fullUrl: urn(79) }],
    ],
    [
      'no entry has, with a version',
      `${urn(80)}/_history/1`,
      path,
      [post(observation(`${urn(80)}/_history/1`))],
    ],
    ['no entry has, as an oid', 'urn:oid:1.2.3', path, [post(observation('urn:oid:1.2.3'))]],
    [
      'no entry has, inside a contained resource',
      urn(81),
      'Bundle.entry[1].resource.contained[0].subject.reference',
      [
        post({
          ...observation('Patient/p1'),
          contained: [{ ...observation(urn(81)), id: 'c' }],
          hasMember: [{ reference: '#c' }],
        }),
      ],
    ],
    [
      'no entry has, in an extension of a primitive',
      urn(82),
      'Bundle.entry[1].resource.status.extension[0].valueReference.reference',
      [
        post({
          ...observation('Patient/p1'),
          _status: { extension: [{ url: 'https://example.org/x', valueReference: { reference: urn(82) } }] },
        }),
      ],
    ],
  ])('refuse a urn that %s', (_, says, expression, entries) =>
    expectRefusedWhole(server, 1, 400, says, expression, ...entries),
  );
});
