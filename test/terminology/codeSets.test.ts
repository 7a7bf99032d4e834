// The set algebra against a model: every set has a truth in a small universe, and what the algebra says of a code is either
// that truth or, only where something is unresolved, that it is not known.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  type CodeSet,
  difference,
  intersection,
  listed,
  membership,
  union,
  unresolvedSet,
  wholeSystem,
} from '../../server/terminology/codeSets.ts';

const systems = ['s', 't'];
const universe = systems.flatMap((system) => ['1', '2', '3'].map((code) => ({ system, code })));
const textOf = ({ system, code }: { system: string; code: string }) => `${system}|${code}`;

/** A set, and what is really in it. */
interface Modelled {
  set: CodeSet;
  truth: ReadonlySet<string>;
}

const lists = fc.subarray(universe).map((codes): Modelled => {
  return { set: listed(codes), truth: new Set(codes.map(textOf)) };
});
const wholes = fc.constantFrom(...systems).map((system): Modelled => {
  const codes = universe.filter((code) => code.system === system);
  return { set: wholeSystem(system, codes.slice(1)), truth: new Set(codes.map(textOf)) };
});
const doubts = fc
  .tuple(fc.constantFrom(undefined, ...systems), fc.subarray(universe))
  .map(([system, codes]) => {
    const truth = new Set(codes.filter((c) => system === undefined || c.system === system).map(textOf));
    const set = unresolvedSet({ system, reason: 'value-set', subject: 'x', message: 'unknown' });
    return { set, truth } satisfies Modelled;
  });

const operations = {
  union: (a: Modelled, b: Modelled) => [union(a.set, b.set), a.truth.union(b.truth)] as const,
  intersection: (a: Modelled, b: Modelled) =>
    [intersection(a.set, b.set), a.truth.intersection(b.truth)] as const,
  difference: (a: Modelled, b: Modelled) => [difference(a.set, b.set), a.truth.difference(b.truth)] as const,
};

const trees = (leaves: fc.Arbitrary<Modelled>) =>
  fc.letrec<{ tree: Modelled }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 5 },
      { arbitrary: leaves, weight: 1 },
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.constantFrom(...Object.values(operations)), tie('tree'), tie('tree'))
          .map(([operation, a, b]): Modelled => {
            const [set, truth] = operation(a, b);
            return { set, truth };
          }),
      },
    ),
  })).tree;

describe('sets of codes', () => {
  it('are exact where everything is known', () => {
    fc.assert(
      fc.property(trees(fc.oneof(lists, wholes)), ({ set, truth }) => {
        for (const code of universe) {
          expect(membership(set, code.system, code.code)).toBe(truth.has(textOf(code)));
        }
        expect(set.unresolved).toEqual([]);
        // Codes that are listed belong, those that are excepted do not.
        for (const [system, { codes, except }] of set.systems) {
          for (const code of codes.keys()) expect(truth).toContain(`${system}|${code}`);
          for (const code of except.keys()) expect(truth).not.toContain(`${system}|${code}`);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never claim what is not known', () => {
    fc.assert(
      fc.property(trees(fc.oneof(lists, wholes, doubts)), ({ set, truth }) => {
        for (const code of universe) {
          const answer = membership(set, code.system, code.code);
          if (answer !== 'unknown') expect(answer).toBe(truth.has(textOf(code)));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('leave no doubt where it cannot matter', () => {
    const doubt = unresolvedSet({ system: 's', reason: 'filter', subject: 's', message: 'unknown' });
    const other = listed([{ system: 't', code: '1' }]);
    expect(union(wholeSystem('s'), doubt).unresolved).toEqual([]);
    expect(intersection(other, doubt).unresolved).toEqual([]);
    expect(difference(other, doubt)).toEqual(other);
  });

  it('keep the order and the first spelling of what is listed', () => {
    const a = listed([{ system: 's', code: '2', display: 'two' }]);
    const b = listed([
      { system: 's', code: '1' },
      { system: 's', code: '2', display: 'zwei' },
    ]);
    expect([...union(a, b).systems.get('s')!.codes.values()]).toEqual([
      { system: 's', code: '2', display: 'two' },
      { system: 's', code: '1' },
    ]);
  });
});
