// `salus import` on files of every kind: what is read in which order, and what a second run does.
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { observation, urn } from '../bundles/bundleSupport.ts';
import { cleanUp, temporaryFolder } from '../runtime/serverProcess.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';
import { queryRows, rowCounts, typeCounts } from '../support/rowCounts.ts';
import { resultOf, runImport, startImport, writeFiles } from './importSupport.ts';
import { hospitals, line, patient, practitioners } from './smallRecords.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await cloneDatabase();
});
afterEach(() => database.drop());
afterAll(cleanUp);

describe('files', () => {
  it('of all kinds are found at any depth, compressed or not, hospitals and practitioners first', async () => {
    const composition = {
      ...{ resourceType: 'Composition', status: 'final', type: { text: 'x' }, date: '2024', title: 'x' },
      author: [{ reference: urn(8) }],
    };
    const folder = writeFiles({
      'a/patient.json': patient('First'),
      'a/packed.json.gz': patient('Packed'),
      'm/practitionerInformation1.json.gz': practitioners,
      'z/hospitalInformation1.json': hospitals,
      'lines.ndjson': [line('n1'), line('n2')],
      'packed.ndjson.gz': [line('n3'), '', line('n4')],
      'collection.json': {
        resourceType: 'Bundle',
        type: 'collection',
        entry: [
          { fullUrl: urn(7), resource: line('c1') },
          { fullUrl: urn(8), resource: observation(urn(7)) },
        ],
      },
      'one.json': line('single'),
      'document.json': {
        resourceType: 'Bundle',
        id: 'doc',
        type: 'document',
        identifier: { system: 'urn:documents', value: 'doc' },
        timestamp: '2024-05-01T10:00:00Z',
        entry: [
          { fullUrl: urn(7), resource: composition },
          { fullUrl: urn(8), resource: line('inner') },
        ],
      },
      'notes.txt': 'not read',
    });
    const { code, counts, stderr } = await runImport(database.url, [folder]);
    expect({ code, refused: counts.all?.[3] }).toEqual({ code: 0, refused: 0 });
    expect(await typeCounts(database.url)).toEqual({
      Bundle: 1,
      Location: 1,
      Observation: 3,
      Organization: 1,
      Patient: 8,
      Practitioner: 1,
      PractitionerRole: 1,
    });
    expect(counts).toMatchObject({ Patient: [8, 0, 0, 0], Bundle: [1, 0, 0, 0], all: [16, 0, 0, 0] });
    expect(stderr).toContain('notes.txt');
    const links = await queryRows<{ link: string }>(
      database.url,
      `SELECT content->'subject'->>'reference' AS link FROM resource WHERE type = 'Observation' ORDER BY link`,
    );
    expect(links.filter(({ link }) => !/^Patient\/[\w-]+$/.test(link))).toEqual([]);
    expect(links.map(({ link }) => link)).toContain('Patient/c1');
  });

  it('can be named one by one, and are loaded in the right order all the same', async () => {
    const folder = writeFiles({
      'p.json': patient('First'),
      'hospital.json': hospitals,
      'practitioner.json': practitioners,
    });
    const paths = ['p.json', 'practitioner.json', 'hospital.json'].map((name) => join(folder, name));
    expect((await runImport(database.url, paths)).code).toBe(0);
  });

  it('are imported by two threads that find no cache', async () => {
    const folder = writeFiles({ 'lines.ndjson': [line('n1')] });
    const { code, stderr } = await resultOf(startImport(database.url, [folder], temporaryFolder()));
    expect({ code, stderr: stderr.replace(/^\{.*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
  });
});

describe('a second run', () => {
  const files = {
    'hospital.json': hospitals,
    'practitioner.json': practitioners,
    'p1.json': patient('First'),
    'p2.json': patient('Second'),
    'lines.ndjson': [line('n1'), line('n2', { active: true }), { resourceType: 'Patient', active: true }],
    'one.json': { resourceType: 'Basic', code: { text: 'no id' } },
  };

  it('creates and changes nothing, under whatever name the files go', async () => {
    const first = await runImport(database.url, [writeFiles(files)]);
    const before = await rowCounts(database.url);
    const folder = writeFiles(
      Object.fromEntries(Object.entries(files).map(([name, file]) => [`again/${name}`, file])),
    );
    const second = await runImport(database.url, [folder]);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(second.counts.all).toEqual([0, 0, first.counts.all![0], 0]);
    expect(await rowCounts(database.url)).toEqual(before);
  });

  it('of files that changed stores the changes', async () => {
    await runImport(database.url, [writeFiles(files)]);
    const changed = { ...files, 'lines.ndjson': [line('n1'), line('n2', { active: false }), line('n3')] };
    const { counts } = await runImport(database.url, [writeFiles(changed)]);
    expect(counts.Patient).toEqual([1, 1, 3, 0]);
  });

  it('loads what is not idempotent once more with --force', async () => {
    const folder = writeFiles(files);
    await runImport(database.url, [folder]);
    const { counts } = await runImport(database.url, ['--force', folder]);
    expect(counts).toMatchObject({
      Patient: [3, 0, 2, 0],
      Organization: [0, 0, 1, 0],
      Observation: [2, 0, 0, 0],
    });
  });
});
