// Ids of rows that have none: what a row says and how often the file has said so before. The same file gives the same ids, and
// a row that stands twice is two things.
import { createHash } from 'node:crypto';

/** Makes the ids of one file, row after row. Memory: 12 bytes for each different row, at twice the room. */
export function rowIds(): (cells: readonly (string | undefined)[]) => string {
  const seen = occurrences();
  return (cells) => {
    const text = JSON.stringify(cells.map((cell) => cell ?? null));
    const hash = createHash('sha256').update(text).digest();
    // Rows that share these 64 bits would only be numbered together: their ids differ all the same.
    const nth = seen(hash.readUInt32LE(0), hash.readUInt32LE(4));
    const id = createHash('sha256').update(hash).update(String(nth)).digest('hex');
    return `row-${id.slice(0, 32)}`;
  };
}

const FIRST_SLOTS = 1 << 10;

/** Counts how often a pair of 32-bit numbers was given: a table of numbers, since a Map of a million takes ten times the room. */
function occurrences(): (high: number, low: number) => number {
  let slots = FIRST_SLOTS;
  let keys = new Uint32Array(slots * 2);
  let counts = new Uint32Array(slots);
  let used = 0;
  const slotOf = (high: number, low: number): number => {
    let slot = low & (slots - 1);
    while (counts[slot] !== 0 && (keys[slot * 2] !== high || keys[slot * 2 + 1] !== low)) {
      slot = (slot + 1) & (slots - 1);
    }
    return slot;
  };
  const grow = () => {
    const [oldKeys, oldCounts] = [keys, counts];
    slots *= 2;
    keys = new Uint32Array(slots * 2);
    counts = new Uint32Array(slots);
    for (const [old, count] of oldCounts.entries()) {
      if (count === 0) continue;
      const [high, low] = [oldKeys[old * 2]!, oldKeys[old * 2 + 1]!];
      const slot = slotOf(high, low);
      keys[slot * 2] = high;
      keys[slot * 2 + 1] = low;
      counts[slot] = count;
    }
  };
  return (high, low) => {
    if (used * 2 >= slots) grow();
    const slot = slotOf(high, low);
    if (counts[slot] === 0) {
      keys[slot * 2] = high;
      keys[slot * 2 + 1] = low;
      used++;
    }
    counts[slot] = counts[slot]! + 1;
    return counts[slot]!;
  };
}
