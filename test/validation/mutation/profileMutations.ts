// What profiles can ask for (profiling.html), each broken once.
import type { Json, Mutation } from './mutation.ts';
import { PROFILES } from './profiles.ts';

/** A mutation judged by a profile. */
export interface ProfileMutation extends Mutation {
  profile: string;
}

const MARITAL = 'http://terminology.hl7.org/CodeSystem/v3-MaritalStatus';
const red = { coding: [{ system: 'http://example.org/colours', code: 'red' }] };
const code = (value: string) => ({ coding: [{ system: 'http://example.org/codes', code: value }] });

const patient: Json = {
  resourceType: 'Patient',
  id: 'p',
  extension: [{ url: `${PROFILES}/colour`, valueCodeableConcept: red }],
  identifier: [{ system: 'http://example.org/ids', value: '1' }],
  active: true,
  name: [{ use: 'official', family: 'Meier' }],
  telecom: [{ system: 'phone', value: '1' }],
  gender: 'female',
  birthDate: '1970-01-31',
  deceasedBoolean: false,
  maritalStatus: { coding: [{ system: MARITAL, code: 'M' }], text: 'married' },
  multipleBirthInteger: 2,
  contact: [{ name: { text: 'Kurt' }, gender: 'male' }],
  generalPractitioner: [{ reference: 'Practitioner/1' }],
};
const first = { code: code('first'), valueQuantity: { value: 1 } };
const second = { code: code('second'), valueString: 'a' };
const other = { code: code('other'), valueString: 'b' };
const observation: Json = {
  resourceType: 'Observation',
  status: 'final',
  category: [code('lab'), code('b')],
  code: code('panel'),
  contained: [patient],
  subject: { reference: '#p' },
  performer: [{ reference: 'Organization/1' }, { reference: 'Practitioner/1' }],
  valueQuantity: { value: 70, system: 'http://unitsofmeasure.org', code: 'kg' },
  interpretation: [red],
  note: [{ text: 'short' }],
  component: [first, second, other],
};
const contactable: Json = {
  resourceType: 'Patient',
  telecom: [
    { system: 'phone', value: '1', rank: 1 },
    { system: 'email', value: 'a@example.org' },
  ],
};
const bundle: Json = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [
    { fullUrl: 'http://example.org/fhir/Patient/p', resource: patient },
    { fullUrl: 'http://example.org/fhir/Patient/q', resource: { resourceType: 'Patient', id: 'q' } },
  ],
};

const by =
  (profile: string, of: Json) =>
  (
    name: string,
    set: Mutation['set'],
    code: string,
    at: string,
    words?: string,
    key?: string,
  ): ProfileMutation => ({
    ...{ name, profile: `${PROFILES}/${profile}`, of, set },
    expect: { code: code as Mutation['expect']['code'], at, words, key },
  });
const plain = by('plain-patient', patient);
const components = by('components', observation);
const subject = by('subject', observation);

export const profileMutations: readonly ProfileMutation[] = [
  plain('min raised to 1', { gender: undefined }, 'required', 'Patient.gender', "'gender'"),
  plain(
    'min of a list raised to 1',
    { identifier: undefined },
    'required',
    'Patient.identifier',
    'at least 1',
  ),
  plain(
    'max lowered to 2',
    { identifier: [1, 2, 3].map((value) => ({ system: 'http://example.org/ids', value: String(value) })) },
    'structure',
    'Patient.identifier',
    'at most 2',
  ),
  plain('max lowered to 0', { photo: [{ title: 't' }] }, 'structure', 'Patient.photo', "no 'photo'"),
  plain(
    'min of an inner element',
    { 'contact[0].name': undefined, 'contact[0].telecom': [{ system: 'phone', value: '1' }] },
    'required',
    'Patient.contact[0].name',
    "'name'",
  ),
  plain(
    'min of an element of a data type',
    { 'identifier[0].system': undefined },
    'required',
    'Patient.identifier[0].system',
  ),
  plain('fixed value', { active: false }, 'value', 'Patient.active', 'true'),
  plain(
    'pattern of a primitive',
    { 'identifier[0].system': 'http://example.org/id' },
    'value',
    'Patient.identifier[0].system',
    'http://example.org/ids',
  ),
  plain(
    'pattern of a concept',
    { 'maritalStatus.coding[0].code': 'S' },
    'value',
    'Patient.maritalStatus',
    '"M"',
  ),
  plain(
    'type narrowed',
    { deceasedBoolean: undefined, deceasedDateTime: '2024-05-01' },
    'value',
    'Patient.deceased',
    'boolean',
  ),
  plain(
    'minValue of an integer',
    { multipleBirthInteger: 0 },
    'value',
    'Patient.multipleBirth',
    'at least 1',
  ),
  plain('maxValue of an integer', { multipleBirthInteger: 6 }, 'value', 'Patient.multipleBirth', 'at most 5'),
  plain('minValue of a date', { birthDate: '1899-12-31' }, 'value', 'Patient.birthDate', '1900-01-01'),
  plain('maxValue of a date', { birthDate: '2031-01-01' }, 'value', 'Patient.birthDate', '2030-12-31'),
  plain(
    'target narrowed',
    { 'generalPractitioner[0].reference': 'Organization/1' },
    'value',
    'Patient.generalPractitioner[0]',
    'Practitioner',
  ),
  plain(
    'a constraint of the profile',
    { 'contact[0].gender': undefined },
    'invariant',
    'Patient.contact[0]',
    'A contact has a gender',
    'ex-1',
  ),
  plain(
    'the profile of a data type: min',
    { 'name[0].family': undefined, 'name[0].text': 't' },
    'required',
    'Patient.name[0].family',
    'family-name',
  ),
  plain(
    'the profile of a data type: fixed',
    { 'name[0].use': 'usual' },
    'value',
    'Patient.name[0].use',
    'official',
  ),
  plain(
    'the profile of a data type: maxLength',
    { 'name[0].family': 'Meier-Hubacher' },
    'value',
    'Patient.name[0].family',
    'at most 10',
  ),
  plain(
    'a required extension is missing',
    { extension: undefined },
    'required',
    'Patient.extension',
    'colour',
  ),
  plain(
    'an extension twice that may be there once',
    { extension: [1, 2].map(() => ({ url: `${PROFILES}/colour`, valueCodeableConcept: red })) },
    'structure',
    'Patient.extension',
    'colour',
  ),
  plain(
    'an extension with a value of the wrong type',
    { 'extension[0]': { url: `${PROFILES}/colour`, valueString: 'red' } },
    'value',
    'Patient.extension[0].value',
    'CodeableConcept',
  ),
  plain(
    'an extension with a code that its value set does not have',
    { 'extension[0].valueCodeableConcept.coding[0].code': 'blue' },
    'code-invalid',
    'Patient.extension[0].value.coding[0]',
    'http://example.org/fhir/ValueSet/colours',
  ),
  plain(
    'an extension where it may not be used',
    { 'contact[0].extension': [{ url: `${PROFILES}/colour`, valueCodeableConcept: red }] },
    'extension',
    'Patient.contact[0].extension[0]',
    'Patient',
  ),
  by('derived-patient', patient)(
    'a profile of a profile: its own',
    { telecom: undefined },
    'required',
    'Patient.telecom',
  ),
  by('derived-patient', patient)(
    'a profile of a profile: inherited',
    { gender: undefined },
    'required',
    'Patient.gender',
  ),
  components(
    'slicing by value: a slice is missing',
    { component: [second] },
    'required',
    'Observation.component',
    'first',
  ),
  components(
    'slicing by value: a slice too often',
    { component: [first, second, second, second] },
    'structure',
    'Observation.component',
    'second',
  ),
  components(
    'slicing by value: inside a slice',
    { 'component[0].valueQuantity': undefined },
    'required',
    'Observation.component[0].value',
  ),
  components(
    'slicing by value: type inside a slice',
    { 'component[0]': { code: code('first'), valueString: 'a' } },
    'value',
    'Observation.component[0].value',
    'Quantity',
  ),
  by('components-in-order', observation)(
    'ordered slicing',
    { component: [second, first] },
    'structure',
    'Observation.component[1]',
    'before',
  ),
  by('components-closed', { ...observation, component: [first, second] })(
    'closed slicing',
    { component: [first, second, other] },
    'structure',
    'Observation.component[2]',
    'none of the slices',
  ),
  by('components-then-others', observation)(
    'slicing open at its end',
    { component: [first, other, second] },
    'structure',
    'Observation.component[2]',
    'before',
  ),
  by('by-pattern', observation)(
    'slicing by pattern: missing',
    { 'category[0]': code('labs') },
    'required',
    'Observation.category',
    'lab',
  ),
  by('by-pattern', observation)(
    'slicing by pattern: twice',
    { 'category[1]': code('lab') },
    'structure',
    'Observation.category',
    'lab',
  ),
  by('by-type', observation)(
    'slicing by type: another type',
    { valueQuantity: undefined, valueBoolean: true },
    'structure',
    'Observation.value',
  ),
  by('by-type', observation)(
    'slicing by type: inside a slice',
    { 'valueQuantity.code': 'g' },
    'value',
    'Observation.value.code',
    'kg',
  ),
  by('by-existence', contactable)(
    'slicing by existence: missing',
    { 'telecom[0].rank': undefined },
    'required',
    'Patient.telecom',
    'ranked',
  ),
  by('by-existence', contactable)(
    'slicing by existence: too many',
    { 'telecom[1]': { system: 'phone', value: '2', rank: 2 } },
    'structure',
    'Patient.telecom',
    'ranked',
  ),
  by('by-existence', contactable)(
    'slicing by existence: inside a slice',
    { 'telecom[0].system': 'fax' },
    'value',
    'Patient.telecom[0].system',
    'phone',
  ),
  by('by-profile', bundle)(
    'slicing by profile: none conforms',
    { 'entry[0].resource.gender': undefined },
    'required',
    'Bundle.entry',
    'patient',
  ),
  by('by-profile', bundle)(
    'slicing by profile: two conform',
    { 'entry[1]': { fullUrl: 'http://example.org/fhir/Patient/q', resource: { ...patient, id: 'q' } } },
    'structure',
    'Bundle.entry',
    'patient',
  ),
  by('by-resolved-type', observation)(
    'slicing by the type of what a reference leads to',
    { 'performer[0].reference': 'Patient/1' },
    'required',
    'Observation.performer',
    'organization',
  ),
  subject(
    'the profile of a target',
    { 'contained[0].gender': undefined },
    'value',
    'Observation.subject',
    'plain-patient',
  ),
  subject(
    'a binding of the profile',
    { 'interpretation[0].coding[0].code': 'blue' },
    'code-invalid',
    'Observation.interpretation[0].coding[0]',
    'colours',
  ),
  subject(
    'a binding of the profile: text alone',
    { 'interpretation[0]': { text: 'red' } },
    'code-invalid',
    'Observation.interpretation[0]',
    'no code',
  ),
  subject(
    'maxValue of a decimal',
    { 'valueQuantity.value': 300.5 },
    'value',
    'Observation.value.value',
    '300',
  ),
  subject(
    'maxLength of a markdown',
    { 'note[0].text': 'longer' },
    'value',
    'Observation.note[0].text',
    'at most 5',
  ),
  {
    name: 'a profile for another type',
    profile: `${PROFILES}/plain-patient`,
    of: patient,
    set: {
      resourceType: 'Person',
      extension: undefined,
      contact: undefined,
      deceasedBoolean: undefined,
      maritalStatus: undefined,
      multipleBirthInteger: undefined,
      generalPractitioner: undefined,
    },
    expect: { code: 'structure', at: 'Person', words: 'is for Patient' },
  },
];
