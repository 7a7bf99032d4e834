// Exports a clinic's things as CSV, in the order they were created: batch by batch above the last key, so that memory is that of
// a batch however many there are.
import type { Services } from '../../services.ts';
import { lastKey, readForIndexing } from '../../store/indexedResources.ts';
import type { SearchTerms } from '../things/clinicResource.ts';
import { searchThings } from '../things/thing.ts';
import { type CsvTable, csvLine } from './csvTable.ts';

export interface ExportOptions {
  /** a last column with the ids of things whose rows have none */
  ids?: boolean;
}

const BATCH = 100;

/**
 * The lines of the CSV (RFC 4180: CRLF, quotes where needed), a batch at a time, the heading first. What is created while it is read is
 * left out; what is changed or deleted meanwhile is as it is when its batch is read.
 */
export async function* exportCsv(
  services: Services,
  { resource, columns }: CsvTable,
  { ids = false }: ExportOptions = {},
): AsyncGenerator<string> {
  const [type] = resource.types;
  const written = ids && !columns.includes('id') ? [...columns, 'id'] : columns;
  yield `${csvLine(written)}\r\n`;
  const upTo = await lastKey(services.db);
  for (let after = 0; ; ) {
    const batch = await readForIndexing(services.db, type, [after, upTo], BATCH, [type]);
    const last = batch.at(-1);
    if (!last) return;
    // Read as things, which leaves out what is none, and reads with each what it is made of.
    const terms: SearchTerms = [['_id', batch.map(({ id }) => id).join()]];
    const { things } = await searchThings(services, resource, { terms, count: BATCH });
    const byId = new Map(things.map((thing) => [thing.main.id, thing.json]));
    const lines = batch.flatMap(({ id }) => {
      const json = byId.get(id);
      return json ? [`${csvLine(written.map((column) => json[column]))}\r\n`] : [];
    });
    if (lines.length > 0) yield lines.join('');
    after = last.key;
  }
}
