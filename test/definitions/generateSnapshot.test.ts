// Snapshots made from differentials, rule by rule. All published ones are compared in publishedSnapshots.test.ts.
import { describe, expect, it } from '@jest/globals';
import { rawStructures, reduceAll } from '../../server/definitions/buildStructures.ts';
import { generateSnapshot } from '../../server/definitions/generateSnapshot.ts';
import { reduceStructures } from '../../server/definitions/reduceStructures.ts';
import type { FindStructure, Structure } from '../../server/definitions/structure.ts';

const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const T = 'http://t.example/';
const raw = rawStructures();
const { structures } = reduceAll(raw);
const find: FindStructure = (canonical) => structures.get(canonical.split('|')[0]!);

type Differential = { path: string; [field: string]: unknown }[];

const profile = (name: string, element: Differential, more: Record<string, unknown> = {}) => {
  const type = String(more.type ?? element[0]!.path.split('.')[0]);
  return {
    ...{ resourceType: 'StructureDefinition', url: T + name, name, kind: 'resource', abstract: false, type },
    ...{ baseDefinition: R4 + type, derivation: 'constraint', differential: { element } },
    ...more,
  };
};

/** The elements by id that a differential leads to; `others` can be built on. */
function made(element: Differential, more: Record<string, unknown> = {}, others: Structure[] = []) {
  const all: FindStructure = (url) => others.find((other) => other.url === url) ?? find(url);
  return byId(generateSnapshot(profile('made', element, more), all));
}

const byId = ({ elements }: Structure) => new Map(elements.map((one) => [one.id, one]));

const slicing = (type: string, path: string) => ({ discriminator: [{ type, path }], rules: 'open' });

describe('an element of a differential', () => {
  it('changes what it states, and nothing else', () => {
    const base = byId(find(`${R4}Observation`)!);
    const elements = made([
      {
        path: 'Observation.code',
        min: 1,
        mustSupport: true,
        patternCodeableConcept: { text: 'x' },
        binding: { strength: 'required', valueSet: `${T}codes` },
        constraint: [{ key: 'c-1', severity: 'error', human: 'C', expression: 'true' }],
      },
      { path: 'Observation.note', max: '0' },
      { path: 'Observation.subject', type: [{ code: 'Reference', targetProfile: [`${R4}Patient`] }] },
    ]);
    expect(elements.get('Observation.code')).toEqual({
      ...base.get('Observation.code'),
      ...{ mustSupport: true, pattern: { text: 'x' } },
      binding: { strength: 'required', valueSet: `${T}codes` },
      constraints: [{ key: 'c-1', severity: 'error', human: 'C', expression: 'true', source: `${T}made` }],
    });
    expect(elements.get('Observation.note')).toMatchObject({ min: 0, max: 0 });
    expect(elements.get('Observation.subject')?.types).toEqual([
      { code: 'Reference', targetProfiles: [`${R4}Patient`] },
    ]);
    const touched = ['Observation.code', 'Observation.note', 'Observation.subject'];
    for (const [id, one] of base) if (!touched.includes(id)) expect(elements.get(id)).toEqual(one);
    expect([...elements.keys()]).toEqual([...base.keys()]);
  });

  it('adds constraints to those of the base, which stay as they are', () => {
    const weaker = { key: 'obs-6', severity: 'warning', human: 'weaker', expression: 'true' };
    const added = { key: 'x-1', severity: 'warning', human: 'X' };
    const keys = made([{ path: 'Observation', constraint: [weaker, added] }]).get('Observation')!
      .constraints!;
    expect(keys.map(({ key }) => key)).toEqual([
      'dom-2',
      'dom-3',
      'dom-4',
      'dom-5',
      'dom-6',
      'obs-6',
      'obs-7',
      'x-1',
    ]);
    expect(keys.find(({ key }) => key === 'obs-6')?.severity).toBe('error');
  });

  it('goes into data types, and into them again', () => {
    const elements = made([
      { path: 'Patient.identifier.type.coding.system', min: 1, fixedUri: `${T}types` },
      { path: 'Patient.name.given', max: '1' },
    ]);
    expect(elements.get('Patient.identifier.type.coding.system')).toMatchObject({
      ...{
        path: 'Patient.identifier.type.coding.system',
        min: 1,
        fixed: `${T}types`,
        types: [{ code: 'uri' }],
      },
    });
    const ids = [...elements.keys()];
    const at = ids.indexOf('Patient.identifier.type');
    expect(ids.slice(at - 3, at + 6).map((id) => id.slice('Patient.'.length))).toEqual([
      ...['identifier.id', 'identifier.extension', 'identifier.use', 'identifier.type', 'identifier.type.id'],
      ...['identifier.type.extension', 'identifier.type.coding', 'identifier.type.coding.id'],
      'identifier.type.coding.extension',
    ]);
  });

  it('goes into the profile of a type where there is one', () => {
    const quantity = generateSnapshot(profile('positive', [{ path: 'Quantity.code', min: 1 }]), find);
    const elements = made(
      [
        { path: 'Observation.referenceRange.low', type: [{ code: 'Quantity', profile: [`${T}positive`] }] },
        { path: 'Observation.referenceRange.low.unit', min: 1 },
      ],
      {},
      [quantity],
    );
    const least = (name: string) => elements.get(`Observation.referenceRange.low.${name}`)?.min;
    expect(['code', 'unit', 'value'].map(least)).toEqual([1, 1, 0]);
  });

  it('goes into what a content reference stands for', () => {
    const elements = made([
      { path: 'Questionnaire.item.text', min: 1 },
      { path: 'Questionnaire.item.item.linkId', maxLength: 5 },
    ]);
    expect(elements.get('Questionnaire.item.item.linkId')).toMatchObject({ maxLength: 5, min: 1 });
    expect(elements.get('Questionnaire.item.item')).toMatchObject({ types: [{ code: 'BackboneElement' }] });
    expect(elements.get('Questionnaire.item.item')).not.toHaveProperty('contentReference');
    // What a profile says of one place does not hold of the other.
    expect(elements.get('Questionnaire.item.item.text')?.min).toBe(0);
    expect(elements.get('Questionnaire.item.item.item')?.contentReference).toBe('Questionnaire.item');
  });

  it('goes into a resource inside another, whose content references follow', () => {
    const elements = made([
      { path: 'Bundle.entry.resource', type: [{ code: 'Questionnaire' }] },
      { path: 'Bundle.entry.resource.item.text', min: 1 },
    ]);
    expect(elements.get('Bundle.entry.resource.item.text')?.min).toBe(1);
    expect(elements.get('Bundle.entry.resource.item.item')?.contentReference).toBe(
      'Bundle.entry.resource.item',
    );
  });
});

describe('slices', () => {
  const components: Differential = [
    { path: 'Observation.component', slicing: slicing('pattern', 'code'), min: 2 },
    { path: 'Observation.component.interpretation', max: '0' },
    { path: 'Observation.component', sliceName: 'systolic', min: 1, max: '1' },
    { path: 'Observation.component.code', patternCodeableConcept: { text: 'systolic' } },
    { path: 'Observation.component', sliceName: 'diastolic' },
    { path: 'Observation.component.code', patternCodeableConcept: { text: 'diastolic' } },
  ];

  it('are made like what is sliced, behind it, and are not required', () => {
    const elements = made(components);
    expect(elements.get('Observation.component')).toMatchObject({
      min: 2,
      slicing: { discriminators: [{ type: 'pattern', path: 'code' }], ordered: false, rules: 'open' },
    });
    expect(elements.get('Observation.component:systolic')).toMatchObject({
      sliceName: 'systolic',
      min: 1,
      max: 1,
    });
    expect(elements.get('Observation.component:diastolic')).toMatchObject({
      ...{ path: 'Observation.component', min: 0, max: Number.POSITIVE_INFINITY },
    });
    expect(elements.get('Observation.component:diastolic')).not.toHaveProperty('slicing');
    expect(elements.get('Observation.component:diastolic.code')?.pattern).toEqual({ text: 'diastolic' });
    expect(elements.get('Observation.component.code')).not.toHaveProperty('pattern');
    for (const name of ['', ':systolic', ':diastolic']) {
      expect(elements.get(`Observation.component${name}.interpretation`)?.max).toBe(0);
    }
    const ids = [...elements.keys()].filter((id) => id.endsWith('.code') && id.includes('component'));
    expect(ids).toEqual(['', ':systolic', ':diastolic'].map((name) => `Observation.component${name}.code`));
  });

  it('can be constrained by another profile, which may add more', () => {
    const base = generateSnapshot(profile('pressure', components), find);
    const elements = made(
      [
        { id: 'Observation.component:systolic.value[x]', path: 'Observation.component.value[x]', min: 1 },
        { id: 'Observation.component:mean', path: 'Observation.component', sliceName: 'mean' },
        {
          id: 'Observation.component:mean.code.text',
          path: 'Observation.component.code.text',
          fixedString: 'mean',
        },
      ],
      { baseDefinition: base.url },
      [base],
    );
    expect(elements.get('Observation.component:systolic.value[x]')?.min).toBe(1);
    expect(elements.get('Observation.component:diastolic.value[x]')?.min).toBe(0);
    expect(elements.get('Observation.component:mean.code.text')?.fixed).toBe('mean');
  });

  it('can be sliced again', () => {
    const elements = made([
      ...components,
      {
        ...{ id: 'Observation.component:systolic', path: 'Observation.component', sliceName: 'systolic' },
        slicing: slicing('value', 'dataAbsentReason'),
      },
      {
        id: 'Observation.component:systolic/absent',
        path: 'Observation.component',
        sliceName: 'systolic/absent',
      },
      {
        ...{ id: 'Observation.component:systolic/absent.value[x]', path: 'Observation.component.value[x]' },
        max: '0',
      },
    ]);
    expect(elements.get('Observation.component:systolic/absent.code')?.pattern).toEqual({ text: 'systolic' });
    expect(elements.get('Observation.component:systolic/absent.value[x]')?.max).toBe(0);
    const slices = [...elements.values()].flatMap(({ sliceName }) => sliceName ?? []);
    expect(slices).toEqual(['systolic', 'systolic/absent', 'diastolic']);
  });

  it('of extensions need no slicing, and come from what they name', () => {
    const elements = made([
      {
        path: 'Patient.extension',
        sliceName: 'place',
        min: 1,
        type: [{ code: 'Extension', profile: [`${R4}patient-birthPlace`] }],
      },
      { path: 'Patient.extension.valueAddress.city', min: 1 },
    ]);
    expect(elements.get('Patient.extension')?.slicing).toEqual({
      ...{ discriminators: [{ type: 'value', path: 'url' }], ordered: false, rules: 'open' },
    });
    expect(elements.get('Patient.extension:place.url')?.fixed).toBe(`${R4}patient-birthPlace`);
    const value = [...elements.keys()].find((id) =>
      /^Patient\.extension:place\.value\[x\].*\.city$/.test(id),
    );
    expect(elements.get(value!)?.min).toBe(1);
  });

  it('that an element has only by name change nothing about it', () => {
    const elements = made([{ path: 'Composition.date', sliceName: 'Issued', mustSupport: true }]);
    expect(elements.get('Composition.date')).toMatchObject({ mustSupport: true, min: 1 });
    expect(elements.get('Composition.date')).not.toHaveProperty('sliceName');
  });
});

describe('choices of types', () => {
  it('named by a type are sliced by it, and have only the types that are named', () => {
    const elements = made([
      { path: 'Observation.valueQuantity.unit', min: 1 },
      { path: 'Observation.valueString', maxLength: 9 },
    ]);
    expect(elements.get('Observation.value[x]')).toMatchObject({
      slicing: { discriminators: [{ type: 'type', path: '$this' }], rules: 'closed' },
      types: [{ code: 'Quantity' }, { code: 'string' }],
    });
    expect(elements.get('Observation.value[x]:valueQuantity.unit')).toMatchObject({
      ...{ path: 'Observation.value[x].unit', min: 1 },
    });
    expect(elements.get('Observation.value[x]:valueString')).toMatchObject({
      ...{ sliceName: 'valueString', min: 0, maxLength: 9, types: [{ code: 'string' }] },
    });
  });

  it('that are sliced keep their other types', () => {
    const elements = made([
      { path: 'Observation.value[x]', slicing: slicing('type', '$this') },
      {
        id: 'Observation.value[x]:valueQuantity',
        path: 'Observation.value[x]',
        sliceName: 'valueQuantity',
        min: 1,
        type: [{ code: 'Quantity' }],
      },
      { id: 'Observation.value[x]:valueQuantity.unit', path: 'Observation.value[x].unit', min: 1 },
    ]);
    expect(elements.get('Observation.value[x]')?.types.length).toBe(11);
    expect(elements.get('Observation.value[x]:valueQuantity')).toMatchObject({
      min: 1,
      types: [{ code: 'Quantity' }],
    });
    expect(elements.get('Observation.value[x]:valueQuantity.unit')?.min).toBe(1);
  });

  it('of one type have its elements', () => {
    const elements = made([
      { path: 'Observation.value[x]', type: [{ code: 'Quantity' }] },
      { path: 'Observation.value[x].unit', min: 1 },
    ]);
    expect(elements.get('Observation.value[x].unit')?.min).toBe(1);
    expect([...elements.values()].some(({ sliceName }) => sliceName)).toBe(false);
  });
});

describe('a new type', () => {
  it('adds elements to those of its base', () => {
    const model = {
      ...{ type: `${T}Visit`, kind: 'logical', derivation: 'specialization', baseDefinition: `${R4}Element` },
    };
    const elements = made(
      [
        { path: 'Visit' },
        { path: 'Visit.when', min: 1, max: '1', type: [{ code: 'Period' }] },
        { path: 'Visit.stop', min: 0, max: '*', type: [{ code: 'BackboneElement' }] },
        { path: 'Visit.stop.place', min: 0, max: '1', type: [{ code: 'string' }] },
        { path: 'Visit.stop.next', min: 0, max: '1', contentReference: '#Visit.stop' },
      ],
      model,
    );
    expect([...elements.keys()].map((id) => id.slice('Visit.'.length))).toEqual([
      ...['', 'id', 'extension', 'when', 'stop', 'stop.id', 'stop.extension', 'stop.modifierExtension'],
      ...['stop.place', 'stop.next'],
    ]);
    expect(elements.get('Visit.stop.next')?.contentReference).toBe('Visit.stop');
  });
});

describe('what cannot be used is refused with the reason', () => {
  const cases: [string, Differential, Record<string, unknown>, RegExp][] = [
    [
      'an unknown base',
      [{ path: 'Patient' }],
      { baseDefinition: `${T}x` },
      /based on http:\/\/t\.example\/x, which is not known/,
    ],
    [
      'no base',
      [{ path: 'Patient' }],
      { baseDefinition: undefined },
      /neither a snapshot nor a baseDefinition/,
    ],
    [
      'an element that is not there',
      [{ path: 'Patient.nmae' }],
      {},
      /Patient\.nmae: Patient has no element nmae/,
    ],
    [
      'an element of another type',
      [{ path: 'Observation.code' }],
      { type: 'Patient' },
      /begins with Observation, but the type is Patient/,
    ],
    [
      'a base of another type',
      [{ path: 'Patient' }],
      { baseDefinition: `${R4}Group` },
      /constrains Patient, but its base .* is about Group/,
    ],
    [
      'a type that the choice does not have',
      [{ path: 'Patient.deceasedQuantity' }],
      {},
      /deceased\[x\] of Patient has no type that deceasedQuantity/,
    ],
    [
      'a slice without slicing',
      [{ path: 'Patient.name', sliceName: 'x' }],
      {},
      /Patient\.name is not sliced/,
    ],
    [
      'an element of an unknown slice',
      [{ id: 'Patient.name:x.given', path: 'Patient.name.given' }],
      {},
      /Patient\.name has no slice x/,
    ],
    [
      'an unknown profile of a type',
      [
        { path: 'Patient.name', type: [{ code: 'HumanName', profile: [`${T}n`] }] },
        { path: 'Patient.name.given' },
      ],
      {},
      /Patient\.name is of http:\/\/t\.example\/n, which is not known/,
    ],
    ['a path without end', [{ path: `Patient${'.extension'.repeat(70)}` }], {}, /more than 60 steps/],
    ['no url', [{ path: 'Patient' }], { url: undefined }, /has no url/],
  ];
  it.each(cases)('%s', (_what, element, more, reason) => {
    expect(() => generateSnapshot(profile('bad', element, more), find)).toThrow(reason);
  });

  it('a snapshot that grows without bound', () => {
    const many = Array.from({ length: 15_000 }, (_, i) => ({
      path: 'Observation.component',
      sliceName: `s${i}`,
    }));
    const sliced = { path: 'Observation.component', slicing: slicing('value', 'code') };
    expect(() => made([sliced, { path: 'Observation.component.code.text' }, ...many])).toThrow(
      /would have more elements than can be worked with/,
    );
  });

  it('structures that build on themselves, or on too many others', () => {
    const chain = new Map<string, Record<string, unknown>>();
    for (let i = 0; i < 60; i++) {
      chain.set(
        `${T}p${i}`,
        profile(`p${i}`, [{ path: 'Patient' }], i > 0 ? { baseDefinition: `${T}p${i - 1}` } : {}),
      );
    }
    chain.set(`${T}a`, profile('a', [{ path: 'Patient' }], { baseDefinition: `${T}b` }));
    chain.set(`${T}b`, profile('b', [{ path: 'Patient' }], { baseDefinition: `${T}a` }));
    const view = reduceStructures((url) => chain.get(url), { find, problem: () => undefined });
    expect(view.problem(`${T}a`)).toMatch(/builds on itself/);
    expect(view.problem(`${T}p59`)).toMatch(/more than 40 build on one another/);
    expect(view.find(`${T}p30`)?.elements.length).toBe(find(`${R4}Patient`)!.elements.length);
  });
});
