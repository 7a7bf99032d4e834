// CSV of readings: delimiters, quotes and marks, lines as an editor counts them, and where reading ends.
import { describe, expect, it } from '@jest/globals';
import { readVitalCsv } from '../../../server/clinic/readings/vitalCsv.ts';
import type { VitalRow } from '../../../server/clinic/readings/vitalRow.ts';

async function rowsOf(content: string | Buffer, piece = content.length): Promise<VitalRow[]> {
  const bytes = Buffer.from(content);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += piece) pieces.push(bytes.subarray(at, at + piece));
  return Array.fromAsync(readVitalCsv(pieces));
}
const heading = 'patient,code,value,time';
const row = (patient: string) => `${patient},hr,80,2026-01-31T08:30:00Z`;
const places = (rows: VitalRow[]) =>
  rows.map(({ place, cells, errors }) => [place, cells.patient, errors.length]);
const lastError = (rows: VitalRow[]) =>
  rows
    .at(-1)!
    .errors.map(({ detail }) => detail)
    .join();

describe('lines', () => {
  it.each([
    ['\n', 1],
    ['\r\n', 3],
    ['\n', 1_000],
    ['\r\n', 1_000],
  ])('are counted as an editor does, also after quoted breaks (%j, pieces of %d)', async (end, piece) => {
    const lines = [
      `${heading},note`,
      `${row('a')},"one`,
      'two',
      'three"',
      '',
      `${row('b')},`,
      ',,,,',
      `"c ",hr,80,"2026-01-31T08:30:00Z","say ""hi"", please"`,
      row('d'),
      `${row('e')},x`,
    ];
    const rows = await rowsOf(lines.join(end), piece);
    expect(places(rows)).toEqual([
      [2, 'a', 0],
      [6, 'b', 0],
      [8, 'c', 0],
      [9, undefined, 1],
      [10, 'e', 0],
    ]);
    expect(rows[0]!.cells.note).toBe(`one${end}two${end}three`);
    expect(rows[1]!.cells).not.toHaveProperty('note');
    expect(rows[2]!.cells.note).toBe('say "hi", please');
    expect(rows[3]!.errors[0]!.detail).toContain('The row has 4 cells, the heading 5');
  });
});

describe('delimiters', () => {
  it.each([',', ';', '\t'])('%j is found in the heading', async (delimiter) => {
    const content = ['patient', 'code', 'value', 'time', '"unit"'].join(delimiter);
    const cells = ['a', '"bp"', ' 120/80 ', '"2026-01-31T08:30:00Z"', 'x'].join(delimiter);
    const [only] = await rowsOf(`\ufeff${content}\n${cells}\n`);
    expect(only).toEqual({
      ...{ place: 2, errors: [] },
      cells: { patient: 'a', code: 'bp', value: '120/80', time: '2026-01-31T08:30:00Z', unit: 'x' },
      names: { patient: 'patient', code: 'code', value: 'value', time: 'time', unit: 'unit' },
    });
  });
});

describe('what cannot be read', () => {
  it('a quote that is never closed: what came before is given, and its line is told', async () => {
    const rows = await rowsOf([heading, row('a'), '', `"${row('b')}`, row('c'), row('d')].join('\n'), 7);
    expect(places(rows)).toEqual([
      [2, 'a', 0],
      [4, undefined, 1],
    ]);
    expect(lastError(rows)).toBe('A quote that is opened here is never closed. Nothing after this was read.');
  });

  it('a quote inside of a cell', async () => {
    const rows = await rowsOf([heading, row('a'), row('b"b'), row('c')].join('\n'));
    expect(places(rows)).toEqual([
      [2, 'a', 0],
      [3, undefined, 1],
    ]);
    expect(lastError(rows)).toContain('A quote stands inside of a cell');
  });

  it('bytes that are not UTF-8', async () => {
    const latin = Buffer.from(
      `${heading},unit\n${row('a')},x\n${row('b')},\u00b0C\n${row('c')},x\n`,
      'latin1',
    );
    for (const piece of [1, 5, 1_000]) {
      const rows = await rowsOf(latin, piece);
      expect(places(rows)).toEqual([
        [2, 'a', 0],
        [3, undefined, 1],
      ]);
      expect(lastError(rows)).toContain('not UTF-8');
    }
  });

  it('characters cut by the end of the file or of a piece', async () => {
    const whole = Buffer.from(`${heading},unit\n${row('a')},°C`);
    for (const piece of [1, 2, 3]) expect((await rowsOf(whole, piece))[0]!.cells.unit).toBe('°C');
    expect(lastError(await rowsOf(whole.subarray(0, whole.indexOf('°') + 1)))).toContain('not UTF-8');
  });

  it('a row without an end', async () => {
    const rows = await rowsOf(`${heading}\n${row('a')}\n${'x'.repeat(200_000)},hr,80\n${row('c')}`);
    expect(places(rows)).toEqual([
      [2, 'a', 0],
      [3, undefined, 1],
    ]);
    expect(lastError(rows)).toContain('more than 131072 characters');
  });

  it.each([
    ['', 'There is no heading line'],
    ['\n\n', 'There is no heading line'],
    ['patient,code,value\n', 'there is no column time'],
    [`${heading},colour\n${row('a')},red\n`, '"colour" is no column'],
    [`${heading},mrn\n${row('a')},b\n`, '"patient" and "mrn" are the same column'],
    [`${heading},\n${row('a')},\n`, 'a column has no name'],
    [`${row('a')}\n${row('b')}\n`, '"hr" is no column'],
  ])('%j', async (content, problem) => {
    const rows = await rowsOf(content);
    expect(rows).toHaveLength(1);
    expect(lastError(rows)).toContain(problem);
  });

  it('a cell with a control character, or too long', async () => {
    const rows = await rowsOf(`${heading}\n${row('a\u0000b')}\n${row('x'.repeat(1_001))}\n${row('c')}`);
    expect(places(rows)).toEqual([
      [2, undefined, 1],
      [3, undefined, 1],
      [4, 'c', 0],
    ]);
  });
});
