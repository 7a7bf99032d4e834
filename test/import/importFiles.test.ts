// `salus import` on files of every kind: what is read in which order, what is refused and how that is said, and what a second run does.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  batch,
  byIdentifier,
  identified,
  observation,
  post,
  put,
  transaction,
  urn,
} from '../bundles/bundleSupport.ts';
import { cleanUp, temporaryFolder } from '../runtime/serverProcess.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';
import { queryRows, rowCounts, typeCounts } from '../support/rowCounts.ts';
import { type Json, resultOf, runImport, startImport, writeFiles } from './importSupport.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await cloneDatabase();
});
afterEach(() => database.drop());
afterAll(cleanUp);

const hospitals = batch([
  post(identified('Organization', 'o1'), urn(1), { ifNoneExist: byIdentifier('o1') }),
  post(identified('Location', 'l1'), urn(2), { ifNoneExist: byIdentifier('l1') }),
]);
const practitioners = batch([
  post(identified('Practitioner', 'd1'), urn(1), { ifNoneExist: byIdentifier('d1') }),
  post({
    resourceType: 'PractitionerRole',
    practitioner: { reference: `Practitioner?${byIdentifier('d1')}` },
  }),
]);
/** A patient who refers to the hospitals and practitioners by criteria. */
const patient = (family: string) =>
  transaction([
    post(
      {
        resourceType: 'Patient',
        name: [{ family }],
        managingOrganization: { reference: `Organization?${byIdentifier('o1')}` },
        generalPractitioner: [{ reference: `Practitioner?${byIdentifier('d1')}` }],
      },
      urn(1),
    ),
    post(observation(urn(1))),
  ]);
const line = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });
const rejectsIn = (path: string): Json[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));

describe('files', () => {
  it('of all kinds are found at any depth, compressed or not, hospitals and practitioners first', async () => {
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
        entry: [{ resource: line('inner') }],
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

describe('refused entries', () => {
  it('are written down with file, entry and reason, and end the import with 3', async () => {
    const folder = writeFiles({
      'a-batch.json': batch([
        post({ resourceType: 'Patient' }),
        post({ resourceType: 'Patient', nme: 1 }),
        post({ resourceType: 'Patient' }),
      ]),
      'a-transaction.json': transaction([
        post({ resourceType: 'Patient' }),
        put(line('x', { nme: 1 })),
        post({ resourceType: 'Patient' }),
      ]),
      'dangling.json': patient('Nobody knows'),
      'lines.ndjson': [
        line('n1'),
        '{"resourceType":"Patient","id":',
        line('a_b'),
        { id: 'n2' },
        line('n3', { nme: 1 }),
        line('n4'),
      ],
    });
    const rejects = join(temporaryFolder(), 'rejects.ndjson');
    const { code, counts, stdout } = await runImport(database.url, [folder, '--rejects', rejects]);
    expect(code).toBe(3);
    expect(stdout).toContain(`refused: see ${rejects}`);
    expect(counts.Patient![0]).toBe(4);
    expect(counts.all![3]).toBe(1 + 3 + 2 + 4);
    expect(await typeCounts(database.url)).toEqual({ Patient: 4 });
    const written = rejectsIn(rejects).map(({ file, ...rest }) => ({
      file: file.slice(folder.length + 1),
      ...rest,
    }));
    const of = (name: string) => written.filter(({ file }) => file === name);
    expect(of('a-batch.json')).toEqual([
      {
        file: 'a-batch.json',
        entry: 1,
        entries: 1,
        reason: expect.stringContaining('Bundle.entry[1].resource.nme'),
      },
    ]);
    expect(of('a-transaction.json')).toEqual([
      {
        file: 'a-transaction.json',
        entries: 3,
        reason: expect.stringContaining('Bundle.entry[1].resource.nme'),
      },
    ]);
    const [dangling] = of('dangling.json');
    expect(dangling).toMatchObject({ entries: 2 });
    for (const missing of [`Organization?${byIdentifier('o1')}`, `Practitioner?${byIdentifier('d1')}`]) {
      expect(dangling.reason).toContain(missing);
    }
    expect(of('lines.ndjson').map(({ entry, entries }) => [entry, entries])).toEqual([
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 1],
    ]);
  });

  it('are taken up by a run after they were mended, and nothing else', async () => {
    const good = post({ resourceType: 'Patient', name: [{ family: 'Once' }] });
    const folder = writeFiles({
      'b.json': batch([good, post({ resourceType: 'Patient', nme: 1 })]),
      'p.json': patient('Later'),
    });
    const rejects = join(temporaryFolder(), 'rejects.ndjson');
    const first = await runImport(database.url, [folder, '--rejects', rejects]);
    expect([first.code, first.counts.all]).toEqual([3, [1, 0, 0, 3]]);
    const again = await runImport(database.url, [folder, '--rejects', rejects]);
    expect([again.code, again.counts.all]).toEqual([3, [0, 0, 1, 3]]);
    writeFileSync(join(folder, 'hospital.json'), JSON.stringify(hospitals));
    writeFileSync(join(folder, 'practitioner.json'), JSON.stringify(practitioners));
    const third = await runImport(database.url, [folder, '--rejects', rejects]);
    expect([third.code, third.counts.all]).toEqual([3, [6, 0, 1, 1]]);
    expect(rejectsIn(rejects)).toHaveLength(1);
  });

  it('may be whole files that cannot be read', async () => {
    const folder = writeFiles({
      'broken.json': '{\n "resourceType": "Bundle",\n "type": }',
      'empty.json': '',
      'number.json': '7',
      'unpacked.json.gz': 'x',
      'typo.json': { resourceType: 'Bundle', type: 'transaction', entries: [] },
      'good.ndjson': [line('n1')],
    });
    writeFileSync(
      join(folder, 'latin1.json'),
      Buffer.from('{"resourceType":"Patient","id":"\xe4"}', 'latin1'),
    );
    const whole = readFileSync(
      join(
        writeFiles({ 'x.ndjson.gz': Array.from({ length: 3_000 }, (_, i) => line(`g${i}`)) }),
        'x.ndjson.gz',
      ),
    );
    writeFileSync(join(folder, 'cut.ndjson.gz'), whole.subarray(0, whole.length / 2));
    writeFileSync(join(folder, 'cut.json.gz'), whole.subarray(0, 50));
    const zipped = join(folder, 'unpacked.json.gz');
    writeFileSync(zipped, 'not gzip at all');
    const rejects = join(temporaryFolder(), 'rejects.ndjson');
    const { code, counts, stderr } = await runImport(database.url, [folder, '--rejects', rejects]);
    expect({ code, stderr: stderr.replace(/^\{.*\n/gm, '') }).toEqual({ code: 3, stderr: '' });
    expect(counts.Patient![0]).toBeGreaterThanOrEqual(1);
    const files = rejectsIn(rejects).map(({ file }) => file.slice(folder.length + 1));
    expect(files.sort()).toEqual([
      'broken.json',
      'cut.json.gz',
      'cut.ndjson.gz',
      'empty.json',
      'latin1.json',
      'number.json',
      'typo.json',
      'unpacked.json.gz',
    ]);
    expect(rejectsIn(rejects).find(({ file }) => file.endsWith('broken.json')).reason).toContain('line 3');
  });
});

describe('an import that cannot run', () => {
  const bad = (args: string[]) => runImport(database.url, args);

  it('says so in one line: 1 for a failure, 2 for wrong usage', async () => {
    const folder = writeFiles({ 'lines.ndjson': [line('n1'), { resourceType: 'Nothing' }], 'a.csv': 'x' });
    const cases: [string[], number, string][] = [
      [[join(folder, 'missing.json')], 1, 'missing.json'],
      [[join(folder, 'a.csv')], 1, 'a.csv'],
      [[], 2, 'path'],
      [[folder, '--workers', '0'], 2, '--workers'],
      [[folder, '--rejects', join(folder, 'no/such/folder.ndjson')], 1, 'no/such'],
    ];
    for (const [args, code, says] of cases) {
      const result = await bad(args);
      const said = result.stderr.replace(/^\{.*\n/gm, '');
      expect({ args, code: result.code, lines: said.trim().split('\n').length }).toEqual({
        args,
        code,
        lines: 1,
      });
      expect(said).toContain(says);
    }
    const nowhere = await runImport(database.url.replace(/\/test_\w+$/, '/no_such_database'), [folder]);
    expect(nowhere.code).toBe(1);
  });

  it('leaves no file of rejects where nothing was refused', async () => {
    const rejects = join(temporaryFolder(), 'rejects.ndjson');
    await bad([writeFiles({ 'lines.ndjson': [line('n1')] }), '--rejects', rejects]);
    expect(existsSync(rejects)).toBe(false);
  });
});
