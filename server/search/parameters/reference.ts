// Reference parameters (search.html#reference): local references by `Type/id`, others as written, canonicals with and
// without version, logical references by identifier.

import { boundedCache } from '../../boundedCache.ts';
import type { Definitions } from '../../definitions/definitions.ts';
import type { IndexPath, ParameterPath, SearchParameter } from '../../definitions/searchParameter.ts';
import { refuse } from '../../errors.ts';
import { hash64 } from '../hash64.ts';
import { unescapeValue } from '../splitValue.ts';
import { matchToken, parseToken, type TokenMatch, tokenEmitter, tokenForm } from './token.ts';
import { mostLevels, splitCanonical, versionsAbove } from './uriHierarchy.ts';

const form = 'reference';

/** A canonical with a version, under each version above it: `url|1.2` for `url|1.2.3`. */
const belowForm = 'reference/below';

/** Presence of a reference to a resource type; `''` stands for every other or unknown one. */
const typeForm = 'type/';

/** Up to this many target types, `:missing` looks up each of them instead of a presence row of its own. */
const mostListedTargets = 16;

const literal = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/([A-Za-z0-9.-]{1,64}))?$/;
const literalAtEnd = /\/([A-Z][A-Za-z]+)\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[A-Za-z0-9.-]{1,64})?$/;
const bareId = /^[A-Za-z0-9.-]{1,64}$/;

/** What references are resolved against. */
export interface ReferenceContext {
  definitions: Definitions;
  /** base URLs of this server, without trailing slash: absolute references under them are local ones */
  baseUrls: readonly string[];
}

/** A reference text in the form it is indexed by. */
export interface ResolvedReference {
  /** `Patient/1` for local references, else the text as it is */
  value: string;
  /** resource type, where the text tells */
  type?: string;
  /** `Patient/1/_history/2`, when a version was named */
  versioned?: string;
}

/** Resolves a literal reference: relative, absolute under one of our bases, or foreign. */
export function resolveReference(
  text: string,
  { definitions, baseUrls }: ReferenceContext,
): ResolvedReference {
  const base = baseUrls.find((url) => text.startsWith(url) && text[url.length] === '/');
  const local = literal.exec(base === undefined ? text : text.slice(base.length + 1));
  if (local && definitions.resourceTypes.has(local[1]!)) {
    const [versioned, type, id, version] = local;
    return { value: `${type}/${id}`, type: type!, ...(version === undefined ? {} : { versioned }) };
  }
  const type = literalAtEnd.exec(text)?.[1];
  return { value: text, ...(type && definitions.resourceTypes.has(type) ? { type } : {}) };
}

/** Whether presence is answered by the rows per target type. */
function listsTargets(path: IndexPath): boolean {
  return path.targets !== undefined && path.targets.length <= mostListedTargets;
}

/** Emits the rows of one value at an index path: Reference, canonical or uri, or a resource (`Bundle.entry[0]`). */
export function referenceEmitter(
  path: IndexPath,
  context: ReferenceContext,
): (value: unknown, tokens: bigint[], resource?: unknown) => void {
  const { id, dataType, mandatory, targets } = path;
  const present = mandatory ? undefined : hash64(id, tokenForm.present, '');
  if (dataType !== 'Reference' && dataType !== 'Resource') {
    return (value, tokens) => {
      if (typeof value !== 'string') return;
      const { url, version } = resolveCanonical(value, context);
      tokens.push(hash64(id, form, url));
      if (version === undefined) tokens.push(hash64(id, form, `${url}|`));
      else {
        tokens.push(hash64(id, form, `${url}|${version}`));
        for (const above of versionsAbove(version)) tokens.push(hash64(id, belowForm, `${url}|${above}`));
      }
      if (present !== undefined) tokens.push(present);
    };
  }

  const typeRow = boundedCache(256, (type) => hash64(id, typeForm, type));
  const typeRowOf = (type: string | undefined): bigint =>
    typeRow(
      type !== undefined && (targets?.includes(type) ?? context.definitions.resourceTypes.has(type))
        ? type
        : '',
    );
  const presentRow = listsTargets(path) ? undefined : present;
  const rowsOf = boundedCache(1024, (text) => {
    const { value, type, versioned } = resolveReference(text, context);
    const rows = [hash64(id, form, value), typeRowOf(type)];
    if (versioned !== undefined) rows.push(hash64(id, form, versioned));
    return rows;
  });
  const emitIdentifier = tokenEmitter(identifierPath(path));

  return (value, tokens, resource) => {
    if (typeof value !== 'object' || value === null) return;
    if (presentRow !== undefined) tokens.push(presentRow);
    const fields = value as Record<string, unknown>;
    if (dataType === 'Resource') {
      if (typeof fields.resourceType === 'string' && typeof fields.id === 'string') {
        tokens.push(...rowsOf(`${fields.resourceType}/${fields.id}`));
      }
      return;
    }
    const { reference, identifier, type } = fields;
    if (typeof reference === 'string' && !reference.startsWith('#')) tokens.push(...rowsOf(reference));
    else {
      const own = typeof reference === 'string' ? containedType(resource, reference.slice(1)) : undefined;
      tokens.push(typeRowOf(own ?? (typeof type === 'string' ? type : undefined)));
      // To a contained resource: chains look for it.
      if (typeof reference === 'string') tokens.push(hash64(id, form, reference));
    }
    if (identifier !== undefined) emitIdentifier(identifier, tokens);
  };
}

/** The type of the resource that another contains under an id. */
function containedType(resource: unknown, id: string): string | undefined {
  const { contained } = (resource ?? {}) as { contained?: { id?: unknown; resourceType?: unknown }[] };
  const found = Array.isArray(contained) ? contained.find((part) => part?.id === id) : undefined;
  return typeof found?.resourceType === 'string' ? found.resourceType : undefined;
}

/** A canonical in its parts, relative to our base where it is under it. */
function resolveCanonical(text: string, context: ReferenceContext): { url: string; version?: string } {
  const { url, ...version } = splitCanonical(text);
  return { url: resolveReference(url, context).value, ...version };
}

/** `Reference.identifier` as a token path of its own, for `:identifier`. */
function identifierPath({ id }: IndexPath): IndexPath {
  return { id: `${id}.identifier`, kind: 'token', steps: [], dataType: 'Identifier', mandatory: true };
}

/** The resource types a path of a parameter can lead to. */
export function targetTypes(
  { targets }: Pick<SearchParameter, 'targets'>,
  { path, targetType }: ParameterPath,
  definitions: Definitions,
): string[] {
  if (targetType !== undefined) return [targetType];
  const named = targets?.length ? targets : undefined;
  const both = named && path.targets ? path.targets.filter((type) => named.includes(type)) : [];
  return [...(both.length > 0 ? both : (path.targets ?? named ?? definitions.resourceTypes))];
}

/**
 * The hashes that a reference search value matches: `id`, `Type/id`, an absolute or canonical url; `ofType` is the
 * modifier `:Type`.
 * @throws FhirError 400 for an empty value, an unknown type, or a type that contradicts the modifier
 */
export function matchReference(
  parameter: SearchParameter,
  text: string,
  context: ReferenceContext,
  ofType?: string,
): bigint[] {
  const written = unescapeValue(text);
  const { code } = parameter;
  if (written === '') throw refuse(400, 'value', `Search parameter '${code}' has an empty value.`);
  const asLiteral = literal.exec(written);
  if (asLiteral && !context.definitions.resourceTypes.has(asLiteral[1]!)) {
    throw refuse(400, 'value', `Search parameter '${code}': there is no resource type '${asLiteral[1]}'.`);
  }
  const resolved = resolveReference(written, context);
  if (ofType !== undefined && resolved.type !== undefined && resolved.type !== ofType) {
    throw refuse(400, 'value', `Search parameter '${code}:${ofType}' cannot be '${written}'.`);
  }
  return [
    ...new Set(
      parameter.paths.flatMap((path) => hashesAt(parameter, path, written, resolved, context, ofType)),
    ),
  ];
}

function hashesAt(
  parameter: SearchParameter,
  parameterPath: ParameterPath,
  written: string,
  resolved: ResolvedReference,
  context: ReferenceContext,
  ofType: string | undefined,
): bigint[] {
  const { path, targetType } = parameterPath;
  if (path.dataType !== 'Reference' && path.dataType !== 'Resource') {
    const { url, version } = resolveCanonical(written, context);
    return [hash64(path.id, form, version === undefined ? url : `${url}|${version}`)];
  }
  if (bareId.test(written) && resolved.type === undefined) {
    const types = targetTypes(parameter, parameterPath, context.definitions);
    const wanted = ofType === undefined ? types : types.filter((type) => type === ofType);
    return wanted.map((type) => hash64(path.id, form, `${type}/${written}`));
  }
  if (targetType !== undefined && resolved.type !== targetType) return [];
  if (ofType !== undefined && resolved.type !== ofType) return [];
  return [hash64(path.id, form, resolved.versioned ?? resolved.value)];
}

/**
 * The hashes of `:below` (versions that start with the one named: `url|1.2` finds `url|1.2.3`) and `:above` (versions
 * that it starts with) on canonicals.
 * @throws FhirError 400 when no canonical is searched or no version named
 */
export function matchCanonical(
  { code, paths }: SearchParameter,
  text: string,
  modifier: 'above' | 'below',
  context: ReferenceContext,
): bigint[] {
  const canonicals = paths.filter(
    ({ path }) => path.dataType !== 'Reference' && path.dataType !== 'Resource',
  );
  if (canonicals.length === 0) {
    throw refuse(
      400,
      'not-supported',
      `Search parameter '${code}:${modifier}': '${code}' refers to resources that are in no hierarchy known here; ` +
        'only canonical references can be searched so, by their version.',
    );
  }
  const { url, version } = resolveCanonical(unescapeValue(text), context);
  const above = version ? versionsAbove(version) : [];
  if (!version || above.length >= mostLevels) {
    throw refuse(
      400,
      'value',
      `Search parameter '${code}:${modifier}' takes url|version, the version in up to ${mostLevels} parts, not '${text}'.`,
    );
  }
  return canonicals.flatMap(({ path: { id } }) => [
    hash64(id, form, `${url}|${version}`),
    ...(modifier === 'below'
      ? [hash64(id, belowForm, `${url}|${version}`)]
      : above.map((prefix) => hash64(id, form, `${url}|${prefix}`))),
  ]);
}

/** The hashes of `:identifier`. */
export function matchReferenceIdentifier({ code, paths }: SearchParameter, text: string): bigint[] {
  const token = parseToken(`${code}:identifier`, text);
  const identifiers = paths
    .filter(({ path }) => path.dataType === 'Reference')
    .map(({ path }) => ({ path: identifierPath(path) }));
  return matchToken(code, identifiers, token).hashes;
}

/** Which resources have any value at these paths (`:missing=false`). */
export function referencePresence(paths: readonly ParameterPath[]): TokenMatch {
  const hashes: bigint[] = [];
  for (const { path, targetType } of paths) {
    if (targetType !== undefined) hashes.push(typePresence(path, targetType));
    else if (path.mandatory) return { hashes: [], always: true };
    else if (path.dataType === 'Reference' && listsTargets(path)) {
      hashes.push(...[...path.targets!, ''].map((type) => typePresence(path, type)));
    } else hashes.push(hash64(path.id, tokenForm.present, ''));
  }
  return { hashes: [...new Set(hashes)], always: false };
}

/** The row that says that a resource refers to some resource of a type here. */
export function typePresence(path: IndexPath, type: string): bigint {
  return hash64(path.id, typeForm, type);
}

/** The row that says that a resource refers to `Type/id` here. */
export function referenceHash(path: IndexPath, type: string, id: string): bigint {
  return hash64(path.id, form, `${type}/${id}`);
}

/** The rows that say that a resource refers to a canonical url here, in no version or in this one. */
export function canonicalHashes(path: IndexPath, url: string, version: string | null): bigint[] {
  const versions = version === null ? [''] : ['', version];
  return versions.map((text) => hash64(path.id, form, `${url}|${text}`));
}
