// Sound resources that the tables of mutations begin with.
import { div, type Json } from './mutation.ts';

export const patient: Json = {
  resourceType: 'Patient',
  id: 'p1',
  meta: { tag: [{ system: 'http://example.org/tags', code: 'a' }], source: 'http://example.org/source' },
  text: { status: 'generated', div: div('<p>Anna Meier</p>') },
  contained: [{ resourceType: 'Organization', id: 'o1', name: 'Praxis' }],
  identifier: [{ system: 'http://example.org/ids', value: '1' }],
  active: true,
  name: [{ use: 'official', family: 'Meier', given: ['Anna', 'Eva'] }],
  telecom: [{ system: 'phone', value: '1', rank: 1 }],
  gender: 'female',
  birthDate: '1970-01-31',
  deceasedBoolean: false,
  maritalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus', code: 'M' }],
  },
  multipleBirthInteger: 2,
  photo: [{ contentType: 'image/png', data: 'AAAA', size: 3, url: 'http://example.org/p.png' }],
  contact: [{ name: { text: 'Kurt' }, period: { start: '2020-01-01', end: '2021-01-01' } }],
  communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'de' }] }, preferred: true }],
  managingOrganization: { reference: '#o1' },
  link: [{ other: { reference: 'Patient/p2' }, type: 'seealso' }],
};

export const observation: Json = {
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://example.org/codes', code: 'weight' }] },
  subject: { reference: 'Patient/p1' },
  effectiveDateTime: '2024-05-01T10:00:00+02:00',
  issued: '2024-05-01T10:00:00.5Z',
  valueQuantity: { value: 71.5, unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' },
  interpretation: [{ text: 'high' }],
  referenceRange: [{ low: { value: 50 }, high: { value: 60 } }],
  component: [{ code: { coding: [{ system: 'http://example.org/codes', code: 'part' }] }, valueInteger: 3 }],
};

export const medicationRequest: Json = {
  resourceType: 'MedicationRequest',
  status: 'active',
  intent: 'order',
  medicationCodeableConcept: { text: 'm' },
  subject: { reference: 'Patient/p1' },
  authoredOn: '2024-05-01',
  dosageInstruction: [
    {
      sequence: 1,
      timing: {
        repeat: {
          count: 1,
          duration: 1,
          durationUnit: 'h',
          frequency: 1,
          period: 1,
          periodUnit: 'd',
          boundsDuration: { value: 3, system: 'http://unitsofmeasure.org', code: 'd' },
        },
      },
      doseAndRate: [
        {
          doseQuantity: { value: 1, unit: 'tablet' },
          rateRatio: { numerator: { value: 1 }, denominator: { value: 2 } },
        },
      ],
      maxDosePerPeriod: { numerator: { value: 5 }, denominator: { value: 1 } },
    },
  ],
};

export const condition: Json = {
  resourceType: 'Condition',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'resolved' }],
  },
  verificationStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-ver-status', code: 'confirmed' }],
  },
  code: { text: 'asthma' },
  subject: { reference: 'Patient/p1' },
  onsetAge: { value: 5, unit: 'years', system: 'http://unitsofmeasure.org', code: 'a' },
  abatementRange: { low: { value: 8 }, high: { value: 9 } },
  stage: [{ summary: { text: 'I' } }],
  evidence: [{ code: [{ text: 'cough' }] }],
};

export const allergy: Json = {
  resourceType: 'AllergyIntolerance',
  clinicalStatus: {
    coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
  },
  verificationStatus: {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification', code: 'confirmed' },
    ],
  },
  category: ['food'],
  patient: { reference: 'Patient/p1' },
};

export const questionnaire: Json = {
  resourceType: 'Questionnaire',
  url: 'http://example.org/fhir/Questionnaire/q',
  name: 'Q',
  status: 'draft',
  item: [
    { linkId: '1', type: 'group', item: [{ linkId: '1.1', type: 'string', maxLength: 5 }] },
    { linkId: '2', type: 'choice', answerOption: [{ valueString: 'a' }, { valueString: 'b' }] },
    { linkId: '3', type: 'display', text: 'read this' },
    {
      linkId: '4',
      type: 'boolean',
      enableWhen: [{ question: '2', operator: 'exists', answerBoolean: true }],
    },
  ],
};

export const valueSet: Json = {
  resourceType: 'ValueSet',
  url: 'http://example.org/fhir/ValueSet/v',
  name: 'V',
  status: 'draft',
  compose: {
    include: [
      { system: 'http://example.org/codes', concept: [{ code: 'a' }] },
      { valueSet: ['http://example.org/fhir/ValueSet/w'] },
    ],
  },
  expansion: {
    timestamp: '2024-05-01',
    contains: [{ system: 'http://example.org/codes', code: 'a', display: 'A' }],
  },
};

const elements = [
  {
    id: 'Patient',
    path: 'Patient',
    definition: 'd',
    min: 0,
    max: '*',
    base: { path: 'Patient', min: 0, max: '*' },
  },
  {
    id: 'Patient.active',
    path: 'Patient.active',
    definition: 'd',
    min: 0,
    max: '1',
    type: [{ code: 'boolean' }],
    base: { path: 'Patient.active', min: 0, max: '1' },
  },
];

export const structureDefinition: Json = {
  resourceType: 'StructureDefinition',
  url: 'http://example.org/fhir/StructureDefinition/s',
  name: 'S',
  status: 'draft',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
  derivation: 'constraint',
  mapping: [{ identity: 'a', name: 'A' }],
  snapshot: { element: elements },
  differential: { element: elements },
};

/** A Bundle of `type`, with one entry that is `entry`. */
export const bundle = (type: string, entry: object, more: object = {}): Json => ({
  resourceType: 'Bundle',
  type,
  ...more,
  entry: [entry],
});
