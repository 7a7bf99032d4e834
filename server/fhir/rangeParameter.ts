// Dates and instants as plain parameters (_since, _at, start, end), which unlike search values carry no prefix.
import { refuse } from '../errors.ts';
import { type DateRange, dateRange } from '../search/parameters/date.ts';

/**
 * The range of instants a date, dateTime or instant stands for, in milliseconds.
 * @throws FhirError 400 naming the parameter
 */
export function rangeParameter(name: string, value: string): DateRange {
  // A "+" of a time zone that a client left unescaped in the query arrives as a space.
  const range = dateRange(value.replace(/ (?=\d\d:\d\d$)/, '+'));
  if (range) return range;
  throw refuse(
    400,
    'value',
    `${name} must be a date or instant such as 2024-05-01 or 2024-05-01T12:00:00Z, not "${value}".`,
  );
}
