// The primitive data types (datatypes.html#primitive): what a JSON value must be to be one of them. Every check takes
// time linear in the value and no stack, however long the value: the patterns of the specification that do not are
// written as code (base64Binary, code) or run only on values of bounded length (dates, oid).
import { isJsonNumber } from '../json/jsonNumber.ts';

export interface PrimitiveType {
  /** whether the value is valid */
  readonly check: (value: unknown) => boolean;
  /** the JSON type that carries it */
  readonly json: 'string' | 'number' | 'boolean';
  /** what is expected, to follow "must be" */
  readonly expected: string;
}

/** "Strings SHALL NOT exceed 1MB (1024*1024 characters) in size" */
export const MAX_STRING_LENGTH = 1024 * 1024;
/** Leaves room for thirty digits of a second. */
const MAX_DATE_LENGTH = 64;
const MAX_OID_LENGTH = 1024;

const text = (test: (value: string) => boolean) => (value: unknown) =>
  typeof value === 'string' && test(value);
const whole = (least: number, greatest: number) => (value: unknown) =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= greatest;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;
const isString = (value: string) =>
  value.length > 0 && value.length <= MAX_STRING_LENGTH && !forbidden.test(value);
const isUri = (value: string) => value.length > 0 && !/\s/.test(value);
const isCode = (value: string) => value.length > 0 && !/^\s|\s\s|\s$/.test(value);

const year = '(?!0000)\\d{4}';
const month = '(?:0[1-9]|1[0-2])';
const day = '(?:0[1-9]|[12]\\d|3[01])';
const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d:(?:[0-5]\\d|60)(?:\\.\\d+)?';
const zone = '(?:Z|[+-](?:(?:0\\d|1[0-3]):[0-5]\\d|14:00))';
const datePattern = new RegExp(`^${year}(?:-${month}(?:-${day})?)?$`);
const dateTimePattern = new RegExp(`^${year}(?:-${month}(?:-${day}(?:T${clock}${zone})?)?)?$`);
const instantPattern = new RegExp(`^${year}-${month}-${day}T${clock}${zone}$`);
const timePattern = new RegExp(`^${clock}$`);
const dated = (pattern: RegExp) =>
  text((value) => value.length <= MAX_DATE_LENGTH && pattern.test(value) && isCalendarDay(value));

/** "Dates SHALL be valid dates": the day exists in its month. The pattern has been checked. */
function isCalendarDay(value: string): boolean {
  if (value.length < 10 || (value.charCodeAt(8) - 48) * 10 + value.charCodeAt(9) - 48 < 29) return true;
  const days = new Date(Date.UTC(Number(value.slice(0, 4)) + 400, Number(value.slice(5, 7)), 0)).getUTCDate();
  return Number(value.slice(8, 10)) <= days;
}

/** Groups of four base64 characters, padded at the end, white space anywhere. */
function isBase64(value: string): boolean {
  let characters = 0;
  let padding = 0;
  for (let index = 0; index < value.length; index++) {
    const code = value.charCodeAt(index);
    if (
      (code >= 97 && code <= 122) ||
      (code >= 65 && code <= 90) ||
      (code >= 47 && code <= 57) ||
      code === 43
    ) {
      if (padding > 0) return false;
      characters++;
    } else if (code === 61) padding++;
    else if (code !== 32 && (code < 9 || code > 13)) return false;
  }
  return characters > 0 && padding <= 2 && (characters + padding) % 4 === 0;
}

/** All primitive types by name. */
export const primitiveTypes: Readonly<Record<string, PrimitiveType>> = {
  base64Binary: { check: text(isBase64), json: 'string', expected: 'base64 text' },
  boolean: { check: (value) => typeof value === 'boolean', json: 'boolean', expected: 'true or false' },
  canonical: { check: text(isUri), json: 'string', expected: 'a canonical URL without spaces' },
  code: {
    check: text(isCode),
    json: 'string',
    expected: 'a code, without spaces at its ends or two together',
  },
  date: {
    check: dated(datePattern),
    json: 'string',
    expected: 'a calendar date: YYYY, YYYY-MM or YYYY-MM-DD',
  },
  dateTime: {
    check: dated(dateTimePattern),
    json: 'string',
    expected:
      'a date (YYYY, YYYY-MM, YYYY-MM-DD) or a time with seconds and zone (YYYY-MM-DDThh:mm:ss+zz:zz)',
  },
  decimal: { check: isJsonNumber, json: 'number', expected: 'a number' },
  id: {
    check: text((value) => /^[A-Za-z0-9\-.]{1,64}$/.test(value)),
    json: 'string',
    expected: "an id: 1 to 64 letters, digits, '-' and '.'",
  },
  instant: {
    check: dated(instantPattern),
    json: 'string',
    expected: 'an instant with seconds and zone: YYYY-MM-DDThh:mm:ss+zz:zz',
  },
  integer: {
    check: whole(-2147483648, 2147483647),
    json: 'number',
    expected: 'a whole number from -2147483648 to 2147483647, written without point or exponent',
  },
  markdown: {
    check: text(isString),
    json: 'string',
    expected: 'text of 1 to 1048576 characters without control characters',
  },
  oid: {
    check: text(
      (value) => value.length <= MAX_OID_LENGTH && /^urn:oid:[0-2](?:\.(?:0|[1-9]\d*))+$/.test(value),
    ),
    json: 'string',
    expected: 'an OID as a URI: urn:oid:1.2.3',
  },
  positiveInt: {
    check: whole(1, 2147483647),
    json: 'number',
    expected: 'a whole number from 1 to 2147483647, written without point or exponent',
  },
  string: {
    check: text(isString),
    json: 'string',
    expected: 'text of 1 to 1048576 characters without control characters',
  },
  time: {
    check: text((value) => value.length <= MAX_DATE_LENGTH && timePattern.test(value)),
    json: 'string',
    expected: 'a time of day with seconds: hh:mm:ss',
  },
  unsignedInt: {
    check: whole(0, 2147483647),
    json: 'number',
    expected: 'a whole number from 0 to 2147483647, written without point or exponent',
  },
  uri: { check: text(isUri), json: 'string', expected: 'a URI without spaces' },
  url: { check: text(isUri), json: 'string', expected: 'a URL without spaces' },
  uuid: {
    check: text((value) => /^urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value)),
    json: 'string',
    expected: 'a UUID as a URI in lower case: urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
  },
  xhtml: {
    check: text((value) => /^\s{0,100}<div[\s/>]/.test(value)),
    json: 'string',
    expected: 'XHTML that begins with <div',
  },
};
