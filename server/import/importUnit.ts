// One unit of an import, through the same write path as HTTP, together with its note in the journal.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { FhirError, refuse } from '../errors.ts';
import { entriesOf, readEntry } from '../fhir/bundleEntries.ts';
import type { WriteRequest, WriteResult } from '../fhir/planChange.ts';
import { atEntry } from '../fhir/prepareWrites.ts';
import { checkId } from '../fhir/resourceId.ts';
import { writeAll } from '../fhir/write.ts';
import type { ValidationLevel } from '../fhir/writeGate.ts';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import { AlreadyImported, journaled, writeJournal } from '../store/importJournal.ts';
import { isGzipError, NEWLINE, type Unit } from './readUnits.ts';

export interface UnitOptions {
  createPlaceholders: boolean;
  /** load again what the journal says was loaded */
  force: boolean;
  /** how much is asked of the resources */
  validate: ValidationLevel;
}

/** A refused entry; `entry` is its index in the bundle or its line in the file, absent when a whole file is refused. */
export interface Reject {
  file: string;
  entry?: number;
  reason: string;
  /** how many entries fell with it */
  entries: number;
}

export interface UnitReport {
  /** per resource type: created, updated, unchanged, refused */
  counts: Record<string, [created: number, updated: number, unchanged: number, refused: number]>;
  rejects: Reject[];
  bytes: number;
}

/** What a unit asks for. Entries of an atomic unit stand or fall together. */
interface Work {
  atomic: boolean;
  isBundle: boolean;
  entries: { index: number; request: WriteRequest }[];
  refused: { index: number; type: string; error: FhirError }[];
}

const unzip = promisify(gunzip);
const COLUMN = { created: 0, updated: 1, deleted: 1, unchanged: 2, matched: 2, absent: 2 };

/** Stores one unit. Refusals are reported, everything else (no database, no file) is thrown. */
export async function importUnit(services: Services, unit: Unit, options: UnitOptions): Promise<UnitReport> {
  const report: UnitReport = { counts: {}, rejects: [], bytes: unit.share };
  const add = (type: string, column: number, by = 1) => {
    report.counts[type] ??= [0, 0, 0, 0];
    report.counts[type]![column]! += by;
  };
  const reject = (error: FhirError, types: string[], entry?: number) => {
    const reason = error.issues
      .map(({ diagnostics, expression }) => [diagnostics, ...(expression ?? [])].join(' @ '))
      .join('; ');
    const where = { file: unit.path, ...(entry === undefined ? {} : { entry }) };
    report.rejects.push({ ...where, reason, entries: types.length });
    for (const type of types) add(type, 3);
  };
  let work: Work;
  let digest: Buffer;
  try {
    const bytes = await bytesOf(unit);
    digest = createHash('sha256').update(bytes).digest();
    work =
      unit.kind === 'lines'
        ? linesWork(bytes, unit.firstLine)
        : bundleWork(services, parseJson(decodeUtf8(bytes)));
  } catch (error) {
    if (!(error instanceof FhirError)) throw error;
    reject(error, [unit.kind === 'lines' ? 'unknown' : 'Bundle']);
    return report;
  }
  for (const { index, type, error } of work.refused) reject(error, [type], index);
  const keys = work.entries.map(({ index, request }) => entryKey(digest, index, request));
  const known = options.force
    ? new Set<string>()
    : await journaled(services.db, [digest, ...keys.filter(isKey)]);
  const whole = known.has(digest.toString('hex'));
  const todo = work.entries.filter((_, i) => !whole && !known.has(keys[i]?.toString('hex') ?? ''));
  const done = new Set(todo);
  for (const entry of work.entries) if (!done.has(entry)) add(entry.request.type, 2);
  if (todo.length === 0) return report;
  try {
    const results = await store(services, work, todo, digest, options);
    results.forEach((result, i) => {
      const { request, index } = todo[i]!;
      if (result instanceof FhirError) reject(result, [request.type], index);
      else add(request.type, COLUMN[result.change]);
    });
  } catch (error) {
    if (error instanceof AlreadyImported) for (const { request } of todo) add(request.type, 2);
    else if (error instanceof FhirError) {
      const types = todo.map(({ request }) => request.type);
      reject(error, types);
    } else throw error;
  }
  return report;
}

function store(
  services: Services,
  work: Work,
  todo: Work['entries'],
  digest: Buffer,
  { createPlaceholders, force, validate }: UnitOptions,
): Promise<(WriteResult | FhirError)[]> {
  return writeAll(
    services,
    todo.map(({ request }) => request),
    {
      atomic: work.atomic,
      ...(work.isBundle ? { entryIndex: todo.map(({ index }) => index) } : {}),
      placeholders: createPlaceholders,
      level: validate,
      beforeCommit: (db, results) => {
        const complete = work.refused.length === 0 && !results.some((result) => result instanceof FhirError);
        // Of a unit that was stored in part, what would be created anew next time is noted entry by entry.
        const stored = todo.filter((_, i) => !(results[i] instanceof FhirError));
        const partial = stored.map(({ index, request }) => entryKey(digest, index, request)).filter(isKey);
        return writeJournal(db, complete ? [digest] : partial, stored.length, force);
      },
    },
  );
}

/** Journal key of an entry that is not idempotent by itself: an unconditional create. */
function entryKey(digest: Buffer, index: number, { method, criteria }: WriteRequest): Buffer | undefined {
  if (method !== 'POST' || criteria !== undefined) return undefined;
  return createHash('sha256').update(digest).update(String(index)).digest();
}
const isKey = (key: Buffer | undefined): key is Buffer => key !== undefined;

/** What a unit holds, unzipped. @throws FhirError 400 for what is not whole gzip */
export async function bytesOf(unit: Unit): Promise<Uint8Array> {
  if (unit.kind === 'lines') return unit.bytes;
  if (unit.kind === 'unreadable') throw unreadable(unit.reason);
  const raw = await readFile(unit.path);
  if (!unit.gzip) return raw;
  try {
    return await unzip(raw);
  } catch (error) {
    if (isGzipError(error)) throw unreadable((error as Error).message);
    throw error;
  }
}

const unreadable = (reason: string) =>
  refuse(400, 'structure', `The file is not whole gzip data: ${reason}.`);

/** Types of bundle whose entries are resources to store under their own ids. */
const CONTAINERS = new Set(['collection', 'searchset', 'history']);

function bundleWork(services: Services, tree: unknown): Work {
  const resource = tree as Resource;
  const type = resource?.resourceType === 'Bundle' ? String(resource.type) : undefined;
  const work: Work = { atomic: type !== 'batch', isBundle: true, entries: [], refused: [] };
  if (type !== 'batch' && type !== 'transaction' && !CONTAINERS.has(type ?? '')) {
    // A single resource; a document or message is one too, stored as the Bundle it is.
    work.entries.push({ index: 0, request: byId(resource) });
    return work;
  }
  entriesOf(services, resource).forEach((entry, index) => {
    try {
      if (!CONTAINERS.has(type ?? '')) {
        const parsed = readEntry(services, entry, '');
        // Reads ask for nothing that an import could store.
        if ('write' in parsed) work.entries.push({ index, request: parsed.write });
        return;
      }
      const { fullUrl, resource: contained } = (entry ?? {}) as { fullUrl?: string; resource?: Resource };
      const request = byId(contained as Resource);
      work.entries.push({ index, request: fullUrl === undefined ? request : { ...request, fullUrl } });
    } catch (error) {
      const located = atEntry(error, index);
      if (work.atomic || !(located instanceof FhirError)) throw located;
      const named = (entry as { resource?: Resource } | null)?.resource?.resourceType ?? 'unknown';
      work.refused.push({ index, type: named, error: located });
    }
  });
  return work;
}

function linesWork(bytes: Uint8Array, firstLine: number): Work {
  const work: Work = { atomic: false, isBundle: false, entries: [], refused: [] };
  for (let start = 0, index = firstLine; start < bytes.length; index++) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    try {
      const line = decodeUtf8(bytes.subarray(start, end));
      if (line.trim() !== '') work.entries.push({ index, request: byId(parseJson(line) as Resource) });
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      work.refused.push({ index, type: 'unknown', error });
    }
    start = end + 1;
  }
  return work;
}

/** A resource is stored under its own id, or under a new one when it has none. */
function byId(resource: Resource): WriteRequest {
  const type = resource?.resourceType;
  if (typeof type !== 'string') throw refuse(400, 'required', 'There is no resourceType.', 'resourceType');
  return resource.id === undefined
    ? { method: 'POST', type, resource }
    : { method: 'PUT', type, id: checkId(String(resource.id), `${type}.id`), resource };
}
