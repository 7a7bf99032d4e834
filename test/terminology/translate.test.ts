// Properties of translation that hold for any concept map, on maps made at random.
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reduceConceptMap } from '../../server/definitions/reduceConceptMap.ts';
import { createTerminology } from '../../server/terminology/terminology.ts';
import { translate } from '../../server/terminology/translate.ts';
import type { Match, TranslateRequest } from '../../server/terminology/translation.ts';
import { codeSystem, published, sourceOf } from './testTerminology.ts';

const SYSTEMS = ['http://t/from', 'http://t/to', 'http://t/third'];
const CODES = ['a', 'A', 'b', 'c', 'd'];
const EQUIVALENCES = [
  'equal',
  'equivalent',
  'wider',
  'narrower',
  'subsumes',
  'specializes',
  'inexact',
  'disjoint',
];

const code = fc.constantFrom(...CODES);
const target = fc.record({ code, equivalence: fc.constantFrom(...EQUIVALENCES) });
const group = fc.record({
  source: fc.constantFrom(...SYSTEMS),
  target: fc.constantFrom(...SYSTEMS),
  element: fc.array(fc.record({ code, target: fc.array(target, { maxLength: 3 }) }), { maxLength: 4 }),
  unmapped: fc.option(
    fc.oneof(
      fc.record({ mode: fc.constant('fixed'), code }),
      fc.record({ mode: fc.constant('provided') }),
      fc.record({ mode: fc.constant('other-map'), url: fc.constantFrom('http://t/cm/0', 'http://t/cm/1') }),
    ),
    { nil: undefined },
  ),
});
const maps = fc.tuple(fc.array(group, { maxLength: 3 }), fc.array(group, { maxLength: 3 }));

/** Two maps that may delegate to each other, beside code systems of which one does not care for case. */
function viewOf(groups: object[][]) {
  const reduced = groups.map((each, at) =>
    reduceConceptMap({ resourceType: 'ConceptMap', url: `http://t/cm/${at}`, group: each }),
  );
  const source = sourceOf(
    codeSystem('from', ['a', 'b', 'c', 'd'], { caseSensitive: false }),
    codeSystem('to', CODES),
  );
  const view = createTerminology({ published: () => published, conceptMaps: () => reduced }).at(
    undefined,
    source,
  );
  return { view, map: reduced[0]! };
}

const asked = (system: string, each: string, reverse: boolean): TranslateRequest => ({
  ...{ system, code: each, reverse, dependencies: [], anySystem: true },
});
const spelled = (system: string, each: string): string =>
  system === 'http://t/from' ? each.toLowerCase() : each;
const has = (matches: Match[], system: string, each: string, equivalences: string[]) =>
  matches.some(
    ({ concept, equivalence }) =>
      concept?.system === system &&
      spelled(system, concept.code) === spelled(system, each) &&
      equivalences.includes(equivalence),
  );

it('what a code is translated to leads back to it, the other way round', async () => {
  const inverse: Record<string, string> = {
    wider: 'narrower',
    narrower: 'wider',
    subsumes: 'specializes',
    specializes: 'subsumes',
  };
  let followed = 0;
  await fc.assert(
    fc.asyncProperty(maps, fc.constantFrom(...SYSTEMS), code, async (groups, system, each) => {
      const { view, map } = viewOf(groups);
      const there = await translate(view, map, asked(system, each, false));
      for (const { concept, equivalence } of there.matches) {
        const back = await translate(view, map, asked(concept!.system!, concept!.code, true));
        // Of a fixed code for all that is not listed it cannot be listed what leads to it, which is said instead.
        const fixed = back.notes.some((note) => note.includes('does not list'));
        if (fixed && equivalence === 'relatedto') continue;
        expect(has(back.matches, system, each, [inverse[equivalence] ?? equivalence])).toBe(true);
        followed++;
      }
    }),
    { seed: 4, numRuns: 400 },
  );
  expect(followed).toBeGreaterThan(100);
});

it('what is found in reverse is translated to the code it was found from', async () => {
  let followed = 0;
  await fc.assert(
    fc.asyncProperty(maps, fc.constantFrom(...SYSTEMS), code, async (groups, system, each) => {
      const { view, map } = viewOf(groups);
      const back = await translate(view, map, asked(system, each, true));
      for (const { concept } of back.matches) {
        const there = await translate(view, map, asked(concept!.system!, concept!.code, false));
        expect(has(there.matches, system, each, [...EQUIVALENCES, 'relatedto'])).toBe(true);
        followed++;
      }
    }),
    { seed: 4, numRuns: 400 },
  );
  expect(followed).toBeGreaterThan(100);
});

it('a code system that is asked for leaves the others out, and only them', async () => {
  await fc.assert(
    fc.asyncProperty(maps, fc.constantFrom(...SYSTEMS), code, async (groups, targetSystem, each) => {
      const { view, map } = viewOf(groups);
      const request = asked('http://t/from', each, false);
      const all = await translate(view, map, request);
      const narrowed = await translate(view, map, { ...request, targetSystem });
      const of = all.matches.filter(({ concept }) => concept?.system === targetSystem);
      const texts = (matches: Match[]) => matches.map((match) => JSON.stringify(match)).sort();
      expect(texts(narrowed.matches)).toEqual(texts(of));
    }),
    { seed: 4, numRuns: 200 },
  );
});

it('maps that delegate to one another are followed to an end, and not for ever', async () => {
  const chain = (length: number) =>
    Array.from({ length }, (_, at) => ({
      source: 'http://t/a',
      target: 'http://t/b',
      element: at === length - 1 ? [{ code: 'x', target: [{ code: 'y', equivalence: 'equal' }] }] : [],
      unmapped: { mode: 'other-map', url: `http://t/cm/${at + 1}` },
    })).map((each) => [each]);
  const by = (groups: object[][], each = 'x') => {
    const { view, map } = viewOf(groups);
    return translate(view, map, asked('http://t/a', each, false));
  };
  expect((await by(chain(50))).matches).toEqual([
    {
      equivalence: 'equal',
      concept: { system: 'http://t/b', code: 'y' },
      products: [],
      source: 'http://t/cm/49',
    },
  ]);
  await expect(by(chain(51))).rejects.toMatchObject({ status: 400, issues: [{ code: 'too-costly' }] });
  const ring = [
    ...chain(3).slice(0, 2),
    [{ ...chain(3)[2]![0]!, unmapped: { mode: 'other-map', url: 'http://t/cm/0' } }],
  ];
  const lost = await by(ring, 'z');
  expect(lost.matches).toEqual([]);
  expect(lost.notes).toEqual([expect.stringContaining('http://t/cm/0 leads back to itself')]);
});
