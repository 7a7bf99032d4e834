import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { hash64, hashPath } from '../../server/search/hash64.ts';
import { queryRows, rowCounts } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const order = (id: string, doctors: string[], n = 0) => ({
  resourceType: 'ServiceRequest',
  id,
  status: 'active',
  intent: 'order',
  subject: { reference: 'Patient/p' },
  ...(doctors.length > 0 ? { requester: { reference: '#doctor0' } } : {}),
  // each of what is contained has to be referred to (dom-3)
  supportingInfo: [...doctors.map((_, i) => `#doctor${i}`), '#weight'].map((reference) => ({ reference })),
  contained: [
    ...doctors.map((family, i) => ({
      resourceType: 'Practitioner',
      id: `doctor${i}`,
      active: true,
      name: [{ family }],
      identifier: [{ system: 'http://npi', value: `${id}-${i}`, type: { text: 'National number' } }],
    })),
    {
      resourceType: 'Observation',
      id: 'weight',
      status: 'final',
      code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
      effectiveDateTime: '2020-02-02',
      valueQuantity: { value: 70 + n, system: 'http://unitsofmeasure.org', code: 'kg' },
    },
  ],
});

interface Held {
  container: string;
  type: string;
  id: string;
  family: string | null;
}

/** What is indexed as contained, found by its own index rows. */
async function held(): Promise<Held[]> {
  return queryRows<Held>(
    server.databaseUrl,
    `SELECT r.id AS container, c.type, c.id, s.value AS family FROM contained c
     JOIN resource r ON r.key = c.container_key AND r.type = c.container_type
     LEFT JOIN search_string s ON s.key = c.key AND s.path = $1 ORDER BY r.id, c.id`,
    [hashPath('#Practitioner.name.family')],
  );
}

const expected = (container: string, doctors: string[]) => [
  ...doctors.map((family, i) => ({ container, type: 'Practitioner', id: `doctor${i}`, family })),
  { container, type: 'Observation', id: 'weight', family: null },
];

const put = async (resource: { id: string }) => {
  const { status } = await send('PUT', `${server.base}/ServiceRequest/${resource.id}`, resource);
  expect([200, 201]).toContain(status);
};

/** Nothing but deleted resources and their history is left. */
async function expectNothingLeft(): Promise<void> {
  const { resource: _, resource_history: __, ...rows } = await rowCounts(server.databaseUrl);
  expect(new Set(Object.values(rows))).toEqual(new Set([0]));
}

afterEach(async () => {
  const rows = await queryRows<{ id: string }>(
    server.databaseUrl,
    'SELECT id FROM resource WHERE NOT deleted',
  );
  for (const { id } of rows) await send('DELETE', `${server.base}/ServiceRequest/${id}`);
  await expectNothingLeft();
});

describe('contained resources', () => {
  it('are indexed under keys and paths of their own', async () => {
    await put(order('one', ['Meier', 'Huber']));
    expect(await held()).toEqual(expected('one', ['meier', 'huber']));
    const npi = (path: string) => hash64(path, 'system|code', 'http://npi\0one-1');
    const keysOf = (path: string) =>
      queryRows(
        server.databaseUrl,
        'SELECT c.id FROM search_token t JOIN contained c USING (key) WHERE t.hash = $1 AND t.hash = ANY(c.tokens)',
        [npi(path)],
      );
    expect(await keysOf('#Practitioner.identifier')).toEqual([{ id: 'doctor1' }]);
    expect(await keysOf('Practitioner.identifier')).toEqual([]);
    expect(
      await queryRows(
        server.databaseUrl,
        'SELECT c.id FROM search_quantity q JOIN contained c USING (key) WHERE low = 70 GROUP BY c.id',
      ),
    ).toEqual([{ id: 'weight' }]);
    // the reference that leads to one of them, in the container
    expect(
      await queryRows(
        server.databaseUrl,
        'SELECT r.id FROM search_token JOIN resource r USING (key) WHERE hash = $1',
        [hash64('ServiceRequest.requester', 'reference', '#doctor0')],
      ),
    ).toEqual([{ id: 'one' }]);
  });

  it('follow updates and patches of their container', async () => {
    await put(order('one', ['Meier', 'Huber']));
    await put(order('two', ['Other']));
    const before = await rowCounts(server.databaseUrl);
    await put(order('one', ['Schmidt', 'Huber'], 5));
    expect(await held()).toEqual([...expected('one', ['schmidt', 'huber']), ...expected('two', ['other'])]);
    await put(order('one', ['Meier', 'Huber'], 9));
    const resource_history = before.resource_history + 2;
    expect(await rowCounts(server.databaseUrl)).toEqual({ ...before, resource_history });
    await put(order('one', ['Schmidt']));
    const patch = ['/contained/1', '/supportingInfo/1'].map((path) => ({ op: 'remove', path }));
    const headers = { 'content-type': 'application/json-patch+json' };
    expect((await send('PATCH', `${server.base}/ServiceRequest/one`, patch, headers)).status).toBe(200);
    expect(await held()).toEqual([
      ...expected('one', ['schmidt']).slice(0, 1),
      ...expected('two', ['other']),
    ]);
    const { contained: _, supportingInfo: __, ...without } = order('one', []);
    await put({ ...without, requester: { reference: 'Practitioner/1' } } as never);
    expect(await held()).toEqual(expected('two', ['other']));
  });

  it('go with their container, and come back with it', async () => {
    await put(order('one', ['Meier']));
    await send('DELETE', `${server.base}/ServiceRequest/one`);
    await expectNothingLeft();
    await put(order('one', ['Again']));
    expect(await held()).toEqual(expected('one', ['again']));
  });

  it('are stored the same way when there are many containers', async () => {
    const orders = Array.from({ length: 45 }, (_, i) =>
      order(`n${String(i).padStart(2, '0')}`, [`D${i}`], i),
    );
    const bundle = (entry: object[]) =>
      send('POST', server.base, { resourceType: 'Bundle', type: 'transaction', entry });
    const puts = orders.map((resource) => ({
      resource,
      request: { method: 'PUT', url: `ServiceRequest/${resource.id}` },
    }));
    expect((await bundle(puts)).status).toBe(200);
    expect(await held()).toEqual(orders.flatMap(({ id }, i) => expected(id, [`d${i}`])));
    const copied = await rowCounts(server.databaseUrl);
    // superseded in one statement, half of them without contained resources
    const changed = orders.map((resource, i) => order(resource.id, i % 2 ? [`E${i}`] : [], i + 100));
    const again = changed.map((resource) => ({
      resource: { ...resource, requester: { reference: 'Practitioner/1' } },
      request: { method: 'PUT', url: `ServiceRequest/${resource.id}` },
    }));
    expect((await bundle(again)).status).toBe(200);
    expect(await held()).toEqual(orders.flatMap(({ id }, i) => expected(id, i % 2 ? [`e${i}`] : [])));
    expect((await bundle(puts)).status).toBe(200);
    expect(await rowCounts(server.databaseUrl)).toEqual({
      ...copied,
      resource_history: copied.resource_history + 90,
    });
    const deletes = orders.map(({ id }) => ({ request: { method: 'DELETE', url: `ServiceRequest/${id}` } }));
    expect((await bundle(deletes)).status).toBe(200);
    await expectNothingLeft();
  });

  it('are not found as resources of their own', async () => {
    await put(order('one', ['Meier']));
    for (const search of [
      'Practitioner?name=meier',
      'Practitioner?identifier=one-0',
      'Practitioner',
      'Observation',
    ]) {
      const { status, body } = await send('GET', `${server.base}/${search}`);
      expect([search, status, body.total ?? 0, body.entry ?? []]).toEqual([search, 200, 0, []]);
    }
  });
});
