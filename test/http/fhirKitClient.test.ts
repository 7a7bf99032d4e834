// A round with fhir-kit-client, a client that knows nothing of this server: every interaction it has a method for.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CapabilityTool, Client } from 'fhir-kit-client';
import { startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
let client: Client;
beforeAll(async () => {
  server = await startTestServer();
  client = new Client({ baseUrl: server.base });
});
afterAll(() => server.stop());

const resourceType = 'Patient';
const patient = (family: string) => ({
  resourceType,
  name: [{ family }],
  identifier: [{ system: 'urn:kit', value: family }],
});
// biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
const json = async (answer: Promise<unknown> | undefined): Promise<any> => answer;
const failing = async (answer: Promise<unknown>) =>
  answer.then(
    () => 'no error',
    ({ response }) => ({ status: response.status, issue: response.data.issue[0].code }),
  );

describe('fhir-kit-client', () => {
  it('reads the capabilities', async () => {
    const tool = new CapabilityTool(await client.capabilityStatement());
    expect(tool.serverCan('transaction')).toBe(true);
    for (const code of [
      'read',
      'vread',
      'create',
      'update',
      'patch',
      'delete',
      'search-type',
      'history-instance',
    ]) {
      expect([code, tool.resourceCan(resourceType, code)]).toEqual([code, true]);
    }
    expect(tool.resourceSearch(resourceType, 'family')).toBe(true);
    expect(tool.resourceSearch(resourceType, 'no-such')).toBe(false);
  });

  it('creates, reads, updates, patches, lists versions of and deletes a resource', async () => {
    const created = await json(client.create({ resourceType, body: patient('Kit') }));
    const { id } = created;
    const { response } = Client.httpFor(created);
    expect([response?.status, response?.headers.get('location')]).toEqual([
      201,
      `${server.base}/Patient/${id}/_history/1`,
    ]);
    expect(await client.read({ resourceType, id })).toEqual(created);
    expect(await client.resolve({ reference: `Patient/${id}` })).toEqual(created);

    const updated = await json(client.update({ resourceType, id, body: { ...created, active: true } }));
    expect([updated.active, updated.meta.versionId]).toEqual([true, '2']);
    const jsonPatch = [{ op: 'replace' as const, path: '/active', value: false }];
    const patched = await json(client.patch({ resourceType, id, jsonPatch }));
    expect([patched.active, patched.meta.versionId]).toEqual([false, '3']);
    expect(await client.vread({ resourceType, id, version: '1' })).toEqual(created);
    expect(await client.vread({ resourceType, id, version: '2' })).toEqual(updated);

    const history = await json(client.history({ resourceType, id }));
    expect(history.entry.map(({ request }: { request: { method: string } }) => request.method)).toEqual([
      'PATCH',
      'PUT',
      'POST',
    ]);
    expect((await json(client.history({ resourceType }))).entry.length).toBeGreaterThanOrEqual(3);
    expect((await json(client.history({}))).type).toBe('history');

    const deleted = await json(client.delete({ resourceType, id }));
    expect(Client.httpFor(deleted).response?.status).toBe(204);
    expect(await failing(client.read({ resourceType, id }))).toEqual({ status: 410, issue: 'deleted' });
  });

  it('makes conditional and version-aware requests', async () => {
    const options = { headers: { 'If-None-Exist': 'identifier=urn:kit|Once' } };
    const first = await json(client.create({ resourceType, body: patient('Once'), options }));
    const second = await json(client.create({ resourceType, body: patient('Once'), options }));
    expect([second.id, Client.httpFor(second).response?.status]).toEqual([first.id, 200]);
    const searchParams = { identifier: 'urn:kit|Once' };
    const updated = await json(
      client.update({ resourceType, searchParams, body: { ...patient('Once'), active: true } }),
    );
    expect([updated.id, updated.meta.versionId]).toEqual([first.id, '2']);
    const stale = client.update({
      resourceType,
      id: first.id,
      body: first,
      options: { headers: { 'If-Match': 'W/"1"' } },
    });
    expect(await failing(stale)).toEqual({ status: 412, issue: 'conflict' });
  });

  it('carries out transactions and batches', async () => {
    const fullUrl = 'urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0';
    const observation = {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: fullUrl },
    };
    const transaction = await json(
      client.transaction({
        body: {
          resourceType: 'Bundle',
          type: 'transaction',
          entry: [
            { fullUrl, resource: patient('Bundled'), request: { method: 'POST', url: 'Patient' } },
            { resource: observation, request: { method: 'POST', url: 'Observation' } },
          ],
        },
      }),
    );
    expect(transaction.type).toBe('transaction-response');
    const [ofPatient, ofObservation] = transaction.entry.map(
      ({ response }: { response: { location: string } }) => response.location.split('/'),
    );
    const stored = await json(client.read({ resourceType: 'Observation', id: ofObservation[1] }));
    expect(stored.subject.reference).toBe(`Patient/${ofPatient[1]}`);

    const batch = await json(
      client.batch({
        body: {
          resourceType: 'Bundle',
          type: 'batch',
          entry: [
            { request: { method: 'GET', url: `Patient/${ofPatient[1]}` } },
            { request: { method: 'GET', url: 'Patient/never' } },
          ],
        },
      }),
    );
    expect(
      batch.entry.map(({ response }: { response: { status: string } }) => response.status.slice(0, 3)),
    ).toEqual(['200', '404']);
    const everything = await json(
      client.operation({ name: 'everything', resourceType, id: ofPatient[1], method: 'GET' }),
    );
    expect(everything.entry).toHaveLength(2);
    const posted = await json(
      client.operation({
        name: '$everything',
        resourceType,
        id: ofPatient[1],
        input: { resourceType: 'Parameters' },
      }),
    );
    expect(posted.entry).toHaveLength(2);
  });

  it('searches by GET and POST, page by page', async () => {
    await Promise.all(
      ['Pa', 'Pb', 'Pc', 'Pd', 'Pe'].map((family) =>
        client.create({ resourceType, body: patient(`Page${family}`) }),
      ),
    );
    for (const postSearch of [false, true]) {
      let bundle = await json(
        client.search({ resourceType, searchParams: { family: 'page', _count: 2 }, options: { postSearch } }),
      );
      const families: string[] = [];
      while (bundle) {
        expect(bundle.entry.length).toBeLessThanOrEqual(2);
        for (const { resource } of bundle.entry) families.push(resource.name[0].family);
        bundle = await json(client.nextPage({ bundle }));
      }
      expect(families.toSorted()).toEqual(['PagePa', 'PagePb', 'PagePc', 'PagePd', 'PagePe']);
    }
    expect(await failing(client.search({ resourceType, searchParams: { famly: 'page' } }))).toEqual({
      status: 400,
      issue: 'invalid',
    });
  });
});
