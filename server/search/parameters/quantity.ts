// Quantity parameters (search.html#quantity): number as in number.ts, unit by `system|code` or by bare code or text.

import { refuse } from '../../errors.ts';
import { boundedCache } from '../boundedCache.ts';
import { hash64 } from '../hash64.ts';
import { splitValue, unescapeValue } from '../splitValue.ts';
import { type NumberTest, numberOf, parseNumber, toRange } from './number.ts';

/** A quantity as indexed, without its path. */
export interface QuantityValue {
  low: number;
  high: number;
  /** hash of `system|code`, 0n when it has not both */
  unit: bigint;
  /** hash of the bare code, or of the unit text; 0n when it has none */
  unitCode: bigint;
}

const currency = 'urn:iso:std:iso:4217';

const systemUnit = boundedCache(1024, (systemAndCode) => hash64('unit', 'system|code', systemAndCode));
const bareUnit = boundedCache(1024, (unit) => hash64('unit', 'code', unit));

type Quantity = Record<'value' | 'comparator' | 'unit' | 'system' | 'code' | 'currency', unknown>;

/**
 * The rows of one element value: Quantity and its specialisations, Money, Range. Two where the unit's text differs from
 * its code, since a search for a bare unit finds either.
 */
export function quantitiesOf(value: unknown, dataType: string): QuantityValue[] {
  if (typeof value !== 'object' || value === null) return [];
  if (dataType !== 'Range') {
    const quantity = value as Quantity;
    const range = quantityRange(quantity);
    return range ? withUnits(range, quantity) : [];
  }
  const { low, high } = value as { low?: Quantity; high?: Quantity };
  const range = toRange(numberOf(low?.value), numberOf(high?.value));
  return range ? withUnits(range, (low ?? high)!) : [];
}

function quantityRange({ value, comparator }: Quantity): { low: number; high: number } | undefined {
  const number = numberOf(value);
  if (number === undefined) return undefined;
  switch (comparator) {
    case '<':
      return { low: Number.NEGATIVE_INFINITY, high: neighbour(number, -1) };
    case '<=':
      return { low: Number.NEGATIVE_INFINITY, high: number };
    case '>':
      return { low: neighbour(number, 1), high: Number.POSITIVE_INFINITY };
    case '>=':
      return { low: number, high: Number.POSITIVE_INFINITY };
    default:
      return { low: number, high: number };
  }
}

function withUnits(range: { low: number; high: number }, quantity: Quantity): QuantityValue[] {
  const money = typeof quantity.currency === 'string';
  const code = money ? quantity.currency : quantity.code;
  const system = money ? currency : quantity.system;
  const text = quantity.unit;
  const unit = typeof code === 'string' && typeof system === 'string' ? systemUnit(`${system}\0${code}`) : 0n;
  const rows: QuantityValue[] = [];
  if (typeof code === 'string') rows.push({ ...range, unit, unitCode: bareUnit(code) });
  if (typeof text === 'string' && text !== code) rows.push({ ...range, unit, unitCode: bareUnit(text) });
  return rows.length > 0 ? rows : [{ ...range, unit, unitCode: 0n }];
}

/** The next double above (1) or below (-1). */
function neighbour(number: number, direction: 1 | -1): number {
  if (number === 0) return direction * Number.MIN_VALUE;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, number);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(number > 0 ? direction : -direction));
  return view.getFloat64(0);
}

/**
 * Parses `[prefix]number`, `[prefix]number|system|code` or `[prefix]number||code`.
 * @throws FhirError 400 when the number or the unit is malformed
 */
export function parseQuantity(parameter: string, text: string): NumberTest {
  const [number, system, code, ...more] = splitValue(text, '|').map(unescapeValue);
  const test = parseNumber(parameter, number!);
  if (system === undefined) return test;
  if (!code || more.length > 0) {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}': expected is number, number|system|code or number||code, not '${text}'.`,
    );
  }
  if (system === '') return { ...test, unitCode: bareUnit(code) };
  return { ...test, unit: systemUnit(`${system}\0${code}`) };
}
