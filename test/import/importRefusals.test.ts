// What `salus import` refuses, where it writes that down, and how it ends (exit codes).
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { batch, byIdentifier, post, put, transaction } from '../bundles/bundleSupport.ts';
import { cleanUp, temporaryFolder } from '../runtime/serverProcess.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';
import { typeCounts } from '../support/rowCounts.ts';
import { type Json, runImport, writeFiles } from './importSupport.ts';
import { hospitals, line, patient, practitioners } from './smallRecords.ts';

let database: TestDatabase;
beforeEach(async () => {
  database = await cloneDatabase();
});
afterEach(() => database.drop());
afterAll(cleanUp);

const rejectsIn = (path: string): Json[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text));

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
