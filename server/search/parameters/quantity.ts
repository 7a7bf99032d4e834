// Quantity parameters (search.html#quantity): number as in number.ts, unit by `system|code` or by bare code or text,
// as given and as the same amount in another UCUM unit. A quantity that is not in the preferred unit of its dimension
// has one more row, converted into it and marked so.

import { boundedCache } from '../../boundedCache.ts';
import { refuse } from '../../errors.ts';
import { conversionOf, convert, type UnitConversion, ucum } from '../../units/unit.ts';
import { hash64, hashPath } from '../hash64.ts';
import type { Group } from '../searchPlan.ts';
import { splitValue, unescapeValue } from '../splitValue.ts';
import { type NumberTest, nextNumber, numberOf, parseNumber, toRange } from './number.ts';

/** A quantity as indexed, without its path. */
export interface QuantityValue {
  low: number;
  high: number;
  /** hash of `system|code`, 0n when it has not both */
  unit: bigint;
  /** hash of the bare code, or of the unit text; 0n when it has none; `convertedMark` for a converted row */
  unitCode: bigint;
}

/** A quantity as asked for, with the same comparison in the preferred unit where its unit can be converted. */
export interface QuantityTest extends NumberTest {
  /** for rows as given, where the preferred unit is another than the one asked for */
  preferred?: NumberTest;
  /** for converted rows */
  converted?: NumberTest;
}

const currency = 'urn:iso:std:iso:4217';

const systemUnit = boundedCache(1024, (systemAndCode) => hash64('unit', 'system|code', systemAndCode));
const bareUnit = boundedCache(1024, (unit) => hash64('unit', 'code', unit));

const preferredUnit = boundedCache(1024, (code) => hash64('unit', 'preferred', code));

/** What converted rows have for a `unitCode`. */
export const convertedMark = hash64('unit', 'converted', '');

type Quantity = Partial<Record<'value' | 'comparator' | 'unit' | 'system' | 'code' | 'currency', unknown>>;

interface Range {
  low: number;
  high: number;
}

/**
 * The rows of one element value: Quantity and its specialisations, Money, Range, SampledData. Two where the unit's text differs from
 * its code, since a search for a bare unit finds either; one more, converted, where its UCUM unit is not the preferred
 * one of its dimension.
 */
export function quantitiesOf(value: unknown, dataType: string): QuantityValue[] {
  if (typeof value !== 'object' || value === null) return [];
  if (dataType === 'SampledData') return sampledQuantities(value);
  if (dataType !== 'Range') {
    const quantity = value as Quantity;
    const number = numberOf(quantity.value);
    if (number === undefined) return [];
    return rowsOf(quantity, (at) => comparatorRange(at(number), quantity.comparator));
  }
  const { low, high } = value as { low?: Quantity; high?: Quantity };
  const range = toRange(numberOf(low?.value), numberOf(high?.value));
  // Both ends have the same unit, if they have one.
  const unit = typeof low?.code === 'string' || typeof low?.unit === 'string' ? low : (high ?? low);
  return range ? rowsOf(unit ?? {}, (at) => endsOf(at(range.low), at(range.high))) : [];
}

/** From the lowest to the highest sample; `E`, `L` and `U` stand for none that is known. */
function sampledQuantities(value: { origin?: Quantity; factor?: unknown; data?: unknown }): QuantityValue[] {
  const origin = numberOf(value.origin?.value);
  if (origin === undefined || typeof value.data !== 'string') return [];
  const factor = numberOf(value.factor) ?? 1;
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const text of value.data.split(/\s+/)) {
    const sample = text === '' ? Number.NaN : Number(text) * factor + origin;
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  return low <= high ? rowsOf(value.origin!, (at) => endsOf(at(low), at(high))) : [];
}

function endsOf(low: number | undefined, high: number | undefined): Range | undefined {
  return low === undefined || high === undefined ? undefined : { low, high };
}

/** The amounts that a comparator leaves open. */
function comparatorRange(number: number | undefined, comparator: unknown): Range | undefined {
  if (number === undefined) return undefined;
  switch (comparator) {
    case '<':
      return { low: Number.NEGATIVE_INFINITY, high: nextNumber(number, -1) };
    case '<=':
      return { low: Number.NEGATIVE_INFINITY, high: number };
    case '>':
      return { low: nextNumber(number, 1), high: Number.POSITIVE_INFINITY };
    case '>=':
      return { low: number, high: Number.POSITIVE_INFINITY };
    default:
      return { low: number, high: number };
  }
}

/** Limits are converted before a comparator opens them, so that `<` stays exclusive. */
function rowsOf(
  quantity: Quantity,
  rangeAt: (convert: (value: number) => number | undefined) => Range | undefined,
): QuantityValue[] {
  const money = typeof quantity.currency === 'string';
  const code = money ? quantity.currency : quantity.code;
  const system = money ? currency : quantity.system;
  const text = quantity.unit;
  const { low, high } = rangeAt((value) => value)!;
  const given = typeof code === 'string' && typeof system === 'string';
  const unit = given ? systemUnit(`${system}\0${code}`) : 0n;
  const rows: QuantityValue[] = [];
  const add = (unitCode: bigint): unknown => rows.push({ low, high, unit, unitCode });
  if (typeof code === 'string') add(bareUnit(code));
  if (typeof text === 'string' && text !== code) add(bareUnit(text));
  if (rows.length === 0) add(0n);
  if (given && system === ucum) {
    const conversion = conversionOf(code);
    if (conversion && conversion.preferred !== code) {
      const range = rangeAt((value) => convert(value, conversion));
      if (range) rows.push({ ...range, unit: preferredUnit(conversion.preferred), unitCode: convertedMark });
    }
  }
  return rows;
}

/**
 * Parses `[prefix]number`, `[prefix]number|system|code` or `[prefix]number||code`. The test itself is for rows as given.
 * @throws FhirError 400 when the number or the unit is malformed
 */
export function parseQuantity(parameter: string, text: string): QuantityTest {
  const [number, system, code, ...more] = splitValue(text, '|').map(unescapeValue);
  const test = parseNumber(parameter, number!);
  if (system === undefined) return { ...test, notUnitCode: convertedMark };
  if (!code || more.length > 0) {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}': expected is number, number|system|code or number||code, not '${text}'.`,
    );
  }
  const given =
    system === ''
      ? { ...test, unitCode: bareUnit(code) }
      : { ...test, unit: systemUnit(`${system}\0${code}`), unitCode: bareUnit(code) };
  const conversion = system === '' || system === ucum ? conversionOf(code) : undefined;
  const range = conversion && convertedTest(test, conversion);
  if (!range) return given;
  const { preferred } = conversion;
  return {
    ...given,
    ...(preferred === code
      ? {}
      : {
          preferred: {
            ...range,
            unit: systemUnit(`${ucum}\0${preferred}`),
            unitCode: bareUnit(preferred),
          },
        }),
    converted: { ...range, unit: preferredUnit(preferred), unitCode: convertedMark },
  };
}

/** A comparison in the preferred unit; undefined where that is beyond what a double holds. */
function convertedTest(test: NumberTest, conversion: UnitConversion): NumberTest | undefined {
  const [value, low, high] = [test.value, test.low, test.high].map((number) => convert(number, conversion));
  if (value === undefined || low === undefined || high === undefined) return undefined;
  return { prefix: test.prefix, value, low, high };
}

/** The rows that a quantity means, as given and converted, at the index paths with these ids. */
export function quantityGroups(
  ids: readonly string[],
  { preferred, converted, ...given }: QuantityTest,
): Group<NumberTest>[] {
  const tests = [given, preferred, converted].filter((test) => test !== undefined);
  return [{ paths: ids.map(hashPath), tests }];
}
