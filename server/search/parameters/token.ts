// Token parameters (search.html#token): codes, codings, identifiers, contact points, booleans and strings as hashes.

import type { IndexPath, ParameterPath } from '../../definitions/searchParameter.ts';
import { refuse } from '../../errors.ts';
import { boundedCache } from '../boundedCache.ts';
import { hash64 } from '../hash64.ts';
import { splitValue, unescapeValue } from '../splitValue.ts';

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

/** The tokens of one element value; empty for a CodeableConcept that has only text. */
export function tokensOf(value: unknown, dataType: string): Token[] {
  if (typeof value === 'string' || typeof value === 'boolean') return [{ code: String(value) }];
  if (typeof value !== 'object' || value === null) return [];
  if (dataType === 'CodeableConcept') {
    const { coding } = value as Property;
    return Array.isArray(coding) ? coding.flatMap((item) => tokensOf(item, 'Coding')) : [];
  }
  const { system, code, value: text } = value as Property;
  const content = dataType === 'Coding' ? code : text;
  return [
    {
      ...(typeof system === 'string' ? { system } : {}),
      ...(typeof content === 'string' ? { code: content } : {}),
    },
  ];
}

/** The rows of one token at a path, without presence; computed, not remembered. */
export function tokenHashes(id: string, { system, code }: Token): bigint[] {
  const hashes = code === undefined ? [] : [hash64(id, tokenForm.code, code)];
  if (system !== undefined) {
    hashes.push(hash64(id, tokenForm.system, system));
    if (code !== undefined) hashes.push(hash64(id, tokenForm.systemAndCode, `${system}\0${code}`));
  } else if (code !== undefined) hashes.push(hash64(id, tokenForm.codeWithoutSystem, code));
  return hashes;
}

/** Emits the token rows of one value at an index path. */
export function tokenEmitter(path: IndexPath): (value: unknown, tokens: bigint[]) => void {
  const { id, dataType } = path;
  const present = path.mandatory ? undefined : hash64(id, tokenForm.present, '');
  const isPlain = plain.has(dataType);
  const limit = rare.has(dataType) ? 0 : 1024;

  const bare = (code: string): bigint => hash64(id, tokenForm.code, code);
  const bareOf = limit > 0 ? boundedCache(limit, bare) : bare;
  const full = (system: string, code: string): bigint[] => [
    hash64(id, tokenForm.systemAndCode, `${system}\0${code}`),
    hash64(id, tokenForm.code, code),
  ];
  const withoutSystem = boundedCache(256, (code) => [
    hash64(id, tokenForm.codeWithoutSystem, code),
    hash64(id, tokenForm.code, code),
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
    else emitOne({ system: (value as Property).system, code: (value as Property).value }, tokens);
    if (present !== undefined) tokens.push(present);
  };
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
      : { hashes: matchWithSystem(path.id, token, system), always: false };
    hashes.push(...match.hashes);
    always ||= match.always;
  }
  return { hashes: [...new Set(hashes)], always };
}

/** Elements with a system; `fixed` is the one that the parameter's `where(system = …)` allows. */
function matchWithSystem(id: string, { system, code }: Token, fixed: string | undefined): bigint[] {
  if (fixed !== undefined) {
    if (system !== undefined && system !== fixed) return [];
    return matchWithSystem(id, { system: fixed, code }, undefined);
  }
  if (code === undefined) return [hash64(id, tokenForm.system, system ?? '')];
  if (system === undefined) return [hash64(id, tokenForm.code, code)];
  if (system === '') return [hash64(id, tokenForm.codeWithoutSystem, code)];
  return [hash64(id, tokenForm.systemAndCode, `${system}\0${code}`)];
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
  return { hashes: [hash64(path.id, tokenForm.code, code)], always: false };
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
