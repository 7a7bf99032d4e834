// Reference parameters (search.html#reference) and what references lead to.
import type { Identifier, Reference, SearchParameter } from '@medplum/fhirtypes';
import { resourceTypes } from './definitions.ts';
import { matchToken } from './matchToken.ts';
import { matchCanonical } from './matchUri.ts';
import type { Terminology } from './terminology.ts';
import type { Value } from './values.ts';

/** A reference to a resource of this server, or to a URL elsewhere. */
export interface Target {
  readonly type?: string;
  readonly id?: string;
  readonly version?: string | undefined;
  readonly url?: string;
}

const LOCAL = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/([A-Za-z0-9\-.]{1,64}))?$/;

/** Reads a literal reference; URLs under the server's base are local. */
export function readReference(reference: string, base: string): Target {
  const relative = reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference;
  const [, type, id, version] = LOCAL.exec(relative) ?? [];
  return type && id && resourceTypes.includes(type) ? { type, id, version } : { url: reference };
}

/** What a value of a reference parameter leads to: by a literal reference, or as a resource nested right there. */
export function targetOf({ type, value }: Value, base: string): Target | undefined {
  if (value.resourceType) return { type: value.resourceType, id: value.id };
  if (type !== 'Reference') return undefined;
  const { reference } = value as Reference;
  return reference === undefined || reference.startsWith('#') ? undefined : readReference(reference, base);
}

/**
 * Whether a value of a reference parameter matches an id, Type/id, URL or canonical URL. An id alone stands for one of a
 * type that the parameter may lead to; what names no version finds all of them.
 */
export function matchReference(
  value: Value,
  search: string,
  modifier: string | undefined,
  { target: types }: SearchParameter,
  base: string,
  terminology: Terminology,
): boolean {
  if (modifier === 'identifier') return matchIdentifier(value, search, terminology);
  if (value.type === 'canonical' || value.type === 'uri')
    return modifier === undefined && matchCanonical(value.value, search);
  const target = targetOf(value, base);
  if (!target) return false;
  const wanted = readReference(search, base);
  if (target.url !== undefined) return target.url === search && modifier === undefined;
  if (wanted.id !== undefined)
    return (
      target.id === wanted.id && target.type === wanted.type && (modifier ?? target.type) === target.type
    );
  // A nested resource is told by its type and id; what is referred to, by its id alone, too.
  const isReferred = value.type === 'Reference' && (types?.some((type) => type === target.type) ?? true);
  return isReferred && target.id === search && (modifier === undefined || target.type === modifier);
}

function matchIdentifier({ type, value, path }: Value, search: string, terminology: Terminology): boolean {
  const identifier: Identifier | undefined = type === 'Reference' ? value.identifier : undefined;
  return (
    identifier !== undefined &&
    matchToken({ type: 'Identifier', value: identifier, path }, search, undefined, terminology)
  );
}
