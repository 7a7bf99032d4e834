// Conversion between UCUM units (search.html#quantity: a search on canonical units), by @lhncbc/ucum-lhc.
import { createRequire } from 'node:module';

/** The code system of UCUM units. */
export const UCUM = 'http://unitsofmeasure.org';

interface Ucum {
  convertUnitTo(from: string, amount: number, to: string): { status: string; toVal: number | null };
  convertToBaseUnits(from: string, amount: number): { status: string; magnitude?: number };
}
// The package has no types.
const { UcumLhcUtils } = createRequire(import.meta.url)('@lhncbc/ucum-lhc') as {
  UcumLhcUtils: { getInstance(): Ucum };
};
const ucum = UcumLhcUtils.getInstance();
const known = new Map<string, boolean>();

/** A unit that is nothing but an annotation, like {score}: by UCUM it is 1, but a score is no percentage. */
const isAnnotation = (unit: string): boolean => /^\{[^}]*\}$/.test(unit);

/** An amount in another unit; undefined where a unit is unknown or the two cannot be compared. */
export function convertUnit(amount: number, from: string, to: string): number | undefined {
  if (isAnnotation(from) || isAnnotation(to)) return from === to ? amount : undefined;
  const pair = `${from} ${to}`;
  const possible = known.get(pair) ?? isLinear(from, to);
  known.set(pair, possible);
  return possible ? convert(amount, from, to) : undefined;
}

/** Whether two units measure the same on even scales: a pH is no concentration of ions to compare others with. */
function isLinear(from: string, to: string): boolean {
  // The library writes to the console about blanks, which no UCUM code has.
  if (/\s/.test(from + to)) return false;
  const [none, one, two] = [0, 1, 2].map((amount) => convert(amount, from, to));
  if (none === undefined || one === undefined || two === undefined || !Number.isFinite(none)) return false;
  return Math.abs(two - one - (one - none)) <= 1e-9 * Math.abs(two - none);
}

function convert(amount: number, from: string, to: string): number | undefined {
  const { status, toVal } = ucum.convertUnitTo(from, amount, to);
  return status === 'succeeded' && toVal !== null ? tidy(toVal) : undefined;
}

/** An amount in the base units of UCUM; as it is where the unit is unknown or its scale uneven. */
export function baseAmount(amount: number, unit: string): number {
  const inBase = (number: number): number => ucum.convertToBaseUnits(unit, number).magnitude ?? Number.NaN;
  if (/\s/.test(unit) || isAnnotation(unit)) return amount;
  const isEven = Math.abs(inBase(2) - 2 * inBase(1) + inBase(0)) <= 1e-9 * Math.abs(inBase(2));
  return isEven ? tidy(inBase(amount)) : amount;
}

/** Takes the noise of conversions away. */
const tidy = (number: number): number => Number(number.toPrecision(12));
