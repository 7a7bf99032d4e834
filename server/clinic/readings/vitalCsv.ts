// CSV → rows of readings, as it is read: the heading line names the columns. Places of rows are lines as an editor counts them, also
// after quoted line breaks.
import { csvRecords, MalformedCsv } from '../csv/csvRecords.ts';
import { type Column, columnList, columnNamed, neededColumns, setCell, type VitalRow } from './vitalRow.ts';

/**
 * The rows of a CSV; lines without any content are none. A row that has not as many cells as the heading is given with
 * its error. Where the text cannot be divided into rows any further, or the heading cannot be used, the last row tells so.
 */
export async function* readVitalCsv(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<VitalRow> {
  let heading: Heading | undefined;
  try {
    for await (const { line, cells } of csvRecords(bytes)) {
      if (heading) yield rowOf(cells, heading, line);
      else heading = headingOf(cells, line);
    }
    if (!heading) throw new MalformedCsv(1, `There is no heading line. Columns are ${columnList}.`);
  } catch (error) {
    if (!(error instanceof MalformedCsv)) throw error;
    const { line, message } = error;
    yield {
      place: line,
      cells: {},
      names: {},
      errors: [{ detail: `${message} Nothing after this was read.` }],
    };
  }
}

interface Heading {
  columns: Column[];
  names: Partial<Record<Column, string>>;
}

/** @throws MalformedCsv for columns that are unknown, missing or there twice */
function headingOf(record: readonly string[], line: number): Heading {
  const names: Heading['names'] = {};
  const columns: Column[] = [];
  const problems: string[] = [];
  for (const name of record) {
    const column = columnNamed(name);
    if (!column) problems.push(name.trim() === '' ? 'a column has no name' : `"${name}" is no column`);
    else if (names[column] !== undefined)
      problems.push(`"${names[column]}" and "${name}" are the same column`);
    else names[column] = name;
    columns.push(column!);
  }
  const missing = neededColumns.filter((column) => names[column] === undefined);
  if (missing.length > 0) problems.push(`there is no column ${missing.join(', ')}`);
  if (problems.length === 0) return { columns, names };
  throw new MalformedCsv(
    line,
    `The heading cannot be used: ${problems.join('; ')}. Columns are ${columnList}.`,
  );
}

function rowOf(record: readonly string[], { columns, names }: Heading, place: number): VitalRow {
  const row: VitalRow = { place, cells: {}, names, errors: [] };
  if (record.length === columns.length) {
    for (const [i, column] of columns.entries()) setCell(row, column, record[i]!);
    return row;
  }
  row.errors.push({
    detail: `The row has ${record.length} cells, the heading ${columns.length}: is a cell with the delimiter not quoted?`,
  });
  return row;
}
