// Ids of rows without one: by what they say and how often it was said, however many rows there are.
import { describe, expect, it } from '@jest/globals';
import { rowIds } from '../../../server/clinic/csv/rowIds.ts';

describe('ids of rows', () => {
  it('are the same for the same file, and differ for rows that are the same', () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => [`a${i % 6_000}`, undefined, 'x']);
    const ids = rows.map(rowIds());
    expect(new Set(ids).size).toBe(rows.length);
    expect(rows.map(rowIds())).toEqual(ids);
    // What comes between them does not matter.
    const backwards = rows.toReversed().map(rowIds());
    expect(new Set(backwards)).toEqual(new Set(ids));
  });

  it('tell where a cell ends, and an empty cell from none', () => {
    const of = (...cells: (string | undefined)[]) => rowIds()(cells);
    expect(of('a', 'b')).not.toBe(of('ab'));
    expect(of('a,b')).not.toBe(of('a', 'b'));
    expect(of('a', undefined, 'b')).not.toBe(of('a', 'b', undefined));
    expect(of('a')).toMatch(/^row-[0-9a-f]{32}$/);
  });
});
