import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { dateRange } from '../../../server/search/parameters/date.ts';
import { dateRangeOf } from '../../../server/search/parameters/dateRangeOf.ts';

const iso = (text: string) => Date.parse(text);
const open = Number.POSITIVE_INFINITY;

describe('a Period', () => {
  it.each([
    ['open end', { start: '2020' }, iso('2020-01-01'), open],
    ['open start', { end: '2020-01-01' }, Number.NEGATIVE_INFINITY, iso('2020-01-02') - 1],
    ['both', { start: '2020-01-01', end: '2020-01-01' }, iso('2020-01-01'), iso('2020-01-02') - 1],
    ['end in a month', { start: '2020-01-05', end: '2020-02' }, iso('2020-01-05'), iso('2020-03-01') - 1],
    [
      'zones',
      { start: '2020-01-01T00:00:00+02:00', end: '2020-01-01T00:00:00-02:00' },
      iso('2019-12-31T22:00:00Z'),
      iso('2020-01-01T02:00:00.999Z'),
    ],
  ])('%s', (_name, value, low, high) => {
    expect(dateRangeOf(value, 'Period')).toEqual({ low, high });
  });

  it('holds both its ends', () => {
    const date = fc
      .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
      .chain((day) =>
        fc.constantFrom(4, 7, 10).map((length) => ({ day, text: day.toISOString().slice(0, length) })),
      );
    fc.assert(
      fc.property(date, date, (one, other) => {
        const [start, end] = one.day <= other.day ? [one, other] : [other, one];
        const range = dateRangeOf({ start: start.text, end: end.text }, 'Period')!;
        expect(range.low).toBe(dateRange(start.text)!.low);
        expect(range.high).toBeGreaterThanOrEqual(dateRange(end.text)!.high);
      }),
    );
  });
});

describe('a Timing', () => {
  const day = '2020-01-31';
  it.each<[string, object, number, number]>([
    ['events', { event: ['2020-03-01', '2020-01-01'] }, iso('2020-01-01'), iso('2020-03-02') - 1],
    [
      'bounds',
      { repeat: { boundsPeriod: { start: '2020-01-01', end: '2020-01-02' }, frequency: 1 } },
      iso('2020-01-01'),
      iso('2020-01-03') - 1,
    ],
    ['bounds without an end', { repeat: { boundsPeriod: { start: day } } }, iso(day), open],
    [
      'bounds and an event before them',
      { event: ['2019-01-01'], repeat: { boundsPeriod: { start: '2020', end: '2020' } } },
      iso('2019-01-01'),
      iso('2021-01-01') - 1,
    ],
    // MedicationRequest/medrx0323 of the specification: every 24 hours from its event on
    [
      'repetition without an end',
      { event: ['2015-01-15T22:00:00+11:00'], repeat: { frequency: 1, period: 24, periodUnit: 'h' } },
      iso('2015-01-15T11:00:00Z'),
      open,
    ],
    [
      'a duration from the first event',
      { event: [day], repeat: { boundsDuration: { value: 10, code: 'd' }, period: 1, periodUnit: 'd' } },
      iso(day),
      iso('2020-02-10'),
    ],
    [
      'a duration shorter than the events',
      { event: [day, '2020-05-01'], repeat: { boundsDuration: { value: 1, code: 'wk' } } },
      iso(day),
      iso('2020-05-02') - 1,
    ],
    [
      'an open duration',
      { event: [day], repeat: { boundsDuration: { value: 1, comparator: '>', code: 'd' } } },
      iso(day),
      open,
    ],
    [
      'a range of durations',
      {
        event: [day],
        repeat: { boundsRange: { low: { value: 1, code: 'mo' }, high: { value: 2, code: 'mo' } } },
      },
      iso(day),
      iso('2020-03-31'),
    ],
    [
      'a least duration',
      { event: [day], repeat: { boundsRange: { low: { value: 1, code: 'd' } } } },
      iso(day),
      open,
    ],
    [
      'a duration of an unknown unit, repeating',
      { event: [day], repeat: { boundsDuration: { value: 1, code: 'moon' }, period: 1, periodUnit: 'd' } },
      iso(day),
      open,
    ],
    [
      'a count',
      { event: [day], repeat: { count: 6, frequency: 2, period: 1, periodMax: 2, periodUnit: 'd' } },
      iso(day),
      iso('2020-02-06'),
    ],
    [
      'a count without a period',
      { event: [day], repeat: { count: 6, timeOfDay: ['08:00:00'] } },
      iso(day),
      open,
    ],
    [
      'a duration beyond the calendar',
      { event: [day], repeat: { boundsDuration: { value: 9000, code: 'a' } } },
      iso(day),
      open,
    ],
    [
      'years',
      { event: ['2020-02-29'], repeat: { boundsDuration: { value: 1, code: 'a' } } },
      iso('2020-02-29'),
      iso('2021-03-01'),
    ],
  ])('%s', (_name, value, low, high) => {
    expect(dateRangeOf(value, 'Timing')).toEqual({ low, high });
  });
});

it.each([
  ['Period', {}],
  ['Timing', {}],
  ['Timing', { repeat: { frequency: 2 } }],
  ['Timing', { repeat: { boundsDuration: { value: 1, code: 'd' } } }],
  ['Timing', { event: 'soon', repeat: 5 }],
  ['dateTime', 'soon'],
  ['dateTime', 2020],
  ['Period', null],
])('%s %j says no time', (type, value) => {
  expect(dateRangeOf(value, type)).toBeUndefined();
});
