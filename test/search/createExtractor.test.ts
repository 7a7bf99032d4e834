import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parametersOf } from '../../server/definitions/parametersOf.ts';
import { createExtractor, indexPathsOf } from '../../server/search/createExtractor.ts';
import { hash64, hashPath, isTrait } from '../../server/search/hash64.ts';
import { definitions } from '../definitions/testDefinitions.ts';

const extract = createExtractor(definitions, { baseUrls: [] });
type Resource = Record<string, unknown> & { resourceType: string };

const data = join(import.meta.dirname, '../../../shared/data');
const withData = existsSync(data) ? it : it.skip; // needs ../shared/data
const resourcesIn = (folder: string): Resource[] =>
  readdirSync(join(data, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(data, folder, name), 'utf8')) as Resource);

describe('createExtractor', () => {
  it('emits each kind of row', () => {
    const rows = extract({
      resourceType: 'Observation',
      status: 'final',
      effectivePeriod: { start: '2020-01-01' },
      valueQuantity: { value: 5 },
    });
    expect(rows.tokens).toEqual([hash64('Observation.status', 'code', 'final')]);
    expect(rows.dates).toEqual([
      {
        path: hashPath('Observation.effective:dateTime|Period|Timing|instant'),
        low: Date.parse('2020-01-01'),
        high: Number.POSITIVE_INFINITY,
      },
    ]);
    expect(rows.quantities).toEqual([
      { path: hashPath('Observation.value:Quantity|SampledData'), low: 5, high: 5, unit: 0n, unitCode: 0n },
    ]);
    expect(extract({ resourceType: 'Patient', name: [{ family: 'Ö', given: ['A', 'B'] }] }).strings).toEqual([
      { path: hashPath('Patient.name.family'), value: 'o', exact: 'Ö' },
      { path: hashPath('Patient.name.given'), value: 'a', exact: 'A' },
      { path: hashPath('Patient.name.given'), value: 'b', exact: 'B' },
    ]);
  });

  it('says the same every time, with each token once', () => {
    const resource = {
      resourceType: 'Observation',
      category: [{ coding: [{ code: 'a' }] }, { coding: [{ code: 'a' }] }],
    };
    expect(extract(resource)).toEqual(extract(structuredClone(resource)));
    const { tokens } = extract(resource);
    expect(new Set(tokens).size).toBe(tokens.length);
  });

  it('indexes neither contained resources nor ids', () => {
    const contained = [{ resourceType: 'Observation', id: 'x', status: 'final' }];
    const { tokens } = extract({
      resourceType: 'Observation',
      id: '1',
      contained,
      meta: { lastUpdated: '2020' },
    });
    expect(tokens).toEqual([]);
  });

  it('throws for an unknown type only', () => {
    expect(() => extract({ resourceType: 'Patent' })).toThrow('Unknown resource type: Patent');
    fc.assert(
      fc.property(
        fc.constantFrom('Observation', 'Patient', 'Bundle'),
        fc.object({ maxDepth: 4 }),
        (type, body) => {
          extract({ ...body, resourceType: type });
        },
      ),
    );
  });

  it('survives values of the wrong JSON type at every path', () => {
    for (const type of definitions.resourceTypes) {
      for (const { steps } of indexPathsOf(definitions, type)) {
        for (const wrong of [null, 5, true, 'x', [], {}, [null], [[]], { coding: 5 }, { coding: [null] }]) {
          let value: unknown = wrong;
          for (const { property } of [...steps].reverse()) value = { [property]: value };
          extract({ ...(value as object), resourceType: type });
        }
      }
    }
  });

  it('hashes as SQL can', () => {
    // the first 8 bytes of sha256('a' ␀ 'b' ␀ 'c'), the last bit cleared: a value; set: a trait
    expect(hash64('a', 'b', 'c')).toBe(-8381799167820764746n);
    expect(isTrait(hash64('a', 'present', ''))).toBe(true);
  });
});

describe('real resources', () => {
  withData('all official examples are indexed', () => {
    const indexed = new Set<string>();
    for (const resource of resourcesIn('hl7-r4-examples')) {
      if (!definitions.resourceTypes.has(resource.resourceType)) continue;
      const { tokens, dates, quantities, strings } = extract(resource);
      if (tokens.length + dates.length + quantities.length + strings.length > 0)
        indexed.add(resource.resourceType);
    }
    expect(indexed.size).toBeGreaterThan(100);
  });

  it('has rows for every parameter only where its path has steps', () => {
    for (const type of definitions.resourceTypes) {
      for (const { paths } of parametersOf(definitions, type).values()) {
        for (const { path } of paths) {
          expect(
            path.steps.length > 0 || path.components !== undefined || path.presentAndNotFalse !== undefined,
          ).toBe(true);
        }
      }
    }
  });
});
