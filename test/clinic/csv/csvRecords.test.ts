// CSV → records: the same as an independent parser reads, whatever the pieces; after what cannot be read, the rest is.
import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { allCsvRecords, type CsvRecord } from '../../../server/clinic/csv/csvRecords.ts';
import '../../support/propertySeed.ts';

const recordsOf = (content: string | Buffer, piece = 1_000_000, longest?: number): Promise<CsvRecord[]> => {
  const bytes = Buffer.from(content);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += piece) pieces.push(bytes.subarray(at, at + piece));
  return Array.fromAsync(allCsvRecords(pieces, longest));
};
/** Line, cells, and the number of the cell at fault. */
const told = (records: CsvRecord[]) =>
  records.map(({ line, cells, fault }) => [line, fault ? `fault ${fault.cell ?? 'row'}` : cells.join('|')]);

const cell = fc
  .array(
    fc.constantFrom('a', 'é', '李', '\u{1f9b4}', '\ufffd', ',', '"', '\n', '\r\n', '\r', '\t', ' ', ';'),
    {
      maxLength: 6,
    },
  )
  .map((parts) => parts.join('').trim());
const quoted = (text: string) => (/[,;"\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

describe('records', () => {
  it('are those that another parser reads, in pieces of any size', async () => {
    const drawn = fc.record({
      rows: fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
      end: fc.constantFrom('\n', '\r\n', '\r'),
      piece: fc.integer({ min: 1, max: 20 }),
      isEnded: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ rows, end, piece, isEnded }) => {
        const text = `a,b,c,d${end}${rows.map((row) => row.map(quoted).join(',')).join(end)}${isEnded ? end : ''}`;
        const expected = (
          parse(text, { relax_column_count: true, record_delimiter: end, trim: true }) as string[][]
        ).filter((cells) => cells.some((each) => each !== ''));
        const records = await recordsOf(text, piece);
        expect(records.map(({ cells, fault }) => [cells, fault])).toEqual(
          expected.map((cells) => [cells, undefined]),
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each([1, 3, 1_000])('go on after what cannot be read (pieces of %d)', async (piece) => {
    const lines = [
      'a,b', // 1
      'x,5" y',
      'x,y',
      '"x" z,y',
      'x,"open', // 5
      'x,y',
      'x,"two',
      'lines"',
      'x,"two',
      'li"nes', // 10
      'x,"y"',
      '"x,y', // 12
      'last,one',
    ];
    expect(told(await recordsOf(lines.join('\n'), piece))).toEqual([
      [1, 'a|b'],
      [2, 'fault 1'],
      [3, 'x|y'],
      [4, 'fault 0'],
      // What closes its quote opens another one.
      [5, 'fault 1'],
      [6, 'x|y'],
      [7, 'x|two\nlines'],
      [9, 'fault 1'],
      [10, 'fault 0'],
      [11, 'x|y'],
      [12, 'fault 0'],
      [13, 'last|one'],
    ]);
  });

  it.each([1, 7, 1_000])('that are too long cost no other (pieces of %d)', async (piece) => {
    const long = 'x'.repeat(500);
    const lines = [
      'a,b',
      `${long},y`,
      'x,y',
      `x,"${long}"`,
      '',
      'x,"open',
      ...Array(60).fill('z,z'),
      'end,z',
    ];
    const records = await recordsOf(lines.join('\r\n'), piece, 100);
    expect(told(records)).toEqual([
      [1, 'a|b'],
      [2, 'fault row'],
      [3, 'x|y'],
      [4, 'fault row'],
      [6, 'fault row'],
      ...Array.from({ length: 60 }, (_, i) => [7 + i, 'z|z']),
      [67, 'end|z'],
    ]);
  });

  it.each([1, 2, 1_000])('that are not UTF-8 cost no other (pieces of %d)', async (piece) => {
    const bytes = Buffer.concat([
      Buffer.from('\ufeffa,b\né,y\nx,'),
      Buffer.from([0xe9]),
      Buffer.from('\n"x\n'),
      Buffer.from([0xc3]),
      Buffer.from('",y\n\ufffd,y\n'),
      Buffer.from([0xff]),
    ]);
    expect(told(await recordsOf(bytes, piece))).toEqual([
      [1, 'a|b'],
      [2, 'é|y'],
      [3, 'fault 1'],
      [4, 'fault 0'],
      [6, '\ufffd|y'],
      [7, 'fault 0'],
    ]);
  });

  it('may have very many cells', async () => {
    const [record] = await recordsOf(','.repeat(500_000).concat('x'), 1_000_000, 1_000_000);
    expect(record!.cells).toHaveLength(500_001);
  });

  it('are read once or twice, however many quotes are open', async () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => (i % 2 ? `a${i},b` : `"a${i},b`));
    const records = await recordsOf(lines.join('\n'));
    expect(records).toHaveLength(200_000);
    expect(records.filter(({ fault }) => fault)).toHaveLength(100_000);
  });
});
