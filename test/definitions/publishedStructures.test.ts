// The published structures: what is in them, how they are kept on disk, and that they are those of R4.
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { rawStructures } from '../../server/definitions/buildStructures.ts';
import { definitionsFile } from '../../server/definitions/definitionsPackage.ts';
import { loadStructures } from '../../server/definitions/publishedStructures.ts';
import { type RawElement, reduceElement } from '../../server/definitions/reduceElement.ts';
import type { Structure } from '../../server/definitions/structure.ts';
import { structureErrata } from '../../server/definitions/structureErrata.ts';

const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const cacheDir = mkdtempSync(join(tmpdir(), 'salus-structures-'));
afterAll(() => rmSync(cacheDir, { recursive: true }));

const structures = loadStructures(cacheDir);
const raw = rawStructures();
const element = (name: string, id: string) =>
  structures.find(R4 + name)?.elements.find((one) => one.id === id);

describe('published structures', () => {
  it('are all usable, this project’s own included', () => {
    const urls = new Set(structures.urls());
    expect([...raw.keys()].flatMap((url) => structures.problem(url) ?? [])).toEqual([]);
    expect([...raw.keys()].filter((url) => !urls.has(url))).toEqual([]);
    for (const url of urls) expect(structures.find(url)?.url).toBe(url);
    for (const file of readdirSync('fhir-profiles').filter((name) => name.endsWith('.json'))) {
      const own = JSON.parse(readFileSync(`fhir-profiles/${file}`, 'utf8'));
      if (own.resourceType !== 'StructureDefinition') continue;
      expect(structures.find(own.url)!.elements.length).toBeGreaterThan(own.differential.element.length);
    }
  });

  it('are found by url, and by version where it is theirs', () => {
    expect(structures.find(`${R4}Patient`)).toMatchObject({
      type: 'Patient',
      kind: 'resource',
      version: '4.0.1',
    });
    expect(structures.find(`${R4}Patient|4.0.1`)).toBe(structures.find(`${R4}Patient`));
    for (const other of [`${R4}Patient|5.0.0`, `${R4}Nothing`, '', 'constructor', '|4.0.1']) {
      expect(structures.find(other)).toBeUndefined();
      expect(structures.problem(other)).toBeUndefined();
    }
  });

  it('say what validation needs', () => {
    expect(element('Patient', 'Patient.contact')).toMatchObject({
      ...{
        path: 'Patient.contact',
        min: 0,
        max: Number.POSITIVE_INFINITY,
        types: [{ code: 'BackboneElement' }],
      },
      constraints: [
        { key: 'pat-1', severity: 'error', expression: expect.stringContaining('name.exists()') },
      ],
    });
    expect(element('Patient', 'Patient.gender')).toMatchObject({
      binding: { strength: 'required', valueSet: 'http://hl7.org/fhir/ValueSet/administrative-gender|4.0.1' },
    });
    expect(element('Patient', 'Patient.language')?.binding?.maxValueSet).toMatch(/all-languages/);
    expect(element('Patient', 'Patient.id')?.types).toEqual([{ code: 'id' }]);
    expect(element('Patient', 'Patient.contact.id')?.types).toEqual([{ code: 'string' }]);
    expect(element('Patient', 'Patient.link.other')?.types).toEqual([
      { code: 'Reference', targetProfiles: [`${R4}Patient`, `${R4}RelatedPerson`] },
    ]);
    expect(element('decimal', 'decimal.value')?.types).toEqual([{ code: 'decimal' }]);
    expect(element('Observation', 'Observation.component.referenceRange')).toMatchObject({
      ...{ contentReference: 'Observation.referenceRange', types: [] },
    });
    expect(element('bp', 'Observation.component:SystolicBP.value[x].code')).toMatchObject({
      fixed: 'mm[Hg]',
    });
    expect(element('bp', 'Observation.component')?.slicing).toEqual({
      discriminators: ['code.coding.code', 'code.coding.system'].map((path) => ({ type: 'value', path })),
      ordered: false,
      rules: 'open',
    });
    expect(structures.find(`${R4}patient-birthPlace`)?.context).toEqual([
      { type: 'element', expression: 'Patient' },
    ]);
    expect(structures.find(`${R4}questionnaire-unit`)?.contextInvariants?.length).toBe(1);
  });

  it('leave out ele-1 only', () => {
    const keys = new Set([...structures.urls()].flatMap((url) => constraintKeys(structures.find(url)!)));
    for (const key of ['ext-1', 'dom-6', 'obs-7', 'ref-1', 'per-1', 'qty-3', 'bdl-7'])
      expect(keys).toContain(key);
    expect(keys).not.toContain('ele-1');
  });

  it('have slices only of what is sliced', () => {
    for (const url of structures.urls()) {
      const { elements } = structures.find(url)!;
      const byId = new Map(elements.map((one) => [one.id, one]));
      expect(byId.size).toBe(elements.length);
      for (const { id, sliceName } of elements) {
        if (sliceName === undefined) continue;
        const sliced = byId.get(id.slice(0, id.lastIndexOf(':')));
        expect({ url, id, slicing: sliced?.slicing !== undefined }).toEqual({ url, id, slicing: true });
      }
    }
  });
});

describe('the types of R4', () => {
  it('are those of R4’s data elements, which the package has not changed', () => {
    const bundle = JSON.parse(readFileSync(definitionsFile('dataelements.json'), 'utf8')) as {
      entry: { resource: { snapshot: { element: RawElement[] } } }[];
    };
    const published = new Map(
      bundle.entry.map(({ resource }) => [resource.snapshot.element[0]!.path, resource.snapshot.element[0]!]),
    );
    let compared = 0;
    const different: unknown[] = [];
    for (const url of structures.urls()) {
      const structure = structures.find(url)!;
      if (structure.derivation === 'constraint' || !url.startsWith(R4)) continue;
      for (const ours of structure.elements) {
        const theirs = published.get(ours.path);
        // The one of SimpleQuantity, which has none, has taken the place of Quantity's.
        if (!theirs || ours.path === 'Quantity.comparator') continue;
        const expected = judged(reduceElement(theirs));
        // Data elements have no rule about extensions, and give every id as string.
        const actual = judged(ours);
        if (/[eE]xtension$/.test(ours.path)) actual.constraints = expected.constraints;
        if (ours.path.endsWith('.id')) actual.types = expected.types;
        compared++;
        if (JSON.stringify(actual) !== JSON.stringify(expected))
          different.push([ours.path, actual, expected]);
      }
    }
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(6000);
  });

  it.each(Object.keys(structureErrata))('%s needs its erratum', (url) => {
    const json = raw.get(url) as { snapshot: { element: { id: string }[] } };
    const corrected = structures.find(url)!.elements;
    const published = json.snapshot.element.map((one) =>
      JSON.stringify(judged(reduceElement(one as RawElement))),
    );
    expect(corrected.map((one) => JSON.stringify(judged(one)))).not.toEqual(published);
    for (const id of structureErrata[url]!.keep ?? []) expect(corrected.map((one) => one.id)).toContain(id);
  });

  it('have no elements of other versions or products', () => {
    for (const [type, id] of [
      ['Meta', 'Meta.project'],
      ['Binary', 'Binary.url'],
      ['DeviceDefinition', 'DeviceDefinition.classification'],
      ['ResearchStudy', 'ResearchStudy.recruitment'],
    ] as const) {
      expect(element(type, id)).toBeUndefined();
    }
    expect(element('ResearchStudy', 'ResearchStudy.status')?.binding?.valueSet).toBe(
      'http://hl7.org/fhir/ValueSet/research-study-status|4.0.1',
    );
    expect(element('EvidenceVariable', 'EvidenceVariable.characteristic.definition[x]')).toMatchObject({
      min: 1,
    });
  });
});

describe('the cache', () => {
  const files = () => readdirSync(cacheDir).filter((name) => name.startsWith('structures-'));

  it('is one file, which another process reads', () => {
    structures.prepare();
    expect(files()).toEqual([expect.stringMatching(/^structures-[\d.]+-[0-9a-f]{8}\.ndjson$/)]);
    const again = loadStructures(cacheDir);
    expect(again.find(`${R4}Observation`)).toEqual(structures.find(`${R4}Observation`));
    expect([...again.urls()]).toEqual([...structures.urls()]);
  });

  it('gives the same as no cache', () => {
    const uncached = loadStructures();
    for (const name of ['Patient', 'bp', 'string']) {
      expect(uncached.find(R4 + name)).toEqual(structures.find(R4 + name));
    }
  });

  it('is built anew when its index cannot be read', () => {
    const file = join(cacheDir, files()[0]!);
    for (const spoil of [
      () => truncateSync(file, 1000),
      () => writeFileSync(file, '{"struc\n'),
      () => rmSync(file),
    ]) {
      spoil();
      expect(loadStructures(cacheDir).find(`${R4}Patient`)?.type).toBe('Patient');
    }
    expect(files().length).toBe(1);
  });

  it('remembers what was read', () => {
    expect(structures.find(`${R4}Patient`)).toBe(structures.find(`${R4}Patient`));
  });
});

const constraintKeys = ({ elements }: Structure): string[] =>
  elements.flatMap(({ constraints = [] }) => constraints.map(({ key }) => key));

/** What of an element is compared. */
function judged(one: Partial<Structure['elements'][number]>) {
  const { path, min, max, types = [], binding, constraints = [], isModifier, contentReference } = one;
  const rules = constraints.map(({ key, severity, expression }) => `${key} ${severity} ${expression}`);
  return {
    path,
    min,
    max: String(max),
    types,
    binding,
    isModifier,
    contentReference,
    constraints: rules.sort(),
  };
}
