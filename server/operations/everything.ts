// $everything of Patient and Encounter (patient-operation-everything.html): the compartment, then what it refers to,
// each resource once. Without _count it is streamed chunk by chunk; with _count it is paged by keyset.
import { type BundleLink, bundleStart, entryText } from '../fhir/bundleText.ts';
import { read } from '../fhir/read.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { StoredVersion } from '../store/resources.ts';
import { members, memberTypes } from './compartmentMembers.ts';
import {
  damagedCursor,
  type EverythingParameters,
  type Position,
  readParameters,
} from './everythingParameters.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { referencesIn } from './referencesIn.ts';
import { referredTo } from './referredTo.ts';

/** Resources fetched at a time: about 2 MB of Synthea data. */
const CHUNK = 1_000;

export const everything: Operation = {
  name: 'everything',
  definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything',
  levels: { type: ['Patient'], instance: ['Patient', 'Encounter'] },
  run,
};

/** One run: what is asked for, and where from. `focal` is absent on type level. */
export interface Scope extends EverythingParameters {
  services: Services;
  db: Database;
  request: OperationRequest;
  focal: StoredVersion | undefined;
}

/** A resource of the answer: a member of the compartment, or something that one refers to. */
interface Item {
  version: StoredVersion;
  mode: 'match' | 'include';
  at: Position;
}

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const parameters = readParameters(services, request);
  const { count, cursor } = parameters;
  const links: BundleLink[] = [{ relation: 'self', url: urlOf(request, []) }];
  // Everything that can be refused is refused before the first byte.
  if (cursor?.phase === 'member' && !memberTypes({ services, request }).includes(cursor.type)) {
    throw damagedCursor();
  }
  const focal = request.id === undefined ? undefined : await read(services, request.type, request.id, db);
  const scope: Scope = { services, db, request, focal, ...parameters };
  if (count !== undefined) {
    const page: Item[] = [];
    for await (const item of wantedItems(scope, count + 1)) {
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
  for await (const { version, mode } of wantedItems(scope, CHUNK)) {
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

/** What _type and _since leave of it all. Both say what to answer with, not where to look for it. */
async function* wantedItems(scope: Scope, atMost: number): AsyncGenerator<Item> {
  const { types, since } = scope;
  for await (const item of walk(scope, types || since ? CHUNK : atMost)) {
    const { type, lastUpdated } = item.version;
    if ((!types || types.has(type)) && !(since && lastUpdated < since)) yield item;
  }
}

/** Members first, then what they refer to, from the cursor on. Each chunk of members is one statement. */
async function* walk(scope: Scope, chunk: number): AsyncGenerator<Item> {
  const { cursor, focal, request } = scope;
  const references = new Set<string>();
  const seen = new Set<string>();
  const lookThrough = (version: StoredVersion) => {
    if (focal) seen.add(`${version.type}/${version.id}`);
    referencesIn(version.content!, request.base, references);
  };
  if (cursor?.phase !== 'referred') {
    for await (const version of members(scope, cursor, chunk)) {
      lookThrough(version);
      const key = version.key === focal?.key ? 0 : version.key;
      yield { version, mode: 'match', at: { phase: 'member', type: version.type, key } };
    }
  }
  // What is referred to is known only once all members have been looked through, those of earlier pages too.
  if (cursor) for await (const version of members(scope, undefined, CHUNK)) lookThrough(version);
  const after = cursor?.phase === 'referred' ? cursor.key : 0;
  for await (const version of referredTo(scope, references, seen, after, CHUNK)) {
    yield { version, mode: 'include', at: { phase: 'referred', type: '', key: version.key } };
  }
}
