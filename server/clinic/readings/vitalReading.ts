// A row → what it says: which vital sign, its value in UCUM units, when. Pure; patients and the store come later.
import { isNumberSource, type JsonNumber, numberOf } from '../../json/jsonNumber.ts';
import { ucum } from '../../units/unit.ts';
import type { Ruleset } from '../../vitals/ruleset.ts';
import { answers } from '../../vitals/scores/readingCodes.ts';
import type { Code } from '../../vitals/vitalSign.ts';
import { answersTo } from './vitalAnswers.ts';
import { keyOf, kindsNamed, type VitalKind } from './vitalKinds.ts';
import { type Column, neededColumns, type VitalRow } from './vitalRow.ts';
import { unitMeant } from './vitalUnits.ts';

/** A FHIR Quantity as it will be stored. */
export interface RegisteredQuantity {
  value: JsonNumber;
  comparator?: string;
  unit: string;
  system: string;
  code: string;
}

export type RegisteredValue =
  | { quantity: RegisteredQuantity }
  | { concept: { coding: (Code & { display?: string })[]; text: string } }
  | { components: { kind: VitalKind; quantity: RegisteredQuantity }[] };

/** What a row says, but for whom. */
export interface VitalReading {
  kind: VitalKind;
  value: RegisteredValue;
  /** FHIR dateTime with seconds and zone */
  time: string;
}

/** Notes a mistake of the row in a column. */
type Complain = (column: Column, detail: string) => void;

/** Reads a row; its mistakes, all of them, are added to `row.errors`, and then nothing is given. */
export function readVital(row: VitalRow, ruleset: Ruleset): VitalReading | undefined {
  const { cells, names, errors } = row;
  // A row that could not be divided into cells has told so.
  if (errors.some(({ column }) => column === undefined)) return undefined;
  const complain: Complain = (column, detail) => errors.push({ column: names[column] ?? column, detail });
  for (const column of neededColumns) {
    const refused = errors.some((error) => error.column === (names[column] ?? column));
    if (cells[column] === undefined && !refused) complain(column, `There is no ${column}.`);
  }
  const time = cells.time === undefined ? undefined : readTime(cells.time, complain);
  const kind = cells.code === undefined ? undefined : kindOf(cells.code, cells.unit, ruleset, complain);
  const value =
    kind && cells.value !== undefined ? readValue(kind, cells.value, cells.unit, complain) : undefined;
  return kind && value && time !== undefined && errors.length === 0 ? { kind, value, time } : undefined;
}

function kindOf(
  name: string,
  unit: string | undefined,
  ruleset: Ruleset,
  complain: Complain,
): VitalKind | undefined {
  const kinds = kindsNamed(ruleset, name);
  if (kinds.length < 2) {
    if (kinds.length === 0) {
      const advice =
        'Send a LOINC code, system|code, or a name such as "heart rate", "SpO2" or "systolic"; what is not known can be ' +
        'defined with an ObservationDefinition, or sent as an Observation.';
      complain('code', `"${name}" is no vital sign that is known here. ${advice}`);
    }
    return kinds[0];
  }
  const fitting = kinds.filter(
    (kind) => unit !== undefined && unitMeant(unit, kind.unit ?? '') !== undefined,
  );
  if (fitting.length === 1) return fitting[0];
  const choices = kinds.map(({ code, unit: own }) => `${code.code} (${own ?? 'coded'})`).join(', ');
  const column = unit === undefined || fitting.length > 1 ? 'code' : 'unit';
  complain(
    column,
    `"${name}" means ${choices}: a unit of one of them has to tell which, or the code itself.`,
  );
  return undefined;
}

function readValue(
  kind: VitalKind,
  text: string,
  unit: string | undefined,
  complain: Complain,
): RegisteredValue | undefined {
  const concept = readAnswer(kind, text);
  if (concept) {
    if (unit === undefined) return { concept };
    complain('unit', `"${text}" has no unit: leave "${unit}" out.`);
    return undefined;
  }
  if (kind.unit === undefined) {
    const words = kind.answers ? answersTo[kind.answers].map((each) => each.words[0]) : [];
    const codes = (kind.codes ?? []).map(keyOf);
    complain(
      'value',
      `"${text}" is no answer for ${kind.text ?? kind.display}: it is ${[...words, ...codes].join(', ')}.`,
    );
    return undefined;
  }
  const code = unit === undefined ? kind.unit : unitMeant(unit, kind.unit);
  if (code === undefined) {
    complain('unit', `"${unit}" cannot be converted into ${kind.unit}, the unit of ${kind.display}.`);
  }
  const parts = kind.components ? pairOf(text, kind, complain) : [text];
  const numbers = parts?.map((part) => readNumber(part, complain));
  if (code === undefined || !numbers || numbers.includes(undefined)) return undefined;
  if (unit === undefined && code === '%' && numbers.some((number) => isShare(number!.value))) {
    complain('unit', `"${text}" may be a share of 1 or a percentage: give the unit, % or 1.`);
    return undefined;
  }
  const quantities = numbers.map((number) => ({
    ...number!,
    unit: unit ?? kind.unitText ?? code,
    system: ucum,
    code,
  }));
  if (!kind.components) return { quantity: quantities[0]! };
  return { components: kind.components.map((each, i) => ({ kind: each, quantity: quantities[i]! })) };
}

/** An SpO2 of 0.97 is not below one percent. */
function isShare(value: JsonNumber): boolean {
  const number = numberOf(value);
  return number > 0 && number <= 1;
}

function pairOf(text: string, kind: VitalKind, complain: Complain): string[] | undefined {
  const parts = text.split('/').map((part) => part.trim());
  if (parts.length === kind.components!.length) return parts;
  const names = kind.components!.map(({ display }) => display.toLowerCase()).join(' and ');
  complain('value', `"${text}" is not written as 120/80. ${names} can also be sent each in a row.`);
  return undefined;
}

const comparators: Readonly<Record<string, string>> = { '≤': '<=', '≥': '>=' };

/** A number keeps its digits: 36.60 stays 36.60. */
function readNumber(
  text: string,
  complain: Complain,
): Pick<RegisteredQuantity, 'value' | 'comparator'> | undefined {
  const [, comparator, digits = ''] = /^(<=|>=|<|>|≤|≥)?\s*(.*)$/.exec(text) ?? [];
  // Beyond these digits it is no reading of anything.
  if (!isNumberSource(digits) || digits.length > 30 || !Number.isFinite(Number(digits))) {
    const comma = /^-?\d+,\d+$/.test(digits) ? ' The decimal point is a point.' : '';
    complain('value', `"${text}" is not a number.${comma}`);
    return undefined;
  }
  const plain = Number(digits);
  return {
    value: String(plain) === digits ? plain : JSON.rawJSON(digits),
    ...(comparator !== undefined && { comparator: comparators[comparator] ?? comparator }),
  };
}

const foldedWord = (text: string) => text.toLowerCase().replace(/[\s_-]+/g, '');

/** A word, or `system|code` of an answer that is known. */
function readAnswer(kind: VitalKind, text: string) {
  if (kind.answers) {
    const found = answersTo[kind.answers].find(
      (each) =>
        keyOf(each) === text || each.words.some((word: string) => foldedWord(word) === foldedWord(text)),
    );
    if (found) {
      const { system, code, display } = found;
      return { coding: [{ system, code, display }], text: display };
    }
    if (answers[kind.answers].has(text)) return codedAs(text);
  }
  return kind.codes?.some((code) => keyOf(code) === text) ? codedAs(text) : undefined;
}

function codedAs(text: string) {
  const at = text.indexOf('|');
  return { coding: [{ system: text.slice(0, at), code: text.slice(at + 1) }], text: text.slice(at + 1) };
}

const moment =
  /^(\d{4}-\d{2}-\d{2})[T ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)([.]\d{1,9})?)?\s?(Z|z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$/;

/** ISO 8601 with a zone, as FHIR writes it; seconds that are not told are zero (datatypes.html#dateTime). */
function readTime(text: string, complain: Complain): string | undefined {
  const [, day, hour, minute, second = '00', fraction = '', zone] = moment.exec(text) ?? [];
  if (day === undefined || !isDay(day)) {
    complain('time', `"${text}" is no time as ISO 8601 writes it: 2026-01-31T08:30:00+01:00.`);
    return undefined;
  }
  if (zone === undefined) {
    complain(
      'time',
      `"${text}" does not tell its time zone: add Z or an offset, as in ${day}T${hour}:${minute}:${second}+01:00.`,
    );
    return undefined;
  }
  const offset = zone.toUpperCase().replace(/^([+-]\d{2}):?(\d{2})$/, '$1:$2');
  return `${day}T${hour}:${minute}:${second}${fraction}${offset}`;
}

function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !text.startsWith('0000') && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}
