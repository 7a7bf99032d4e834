// Ids that stand in a file more than once: with the same values the row is the same, with others one of the two is a mistake.
import { hash } from 'node:crypto';
import { numberTable } from './numberTable.ts';

/**
 * Tells of each row of a file the line that has its id already, with other values; undefined where there is none. Memory: 16 bytes for each
 * id, at twice to four times the room.
 */
export function repeatedIds(): (
  id: string,
  cells: readonly (string | undefined)[],
  line: number,
) => number | undefined {
  const seen = numberTable(2);
  return (id, cells, line) => {
    const key = hash('sha256', id, 'buffer');
    const said = hash('sha256', JSON.stringify(cells.map((cell) => cell ?? null)), 'buffer');
    const at = seen.at(key.readUInt32LE(0), key.readUInt32LE(4));
    const [first, values] = [seen.numbers[at]!, seen.numbers[at + 1]!];
    if (first !== 0) return values === said.readUInt32LE(0) ? undefined : first;
    seen.numbers[at] = line;
    seen.numbers[at + 1] = said.readUInt32LE(0);
    return undefined;
  };
}
