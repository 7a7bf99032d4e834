import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findFiles } from '../../server/import/findFiles.ts';

let root: string;
const FILES = [
  'a/patient1.json',
  'a/practitionerInformation.json',
  'a/hospitalInformation.json',
  'b/Patient.000.ndjson',
  'b/Organization.000.ndjson.gz',
  'b/log.ndjson',
  'b/LICENSE',
  'patients/patient2.json',
  '.data/cache/structures.ndjson',
  'a/.hidden.json',
];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'salus-files-'));
  for (const file of FILES) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), '{}');
  }
});
afterAll(() => rmSync(root, { recursive: true }));

const order = async (...paths: string[]) => {
  const { files } = await findFiles(paths.map((path) => join(root, path)));
  return files.map(({ path }) => relative(root, path));
};

describe('findFiles', () => {
  it('loads each data set whole, its hospitals and practitioners first, and folders without any last', async () => {
    expect(await order('.')).toEqual([
      'a/hospitalInformation.json',
      'a/practitionerInformation.json',
      'a/patient1.json',
      'b/Organization.000.ndjson.gz',
      'b/Patient.000.ndjson',
      'patients/patient2.json',
    ]);
  });

  it('keeps the order in which data sets are named', async () => {
    expect(await order('patients', 'b', 'a')).toEqual([
      'b/Organization.000.ndjson.gz',
      'b/Patient.000.ndjson',
      'a/hospitalInformation.json',
      'a/practitionerInformation.json',
      'a/patient1.json',
      'patients/patient2.json',
    ]);
  });

  it('leaves hidden files and folders alone, unless they are named', async () => {
    const { files, left } = await findFiles([root]);
    expect([...files.map(({ path }) => path), ...left].filter((path) => path.includes('/.'))).toEqual([]);
    expect(await order('.data')).toEqual(['.data/cache/structures.ndjson']);
  });

  it('says what it leaves out, and refuses what it cannot read', async () => {
    const { left } = await findFiles([join(root, 'b')]);
    expect(left.map((path) => relative(root, path)).sort()).toEqual(['b/LICENSE', 'b/log.ndjson']);
    await expect(findFiles([join(root, 'b/LICENSE')])).rejects.toThrow('neither .json nor .ndjson');
    await expect(findFiles([join(root, 'none')])).rejects.toThrow('There is no file or folder');
  });
});
