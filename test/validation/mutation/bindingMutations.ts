// Required bindings (terminologies.html#required): codes of enumerations, codes and concepts bound to value sets that can be
// enumerated or told by their form.
import {
  allergy,
  condition,
  medicationRequest,
  patient,
  questionnaire,
  structureDefinition,
} from './examples.ts';
import type { Json, Mutation } from './mutation.ts';

const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem';
const basic: Json = {
  resourceType: 'Basic',
  language: 'de-CH',
  code: { text: 'c' },
  extension: [{ url: 'http://example.org/e', valueMoney: { value: 1, currency: 'EUR' } }],
};
const operation: Json = {
  resourceType: 'OperationDefinition',
  name: 'O',
  status: 'draft',
  kind: 'operation',
  code: 'o',
  resource: ['Patient'],
  system: false,
  type: true,
  instance: false,
  parameter: [{ name: 'a', use: 'in', min: 0, max: '1', type: 'Quantity' }],
};
const adverseEvent: Json = {
  resourceType: 'AdverseEvent',
  actuality: 'actual',
  subject: { reference: 'Patient/p1' },
  severity: { coding: [{ system: `${TERMINOLOGY}/adverse-event-severity`, code: 'mild' }], text: 'light' },
};

/** Name, resource, what is changed, FHIRPath of the element, words of the message. */
type Row = [name: string, of: Json, set: Mutation['set'], at: string, words: string];

const rows: readonly Row[] = [
  ['an unknown code of an enumeration', patient, { gender: 'f' }, 'Patient.gender', 'female'],
  ['a code in capitals', patient, { gender: 'Female' }, 'Patient.gender', "'female'"],
  [
    'an unknown code in a list',
    allergy,
    { 'category[0]': 'foot' },
    'AllergyIntolerance.category[0]',
    "'food'",
  ],
  [
    'an unknown code in a data type',
    patient,
    { 'telecom[0].system': 'telephone' },
    'Patient.telecom[0].system',
    'phone',
  ],
  [
    'an unknown code deep inside',
    medicationRequest,
    { 'dosageInstruction[0].timing.repeat.periodUnit': 'days' },
    'MedicationRequest.dosageInstruction[0].timing.repeat.periodUnit',
    'days',
  ],
  [
    'a display in place of a code',
    questionnaire,
    { 'item[1].type': 'Choice' },
    'Questionnaire.item[1].type',
    "'choice'",
  ],
  [
    'a currency that is none',
    basic,
    { 'extension[0].valueMoney.currency': 'EURO' },
    'Basic.extension[0].value.currency',
    'EURO',
  ],
  [
    'a resource type that is none',
    operation,
    { 'resource[0]': 'Patent' },
    'OperationDefinition.resource[0]',
    "'Patient'",
  ],
  [
    'a type that is none',
    operation,
    { 'parameter[0].type': 'quantity' },
    'OperationDefinition.parameter[0].type',
    "'Quantity'",
  ],
  [
    'an unknown kind of structure',
    structureDefinition,
    { kind: 'profile' },
    'StructureDefinition.kind',
    'resource',
  ],
  [
    'a concept with a code that its value set does not have',
    condition,
    { 'verificationStatus.coding[0].code': 'confirm' },
    'Condition.verificationStatus.coding[0]',
    'confirm',
  ],
  [
    'a concept without the system of its code',
    allergy,
    { 'clinicalStatus.coding[0].system': undefined },
    'AllergyIntolerance.clinicalStatus.coding[0]',
    'without a system',
  ],
  [
    'a concept with the right code of another system',
    adverseEvent,
    { 'severity.coding[0].system': 'http://example.org/severity' },
    'AdverseEvent.severity.coding[0]',
    `${TERMINOLOGY}/adverse-event-severity`,
  ],
  [
    'a concept with text alone',
    adverseEvent,
    { 'severity.coding': undefined },
    'AdverseEvent.severity',
    "CodeableConcept 'light' has no code",
  ],
  [
    'a concept of which no coding fits',
    adverseEvent,
    {
      'severity.coding': [
        { system: 'http://example.org/a', code: 'a' },
        { system: 'http://example.org/b', code: 'b' },
      ],
    },
    'AdverseEvent.severity',
    'None of',
  ],
];

export const bindingMutations: readonly Mutation[] = [
  ...rows.map(
    ([name, of, set, at, words]): Mutation => ({
      ...{ name, of, set, expect: { code: 'code-invalid', at, words } },
    }),
  ),
  {
    name: 'a concept whose status is no longer resolved breaks con-4 as well',
    of: condition,
    set: { 'clinicalStatus.coding[0].code': 'cured' },
    expect: { code: 'code-invalid', at: 'Condition.clinicalStatus.coding[0]' },
    also: [{ code: 'invariant', at: 'Condition', key: 'con-4' }],
  },
];
