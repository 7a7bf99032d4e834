// Registers readings in bulk: rows → Observations → the one write path, 500 rows to a transaction. Each row stands for itself;
// what was registered before is recognised by its identifier, so that sending rows again changes nothing.
import { ensureDefinitions } from '../../currentDefinitions.ts';
import { FhirError } from '../../errors.ts';
import type { WriteRequest, WriteResult } from '../../fhir/planChange.ts';
import { writeAll } from '../../fhir/write.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { differences, observationOf, readingId, readingSystem } from './vitalObservation.ts';
import { readVital, type VitalReading } from './vitalReading.ts';
import type { Column, RowError, VitalRow } from './vitalRow.ts';
import { escaped, type Found, findNamed, subjectsOf } from './vitalSubjects.ts';

/** What became of a row. */
export interface RowResult {
  /** of the row */
  place: number;
  status: 'created' | 'known' | 'refused';
  /** of the Observation; absent where it was refused, or would be created */
  id?: string;
  errors?: RowError[];
}

export interface RegisterOptions {
  /** judge the rows as if they were stored, and store nothing */
  dryRun?: boolean;
}

const BATCH_ROWS = 500;

/** Registers rows as they come; a batch of results for each batch of rows, in their order. Memory is that of a batch. */
export async function* registerVitals(
  services: Services,
  rows: AsyncIterable<VitalRow> | Iterable<VitalRow>,
  { dryRun = false }: RegisterOptions = {},
): AsyncGenerator<RowResult[]> {
  const rehearsed = dryRun ? new Map<string, Resource>() : undefined;
  let batch: VitalRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    yield await registerBatch(services, batch, rehearsed);
    batch = [];
  }
  if (batch.length > 0) yield await registerBatch(services, batch, rehearsed);
}

/** A row that can be stored. */
interface Item {
  row: VitalRow;
  resource: Resource;
  /** of the reading: its identifier */
  key: string;
  isOwnId: boolean;
}

type Results = Map<VitalRow, RowResult>;

async function registerBatch(
  services: Services,
  rows: readonly VitalRow[],
  rehearsed: Map<string, Resource> | undefined,
): Promise<RowResult[]> {
  // Names and units of vital signs may have changed since.
  await ensureDefinitions(services);
  const results: Results = new Map();
  let waiting = await itemsOf(services, rows);
  while (waiting.length > 0) {
    // Rows with one identifier take turns: the first is written, the others are held against what it has become.
    const leaders = new Map<string, Item>();
    for (const item of waiting) if (!leaders.has(item.key)) leaders.set(item.key, item);
    const stored = await store(services, [...leaders.values()], rehearsed, results);
    waiting = waiting.filter((item) => {
      if (leaders.get(item.key) === item) return false;
      const there = stored.get(item.key);
      if (there) results.set(item.row, comparedWith(there, item));
      return !there;
    });
  }
  return rows.map((row) => results.get(row) ?? { place: row.place, status: 'refused', errors: row.errors });
}

/** The Observation that is under an identifier after a write; its id is not known of what was only rehearsed. */
interface Stored {
  id?: string;
  content: Resource;
}

/** Thrown to take back a transaction that was a rehearsal. */
class Rehearsed extends Error {}

/** Writes items with different identifiers, notes their results, and tells what is stored under each now. */
async function store(
  services: Services,
  items: readonly Item[],
  rehearsed: Map<string, Resource> | undefined,
  results: Results,
): Promise<Map<string, Stored>> {
  const stored = new Map<string, Stored>();
  const fresh: Item[] = [];
  for (const item of items) {
    const before = rehearsed?.get(item.key);
    if (!before) {
      fresh.push(item);
      continue;
    }
    stored.set(item.key, { content: before });
    results.set(item.row, comparedWith({ content: before }, item));
  }
  const written = await write(services, fresh, rehearsed !== undefined);
  fresh.forEach((item, i) => {
    const result = written[i]!;
    const { row, key, resource } = item;
    if (result instanceof FhirError) {
      results.set(row, { place: row.place, status: 'refused', errors: errorsOf(result) });
      return;
    }
    const there: Stored =
      result.change === 'created'
        ? { ...(!rehearsed && { id: result.id }), content: resource }
        : { id: result.id, content: parseJson(result.content!) as Resource };
    stored.set(key, there);
    if (result.change !== 'created') results.set(row, comparedWith(there, item));
    else {
      rehearsed?.set(key, resource);
      results.set(row, { place: row.place, status: 'created', ...(!rehearsed && { id: result.id }) });
    }
  });
  return stored;
}

async function write(
  services: Services,
  items: readonly Item[],
  dryRun: boolean,
): Promise<(WriteResult | FhirError)[]> {
  if (items.length === 0) return [];
  const requests = items.map(
    ({ resource, key }): WriteRequest => ({
      ...{ method: 'POST', type: 'Observation', resource },
      criteria: `identifier=${escaped(readingSystem)}|${escaped(key)}`,
    }),
  );
  if (!dryRun) return writeAll(services, requests, { atomic: false });
  let outcome: (WriteResult | FhirError)[] = [];
  try {
    await writeAll(services, requests, {
      atomic: false,
      beforeCommit: async (_db, results) => {
        outcome = [...results];
        throw new Rehearsed();
      },
    });
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error;
  }
  return outcome;
}

const errorsOf = ({ issues }: FhirError): RowError[] =>
  issues
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ diagnostics, expression }) => ({ detail: [diagnostics, ...(expression ?? [])].join(' @ ') }));

/** Known, if it says the same; or else refused: what was registered is changed by its id only, never by a gateway. */
function comparedWith({ id, content }: Stored, { row, resource, key, isOwnId }: Item): RowResult {
  const { place, names } = row;
  const different = differences(content, resource);
  if (different.length === 0) return { place, status: 'known', ...(id !== undefined && { id }) };
  const where = id === undefined ? 'a row before it' : `Observation/${id}`;
  const what = different.join(', ');
  const detail = isOwnId
    ? `"${key}" is known as ${where} with another ${what}. If that has to be corrected, update it with PUT ${
        id === undefined ? 'Observation/[id]' : where
      }; a new reading needs an id of its own.`
    : `The same reading is known as ${where} with another ${what}. Give readings an id that tells them apart.`;
  const column = isOwnId ? (names.id ?? 'id') : undefined;
  return { place, status: 'refused', errors: [{ ...(column !== undefined && { column }), detail }] };
}

/** Reads rows and looks up whom they are of; what is wrong is noted in the rows. */
async function itemsOf(services: Services, rows: readonly VitalRow[]): Promise<Item[]> {
  const { ruleset } = services.current;
  const readings = new Map<VitalRow, VitalReading | undefined>();
  for (const row of rows) readings.set(row, readVital(row, ruleset));
  const named = (column: Column) => rows.flatMap(({ cells }) => cells[column] ?? []);
  const patients = await findNamed(services, 'Patient', named('patient'));
  const encounters = await findNamed(services, 'Encounter', named('encounter'));
  const devices = await findNamed(
    services,
    'Device',
    named('device').filter((name) => name.startsWith('Device/')),
  );
  const subjects = await subjectsOf(services, references(encounters));
  return rows.flatMap((row) => {
    const { cells, errors, names } = row;
    const resolved = (column: Column, found: ReadonlyMap<string, Found>): string | undefined => {
      const result = found.get(cells[column] ?? '');
      if (result && 'reference' in result) return result.reference;
      if (result) errors.push({ column: names[column] ?? column, detail: result.problem });
      return undefined;
    };
    const patient = resolved('patient', patients);
    const encounter = resolved('encounter', encounters);
    const device = devices.has(cells.device ?? '') ? resolved('device', devices) : cells.device;
    const subject = encounter === undefined ? undefined : subjects.get(encounter);
    if (patient !== undefined && encounter !== undefined && subject !== patient) {
      const detail = `${encounter} is not an encounter of ${patient}.`;
      errors.push({ column: names.encounter ?? 'encounter', detail });
    }
    const reading = readings.get(row);
    if (!reading || patient === undefined || errors.length > 0) return [];
    const { id, note } = cells;
    const about = {
      patient,
      ...(id !== undefined && { id }),
      ...(device !== undefined && { device }),
      ...(note !== undefined && { note }),
      ...(encounter !== undefined && { encounter }),
    };
    const key = readingId(reading, about);
    return [{ row, resource: observationOf(reading, about), key, isOwnId: id !== undefined }];
  });
}

const references = (found: ReadonlyMap<string, Found>): string[] =>
  [...found.values()].flatMap((each) => ('reference' in each ? [each.reference] : []));
