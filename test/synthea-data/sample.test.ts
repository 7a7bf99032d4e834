// The committed sample is what the generator makes: the command in synthea-data/README.md,
// repeated, gives the same bytes.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { generatePopulation, writeBundle } from '../../synthea-data/generatePopulation.ts';

const folder = join(import.meta.dirname, '../../synthea-data/sample');
const README = join(import.meta.dirname, '../../synthea-data/README.md');

describe('the committed sample', () => {
  it('is byte for byte what its command writes', async () => {
    const command =
      /salus generate --patients (\d+) --seed (\S+) --years (\d+) --out synthea-data\/sample/.exec(
        await readFile(README, 'utf8'),
      );
    const [, patients, seed, years] = command!;
    const files = [...generatePopulation({ patients: Number(patients), seed: seed!, years: Number(years) })];
    expect((await readdir(folder)).sort()).toEqual(files.map(({ fileName }) => fileName).sort());
    for (const { fileName, bundle } of files) {
      expect((await readFile(join(folder, fileName), 'utf8')) === writeBundle(bundle)).toBe(true);
    }
  });

  it('is small', async () => {
    let bytes = 0;
    for (const name of await readdir(folder)) bytes += (await readFile(join(folder, name))).byteLength;
    expect(bytes).toBeLessThan(1_500_000);
  });
});
