// One search parameter with modifier and value(s), resolved into criteria on the index tables (search.html#modifiers).

import type { SearchParameterType } from '../definitions/definitions.ts';
import type { SearchParameter } from '../definitions/searchParameter.ts';
import { type FhirError, refuse } from '../errors.ts';
import { hashPath } from './hash64.ts';
import { parseComposite } from './parameters/composite.ts';
import { parseDate } from './parameters/date.ts';
import { parseNumber } from './parameters/number.ts';
import { matchPhonetic } from './parameters/phonetic.ts';
import { parsePosition } from './parameters/position.ts';
import { parseQuantity, quantityGroups } from './parameters/quantity.ts';
import {
  matchCanonical,
  matchReference,
  matchReferenceIdentifier,
  referencePresence,
} from './parameters/reference.ts';
import { parseString, stringPaths } from './parameters/string.ts';
import { matchOfType, matchToken, parseToken, presence, type TokenMatch } from './parameters/token.ts';
import { matchUri, matchUriAbove, matchUriBelow } from './parameters/uri.ts';
import type { ParseContext } from './parseContext.ts';
import type { Criterion } from './searchPlan.ts';
import { splitValue, unescapeValue } from './splitValue.ts';
import { parseText } from './text.ts';

/** What is asked of one parameter. */
export interface ParameterQuery {
  parameter: SearchParameter;
  modifier?: string;
  value: string;
  context: ParseContext;
}

/** Modifiers by parameter type; reference parameters also take a resource type. */
const modifiers: Record<SearchParameterType, readonly string[]> = {
  token: ['missing', 'not', 'text', 'in', 'not-in', 'above', 'below', 'of-type'],
  reference: ['missing', 'identifier', 'above', 'below'],
  string: ['missing', 'exact', 'contains'],
  uri: ['missing', 'above', 'below'],
  date: ['missing'],
  number: ['missing'],
  quantity: ['missing'],
  composite: [],
  special: [],
};

const id = /^[A-Za-z0-9.-]{1,64}$/;

/**
 * The criteria, all of which have to hold, of one parameter.
 * @throws FhirError 400 for an unsupported modifier or a malformed value
 */
export function parseCriteria(query: ParameterQuery): Criterion[] {
  const { parameter, modifier, value, context } = query;
  const { now, maxAlternatives } = context;
  const { code, paths } = parameter;
  const asked = modifier === undefined ? code : `${code}:${modifier}`;
  const values = splitValue(value, ',');
  if (values.length > maxAlternatives) {
    throw refuse(
      400,
      'too-costly',
      `Search parameter '${asked}' may have at most ${maxAlternatives} values.`,
    );
  }
  if (values.includes(''))
    throw refuse(400, 'value', `Search parameter '${asked}' has an empty value: '${value}'.`);
  if (code === '_id' || code === '_lastUpdated') {
    const possible = code === '_id' ? ['missing', 'not'] : ['missing'];
    if (modifier !== undefined && !possible.includes(modifier)) throw noSuchModifier(query, possible);
    if (modifier === 'missing') {
      // Contained resources have no meta (dom-4).
      const isThere = code === '_id' || !context.contained;
      return [{ kind: 'constant', parameter: asked, holds: isMissing(asked, value) !== isThere }];
    }
  }
  if (code === '_id') {
    const criterion = idCriterion(values);
    return modifier === 'not' ? [{ kind: 'not', parameter: asked, criteria: [criterion] }] : [criterion];
  }
  if (code === '_lastUpdated') {
    const tests = values.map((text) => parseDate(code, text, now));
    if (context.contained) return [{ kind: 'constant', parameter: code, holds: false }];
    return [{ kind: 'lastUpdated', parameter: code, tests }];
  }
  const ofType = parameter.type === 'reference' && context.definitions.resourceTypes.has(modifier ?? '');
  if (modifier !== undefined && !ofType && !modifiers[parameter.type].includes(modifier)) {
    throw noSuchModifier(query, modifiers[parameter.type]);
  }
  if (modifier === 'missing') return [missing(withValues(parameter), value)];

  const ids = [...new Set(paths.map(({ path }) => path.id))];
  const rows = <T>(tests: T[]) => ({
    parameter: asked,
    groups: [{ paths: ids.map(hashPath), tests }],
    negated: false,
  });
  switch (parameter.type) {
    case 'token':
      return [tokenSearch(query, asked, values)];
    case 'reference': {
      const hashes = values.flatMap((text) => {
        if (modifier === 'identifier') return matchReferenceIdentifier(parameter, text);
        if (modifier === 'above' || modifier === 'below')
          return matchCanonical(parameter, text, modifier, context);
        return matchReference(parameter, text, context, ofType ? modifier : undefined);
      });
      return [tokenCriterion(asked, { hashes, always: false }, false)];
    }
    case 'uri': {
      const match = modifier === 'above' ? matchUriAbove : modifier === 'below' ? matchUriBelow : matchUri;
      const hashes = values.flatMap((text) => match(code, paths, text));
      return [tokenCriterion(asked, { hashes, always: false }, false)];
    }
    case 'string': {
      if (paths.some(({ path }) => path.phonetic)) return phoneticSearch(query, asked, values);
      const match = modifier === 'exact' || modifier === 'contains' ? modifier : 'starts';
      const tests = values.map((text) => parseString(code, match, text));
      const groups = [{ paths: stringPaths(match, ids), tests }];
      return [{ kind: 'string', parameter: asked, groups, negated: false }];
    }
    case 'date':
      return [{ kind: 'date', ...rows(values.map((text) => parseDate(code, text, now))) }];
    case 'number':
      return [
        { kind: 'quantity', ...rows(values.map((text) => ({ ...parseNumber(code, text), unitCode: 0n }))) },
      ];
    case 'quantity': {
      const groups = values.flatMap((text) => quantityGroups(ids, parseQuantity(code, text)));
      return [{ kind: 'quantity', parameter: asked, groups, negated: false }];
    }
    case 'composite':
      return parseComposite(parameter, values, context, now);
    case 'special':
      return [
        {
          kind: 'position',
          parameter: asked,
          path: hashPath(ids[0]!),
          tests: values.map((text) => parsePosition(code, text)),
        },
      ];
  }
}

/** Each value's words all have to be found, in any order. */
function phoneticSearch(
  { parameter, modifier }: ParameterQuery,
  asked: string,
  values: string[],
): Criterion[] {
  if (modifier !== undefined) {
    throw refuse(
      400,
      'not-supported',
      `Search parameter '${parameter.code}' has no modifier ':${modifier}'.`,
    );
  }
  const alternatives = values.map((text) =>
    matchPhonetic(asked, parameter.paths, text).map((hashes) =>
      tokenCriterion(asked, { hashes, always: false }, false),
    ),
  );
  const [only, ...others] = alternatives;
  return others.length === 0 ? only! : [{ kind: 'either', parameter: asked, alternatives }];
}

/** A token parameter with any of its modifiers but `:missing`. */
function tokenSearch(
  { parameter, modifier, context }: ParameterQuery,
  asked: string,
  values: string[],
): Criterion {
  const { code, paths } = parameter;
  switch (modifier) {
    case 'in':
    case 'not-in':
    case 'above':
    case 'below':
      return {
        kind: 'codes',
        parameter: asked,
        paths: [...paths],
        modifier,
        values: values.map(unescapeValue),
      };
    case 'text': {
      if (!context.textSearch) {
        throw refuse(
          400,
          'not-supported',
          `Search parameter '${asked}' needs full-text search: TEXT_SEARCH is off.`,
        );
      }
      const test = parseText(asked, values.join(','));
      return { kind: 'term', parameter: asked, paths: paths.map(({ path }) => hashPath(path.id)), test };
    }
    case 'of-type': {
      const hashes = values.flatMap((text) => matchOfType(asked, paths, text));
      return tokenCriterion(asked, { hashes, always: false }, false);
    }
    default: {
      const matches = values.map((text) => matchToken(code, paths, parseToken(code, text)));
      return tokenCriterion(asked, merge(matches), modifier === 'not');
    }
  }
}

function idCriterion(values: readonly string[]): Criterion {
  const ids = values.map(unescapeValue);
  const malformed = ids.find((text) => !id.test(text));
  if (malformed !== undefined)
    throw refuse(400, 'value', `Search parameter '_id': '${malformed}' is not an id.`);
  return { kind: 'id', parameter: '_id', ids: [...new Set(ids)] };
}

/** Phonetic parameters are missing where the text is. */
function withValues(parameter: SearchParameter): SearchParameter {
  const paths = parameter.paths.map(({ path, ...rest }) => ({
    ...rest,
    path: path.phonetic ? { ...path, id: path.id.slice(0, -1) } : path,
  }));
  return { ...parameter, paths };
}

/** The value of `:missing`. @throws FhirError 400 when it is neither true nor false */
function isMissing(asked: string, value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw refuse(400, 'value', `Search parameter '${asked}' is true or false, not '${value}'.`);
}

/** `:missing=true|false`. */
function missing(parameter: SearchParameter, value: string): Criterion {
  const { code, type, paths } = parameter;
  const asked = `${code}:missing`;
  const negated = isMissing(asked, value);
  switch (type) {
    case 'token':
    case 'uri':
      return tokenCriterion(asked, presence(paths), negated);
    case 'reference':
      return tokenCriterion(asked, referencePresence(paths), negated);
    default: {
      if (paths.some(({ path }) => path.mandatory))
        return { kind: 'constant', parameter: asked, holds: !negated };
      const kind = type === 'string' || type === 'date' ? type : 'quantity';
      const ids = [...new Set(paths.map(({ path }) => hashPath(path.id)))];
      const groups = [{ paths: ids, tests: [] }];
      return { kind, parameter: asked, groups, negated };
    }
  }
}

function merge(matches: readonly TokenMatch[]): TokenMatch {
  return { hashes: matches.flatMap((match) => match.hashes), always: matches.some((match) => match.always) };
}

/** A token criterion, or the constant it comes to when nothing or everything matches. */
function tokenCriterion(parameter: string, { hashes, always }: TokenMatch, negated: boolean): Criterion {
  if (always || hashes.length === 0) return { kind: 'constant', parameter, holds: always !== negated };
  return { kind: 'token', parameter, hashes: [...new Set(hashes)], negated };
}

function noSuchModifier({ parameter, modifier }: ParameterQuery, allowed: readonly string[]): FhirError {
  const list = allowed
    .map((name) => `:${name}`)
    .concat(parameter.type === 'reference' ? [':<resource type>'] : []);
  return refuse(
    400,
    'not-supported',
    `Search parameter '${parameter.code}' (${parameter.type}) does not support the modifier ':${modifier}'; ` +
      `supported are: ${list.join(', ') || 'none'}.`,
  );
}
