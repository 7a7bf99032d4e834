// Units as gateways write them → UCUM (ucum.org), as far as they can be converted into the unit of the vital sign.
import { conversionOf, isUnit } from '../../units/unit.ts';
import { convertAmount, unitSpellings } from '../../vitals/amount.ts';

/** Spellings beyond those that evaluation takes, without regard to case and blanks. */
const more: Readonly<Record<string, string>> = {
  bpm: '/min',
  rpm: '/min',
  'breath/min': '/min',
  'beat/min': '/min',
  'per min': '/min',
  c: 'Cel',
  celsius: 'Cel',
  'degrees celsius': 'Cel',
  'deg c': 'Cel',
  f: '[degF]',
  fahrenheit: '[degF]',
  'degrees fahrenheit': '[degF]',
  'deg f': '[degF]',
  mmhg: 'mm[Hg]',
  cmh2o: 'cm[H2O]',
  kpa: 'kPa',
  kg: 'kg',
  kgs: 'kg',
  kilograms: 'kg',
  pound: '[lb_av]',
  pounds: '[lb_av]',
  stone: '[stone_av]',
  cm: 'cm',
  inch: '[in_i]',
  inches: '[in_i]',
  feet: '[ft_i]',
  'kg/m^2': 'kg/m2',
  lpm: 'L/min',
  'litres/min': 'L/min',
  'liters/min': 'L/min',
  'mg/dl': 'mg/dL',
  'mmol/l': 'mmol/L',
  sec: 's',
  secs: 's',
  second: 's',
  seconds: 's',
  pct: '%',
  '%spo2': '%',
  score: '{score}',
  points: '{score}',
  '/10': '{score}',
};

const folded = (text: string) => text.toLowerCase().replace(/\s+/g, '');
const spellings = new Map(
  [...unitSpellings, ...Object.entries(more)].map(([spelling, code]) => [folded(spelling), code]),
);

/**
 * The UCUM code of a unit that can be converted into `wanted`: what is written, where that is UCUM, or what it is a spelling of (`F`
 * is the farad in UCUM, and cannot be meant of a temperature). What is `wanted` but for its spelling is written as that.
 * Undefined where it cannot be converted.
 */
export function unitMeant(text: string, wanted: string): string | undefined {
  const code = [isUnit(text) ? text : undefined, unitSpellings.get(text), spellings.get(folded(text))].find(
    (candidate) => candidate !== undefined && convertAmount(1, candidate, wanted) !== undefined,
  );
  if (code === undefined || code === wanted) return code;
  const [given, own] = [conversionOf(code), conversionOf(wanted)];
  return given && own && given.factor === own.factor && given.offset === own.offset ? wanted : code;
}
