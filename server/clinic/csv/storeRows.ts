// Stores a batch of rows: what is known under their ids is read at once, what they belong to too, and what differs is written in
// one transaction. A batch that is refused is divided until the row is found that is to blame.
import type { PoolClient } from 'pg';
import { FhirError } from '../../errors.ts';
import type { WriteRequest, WriteResult } from '../../fhir/planChange.ts';
import { writeAll } from '../../fhir/write.ts';
import type { Resource, Services } from '../../services.ts';
import type { Database } from '../../store/database.ts';
import type { Json } from '../things/clinicResource.ts';
import { findThings, type Thing } from '../things/thing.ts';
import type { CsvFault, CsvRow, CsvTable } from './csvTable.ts';

/** What became of a row. */
export interface StoredRow {
  change: 'created' | 'updated' | 'unchanged' | 'refused';
  faults: CsvFault[];
}

export interface StoreOptions {
  dryRun: boolean;
  /** the transaction that all batches are written in; who opened it ends it */
  within?: PoolClient;
}

/** A row that is to be written. */
interface Item {
  row: CsvRow;
  writes: WriteRequest[];
}

type Results = Map<CsvRow, StoredRow>;

/** Stores rows with different ids; what became of each, in their order. */
export async function storeRows(
  services: Services,
  table: CsvTable,
  rows: readonly CsvRow[],
  options: StoreOptions,
): Promise<StoredRow[]> {
  const results: Results = new Map();
  // Faults of a row need not be any in view of what is stored: what EHRs wrote need not be as a clinic's rows.
  const told = rows.filter(({ faults, cells }) => faults.length === 0 || typeof cells.id === 'string');
  await storeSome(services, table, told, options, results);
  return rows.map((row) => results.get(row) ?? { change: 'refused', faults: row.faults });
}

async function storeSome(
  services: Services,
  table: CsvTable,
  rows: readonly CsvRow[],
  options: StoreOptions,
  results: Results,
): Promise<void> {
  if (rows.length === 0) return;
  try {
    const items = await itemsOf(services, table, rows, options.within ?? services.db, results);
    const written = await write(services, items, options);
    for (const [i, { row }] of items.entries()) results.set(row, { change: written[i]!, faults: [] });
  } catch (error) {
    if (!(error instanceof FhirError) || error.status >= 500) throw error;
    const [row] = rows;
    if (rows.length === 1) {
      results.set(row!, { change: 'refused', faults: faultsOfError(row!, error) });
      return;
    }
    const half = Math.ceil(rows.length / 2);
    await storeSome(services, table, rows.slice(0, half), options, results);
    await storeSome(services, table, rows.slice(half), options, results);
  }
}

/** The rows that differ from what is stored; what became of the others is noted. */
async function itemsOf(
  services: Services,
  { resource, withWithdrawn, columns, belongsTo }: CsvTable,
  rows: readonly CsvRow[],
  db: Database,
  results: Results,
): Promise<Item[]> {
  const idsIn = (column: string) => rows.map(({ cells }) => String(cells[column]));
  const known = await findThings(services, withWithdrawn ?? resource, idsIn('id'), db);
  const owners = belongsTo && (await findThings(services, belongsTo.resource, idsIn(belongsTo.column), db));
  const refused = (row: CsvRow, fault: Omit<CsvFault, 'line'>): Item[] => {
    results.set(row, { change: 'refused', faults: [{ line: row.line, ...fault }] });
    return [];
  };
  return rows.flatMap((row): Item[] => {
    const { cells, faults } = row;
    const id = String(cells.id);
    const thing = known.get(id);
    if (thing && isWithdrawn(thing)) {
      const detail = `The ${resource.title} "${id}" was withdrawn as entered in error: give the row another id.`;
      return refused(row, { column: 'id', code: 'deleted', detail });
    }
    const input = { ...saidElsewhere(thing, row), ...cells, ...asStored(thing, row) };
    if (thing && columns.every((column) => isSame(thing.json[column], input[column]))) {
      results.set(row, { change: 'unchanged', faults: [] });
      return [];
    }
    // What is told so already may stay, though a client could not send it.
    const wrong = faults.filter(
      ({ column }) => !thing || column === undefined || !isSame(thing.json[column], cells[column]),
    );
    if (wrong.length > 0) {
      results.set(row, { change: 'refused', faults: wrong });
      return [];
    }
    const owner = belongsTo && owners!.get(String(cells[belongsTo.column]));
    if (belongsTo && !owner) {
      const detail = `There is no ${belongsTo.resource.title} with the id "${cells[belongsTo.column]}".`;
      return refused(row, { column: belongsTo.column, code: 'not-found', detail });
    }
    const writes = resource.toFhir(input, id, thing ? [thing.main, ...thing.parts] : []);
    for (const { resource: written } of writes) if (owner && written) pointAt(written, owner.main);
    return [{ row, writes }];
  });
}

/** What is known of a thing and has no column in the file. */
const saidElsewhere = (thing: Thing | undefined, { columns }: CsvRow): Json =>
  Object.fromEntries(Object.entries(thing?.json ?? {}).filter(([name]) => !columns.includes(name)));

/** Cells that say what is stored, as it is stored: white space at its ends is nothing that a cell could say. */
const asStored = (thing: Thing | undefined, { cells }: CsvRow): Json =>
  Object.fromEntries(
    Object.entries(thing?.json ?? {}).filter(
      ([name, value]) => name !== 'id' && Object.hasOwn(cells, name) && isSame(value, cells[name]),
    ),
  );

const isSame = (stored: unknown, said: unknown): boolean =>
  String(stored ?? '').trim() === String(said ?? '').trim();

const isWithdrawn = ({ main }: Thing): boolean => main.status === 'entered-in-error';

/** The subject is known by now, and need not be looked for again. */
function pointAt(resource: Resource, { resourceType, id }: Resource): void {
  const subject = resource.subject as { reference?: string } | undefined;
  if (subject) resource.subject = { ...subject, reference: `${resourceType}/${id}` };
}

/** Thrown to take back a transaction that was a rehearsal. */
class Rehearsed extends Error {}

/** Writes the items in one transaction; what became of each. */
async function write(
  services: Services,
  items: readonly Item[],
  { dryRun, within }: StoreOptions,
): Promise<StoredRow['change'][]> {
  const requests = items.flatMap(({ writes }) => writes);
  if (requests.length === 0) return [];
  let results: (WriteResult | FhirError)[] = [];
  try {
    results = await writeAll(services, requests, {
      atomic: true,
      ...(within && { within }),
      ...(dryRun &&
        !within && {
          beforeCommit: async (_db: Database, planned: (WriteResult | FhirError)[]) => {
            results = [...planned];
            throw new Rehearsed();
          },
        }),
    });
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error;
  }
  let at = 0;
  return items.map(({ writes }) => {
    const own = (results as WriteResult[]).slice(at, at + writes.length);
    at += writes.length;
    return changeOf(own);
  });
}

/** What became of a thing: of its main resource, the first, or of another of its resources. */
function changeOf([main, ...others]: readonly WriteResult[]): StoredRow['change'] {
  if (main!.change === 'created') return 'created';
  // Somebody else may have stored the same meanwhile.
  return [main!, ...others].every(({ change }) => change === 'unchanged') ? 'unchanged' : 'updated';
}

const faultsOfError = ({ line }: CsvRow, { issues }: FhirError): CsvFault[] =>
  issues
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ code, diagnostics, expression }) => ({
      line,
      code,
      detail: [diagnostics, ...(expression ?? [])].join(' @ '),
    }));
