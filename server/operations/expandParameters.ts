// The parameters of ValueSet/$expand (valueset-operation-expand.html), read and turned into what the operation works with.
import { refuse } from '../errors.ts';
import { splitCanonical } from '../terminology/findValueSet.ts';
import type { SystemVersions } from '../terminology/systemVersions.ts';
import { DATE, VALUE_SET_PARAMETERS } from './findInTerminology.ts';
import { type NamedParameters, namedParameters, type ParameterKind } from './namedParameters.ts';
import type { OperationRequest } from './operationRequest.ts';

const flag: ParameterKind = { kind: 'boolean' };
const canonicals: ParameterKind = { kind: 'text', type: 'uri', many: true };

const TABLE: Readonly<Record<string, ParameterKind>> = {
  ...VALUE_SET_PARAMETERS,
  filter: { kind: 'text', type: 'string' },
  date: DATE,
  offset: { kind: 'integer' },
  count: { kind: 'integer' },
  includeDesignations: flag,
  designation: { kind: 'text', type: 'string', many: true },
  includeDefinition: flag,
  activeOnly: flag,
  excludeNested: flag,
  excludeNotForUI: flag,
  excludePostCoordinated: flag,
  displayLanguage: { kind: 'text', type: 'code' },
  'exclude-system': canonicals,
  'system-version': canonicals,
  'check-system-version': canonicals,
  'force-system-version': canonicals,
};

/** The names of the parameters that are taken. */
export const EXPAND_PARAMETERS: readonly string[] = Object.keys(TABLE).filter(
  (name) => !TABLE[name]!.refused,
);

/** Those that say nothing of the codes of an expansion. */
const NOT_OF_CONTENTS = new Set(['url', 'valueSet', 'valueSetVersion', 'includeDefinition']);

/** What is asked for. */
export interface ExpandParameters {
  given: NamedParameters;
  offset: number;
  count: number | undefined;
  filter: string | undefined;
  activeOnly: boolean;
  selectableOnly: boolean;
  nested: boolean;
  definition: boolean;
  /** undefined for none; an empty list for all */
  designations: DesignationWish[] | undefined;
  language: string | undefined;
  excluded: { system: string; version?: string }[];
  versions: SystemVersions | undefined;
  /** `ValueSet.expansion.parameter`: all that decide what the expansion has */
  reported: Record<string, unknown>[];
}

/** `[system]|[code]` of a use or a language, or only one of the two. */
export interface DesignationWish {
  system?: string;
  code?: string;
}

/**
 * Reads the parameters. The answer is nested only where `excludeNested` is false and no part of the codes is asked for.
 * @throws FhirError 400 for parameters that are unknown, cannot be used here, malformed or contradict each other
 */
export function expandParameters(request: OperationRequest): ExpandParameters {
  const given = namedParameters(request, 'expand', TABLE);
  const wishes = given.texts('designation').map(readWish);
  const wanted = given.flag('includeDesignations');
  if (wanted === false && wishes.length > 0) {
    throw refuse(400, 'value', '"designation" contradicts includeDesignations=false.', 'designation');
  }
  const count = given.integer('count');
  const partial = given.has('filter') || given.has('offset') || (count !== undefined && count > 0);
  const nested = given.flag('excludeNested') === false && !partial;
  return {
    given,
    offset: given.integer('offset') ?? 0,
    count,
    filter: given.text('filter'),
    activeOnly: given.flag('activeOnly') ?? false,
    selectableOnly: given.flag('excludeNotForUI') ?? false,
    nested,
    definition: given.flag('includeDefinition') ?? false,
    designations: wanted || wishes.length > 0 ? wishes : undefined,
    language: given.text('displayLanguage'),
    excluded: given.texts('exclude-system').map((canonical) => {
      const [system, version] = splitCanonical(canonical);
      return version === undefined ? { system } : { system, version };
    }),
    versions: readVersions(given),
    reported: given.given
      .filter(({ name }) => !NOT_OF_CONTENTS.has(name))
      .map(({ name, value }) => ({ name, [valueName(name)]: name === 'excludeNested' ? !nested : value })),
  };
}

function valueName(name: string): string {
  const { kind, type = kind } = TABLE[name]!;
  return `value${type[0]!.toUpperCase()}${type.slice(1)}`;
}

function readWish(token: string): DesignationWish {
  const bar = token.indexOf('|');
  const [system, code] = [token.slice(0, Math.max(bar, 0)), token.slice(bar + 1)];
  if (system === '' && code === '') {
    throw refuse(400, 'value', `"designation" is [system]|[code] of a use or language.`, 'designation');
  }
  return { ...(system === '' ? {} : { system }), ...(code === '' ? {} : { code }) };
}

function readVersions(given: NamedParameters): SystemVersions | undefined {
  const read = (name: string): Record<string, string> | undefined => {
    const list = given.texts(name);
    if (list.length === 0) return undefined;
    const versions: Record<string, string> = {};
    for (const canonical of list) {
      const [system, version] = splitCanonical(canonical);
      if (!version) throw refuse(400, 'value', `"${name}" is [system]|[version], not '${canonical}'.`, name);
      if (Object.hasOwn(versions, system)) {
        throw refuse(400, 'value', `"${name}" names ${system} twice.`, name);
      }
      versions[system] = version;
    }
    return versions;
  };
  const otherwise = read('system-version');
  const check = read('check-system-version');
  const force = read('force-system-version');
  if (!otherwise && !check && !force) return undefined;
  return { ...(otherwise && { otherwise }), ...(check && { check }), ...(force && { force }) };
}
