// Snapshots made from differentials, against the published snapshots of all structures that have both.
import { describe, expect, it } from '@jest/globals';
import { rawStructures, reduceAll } from '../../server/definitions/buildStructures.ts';
import { generateSnapshot } from '../../server/definitions/generateSnapshot.ts';
import { reduceStructure } from '../../server/definitions/reduceStructure.ts';
import type { FindStructure, Structure, StructureElement } from '../../server/definitions/structure.ts';
import { structureErrata } from '../../server/definitions/structureErrata.ts';

const raw = rawStructures();
const { structures } = reduceAll(raw);
const find: FindStructure = (canonical) => structures.get(canonical.split('|')[0]!);

const byId = ({ elements }: Structure) => new Map(elements.map((one) => [one.id, one]));

/** Where published snapshots say something else, and why. */
const deviations: { of: RegExp; reason: string }[] = [
  {
    of: /^(canonical|code|id|markdown|oid|positiveInt|unsignedInt|url|uuid)\.value (types|maxLength|minValue|maxValue)$/,
    reason: 'values of derived primitive types lose there what the differential and the base say of them',
  },
  {
    of: /^(BackboneElement|DomainResource)\.(e|modifierE)xtension constraints$/,
    reason: 'ext-1 stands in the snapshot only',
  },
  {
    of: /^Timing\.repeat constraints$/,
    reason: 'tim-9 is mended in the snapshot only: it holds of several codes',
  },
  {
    of: /^Observation\.referenceRange\.(low|high) constraints$/,
    reason: 'rules of the SimpleQuantity that the element is, which says them itself, are repeated there',
  },
  {
    of: /^Observation\.component:(SystolicBP|DiastolicBP)\.value\[x\]/,
    reason: 'inside a slice a choice named by a type is constrained as a whole there: it means the same',
  },
  {
    of: /^ElementDefinition\.extension:(Question|AllowedUnits)\./,
    reason: 'the elements of two extensions, which nothing is said about, stand there as well',
  },
];

describe('against the published snapshots', () => {
  const both = [...raw.values()].filter(
    (json) =>
      json.snapshot && json.differential && json.baseDefinition && !structureErrata[json.url as string],
  );

  it('they are the same but for what is listed', () => {
    const unexplained: string[] = [];
    const used = new Set<RegExp>();
    for (const json of both) {
      if (json.id === 'familymemberhistory-genetic') continue;
      const published = reduceStructure(json);
      const differences = compare(generateSnapshot(json, find), published);
      for (const difference of differences) {
        const known = deviations.find(({ of }) => of.test(difference));
        if (known) used.add(known.of);
        else unexplained.push(`${published.url}: ${difference}`);
      }
    }
    expect(unexplained).toEqual([]);
    expect(used.size).toBe(deviations.length);
    expect(both.length).toBeGreaterThan(600);
  });

  it('one cannot be made: it names a slice of a repeating element, and says no slicing', () => {
    const json = both.find(({ id }) => id === 'familymemberhistory-genetic')!;
    expect(() => generateSnapshot(json, find)).toThrow(/FamilyMemberHistory\.condition is not sliced/);
  });
});

/** `element field` for each field that differs; `element missing` and `element added`. */
function compare(ours: Structure, theirs: Structure): string[] {
  const [left, right] = [byId(ours), byId(theirs)];
  const isSliced = (id: string) =>
    [...right.keys(), ...left.keys()].some((other) => other.startsWith(`${id}:`));
  const differences = [...right.keys()].filter((id) => !left.has(id)).map((id) => `${id} missing`);
  for (const [id, one] of left) {
    const other = right.get(id);
    if (!other) differences.push(`${id} added`);
    else {
      for (const field of fieldsOf(one, other)) {
        // Snapshots say how extensions would be told apart even where there are none; not all do.
        if (field === 'slicing' && !isSliced(id)) continue;
        if (text(one, field) !== text(other, field)) differences.push(`${id} ${field}`);
      }
    }
  }
  const sameIds = differences.every((one) => !/ (missing|added)$/.test(one));
  if (sameIds && [...left.keys()].join() !== [...right.keys()].join()) differences.push('order');
  return differences;
}

const fieldsOf = (one: StructureElement, other: StructureElement) =>
  new Set([...Object.keys(one), ...Object.keys(other)] as (keyof StructureElement)[]);

/** A field as text, independent of order where there is none, and without who says a constraint first. */
function text(one: StructureElement, field: keyof StructureElement): string {
  if (field === 'max') return String(one.max);
  if (field !== 'constraints') return JSON.stringify(sorted(one[field]));
  const rules = (one.constraints ?? []).map(({ source: _, ...rest }) => JSON.stringify(sorted(rest)));
  return rules.sort().join();
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
