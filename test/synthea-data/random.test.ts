// The random streams are the same everywhere, independent of each other, and as evenly spread as
// they should be.
import { describe, expect, it } from '@jest/globals';
import { createRandom } from '../../synthea-data/random.ts';

const take = <T>(count: number, draw: () => T): T[] => Array.from({ length: count }, draw);

describe('createRandom', () => {
  it('gives the same numbers for the same labels, others for others', () => {
    const numbers = (...labels: (string | number)[]): number[] => {
      const random = createRandom(...labels);
      return take(20, () => random.int(0, 1e9));
    };
    expect(numbers('seed', 1)).toEqual(numbers('seed', 1));
    expect(numbers('seed', '1')).toEqual(numbers('seed', 1));
    for (const other of [['seed', 2], ['seed', 11], ['see', 'd1'], ['seed1'], [1, 'seed']]) {
      expect(numbers('seed', 1)).not.toEqual(numbers(...other));
    }
  });

  it('gives pinned numbers: no machine may give others', () => {
    const random = createRandom('pinned');
    expect(take(4, () => random.int(0, 999_999))).toEqual([710724, 85014, 78894, 265236]);
    expect(random.uuid()).toBe('0f967baa-25b6-45b5-b638-44d0481ca7cb');
  });

  it('spreads evenly', () => {
    const random = createRandom('even');
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 100_000; draw++) counts[random.int(0, 9)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });

  it('has a bell of mean 0 and deviation 1', () => {
    const random = createRandom('bell');
    const draws = take(50_000, random.bell);
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length;
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });

  it('draws by weight and makes version 4 UUIDs', () => {
    const random = createRandom('weights');
    const draws = take(10_000, () =>
      random.weighted([
        ['a', 3],
        ['b', 1],
        ['never', 0],
      ]),
    );
    expect(draws.filter((draw) => draw === 'a').length / draws.length).toBeCloseTo(0.75, 1);
    expect(draws).not.toContain('never');
    const ids = take(1000, random.uuid);
    expect(new Set(ids).size).toBe(1000);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('gives neighbouring patients unrelated first numbers', () => {
    const firsts = take(
      2000,
      (
        (number) => () =>
          createRandom(1, number++, 'person').unit()
      )(0),
    );
    const mean = firsts.reduce((sum, first) => sum + first, 0) / firsts.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
    const steps = firsts.slice(1).map((first, place) => Math.abs(first - firsts[place]!));
    expect(steps.reduce((sum, step) => sum + step, 0) / steps.length).toBeCloseTo(1 / 3, 1);
  });
});
