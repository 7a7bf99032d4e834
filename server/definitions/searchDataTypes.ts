// Which data types a search parameter type can search (search.html, "Search Parameter Types"), and how the string
// parameters over HumanName and Address break down into their parts.

import type { IndexKind } from './searchParameter.ts';

const quantities = [
  'Quantity',
  'SimpleQuantity',
  'MoneyQuantity',
  'Age',
  'Duration',
  'Count',
  'Distance',
  'Money',
];

/** Index kind → data types it can index. Other types of a choice element are not searched by such a parameter. */
export const searchDataTypes: Record<Exclude<IndexKind, 'composite'>, ReadonlySet<string>> = {
  token: new Set([
    'code',
    'id',
    'string',
    'boolean',
    'uri',
    'url',
    'canonical',
    'oid',
    'uuid',
    'Coding',
    'CodeableConcept',
    'Identifier',
    'ContactPoint',
  ]),
  reference: new Set(['Reference', 'canonical', 'uri', 'url', 'oid', 'uuid', 'Resource']),
  uri: new Set(['uri', 'url', 'canonical', 'oid', 'uuid']),
  string: new Set(['string', 'markdown', 'code', 'id', 'HumanName', 'Address']),
  date: new Set(['date', 'dateTime', 'instant', 'Period', 'Timing']),
  number: new Set(['decimal', 'integer', 'positiveInt', 'unsignedInt', 'Range']),
  quantity: new Set([...quantities, 'Range', 'SampledData']),
  /** `Location.position`, of longitude and latitude */
  position: new Set(['BackboneElement']),
};

/**
 * A string parameter on one of these searches every listed part: it is compiled into one index path per part, which
 * the parameters on single parts (`family`, `address-city`) share.
 */
export const stringParts: ReadonlyMap<string, readonly string[]> = new Map([
  ['HumanName', ['text', 'family', 'given', 'prefix', 'suffix']],
  ['Address', ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country']],
]);

/**
 * Published parameters that are compiled but cannot be searched, and why. Every other published parameter with an
 * expression is indexed.
 */
export const notSearchable: ReadonlyMap<string, string> = new Map([
  ['http://hl7.org/fhir/SearchParameter/Resource-query', 'named queries are not defined on this server'],
]);

/** Published string parameters that compare how words sound. */
export const phonetic: ReadonlySet<string> = new Set([
  'http://hl7.org/fhir/SearchParameter/individual-phonetic',
  'http://hl7.org/fhir/SearchParameter/Organization-phonetic',
  'http://hl7.org/fhir/SearchParameter/InsurancePlan-phonetic',
]);
