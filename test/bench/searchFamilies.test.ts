// The searches of the benchmark: every family and prefix, with and without matches, and the same ones in every run.
import { describe, expect, it } from '@jest/globals';
import { generatePopulation } from '../../synthea-data/generatePopulation.ts';
import { clinicalRequests } from './clinicalMix.ts';
import { FAMILIES, familyRequests } from './searchFamilies.ts';
import type { Sampled, Samples } from './searchSamples.ts';

/** A generated population, its references as the server would store them. */
function sampled(): Samples {
  const resources = Array.from(generatePopulation({ patients: 3, seed: 1 }))
    .flatMap(({ bundle }) => bundle.entry!.map(({ resource }) => resource!))
    .map((resource) => JSON.parse(JSON.stringify(resource).replaceAll('urn:uuid:', 'Any/')) as Sampled);
  const of = (type: string, has: (resource: Sampled) => unknown = () => true) =>
    resources.filter((resource) => resource.resourceType === type && has(resource)).slice(0, 100);
  return {
    patient: of('Patient'),
    observation: of('Observation'),
    quantity: of('Observation', ({ valueQuantity }) => valueQuantity),
    components: of('Observation', ({ component }) => component),
    encounter: of('Encounter'),
    condition: of('Condition'),
    medication: of('MedicationRequest'),
    report: of('DiagnosticReport', ({ performer }) => performer),
  };
}

const requests = familyRequests(sampled());

describe('familyRequests', () => {
  it('makes 24 searches of six families, each with values that are there and values that are not', () => {
    const bySearch = Map.groupBy(requests, ({ search }) => search);
    expect(bySearch.size).toBe(24);
    expect(new Set(requests.map(({ group }) => group))).toEqual(new Set(FAMILIES));
    for (const [search, some] of bySearch) {
      const values = new Set(some.map(({ hit }) => hit));
      expect({ search, values }).toEqual({ search, values: new Set([true, false]) });
    }
  });

  it.each(['date', 'quantity', 'composite'])('uses all prefixes for a %s', (family) => {
    const shapes = requests.filter(({ group, hit }) => group === family && hit).map(({ shape }) => shape);
    expect(new Set(shapes)).toEqual(new Set(['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap']));
  });

  it('asks the same every time, for pages of 20', () => {
    expect(familyRequests(sampled())).toEqual(requests);
    expect(requests.filter(({ path }) => !path.endsWith('&_count=20'))).toEqual([]);
  });
});

describe('clinicalRequests', () => {
  it('fills every search of the mix with values', () => {
    const mix = clinicalRequests(sampled());
    expect(new Set(mix.map(({ search }) => search)).size).toBe(11);
    expect(mix.filter(({ path }) => path.includes('undefined'))).toEqual([]);
  });
});
