// Reading elements out of a PlanDefinition that the validator has let through: shapes are FHIR's, values are to be checked.
import type { FhirError } from '../../errors.ts';
import { isJsonNumber, numberOf } from '../../json/jsonNumber.ts';

export type Json = Readonly<Record<string, unknown>>;

export const arrayOf = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** Extensions of an element with a url. */
export const extensionsOf = (element: Json, url: string): Json[] =>
  arrayOf(element.extension).filter((extension) => extension.url === url);

/** The text of a part of a complex extension: a code or string. */
export function textAt(extension: Json, part: string): string | undefined {
  const found = extensionsOf(extension, part)[0];
  const value = found?.valueCode ?? found?.valueString;
  return typeof value === 'string' ? value : undefined;
}

/** The number of a part: a decimal or integer. */
export function numberAt(extension: Json, part: string): number | undefined {
  const found = extensionsOf(extension, part)[0];
  const value = found?.valueDecimal ?? found?.valuePositiveInt ?? found?.valueInteger;
  return isJsonNumber(value) ? numberOf(value) : undefined;
}

const MINUTES: Readonly<Record<string, number>> = { min: 1, h: 60, d: 24 * 60, wk: 7 * 24 * 60 };

/**
 * The minutes of a part that is a Duration; undefined where it is absent.
 * @throws what `report` makes of the reason it is none
 */
export function minutesOf(
  extension: Json,
  part: string,
  { least, most }: { least: number; most: number },
  report: (why: string) => FhirError,
): number | undefined {
  const found = extensionsOf(extension, part)[0];
  if (!found) return undefined;
  const { value, code } = (found.valueDuration ?? {}) as Json;
  const factor = typeof code === 'string' && Object.hasOwn(MINUTES, code) ? MINUTES[code] : undefined;
  if (!isJsonNumber(value) || factor === undefined) {
    throw report('a valueDuration is needed, its UCUM code one of min, h, d, wk');
  }
  const minutes = numberOf(value) * factor;
  if (minutes < least || minutes > most)
    throw report(`${minutes} minutes are not within ${least} to ${most}`);
  return minutes;
}

/** A value that is one of those allowed. */
export function oneOf<T extends string>(
  value: unknown,
  known: readonly T[],
  what: string,
  report: (why: string) => FhirError,
): T {
  const found = known.find((one) => one === value);
  if (found === undefined)
    throw report(`${what} is one of ${known.join(', ')}, not ${JSON.stringify(value)}`);
  return found;
}
