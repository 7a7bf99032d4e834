import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { primitiveTypes } from '../../server/validation/primitiveTypes.ts';

const atom = (source: string) => JSON.rawJSON(source);

/** For each type: what is valid, and what is not. */
const table: Record<string, [valid: unknown[], invalid: unknown[]]> = {
  base64Binary: [
    ['AAAA', 'AAA=', 'AA==', ' AA\nAA\r\n', 'a+/9', 'AAAA BBBB'],
    ['', ' ', 'AAA', 'A===', '=AAA', 'AA=A', 'AAAA=', 'A-_A', 'ÄAAA', 'AAAA====', 5],
  ],
  boolean: [
    [true, false],
    ['true', 1, 0, null, ''],
  ],
  canonical: [
    ['http://x.org/a|1.0', 'x', '#a'],
    ['', 'a b', 5],
  ],
  code: [
    ['a', 'a b', 'text/plain; charset=utf-8'],
    ['', ' a', 'a ', 'a  b', 'a\t b', '\n', 5],
  ],
  date: [
    ['2024', '2024-02', '2024-02-29', '2000-02-29', '0001-01-31', '2023-12-31'],
    [
      '24',
      '2024-13',
      '2024-00',
      '2024-2-1',
      '2024-02-30',
      '2023-02-29',
      '1900-02-29',
      '2024-04-31',
      '0000',
      '2024-01-01T00:00:00Z',
      '2024-01-01\n',
      2024,
    ],
  ],
  dateTime: [
    [
      '2024',
      '2024-02',
      '2024-02-29',
      '2024-02-29T23:59:60Z',
      '2024-02-29T10:00:00.123456789+14:00',
      '2015-02-07T13:28:17-05:00',
    ],
    [
      '2024-02-29T10:00Z',
      '2024-02-29T10:00:00',
      '2024-02-29T24:00:00Z',
      '2024-02-29 10:00:00Z',
      '2023-02-29T10:00:00Z',
      '2024-02-29T10:00:00+14:30',
      '2024-02-29T10:00:00+15:00',
      '',
    ],
  ],
  decimal: [
    [0, 1.5, -1e300, atom('1.50'), atom('-0.0'), atom('1E+2'), atom('12345678901234567890')],
    ['1.5', null, true, {}],
  ],
  id: [
    ['a', 'A-1.b', 'x'.repeat(64)],
    ['', 'a_b', 'x'.repeat(65), 'a\n', 5],
  ],
  instant: [
    ['2015-02-07T13:28:17.239+02:00', '2017-01-01T00:00:00Z'],
    ['2015-02-07', '2015-02', '2015-02-30T00:00:00Z', '2015-02-07T13:28:17', ''],
  ],
  integer: [
    [0, -2147483648, 2147483647],
    [0.5, -2147483649, 2147483648, atom('1.0'), atom('1E+2'), '1'],
  ],
  markdown: [
    ['# a\n\tb\r\n', ' '],
    ['', '\u0000', 'a\u000b', 5],
  ],
  oid: [
    ['urn:oid:1.2.3', 'urn:oid:2.16.840.1.113883'],
    ['urn:oid:3.1', 'urn:oid:1', 'urn:oid:1.02', '1.2.3', `urn:oid:1${'.1'.repeat(1000)}`],
  ],
  positiveInt: [
    [1, 2147483647],
    [0, -1, 1.5, atom('1.0'), 2147483648, '1'],
  ],
  string: [
    ['a', ' ', 'a\tb\r\n', '\u00a0', 'é😀', 'x'.repeat(1048576)],
    ['', '\u0000', 'a\u0008', 'x'.repeat(1048577), 5, null],
  ],
  time: [
    ['00:00:00', '23:59:60', '10:00:00.123'],
    ['10:00', '24:00:00', '10:00:00Z', '10:00:00.', ''],
  ],
  unsignedInt: [
    [0, 2147483647],
    [-1, 0.5, atom('0.0'), '0'],
  ],
  uri: [
    ['http://x.org', 'urn:uuid:1', 'ä', '#x'],
    ['', ' ', 'a b', 'a\n', 5],
  ],
  url: [['http://x.org/?a=b%20c'], ['', 'a b']],
  uuid: [
    ['urn:uuid:c757873d-ec9a-4326-a141-556f43239520'],
    ['c757873d-ec9a-4326-a141-556f43239520', 'urn:uuid:C757873D-EC9A-4326-A141-556F43239520', 'urn:uuid:'],
  ],
  xhtml: [
    ['<div>a</div>', '<div xmlns="http://www.w3.org/1999/xhtml">a</div>', '\n  <div/>'],
    ['', 'a', '<p>a</p>', '<divider/>', 5],
  ],
};

describe('primitiveTypes', () => {
  it.each(Object.keys(primitiveTypes))('%s has valid and invalid values', (name) => {
    const [valid, invalid] = table[name];
    expect(valid.filter((value) => !primitiveTypes[name].check(value))).toEqual([]);
    expect(invalid.filter((value) => primitiveTypes[name].check(value))).toEqual([]);
  });

  it('knows the days of every month', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9999 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 31 }),
        (y, m, d) => {
          const date = new Date(0);
          date.setUTCFullYear(y, m - 1, d);
          const pad = (n: number, width: number) => String(n).padStart(width, '0');
          const text = `${pad(y, 4)}-${pad(m, 2)}-${pad(d, 2)}`;
          expect(primitiveTypes.date.check(text)).toBe(date.getUTCMonth() === m - 1);
          expect(primitiveTypes.dateTime.check(`${text}T00:00:00Z`)).toBe(date.getUTCMonth() === m - 1);
        },
      ),
    );
  });

  it('takes base64 as Buffer writes it', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const text = Buffer.from(bytes).toString('base64');
        expect(primitiveTypes.base64Binary.check(text)).toBe(true);
        expect(primitiveTypes.base64Binary.check(`${text}=`)).toBe(false);
      }),
    );
  });

  // Each of these makes a backtracking pattern take quadratic time or run out of stack.
  const long = 10 * 1024 * 1024;
  it.each<[string, string]>([
    ['letters', 'A'.repeat(long)],
    ['letters, then an error', `${'A'.repeat(long)}!`],
    ['white space', ' '.repeat(long)],
    ['letters and spaces', 'a '.repeat(long / 2)],
    ['groups and spaces', 'AAAA '.repeat(long / 5)],
    ['digits', '1'.repeat(long)],
    ['an OID', `urn:oid:1${'.1'.repeat(long / 2)}`],
    ['a time', `10:00:00.${'1'.repeat(long)}`],
    ['an instant', `2024-01-01T10:00:00.${'1'.repeat(long)}`],
    ['padding', '='.repeat(long)],
    ['line breaks', 'a\n'.repeat(long / 2)],
    ['spaces before a div', `${' '.repeat(long)}<div`],
  ])('judges 10 MB of %s in linear time', (_name, value) => {
    // Quadratic time would be hours: the test would not come back.
    for (const type of Object.values(primitiveTypes)) expect(typeof type.check(value)).toBe('boolean');
  });
});
