// How precise a value is and what it may stand for (https://hl7.org/fhirpath/ 2.0, lowBoundary, highBoundary, precision,
// comparable), and sort(): later than N1, but part of the published R4 tests.
import { isJsonNumber } from '../../json/jsonNumber.ts';
import { type Decimal, decimalOf, numberFrom, scaleTo, wholeDecimal } from '../decimal.ts';
import { compareItems } from '../equality.ts';
import { type Frame, ofItems, ofTruth, shapeOfItem, spend, withItem } from '../expression.ts';
import { evaluationError, type Item, noItems, onlyItem, valueItem } from '../item.ts';
import { daysIn, type Moment, parseMoment, writeDate, writeTime } from '../moment.ts';
import { amountOf, inOneUnit, quantityItem } from '../quantity.ts';
import { argument, type FunctionRule, integerIn, ofSingle, systemShapes } from './functionRule.ts';

type Edge = 'low' | 'high';

/** Most decimals a boundary may be asked for, and what is given when nothing is asked for. */
const mostDecimals = 31;
const usualDecimals = 8;

/** Half a unit of the last digit below or above, cut to as many decimals as are wanted. */
function decimalBoundary(decimal: Decimal, edge: Edge, decimals: number): Decimal {
  const finer = { digits: decimal.digits * 10n, scale: decimal.scale + 1 };
  const moved = { ...finer, digits: finer.digits + (edge === 'low' ? -5n : 5n) };
  if (moved.scale <= decimals) return { digits: scaleTo(moved, decimals), scale: decimals };
  const shifted = { digits: moved.digits, scale: moved.scale - decimals };
  return { digits: wholeDecimal(shifted, edge === 'low' ? 'down' : 'up'), scale: decimals };
}

/** Digits of a date, dateTime or time by its parts: `@2014` has 4, `@2014-01-05T10:30:00.000` 17. */
const dateDigits = [4, 6, 8, 10, 12, 14, 17];
const timeDigits = [2, 4, 6, 9];

function momentBoundary(moment: Moment, edge: Edge, digits: number): string | undefined {
  const time = moment.kind === 'Time';
  const steps = time ? timeDigits : dateDigits;
  const length = steps.indexOf(digits) + 1;
  if (length === 0) return undefined;
  const parts = [...moment.parts];
  const limits = time ? [0, 0, 0, 0] : [1, 1, 1, 0, 0, 0, 0];
  while (parts.length < length) {
    const at = parts.length;
    // A dateTime that names an hour means its first minute: there are none without minutes in FHIR.
    const named = at === 4 && !time;
    parts.push(edge === 'low' || named ? limits[at]! : highest(parts, time));
  }
  const cut = parts.slice(0, length);
  if (time) return writeTime(cut);
  const zoneText = length > 3 ? moment.zoneText || (edge === 'low' ? '+14:00' : '-12:00') : '';
  return writeDate(cut, { kind: 'Date', zoneText });
}

/** The last month, day, minute … behind these parts. */
function highest(parts: readonly number[], time: boolean): number {
  const at = parts.length + (time ? 3 : 0);
  if (at === 2) return daysIn(parts[0]!, parts[1]!);
  return [9999, 12, 31, 23, 59, 59, 999][at]!;
}

function boundary(edge: Edge): FunctionRule {
  return {
    arity: [0, 1],
    compile(call) {
      const { target, node } = call;
      const precision = argument(call, 0);
      return ofItems(
        (frame) => {
          const item = onlyItem(target.items(frame));
          const wanted = precision && integerIn(precision.items(frame), `${node.name}()`);
          return item?.value === undefined ? noItems : boundaryOf(item, edge, wanted, frame);
        },
        { single: true },
      );
    },
  };
}

function boundaryOf(item: Item, edge: Edge, wanted: number | undefined, frame: Frame): readonly Item[] {
  const { value } = item;
  if (typeof value === 'string') {
    const moment = parseMoment(value);
    const { system } = shapeOfItem(frame, item);
    const usual = system === 'Date' ? 8 : system === 'Time' ? 9 : 17;
    const text = moment && momentBoundary(moment, edge, wanted ?? usual);
    return text === undefined ? noItems : [valueItem(text, item.type)];
  }
  const amount = amountOf(item);
  const decimal = amount && decimalOf(amount.value);
  const decimals = wanted ?? usualDecimals;
  if (!decimal || decimals < 0 || decimals > mostDecimals) return noItems;
  const number = numberFrom(decimalBoundary(decimal, edge, decimals));
  if (number === undefined) return noItems;
  return isJsonNumber(value)
    ? [valueItem(number, 'System.Decimal')]
    : [quantityItem(number, amount.unit, amount.calendar)];
}

/** precision(): digits of a number behind the point and before, or of a moment. */
function precisionOf({ value }: Item): readonly Item[] {
  if (typeof value === 'string') {
    const moment = parseMoment(value);
    const steps = moment?.kind === 'Time' ? timeDigits : dateDigits;
    return moment ? [valueItem(steps[moment.parts.length - 1], 'System.Integer')] : noItems;
  }
  const decimal = isJsonNumber(value) ? decimalOf(value) : undefined;
  return decimal ? [valueItem(decimal.scale, 'System.Integer')] : noItems;
}

const comparable: FunctionRule = {
  arity: [1, 1],
  compile(call) {
    const other = argument(call, 0)!;
    return ofTruth(call.context, (frame) => {
      const [a, b] = [onlyItem(call.target.items(frame)), onlyItem(other.items(frame))];
      const [x, y] = [a && amountOf(a), b && amountOf(b)];
      return x && y && inOneUnit(x, y, frame.env) !== undefined;
    });
  },
};

/** sort(): by each key in turn, downwards where it has a minus sign before it; empty keys come first either way. */
const sort: FunctionRule = {
  arity: [0, 10],
  compile({ target, node, context }) {
    const inner = { ...context, focus: target.shapes, looping: true };
    const keys = node.args.map((arg) => {
      const down = arg.kind === 'polarity' && arg.operator === '-';
      return { key: context.compile(down ? arg.operand : arg, inner), sign: down ? -1 : 1 };
    });
    const keysOf = (item: Item, index: number, frame: Frame) =>
      keys.length === 0
        ? [item]
        : keys.map(({ key }) => onlyItem(withItem(frame, item, index, (at) => key.items(at))));
    return ofItems(
      (frame) => {
        const items = target.items(frame);
        spend(frame, items.length * (1 + Math.ceil(Math.log2(items.length + 1))));
        const sorted = items.map((item, index) => ({ item, values: keysOf(item, index, frame) }));
        sorted.sort((a, b) => {
          for (let i = 0; i < a.values.length; i++) {
            const order = orderOf(a.values[i], b.values[i], keys[i]?.sign ?? 1, frame);
            if (order !== 0) return order;
          }
          return 0;
        });
        return sorted.map(({ item }) => item);
      },
      { shapes: target.shapes, single: target.single },
    );
  },
};

function orderOf(a: Item | undefined, b: Item | undefined, sign: number, frame: Frame): number {
  if (!a || !b) return a ? 1 : b ? -1 : 0;
  const order = compareItems(a, b, frame);
  if (order === undefined) throw evaluationError('sort() met values that cannot be ordered');
  return sign * order;
}

export const boundaries: Record<string, FunctionRule> = {
  lowBoundary: boundary('low'),
  highBoundary: boundary('high'),
  precision: ofSingle(precisionOf, (call) => systemShapes(call, 'Integer')),
  comparable,
  sort,
};
