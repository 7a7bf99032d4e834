// Which data types a kind of search parameter looks at (search.html#table): the text of an element that should be a date
// is no value for a date parameter.
import type { Value } from './values.ts';

const URIS = ['uri', 'url', 'canonical', 'oid', 'uuid'];
const TYPES: Readonly<Record<string, readonly string[]>> = {
  token: [
    ...['Coding', 'CodeableConcept', 'Identifier', 'ContactPoint', 'code', 'boolean', 'string', 'id'],
    ...URIS,
  ],
  string: ['string', 'markdown', 'HumanName', 'Address'],
  date: ['date', 'dateTime', 'instant', 'Period', 'Timing'],
  number: ['integer', 'decimal', 'positiveInt', 'unsignedInt'],
  quantity: [
    'Quantity',
    'SimpleQuantity',
    'Age',
    'Duration',
    'Distance',
    'Count',
    'Money',
    'Range',
    'SampledData',
  ],
  reference: ['Reference', 'canonical', 'uri'],
  uri: URIS,
};

/** Whether a value is one that a parameter of a type can find. */
export function isSearchable(parameterType: string, { type, value }: Value): boolean {
  const isNested = parameterType === 'reference' && value.resourceType !== undefined;
  return isNested || (TYPES[parameterType]?.includes(type) ?? false);
}
