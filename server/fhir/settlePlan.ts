// Between parsing and SQL: criteria that only the store can resolve. Chains, `_has`, `_list`, `:text` and value sets that
// stand for few resources or codes become hashes or ids, which the index finds at once; chains and `_has` with many
// stay, and each candidate is then tried by itself.

import { parametersOf } from '../definitions/parametersOf.ts';
import type { ParameterPath } from '../definitions/searchParameter.ts';
import { refuse } from '../errors.ts';
import {
  containersQuery,
  listQuery,
  referrersQuery,
  targetsQuery,
  termsQuery,
} from '../search/linkQueries.ts';
import { canonicalHashes, referenceHash } from '../search/parameters/reference.ts';
import { matchToken } from '../search/parameters/token.ts';
import { matchUri } from '../search/parameters/uri.ts';
import { localPrefixes } from '../search/parseChain.ts';
import type { ChainLink, Criterion, SearchPlan, TypeSearch, Unsettled } from '../search/searchPlan.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { type Row, rowsOf } from '../store/searchResources.ts';
import { codesFor } from '../terminology/codesFor.ts';
import { terminologyNow } from './storedTerminology.ts';

type Kind<K extends Unsettled['kind']> = Extract<Unsettled, { kind: K }>;

/** Up to this many resources at the other end are listed. */
const FEW_TARGETS = 250;
const FEW_REFERRERS = 200;
/** Distinct texts of codes that `:text` may stand for. */
const MOST_TERMS = 10_000;

interface Settling {
  services: Services;
  db: Database;
  plan: SearchPlan;
  /** code systems only parts of which are held here */
  partial: Set<string>;
}

/**
 * The plan with every criterion ready for SQL.
 * @throws FhirError 400 for value sets and codes that are not known here, or where there is too much to settle
 */
export async function settlePlan(services: Services, db: Database, plan: SearchPlan): Promise<SearchPlan> {
  const settling: Settling = { services, db, plan, partial: new Set() };
  const searches: TypeSearch[] = [];
  for (const search of plan.searches) {
    searches.push({ ...search, criteria: await settleAll(settling, search, search.criteria) });
  }
  const ignored = [...settling.partial].map((system) => ({
    severity: 'warning' as const,
    code: 'incomplete' as const,
    diagnostics: `This server holds only a part of ${system}: codes of it may be missing from the search.`,
  }));
  return { ...plan, searches, ignored: [...plan.ignored, ...ignored] };
}

async function settleAll(
  settling: Settling,
  search: TypeSearch,
  criteria: Criterion[],
): Promise<Criterion[]> {
  const settled: Criterion[] = [];
  for (const criterion of criteria) settled.push(await settle(settling, search, criterion));
  return settled;
}

async function settle(settling: Settling, search: TypeSearch, criterion: Criterion): Promise<Criterion> {
  const settled = await resolve(settling, search, criterion);
  if (settled.kind !== 'token') return settled;
  const { tokens } = settling.services;
  const rows = settled.hashes.map((hash) => tokens.rowsOf(hash));
  if (rows.includes(undefined)) return settled;
  return { ...settled, rows: rows.reduce<number>((sum, count) => sum + count!, 0) };
}

async function resolve(settling: Settling, search: TypeSearch, criterion: Criterion): Promise<Criterion> {
  const all = (criteria: Criterion[]) => settleAll(settling, search, criteria);
  switch (criterion.kind) {
    case 'either':
      return { ...criterion, alternatives: await Promise.all(criterion.alternatives.map(all)) };
    case 'not':
      return { ...criterion, criteria: await all(criterion.criteria) };
    case 'chain':
      return settleChain(settling, search, criterion);
    case 'has':
      return settleHas(settling, criterion);
    case 'list':
      return settleList(settling, criterion);
    case 'codes':
      return settleCodes(settling, criterion);
    case 'term':
      return settleTerm(settling, criterion);
    default:
      return criterion;
  }
}

const nothing = (parameter: string): Criterion => ({ kind: 'constant', parameter, holds: false });

/** One criterion for several that are alternatives. */
function anyCriterion(parameter: string, criteria: Criterion[]): Criterion {
  const [only, ...others] = criteria;
  if (!only) return nothing(parameter);
  return others.length === 0
    ? only
    : { kind: 'either', parameter, alternatives: criteria.map((one) => [one]) };
}

interface Target {
  id: string;
  url: string | null;
  version: string | null;
}

async function settleChain(settling: Settling, search: TypeSearch, chain: Kind<'chain'>): Promise<Criterion> {
  const { parameter } = chain;
  const hashes: bigint[] = [];
  const containers: string[] = [];
  const open: ChainLink[] = [];
  for (const raw of chain.links) {
    const link = await settleLink(settling, raw);
    const isInside = link.contained.length > 0 && !search.contained;
    const [targets, inside] = await Promise.all([
      rows<Target>(settling, targetsQuery(link, FEW_TARGETS)),
      isInside ? rows<{ key: string }>(settling, containersQuery(link, search.type, FEW_TARGETS)) : [],
    ]);
    if (targets.length <= FEW_TARGETS && inside.length <= FEW_TARGETS) {
      hashes.push(...targets.flatMap((target) => hashesTo(link, target)));
      containers.push(...inside.map(({ key }) => key));
    } else if (search.contained || link.paths.some(({ path }) => path.dataType !== 'Reference')) {
      throw tooMany(parameter, link.type, FEW_TARGETS);
    } else open.push(link);
  }
  const found: Criterion[] = [];
  if (hashes.length > 0)
    found.push({ kind: 'token', parameter, hashes: [...new Set(hashes)], negated: false });
  if (containers.length > 0) found.push({ kind: 'keys', parameter, keys: [...new Set(containers)] });
  if (open.length > 0) found.push({ ...chain, links: open });
  return anyCriterion(parameter, found);
}

async function settleLink(settling: Settling, link: ChainLink): Promise<ChainLink> {
  const at = (contained: boolean): TypeSearch => ({
    type: link.type,
    criteria: [],
    sort: [],
    ...(contained ? { contained: 'contained' as const } : {}),
  });
  return {
    ...link,
    criteria: await settleAll(settling, at(false), link.criteria),
    contained: await settleAll(settling, at(true), link.contained),
  };
}

/** The hashes of references to a resource at a link's paths: by id, or by canonical url. */
function hashesTo({ paths, type }: ChainLink, { id, url, version }: Target): bigint[] {
  return paths.flatMap(({ path }) => {
    if (path.dataType === 'Reference' || path.dataType === 'Resource') return [referenceHash(path, type, id)];
    return [referenceHash(path, type, id), ...(url === null ? [] : canonicalHashes(path, url, version))];
  });
}

function tooMany(parameter: string, type: string, most: number): Error {
  return refuse(
    400,
    'too-costly',
    `Search parameter '${parameter}' leads to more than ${most} ${type} resources: make it more specific.`,
  );
}

async function settleHas(settling: Settling, has: Kind<'has'>): Promise<Criterion> {
  const { parameter, type, target, paths } = has;
  const inner: TypeSearch = { type, criteria: [], sort: [] };
  const settled = { ...has, criteria: await settleAll(settling, inner, has.criteria) };
  const [referrers] = await rows<{ n: number; ids: string[]; urls: string[] }>(
    settling,
    referrersQuery(settled, FEW_REFERRERS),
  );
  const { n, ids, urls } = referrers!;
  if (n > FEW_REFERRERS) {
    if (paths.some(({ path }) => path.dataType !== 'Reference'))
      throw tooMany(parameter, type, FEW_REFERRERS);
    return settled;
  }
  const relative = urls.flatMap((text) => {
    const prefix = has.prefixes.find((start) => text.startsWith(start));
    return prefix === undefined ? [] : [text.slice(prefix.length).split('|')[0]!];
  });
  const found = [...ids, ...relative];
  const named = urls.map((text) => canonicalCriteria(settling, target, parameter, text));
  const alternatives: Criterion[][] =
    found.length > 0 ? [[{ kind: 'id', parameter, ids: found }], ...named] : named;
  return alternatives.length === 0 ? nothing(parameter) : { kind: 'either', parameter, alternatives };
}

/** A resource that a canonical names: by its url, and its version if there is one. */
function canonicalCriteria(
  { services }: Settling,
  type: string,
  parameter: string,
  canonical: string,
): Criterion[] {
  const [url = '', version] = canonical.split('|');
  const parameters = parametersOf(services.definitions, type);
  const [urls, versions] = [parameters.get('url')?.paths, parameters.get('version')?.paths];
  if (!urls || (version !== undefined && !versions)) return [nothing(parameter)];
  const escaped = url.replace(/[\\,$|]/g, '\\$&');
  const token = (hashes: bigint[]): Criterion => ({ kind: 'token', parameter, hashes, negated: false });
  return [
    token(matchUri('url', urls, escaped)),
    ...(version === undefined ? [] : [token(matchToken('version', versions!, { code: version }).hashes)]),
  ];
}

async function settleList(settling: Settling, list: Kind<'list'>): Promise<Criterion> {
  const local = localPrefixes(settling.services.baseUrls, list.type);
  const items = await rows<{ id: string }>(settling, listQuery(list, local));
  return { kind: 'id', parameter: list.parameter, ids: items.map(({ id }) => id) };
}

async function settleCodes(settling: Settling, codes: Kind<'codes'>): Promise<Criterion> {
  const { parameter, paths, modifier, values } = codes;
  const { services, db, partial } = settling;
  const terminology = await terminologyNow(services, db);
  const hashes: bigint[] = [];
  let always = false;
  for (const value of values) {
    const found = await codesFor(terminology, { modifier, value });
    for (const token of [...found.codes, ...found.systems.map((system) => ({ system }))]) {
      const match = matchToken(parameter, paths as ParameterPath[], token);
      hashes.push(...match.hashes);
      always ||= match.always;
    }
    for (const system of found.partial) partial.add(system);
  }
  const negated = modifier === 'not-in';
  if (always || hashes.length === 0) return { kind: 'constant', parameter, holds: always !== negated };
  return { kind: 'token', parameter, hashes: [...new Set(hashes)], negated };
}

async function settleTerm(settling: Settling, { parameter, paths, test }: Kind<'term'>): Promise<Criterion> {
  const terms = await rows<{ hash: string }>(settling, termsQuery(paths, test, MOST_TERMS));
  if (terms.length > MOST_TERMS) {
    throw refuse(
      400,
      'too-costly',
      `Search parameter '${parameter}' fits more than ${MOST_TERMS} different texts: use more words.`,
    );
  }
  if (terms.length === 0) return nothing(parameter);
  return { kind: 'token', parameter, hashes: terms.map(({ hash }) => BigInt(hash)), negated: false };
}

const rows = <T extends Row>({ db }: Settling, query: Parameters<typeof rowsOf>[1]): Promise<T[]> =>
  rowsOf<T>(db, query);
