import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dateRange, parseDate, timestamp } from '../../../server/search/parameters/date.ts';

const iso = (text: string) => Date.parse(text);

describe('dateRange', () => {
  it.each([
    ['2020', '2020-01-01T00:00:00.000Z', '2020-12-31T23:59:59.999Z'],
    ['2020-02', '2020-02-01T00:00:00.000Z', '2020-02-29T23:59:59.999Z'],
    ['2020-12', '2020-12-01T00:00:00.000Z', '2020-12-31T23:59:59.999Z'],
    ['2020-02-29', '2020-02-29T00:00:00.000Z', '2020-02-29T23:59:59.999Z'],
    ['2020-01-01T10:00', '2020-01-01T10:00:00.000Z', '2020-01-01T10:00:59.999Z'],
    ['2020-01-01T10:00:05', '2020-01-01T10:00:05.000Z', '2020-01-01T10:00:05.999Z'],
    ['2020-01-01T10:00:05-05:00', '2020-01-01T15:00:05.000Z', '2020-01-01T15:00:05.999Z'],
    ['2020-01-01T00:30:00+05:30', '2019-12-31T19:00:00.000Z', '2019-12-31T19:00:00.999Z'],
    ['2020-01-01T10:00:05.5Z', '2020-01-01T10:00:05.500Z', '2020-01-01T10:00:05.599Z'],
    ['2020-01-01T10:00:05.123Z', '2020-01-01T10:00:05.123Z', '2020-01-01T10:00:05.123Z'],
    ['2020-01-01T10:00:05.1239999999999Z', '2020-01-01T10:00:05.123Z', '2020-01-01T10:00:05.123Z'],
    ['2020-01-01T10:00:00-00:00', '2020-01-01T10:00:00.000Z', '2020-01-01T10:00:00.999Z'],
    ['2020-01-01T10:00Z', '2020-01-01T10:00:00.000Z', '2020-01-01T10:00:59.999Z'],
    ['2020-01-01T10:00+14:00', '2019-12-31T20:00:00.000Z', '2019-12-31T20:00:59.999Z'],
    ['2020-01-01T10:00:05.123999Z', '2020-01-01T10:00:05.123Z', '2020-01-01T10:00:05.123Z'],
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z', '2017-01-01T00:00:00.999Z'],
    ['0050', '0050-01-01T00:00:00.000Z', '0050-12-31T23:59:59.999Z'],
  ])('%s', (text, low, high) => {
    expect(dateRange(text)).toEqual({ low: iso(low), high: iso(high) });
  });

  it.each([
    '',
    '20',
    '2020-13',
    '2020-00',
    '2020-02-30',
    '2021-02-29',
    '2020-1-1',
    '0000',
    '0000-01-01',
    '2020-01-01T24:00Z',
    '2020-01-01T24:00:00Z',
    '2020-01-01T25:00Z',
    '2020-01-01T10:00:00.Z',
    '2020-01-01T10:00z',
    '2020-01-01T10:00+0100',
    '2020-01-01T10:00+01:60',
    '2020-W01',
    '+2020',
    '20200101',
    '2020-01-01T10:00 01:00',
    'today',
    '2020-01-01T10:61Z',
    '2020-01-01T10:00:61Z',
    '2020-01-01T10:00+15:00',
    '2020-01-01T10',
    '2020-01-01 10:00',
    '2020-01-01Z',
  ])('%j is no date', (text) => {
    expect(dateRange(text)).toBeUndefined();
  });

  it('agrees with Date.parse on every instant', () => {
    const instant = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instant, (date) => {
        expect(dateRange(date.toISOString())).toEqual({ low: date.getTime(), high: date.getTime() });
      }),
    );
  });
});

describe('parseDate', () => {
  it('takes a prefix', () => {
    expect(parseDate('date', 'ge2020', 0)).toMatchObject({ prefix: 'ge', low: iso('2020-01-01') });
    expect(parseDate('date', '2020', 0).prefix).toBe('eq');
  });

  it('widens `ap` by a tenth of the distance from now', () => {
    const now = iso('2020-01-01');
    expect(parseDate('date', 'ap2010-01-01', now)).toEqual({
      prefix: 'ap',
      low: iso('2010-01-01') - Math.round((now - iso('2010-01-02') + 1) / 10),
      high: iso('2010-01-02') - 1 + Math.round((now - iso('2010-01-02') + 1) / 10),
    });
  });

  it.each(['', 'ge', 'xx2020', '2020-99', 'gt 2020'])('refuses %j by name', (text) => {
    expect(() => parseDate('birthdate', text, 0)).toThrow("'birthdate'");
  });
});

describe('timestamp', () => {
  it('writes what Postgres reads', () => {
    expect(timestamp(0)).toBe('1970-01-01T00:00:00.000Z');
    expect(timestamp(Number.POSITIVE_INFINITY)).toBe('infinity');
    expect(timestamp(Number.NEGATIVE_INFINITY)).toBe('-infinity');
    expect(timestamp(iso('9999-12-31T23:59:59.999Z') + 1)).toBe('infinity');
    expect(timestamp(iso('0001-01-01T00:00:00Z') - 1)).toBe('-infinity');
  });
});
