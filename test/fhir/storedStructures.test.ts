// StructureDefinitions that clients store on the server: found by canonical, with what they need, and why some cannot be used.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { loadStructures } from '../../server/definitions/publishedStructures.ts';
import { structuresNow } from '../../server/fhir/storedStructures.ts';
import type { Services } from '../../server/services.ts';
import { definitions } from '../definitions/testDefinitions.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const T = 'http://t.example/StructureDefinition/';

let server: TestServer;
let db: pg.Pool;
let services: Services;
beforeAll(async () => {
  server = await startTestServer();
  db = new pg.Pool({ connectionString: server.databaseUrl });
  const structures = loadStructures('node_modules/.cache/salus-test/cache');
  services = { definitions, db, structures, baseUrls: [server.base] } as unknown as Services;
});
afterAll(async () => {
  await db?.end();
  await server?.stop();
});

/** A profile that constrains Patient unless it says otherwise. */
const profile = (
  name: string,
  elements: { path: string; sliceName?: string; [field: string]: unknown }[],
  more: Record<string, unknown> = {},
) => ({
  resourceType: 'StructureDefinition',
  url: `${T}${name}`,
  name,
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: `${R4}Patient`,
  derivation: 'constraint',
  differential: {
    element: (elements.length > 0 ? elements : [{ path: String(more.type ?? 'Patient') }]).map((element) => ({
      id: element.path + (element.sliceName ? `:${element.sliceName}` : ''),
      ...element,
    })),
  },
  ...more,
});

async function store(resource: { resourceType: string }): Promise<string> {
  const { status, body } = await send('POST', `${server.base}/${resource.resourceType}`, resource);
  expect({ status, body: status === 201 ? undefined : body }).toEqual({ status: 201, body: undefined });
  return body.id;
}

const now = (...canonicals: string[]) => structuresNow(services, db, canonicals);

describe('stored structures', () => {
  it('are found by url, with a snapshot made from the differential', async () => {
    await store(profile('born', [{ path: 'Patient.birthDate', min: 1 }]));
    const { find } = await now(`${T}born`);
    const found = find(`${T}born`)!;
    expect(found.elements.find(({ id }) => id === 'Patient.birthDate')).toMatchObject({ min: 1, max: 1 });
    expect(found.elements.length).toBe(find(`${R4}Patient`)!.elements.length);
  });

  it('are found by version: the one named, or the latest', async () => {
    for (const [version, min] of [
      ['1.2.0', 1],
      ['1.10.0', 2],
      ['1.9.0', 3],
    ] as const) {
      await store(profile('versions', [{ path: 'Patient.name', min }], { version }));
    }
    const asked = [`${T}versions`, `${T}versions|1.2.0`, `${T}versions|1.9.0`, `${T}versions|2.0.0`];
    const { find } = await now(...asked);
    const least = asked.map((c) => find(c)?.elements.find(({ id }) => id === 'Patient.name')?.min);
    expect(least).toEqual([2, 1, 3, undefined]);
  });

  it('come with their base, the profiles of their types, and those of what they refer to', async () => {
    await store(profile('tall', [{ path: 'Patient.name', min: 1 }], { baseDefinition: `${T}middle` }));
    await store(profile('middle', [{ path: 'Patient.gender', min: 1 }], { baseDefinition: `${T}born` }));
    await store(
      profile(
        'linked',
        [
          {
            path: 'Patient.extension',
            sliceName: 'note',
            type: [{ code: 'Extension', profile: [`${T}note`] }],
          },
          {
            path: 'Patient.managingOrganization',
            type: [{ code: 'Reference', targetProfile: [`${T}clinic`] }],
          },
        ],
        { baseDefinition: `${T}tall` },
      ),
    );
    await store(
      profile('note', [{ path: 'Extension.url', fixedUri: `${T}note` }], {
        ...{ kind: 'complex-type', type: 'Extension', baseDefinition: `${R4}Extension` },
        context: [{ type: 'element', expression: 'Patient' }],
      }),
    );
    await store(
      profile('clinic', [{ path: 'Organization.name', min: 1 }], {
        ...{ type: 'Organization', baseDefinition: `${R4}Organization` },
      }),
    );
    const { find } = await now(`${T}linked`);
    for (const name of ['linked', 'tall', 'middle', 'born', 'note', 'clinic']) {
      expect(find(`${T}${name}`)?.url).toBe(`${T}${name}`);
    }
    const least = (id: string) => find(`${T}linked`)!.elements.find((element) => element.id === id)?.min;
    expect(['Patient.birthDate', 'Patient.gender', 'Patient.name'].map(least)).toEqual([1, 1, 1]);
  });

  it('come before published profiles of the same url, but never before the types of R4', async () => {
    const bmi = `${R4}bmi`;
    expect((await now(bmi)).find(bmi)).toMatchObject({ name: 'observation-bmi' });
    const id = await store(
      profile('x', [], { url: bmi, name: 'Mine', type: 'Observation', baseDefinition: `${R4}vitalsigns` }),
    );
    await store(profile('x', [{ path: 'Patient.name', min: 1 }], { url: `${R4}Patient`, name: 'Mine' }));
    const { find } = await now(bmi, `${R4}Patient`);
    expect(find(bmi)).toMatchObject({ name: 'Mine' });
    expect(find(`${R4}Patient`)).toMatchObject({ name: 'Patient', derivation: 'specialization' });
    expect((await send('DELETE', `${server.base}/StructureDefinition/${id}`)).status).toBeLessThan(300);
    expect((await now(bmi)).find(bmi)).toMatchObject({ name: 'observation-bmi' });
  });

  it('follow what is written, and are the same objects until then', async () => {
    const url = `${T}changing`;
    expect((await now(url)).find(url)).toBeUndefined();
    const id = await store(profile('changing', [{ path: 'Patient.name', min: 1 }]));
    const before = (await now(url)).find(url);
    expect((await now(url)).find(url)).toBe(before);
    const changed = { ...profile('changing', [{ path: 'Patient.name', min: 2 }]), id };
    expect((await send('PUT', `${server.base}/StructureDefinition/${id}`, changed)).status).toBe(200);
    const after = (await now(url)).find(url);
    expect(after!.elements.find((element) => element.id === 'Patient.name')!.min).toBe(2);
  });

  it('can be asked for later, such as extensions met in a resource', async () => {
    const view = await now();
    expect(view.find(`${T}clinic`)).toBeUndefined();
    await view.load([`${T}clinic`, 'http://nowhere.example/x', '']);
    expect(view.find(`${T}clinic`)?.url).toBe(`${T}clinic`);
    expect(view.find('http://nowhere.example/x')).toBeUndefined();
    expect(view.problem('http://nowhere.example/x')).toBeUndefined();
  });

  it('are seen inside a transaction, and not remembered from there', async () => {
    const url = `${T}uncommitted`;
    const client = await db.connect();
    try {
      await client.query('BEGIN');
      const id = await store(profile('uncommitted', []));
      expect((await structuresNow(services, client, [url])).find(url)?.url).toBe(url);
      await client.query('UPDATE resource SET deleted = true WHERE type = $1 AND id = $2', [
        'StructureDefinition',
        id,
      ]);
      expect((await structuresNow(services, client, [url])).find(url)).toBeUndefined();
      await client.query('ROLLBACK');
    } finally {
      client.release();
    }
    expect((await now(url)).find(url)?.url).toBe(url);
  });

  it.each([
    [
      'an unknown base',
      profile('orphan', [], { baseDefinition: `${T}nobody` }),
      /based on .*nobody, which is not known here/,
    ],
    [
      'a path that its base does not have',
      profile('lost', [{ path: 'Patient.nmae', min: 1 }]),
      /Patient has no element nmae/,
    ],
    [
      'a base of another type',
      profile('mixed', [], { baseDefinition: `${R4}Observation` }),
      /constrains Patient, but its base .* is about Observation/,
    ],
    ['itself as its base', profile('self', [], { baseDefinition: `${T}self` }), /builds on itself/],
    [
      'a base that cannot be used',
      profile('heir', [], { baseDefinition: `${T}lost` }),
      /lost cannot be used: .*no element nmae/,
    ],
  ])('with %s are stored, not found, and say why', async (_what, structure, reason) => {
    await store(structure);
    const { find, problem } = await now(structure.url);
    expect(find(structure.url)).toBeUndefined();
    expect(problem(structure.url)).toMatch(reason);
  });
});
