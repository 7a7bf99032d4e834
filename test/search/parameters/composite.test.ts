import { describe, expect, it } from '@jest/globals';
import { parametersOf } from '../../../server/definitions/parametersOf.ts';
import { createExtractor, indexPathsOf } from '../../../server/search/createExtractor.ts';
import { parseComposite } from '../../../server/search/parameters/composite.ts';
import { definitions } from '../../definitions/testDefinitions.ts';

const context = { definitions, baseUrls: [] };
const extract = createExtractor(definitions, context);
const parse = (type: string, code: string, ...texts: string[]) =>
  parseComposite(parametersOf(definitions, type).get(code)!, texts, context, 0);

const coded = (system: string, code: string) => ({ coding: [{ system, code }] });

describe('composites', () => {
  it('bind a quantity to the code of its component', () => {
    const { quantities } = extract({
      resourceType: 'Observation',
      component: [
        { code: coded('http://loinc.org', '8480-6'), valueQuantity: { value: 120 } },
        { code: coded('http://loinc.org', '8462-4'), valueQuantity: { value: 80 } },
      ],
    });
    const valuesUnder = (code: string, text: string) => {
      const [criterion] = parse('Observation', code, text);
      if (criterion?.kind !== 'quantity') throw new Error('not a quantity criterion');
      const { paths } = criterion.groups[0]!;
      return quantities.filter(({ path }) => paths.includes(path)).map(({ low }) => low);
    };
    expect(valuesUnder('component-code-value-quantity', '8480-6$gt1')).toEqual([120]);
    expect(valuesUnder('component-code-value-quantity', 'http://loinc.org|8462-4$gt1')).toEqual([80]);
    expect(valuesUnder('combo-code-value-quantity', '8462-4$gt1')).toEqual([80]);
    expect(valuesUnder('component-code-value-quantity', '|8462-4$gt1')).toEqual([]);
    expect(valuesUnder('code-value-quantity', '8462-4$gt1')).toEqual([]);
  });

  it('find a quantity in another unit', () => {
    const ucum = 'http://unitsofmeasure.org';
    const { quantities } = extract({
      resourceType: 'Observation',
      code: coded('http://loinc.org', '8310-5'),
      valueQuantity: { value: 99.5, unit: '[degF]', system: ucum, code: '[degF]' },
    });
    const found = (text: string) => {
      const [criterion] = parse('Observation', 'code-value-quantity', text);
      if (criterion?.kind !== 'quantity') throw new Error('not a quantity criterion');
      return quantities.some(({ path, low, unit, unitCode }) =>
        criterion.groups.some(
          ({ paths, tests }) =>
            paths.includes(path) &&
            tests.some(
              (test) =>
                (test.unit ?? unit) === unit &&
                (test.unitCode ?? unitCode) === unitCode &&
                low >= test.low &&
                low < test.high,
            ),
        ),
      );
    };
    expect(found('8310-5$37.5||Cel')).toBe(true);
    expect(found(`http://loinc.org|8310-5$37.5|${ucum}|Cel`)).toBe(true);
    expect(found('8310-5$99.5||[degF]')).toBe(true);
    expect(found('8310-5$99.5')).toBe(true);
    expect(found('8310-5$37.6||Cel')).toBe(false);
    expect(found('8867-4$37.5||Cel')).toBe(false);
  });

  it('follow the case rules of the code system', () => {
    const { quantities } = extract({
      resourceType: 'Observation',
      code: {
        coding: [
          { system: 'http://loinc.org', code: 'LP7-1' },
          { system: 'http://s', code: 'Ab' },
        ],
      },
      valueQuantity: { value: 1 },
    });
    const found = (text: string) => {
      const [criterion] = parse('Observation', 'code-value-quantity', text);
      if (criterion?.kind !== 'quantity') throw new Error('not a quantity criterion');
      return quantities.some(({ path }) => criterion.groups.some(({ paths }) => paths.includes(path)));
    };
    for (const text of ['http://loinc.org|lp7-1$1', 'LP7-1$1', 'lp7-1$1', 'Lp7-1$1', 'http://s|Ab$1', 'Ab$1'])
      expect([text, found(text)]).toEqual([text, true]);
    for (const text of ['http://s|ab$1', 'ab$1', 'AB$1', '|LP7-1$1'])
      expect([text, found(text)]).toEqual([text, false]);
  });

  it('need no rows of their own where the components are single', () => {
    const separable = indexPathsOf(definitions, 'Observation').filter((path) => path.kind === 'composite');
    expect(separable.map((path) => path.id)).not.toContain('Observation{code,value:CodeableConcept}');
    const criteria = parse('Observation', 'code-value-concept', 'http://l|a$http://s|b');
    const { tokens } = extract({
      resourceType: 'Observation',
      code: coded('http://l', 'a'),
      valueCodeableConcept: coded('http://s', 'b'),
    });
    expect(criteria).toHaveLength(2);
    for (const criterion of criteria) {
      if (criterion.kind !== 'token') throw new Error('not a token criterion');
      expect(tokens).toContain(criterion.hashes[0]);
    }
  });

  it('join alternatives of both kinds', () => {
    const [criterion] = parse('Observation', 'combo-code-value-concept', 'a$b', 'c$d');
    expect(criterion).toMatchObject({ kind: 'either' });
    if (criterion?.kind !== 'either') throw new Error('not an either');
    expect(criterion.alternatives.map((alternative) => alternative.length)).toEqual([2, 2, 1]);
  });

  it('mark the numbers of one element', () => {
    const { quantities } = extract({
      resourceType: 'MolecularSequence',
      coordinateSystem: 0,
      referenceSeq: { chromosome: coded('http://c', '1') },
      variant: [
        { start: 1, end: 2 },
        { start: 3, end: 4 },
      ],
    });
    const [criterion] = parse('MolecularSequence', 'chromosome-variant-coordinate', '1$ge1$le9');
    if (criterion?.kind !== 'quantity') throw new Error('not a quantity criterion');
    const [group] = criterion.groups;
    const starts = quantities.filter(({ path }) => group!.paths.includes(path));
    const ends = quantities.filter(({ path }) => group!.boundTo!.paths.includes(path));
    const joined = starts.flatMap((start) =>
      ends.filter((end) => end.unit === start.unit).map((end) => [start.low, end.low]),
    );
    expect(joined).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it.each(['a', 'a$', '$1', 'a$1$2', 'a$x', 'http://s|$1'])('refuse %j by name', (text) => {
    expect(() => parse('Observation', 'code-value-quantity', text)).toThrow("'code-value-quantity'");
  });
});
