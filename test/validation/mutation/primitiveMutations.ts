// The formats of primitive types (datatypes.html#primitive): the JSON is of the right type, the text or number is not.
import { medicationRequest, observation, patient, questionnaire, valueSet } from './examples.ts';
import type { Json, Mutation } from './mutation.ts';

/** Name, resource, path in its JSON, wrong value, FHIRPath of the element, words of the message. */
type Row = [name: string, of: Json, path: string, value: unknown, at: string, words: string];

const binary: Json = { resourceType: 'Binary', contentType: 'text/plain', data: 'AAAA' };
const extended = (property: string, value: unknown): Json => ({
  resourceType: 'Basic',
  code: { text: 'c' },
  extension: [{ url: 'http://example.org/e', [property]: value }],
});

const rows: readonly Row[] = [
  ['date: 30 February', patient, 'birthDate', '1970-02-30', 'Patient.birthDate', 'calendar date'],
  ['date: 29 February of no leap year', patient, 'birthDate', '1900-02-29', 'Patient.birthDate', 'calendar'],
  ['date: month 13', patient, 'birthDate', '1970-13-01', 'Patient.birthDate', 'calendar date'],
  ['date: without zeros', patient, 'birthDate', '1970-1-31', 'Patient.birthDate', 'YYYY-MM-DD'],
  ['date: with a time', patient, 'birthDate', '1970-01-31T10:00:00Z', 'Patient.birthDate', 'YYYY-MM-DD'],
  ['dateTime: without a zone', observation, 'effectiveDateTime', '2024-05-01T10:00:00', 'Observation.effective', 'zone'],
  ['dateTime: without seconds', observation, 'effectiveDateTime', '2024-05-01T10:00Z', 'Observation.effective', 'seconds'],
  ['dateTime: hour 24', observation, 'effectiveDateTime', '2024-05-01T24:00:00Z', 'Observation.effective', 'zone'],
  ['dateTime: zone +15:00', observation, 'effectiveDateTime', '2024-05-01T10:00:00+15:00', 'Observation.effective', 'zone'],
  ['dateTime: 31 April', observation, 'effectiveDateTime', '2024-04-31', 'Observation.effective', 'date'],
  ['instant: a date only', observation, 'issued', '2024-05-01', 'Observation.issued', 'instant'],
  ['instant: without a zone', observation, 'issued', '2024-05-01T10:00:00', 'Observation.issued', 'instant'],
  ['time: without seconds', extended('valueTime', '10:00:00'), 'extension[0].valueTime', '10:00', 'Basic.extension[0].value', 'time of day'],
  ['time: hour 24', extended('valueTime', '10:00:00'), 'extension[0].valueTime', '24:00:00', 'Basic.extension[0].value', 'time of day'],
  ['id: a space', patient, 'id', 'a b', 'Patient.id', 'an id'],
  ['id: an underscore', patient, 'contained[0].id', 'o_1', 'Patient.contained[0].id', 'an id'],
  ['id: 65 characters', patient, 'id', 'a'.repeat(65), 'Patient.id', 'an id'],
  ['oid: without urn:oid:', extended('valueOid', 'urn:oid:1.2.3'), 'extension[0].valueOid', '1.2.3', 'Basic.extension[0].value', 'urn:oid:'],
  ['oid: a leading zero', extended('valueOid', 'urn:oid:1.2.3'), 'extension[0].valueOid', 'urn:oid:1.02.3', 'Basic.extension[0].value', 'urn:oid:'],
  ['oid: begins with 3', extended('valueOid', 'urn:oid:1.2.3'), 'extension[0].valueOid', 'urn:oid:3.2.3', 'Basic.extension[0].value', 'urn:oid:'],
  [
    'uuid: of the wrong length',
    extended('valueUuid', 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520'),
    'extension[0].valueUuid',
    'urn:uuid:c757873d-ec9a-4326-a141',
    'Basic.extension[0].value',
    'urn:uuid:',
  ],
  ['uri: a space', patient, 'identifier[0].system', 'http://example.org/my ids', 'Patient.identifier[0].system', 'without spaces'],
  ['url: a space', patient, 'photo[0].url', 'http://example.org/p 1.png', 'Patient.photo[0].url', 'without spaces'],
  ['canonical: a space', valueSet, 'compose.include[1].valueSet[0]', 'http://example.org/v w', 'ValueSet.compose.include[1].valueSet[0]', 'without spaces'],
  ['base64Binary: a character too many', patient, 'photo[0].data', 'AAAAA', 'Patient.photo[0].data', 'base64'],
  ['base64Binary: a character that is none', binary, 'data', 'AA-A', 'Binary.data', 'base64'],
  ['integer: a fraction', patient, 'multipleBirthInteger', 2.5, 'Patient.multipleBirth', 'whole number'],
  ['integer: beyond 32 bits', patient, 'multipleBirthInteger', 2147483648, 'Patient.multipleBirth', '2147483647'],
  ['unsignedInt: negative', patient, 'photo[0].size', -1, 'Patient.photo[0].size', 'from 0'],
  ['positiveInt: zero', patient, 'telecom[0].rank', 0, 'Patient.telecom[0].rank', 'from 1'],
  ['positiveInt: zero, deep inside', medicationRequest, 'dosageInstruction[0].timing.repeat.frequency', 0, 'MedicationRequest.dosageInstruction[0].timing.repeat.frequency', 'from 1'],
  ['code: two spaces', patient, 'identifier[0].type', { coding: [{ code: 'a  b' }] }, 'Patient.identifier[0].type.coding[0].code', 'a code'],
  ['code: a space at its end', observation, 'code.coding[0].code', 'weight ', 'Observation.code.coding[0].code', 'a code'],
  ['string: empty', patient, 'name[0].family', '', 'Patient.name[0].family', 'text of 1'],
  ['string: a control character', patient, 'name[0].family', 'a\u0001', 'Patient.name[0].family', 'control characters'],
  ['markdown: empty', questionnaire, 'description', '', 'Questionnaire.description', 'text of 1'],
  ['uri: empty', questionnaire, 'url', '', 'Questionnaire.url', 'uri'],
  ['code: empty', observation, 'code.coding[0].code', '', 'Observation.code.coding[0].code', 'a code'],
];

export const primitiveMutations: readonly Mutation[] = [
  ...rows.map(([name, of, path, value, at, words]): Mutation => ({
    ...{ name, of, set: { [path]: value }, expect: { code: 'value', at, words } },
  })),
  {
    name: 'string: more than 1 MB',
    of: patient,
    set: { 'name[0].family': 'x'.repeat(1024 * 1024 + 1) },
    expect: { code: 'too-long', at: 'Patient.name[0].family', words: '1048576' },
  },
];
