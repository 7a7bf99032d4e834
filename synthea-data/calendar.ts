// Times of the generated population: whole seconds of local wall-clock time since 1970, written as
// FHIR date, dateTime and instant (datatypes.html#primitive) with the offset of the US east coast,
// as Synthea writes them when run in Massachusetts. No clock of the machine is read: the population
// lives up to REFERENCE_TIME.

export const MINUTE = 60;
export const HOUR = 3600;
export const DAY = 86400;
/** Mean length of a year, for ages and rates. */
export const YEAR = 31557600;

/** Local time at which every generated history ends: 2025-06-30, noon. */
export const REFERENCE_TIME = Date.UTC(2025, 5, 30, 12) / 1000;

const TWO_DIGITS = Array.from({ length: 60 }, (_, n) => String(n).padStart(2, '0'));

interface DayText {
  date: string;
  offset: string;
}

// One small entry per calendar day of at most 130 years: bounded by the calendar.
const days = new Map<number, DayText>();

/** `YYYY-MM-DD` of a local time. */
export function writeDate(time: number): string {
  return dayText(Math.floor(time / DAY)).date;
}

/** FHIR dateTime to the second, for example `2021-07-04T09:30:00-04:00`. */
export function writeDateTime(time: number): string {
  const day = Math.floor(time / DAY);
  const text = dayText(day);
  return `${text.date}T${clock(time - day * DAY)}${text.offset}`;
}

/** FHIR instant with milliseconds (0–999). */
export function writeInstant(time: number, milliseconds: number): string {
  const day = Math.floor(time / DAY);
  const text = dayText(day);
  return `${text.date}T${clock(time - day * DAY)}.${String(milliseconds).padStart(3, '0')}${text.offset}`;
}

/** Local time of the first second of a day `YYYY-MM-DD`. */
export function readDate(date: string): number {
  return Date.parse(`${date}T00:00:00Z`) / 1000;
}

/** Day of the week, 0 = Sunday. */
export function weekday(time: number): number {
  return (((Math.floor(time / DAY) + 4) % 7) + 7) % 7;
}

function clock(second: number): string {
  const hour = Math.floor(second / HOUR);
  const minute = Math.floor((second - hour * HOUR) / MINUTE);
  return `${TWO_DIGITS[hour]}:${TWO_DIGITS[minute]}:${TWO_DIGITS[second - hour * HOUR - minute * MINUTE]}`;
}

function dayText(day: number): DayText {
  const known = days.get(day);
  if (known) return known;
  const date = new Date(day * DAY * 1000).toISOString().slice(0, 10);
  const text = { date, offset: isSummer(day, Number(date.slice(0, 4))) ? '-04:00' : '-05:00' };
  days.set(day, text);
  return text;
}

/** Summer time from the second Sunday of March to the first Sunday of November, in every year. */
function isSummer(day: number, year: number): boolean {
  const march = Date.UTC(year, 2, 8) / 1000;
  const november = Date.UTC(year, 10, 1) / 1000;
  const start = march / DAY + ((7 - weekday(march)) % 7);
  const end = november / DAY + ((7 - weekday(november)) % 7);
  return day >= start && day < end;
}
