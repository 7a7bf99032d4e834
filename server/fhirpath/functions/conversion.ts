// Conversions between the types of FHIRPath (http://hl7.org/fhirpath/N1/#conversion). A primitive of FHIR converts as its
// value does.
import { isJsonNumber, type JsonNumber, numberOf, sourceOf } from '../../json/jsonNumber.ts';
import { isIntegerItem, numberItems } from '../arithmetic.ts';
import { decimalOf, formatDecimal } from '../decimal.ts';
import { type Frame, ofTruth, shapeOfItem } from '../expression.ts';
import { type Item, noItems, onlyItem, stringItems, truthItems, valueItem } from '../item.ts';
import { isCalendarWord, parseMoment, writeDate } from '../moment.ts';
import { type Amount, amountOf, quantityItem } from '../quantity.ts';
import { type FunctionRule, ofSingle, systemShapes } from './functionRule.ts';

const truths: Record<string, boolean> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  '1': true,
  '1.0': true,
  false: false,
  f: false,
  no: false,
  n: false,
  '0': false,
  '0.0': false,
};

function toBoolean({ value }: Item): readonly Item[] {
  if (typeof value === 'boolean') return truthItems(value);
  if (isJsonNumber(value)) {
    const number = numberOf(value);
    return number === 1 || number === 0 ? truthItems(number === 1) : noItems;
  }
  const text = typeof value === 'string' ? value.toLowerCase() : '';
  return Object.hasOwn(truths, text) ? truthItems(truths[text]) : noItems;
}

function toInteger(item: Item, frame: Frame): readonly Item[] {
  const { value } = item;
  if (typeof value === 'boolean') return numberItems(value ? 1 : 0, true);
  if (typeof value === 'string')
    return /^[+-]?\d{1,10}$/.test(value) ? numberItems(Number(value), true) : noItems;
  return isIntegerItem(item, frame) ? numberItems(value as number, true) : noItems;
}

/** A text as a number; leading zeros and a plus sign, which JSON does not know, are left out. */
function numberIn(text: string): JsonNumber | undefined {
  if (text.length > 1000 || !/^[+-]?\d+(?:\.\d+)?$/.test(text)) return undefined;
  const source = text.replace(/^\+/, '').replace(/^(-?)0+(?=\d)/, '$1');
  return String(Number(source)) === source ? Number(source) : JSON.rawJSON(source);
}

function toDecimal({ value }: Item): readonly Item[] {
  if (typeof value === 'boolean') return numberItems(value ? 1 : 0, false);
  if (typeof value === 'string') return numberItems(numberIn(value), false);
  return isJsonNumber(value) ? numberItems(value, false) : noItems;
}

/** `4 'mg'`, `4 days`, `4` as a text. */
const quantityText = /^([+-]?\d+(?:\.\d+)?)\s*(?:'([^']+)'|([a-zA-Z]+))?$/;

function toQuantity(item: Item): readonly Item[] {
  const { value } = item;
  if (typeof value === 'boolean') return [quantityItem(value ? 1 : 0, '1')];
  if (typeof value !== 'string') {
    const amount = amountOf(item);
    return amount ? [quantityItem(amount.value, amount.unit, amount.calendar)] : noItems;
  }
  const match = value.length > 1000 ? null : quantityText.exec(value);
  const number = match && numberIn(match[1]!);
  if (!match || number === undefined || number === null) return noItems;
  const [, , code, word] = match;
  if (word === undefined) return [quantityItem(number, code ?? '1')];
  return isCalendarWord(word) ? [quantityItem(number, word, true)] : noItems;
}

/** What a literal of the value would be written like. */
export function textOf(item: Item, frame: Frame): string | undefined {
  const { value } = item;
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (isJsonNumber(value)) {
    const decimal = /e/i.test(sourceOf(value)) ? decimalOf(value) : undefined;
    return decimal ? formatDecimal(decimal) : sourceOf(value);
  }
  const { ancestors } = shapeOfItem(frame, item);
  const amount = ancestors.has('System.Quantity') || ancestors.has('Quantity') ? amountOf(item) : undefined;
  return amount && quantityAsText(amount);
}

function quantityAsText({ value, unit, calendar }: Amount): string {
  return `${sourceOf(value)} ${calendar ? unit : `'${unit}'`}`;
}

/** A moment as a Date (its clock left out) or DateTime. */
function toMoment(kind: 'Date' | 'DateTime' | 'Time'): (item: Item) => readonly Item[] {
  return ({ value }) => {
    const moment = typeof value === 'string' && value.length < 100 ? parseMoment(value) : undefined;
    if (!moment || (moment.kind === 'Time') !== (kind === 'Time')) return noItems;
    if (kind === 'Time') return [valueItem((value as string).replace(/^T/, ''), 'System.Time')];
    const text =
      kind === 'Date' ? writeDate(moment.parts.slice(0, 3), { kind, zoneText: '' }) : (value as string);
    return [valueItem(text, `System.${kind}`)];
  };
}

const conversions: Record<string, (item: Item, frame: Frame) => readonly Item[]> = {
  Boolean: toBoolean,
  Integer: toInteger,
  Decimal: toDecimal,
  Quantity: toQuantity,
  Date: toMoment('Date'),
  DateTime: toMoment('DateTime'),
  Time: toMoment('Time'),
  String: (item, frame) => stringItems(textOf(item, frame)),
};

/** toX() of a single item, empty where it cannot be converted. */
function conversion(type: string, convert: (item: Item, frame: Frame) => readonly Item[]): FunctionRule {
  const rule = ofSingle(
    (item, frame) => (item.value === undefined ? noItems : convert(item, frame)),
    (call) => systemShapes(call, type),
  );
  // toQuantity() may be given a unit.
  return type === 'Quantity' ? { ...rule, arity: [0, 1] } : rule;
}

function convertsTo(convert: (item: Item, frame: Frame) => readonly Item[]): FunctionRule {
  return {
    arity: [0, 1],
    compile: ({ target, context }) =>
      ofTruth(context, (frame) => {
        const item = onlyItem(target.items(frame));
        return item && item.value !== undefined && convert(item, frame).length > 0;
      }),
  };
}

export const conversionFunctions: Record<string, FunctionRule> = {
  ...Object.fromEntries(
    Object.entries(conversions).map(([type, convert]) => [`to${type}`, conversion(type, convert)]),
  ),
  ...Object.fromEntries(
    Object.entries(conversions).map(([type, convert]) => [`convertsTo${type}`, convertsTo(convert)]),
  ),
};
