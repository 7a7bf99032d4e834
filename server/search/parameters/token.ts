// Token parameters (search.html#token): codes, codings, identifiers, contact points, booleans and strings as hashes.

import { boundedCache } from '../../boundedCache.ts';
import type { IndexPath, ParameterPath } from '../../definitions/searchParameter.ts';
import { refuse } from '../../errors.ts';
import { hash64 } from '../hash64.ts';
import { splitValue, unescapeValue } from '../splitValue.ts';
import { bareCodes, bareLookups, codeInSystem, isCaseInsensitive } from './letterCase.ts';

/** How a token was written down: `system` absent means the element has none. */
export interface Token {
  system?: string;
  code?: string;
}

/** What some values match: rows with any of the hashes, or (`always`) every resource of the type. */
export interface TokenMatch {
  hashes: bigint[];
  always: boolean;
}

/** Hash forms: a search for `system|code`, `code`, `system|` or `|code` looks up exactly one row. */
export const tokenForm = {
  systemAndCode: 'system|code',
  code: 'code',
  system: 'system|',
  codeWithoutSystem: '|code',
  ofType: 'of-type',
  present: 'present',
} as const;

/** Data types that have no system of their own. */
const plain = new Set(['code', 'id', 'string', 'boolean', 'uri', 'url', 'canonical', 'oid', 'uuid']);

/** Data types whose values repeat so rarely that remembering their hashes does not pay. */
const rare = new Set([
  'Identifier',
  'ContactPoint',
  'id',
  'string',
  'uri',
  'url',
  'canonical',
  'oid',
  'uuid',
]);

type Property = Record<string, unknown>;

/** Data types of codes, whose system says whether case matters. */
const coded = new Set(['Coding', 'CodeableConcept']);

/** Whether values of a type match in any case, whatever their system. */
function isFolded({ dataType, systems }: Pick<IndexPath, 'dataType' | 'systems'>): boolean {
  if (dataType === 'string' || dataType === 'ContactPoint') return true;
  return (
    dataType === 'code' && systems !== undefined && systems.length > 0 && systems.every(isCaseInsensitive)
  );
}

/** The tokens of one element value, in the case they are indexed in; empty for a CodeableConcept that has only text. */
export function tokensOf(value: unknown, path: Pick<IndexPath, 'dataType' | 'systems'>): Token[] {
  const { dataType } = path;
  const fold = isFolded(path) ? (text: string) => text.toLowerCase() : (text: string) => text;
  if (typeof value === 'string' || typeof value === 'boolean') return [{ code: fold(String(value)) }];
  if (typeof value !== 'object' || value === null) return [];
  if (dataType === 'CodeableConcept') {
    const { coding } = value as Property;
    return Array.isArray(coding) ? coding.flatMap((item) => tokensOf(item, { dataType: 'Coding' })) : [];
  }
  const { system, code, value: text } = value as Property;
  const content = dataType === 'Coding' ? code : text;
  return [
    {
      ...(typeof system === 'string' ? { system } : {}),
      ...(typeof content === 'string' ? { code: fold(content) } : {}),
    },
  ];
}

/** The texts that `:text` searches (search.html#modifiers): of a concept and its codings, or of an identifier's type. */
export function tokenTexts(value: unknown, dataType: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { text, display, coding, type } = value as Property;
  switch (dataType) {
    case 'CodeableConcept':
      return [
        text,
        ...(Array.isArray(coding) ? coding.flatMap((item) => tokenTexts(item, 'Coding')) : []),
      ].filter((found) => typeof found === 'string');
    case 'Coding':
      return typeof display === 'string' ? [display] : [];
    case 'Identifier': {
      const typeText = (type as Property | null | undefined)?.text;
      return typeof typeText === 'string' ? [typeText] : [];
    }
    default:
      return [];
  }
}

/** The rows of one token at a path, without presence; computed, not remembered. */
export function tokenHashes(id: string, { system, code }: Token, dataType: string): bigint[] {
  if (code === undefined) return system === undefined ? [] : [hash64(id, tokenForm.system, system)];
  if (system === undefined) {
    return [hash64(id, tokenForm.codeWithoutSystem, code), hash64(id, tokenForm.code, code)];
  }
  return [hash64(id, tokenForm.system, system), ...codeHashes(id, system, code, coded.has(dataType))];
}

/** The rows of a code (`byCase`: its system says whether case matters) or of another value that has a system. */
function codeHashes(id: string, system: string, code: string, byCase: boolean): bigint[] {
  const bare = byCase ? bareCodes(system, code) : [code];
  const full = byCase ? codeInSystem(system, code) : code;
  return [
    hash64(id, tokenForm.systemAndCode, `${system}\0${full}`),
    ...bare.map((text) => hash64(id, tokenForm.code, text)),
  ];
}

/** Emits the token rows of one value at an index path. */
export function tokenEmitter(path: IndexPath): (value: unknown, tokens: bigint[]) => void {
  const { id, dataType } = path;
  const present = path.mandatory ? undefined : hash64(id, tokenForm.present, '');
  const isPlain = plain.has(dataType);
  const folded = isFolded(path);
  const byCase = coded.has(dataType);
  const limit = rare.has(dataType) ? 0 : 1024;

  const bare = (code: string): bigint => hash64(id, tokenForm.code, folded ? code.toLowerCase() : code);
  const bareOf = limit > 0 ? boundedCache(limit, bare) : bare;
  const full = (system: string, code: string): bigint[] =>
    codeHashes(id, system, folded ? code.toLowerCase() : code, byCase);
  const withoutSystem = boundedCache(256, (code) => [
    hash64(id, tokenForm.codeWithoutSystem, folded ? code.toLowerCase() : code),
    bare(code),
  ]);
  const systems = boundedCache(256, (system) => ({
    any: hash64(id, tokenForm.system, system),
    codes:
      limit > 0 ? boundedCache(limit, (code) => full(system, code)) : (code: string) => full(system, code),
  }));

  const emitOne = ({ system, code }: Property, tokens: bigint[]): void => {
    if (typeof system === 'string') {
      const known = systems(system);
      tokens.push(known.any);
      if (typeof code === 'string') tokens.push(...known.codes(code));
    } else if (typeof code === 'string') tokens.push(...withoutSystem(code));
  };

  return (value, tokens) => {
    if (isPlain) {
      if (typeof value === 'string') tokens.push(bareOf(value));
      else if (typeof value === 'boolean') tokens.push(bareOf(value ? 'true' : 'false'));
      else return;
    } else if (typeof value !== 'object' || value === null) return;
    else if (dataType === 'CodeableConcept') {
      const { coding } = value as Property;
      if (Array.isArray(coding)) {
        for (const item of coding) if (typeof item === 'object' && item !== null) emitOne(item, tokens);
      }
    } else if (dataType === 'Coding') emitOne(value as Property, tokens);
    else {
      const { system, value: text, type } = value as Property;
      emitOne({ system, code: text }, tokens);
      if (dataType === 'Identifier' && typeof text === 'string' && type !== undefined) {
        for (const token of tokensOf(type, { dataType: 'CodeableConcept' })) {
          if (token.system !== undefined && token.code !== undefined)
            tokens.push(ofTypeHash(id, token.system, token.code, text));
        }
      }
    }
    if (present !== undefined) tokens.push(present);
  };
}

/** The row of an identifier's value under one coding of its type. */
function ofTypeHash(id: string, system: string, code: string, value: string): bigint {
  return hash64(id, tokenForm.ofType, `${system}\0${codeInSystem(system, code)}\0${value}`);
}

/**
 * The hashes of `:of-type`: `system|code|value`, the type of an identifier and its value. `parameter` is the name as
 * asked.
 * @throws FhirError 400 when a part is missing or the parameter searches no identifiers
 */
export function matchOfType(parameter: string, paths: readonly ParameterPath[], text: string): bigint[] {
  const identifiers = paths.filter(
    ({ path, system }) => path.dataType === 'Identifier' && system === undefined,
  );
  if (identifiers.length === 0) {
    throw refuse(
      400,
      'not-supported',
      `Search parameter '${parameter}' searches no identifiers with a type.`,
    );
  }
  const [system, code, value] = splitValue(text, '|', 3).map(unescapeValue);
  if (!system || !code || !value) {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}' takes the system and code of a type and a value, system|code|value, not '${text}'.`,
    );
  }
  return identifiers.map(({ path }) => ofTypeHash(path.id, system, code, value));
}

/**
 * Parses `code`, `system|code`, `system|` or `|code` (`system: ''`).
 * @throws FhirError 400 when neither part is there
 */
export function parseToken(parameter: string, text: string): Token {
  const parts = splitValue(text, '|', 2).map(unescapeValue);
  if (parts.length === 1) {
    if (parts[0] === '') throw refuse(400, 'value', `Search parameter '${parameter}' has an empty value.`);
    return { code: parts[0]! };
  }
  const [system, code] = parts as [string, string];
  if (system === '' && code === '') {
    throw refuse(
      400,
      'value',
      `Search parameter '${parameter}': '|' needs a system before it or a code after it.`,
    );
  }
  return { system, ...(code === '' ? {} : { code }) };
}

/** What a parsed token matches on the paths of a parameter. */
export function matchToken(parameter: string, paths: readonly ParameterPath[], token: Token): TokenMatch {
  const hashes: bigint[] = [];
  let always = false;
  const { code } = token;
  if (code !== undefined && !isBoolean(code) && paths.every(({ path }) => path.dataType === 'boolean')) {
    throw refuse(400, 'value', `Search parameter '${parameter}' is true or false, not '${code}'.`);
  }
  for (const { path, system } of paths) {
    const match = plain.has(path.dataType)
      ? matchPlain(parameter, path, token)
      : { hashes: matchWithSystem(path, token, system), always: false };
    hashes.push(...match.hashes);
    always ||= match.always;
  }
  return { hashes: [...new Set(hashes)], always };
}

/** Elements with a system; `fixed` is the one that the parameter's `where(system = …)` allows. */
function matchWithSystem(path: IndexPath, token: Token, fixed: string | undefined): bigint[] {
  const { id, dataType } = path;
  const { system } = token;
  if (fixed !== undefined) {
    if (system !== undefined && system !== fixed) return [];
    return matchWithSystem(path, { ...token, system: fixed }, undefined);
  }
  if (token.code === undefined) return [hash64(id, tokenForm.system, system ?? '')];
  const byCase = coded.has(dataType);
  const code = isFolded(path) ? token.code.toLowerCase() : token.code;
  if (system === undefined) {
    return (byCase ? bareLookups(code) : [code]).map((text) => hash64(id, tokenForm.code, text));
  }
  if (system === '') return [hash64(id, tokenForm.codeWithoutSystem, code)];
  return [hash64(id, tokenForm.systemAndCode, `${system}\0${byCase ? codeInSystem(system, code) : code}`)];
}

/** Booleans are in this implied system (search.html#token). */
const specialValues = 'http://terminology.hl7.org/CodeSystem/special-values';

/** Elements without a system: `code` elements imply those of their required value set. */
function matchPlain(parameter: string, path: IndexPath, { system, code }: Token): TokenMatch {
  const implied = path.dataType === 'boolean' ? [specialValues] : (path.systems ?? []);
  if (system && !implied.includes(system)) return { hashes: [], always: false };
  if (code === undefined) {
    if (implied.length > 1) {
      const systems = implied.join(', ');
      throw refuse(
        400,
        'not-supported',
        `Search parameter '${parameter}' has codes of ${systems}: name a code.`,
      );
    }
    return presence([{ path }]);
  }
  const text = isFolded(path) ? code.toLowerCase() : code;
  return { hashes: [hash64(path.id, tokenForm.code, text)], always: false };
}

function isBoolean(code: string): boolean {
  return code === 'true' || code === 'false';
}

/** Which resources have any value at these paths (`:missing=false`). */
export function presence(paths: readonly ParameterPath[]): TokenMatch {
  const always = paths.some(({ path, system }) => path.mandatory && system === undefined);
  if (always) return { hashes: [], always };
  const hashes = paths.map(({ path, system }) =>
    system === undefined ? hash64(path.id, tokenForm.present, '') : hash64(path.id, tokenForm.system, system),
  );
  return { hashes: [...new Set(hashes)], always };
}
