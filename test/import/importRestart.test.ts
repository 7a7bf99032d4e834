// `salus import` that is killed and started again, that runs twice at the same time, and that makes placeholders: what is stored in the
// end is what one undisturbed run stores.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { generatePopulation } from '../../synthea-data/generatePopulation.ts';
import {
  batch,
  byIdentifier,
  identified,
  observation,
  post,
  SYSTEM,
  transaction,
  urn,
} from '../bundles/bundleSupport.ts';
import { cleanUp } from '../runtime/serverProcess.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';
import { queryRows, type RowCounts, rowCounts, typeCounts } from '../support/rowCounts.ts';
import { type Json, resultOf, runImport, startImport, writeFiles } from './importSupport.ts';
import { storedContent } from './storedContent.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await cloneDatabase();
});
afterEach(() => database.drop());
afterAll(cleanUp);

describe('a population', () => {
  let folder: string;
  let expected: { rows: RowCounts; content: string[]; resources: number };
  beforeAll(async () => {
    const files: Record<string, Json> = {};
    for (const { fileName, bundle } of generatePopulation({ patients: 10, seed: 7, years: 2 }))
      files[fileName] = bundle;
    files['more.ndjson'] = Array.from({ length: 3_000 }, (_, i) => ({
      ...observation('Patient/x'),
      id: `line-${i}`,
    }));
    files['new.ndjson'] = Array.from({ length: 1_200 }, () => observation('Patient/x'));
    folder = writeFiles(files);
    const undisturbed = await cloneDatabase();
    const { code } = await runImport(undisturbed.url, [folder]);
    expect(code).toBe(0);
    expected = {
      rows: await rowCounts(undisturbed.url),
      content: await storedContent(undisturbed.url),
      resources: (await rowCounts(undisturbed.url)).resource,
    };
    await undisturbed.drop();
  });

  /** Kills an import as soon as so many resources are stored. */
  async function killedAfter(resources: number): Promise<number> {
    const started = startImport(database.url, [folder]);
    for (;;) {
      const [row] = await queryRows<{ n: number }>(database.url, 'SELECT count(*)::int AS n FROM resource');
      if (row!.n >= resources) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    started.kill('SIGKILL');
    expect(await started.ended).toBe('SIGKILL');
    // Postgres notices the end of its client when it next listens to it.
    for (;;) {
      const others = await queryRows(
        database.url,
        'SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
      );
      if (others.length === 0) return (await rowCounts(database.url)).resource;
    }
  }

  it('is whole after an import that was killed twice', async () => {
    const first = await killedAfter(1);
    const second = await killedAfter(Math.floor(expected.resources / 2));
    expect(first).toBeLessThan(expected.resources);
    expect(second).toBeLessThan(expected.resources);
    const { code, counts } = await runImport(database.url, [folder]);
    expect(code).toBe(0);
    expect(counts.all![0]).toBe(expected.resources - second);
    expect(await rowCounts(database.url)).toEqual(expected.rows);
    expect(await storedContent(database.url)).toEqual(expected.content);
  });

  it('is stored once by two imports at the same time', async () => {
    const both = [startImport(database.url, [folder]), startImport(database.url, [folder])];
    const [one, other] = await Promise.all(both.map(resultOf));
    expect([one!.code, other!.code]).toEqual([0, 0]);
    expect(one!.counts.all![0] + other!.counts.all![0]).toBe(expected.resources);
    expect(await rowCounts(database.url)).toEqual(expected.rows);
    expect(await storedContent(database.url)).toEqual(expected.content);
  });
});

describe('--create-placeholders', () => {
  const doctors = ['d1', 'd2', 'd3'];
  const seen = (n: number) =>
    transaction([
      post(
        {
          resourceType: 'Patient',
          name: [{ family: `P${n}` }],
          managingOrganization: { reference: `Organization?${byIdentifier('hospital')}` },
        },
        urn(1),
      ),
      ...doctors.map((value) =>
        post(observation(urn(1), { performer: [{ reference: `Practitioner?${byIdentifier(value)}` }] })),
      ),
    ]);
  const files = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`p${n}.json`, seen(n)]));

  it('makes each missing resource once, with its identifier and a tag, however many bundles need it', async () => {
    const folder = writeFiles(files);
    const { code, counts } = await runImport(database.url, ['--create-placeholders', folder]);
    expect({ code, all: counts.all }).toEqual({ code: 0, all: [48, 0, 0, 0] });
    expect(await typeCounts(database.url)).toEqual({
      Observation: 36,
      Organization: 1,
      Patient: 12,
      Practitioner: 3,
    });
    const made = await queryRows<{ name: string; content: Json }>(
      database.url,
      `SELECT type || '/' || id AS name, content FROM resource WHERE type IN ('Organization', 'Practitioner') ORDER BY key`,
    );
    expect(made.map(({ content }) => content.identifier[0].value).sort()).toEqual([...doctors, 'hospital']);
    for (const { content } of made) {
      expect(content.identifier).toEqual([{ system: SYSTEM, value: expect.any(String) }]);
      expect(content.meta.tag[0].code).toBe('placeholder');
    }
    const performers = await queryRows<{ performer: string }>(
      database.url,
      `SELECT DISTINCT content->'performer'->0->>'reference' AS performer FROM resource WHERE type = 'Observation' ORDER BY 1`,
    );
    const practitioners = made.map(({ name }) => name).filter((name) => name.startsWith('Practitioner/'));
    expect(performers.map(({ performer }) => performer)).toEqual(practitioners.sort());

    const before = await rowCounts(database.url);
    const again = await runImport(database.url, ['--create-placeholders', folder]);
    expect({ code: again.code, all: again.counts.all }).toEqual({ code: 0, all: [0, 0, 48, 0] });
    // The hospital's own file comes late: it finds the placeholder.
    const hospital = batch([
      post(identified('Organization', 'hospital'), undefined, { ifNoneExist: byIdentifier('hospital') }),
    ]);
    const late = await runImport(database.url, [writeFiles({ 'hospital.json': hospital })]);
    expect(late.counts.all).toEqual([0, 0, 1, 0]);
    expect({ ...(await rowCounts(database.url)) }).toEqual(before);
  });

  it('uses what is there, and what the same bundle creates', async () => {
    const own = transaction([
      ...seen(1).entry,
      post(identified('Practitioner', 'd2', { gender: 'female' }), undefined, {
        ifNoneExist: byIdentifier('d2'),
      }),
    ]);
    const hospital = batch([post(identified('Organization', 'hospital', { name: 'Real' }))]);
    const folder = writeFiles({ 'hospital.json': hospital, 'p.json': own });
    expect((await runImport(database.url, ['--create-placeholders', folder])).code).toBe(0);
    const stored = await queryRows<{ type: string; placeholder: boolean }>(
      database.url,
      `SELECT type, content->'meta' ? 'tag' AS placeholder FROM resource WHERE type IN ('Organization', 'Practitioner')
       ORDER BY type, placeholder`,
    );
    expect(stored).toEqual([
      { type: 'Organization', placeholder: false },
      { type: 'Practitioner', placeholder: false },
      { type: 'Practitioner', placeholder: true },
      { type: 'Practitioner', placeholder: true },
    ]);
  });

  it('makes none where the criteria say more than one identifier, or where several match', async () => {
    const twice = batch([post(identified('Practitioner', 'twin')), post(identified('Practitioner', 'twin'))]);
    const refers = (reference: string) =>
      transaction([post(observation('Patient/x', { performer: [{ reference }] }))]);
    const folder = writeFiles({
      'practitioner.json': twice,
      'a.json': refers(`Practitioner?${byIdentifier('twin')}`),
      'b.json': refers('Practitioner?name=Somebody'),
      'c.json': refers(`Practitioner?${byIdentifier('x')}&active=true`),
    });
    const { code, counts } = await runImport(database.url, [
      '--create-placeholders',
      folder,
      '--rejects',
      `${folder}/rejects`,
    ]);
    expect({ code, all: counts.all }).toEqual({ code: 3, all: [2, 0, 0, 3] });
    expect(await typeCounts(database.url)).toEqual({ Practitioner: 2 });
  });
});
