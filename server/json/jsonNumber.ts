// Numbers as FHIR spells them: a decimal's written precision is significant (datatypes.html#decimal), so a number that
// a double would not give back letter for letter is kept as a raw JSON atom (https://tc39.es/proposal-json-parse-with-source/).

/** An immutable atom made by `JSON.rawJSON(source)`: carry it by reference; `JSON.stringify` writes its source verbatim. */
export interface RawJSON {
  readonly rawJSON: string;
}

/** A number in a parsed tree: plain where a double spells it the same, an atom where only the source text does. */
export type JsonNumber = number | RawJSON;

declare global {
  interface JSON {
    rawJSON(text: string): RawJSON;
    isRawJSON(value: unknown): value is RawJSON;
  }
}

/** Whether a value of a parsed tree is a number, in either form. */
export function isJsonNumber(value: unknown): value is JsonNumber {
  return typeof value === 'number' || (typeof value === 'object' && value !== null && JSON.isRawJSON(value));
}

/** The nearest double; ±Infinity beyond the range of doubles. */
export function numberOf(value: JsonNumber): number {
  return typeof value === 'number' ? value : Number(value.rawJSON);
}

/** The number as it was written, its precision included. */
export function sourceOf(value: JsonNumber): string {
  return typeof value === 'number' ? String(value) : value.rawJSON;
}

/** Longest number that is looked at, in characters. */
export const MAX_NUMBER_LENGTH = 2048;
/** Most digits on either side of the decimal point once a number is written without an exponent. */
export const MAX_NUMBER_DIGITS = 1000;

const NUMBER = /^-?(0|[1-9]\d*)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Whether `source` is a number by the JSON grammar (RFC 8259 section 6). */
export function isNumberSource(source: string): boolean {
  return source.length <= MAX_NUMBER_LENGTH && NUMBER.test(source);
}

/**
 * Whether a number may be stored: jsonb writes numbers out without exponents, so that the seven characters `1e99999`
 * would come back as 100,000.
 */
export function isStorableNumber(source: string): boolean {
  const parts = source.length <= MAX_NUMBER_LENGTH && NUMBER.exec(source);
  if (!parts) return false;
  const exponent = Number(parts[3] ?? 0);
  return (
    parts[1].length + exponent <= MAX_NUMBER_DIGITS && (parts[2]?.length ?? 0) - exponent <= MAX_NUMBER_DIGITS
  );
}
