// Resources close to what is wrong that are right all the same: a validator must not refuse them.
import { condition, observation, patient, questionnaire } from './examples.ts';
import { div, type Mutation } from './mutation.ts';

const urn = 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520';
const extension = [{ url: 'http://example.org/unknown', valueString: 'a' }];

/** Changes that leave a resource sound. */
export const soundVariants: readonly Pick<Mutation, 'name' | 'of' | 'set'>[] = [
  { name: 'an unknown extension', of: patient, set: { extension } },
  {
    name: 'extensions in place of a value',
    of: patient,
    set: { birthDate: undefined, _birthDate: { extension } },
  },
  {
    name: 'null where the `_` list has something',
    of: patient,
    set: { 'name[0].given': ['Anna', null], 'name[0]._given': [null, { extension }] },
  },
  { name: 'a required choice with extensions only', of: observation, set: { code: { extension } } },
  {
    name: 'text alone where only a largest value set is required',
    of: patient,
    set: { 'communication[0].language': { text: 'German' } },
  },
  {
    name: 'a code of no known system',
    of: observation,
    set: { 'code.coding[0].system': 'http://snomed.info/sct' },
  },
  { name: 'a date of a leap year', of: patient, set: { birthDate: '2000-02-29' } },
  { name: 'a leap second', of: observation, set: { effectiveDateTime: '2016-12-31T23:59:60Z' } },
  {
    name: 'a period whose ends are known to a different precision',
    of: patient,
    set: { 'contact[0].period': { start: '2020-05-01', end: '2020' } },
  },
  {
    name: 'a range in different units',
    of: condition,
    set: { abatementRange: { low: { value: 10, unit: 'months' }, high: { value: 2, unit: 'years' } } },
  },
  {
    name: 'a reference by identifier alone',
    of: observation,
    set: { subject: { identifier: { value: '1' } } },
  },
  { name: 'a reference by display alone', of: observation, set: { subject: { display: 'Anna' } } },
  { name: 'a reference to a urn', of: observation, set: { subject: { reference: urn } } },
  {
    name: 'a reference to something that is no FHIR server',
    of: observation,
    set: { subject: { reference: 'http://example.org/people/anna' } },
  },
  {
    name: 'a contained resource that refers to its container',
    of: observation,
    set: {
      contained: [
        {
          resourceType: 'Observation',
          id: 'c',
          status: 'final',
          code: { text: 'c' },
          derivedFrom: [{ reference: '#' }],
        },
      ],
    },
  },
  {
    name: 'narrative with entities, a table and an image',
    of: patient,
    set: {
      'text.div': div(
        '<table><tbody><tr><td class="a">&#169;&lt;<img src="http://example.org/a.png" alt="a"/></td></tr></tbody></table>',
      ),
    },
  },
  {
    name: 'narrative that is an image alone',
    of: patient,
    set: { 'text.div': div('<img src="a.png" alt="a"/>') },
  },
  {
    name: 'a component with the code of the whole and no value of the whole',
    of: observation,
    set: { valueQuantity: undefined, 'component[0].code.coding[0].code': 'weight' },
  },
  { name: 'a decimal with an exponent', of: observation, set: { 'valueQuantity.value': 1e-7 } },
  {
    name: 'nested questions',
    of: questionnaire,
    set: { 'item[0].item[0].item': [{ linkId: '1.1.1', type: 'boolean' }] },
  },
];
