// Bundle and Parameters as resources: stored as they are, their entries neither carried out nor rewritten (bundle.html).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const organization = {
    resourceType: 'Organization',
    id: 'known',
    identifier: [{ system: 'urn:o', value: '1' }],
    name: 'Known',
  };
  await send('PUT', `${server.base}/Organization/known`, organization);
});
afterAll(() => server.stop());

const bundle = {
  resourceType: 'Bundle',
  identifier: { system: 'urn:docs', value: 'd1' },
  type: 'transaction',
  entry: [
    {
      fullUrl: 'urn:uuid:7f4c1e0a-26a5-4d7d-9a8f-5b3d3cf4d7ab',
      resource: {
        resourceType: 'Patient',
        id: 'inner',
        meta: { versionId: '42', lastUpdated: '2001-02-03T04:05:06Z' },
        managingOrganization: { reference: 'Organization?identifier=urn:o|1' },
      },
      request: { method: 'POST', url: 'Patient' },
    },
    {
      resource: {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        subject: { reference: 'urn:uuid:7f4c1e0a-26a5-4d7d-9a8f-5b3d3cf4d7ab' },
      },
      request: { method: 'POST', url: 'Observation' },
    },
  ],
};

const entriesOf = async (id: string) => (await send('GET', `${server.base}/Bundle/${id}`)).body.entry;

describe('a stored Bundle', () => {
  it('keeps every entry as it came, on create and update', async () => {
    const created = await send('POST', `${server.base}/Bundle`, bundle);
    expect(created.status).toBe(201);
    expect(created.body.entry).toEqual(bundle.entry);
    expect(await entriesOf(created.body.id)).toEqual(bundle.entry);
    const changed = { ...bundle, id: created.body.id, type: 'batch' };
    const updated = await send('PUT', `${server.base}/Bundle/${created.body.id}`, changed);
    expect(updated.headers.get('etag')).toBe('W/"2"');
    expect(await entriesOf(created.body.id)).toEqual(bundle.entry);
    expect((await send('GET', `${server.base}/Patient?_summary=count`)).body.total).toBe(0);
  });

  it('keeps its entries inside a transaction too', async () => {
    const outer = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ resource: bundle, request: { method: 'PUT', url: 'Bundle?identifier=urn:docs|d2' } }],
    };
    const { status, body } = await send('POST', server.base, outer);
    expect(status).toBe(200);
    expect(await entriesOf(body.entry[0].response.location.split('/')[1])).toEqual(bundle.entry);
  });

  it('without entries is stored, unless it is to be a document or a message', async () => {
    for (const type of ['searchset', 'history', 'batch', 'batch-response', 'transaction', 'collection']) {
      expect([
        type,
        (await send('POST', `${server.base}/Bundle`, { resourceType: 'Bundle', type })).status,
      ]).toEqual([type, 201]);
    }
    for (const type of ['document', 'message']) {
      const refused = await send('POST', `${server.base}/Bundle`, { resourceType: 'Bundle', type });
      expectRefusal(refused, 400, { expression: ['Bundle'], diagnostics: /^bdl-\d+: A \w+ must have/ });
    }
  });

  it('is found by identifier and type', async () => {
    await send('POST', `${server.base}/Bundle`, {
      ...bundle,
      identifier: { system: 'urn:docs', value: 'd3' },
    });
    const { body } = await send('GET', `${server.base}/Bundle?identifier=urn:docs|d3&type=transaction`);
    expect(body.entry).toHaveLength(1);
  });
});

describe('stored Parameters', () => {
  it('are kept as they are, with resources inside', async () => {
    const parameter = [
      { name: 'a', valueDecimal: 1.5 },
      { name: 'b', resource: bundle },
      { name: 'c', part: [{ name: 'd', valueReference: { reference: 'Organization/known' } }] },
    ];
    const { status, body } = await send('POST', `${server.base}/Parameters`, {
      resourceType: 'Parameters',
      parameter,
    });
    expect(status).toBe(201);
    expect((await send('GET', `${server.base}/Parameters/${body.id}`)).body).toEqual({
      resourceType: 'Parameters',
      id: body.id,
      meta: body.meta,
      parameter,
    });
  });
});

describe('a conditional reference outside a transaction', () => {
  const patient = (reference: string) => ({ resourceType: 'Patient', managingOrganization: { reference } });

  it('becomes the reference to its one match, and stays where it cannot be resolved', async () => {
    const resolved = await send('POST', `${server.base}/Patient`, patient('Organization?identifier=urn:o|1'));
    expect(resolved.body.managingOrganization.reference).toBe('Organization/known');
    const kept = await send('POST', `${server.base}/Patient`, patient('Organization?identifier=urn:o|none'));
    expect([kept.status, kept.body.managingOrganization.reference]).toEqual([
      201,
      'Organization?identifier=urn:o|none',
    ]);
  });
});
