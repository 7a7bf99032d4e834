// The 24 searches of six families, with values drawn from the data and values that nothing matches.
import { randomNumbers } from './corpus.ts';
import type { Coding, Sampled, SampleName, Samples } from './searchSamples.ts';
import {
  addressOf,
  both,
  compositeOf,
  type Draw,
  dateOf,
  type Find,
  insideAddress,
  insideName,
  nameOf,
  noComposite,
  noDate,
  noQuantity,
  noReference,
  noToken,
  noWord,
  PREFIXES,
  part,
  quantityOf,
  referenceOf,
  tokenOf,
  type Value,
  whole,
} from './searchValues.ts';

export const FAMILIES = ['string', 'date', 'token', 'quantity', 'composite', 'reference'] as const;
export type Family = (typeof FAMILIES)[number];

/** One request of a search workload. */
export interface SearchRequest {
  /** below the FHIR base */
  path: string;
  /** what it is an example of */
  search: string;
  group: string;
  /** what sets it apart from other values of the same search: the prefix */
  shape: string;
  /** whether its value was drawn from the data */
  hit: boolean;
}

interface Search {
  family: Family;
  type: string;
  parameter: string;
  sample: SampleName;
  hit: Value;
  /** undefined where every value matches something */
  miss: Value;
}

/** Drawn from the data, and not in it, of each search. */
const HITS = 60;
const MISSES = 15;
const SEED = 11;
/** Entries of a page. */
export const PAGE = 20;

const categoryOf = ({ category }: Sampled) => category?.[0]?.coding?.[0];
const codeOf = ({ code }: Sampled) => code?.coding?.[0];
const statusOf = ({ status }: Sampled) => (status === undefined ? undefined : { code: status });
const classOf = (resource: Sampled) => resource.class;

/** The 24 searches. */
const SEARCHES: Search[] = [
  string('name', nameOf),
  string('name:contains', insideName),
  string('address', addressOf),
  string('address:contains', insideAddress),
  date('Patient', 'birthdate', 'patient', ({ birthDate }) => birthDate),
  date('Observation', 'date', 'observation', ({ effectiveDateTime }) => effectiveDateTime),
  date('Encounter', 'date', 'encounter', ({ period }) => period?.start, false),
  token('Observation', 'category', 'observation', categoryOf),
  token('Observation', 'code', 'observation', codeOf),
  token('Condition', 'code', 'condition', codeOf),
  token('MedicationRequest', 'status', 'medication', statusOf),
  token('Encounter', 'class', 'encounter', classOf),
  measure('quantity', 'value-quantity', 'quantity', whole),
  measure('quantity', 'component-value-quantity', 'components', part),
  measure('quantity', 'combo-value-quantity', 'observation', both),
  measure('composite', 'code-value-quantity', 'quantity', whole),
  measure('composite', 'component-code-value-quantity', 'components', part),
  measure('composite', 'combo-code-value-quantity', 'observation', both),
  reference('Observation', 'subject', 'observation', ({ subject }) => subject?.reference, 'Patient'),
  reference('Condition', 'subject', 'condition', ({ subject }) => subject?.reference, 'Patient'),
  reference('Observation', 'encounter', 'observation', ({ encounter }) => encounter?.reference, 'Encounter'),
  reference(
    'DiagnosticReport',
    'performer',
    'report',
    ({ performer }) => performer?.[0]?.reference,
    'Practitioner',
  ),
  reference(
    'Encounter',
    'participant',
    'encounter',
    ({ participant }) => participant?.[0]?.individual?.reference,
    'Practitioner',
  ),
  reference(
    'MedicationRequest',
    'requester',
    'medication',
    ({ requester }) => requester?.reference,
    'Practitioner',
  ),
];

function string(parameter: string, hit: Value): Search {
  return { family: 'string', type: 'Patient', parameter, sample: 'patient', hit, miss: noWord };
}

function date(
  type: string,
  parameter: string,
  sample: SampleName,
  read: (resource: Sampled) => string | undefined,
  instants = true,
): Search {
  return { family: 'date', type, parameter, sample, hit: dateOf(read, instants), miss: noDate };
}

function token(
  type: string,
  parameter: string,
  sample: SampleName,
  read: (resource: Sampled) => Coding | undefined,
): Search {
  return { family: 'token', type, parameter, sample, hit: tokenOf(read), miss: noToken(read) };
}

function measure(
  family: 'quantity' | 'composite',
  parameter: string,
  sample: SampleName,
  find: Find,
): Search {
  const [hit, miss] = family === 'quantity' ? [quantityOf, noQuantity] : [compositeOf, noComposite];
  return { family, type: 'Observation', parameter, sample, hit: hit(find), miss: miss(find) };
}

function reference(
  type: string,
  parameter: string,
  sample: SampleName,
  read: (resource: Sampled) => string | undefined,
  target: string,
): Search {
  return {
    family: 'reference',
    type,
    parameter,
    sample,
    hit: referenceOf(read),
    miss: noReference(target),
  };
}

/** The requests of all families. */
export function familyRequests(samples: Samples): SearchRequest[] {
  const random = randomNumbers(SEED);
  return SEARCHES.flatMap((search) => {
    const resources = samples[search.sample];
    return [true, false].flatMap((hit) =>
      Array.from({ length: hit ? HITS : MISSES }, (_, turn) => {
        const resource = resources[turn % resources.length];
        const draw: Draw = { turn, random, of: (list) => list[Math.floor(random() * list.length)]! };
        const value = resource && search[hit ? 'hit' : 'miss'](resource, draw);
        return value ? [requestOf(search, value, hit)] : [];
      }).flat(),
    );
  });
}

function requestOf({ family, type, parameter }: Search, value: string, hit: boolean): SearchRequest {
  const prefix = /(?:^|\$)([a-z]{2})-?\d/.exec(value)?.[1];
  return {
    path: `${type}?${parameter}=${encodeURIComponent(value)}&_count=${PAGE}`,
    search: `${type}?${parameter}`,
    group: family,
    shape: prefix && (PREFIXES as readonly string[]).includes(prefix) ? prefix : '',
    hit,
  };
}
