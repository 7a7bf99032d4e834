// `salus generate` writes what the generator yields, refuses what it cannot do, and harms nothing
// that is already there.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { generateCommand } from '../../synthea-data/generateCommand.ts';
import { generatePopulation, writeBundle } from '../../synthea-data/generatePopulation.ts';

let folder: string;
let said: string;
let complained: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'salus-generate-'));
  said = '';
  complained = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    complained += String(text);
    return true;
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await rm(folder, { recursive: true });
});

describe('generateCommand', () => {
  it('writes every file of the population and says how many', async () => {
    const out = join(folder, 'new', 'population');
    expect(await generateCommand({ patients: 3, seed: 4, out })).toBe(0);
    const expected = [...generatePopulation({ patients: 3, seed: 4 })];
    expect((await readdir(out)).sort()).toEqual(expected.map(({ fileName }) => fileName).sort());
    for (const { fileName, bundle } of expected)
      expect(await readFile(join(out, fileName), 'utf8')).toBe(writeBundle(bundle));
    expect(said).toMatch(/^3 patients \(seed 4\) in .*: 5 files, \d+ resources, [\d.]+ MB, [\d.]+ s/);
    expect(complained).toBe('');
  });

  it('refuses a folder with something in it and leaves it alone', async () => {
    await writeFile(join(folder, 'mine.txt'), 'keep');
    expect(await generateCommand({ patients: 1, seed: 1, out: folder })).toBe(2);
    expect(await readdir(folder)).toEqual(['mine.txt']);
    expect(complained).toContain('is not empty');
  });

  it('fails with 1 where it cannot write', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await generateCommand({ patients: 1, seed: 1, out: join(folder, 'file', 'below') })).toBe(1);
    expect(complained).toContain('cannot write');
  });

  it.each([
    [{ patients: 0, seed: 1 }, '--patients'],
    [{ patients: 1.5, seed: 1 }, '--patients'],
    [{ patients: Number.NaN, seed: 1 }, '--patients'],
    [{ patients: 1e9, seed: 1 }, '--patients'],
    [{ patients: 1, seed: '' }, '--seed'],
    [{ patients: 1, seed: 0.5 }, '--seed'],
    [{ patients: 1, seed: 1, years: 0 }, '--years'],
    [{ patients: 1, seed: 1, years: 200 }, '--years'],
  ])('refuses %o', async (options, option) => {
    expect(await generateCommand({ ...options, out: join(folder, 'none') })).toBe(2);
    expect(complained).toContain(option);
    expect(await readdir(folder)).toEqual([]);
  });
});
