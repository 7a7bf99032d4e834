import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileFhirPath, itemOf } from '../../server/fhirpath/compileFhirPath.ts';
import type { Frame } from '../../server/fhirpath/expression.ts';
import { compilePattern } from '../../server/fhirpath/pattern.ts';
import { definitions, environmentOf } from './fhirPathSupport.ts';

const frame = () => ({ budget: { visited: 10_000_000 } }) as Frame;

/** Patterns over few characters, so that they match now and then. */
const pattern: fc.Arbitrary<string> = fc.letrec<{
  choice: string;
  sequence: string;
  piece: string;
  atom: string;
}>((tie) => ({
  choice: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
  sequence: fc.array(tie('piece'), { maxLength: 3 }).map((parts) => parts.join('')),
  piece: fc
    .tuple(tie('atom'), fc.constantFrom('', '', '*', '+', '?', '*?', '+?', '{2}', '{1,2}', '{0,3}?', '{1,}'))
    .map(([atom, times]) => (/^(?:\^|\$|\\b)$/.test(atom) ? atom : atom + times)),
  atom: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '[a-c]', '\\w', '\\d', '\\.', '^', '$', '\\b', '-'),
    tie('choice').map((inner) => `(${inner})`),
    tie('choice').map((inner) => `(?:${inner})`),
  ),
})).choice;
const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '.', '-', ' '), maxLength: 8 });

/** JavaScript's own engine, which is compared with, takes for ever over longer ones. */
const short = pattern.filter((source) => source.length <= 40);

describe('regular expressions', () => {
  it('match what those of JavaScript match', () => {
    fc.assert(
      fc.property(short, text, (source, input) => {
        const mine = compilePattern(source);
        expect(mine.matches(input, frame())).toBe(new RegExp(source, 's').test(input));
        expect(mine.matchesAll(input, frame())).toBe(new RegExp(`^(?:${source})$`, 's').test(input));
      }),
      { numRuns: 2000, seed: 11 },
    );
  });

  it('replace what those of JavaScript replace', () => {
    const simple = short.filter(
      (source) => !/[*+?}]\)*[*+?{]|\(\)|\(\?:\)/.test(source) && !/\([^)]*[|*?][^)]*\)[*+?{]/.test(source),
    );
    fc.assert(
      fc.property(simple, text, (source, input) => {
        expect(compilePattern(source).replace(input, '<$1>', frame())).toBe(
          input.replace(
            new RegExp(source, 'gs'),
            (_, ...groups) =>
              `<${/\((?!\?)/.test(source) ? (typeof groups[0] === 'string' ? groups[0] : '') : '$1'}>`,
          ),
        );
      }),
      { numRuns: 1000, seed: 12 },
    );
  });

  it.each([
    ['^(a+)+$', `${'a'.repeat(5000)}!`, false],
    ['(a|a)*b', 'a'.repeat(5000), false],
    ['(.*)(.*)(.*)(.*)(.*)x', 'a'.repeat(2000), false],
    ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(3000), false],
    ['(x+x+)+y', `${'x'.repeat(3000)}y`, true],
  ])('%s does not run away', (source, input, expected) => {
    expect(compilePattern(source).matches(input, frame())).toBe(expected);
  });

  it.each([
    '(',
    ')',
    '[a',
    'a**',
    '{2}{3}x*+',
    '\\',
    '(?<=a)b',
    '(a)\\1',
    '(?<n>a)',
    'a{3,1}',
    '[z-a]',
    '*',
    '\\p{Nope}',
  ])('%s is refused', (source) => expect(() => compilePattern(source)).toThrow(/regular expression/));

  it.each(['((a{1000}){1000}){1000}', '(?:(?:){9999}){9999}a{9999}', `a${'?'.repeat(1)}`.repeat(600)])(
    'is bounded: %s',
    (source) => expect(() => compilePattern(source)).toThrow(/too many repetitions|more than 1000/),
  );

  it('charges the budget', () => {
    const path = compileFhirPath("name.family.matches('(a|b|ab)*c')", { definitions, place: 'Patient' });
    const input = itemOf({ resourceType: 'Patient', name: [{ family: 'ab'.repeat(10_000) }] }, 'Patient');
    expect(() => path.evaluate(input, environmentOf(input, { budget: { visited: 1000 } }))).toThrow(
      /too many/,
    );
    expect(path.evaluate(input, environmentOf(input)).map(({ value }) => value)).toEqual([false]);
  });
});
