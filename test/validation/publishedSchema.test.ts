import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { publishedSchema } from './publishedSchema.ts';
import { data, gate, haveData, type Resource, resourcesIn } from './structureSupport.ts';

const types = [
  'Patient',
  'Observation',
  'Questionnaire',
  'MedicationRequest',
  'Claim',
  'Encounter',
  'Timing',
  'ValueSet',
  'Bundle',
  'Parameters',
  'StructureDefinition',
  'DocumentReference',
  'Organization',
  'PlanDefinition',
  'Consent',
  'CodeSystem',
];

type Node = Record<string | number, unknown>;

/** All places in a tree: owner and key. */
function placesIn(node: unknown, found: [Node, string | number][] = []): [Node, string | number][] {
  if (typeof node !== 'object' || node === null) return found;
  for (const key of Object.keys(node)) {
    found.push([node as Node, Array.isArray(node) ? Number(key) : key]);
    placesIn((node as Node)[key], found);
  }
  return found;
}

const junk = fc.constantFrom<unknown>(
  '',
  ' ',
  'x',
  'a  b',
  'http://x.org/ y',
  '2024-02-30',
  '2024-02-28',
  '2024-02-28T10:00:00Z',
  '10:00:00',
  'AAAA',
  'true',
  0,
  1,
  -1,
  1.5,
  1e300,
  true,
  false,
  null,
  [],
  {},
  ['x'],
  [{}],
  [null],
  { id: 'x' },
  { extension: [] },
  { value: 1 },
  { extension: [{ url: 'x', valueString: 'y' }] },
  { reference: 'x', resource: { resourceType: 'Patient' } },
);
const names = fc.constantFrom(
  'id',
  'value',
  'valueString',
  'valueQuantity',
  '_id',
  '_status',
  '_value',
  '_valueString',
  'text',
  'code',
  'status',
  'unit',
  'extension',
  'modifierExtension',
  'resourceType',
  'meta',
  'name',
  '_name',
  'project',
  'display',
  'url',
  '_url',
  'period',
  'toString',
  '',
);

/** Changes one place of the tree in one of many ways. */
function mutate(tree: Resource, place: number, how: number, name: string, value: unknown): void {
  const places = placesIn(tree);
  const [owner, key] = places[place % places.length];
  const old = owner[key];
  const put = (at: string | number, item: unknown) => Object.assign(owner, { [at]: item });
  if (how === 0) put(key, value);
  else if (how === 1 && Array.isArray(owner)) owner.splice(key as number, 1);
  else if (how === 1) delete owner[key];
  else if (how === 2) put(key, [old]);
  else if (how === 3) put(key, Array.isArray(old) ? old[0] : { [name]: old });
  else if (how === 4) put(name, value);
  else if (how === 5) put(name, old);
  else if (how === 6) put(`_${key}`, value);
  else if (Array.isArray(old)) old.push(value);
  else put(`${key}x`, old);
}

/** What the gate refuses and the published schema lets pass. */
const stricter = [
  /is null|holds null|not null/,
  /empty/,
  /is required/,
  /Only one type/,
  /a whole number/,
  /calendar date/,
  /a date \(/,
  /an instant/,
  /'div' must be/,
  /base64/,
  /characters/,
  /has no property "(project|author|account|compartment|resource|modifierExtension)"/,
  // an addition of the definitions package
  /^OperationOutcome has no property "status"/,
  // inside the extensions of canonicals
  /^'_\w+' must be/,
  /^Element has no property/,
  /must be a URI|must be a URL|must be a canonical|resource type|A resource must/,
];

(haveData ? describe : describe.skip)(`the published schema, on ${data}/hl7-r4-examples`, () => {
  const opinion = haveData ? publishedSchema() : () => [];
  const plain = (resource: Resource) => JSON.parse(JSON.stringify(resource)) as Resource;
  const examples: Resource[] = [];
  if (haveData) {
    const perType = new Map<string, number>();
    for (const { resource } of resourcesIn('hl7-r4-examples')) {
      const count = perType.get(resource.resourceType) ?? 0;
      if (!types.includes(resource.resourceType) || count === 6 || JSON.stringify(resource).length > 20_000)
        continue;
      perType.set(resource.resourceType, count + 1);
      examples.push(plain(resource));
    }
  }

  it('agrees with the gate on sound resources', () => {
    expect(examples.length).toBeGreaterThan(40);
    for (const example of examples) {
      expect(opinion(example)).toEqual([]);
    }
  });

  it('never refuses what the gate passes, and passes only what the gate is known to be stricter about', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(7), names, junk, (which, place, how, name, value) => {
        const resource = structuredClone(examples[which % examples.length]);
        mutate(resource, place, how, name, structuredClone(value));
        if (resource.resourceType !== examples[which % examples.length].resourceType) return;
        const issues = gate.validate(resource);
        const errors = opinion(resource);
        if (errors.length > 0) refused++;
        if (issues.length === 0) expect(errors).toEqual([]);
        if (errors.length === 0)
          expect(issues.filter((i) => !stricter.some((s) => s.test(i.diagnostics)))).toEqual([]);
      }),
      { numRuns: 20_000 },
    );
    expect(refused).toBeGreaterThan(1000);
  });
});
