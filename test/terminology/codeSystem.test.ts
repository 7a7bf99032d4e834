import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { reduceCodeSystem } from '../../server/definitions/reduceTerminology.ts';
import {
  ancestors,
  codeSystemOf,
  conceptOf,
  descendants,
  isAbstract,
  isInactive,
  neighbours,
  subsumption,
} from '../../server/terminology/codeSystem.ts';
import { codeSystem, published } from './testTerminology.ts';

const make = (...args: Parameters<typeof codeSystem>) => codeSystemOf(reduceCodeSystem(codeSystem(...args)));
const property = (code: string, valueCode: string) => ({ code, valueCode });

describe('a code system', () => {
  const animals = make('animals', [
    {
      code: 'animal',
      concept: [
        { code: 'mammal', concept: [{ code: 'dog' }, { code: 'whale' }] },
        { code: 'fish', property: [property('child', 'shark')] },
      ],
    },
    { code: 'swimmer' },
    { code: 'shark', property: [property('parent', 'swimmer'), property('subsumedBy', 'animal')] },
  ]);

  it('follows nesting and the properties parent, child and subsumedBy', () => {
    expect(descendants(animals, 'animal')).toEqual(['animal', 'mammal', 'fish', 'shark', 'dog', 'whale']);
    expect(ancestors(animals, 'shark')?.toSorted()).toEqual(['animal', 'fish', 'shark', 'swimmer']);
    expect(descendants(animals, 'dog')).toEqual(['dog']);
    expect(descendants(animals, 'cat')).toBeUndefined();
    expect(neighbours(animals, 'mammal', 'children')).toEqual(['dog', 'whale']);
  });

  it('tells how two codes relate', () => {
    expect(subsumption(animals, 'animal', 'dog')).toBe('subsumes');
    expect(subsumption(animals, 'dog', 'animal')).toBe('subsumed-by');
    expect(subsumption(animals, 'dog', 'dog')).toBe('equivalent');
    expect(subsumption(animals, 'dog', 'whale')).toBe('not-subsumed');
    expect(subsumption(animals, 'dog', 'cat')).toBeUndefined();
  });

  it('reads a parent property by the uri of its declaration', () => {
    const system = make('s', ['a', { code: 'b', property: [property('up', 'a')] }], {
      property: [{ code: 'up', uri: 'http://hl7.org/fhir/concept-properties#parent', type: 'code' }],
    });
    expect(descendants(system, 'a')).toEqual(['a', 'b']);
  });

  it('ends in cycles', () => {
    const system = make('loop', [
      { code: 'a', property: [property('parent', 'b')] },
      { code: 'b', property: [property('parent', 'a')], concept: [{ code: 'c' }] },
      { code: 'self', property: [property('parent', 'self')] },
    ]);
    expect(descendants(system, 'a')).toEqual(['a', 'b', 'c']);
    expect(ancestors(system, 'c')).toEqual(['c', 'b', 'a']);
    expect(descendants(system, 'self')).toEqual(['self']);
    expect(subsumption(system, 'a', 'b')).toBe('equivalent');
  });

  it('has no is-a relation where its hierarchy means something else', () => {
    const system = make('parts', [{ code: 'body', concept: [{ code: 'arm' }] }], {
      hierarchyMeaning: 'part-of',
    });
    expect(descendants(system, 'body')).toEqual(['body']);
    expect(subsumption(system, 'body', 'arm')).toBe('not-subsumed');
    expect(neighbours(system, 'body', 'children')).toEqual(['arm']);
  });

  it('compares codes regardless of case only where it says so', () => {
    const concepts = [{ code: 'Big', concept: [{ code: 'Small' }] }];
    const insensitive = make('ci', concepts, { caseSensitive: false });
    expect(conceptOf(insensitive, 'bIG')?.code).toBe('Big');
    expect(descendants(insensitive, 'BIG')).toEqual(['Big', 'Small']);
    expect(conceptOf(make('cs', concepts), 'bIG')).toBeUndefined();
  });

  it('knows abstract and inactive concepts', () => {
    const acts = codeSystemOf(published.codeSystems.get('http://terminology.hl7.org/CodeSystem/v3-ActMood')!);
    expect(isAbstract(acts, conceptOf(acts, '_ActMoodPredicate')!)).toBe(true);
    expect(isAbstract(acts, conceptOf(acts, 'GOL')!)).toBe(false);
    expect(isInactive(acts, conceptOf(acts, 'GOL.CRT')!)).toBe(true);
    expect(isInactive(acts, conceptOf(acts, 'GOL')!)).toBe(false);
  });
});

describe('any hierarchy', () => {
  const codes = ['a', 'b', 'c', 'd', 'e', 'f'];
  const code = fc.constantFrom(...codes);
  const hierarchies = fc.array(fc.tuple(code, code), { maxLength: 12 }).map((links) =>
    make(
      'random',
      codes.map((each) => ({
        code: each,
        property: links.filter(([child]) => child === each).map(([, parent]) => property('parent', parent)),
      })),
    ),
  );

  it('is transitive and reflexive, and the same seen from above and below', () => {
    fc.assert(
      fc.property(hierarchies, code, code, code, (system, a, b, c) => {
        const below = (upper: string, lower: string) => descendants(system, upper)!.includes(lower);
        expect(below(a, a)).toBe(true);
        if (below(a, b) && below(b, c)) expect(below(a, c)).toBe(true);
        expect(ancestors(system, b)!.includes(a)).toBe(below(a, b));
        const relation = subsumption(system, a, b);
        expect(relation === 'subsumes' || relation === 'equivalent').toBe(below(a, b));
        expect(relation === 'subsumed-by' || relation === 'equivalent').toBe(below(b, a));
      }),
    );
  });
});
