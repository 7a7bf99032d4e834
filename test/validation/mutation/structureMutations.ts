// Cardinality, types, names and choices (json.html, elementdefinition.html).
import { allergy, medicationRequest, observation, patient, questionnaire } from './examples.ts';
import type { Mutation } from './mutation.ts';

export const structureMutations: readonly Mutation[] = [
  // cardinality
  {
    name: 'a required element is missing',
    of: observation,
    set: { status: undefined },
    expect: { code: 'required', at: 'Observation.status', words: "'status' is required" },
  },
  {
    name: 'a required element of a backbone element is missing',
    of: patient,
    set: { 'communication[0].language': undefined },
    expect: { code: 'required', at: 'Patient.communication[0].language' },
  },
  {
    name: 'a required element of a data type is missing',
    of: patient,
    set: { 'text.div': undefined },
    expect: { code: 'required', at: 'Patient.text.div' },
  },
  {
    name: 'a required element deep inside is missing',
    of: questionnaire,
    set: { 'item[0].item[0].linkId': undefined },
    expect: { code: 'required', at: 'Questionnaire.item[0].item[0].linkId' },
  },
  {
    name: 'a required choice is missing',
    of: medicationRequest,
    set: { medicationCodeableConcept: undefined },
    expect: { code: 'required', at: 'MedicationRequest.medication', words: 'medicationReference' },
  },
  {
    name: 'a required list is empty',
    of: questionnaire,
    set: { 'item[3].enableWhen': [] },
    expect: { code: 'structure', at: 'Questionnaire.item[3].enableWhen', words: 'empty' },
  },
  {
    name: 'two values where one is allowed',
    of: patient,
    set: { gender: ['female', 'male'] },
    expect: { code: 'structure', at: 'Patient.gender', words: 'cannot repeat' },
  },
  {
    name: 'two objects where one is allowed',
    of: patient,
    set: { 'contact[0].name': [{ text: 'a' }, { text: 'b' }] },
    expect: { code: 'structure', at: 'Patient.contact[0].name', words: 'cannot repeat' },
  },
  {
    name: 'an object where a list belongs',
    of: patient,
    set: { name: { family: 'Meier' } },
    expect: { code: 'structure', at: 'Patient.name', words: 'must be an array' },
  },
  {
    name: 'an empty list',
    of: patient,
    set: { name: [] },
    expect: { code: 'structure', at: 'Patient.name', words: 'empty' },
  },
  {
    name: 'an empty object',
    of: patient,
    set: { 'name[0]': {} },
    expect: { code: 'structure', at: 'Patient.name[0]', words: 'empty' },
  },
  {
    name: 'null in place of a value',
    of: patient,
    set: { birthDate: null },
    expect: { code: 'structure', at: 'Patient.birthDate', words: 'null' },
  },
  {
    name: 'null in a list without a `_` list beside it',
    of: patient,
    set: { 'name[0].given': ['Anna', null] },
    expect: { code: 'structure', at: 'Patient.name[0].given[1]', words: 'null' },
  },
  // types
  {
    name: 'a number for a string',
    of: patient,
    set: { 'name[0].family': 5 },
    expect: { code: 'structure', at: 'Patient.name[0].family', words: 'a string' },
  },
  {
    name: 'a string for a boolean',
    of: patient,
    set: { active: 'true' },
    expect: { code: 'structure', at: 'Patient.active', words: 'true or false' },
  },
  {
    name: 'a string for a number',
    of: observation,
    set: { 'valueQuantity.value': '71.5' },
    expect: { code: 'structure', at: 'Observation.value.value', words: 'a number' },
  },
  {
    name: 'a string for an object',
    of: observation,
    set: { code: 'weight' },
    expect: { code: 'structure', at: 'Observation.code', words: 'CodeableConcept' },
  },
  {
    name: 'an object for a string',
    of: patient,
    set: { 'name[0].family': { value: 'Meier' } },
    expect: { code: 'structure', at: 'Patient.name[0].family', words: 'a string' },
  },
  {
    name: 'a contained thing that is no resource',
    of: patient,
    set: { 'contained[0].resourceType': 'Organisation' },
    expect: { code: 'value', at: 'Patient.contained[0].resourceType', words: "'Organization'" },
  },
  // names
  {
    name: 'an unknown property',
    of: patient,
    set: { birthdate: '1970-01-31' },
    expect: { code: 'structure', at: 'Patient.birthdate', words: "'birthDate'" },
  },
  {
    name: 'an unknown property of a data type',
    of: patient,
    set: { 'name[0].surname': 'x' },
    expect: { code: 'structure', at: 'Patient.name[0].surname' },
  },
  {
    name: 'an element of R5',
    of: observation,
    set: { 'referenceRange[0].normalValue': { text: 'n' } },
    expect: { code: 'structure', at: 'Observation.referenceRange[0].normalValue' },
  },
  {
    name: 'a `_` property of an object',
    of: patient,
    set: { _contact: [{ id: 'a' }] },
    expect: { code: 'structure', at: 'Patient._contact' },
  },
  // choices
  {
    name: 'two values of a choice',
    of: observation,
    set: { valueString: 'heavy' },
    expect: { code: 'structure', at: 'Observation.value', words: 'Only one type' },
  },
  {
    name: 'a value of a choice and the extensions of another',
    of: patient,
    set: { _deceasedDateTime: { extension: [{ url: 'http://example.org/e', valueString: 'x' }] } },
    expect: { code: 'structure', at: 'Patient.deceased', words: 'Only one type' },
  },
  {
    name: 'a type that the choice does not have',
    of: observation,
    set: { valueQuantity: undefined, valueMoney: { value: 1, currency: 'EUR' } },
    expect: { code: 'structure', at: 'Observation.valueMoney' },
  },
  {
    name: 'a choice without its type',
    of: observation,
    set: { valueQuantity: undefined, value: 'heavy' },
    expect: { code: 'structure', at: 'Observation.value' },
  },
  // ele-1
  {
    name: 'ele-1: an object with nothing but an id',
    of: patient,
    set: { 'name[0]': { id: 'n' } },
    expect: { code: 'invariant', at: 'Patient.name[0]', key: 'ele-1' },
  },
  {
    name: 'ele-1: a primitive with nothing but an id',
    of: allergy,
    set: { _recordedDate: { id: 'd' } },
    expect: { code: 'invariant', at: 'AllergyIntolerance.recordedDate', key: 'ele-1' },
  },
];
