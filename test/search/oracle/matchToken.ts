// Token parameters and their modifiers (search.html#token).
import type { CodeableConcept, Coding, ContactPoint, Identifier } from '@medplum/fhirtypes';
import { implicitSystem } from './definitions.ts';
import { matchWords } from './matchString.ts';
import { splitAt, unescapeValue } from './splitValue.ts';
import type { Terminology } from './terminology.ts';
import type { Value } from './values.ts';

/** A code in its system. `plain` ones (strings, booleans, …) have none to ask for, `folded` ones are compared without case. */
export interface Token {
  readonly system?: string | undefined;
  readonly code?: string | undefined;
  readonly folded?: boolean;
}

/** The codes of a value of a token parameter. */
export function tokensOf({ type, value, path }: Value): Token[] {
  switch (type) {
    case 'Coding':
      return [codingToken(value)];
    case 'CodeableConcept':
      return ((value as CodeableConcept).coding ?? []).map(codingToken);
    case 'Identifier':
      return [{ system: (value as Identifier).system, code: (value as Identifier).value }];
    case 'ContactPoint':
      return [{ code: (value as ContactPoint).value }];
    case 'code':
      return [{ system: implicitSystem(path, value), code: value }];
    case 'boolean':
      return [{ system: 'http://hl7.org/fhir/special-values', code: String(value) }];
    case 'string':
      // "Matches on _id are always case sensitive."
      return [{ code: value, folded: !/^[A-Z]\w*\.id$/.test(path) }];
    case 'id':
    case 'uri':
    case 'url':
    case 'canonical':
    case 'oid':
    case 'uuid':
      return [{ code: value }];
    default:
      return [];
  }
}

const codingToken = ({ system, code }: Coding): Token => ({ system, code });

/** Whether a value of a token parameter matches; `:not` and `:not-in` are turned round by the caller. */
export function matchToken(
  value: Value,
  search: string,
  modifier: string | undefined,
  terminology: Terminology,
): boolean {
  switch (modifier) {
    case 'text':
      return displaysOf(value).some((text) => matchWords(text, unescapeValue(search)));
    case 'of-type':
      return value.type === 'Identifier' && ofType(value.value, splitAt('|', search).map(unescapeValue));
    case 'in':
    case 'not-in':
      return tokensOf(value).some((token) => terminology.isIn(unescapeValue(search), token));
    case 'above':
      return tokensOf(value).some((token) => terminology.subsumes(token, readToken(search)));
    case 'below':
      return tokensOf(value).some((token) => terminology.subsumes(readToken(search), token));
    default:
      return tokensOf(value).some((token) => equalToken(token, search));
  }
}

/** Texts that belong to a code (`:text`). */
function displaysOf({ type, value }: Value): string[] {
  const texts =
    type === 'CodeableConcept'
      ? [value.text, ...(value.coding ?? []).map(({ display }: Coding) => display)]
      : [type === 'Coding' ? value.display : type === 'Identifier' ? value.type?.text : undefined];
  return texts.filter((text) => typeof text === 'string');
}

const ofType = ({ type, value }: Identifier, [system, code, wanted]: string[]): boolean =>
  value === wanted && (type?.coding ?? []).some((one) => one.system === system && one.code === code);

function readToken(search: string): Token {
  const [first, second] = splitAt('|', search).map(unescapeValue);
  return second === undefined ? { code: first } : { system: first, code: second };
}

/** `code`, `system|code`, `|code` or `system|`. */
function equalToken({ system, code, folded }: Token, search: string): boolean {
  const wanted = readToken(search);
  if (wanted.system !== undefined && wanted.system !== (system ?? '')) return false;
  if (wanted.system && wanted.code === '') return true;
  if (folded) return code?.toLowerCase() === wanted.code?.toLowerCase();
  return code === wanted.code;
}
