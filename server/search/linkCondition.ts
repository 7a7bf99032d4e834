// Chains and `_has` as conditions on a row already chosen, for where so many resources are at the other end that
// walking is cheaper than listing them (fhir/settlePlan.ts decides). Chains read the references off the content.

import { condition } from './criterionCondition.ts';
import { jsonPath } from './jsonPath.ts';
import { keys } from './keys.ts';
import type { ChainLink, Unsettled } from './searchPlan.ts';
import { allOf, anyOf, type Statement } from './statement.ts';

type Has = Extract<Unsettled, { kind: 'has' }>;

/** JSON paths to the literal references at these paths. */
export function referenceJsonPaths(paths: ChainLink['paths']): string[] {
  return paths
    .filter(({ path }) => path.dataType === 'Reference')
    .map(({ path }) => `${jsonPath(path.steps)}."reference"`);
}

/** Selects the `id` in the text of a local reference, if it is one; versions are cut off. A regular expression took 240 µs. */
export function localId(text: string, prefixes: string[], statement: Statement): string {
  const rest = `substr(${text}, length(prefix) + 1)`;
  const among = `unnest(${statement.bind(prefixes)}::text[]) AS prefix WHERE starts_with(${text}, prefix)`;
  return `SELECT split_part(${rest}, '/', 1) AS id FROM ${among}`;
}

/** `id` of each local reference of a resource row `content` at the paths, as the rows of an alias. */
export function referredIds(
  content: string,
  { paths, prefixes }: Pick<ChainLink, 'paths' | 'prefixes'>,
  statement: Statement,
): { from: string; id: string } {
  const [path, text, parts] = [statement.alias(), statement.alias(), statement.alias()];
  const from =
    `unnest(${statement.bind(referenceJsonPaths(paths))}::jsonpath[]) AS ${path}(path) ` +
    `CROSS JOIN LATERAL jsonb_path_query(${content}, ${path}.path) AS ${text}(value) ` +
    `CROSS JOIN LATERAL (${localId(`${text}.value #>> '{}'`, prefixes, statement)}) AS ${parts}`;
  return { from, id: `${parts}.id` };
}

/** The resource behind `key` refers to one that meets the link's criteria. */
export function chainCondition(link: ChainLink, key: string, statement: Statement): string {
  const outside =
    statement.page || statement.walking ? followed(link, key, statement) : listed(link, key, statement);
  return anyOf([outside, ...containedChain(link, key, statement)]);
}

/** For where all matches are wanted: the hashes of all targets are made, rather than each reference read. */
function listed({ type, paths, criteria }: ChainLink, key: string, statement: Statement): string {
  const there = statement.with({ type, table: 'resource' });
  const [target, token, hash] = [statement.alias(), statement.alias(), statement.alias()];
  const hashes = localHashes({ paths }, `${statement.bind(`${type}/`)} || ${target}.id`, statement);
  return (
    `${key} IN (SELECT ${token}.key FROM (${keys(criteria, there)}) targets JOIN resource ${target} ON ` +
    `${target}.type = ${there.shared('type')} AND ${target}.key = targets.key ` +
    `CROSS JOIN LATERAL unnest(${hashes}) AS ${hash}(hash) JOIN search_token ${token} ON ${token}.hash = ${hash}.hash)`
  );
}

/** The references of the resource are read, and what they lead to is tried. */
function followed(link: ChainLink, key: string, statement: Statement): string {
  const there = statement.with({ type: link.type, table: 'resource', walking: true });
  const [here, target] = [statement.alias(), statement.alias()];
  const { from, id } = referredIds(`${here}.content`, link, statement);
  const conditions = [
    `${here}.type = ${statement.shared('type')} AND ${here}.key = ${key}`,
    ...link.criteria.map((criterion) => condition(criterion, `${target}.key`, there, target)),
  ];
  return (
    `EXISTS (SELECT 1 FROM resource ${here} CROSS JOIN LATERAL (SELECT 1 FROM ${from} JOIN resource ${target} ON ` +
    `${target}.type = ${there.shared('type')} AND ${target}.id = ${id} AND NOT ${target}.deleted ` +
    `WHERE ${allOf(conditions.slice(1))} LIMIT 1) found WHERE ${conditions[0]} OFFSET 0)`
  );
}

/** … or contains one that does, and refers to it. */
function containedChain(link: ChainLink, key: string, statement: Statement): string[] {
  if (link.contained.length === 0) return [];
  const inside = statement.with({ type: link.type, table: 'contained' });
  const [target, token] = [statement.alias(), statement.alias()];
  const conditions = [
    `${target}.container_key = ${key} AND ${target}.type = ${inside.shared('type')}`,
    `${token}.key = ${key} AND ${token}.hash = ANY(${localHashes(link, `'#' || ${target}.id`, statement)})`,
    ...link.contained.map((criterion) => condition(criterion, `${target}.key`, inside, target)),
  ];
  return [
    `EXISTS (SELECT 1 FROM contained ${target}, search_token ${token} WHERE ${allOf(conditions)} OFFSET 0)`,
  ];
}

/** The hashes, computed by Postgres, of references at the paths with the text that a SQL expression gives. */
export function localHashes({ paths }: Pick<ChainLink, 'paths'>, text: string, statement: Statement): string {
  const ids = [...new Set(paths.map(({ path }) => path.id))];
  return `ARRAY[${ids.map((id) => `search_hash(${statement.bind(id)}, 'reference', ${text})`).join(', ')}]`;
}

/** A resource that meets the criteria refers to the resource of a row. */
export function hasCondition(has: Has, row: string, statement: Statement): string {
  const there = statement.with({ type: has.type, table: 'resource', walking: true });
  const token = statement.alias();
  const reference = `${statement.bind(`${has.target}/`)} || ${row}.id`;
  const conditions = [
    `${token}.hash = ANY(${localHashes(has, reference, statement)})`,
    ...has.criteria.map((criterion) => condition(criterion, `${token}.key`, there)),
  ];
  return `EXISTS (SELECT 1 FROM search_token ${token} WHERE ${allOf(conditions)} OFFSET 0)`;
}
