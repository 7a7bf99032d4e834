// Bundles of many clients at the same moment, through three processes on one database: conditional creates make one resource, crossing
// updates neither lose anything nor leave half of a bundle behind.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cleanUp, startSalus, temporaryFolder } from '../runtime/serverProcess.ts';
import { queryRows, typeCounts } from '../support/rowCounts.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import {
  accepted,
  batch,
  byIdentifier,
  identified,
  type Json,
  jsonPatch,
  locationOf,
  observation,
  post,
  put,
  readBack,
  SYSTEM,
  transaction,
  urn,
} from './bundleSupport.ts';

let server: TestServer;
let bases: string[];
beforeAll(async () => {
  server = await startTestServer();
  const others = startSalus(['serve'], {
    DATABASE_URL: server.databaseUrl,
    DATA_DIR: temporaryFolder(),
    PORT: '0',
    WORKERS: '2',
  });
  bases = [server.base, (await others.logged('ready')).url as string];
});
afterAll(async () => {
  await cleanUp();
  await server.stop();
});

/** Posts all bundles at once, to the servers in turn. */
const atOnce = (bundles: Json[]): Promise<Answer[]> =>
  Promise.all(bundles.map((bundle, i) => send('POST', bases[i % bases.length]!, bundle)));

/** Expects each bundle to be carried out, or to be refused as a whole because of the others. */
function expectCleanEnds(answers: Answer[]): Json[] {
  for (const { status, text } of answers) {
    expect({ status, text: status === 200 || status === 409 ? '' : text }).toEqual({
      status: expect.any(Number),
      text: '',
    });
  }
  return answers.filter(({ status }) => status === 200).map(({ body }) => body);
}

describe('conditional creates', () => {
  const spellings = [
    byIdentifier,
    (value: string) => `identifier=${encodeURIComponent(`${SYSTEM}|${value}`)}`,
  ];
  const family = (values: string[], spelling: number) =>
    transaction(
      values.flatMap((value, i) => [
        post(observation(urn(i))),
        post(identified('Patient', value), urn(i), { ifNoneExist: spellings[spelling % 2]!(value) }),
      ]),
    );

  it.each([2, 8])('by %i clients make one resource each', async (clients) => {
    for (let turn = 0; turn < 6; turn++) {
      const values = Array.from({ length: 5 }, (_, i) => `c${clients}-${turn}-${i}`);
      const orders = [values, values.toReversed()];
      const answers = await atOnce(
        Array.from({ length: clients }, (_, client) => family(orders[(client >> 1) % 2]!, client)),
      );
      expect(answers.map(({ status }) => status)).toEqual(Array(clients).fill(200));
      for (const value of values) {
        const made = answers.flatMap(({ body }, client) => {
          const at = orders[(client >> 1) % 2]!.indexOf(value) * 2;
          return [{ patient: body.entry[at + 1], observation: body.entry[at] }];
        });
        expect(new Set(made.map(({ patient }) => patient.response.location)).size).toBe(1);
        expect(made.map(({ patient }) => patient.response.status).sort()).toEqual([
          ...Array(clients - 1).fill('200 OK'),
          '201 Created',
        ]);
        const found = await send('GET', `${server.base}/Patient?${byIdentifier(value)}&_total=accurate`);
        expect(found.body.total).toBe(1);
        const seen = await readBack(server.base, locationOf(made.at(-1)!.observation));
        expect(seen.subject.reference).toBe(locationOf(made[0]!.patient));
      }
    }
  });

  it('make one resource each where a bundle has hundreds of them', async () => {
    const values = Array.from({ length: 300 }, (_, i) => `many-${i}`);
    const create = (value: string) =>
      post(identified('Patient', value), undefined, { ifNoneExist: byIdentifier(value) });
    const bundles = [values, values.toReversed(), values.slice(0, 100), values.slice(50, 150)].map((some) =>
      some.map(create),
    );
    const answers = await atOnce([
      batch(bundles[0]!),
      transaction(bundles[1]!),
      transaction(bundles[2]!),
      batch(bundles[3]!),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const made = answers.flatMap(({ body }) => body.entry.map(({ response }: Json) => response.status));
    expect(made.filter((status) => status === '201 Created')).toHaveLength(300);
    expect(made.filter((status) => status === '200 OK')).toHaveLength(500);
  });

  it('in batches and conditional updates beside them make one resource, too', async () => {
    const criteria = byIdentifier('mixed');
    const create = post(identified('Patient', 'mixed'), undefined, { ifNoneExist: criteria });
    const update = put(identified('Patient', 'mixed', { active: true }), `Patient?${criteria}`);
    const answers = await atOnce([
      transaction([create]),
      batch([create, update]),
      transaction([update]),
      batch([create, create]),
      transaction([update]),
      batch([update, create]),
    ]);
    const entries = answers.flatMap(({ body }) => body.entry);
    expect(entries.filter((entry: Json) => entry.response.status === '201 Created')).toHaveLength(1);
    expect(new Set(entries.map(locationOf)).size).toBe(1);
    // Created active, or created and made active once: a second update changes nothing.
    const { active, meta } = await readBack(server.base, locationOf(entries[0]));
    expect(active).toBe(true);
    expect(Number(meta.versionId)).toBeLessThanOrEqual(2);
  });
});

describe('crossing writes of the same resources', () => {
  /** Versions of the identities, oldest first, as stored. */
  async function versionsOf(prefix: string): Promise<Map<string, { version: number; family: string }[]>> {
    const rows = await queryRows<{ id: string; version: number; family: string }>(
      server.databaseUrl,
      `SELECT id, version, content->'name'->0->>'family' AS family FROM
         (SELECT id, version, content FROM resource UNION ALL SELECT id, version, content FROM resource_history) v
       WHERE id LIKE $1 ORDER BY id, version`,
      [`${prefix}-%`],
    );
    return Map.groupBy(rows, ({ id }) => id);
  }
  const patients = (prefix: string, count: number, family: string) =>
    Array.from({ length: count }, (_, i) =>
      put({ resourceType: 'Patient', id: `${prefix}-${String(i).padStart(2, '0')}`, name: [{ family }] }),
    );

  it.each([
    ['update 20 resources', 'update', 20, true],
    ['create 20 resources', 'create', 20, false],
    ['create 60 resources', 'copy', 60, false],
  ])('in opposite order: %s', async (_, prefix, count, exist) => {
    if (exist) await accepted(server.base, batch(patients(prefix, count, 'first')));
    const clients = 8;
    const bundles = Array.from({ length: clients }, (_, client) => {
      const entries = patients(prefix, count, `client-${client}`);
      return transaction(client % 2 === 0 ? entries : entries.toReversed());
    });
    const done = expectCleanEnds(await atOnce(bundles));
    expect(done.length).toBeGreaterThan(0);
    const versions = await versionsOf(prefix);
    expect(versions.size).toBe(count);
    const [one] = versions.values();
    // Each bundle as a whole: the versions of all resources tell the same story, without gaps.
    expect(one!.map(({ version }) => version)).toEqual(
      Array.from({ length: done.length + (exist ? 1 : 0) }, (_, i) => i + 1),
    );
    for (const history of versions.values()) {
      expect(history.map(({ version, family }) => [version, family])).toEqual(
        one!.map(({ version, family }) => [version, family]),
      );
    }
  });

  it('keeps what every patch adds', async () => {
    await accepted(
      server.base,
      batch([put({ resourceType: 'Patient', id: 'patched', name: [{ family: 'first' }] })]),
    );
    const add = (family: string) =>
      transaction([jsonPatch('Patient/patched', [{ op: 'add', path: '/name/-', value: { family } }])]);
    const answers = await atOnce(Array.from({ length: 12 }, (_, i) => add(`p${i}`)));
    const done = expectCleanEnds(answers).length;
    const { name, meta } = await readBack(server.base, 'Patient/patched');
    expect(name).toHaveLength(done + 1);
    expect(meta.versionId).toBe(String(done + 1));
  });

  it('by deletes, updates and creates at once leaves what the answers say', async () => {
    const before = (await typeCounts(server.databaseUrl)).Group ?? 0;
    const groups = (n: number) =>
      Array.from({ length: 10 }, (_, i) => ({
        resourceType: 'Group',
        id: `g-${i}`,
        type: 'person',
        actual: true,
        quantity: n,
      }));
    const remove = groups(0).map(({ id }) => ({ request: { method: 'DELETE', url: `Group/${id}` } }));
    for (let turn = 0; turn < 4; turn++) {
      const bundles = [
        transaction(groups(turn * 10 + 1).map((group) => put(group))),
        transaction(remove.toReversed()),
        transaction(
          groups(turn * 10 + 2)
            .map((group) => put(group))
            .toReversed(),
        ),
        transaction(remove),
      ];
      expectCleanEnds(await atOnce(bundles));
      const left = ((await typeCounts(server.databaseUrl)).Group ?? 0) - before;
      expect([0, 10]).toContain(left);
    }
    await accepted(server.base, transaction(groups(99).map((group) => put(group))));
    const quantities = await queryRows<{ quantity: string; n: number }>(
      server.databaseUrl,
      `SELECT content->>'quantity' AS quantity, count(*)::int AS n FROM resource WHERE type = 'Group' GROUP BY 1`,
    );
    expect(quantities).toEqual([{ quantity: '99', n: 10 }]);
  });
});
