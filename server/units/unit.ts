// UCUM units (ucum.org) as linear conversions into one preferred unit per dimension. The library that reads them is
// loaded when the first unit needs it and asked once for each; values never pass through it.

import { createRequire } from 'node:module';
import { boundedCache } from '../boundedCache.ts';

/** The system of UCUM codes in FHIR. */
export const ucum = 'http://unitsofmeasure.org';

/** `value × factor + offset` is the amount in the unit `preferred`. */
export interface UnitConversion {
  preferred: string;
  factor: number;
  offset: number;
}

/**
 * The unit that amounts of its dimension are compared in. A quantity stored in it needs no second row, so these are
 * the most frequent ones in clinical data; where several are (`mg/dL`, `g/dL`), the most frequent. Amounts of other
 * dimensions are compared in UCUM base units.
 */
const preferredUnits: readonly string[] = [
  'mg/dL',
  'mm[Hg]',
  'mmol/L',
  'meq/L',
  '%',
  'cm',
  'kg',
  'fL',
  'kg/m2',
  'U/L',
  '10*3/uL',
  'mL/min',
  'Cel',
  '/min',
  's',
  'm2',
  'mm/h',
  'mmol',
  'meq',
  'U',
  'mL/kg',
  'mosm/kg',
  'kcal',
  'mV',
  'deg',
  'W',
  'Gy',
];

const isPreferred = new Set(preferredUnits);

/**
 * Temperatures; other units with a function of their own (pH, dB, dioptres) are not linear. Réaumur is, but the library
 * puts its zero at the wrong place.
 */
const linearFunctions: ReadonlySet<unknown> = new Set([null, undefined, 'Cel', 'degF']);

/** What the library tells of a unit. */
interface Unit {
  magnitude_: number;
  dim_: { dimVec_: number[] | null } | null;
  /** the function of a unit that is not on a ratio scale */
  cnv_: string | null;
  isSpecial_: boolean;
  isArbitrary_: boolean;
  moleExp_: number;
  equivalentExp_: number;
  convertFrom(value: number, from: Unit): number;
}

interface UcumLibrary {
  getSpecifiedUnit(code: string, purpose: 'validate'): { unit: Unit | null; status: string };
}

let library: UcumLibrary | undefined;

/** The unit a code means; undefined for what is no UCUM code, or not written as UCUM writes it. */
function unitOf(code: string): Unit | undefined {
  if (!library) {
    // 20 ms and 3 MB, which neither the start of the server nor a store without other units has to pay.
    const { UcumLhcUtils } = createRequire(import.meta.url)('@lhncbc/ucum-lhc');
    library = UcumLhcUtils.getInstance() as UcumLibrary;
  }
  const { unit, status } = library.getSpecifiedUnit(code, 'validate');
  // It looks names up in plain objects, so that `toString` comes back as something.
  return status === 'valid' && typeof unit?.magnitude_ === 'number' ? unit : undefined;
}

/** One unit, a number, an annotation, or a group that has been read; then a product or quotient of them. */
const component = String.raw`(?:(?:(?:10[*^]|(?:[A-Za-z%'"_]|\[\])+)(?:[+-]?\d+)?|\d+)(?:\{\})?|\{\}|\(\))`;
const term = `/?${component}(?:[./]${component})*`;
const wholeTerm = new RegExp(`^${term}$`);
const innermostGroup = new RegExp(String.raw`\(${term}\)`, 'g');

/** Whether a text has the grammar of UCUM. The library stumbles over some others and tells the console of it. */
function isWellFormed(code: string): boolean {
  if (!/^[\x21-\x7e]{1,100}$/.test(code)) return false;
  let text = code.replace(/\{[^{}]*\}/g, '{}').replace(/\[[^\][{}()]+\]/g, '[]');
  if (text.includes('()')) return false;
  for (let before = ''; before !== text; ) {
    before = text;
    text = text.replace(innermostGroup, '()');
  }
  return wholeTerm.test(text);
}

/** No more than annotations: `{score}` says what was counted, which no conversion may lose. */
const onlyAnnotations = /^(?:\{[^{}]*\}|[./])+$/;

/**
 * How amounts in a unit are converted, by its code; undefined for what is no UCUM code and for units that no linear
 * conversion leads out of: logarithmic ones, arbitrary ones together with another, annotations.
 */
export function conversionOf(code: string): UnitConversion | undefined {
  return conversions(code) ?? undefined;
}

/** Whether a code is one of UCUM, convertible or not. */
export const isUnit: (code: string) => boolean = boundedCache(
  4096,
  (code) =>
    isPreferred.has(code) || onlyAnnotations.test(code) || (isWellFormed(code) && unitOf(code) !== undefined),
);

const conversions = boundedCache(4096, (code): UnitConversion | null => {
  if (isPreferred.has(code)) return { preferred: code, factor: 1, offset: 0 };
  if (!isWellFormed(code) || onlyAnnotations.test(code)) return null;
  const unit = unitOf(code);
  const dimension = unit && dimensionOf(code, unit);
  if (dimension === undefined) return null;
  const { preferred, reference } = targetOf(dimension);
  if (code === preferred) return { preferred, factor: 1, offset: 0 };
  const linear = unit!.isArbitrary_
    ? { factor: unit!.magnitude_ / reference.magnitude_, offset: 0 }
    : linearConversion(unit!, reference);
  return Number.isFinite(linear.factor) && linear.factor > 0 ? { preferred, ...linear } : null;
});

/** Two points of the line; for temperatures far from each other, so that the factor keeps its digits. */
function linearConversion(from: Unit, to: Unit): { factor: number; offset: number } {
  if (!from.cnv_ && !to.cnv_) return { factor: to.convertFrom(1, from), offset: 0 };
  const offset = to.convertFrom(0, from);
  return { factor: (to.convertFrom(1000, from) - offset) / 1000, offset };
}

const baseUnits = ['m', 's', 'g', 'rad', 'K', 'C', 'cd'];

/** The dimension as base units with exponents (`g.m-3`); undefined when there is no linear way to it. */
function dimensionOf(code: string, unit: Unit): string | undefined {
  if (!linearFunctions.has(unit.cnv_) || (unit.isSpecial_ && !unit.cnv_)) return undefined;
  const powers = baseUnits.map((base, i): [string, number] => [base, unit.dim_?.dimVec_?.[i] ?? 0]);
  powers.push(['mol', unit.moleExp_], ['eq', unit.equivalentExp_]);
  if (unit.isArbitrary_) {
    const arbitrary = arbitraryPart(code);
    if (!arbitrary) return undefined;
    powers.unshift(arbitrary);
  }
  const parts = powers.filter(([, exponent]) => exponent !== 0);
  return parts.map(([base, exponent]) => (exponent === 1 ? base : `${base}${exponent}`)).join('.') || '1';
}

const atom = /\[[^\][]+\]/g;

/**
 * The one arbitrary unit in a code, with exponent 1 or -1. UCUM lets such units (`[IU]`) be converted into nothing
 * but their own multiples: `m[IU]/L` and `u[IU]/mL` are the same.
 */
function arbitraryPart(code: string): [unit: string, exponent: number] | undefined {
  const text = code.replace(/\{[^{}]*\}/g, '');
  const found = [...text.matchAll(atom)].filter(([name]) => unitOf(name)?.isArbitrary_);
  if (found.length !== 1) return undefined;
  const [[name], { index }] = [found[0]!, found[0]!];
  const before = /^[^()]*?(^|[./])[a-zA-Z]{0,2}$/.exec(text.slice(0, index));
  const after = text.slice(index + name.length);
  if (!before || !/^(?:$|[./])/.test(after)) return undefined;
  return [name === '[IU]' ? '[iU]' : name, before[1] === '/' ? -1 : 1];
}

/** The unit that amounts of a dimension are compared in. */
const targetOf = boundedCache(1024, (dimension): { preferred: string; reference: Unit } => {
  const preferred = preferredByDimension().get(dimension) ?? dimension;
  return { preferred, reference: unitOf(preferred)! };
});

let byDimension: Map<string, string> | undefined;

function preferredByDimension(): Map<string, string> {
  byDimension ??= new Map(preferredUnits.map((code) => [dimensionOf(code, unitOf(code)!)!, code]));
  return byDimension;
}

/**
 * An amount in the preferred unit, rounded to 12 significant digits (temperatures: 9 decimals, since zero is none) so
 * that equal amounts are equal whatever unit they came from; undefined when it is beyond what a double holds. Infinite
 * ends stay infinite.
 */
export function convert(value: number, { factor, offset, preferred }: UnitConversion): number | undefined {
  if (!Number.isFinite(value)) return value;
  const converted = value * factor + offset;
  if (!Number.isFinite(converted)) return undefined;
  return Number(preferred === 'Cel' ? converted.toFixed(9) : converted.toPrecision(12)) + 0;
}
