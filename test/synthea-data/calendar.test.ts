// Dates and times are written by the calendar alone, never by the machine's time zone.
import { describe, expect, it } from '@jest/globals';
import {
  REFERENCE_TIME,
  readDate,
  weekday,
  writeDate,
  writeDateTime,
  writeInstant,
} from '../../synthea-data/calendar.ts';

const at = (date: string, hours = 0): number => readDate(date) + hours * 3600;

describe('calendar', () => {
  it('writes local times with the offset of the season', () => {
    expect(writeDateTime(at('2021-01-04', 9))).toBe('2021-01-04T09:00:00-05:00');
    expect(writeDateTime(at('2021-07-04', 9))).toBe('2021-07-04T09:00:00-04:00');
    // Second Sunday of March and first Sunday of November.
    expect(writeDateTime(at('2021-03-13'))).toMatch(/-05:00$/);
    expect(writeDateTime(at('2021-03-14'))).toMatch(/-04:00$/);
    expect(writeDateTime(at('2021-11-06'))).toMatch(/-04:00$/);
    expect(writeDateTime(at('2021-11-07'))).toMatch(/-05:00$/);
  });

  it('writes instants with milliseconds, and times before 1970', () => {
    expect(writeInstant(at('1999-12-31') + 86399, 7)).toBe('1999-12-31T23:59:59.007-05:00');
    expect(writeDateTime(at('1931-08-02', 13))).toBe('1931-08-02T13:00:00-04:00');
    expect(writeDate(at('1900-02-28', 23))).toBe('1900-02-28');
  });

  it('knows the days of the week', () => {
    expect(weekday(at('2025-06-30'))).toBe(1);
    expect(weekday(at('1969-12-28'))).toBe(0);
    expect(writeDateTime(REFERENCE_TIME)).toBe('2025-06-30T12:00:00-04:00');
  });
});
