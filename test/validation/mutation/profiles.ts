// StructureDefinitions, extensions and a value set that the tests of profiles store: one for each thing a profile can say.
import type { Json } from './mutation.ts';

export const PROFILES = 'http://example.org/fhir/StructureDefinition';
const R4 = 'http://hl7.org/fhir/StructureDefinition';

/** A profile as its author writes it: a differential, whose elements have ids. */
export function profile(
  name: string,
  type: string,
  elements: readonly object[],
  base = `${R4}/${type}`,
): Json {
  return {
    resourceType: 'StructureDefinition',
    id: name,
    url: `${PROFILES}/${name}`,
    name,
    status: 'active',
    kind: /^(?:HumanName|Extension|Quantity)$/.test(type) ? 'complex-type' : 'resource',
    abstract: false,
    type,
    baseDefinition: base,
    derivation: 'constraint',
    ...(type === 'Extension' ? { context: [{ type: 'element', expression: 'Patient' }] } : {}),
    differential: { element: [{ id: type, path: type }, ...elements] },
  };
}

/** `Observation.component:systolic.code` with what is said of it; the path follows from the id. */
export const element = (id: string, said: object): object => ({
  id,
  path: id.replace(/:[^.]+/g, ''),
  ...said,
});

const sliced = (id: string, type: string, path: string, rules = 'open', ordered = false): object =>
  element(id, { slicing: { discriminator: [{ type, path }], rules, ordered } });
const slice = (id: string, said: object): object =>
  element(id, { sliceName: id.slice(id.lastIndexOf(':') + 1), ...said });
const code = (value: string) => ({ coding: [{ system: 'http://example.org/codes', code: value }] });

export const valueSet: Json = {
  resourceType: 'ValueSet',
  id: 'colours',
  url: 'http://example.org/fhir/ValueSet/colours',
  status: 'active',
  compose: {
    include: [{ system: 'http://example.org/colours', concept: [{ code: 'red' }, { code: 'green' }] }],
  },
};

const components = (name: string, rules: string, ordered: boolean): Json =>
  profile(name, 'Observation', [
    sliced('Observation.component', 'value', 'code', rules, ordered),
    slice('Observation.component:first', { min: 1, max: '1' }),
    element('Observation.component:first.code', { patternCodeableConcept: code('first') }),
    element('Observation.component:first.value[x]', { min: 1, type: [{ code: 'Quantity' }] }),
    slice('Observation.component:second', { min: 0, max: '2' }),
    element('Observation.component:second.code', { patternCodeableConcept: code('second') }),
  ]);

/** In an order in which each is stored after what it builds on. */
export const profiles: readonly Json[] = [
  profile('family-name', 'HumanName', [
    element('HumanName.family', { min: 1, maxLength: 10 }),
    element('HumanName.use', { fixedCode: 'official' }),
  ]),
  profile('colour', 'Extension', [
    element('Extension.extension', { max: '0' }),
    element('Extension.url', { fixedUri: `${PROFILES}/colour` }),
    element('Extension.value[x]', {
      min: 1,
      type: [{ code: 'CodeableConcept' }],
      binding: { strength: 'required', valueSet: valueSet.url },
    }),
  ]),
  profile('plain-patient', 'Patient', [
    element('Patient.extension', {
      slicing: { discriminator: [{ type: 'value', path: 'url' }], rules: 'open', ordered: false },
    }),
    slice('Patient.extension:colour', {
      min: 1,
      max: '1',
      type: [{ code: 'Extension', profile: [`${PROFILES}/colour`] }],
    }),
    element('Patient.identifier', { min: 1, max: '2' }),
    element('Patient.identifier.system', { min: 1, patternUri: 'http://example.org/ids' }),
    element('Patient.active', { min: 1, fixedBoolean: true }),
    element('Patient.name', {
      max: '1',
      type: [{ code: 'HumanName', profile: [`${PROFILES}/family-name`] }],
    }),
    element('Patient.gender', { min: 1 }),
    element('Patient.birthDate', { minValueDate: '1900-01-01', maxValueDate: '2030-12-31' }),
    element('Patient.deceased[x]', { type: [{ code: 'boolean' }] }),
    element('Patient.multipleBirth[x]', {
      type: [{ code: 'integer' }],
      minValueInteger: 1,
      maxValueInteger: 5,
    }),
    element('Patient.photo', { max: '0' }),
    element('Patient.maritalStatus', {
      patternCodeableConcept: {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' }],
      },
    }),
    element('Patient.generalPractitioner', {
      type: [{ code: 'Reference', targetProfile: [`${R4}/Practitioner`] }],
    }),
    element('Patient.contact', {
      constraint: [
        { key: 'ex-1', severity: 'error', human: 'A contact has a gender', expression: 'gender.exists()' },
      ],
    }),
    element('Patient.contact.name', { min: 1 }),
  ]),
  profile(
    'derived-patient',
    'Patient',
    [element('Patient.identifier', { max: '1' }), element('Patient.telecom', { min: 1 })],
    `${PROFILES}/plain-patient`,
  ),
  components('components', 'open', false),
  components('components-in-order', 'open', true),
  components('components-closed', 'closed', false),
  components('components-then-others', 'openAtEnd', true),
  profile('by-pattern', 'Observation', [
    sliced('Observation.category', 'pattern', '$this'),
    slice('Observation.category:lab', { min: 1, max: '1', patternCodeableConcept: code('lab') }),
  ]),
  profile('by-type', 'Observation', [
    sliced('Observation.value[x]', 'type', '$this', 'closed'),
    slice('Observation.value[x]:valueQuantity', { min: 0, max: '1', type: [{ code: 'Quantity' }] }),
    element('Observation.value[x]:valueQuantity.code', { min: 1, fixedCode: 'kg' }),
    slice('Observation.value[x]:valueString', { min: 0, max: '1', type: [{ code: 'string' }] }),
  ]),
  profile('by-existence', 'Patient', [
    sliced('Patient.telecom', 'exists', 'rank'),
    slice('Patient.telecom:ranked', { min: 1, max: '1' }),
    element('Patient.telecom:ranked.rank', { min: 1 }),
    element('Patient.telecom:ranked.system', { min: 1, fixedCode: 'phone' }),
    slice('Patient.telecom:others', { min: 0, max: '*' }),
    element('Patient.telecom:others.rank', { max: '0' }),
  ]),
  profile('by-profile', 'Bundle', [
    sliced('Bundle.entry', 'profile', 'resource'),
    slice('Bundle.entry:patient', { min: 1, max: '1' }),
    element('Bundle.entry:patient.resource', {
      min: 1,
      type: [{ code: 'Patient', profile: [`${PROFILES}/plain-patient`] }],
    }),
  ]),
  profile('by-resolved-type', 'Observation', [
    sliced('Observation.performer', 'type', 'resolve()'),
    slice('Observation.performer:organization', {
      min: 1,
      max: '1',
      type: [{ code: 'Reference', targetProfile: [`${R4}/Organization`] }],
    }),
  ]),
  profile('subject', 'Observation', [
    element('Observation.subject', {
      min: 1,
      type: [{ code: 'Reference', targetProfile: [`${PROFILES}/plain-patient`] }],
    }),
    element('Observation.interpretation', {
      binding: { strength: 'required', valueSet: valueSet.url },
    }),
    element('Observation.bodySite', {
      binding: { strength: 'extensible', valueSet: valueSet.url },
    }),
    element('Observation.value[x]', { type: [{ code: 'Quantity' }] }),
    element('Observation.value[x].value', { min: 1, minValueDecimal: 0, maxValueDecimal: 300 }),
    element('Observation.note.text', { maxLength: 5 }),
  ]),
];
