// Amounts and ages, worked out the plain way for the recount: a short table of units, and birthdays counted one by one.

/** A unit as so many of another one, `plus` added first. */
const units: Readonly<Record<string, { of: string; factor: number; plus?: number }>> = {
  Cel: { of: 'Cel', factor: 1 },
  '[degF]': { of: 'Cel', factor: 5 / 9, plus: -32 },
  'mm[Hg]': { of: 'mm[Hg]', factor: 1 },
  kPa: { of: 'mm[Hg]', factor: 1 / 0.133322 },
  kg: { of: 'kg', factor: 1 },
  g: { of: 'kg', factor: 0.001 },
  '[lb_av]': { of: 'kg', factor: 0.45359237 },
  cm: { of: 'cm', factor: 1 },
  m: { of: 'cm', factor: 100 },
  '[in_i]': { of: 'cm', factor: 2.54 },
  '/min': { of: '/min', factor: 1 },
  '{beats}/min': { of: '/min', factor: 1 },
  '/s': { of: '/min', factor: 60 },
  '%': { of: '%', factor: 1 },
  'L/min': { of: 'L/min', factor: 1 },
  'mL/min': { of: 'L/min', factor: 0.001 },
  'mg/dL': { of: 'mg/dL', factor: 1 },
  'g/L': { of: 'mg/dL', factor: 100 },
  'mmol/L': { of: 'mmol/L', factor: 1 },
  'kg/m2': { of: 'kg/m2', factor: 1 },
  '{score}': { of: '{score}', factor: 1 },
};

/** Units as charts print them, where there is no code. */
const printed: Readonly<Record<string, string>> = {
  bpm: '/min',
  '°C': 'Cel',
  '°F': '[degF]',
  mmHg: 'mm[Hg]',
};

interface Quantity {
  value?: number;
  unit?: string;
  system?: string;
  code?: string;
}

/** The amount in a unit, without what binary fractions add; undefined where one is not the other. */
export function amountIn({ value, unit, system, code }: Quantity, wanted: string): number | undefined {
  if (code !== undefined && system !== 'http://unitsofmeasure.org') return undefined;
  const own = units[code ?? printed[unit ?? ''] ?? unit ?? ''];
  if (value === undefined || !own || own.of !== wanted) return undefined;
  if (own.factor === 1 && own.plus === undefined) return value;
  return Number(((value + (own.plus ?? 0)) * own.factor).toPrecision(12));
}

const day = (year: number, month: number, date: number): string =>
  new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10);

const known = new Map<string, { d: number; mo: number; a: number }>();

/** Completed days, months and years on the day of a moment, as that day is written. */
export function ageOn(birthDate: string, moment: string): { d: number; mo: number; a: number } {
  const today = moment.slice(0, 10);
  const key = `${birthDate} ${today}`;
  const seen = known.get(key);
  if (seen) return seen;
  if (!/^\d{4}-\d\d-\d\d$/.test(birthDate) || !/^\d{4}-\d\d-\d\d$/.test(today)) {
    throw new Error(`the recount knows whole dates only, not ${birthDate} and ${moment}`);
  }
  const [year, month, date] = birthDate.split('-').map(Number) as [number, number, number];
  // A birthday that its month does not have is the first of the next.
  const birthday = (months: number): string => {
    const length = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
    return date > length ? day(year, month + months, 1) : day(year, month - 1 + months, date);
  };
  let mo = 0;
  while (birthday(mo + 1) <= today) mo++;
  const age = { d: (Date.parse(today) - Date.parse(birthDate)) / 86_400_000, mo, a: Math.floor(mo / 12) };
  known.set(key, age);
  return age;
}
