// Arithmetic on numbers, texts, quantities and moments (http://hl7.org/fhirpath/N1/#math, #datetime-arithmetic). What cannot be
// represented (an overflow, a division by zero) is empty.
import { isJsonNumber, type JsonNumber, numberOf } from '../json/jsonNumber.ts';
import {
  addDecimals,
  type Decimal,
  decimalOf,
  divideDecimals,
  divideWhole,
  multiplyDecimals,
  numberFrom,
} from './decimal.ts';
import { type Frame, shapeOfItem, spend } from './expression.ts';
import { evaluationError, type Item, noItems, stringItems, valueItem } from './item.ts';
import { addTime, calendarUnit } from './moment.ts';
import { type Amount, amountOf, inOneUnit, quantityItem } from './quantity.ts';

type Operation = (left: Item | undefined, right: Item | undefined, frame: Frame) => readonly Item[];

/** Whether a whole number is one of FHIRPath's integers, of 32 bits. */
export function isInteger(number: number): boolean {
  return Number.isInteger(number) && number >= -2147483648 && number <= 2147483647;
}

/** Whether an item is an Integer: by its type, not by how its value is written. */
export function isIntegerItem(item: Item, frame: Frame): boolean {
  return typeof item.value === 'number' && shapeOfItem(frame, item).system === 'Integer';
}

/** An Integer or Decimal; empty where there is no such number. */
export function numberItems(number: JsonNumber | undefined, integer: boolean): readonly Item[] {
  if (number === undefined || (typeof number === 'number' && !Number.isFinite(number))) return noItems;
  if (!integer) return [valueItem(number, 'System.Decimal')];
  return isInteger(numberOf(number)) ? [valueItem(numberOf(number), 'System.Integer')] : noItems;
}

function isQuantity(item: Item, frame: Frame): boolean {
  const { ancestors } = shapeOfItem(frame, item);
  return ancestors.has('System.Quantity') || ancestors.has('Quantity');
}

function isMoment(item: Item, frame: Frame): boolean {
  const { system } = shapeOfItem(frame, item);
  return system === 'Date' || system === 'DateTime' || system === 'Time';
}

function wrongOperands(operator: string, left: Item, right: Item): Error {
  return evaluationError(`${left.type} ${operator} ${right.type} is not possible`);
}

/** An operation on two numbers; others have their own rules. */
function onNumbers(
  operator: string,
  integer: boolean | 'ofBoth',
  apply: (a: Decimal, b: Decimal) => Decimal | undefined,
  others: (left: Item, right: Item, frame: Frame) => readonly Item[] | undefined = () => undefined,
): Operation {
  return (left, right, frame) => {
    if (!left || !right || left.value === undefined || right.value === undefined) return noItems;
    if (!isJsonNumber(left.value) || !isJsonNumber(right.value)) {
      const result = others(left, right, frame);
      if (!result) throw wrongOperands(operator, left, right);
      return result;
    }
    spend(frame, 1);
    const [a, b] = [decimalOf(left.value), decimalOf(right.value)];
    const result = a && b && apply(a, b);
    const whole = integer === 'ofBoth' ? isIntegerItem(left, frame) && isIntegerItem(right, frame) : integer;
    return numberItems(result && numberFrom(result), whole);
  };
}

/** The sum in a unit common to both. */
function sumOfQuantities(left: Item, right: Item, sign: 1n | -1n, frame: Frame): readonly Item[] | undefined {
  if (!isQuantity(left, frame) || !isQuantity(right, frame)) return undefined;
  const [a, b] = [amountOf(left), amountOf(right)];
  const common = a && b && inOneUnit(a, b, frame.env);
  if (!common) return noItems;
  const [x, y] = common.values.map((value) => decimalOf(value));
  const sum = x && y && numberFrom(addDecimals(x, y, sign));
  return sum === undefined ? noItems : [quantityItem(sum, common.unit, common.calendar)];
}

/** Moment plus or minus an amount of time. */
function movedMoment(left: Item, right: Item, sign: 1 | -1, frame: Frame): readonly Item[] | undefined {
  if (!isMoment(left, frame) || !isQuantity(right, frame)) return undefined;
  const amount = amountOf(right);
  const unit = amount && calendarUnit(amount.unit);
  if (!amount || !unit)
    throw evaluationError(`a moment cannot be moved by '${amount?.unit}': that is no calendar unit`);
  const text = addTime(String(left.value), sign * numberOf(amount.value), unit);
  return text === undefined ? noItems : [valueItem(text, `System.${shapeOfItem(frame, left).system}`)];
}

/** Most characters of a text that is put together. */
export const longestText = 1_000_000;

export function joined(frame: Frame, parts: readonly string[]): string {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > longestText) throw evaluationError(`a text longer than ${longestText} characters`);
  spend(frame, length >> 6);
  return parts.join('');
}

function isText(item: Item): item is Item & { value: string } {
  return typeof item.value === 'string';
}

function unitOf({ unit }: Amount): string {
  return /^[\w%[\]{}*']+$/.test(unit) ? unit : `(${unit})`;
}

function productOfQuantities(left: Item, right: Item): readonly Item[] | undefined {
  const [a, b] = [amountOf(left), amountOf(right)];
  const [x, y] = [a && decimalOf(a.value), b && decimalOf(b.value)];
  if (!a || !b || !x || !y) return undefined;
  const value = numberFrom(multiplyDecimals(x, y));
  const unit = a.unit === '1' ? b.unit : b.unit === '1' ? a.unit : `${unitOf(a)}.${unitOf(b)}`;
  return value === undefined ? noItems : [quantityItem(value, unit)];
}

function quotientOfQuantities(left: Item, right: Item, frame: Frame): readonly Item[] | undefined {
  const [a, b] = [amountOf(left), amountOf(right)];
  if (!a || !b) return undefined;
  const same = inOneUnit(a, b, frame.env);
  const [x, y] = (same?.values ?? [a.value, b.value]).map((value) => decimalOf(value));
  const quotient = x && y && divideDecimals(x, y);
  const value = quotient && numberFrom(quotient);
  const unit = same ? '1' : b.unit === '1' ? a.unit : `${a.unit === '1' ? '' : unitOf(a)}/${unitOf(b)}`;
  return value === undefined ? noItems : [quantityItem(value, unit)];
}

/** The operations by their operators; an empty operand makes the result empty, except for `&`. */
export const arithmetic: Record<'*' | '/' | 'div' | 'mod' | '+' | '-' | '&', Operation> = {
  '+': onNumbers('+', 'ofBoth', addDecimals, (left, right, frame) => {
    if (isMoment(left, frame)) return movedMoment(left, right, 1, frame);
    if (isText(left) && isText(right)) return stringItems(joined(frame, [left.value, right.value]));
    return sumOfQuantities(left, right, 1n, frame);
  }),
  '-': onNumbers(
    '-',
    'ofBoth',
    (a, b) => addDecimals(a, b, -1n),
    (left, right, frame) => movedMoment(left, right, -1, frame) ?? sumOfQuantities(left, right, -1n, frame),
  ),
  '*': onNumbers('*', 'ofBoth', multiplyDecimals, productOfQuantities),
  '/': onNumbers('/', false, divideDecimals, quotientOfQuantities),
  div: onNumbers('div', true, (a, b) => {
    const result = divideWhole(a, b);
    return result && { digits: result.quotient, scale: 0 };
  }),
  mod: onNumbers('mod', 'ofBoth', (a, b) => divideWhole(a, b)?.rest),
  '&'(left, right, frame) {
    const texts = [left, right].map((item) => {
      if (item?.value === undefined) return '';
      if (!isText(item)) throw evaluationError(`& joins texts, not ${item.type}`);
      return item.value;
    });
    return stringItems(joined(frame, texts));
  },
};

/** The number or quantity with the opposite sign. */
export function negated(item: Item): readonly Item[] {
  const { value } = item;
  if (value === undefined) return noItems;
  if (isJsonNumber(value)) return [{ ...item, value: opposite(value) }];
  const amount = typeof value === 'object' ? amountOf(item) : undefined;
  if (!amount) throw evaluationError(`a sign before ${item.type}`);
  return [quantityItem(opposite(amount.value), amount.unit, amount.calendar)];
}

function opposite(number: JsonNumber): JsonNumber {
  if (typeof number === 'number') return number === 0 ? 0 : -number;
  return JSON.rawJSON(number.rawJSON.startsWith('-') ? number.rawJSON.slice(1) : `-${number.rawJSON}`);
}
