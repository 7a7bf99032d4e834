// Conversion between UCUM units (search.html#quantity: a search on canonical units), by @lhncbc/ucum-lhc.
import { createRequire } from 'node:module';

/** The code system of UCUM units. */
export const UCUM = 'http://unitsofmeasure.org';

interface Ucum {
  convertUnitTo(from: string, amount: number, to: string): { status: string; toVal: number | null };
}
// The package has no types.
const { UcumLhcUtils } = createRequire(import.meta.url)('@lhncbc/ucum-lhc') as {
  UcumLhcUtils: { getInstance(): Ucum };
};
const ucum = UcumLhcUtils.getInstance();
const known = new Map<string, boolean>();

/** An amount in another unit; undefined where a unit is unknown or the two cannot be compared. */
export function convertUnit(amount: number, from: string, to: string): number | undefined {
  const pair = `${from} ${to}`;
  if (known.get(pair) === false) return undefined;
  const { status, toVal } = ucum.convertUnitTo(from, amount, to);
  const converted = status === 'succeeded' && toVal !== null ? Number(toVal.toPrecision(12)) : undefined;
  known.set(pair, converted !== undefined);
  return converted;
}
