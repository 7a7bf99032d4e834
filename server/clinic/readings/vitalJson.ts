// JSON → rows: a list of objects, or `{"vitals": [...]}`. Numbers keep their digits.
import { refuse } from '../../errors.ts';
import { isJsonNumber, sourceOf } from '../../json/jsonNumber.ts';
import { columnList, columnNamed, setCell, type VitalRow } from './vitalRow.ts';

/** Rows, and the JSON pointer of the list that they are in: `` or `/vitals`. */
export interface VitalList {
  rows: VitalRow[];
  pointer: string;
}

/**
 * Reads a parsed body. What is wrong with a row is noted in it.
 * @throws FhirError 400 where there is no list
 */
export function readVitalList(tree: unknown): VitalList {
  if (Array.isArray(tree)) return { rows: tree.map(rowOf), pointer: '' };
  const { vitals, ...others } = (isObject(tree) ? tree : {}) as { vitals?: unknown };
  if (!Array.isArray(vitals)) {
    throw refuse(400, 'structure', 'The body must be a list of readings, or {"vitals": [...]}.');
  }
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw refuse(400, 'structure', `There is no member "${unknown}" beside "vitals" here.`);
  }
  return { rows: vitals.map(rowOf), pointer: '/vitals' };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !isJsonNumber(value);

function rowOf(item: unknown, place: number): VitalRow {
  const row: VitalRow = { place, cells: {}, names: {}, errors: [] };
  if (!isObject(item)) {
    row.errors.push({ detail: 'It is no object with the members of a reading.' });
    return row;
  }
  for (const [name, value] of Object.entries(item)) {
    const column = columnNamed(name);
    const refused = (detail: string) => row.errors.push({ column: name, detail });
    if (!column) refused(`There is no member "${name}"; known are ${columnList}.`);
    else if (row.names[column] !== undefined) refused(`It is told as "${row.names[column]}" already.`);
    else {
      row.names[column] = name;
      if (typeof value === 'string') setCell(row, column, value);
      else if (isJsonNumber(value)) setCell(row, column, sourceOf(value));
      else if (column === 'value' && typeof value === 'boolean') setCell(row, column, String(value));
      else if (value !== null) refused('It must be a text or a number.');
    }
  }
  return row;
}
