// Search values made from values in the data: what a client might ask to find them, or just miss them.
import type { Identifier, Period, Quantity, Timing } from '@medplum/fhirtypes';
import { quantityEnds } from './matchNumber.ts';
import { textsOf } from './matchString.ts';
import { tokensOf } from './matchToken.ts';
import type { Random } from './random.ts';
import { targetOf } from './references.ts';
import { escapeValue, prefixes } from './splitValue.ts';
import { convertUnit, UCUM } from './units.ts';
import type { Value } from './values.ts';

/** A search value for a value of a parameter; undefined where this value allows none of its kind. */
export type Text = (value: Value, random: Random, base: string) => string | undefined;

const someOf = <T>(list: readonly T[], random: Random): T | undefined =>
  list.length === 0 ? undefined : random.pick(list);

/** Sometimes something that is almost the text, and is nowhere. */
const orMiss = (text: string, random: Random): string => (random.chance(0.1) ? `${text}-x` : text);

export const token: Text = (value, random) => {
  const { system, code, folded } = someOf(tokensOf(value), random) ?? {};
  const plain = ['ContactPoint', 'boolean', 'string', 'id', 'uri', 'url', 'canonical', 'oid'];
  if (code === undefined) return undefined;
  const spelled = folded ? otherSpelling(code, random) : code;
  const one = escapeValue(value.type === 'boolean' ? code : orMiss(spelled, random));
  if (plain.includes(value.type)) return one;
  if (system === undefined) return value.type === 'code' || random.chance(0.5) ? one : `|${one}`;
  const full = `${escapeValue(system)}|${one}`;
  return random.pick([one, full, full, ...(value.type === 'code' ? [] : [`${escapeValue(system)}|`])]);
};

/** `system|code|value` of an identifier that has a type. */
export const ofType: Text = ({ type, value }, random) => {
  const { type: concept, value: number } = (type === 'Identifier' ? value : {}) as Identifier;
  const { system, code } = someOf(concept?.coding ?? [], random) ?? {};
  if (!system || !code || !number) return undefined;
  return [system, code, orMiss(number, random)].map(escapeValue).join('|');
};

/** The beginning of a text, as someone might type it. */
export const beginning: Text = (value, random) => {
  const text = someOf(textsOf(value), random);
  const begun = text?.slice(0, 1 + random.below(Math.min(text.length, 20))).trim();
  return begun ? escapeValue(orMiss(otherSpelling(begun, random), random)) : undefined;
};

/** A piece of a text. */
export const piece: Text = (value, random) => {
  const text = someOf(textsOf(value), random);
  if (!text) return undefined;
  const from = random.below(text.length);
  const cut = text.slice(from, from + 2 + random.below(8)).trim();
  return cut ? escapeValue(otherSpelling(cut, random)) : undefined;
};

/** A whole text, sometimes in another case. */
export const wholeText: Text = (value, random) => {
  const text = someOf(textsOf(value), random);
  return text ? escapeValue(random.chance(0.2) ? text.toLowerCase() : text) : undefined;
};

/** The beginning of a display or of a concept's text. */
export const display: Text = ({ type, value }, random) => {
  const texts =
    type === 'CodeableConcept'
      ? [value.text, ...(value.coding ?? []).map((one: { display?: string }) => one.display)]
      : [type === 'Coding' ? value.display : type === 'Identifier' ? value.type?.text : undefined];
  const text = someOf(texts.filter(Boolean) as string[], random);
  return text ? escapeValue(otherSpelling(text.slice(0, 3 + random.below(12)).trim(), random)) : undefined;
};

const otherSpelling = (text: string, random: Random): string =>
  random.pick([text, text, text.toUpperCase(), text.toLowerCase(), text.normalize('NFD')]);

export const date: Text = ({ type, value }, random) => {
  const points =
    type === 'Period'
      ? [(value as Period).start, (value as Period).end]
      : type === 'Timing'
        ? [...((value as Timing).event ?? []), (value as Timing).repeat?.boundsPeriod?.start]
        : ['date', 'dateTime', 'instant'].includes(type)
          ? [value]
          : [];
  const point = someOf(points.filter((one) => one !== undefined) as string[], random);
  return point && random.pick(prefixedWith) + shifted(cut(point, random), random);
};

const prefixedWith = ['', ...prefixes];

/** A date or time with some of its precision, or all of it. */
function cut(point: string, random: Random): string {
  const [, local, zone] = /^(.*?)(Z|[+-]\d\d:\d\d)?$/.exec(point)!;
  const isDay = !point.includes('T');
  const lengths = (isDay ? [4, 7, 10] : [4, 7, 10, 16, 19, local!.length]).filter(
    (length) => length <= local!.length,
  );
  const length = isDay && local!.length < 10 ? local!.length : random.pick(lengths);
  const text = isDay ? point.slice(0, length) : local!.slice(0, length);
  return text.length > 10 ? text + (zone ?? '') : text;
}

/** Sometimes some days earlier or later, where the precision is a day. */
function shifted(text: string, random: Random): string {
  if (text.length !== 10 || random.chance(0.5)) return text;
  const day = new Date(`${text}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + random.pick([-400, -30, -1, 1, 30, 400]));
  return day.toISOString().slice(0, 10);
}

/** A number with or without a prefix, exact, rounded or a little off. */
function numberText(number: number, random: Random): string {
  const off = number * random.pick([1, 1, 1, 0.95, 1.05, 2]);
  const digits = random.pick([3, 4, 8]);
  if (random.chance(0.1)) return random.pick(prefixedWith) + off.toExponential(random.below(4));
  return random.pick(prefixedWith) + plainNumber(Number(off.toPrecision(digits)));
}

/** Without an exponent. */
const plainNumber = (number: number): string =>
  /e/.test(String(number)) ? number.toFixed(12).replace(/0+$/, '').replace(/\.$/, '') : String(number);

export const number: Text = ({ value }, random) =>
  typeof value === 'number' ? numberText(value, random) : undefined;

export const quantity: Text = (value, random) => {
  const end = someOf((quantityEnds(value) ?? []).filter(Boolean) as Quantity[], random);
  if (end?.value === undefined) return undefined;
  const amount = numberText(end.value, random);
  const forms = [amount];
  if (end.system && end.code) forms.push([amount, end.system, end.code].map(escapeUnit).join('|'));
  for (const unit of [end.code, end.unit]) if (unit) forms.push(`${amount}||${escapeValue(unit)}`);
  return random.pick(forms);
};

const escapeUnit = (text: string, at: number): string => (at === 0 ? text : escapeValue(text));

const OTHER_UNITS: Readonly<Record<string, readonly string[]>> = {
  Cel: ['[degF]', 'K'],
  cm: ['m', 'mm', '[in_i]'],
  kg: ['g', '[lb_av]'],
  'kg/m2': ['g/cm2'],
  'mm[Hg]': ['kPa', 'Pa'],
  'mg/dL': ['g/L', 'ug/mL'],
  'g/dL': ['mg/mL', 'g/L'],
  'mmol/L': ['umol/mL', 'umol/L'],
  '/min': ['/s', '/h'],
  mg: ['g', 'ug'],
  mL: ['L'],
  min: ['h', 's'],
  h: ['min', 'd'],
  '%': ['1'],
};

/** A quantity in another UCUM unit than the data have, never exactly at their values. */
export const otherUnit: Text = (value, random) => {
  const end = someOf((quantityEnds(value) ?? []).filter(Boolean) as Quantity[], random);
  const unit = someOf(OTHER_UNITS[end?.code ?? ''] ?? [], random);
  if (end?.system !== UCUM || end.value === undefined || !unit) return undefined;
  const amount = convertUnit(end.value * random.pick([0.9717, 1.0313]), end.code!, unit);
  if (amount === undefined || amount === 0) return undefined;
  const about = plainNumber(Number(amount.toPrecision(random.pick([3, 5]))));
  return `${random.pick(prefixedWith)}${about}|${random.pick([UCUM, ''])}|${unit}`;
};

export const reference: Text = (value, random, base) => {
  if (typeof value.value === 'string') return escapeValue(value.value);
  const target = targetOf(value, base);
  if (!target) return undefined;
  if (target.url !== undefined) return escapeValue(target.url);
  const { type, id } = { ...target, id: orMiss(target.id!, random) };
  if (target.version && random.chance(0.5))
    return `${type}/${id}/_history/${random.pick([target.version, '7'])}`;
  return random.pick([id, `${type}/${id}`, `${type}/${id}`, `${base}/${type}/${id}`]);
};

/** The id alone, for `:[type]`. */
export const referencedId: Text = (value, random, base) => {
  const { id } = targetOf(value, base) ?? {};
  return id && orMiss(id, random);
};

/** An identifier that a reference has. */
export const referencedIdentifier: Text = ({ type, value, path }, random, base) =>
  type === 'Reference' && value.identifier
    ? token({ type: 'Identifier', value: value.identifier, path }, random, base)
    : undefined;

export const uri: Text = ({ value }, random) => escapeValue(orMiss(value, random));

/** A URL above another, for :below. */
export const shorterUri: Text = ({ value }, random) => {
  if (!/^https?:/.test(value)) return undefined;
  const parts = (value as string).split('/');
  return escapeValue(parts.slice(0, 3 + random.below(parts.length - 2)).join('/'));
};

/** A URL below another, for :above. */
export const longerUri: Text = ({ value }, random) =>
  /^https?:/.test(value)
    ? escapeValue(`${value.split('|')[0]}${random.pick(['', '/more', '/_history/5'])}`)
    : undefined;
