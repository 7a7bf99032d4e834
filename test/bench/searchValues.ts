// Values for searches of each parameter type: made from a resource, so that it is found, or such that nothing matches.
import type { Coding, Quantity, Sampled } from './searchSamples.ts';

/** How a value is put together: `turn` goes round the prefixes and forms. */
export interface Draw {
  turn: number;
  random: () => number;
  of<T>(list: readonly T[]): T;
}
/** A parameter's value made from a resource; undefined where that resource gives none. */
export type Value = (resource: Sampled, draw: Draw) => string | undefined;

export const PREFIXES = ['', 'eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const;

type Prefix = (typeof PREFIXES)[number];
const prefixAt = (turn: number): Prefix => PREFIXES[turn % PREFIXES.length]!;
const isAbove = (prefix: Prefix) => ['gt', 'ge', 'sa'].includes(prefix);
const isBelow = (prefix: Prefix) => ['lt', 'le', 'eb'].includes(prefix);

const letters = ({ random }: Draw, length: number) =>
  Array.from({ length }, () => 'qxzvwj'[Math.floor(random() * 6)]).join('');
/** What is in no name and no address. */
export const noWord: Value = (_, draw) => `zq${letters(draw, 5)}`;
const inside = (text: string | undefined, { random }: Draw) =>
  text && text.length > 5 ? text.slice(1 + Math.floor(random() * (text.length - 5))).slice(0, 4) : undefined;

/** Family or given name, whole or its beginning. */
export const nameOf: Value = ({ name }, draw) => {
  const { family, given } = name?.[0] ?? {};
  return draw.of([family, given?.[0], family?.slice(0, 4), family?.toUpperCase()]);
};
/** A part of an address, whole or its beginning. */
export const addressOf: Value = ({ address }, draw) => {
  const { line, city, state, postalCode } = address?.[0] ?? {};
  return draw.of([line?.[0], city, postalCode, state, city?.slice(0, 4)]);
};

/** A point in time as a day, a month, a year or as it is; no instant contains a period. */
export const dateOf =
  (read: (resource: Sampled) => string | undefined, instants: boolean): Value =>
  (resource, { turn }) => {
    const text = read(resource);
    const prefix = prefixAt(turn);
    const exact = instants || !['', 'eq', 'ap'].includes(prefix) ? text : text?.slice(0, 10);
    const forms = [text?.slice(0, 10), text?.slice(0, 7), text?.slice(0, 4), exact];
    const form = forms[Math.floor(turn / PREFIXES.length) % forms.length];
    return form && prefix + form;
  };
/** Before or after everything there is; a period without an end goes on, and reaches every later day. */
export const noDate: Value = ({ resourceType }, { turn, random }) => {
  const prefix = prefixAt(turn);
  if (prefix === 'ne' || (resourceType === 'Encounter' && ['gt', 'ge'].includes(prefix))) return undefined;
  return `${prefix}${(isAbove(prefix) ? 2500 : 1700) + Math.floor(random() * 90)}-05-17`;
};

/** `system|code` or `code`. */
export const tokenOf =
  (read: (resource: Sampled) => Coding | undefined): Value =>
  (resource, { turn }) => {
    const { system, code } = read(resource) ?? {};
    return turn % 3 === 2 || !system ? code : code && `${system}|${code}`;
  };
/** An unknown code, of a known system every other time. */
export const noToken =
  (read: (resource: Sampled) => Coding | undefined): Value =>
  (resource, draw) =>
    draw.turn % 2 === 0 ? `none-${letters(draw, 4)}` : `${read(resource)?.system}|none-${letters(draw, 4)}`;

/** A quantity as drawn, with and without its unit, as it is or rounded. */
function quantityText({ value, system, code }: Quantity, { turn }: Draw): string | undefined {
  if (value === undefined) return undefined;
  const form = Math.floor(turn / PREFIXES.length) % 3;
  const prefix = prefixAt(turn);
  const rounds = Math.floor(turn / (3 * PREFIXES.length)) % 2 === 1;
  const number = rounds && value >= 10 ? Math.round(value) : value;
  return `${prefix}${number}${form === 0 || !code ? '' : form === 1 ? `|${system}|${code}` : `||${code}`}`;
}
function noQuantityText({ code }: Quantity, { turn, random }: Draw): string | undefined {
  const prefix = prefixAt(turn);
  if (prefix === 'ne') return `ne5||none`;
  const size = 1e7 + Math.floor(random() * 1e6);
  return `${prefix}${isBelow(prefix) ? -size : size}${turn % 3 === 0 || !code ? '' : `||${code}`}`;
}
/** What has a code and a quantity: an Observation or a component of one. */
type Measured = { code?: { coding?: Coding[] }; valueQuantity?: Quantity };
/** Where it is found: in the resource itself, in a component, in either. */
export const whole = (resource: Sampled): Measured | undefined => resource;
export const part = ({ component = [] }: Sampled, { random }: Draw): Measured | undefined =>
  component[Math.floor(random() * component.length)];
export const both = (resource: Sampled, draw: Draw) => (resource.component ? part(resource, draw) : resource);
export type Find = (resource: Sampled, draw: Draw) => Measured | undefined;

/** With and without a unit, each prefix in its turn. */
export const quantityOf =
  (find: Find): Value =>
  (resource, draw) =>
    quantityText(find(resource, draw)?.valueQuantity ?? {}, draw);
/** Larger or smaller than everything there is. */
export const noQuantity =
  (find: Find): Value =>
  (resource, draw) =>
    noQuantityText(find(resource, draw)?.valueQuantity ?? {}, draw);

/** A code and a value of it. */
export const compositeOf =
  (find: Find): Value =>
  (resource, draw) => {
    const { code, valueQuantity = {} } = find(resource, draw) ?? {};
    const coding = tokenOf(() => code?.coding?.[0])(resource, draw);
    const quantity = quantityText(valueQuantity, draw);
    return coding && quantity && `${coding}$${quantity}`;
  };
/** A known code with a value it never has, or an unknown code with a usual value. */
export const noComposite =
  (find: Find): Value =>
  (resource, draw) => {
    const { code, valueQuantity = {} } = find(resource, draw) ?? {};
    const isKnown = draw.turn % 2 === 0;
    const coding = (isKnown ? tokenOf : noToken)(() => code?.coding?.[0])(resource, draw);
    const quantity = (isKnown ? noQuantityText : quantityText)(valueQuantity, draw);
    return coding && quantity && `${coding}$${quantity}`;
  };

/** `Type/id` or `id`. */
export const referenceOf =
  (read: (resource: Sampled) => string | undefined): Value =>
  (resource, { turn }) => {
    const reference = read(resource);
    return turn % 4 === 3 ? reference?.split('/')[1] : reference;
  };
/** An identity that is none, or one that is not referred to like this. */
export const noReference =
  (type: string): Value =>
  ({ id }, { turn, random }) => {
    const end = Math.floor(random() * 0x1000000).toString(16);
    return `${type}/${turn % 2 === 0 ? id.slice(0, -6) + end.padStart(6, '0') : id}`;
  };

/** Four characters from the middle of a family name. */
export const insideName: Value = ({ name }, draw) => inside(name?.[0]?.family, draw);

/** Four characters from the middle of a street or a city. */
export const insideAddress: Value = ({ address }, draw) =>
  inside(draw.of([address?.[0]?.line?.[0], address?.[0]?.city]), draw);
