import { describe, expect, it } from '@jest/globals';
import { vectorText } from '../../server/search/textVector.ts';
import { wordCollector } from '../../server/search/textWords.ts';
import { definitions } from '../definitions/testDefinitions.ts';

const collect = wordCollector(definitions);

describe('wordCollector', () => {
  it('takes strings and markdown, and no ids, codes, uris, identifiers, units and data', () => {
    const words = collect({
      resourceType: 'Observation',
      id: 'obs1',
      meta: { versionId: 'v1', profile: ['http://profile'] },
      text: { status: 'generated', div: '<div>Seen</div>' },
      status: 'final',
      identifier: [{ system: 'http://system', value: 'mrn', type: { text: 'Record' } }],
      code: {
        coding: [{ system: 'http://loinc.org', code: '8867-4', display: 'Heart rate' }],
        text: 'Pulse',
      },
      subject: { reference: 'Patient/pat1', display: 'Ann' },
      valueQuantity: { value: 80, unit: 'beats', code: '/min' },
      note: [{ text: 'Some *note*', time: '2020-01-01' }],
      extension: [{ url: 'http://extension', valueString: 'Added' }],
      contained: [{ resourceType: 'Patient', id: 'in1', name: [{ family: 'Within', given: ['G'] }] }],
    });
    expect([...words.keys()].sort()).toEqual(
      'added ann g heart note pulse rate record seen some within'.split(' '),
    );
  });

  it('takes names that hold codes or uris elsewhere only where there is a space', () => {
    const words = collect({
      resourceType: 'CodeSystem',
      name: 'Colours of things',
      concept: [{ code: 'red', definition: 'The colour red' }],
    });
    expect([...words.keys()].sort()).toEqual(['colour', 'colours', 'of', 'red', 'the', 'things']);
    expect([...collect({ resourceType: 'X', definition: 'http://definition/red' }).keys()]).toEqual([]);
  });

  it('gives the narrative weight A, and parts texts by a position', () => {
    const words = collect({
      resourceType: 'Patient',
      text: { div: '<div>knee pain</div>' },
      name: [{ family: 'Knee', given: ['Pain'] }],
    });
    expect(vectorText(words)).toBe("'knee':1A,4 'pain':2A,6");
  });

  it('stays within what a tsvector can hold', () => {
    const many = Array.from({ length: 150_000 }, (_, n) => `w${n}`).join(' ');
    const often = 'often '.repeat(20_000);
    const words = collect({ resourceType: 'Patient', text: { div: often }, name: [{ text: many }] });
    expect(words.size).toBeGreaterThan(30_000);
    let bytes = 0;
    for (const [word, places] of words) {
      bytes += word.length + 4 + places.length * 2;
      const positions = places.map((place) => place & 0x3fff);
      expect(places.length).toBeLessThanOrEqual(255);
      expect(positions).toEqual([...new Set(positions)].sort((a, b) => a - b));
    }
    expect(bytes).toBeLessThan(2 ** 20);
  });

  it('keeps the words of more texts than there are positions, all with their weight', () => {
    const words = collect({ resourceType: 'Patient', name: [{ given: Array(20_000).fill('ann lee') }] });
    const places = [...words.values()].flat();
    expect(places.every((place) => place >= 1 && place <= 16_383)).toBe(true);
  });
});
