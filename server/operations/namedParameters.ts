// Reads the parameters of an operation by a table of what it takes (operations.html#executing). What the table does not
// have is refused by name, never ignored.
import { refuse } from '../errors.ts';
import { isJsonNumber, numberOf } from '../json/jsonNumber.ts';
import type { Resource } from '../services.ts';
import type { OperationParameter, OperationRequest } from './operationRequest.ts';

/** What one parameter holds. `text` is any of the types written as strings. */
export interface ParameterKind {
  readonly kind: 'text' | 'boolean' | 'integer' | 'decimal' | 'datatype' | 'resource' | 'parts';
  /** of a datatype or resource: `Coding`, `ValueSet`; of a text, the type it is reported as */
  readonly type?: string;
  /** may be given more than once */
  readonly many?: true;
  /** why it cannot be used here, where that is so */
  readonly refused?: string;
}

/** Parameters that were given, in the order given. */
export interface NamedParameters {
  readonly given: readonly { readonly name: string; readonly value: unknown }[];
  has(name: string): boolean;
  text(name: string): string | undefined;
  texts(name: string): string[];
  flag(name: string): boolean | undefined;
  integer(name: string): number | undefined;
  decimal(name: string): number | undefined;
  object(name: string): Record<string, unknown> | undefined;
  resource(name: string): Resource | undefined;
  parts(name: string): (readonly OperationParameter[])[];
}

const TEXT_TYPES = new Set([
  'string',
  'code',
  'uri',
  'url',
  'canonical',
  'id',
  'oid',
  'uuid',
  'markdown',
  'date',
  'dateTime',
  'instant',
]);

/**
 * The parameters of a request, checked against `table`. A body that is a resource of its own is the parameter of that type.
 * @throws FhirError 400 for a parameter that is unknown, cannot be used here, is given twice or is of another type
 */
export function namedParameters(
  { parameters, body }: OperationRequest,
  operation: string,
  table: Readonly<Record<string, ParameterKind>>,
): NamedParameters {
  const given = [...parameters, ...(body ? [bodyParameter(body, operation, table)] : [])].map((parameter) => {
    const { name, expression } = parameter;
    const kind = Object.hasOwn(table, name) ? table[name]! : undefined;
    if (!kind) {
      const known = Object.keys(table).filter((each) => !table[each]!.refused);
      const message = `$${operation} has no parameter "${name}" here; known: ${known.join(', ')}.`;
      throw refuse(400, 'not-supported', message, expression);
    }
    if (kind.refused) {
      throw refuse(400, 'not-supported', `"${name}" cannot be used here: ${kind.refused}.`, expression);
    }
    return { name, value: checkedValue(parameter, kind), expression, kind };
  });
  const seen = new Set<string>();
  for (const { name, expression, kind } of given) {
    if (seen.has(name) && !kind.many) {
      throw refuse(400, 'value', `Parameter "${name}" may be given once.`, expression);
    }
    seen.add(name);
  }
  const values = (name: string): unknown[] => given.filter((each) => each.name === name).map((g) => g.value);
  return {
    given,
    has: (name) => seen.has(name),
    text: (name) => values(name)[0] as string | undefined,
    texts: (name) => values(name) as string[],
    flag: (name) => values(name)[0] as boolean | undefined,
    integer: (name) => values(name)[0] as number | undefined,
    decimal: (name) => values(name)[0] as number | undefined,
    object: (name) => values(name)[0] as Record<string, unknown> | undefined,
    resource: (name) => values(name)[0] as Resource | undefined,
    parts: (name) => values(name) as (readonly OperationParameter[])[],
  };
}

function bodyParameter(
  body: Resource,
  operation: string,
  table: Readonly<Record<string, ParameterKind>>,
): OperationParameter {
  const { resourceType } = body;
  const found = Object.entries(table).find(
    ([, { kind, type }]) => kind === 'resource' && type === resourceType,
  );
  if (found) return { name: found[0], resource: body, expression: resourceType };
  const message = `$${operation} takes a Parameters resource, not a ${resourceType}.`;
  throw refuse(400, 'value', message, 'resourceType');
}

function checkedValue(parameter: OperationParameter, { kind, type }: ParameterKind): unknown {
  const { name, value, resource, part, expression, type: givenType } = parameter;
  const wrong = (expected: string): Error =>
    refuse(400, 'value', `Parameter "${name}" must be ${expected}.`, expression);
  switch (kind) {
    case 'resource':
      if (resource?.resourceType === type) return resource;
      throw wrong(`a ${type} resource in a Parameters body`);
    case 'parts':
      if (part) return part;
      throw wrong('made of parts in a Parameters body');
    case 'datatype':
      if (givenType === type && typeof value === 'object' && value !== null) return value;
      throw wrong(`a ${type} in a Parameters body (value${type})`);
    case 'boolean':
      if (typeof value === 'boolean') return value;
      if (givenType === undefined && (value === 'true' || value === 'false')) return value === 'true';
      throw wrong('true or false');
    case 'integer': {
      const number = isJsonNumber(value) ? numberOf(value) : toInteger(givenType, value);
      if (Number.isInteger(number) && number >= 0 && number < 2 ** 31) return number;
      throw wrong('a whole number from 0 on');
    }
    case 'decimal': {
      const isText = givenType === undefined && typeof value === 'string' && NUMBER.test(value);
      const number = isJsonNumber(value) ? numberOf(value) : isText ? Number(value) : Number.NaN;
      if (Number.isFinite(number)) return number;
      throw wrong('a number');
    }
    default:
      if (typeof value !== 'string' || (givenType !== undefined && !TEXT_TYPES.has(givenType))) {
        throw wrong(`text${type ? ` (a ${type})` : ''}`);
      }
      if (value === '') throw wrong('something, not empty');
      return value;
  }
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

const toInteger = (type: string | undefined, value: unknown): number =>
  type === undefined && typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
