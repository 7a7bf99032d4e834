// Bodies and filter values of the plain JSON API against their JSON Schemas (2020-12): each fault as a sentence with its place.
import { isDeepStrictEqual } from 'node:util';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import type { FormatsPlugin } from 'ajv-formats';
import addFormatsModule from 'ajv-formats';
import { FhirError, type Issue } from '../../errors.ts';
import { isJsonNumber, sourceOf } from '../../json/jsonNumber.ts';
import type { Json } from './clinicResource.ts';
import { hiddenIn } from './hiddenCharacters.ts';

/** Faults that are told of one body. */
const MOST_FAULTS = 50;
const LONGEST_SHOWN = 80;

const addFormats = addFormatsModule as unknown as FormatsPlugin;
const ajv = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, verbose: true });
addFormats(ajv);
// A date of which only the month or the year may be known (datatypes.html#date), and which there is in the calendar.
ajv.addFormat('partial-date', (text) => {
  if (!/^(?!0000)\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?$/.test(text)) return false;
  return text.length < 10 || new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);
});

const compiled = new WeakMap<Json, ValidateFunction>();

function validatorOf(schema: Json): ValidateFunction {
  let validate = compiled.get(schema);
  if (!validate) {
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  return validate;
}

/** What is wrong with a value: an issue for each fault, its `expression` a JSON pointer below `at`, which begins with `#`. */
export function faultsOf(schema: Json, value: unknown, at = '#'): Issue[] {
  const validate = validatorOf(schema);
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).filter(isTelling);
  const issues = errors.slice(0, MOST_FAULTS).map((error) => issueOf(error, at));
  if (errors.length > MOST_FAULTS) {
    const diagnostics = `There are ${errors.length - MOST_FAULTS} more faults: correct these first.`;
    issues.push({ severity: 'error', code: 'too-long', diagnostics, expression: [at] });
  }
  return issues;
}

/** @throws FhirError 422 with an issue for each fault */
export function checkThing(schema: Json, value: unknown, at = '#'): asserts value is Json {
  const issues = faultsOf(schema, value, at);
  if (issues.length > 0) throw new FhirError(422, issues);
}

/**
 * As {@link checkThing}; members that are as they were told are taken, whatever the schema says: records of other systems hold what
 * clients of this one could not send. What is missing there may stay so.
 */
export function checkChanged(schema: Json, value: unknown, told: Json, at = '#'): asserts value is Json {
  const issues = faultsOf(schema, value, at);
  if (issues.length === 0) return;
  const own = Object.keys(schema.properties as Json).filter((name) => Object.hasOwn(told, name));
  const before = faultsOf(schema, Object.fromEntries(own.map((name) => [name, told[name]])), at);
  const known = new Set(before.map(keyOf));
  const isSame = ({ expression }: Issue): boolean => {
    const place = expression?.[0]?.slice(at.length + 1).split('/')[0] ?? '';
    const name = decodeURIComponent(place).replaceAll('~1', '/').replaceAll('~0', '~');
    return Object.hasOwn(told, name) && isDeepStrictEqual((value as Json)[name], told[name]);
  };
  const left = issues.filter((issue) => !isSame(issue) && !known.has(keyOf(issue)));
  if (left.length > 0) throw new FhirError(422, left);
}

const keyOf = ({ diagnostics, expression }: Issue) => `${expression?.[0]} ${diagnostics}`;

/** What is wrong with a text as the value of a query parameter, if anything: completes "it takes …". */
export function textProblem(schema: Json, text: string): string | undefined {
  const validate = validatorOf(schema);
  const value = typed(schema, text);
  if (validate(value)) return undefined;
  return validate.errors!.map((error) => said(error)).join(' and ');
}

/** Query parameters are text; schemas may ask for numbers and truth values. */
function typed({ type }: Json, text: string): unknown {
  if ((type === 'integer' || type === 'number') && /^-?\d{1,16}(?:\.\d{1,16})?$/.test(text))
    return Number(text);
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** `if` only says that its branch failed, which has errors of its own. */
const isTelling = ({ keyword }: ErrorObject) => keyword !== 'if';

function issueOf(error: ErrorObject, at: string): Issue {
  const { keyword, instancePath, params } = error;
  const own = keyword === 'additionalProperties' ? params.additionalProperty : params.missingProperty;
  const path = `${instancePath}${own === undefined ? '' : `/${escaped(String(own))}`}`;
  const name = path === '' ? 'The body' : `"${nameAt(path)}"`;
  return {
    severity: 'error',
    code: CODES[keyword] ?? 'value',
    diagnostics: `${name} ${said(error)}.`,
    expression: [`${at}${path.split('/').map(encodeURIComponent).join('/')}`],
  };
}

const CODES: Record<string, Issue['code']> = {
  required: 'required',
  dependentRequired: 'required',
  additionalProperties: 'structure',
  unevaluatedProperties: 'structure',
  type: 'structure',
  maxLength: 'too-long',
  maxItems: 'too-long',
};

/** `/vitals/0/value` → `vitals[0].value` */
const nameAt = (path: string): string =>
  path
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce((name, step) => (/^\d+$/.test(step) ? `${name}[${step}]` : name ? `${name}.${step}` : step), '')
    .slice(0, LONGEST_SHOWN);

const escaped = (step: string): string =>
  step.slice(0, LONGEST_SHOWN).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');

/** What the schema asks for, and what is there. */
function said({ keyword, params, data, parentSchema }: ErrorObject): string {
  const got = shown(data);
  switch (keyword) {
    case 'required':
      return 'is missing';
    case 'additionalProperties': {
      const known = Object.keys((parentSchema as { properties?: Json }).properties ?? {});
      return known.length === 0 ? 'is not known here' : `is not known here; known are ${known.join(', ')}`;
    }
    case 'false schema':
      return 'has to be left out: it does not go with the other members';
    case 'type':
      return `must be ${TYPES[params.type as string] ?? `one of ${[params.type].flat().join(', ')}`}, not ${got}`;
    case 'enum':
      return `must be one of ${(params.allowedValues as unknown[]).join(', ')}, not ${got}`;
    case 'const':
      return `must be ${JSON.stringify(params.allowedValue)}, not ${got}`;
    case 'format':
      return `must be ${FORMATS[params.format as string] ?? `a ${params.format}`}, not ${got}`;
    case 'pattern': {
      const hidden = hiddenIn(data as string);
      if (hidden) return `must not hold the character ${hidden}, which cannot be seen: leave it out`;
      return params.pattern === '\\S'
        ? `must not be blank`
        : `must look like ${exampleOf(parentSchema)}, not ${got}`;
    }
    case 'not':
      return (parentSchema as { description?: string }).description ?? 'must not be there';
    case 'minLength':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} characters`;
    case 'maxLength':
      return `may have at most ${params.limit} characters, not ${(data as string).length}`;
    case 'minItems':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} items`;
    case 'maxItems':
      return `may have at most ${params.limit} items, not ${(data as unknown[]).length}`;
    case 'minimum':
    case 'maximum':
    case 'exclusiveMinimum':
    case 'exclusiveMaximum':
      return `must be ${params.comparison} ${params.limit}, not ${got}`;
    default:
      return `must be what the schema asks for (${keyword}), not ${got}`;
  }
}

const TYPES: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  array: 'a list',
};

const FORMATS: Record<string, string> = {
  date: 'a date that exists, such as 1988-08-29',
  'partial-date': 'a date that exists, such as 1988-08-29, or the month or year of one',
  'date-time': 'a date and time with its time zone, such as 2026-01-31T10:20:00+01:00',
  email: 'an e-mail address, such as diana@example.com',
  uri: 'an absolute URI',
};

function exampleOf(schema: unknown): string {
  const { examples, pattern } = schema as { examples?: unknown[]; pattern?: string };
  return examples?.[0] === undefined ? `the pattern ${pattern}` : `"${examples[0]}"`;
}

function shown(value: unknown): string {
  if (isJsonNumber(value)) return sourceOf(value).slice(0, LONGEST_SHOWN);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
