// Number and quantity parameters (search.html#number, #quantity): values are points or Ranges; eq, ne and ap compare with
// the range a search value implies, the other prefixes with exactly the number given.
import type { Quantity, Range, SampledData } from '@medplum/fhirtypes';
import { type Prefix, splitAt, splitPrefix, unescapeValue } from './splitValue.ts';
import { convertUnit, UCUM } from './units.ts';
import type { Value } from './values.ts';

/** A value: both limits belong to it; a point has equal ones. */
export interface Limits {
  readonly low: number;
  readonly high: number;
}

/** Takes the noise of binary fractions away: 0.28 + 0.005 is 0.285. */
const tidy = (number: number): number => Number(number.toPrecision(14));

/**
 * Half of the last digit given: 100 implies [99.5, 100.5). So does 1.00e2, while 1e2 has one digit: [50, 150). (The table of
 * examples says [95, 105), against the rule that the digits count.)
 */
function halfStep(number: string): number {
  const [digits, exponent = '0'] = number.toLowerCase().split('e');
  const decimals = digits!.split('.')[1]?.length ?? 0;
  return 0.5 * 10 ** (Number(exponent) - decimals);
}

/** Whether limits satisfy a prefix and a number. */
export function compareNumber(prefix: Prefix, number: string, { low, high }: Limits): boolean {
  const wanted = Number(number);
  const half = halfStep(number);
  const contained = tidy(wanted - half) <= low && high < tidy(wanted + half);
  switch (prefix) {
    case 'eq':
      return contained;
    case 'ne':
      return !contained;
    case 'gt':
      return high > wanted;
    case 'lt':
      return low < wanted;
    case 'ge':
      return high >= wanted;
    case 'le':
      return low <= wanted;
    case 'sa':
      return low > wanted;
    case 'eb':
      return high < wanted;
    case 'ap': {
      const margin = Math.abs(wanted) / 10;
      return contained || (low <= tidy(wanted + margin) && tidy(wanted - margin) <= high);
    }
  }
}

const NUMBERS = ['integer', 'decimal', 'positiveInt', 'unsignedInt'];

/** Whether a value of a number parameter matches. */
export function matchNumber({ type, value }: Value, search: string): boolean {
  const { prefix, rest } = splitPrefix(search);
  return NUMBERS.includes(type) && compareNumber(prefix, rest, { low: value, high: value });
}

/** Whether a value of a quantity parameter matches `[prefix]number|system|code`. */
export function matchQuantity(value: Value, search: string): boolean {
  const [amount, system = '', code = ''] = splitAt('|', search).map(unescapeValue);
  const { prefix, rest } = splitPrefix(amount!);
  const ends = quantityEnds(value);
  if (!ends) return false;
  const asGiven = (one: Quantity): number | undefined =>
    unitMatches(one, system, code) ? one.value : undefined;
  return [asGiven, (one: Quantity) => converted(one, system, code)].some((read) => {
    const low = ends[0] ? read(ends[0]) : Number.NEGATIVE_INFINITY;
    const high = ends[1] ? read(ends[1]) : Number.POSITIVE_INFINITY;
    const limits = low !== undefined && high !== undefined && withComparator({ low, high }, value.value);
    return limits && compareNumber(prefix, rest, limits);
  });
}

/** What is `< 5` lies somewhere below 5, what is `>= 5` somewhere from 5 on. */
function withComparator({ low, high }: Limits, { comparator }: Quantity): Limits {
  switch (comparator) {
    case '<':
      return { low: Number.NEGATIVE_INFINITY, high: high - nudge(high) };
    case '<=':
      return { low: Number.NEGATIVE_INFINITY, high };
    case '>':
      return { low: low + nudge(low), high: Number.POSITIVE_INFINITY };
    case '>=':
      return { low, high: Number.POSITIVE_INFINITY };
    default:
      return { low, high };
  }
}

/** The least difference that a number shows. */
const nudge = (number: number): number => Math.max(Math.abs(number) * Number.EPSILON, Number.MIN_VALUE);

/** Both ends of a quantity; undefined ends are open. */
export function quantityEnds({ type, value }: Value): [Quantity?, Quantity?] | undefined {
  switch (type) {
    case 'Quantity':
    case 'SimpleQuantity':
    case 'Age':
    case 'Duration':
    case 'Distance':
    case 'Count':
      return (value as Quantity).value === undefined ? undefined : [value, value];
    case 'Money': {
      if (value.value === undefined) return undefined;
      const money = {
        value: value.value,
        ...(value.currency ? { system: 'urn:iso:std:iso:4217', code: value.currency } : {}),
      };
      return [money, money];
    }
    case 'Range': {
      const { low, high } = value as Range;
      return low || high ? [low, high] : undefined;
    }
    case 'SampledData':
      return sampledEnds(value as SampledData);
    default:
      return undefined;
  }
}

/** The bounds of the values in sampled data, as the published descriptions of these parameters ask for. */
function sampledEnds({ origin, factor = 1, data }: SampledData): [Quantity, Quantity] | undefined {
  const values = (data ?? '')
    .split(/\s+/)
    .filter((one) => /^[-+.\d]/.test(one))
    .map((one) => Number(one) * factor + (origin?.value ?? 0));
  if (values.length === 0) return undefined;
  return [
    { ...origin, value: Math.min(...values) },
    { ...origin, value: Math.max(...values) },
  ];
}

function unitMatches(quantity: Quantity, system: string, code: string): boolean {
  if (system) return quantity.system === system && (code === '' || quantity.code === code);
  return code === '' || quantity.code === code || quantity.unit === code;
}

/** The amount in the unit searched for, where both are UCUM and of one kind. */
function converted(quantity: Quantity, system: string, code: string): number | undefined {
  if (code === '' || (system !== '' && system !== UCUM)) return undefined;
  if (quantity.system !== UCUM || quantity.code === undefined || quantity.value === undefined)
    return undefined;
  return convertUnit(quantity.value, quantity.code, code);
}
