// $everything of Patient and Encounter (patient-operation-everything.html): the compartment, then what it refers to,
// each resource once. Without _count it is streamed chunk by chunk; with _count it is paged by keyset.
import { careDatePaths } from '../search/careDatePaths.ts';
import { compartmentPresence, referenceTargetsOf } from '../search/compartmentHashes.ts';
import { refuse } from '../errors.ts';
import { bundleStart, type BundleLink, entryText } from '../fhir/bundleText.ts';
import { rangeParameter } from '../fhir/rangeParameter.ts';
import { read } from '../fhir/read.ts';
import type { Services } from '../services.ts';
import { type MemberFilter, readAnyMembers, readMembers, readOutsiders } from '../store/compartment.ts';
import type { Database } from '../store/database.ts';
import type { Identity, StoredVersion } from '../store/resources.ts';
import type { Operation, OperationRequest } from './operation.ts';
import { referencesIn } from './referencesIn.ts';

/** Resources fetched at a time: about 2 MB of Synthea data. */
const CHUNK = 1_000;

export const everything: Operation = {
  name: 'everything',
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
  levels: { type: ['Patient'], instance: ['Patient', 'Encounter'] },
  run,
};

/** Where a page starts: among the members (type by type at type level) or among what they refer to. */
interface Position {
  phase: 'member' | 'referred';
  type: string;
  key: number;
}

interface Scope {
  services: Services;
  db: Database;
  request: OperationRequest;
  filter: Omit<MemberFilter, 'hashes'>;
  types: Set<string> | undefined;
}

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const { count, cursor, ...rest } = readParameters(services, request);
  const scope: Scope = { services, db, request, ...rest };
  const links: BundleLink[] = [{ relation: 'self', url: urlOf(request, []) }];
  // Everything that can be refused is refused before the first byte.
  const focal = request.id === undefined ? undefined : await read(services, request.type, request.id, db);
  if (count !== undefined) {
    const page: { version: StoredVersion; mode: 'match' | 'include'; at: Position }[] = [];
    for await (const item of walk(scope, focal, cursor, count + 1)) {
      if (page.push(item) > count) break;
    }
    if (page.length > count) {
      const { phase, type, key } = page[count - 1]!.at;
      links.push({ relation: 'next', url: urlOf(request, [['_cursor', `${phase[0]}.${type}.${key}`]]) });
      page.pop();
    }
    const entries = page.map(({ version, mode }) => entry(request.base, version, mode));
    yield `${bundleStart({ type: 'searchset', links })}${entries.length > 0 ? `,"entry":[${entries.join(',')}]` : ''}}`;
    return;
  }
  yield bundleStart({ type: 'searchset', links });
  let total = 0;
  let text = '';
  let first = true;
  for await (const { version, mode } of walk(scope, focal, cursor, CHUNK)) {
    if (mode === 'match') total++;
    text += `${first ? ',"entry":[' : ','}${entry(request.base, version, mode)}`;
    first = false;
    if (text.length > 512 * 1024) {
      yield text;
      text = '';
    }
  }
  yield `${text}${first ? '' : ']'},"total":${total}}`;
}

function entry(base: string, { type, id, content }: StoredVersion, mode: 'match' | 'include'): string {
  return entryText({ fullUrl: `${base}/${type}/${id}`, resource: content!, search: { mode } });
}

function urlOf({ base, type, id, query }: OperationRequest, more: [string, string][]): string {
  const applied = [...query.filter(([name]) => name !== '_cursor'), ...more];
  const path = [base, type, id, '$everything'].filter((part) => part !== undefined).join('/');
  return applied.length > 0 ? `${path}?${new URLSearchParams(applied)}` : path;
}

/** Members first, then what they refer to, from the cursor on. Each chunk is one statement. */
async function* walk(
  scope: Scope,
  focal: StoredVersion | undefined,
  cursor: Position | undefined,
  chunk: number,
): AsyncGenerator<{ version: StoredVersion; mode: 'match' | 'include'; at: Position }> {
  const references = new Set<string>();
  const emitted = new Set<string>();
  // What is referred to is known only once all members have been looked through, on whatever page one is.
  const from = cursor?.phase === 'referred' ? undefined : cursor;
  for await (const version of members(scope, focal, from, chunk)) {
    emitted.add(`${version.type}/${version.id}`);
    referencesIn(version.content!, scope.request.base, references);
    const at: Position = { phase: 'member', type: version.type, key: version === focal ? 0 : version.key };
    if (cursor?.phase !== 'referred') yield { version, mode: 'match', at };
  }
  if (cursor?.phase === 'member') {
    // Earlier pages had members too; their references count as well.
    for await (const version of members(scope, focal, undefined, CHUNK)) {
      emitted.add(`${version.type}/${version.id}`);
      referencesIn(version.content!, scope.request.base, references);
    }
  }
  for await (const version of referred(scope, references, emitted)) {
    if (cursor?.phase === 'referred' && version.key <= cursor.key) continue;
    yield { version, mode: 'include', at: { phase: 'referred', type: '', key: version.key } };
  }
}

/** The focal resource, then the rest of its compartment by key; on type level, type by type. */
async function* members(
  scope: Scope,
  focal: StoredVersion | undefined,
  after: Position | undefined,
  chunk: number,
): AsyncGenerator<StoredVersion> {
  const { services, db, request, filter, types } = scope;
  if (!focal) return yield* anyMembers(scope, after, chunk);
  if (!after && (!types || types.has(focal.type)) && !(filter.since && focal.lastUpdated < filter.since)) yield focal;
  const hashes = referenceTargetsOf(services.definitions, request.type, focal.id).filter(
    ({ type }) => !types || types.has(type),
  );
  for (let key = after?.key ?? 0; ; ) {
    const found = await readMembers(db, { ...filter, hashes }, key, chunk);
    for (const version of found) if (version.key !== focal.key) yield version;
    if (found.length < chunk) return;
    key = found.at(-1)!.key;
  }
}

async function* anyMembers(
  { services, db, request, filter, types }: Scope,
  after: Position | undefined,
  chunk: number,
): AsyncGenerator<StoredVersion> {
  const byType = Map.groupBy(compartmentPresence(services.definitions, request.type), ({ type }) => type);
  const order = [request.type, ...[...byType.keys()].filter((type) => type !== request.type).sort()];
  const start = after ? order.indexOf(after.type) : 0;
  for (const type of order.slice(start)) {
    if (types && !types.has(type)) continue;
    const hashes = type === request.type ? [] : byType.get(type)!;
    for (let key = after && type === after.type ? after.key : 0; ; ) {
      const found = await readAnyMembers(db, type, { ...filter, hashes }, key, chunk);
      yield* found;
      if (found.length < chunk) break;
      key = found.at(-1)!.key;
    }
  }
}

/**
 * What the members refer to and what that refers to in turn, as long as it belongs to no patient (organizations,
 * practitioners, locations, medications …), by key. Members that the filters left out stay out.
 */
async function* referred(
  { services, db, request, types }: Scope,
  references: Set<string>,
  emitted: Set<string>,
): AsyncGenerator<StoredVersion> {
  const presence = compartmentPresence(services.definitions, request.type);
  const memberTypes = new Set(presence.map(({ type }) => type));
  const membership =
    request.id === undefined ? presence : referenceTargetsOf(services.definitions, request.type, request.id);
  const memberHashes = membership.map(({ hash }) => hash);
  const focal = request.id === undefined ? undefined : `${request.type}/${request.id}`;
  const seen = new Set(emitted);
  const found: { type: string; id: string; key: number }[] = [];
  let wave = [...references].filter((name) => !seen.has(name) && name !== focal);
  while (wave.length > 0) {
    const next = new Set<string>();
    for (const name of wave) seen.add(name);
    for (let start = 0; start < wave.length; start += CHUNK) {
      const identities = wave.slice(start, start + CHUNK).map(identityOf);
      for (const { type, id, key, content } of await readOutsiders(db, identities, memberHashes)) {
        if (request.id === undefined && type === request.type) continue;
        if (!types || types.has(type)) found.push({ type, id, key });
        if (!memberTypes.has(type)) referencesIn(content!, request.base, next);
      }
    }
    wave = [...next].filter((name) => !seen.has(name) && name !== focal);
  }
  found.sort((a, b) => a.key - b.key);
  for (let start = 0; start < found.length; start += CHUNK) {
    yield* await readOutsiders(db, found.slice(start, start + CHUNK), []);
  }
}

function identityOf(name: string): Identity {
  const at = name.indexOf('/');
  return { type: name.slice(0, at), id: name.slice(at + 1) };
}

function readParameters(services: Services, { query }: OperationRequest) {
  let count: number | undefined;
  let since: Date | undefined;
  let cursor: Position | undefined;
  let low = -Infinity;
  let high = Infinity;
  const types = new Set<string>();
  for (const [name, value] of query) {
    if (name === '_count') count = pageSize(value, services.config.maxPageSize);
    else if (name === '_since') since = new Date(rangeParameter(name, value).low);
    else if (name === 'start') low = rangeParameter(name, value).low;
    else if (name === 'end') high = rangeParameter(name, value).high;
    else if (name === '_type') for (const wanted of value.split(',')) types.add(knownType(services, wanted.trim()));
    else if (name === '_cursor') cursor = readCursor(value);
    else if (name !== '_format' && name !== '_pretty') {
      throw refuse(
        400,
        'not-supported',
        `$everything has no parameter "${name}": use start, end, _since, _type or _count.`,
      );
    }
  }
  const dated = low !== -Infinity || high !== Infinity;
  return {
    count,
    cursor,
    types: types.size > 0 ? types : undefined,
    filter: {
      ...(since ? { since } : {}),
      ...(dated ? { care: { paths: carePaths(services), low, high } } : {}),
    },
  };
}

function pageSize(value: string, most: number): number {
  const count = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (count < 1) throw refuse(400, 'value', `_count must be a whole number above 0, not "${value}".`);
  return Math.min(count, most);
}

function knownType(services: Services, type: string): string {
  if (services.definitions.resourceTypes.has(type)) return type;
  throw refuse(400, 'value', `_type: "${type}" is no resource type.`);
}

function readCursor(value: string): Position {
  const match = /^([mr])\.([A-Za-z]*)\.(\d{1,16})$/.exec(value);
  if (!match) throw refuse(400, 'value', 'The paging link is damaged: take it from the Bundle as it is.');
  return { phase: match[1] === 'm' ? 'member' : 'referred', type: match[2]!, key: Number(match[3]) };
}

/** Care dates of every type; their paths name the type, so that one list serves all. */
function carePaths({ definitions }: Services): bigint[] {
  return [...definitions.resourceTypes].flatMap((type) => careDatePaths(definitions, type));
}
