// The arrangement of an expansion by hierarchy, on made and on random ones.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reduceCodeSystem } from '../../server/definitions/reduceTerminology.ts';
import { ancestors, codeSystemOf } from '../../server/terminology/codeSystem.ts';
import { type NestedCode, nestCodes } from '../../server/terminology/nestCodes.ts';
import { codeSystem } from './testTerminology.ts';

/** A code system of codes with their parents. */
const make = (parents: Record<string, string[]>) =>
  codeSystemOf(
    reduceCodeSystem(
      codeSystem(
        'c',
        Object.entries(parents).map(([code, above]) => ({
          code,
          property: above.map((parent) => ({ code: 'parent', valueCode: parent })),
        })),
      ),
    ),
  );
const nest = (parents: Record<string, string[]>, codes: string[]): NestedCode[] => {
  const system = make(parents);
  return nestCodes(
    codes.map((code) => ({ system: 'http://t/c', code })),
    () => system,
  );
};
const shape = (nodes: readonly NestedCode[]): string =>
  nodes
    .map(({ code, children }) => (children.length > 0 ? `${code.code}(${shape(children)})` : code.code))
    .join(' ');

describe('nestCodes', () => {
  it.each<[string, Record<string, string[]>, string, string]>([
    ['a tree', { a: [], b: ['a'], c: ['b'], d: [] }, 'a b c d', 'a(b(c)) d'],
    ['parents after children', { a: [], b: ['a'], c: ['b'] }, 'c b a', 'a(b(c))'],
    ['a code that is left out', { a: [], b: ['a'], c: ['b'] }, 'a c', 'a(c)'],
    ['a top that is left out', { a: [], b: ['a'], c: ['a'] }, 'b c', 'b c'],
    ['two parents', { a: [], b: [], c: ['a', 'b'] }, 'a b c', 'a(c) b'],
    ['two parents, one left out', { a: [], b: [], c: ['a', 'b'] }, 'b c', 'b(c)'],
    ['the nearer of two', { top: [], a: ['top'], b: ['top'], c: ['b', 'top'] }, 'top c', 'top(c)'],
    ['a cycle of one', { a: ['a'] }, 'a', 'a'],
    ['a cycle of two', { a: ['b'], b: ['a'], c: ['a'] }, 'a b c', 'b(a(c))'],
    ['codes the system does not have', { a: [] }, 'x a', 'x a'],
  ])('%s', (_, parents, codes, expected) => {
    expect(shape(nest(parents, codes.split(' ')))).toBe(expected);
  });

  it('keeps systems apart', () => {
    const system = make({ a: [], b: ['a'] });
    const codes = [
      { system: 'http://t/c', code: 'a' },
      { system: 'http://t/other', code: 'b' },
    ];
    expect(shape(nestCodes(codes, ({ system: url }) => (url === 'http://t/c' ? system : undefined)))).toBe(
      'a b',
    );
  });

  it('has every code once, under one of its ancestors, whatever the hierarchy', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const hierarchy = fc.record(Object.fromEntries(names.map((name) => [name, fc.subarray(names)])));
    fc.assert(
      fc.property(hierarchy, fc.subarray(names), (parents, codes) => {
        const above = make(parents as Record<string, string[]>);
        const seen: string[] = [];
        const visit = (nodes: readonly NestedCode[], parent?: string) => {
          for (const { code, children } of nodes) {
            seen.push(code.code);
            if (parent !== undefined) expect(ancestors(above, code.code)).toContain(parent);
            visit(children, code.code);
          }
        };
        visit(nest(parents as Record<string, string[]>, codes));
        expect(seen.toSorted()).toEqual(codes.toSorted());
      }),
    );
  });

  it.each([
    ['from the top', (codes: string[]) => codes],
    ['from the bottom', (codes: string[]) => codes.toReversed()],
  ])('refuses more levels than clients can be expected to read, %s', (_, order) => {
    const chain = (length: number) =>
      Object.fromEntries(Array.from({ length }, (_, i) => [`c${i}`, i === 0 ? [] : [`c${i - 1}`]]));
    expect(nest(chain(50), order(Object.keys(chain(50))))).toHaveLength(1);
    expect(() => nest(chain(51), order(Object.keys(chain(51))))).toThrow('more than 50 levels');
  });

  it('refuses what would take too long', () => {
    const length = 3000;
    const chain = Object.fromEntries(
      Array.from({ length }, (_, i) => [`c${i}`, i === 0 ? [] : [`c${i - 1}`]]),
    );
    const leaves = Object.fromEntries(Array.from({ length }, (_, i) => [`leaf${i}`, [`c${length - 1}`]]));
    expect(() => nest({ ...chain, ...leaves }, Object.keys(leaves))).toThrow('larger than can be arranged');
  });
});
