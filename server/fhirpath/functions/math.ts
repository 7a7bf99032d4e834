// Functions of numbers and of their precision (http://hl7.org/fhirpath/N1/#math).
import { isJsonNumber, type JsonNumber, numberOf } from '../../json/jsonNumber.ts';
import { isIntegerItem, numberItems } from '../arithmetic.ts';
import { decimalOf, numberFrom, roundDecimal, wholeDecimal } from '../decimal.ts';
import { type Frame, ofItems } from '../expression.ts';
import { evaluationError, type Item, noItems, onlyItem } from '../item.ts';
import { amountOf, quantityItem } from '../quantity.ts';
import { argument, type FunctionRule, integerIn, ofSingle, systemShapes } from './functionRule.ts';

function numberIn(item: Item, name: string): JsonNumber | undefined {
  if (item.value === undefined) return undefined;
  if (!isJsonNumber(item.value)) throw evaluationError(`${name}() takes a number, not ${item.type}`);
  return item.value;
}

/** A function of one number that is worked out in doubles. */
function ofDouble(name: string, apply: (number: number) => number): FunctionRule {
  return ofSingle(
    (item) => {
      const number = numberIn(item, name);
      return number === undefined ? noItems : decimalItems(apply(numberOf(number)));
    },
    (call) => systemShapes(call, 'Decimal'),
  );
}

/** The decimal a double comes to; empty for none. */
function decimalItems(number: number): readonly Item[] {
  return numberItems(Number.isFinite(number) ? number : undefined, false);
}

/** A function of two numbers that is worked out in doubles. */
function ofDoubles(
  name: string,
  apply: (number: number, other: number, integers: boolean) => readonly Item[],
): FunctionRule {
  return {
    arity: [1, 1],
    compile(call) {
      const { target } = call;
      const other = argument(call, 0)!;
      return ofItems(
        (frame) => {
          const [a, b] = [onlyItem(target.items(frame)), onlyItem(other.items(frame))];
          const x = a && numberIn(a, name);
          const y = b && numberIn(b, name);
          if (x === undefined || y === undefined) return noItems;
          return apply(numberOf(x), numberOf(y), isIntegerItem(a!, frame) && isIntegerItem(b!, frame));
        },
        { single: true },
      );
    },
  };
}

/** ceiling(), floor() and truncate(). */
function whole(name: string, direction: 'down' | 'up' | 'zero'): FunctionRule {
  return ofSingle(
    (item) => {
      const number = numberIn(item, name);
      const decimal = number === undefined ? undefined : decimalOf(number);
      return numberItems(decimal && numberFrom({ digits: wholeDecimal(decimal, direction), scale: 0 }), true);
    },
    (call) => systemShapes(call, 'Integer'),
  );
}

function absolute(item: Item, frame: Frame): readonly Item[] {
  const amount = typeof item.value === 'object' && !isJsonNumber(item.value) ? amountOf(item) : undefined;
  const number = amount ? amount.value : numberIn(item, 'abs');
  const decimal = number === undefined ? undefined : decimalOf(number);
  const result =
    decimal && numberFrom({ ...decimal, digits: decimal.digits < 0n ? -decimal.digits : decimal.digits });
  if (!amount || result === undefined) return numberItems(result, isIntegerItem(item, frame));
  return [quantityItem(result, amount.unit, amount.calendar)];
}

const round: FunctionRule = {
  arity: [0, 1],
  compile(call) {
    const { target } = call;
    const precision = argument(call, 0);
    return ofItems(
      (frame) => {
        const item = onlyItem(target.items(frame));
        const number = item && numberIn(item, 'round');
        const decimal = number === undefined ? undefined : decimalOf(number);
        const scale = precision ? integerIn(precision.items(frame), 'round()') : 0;
        if (!decimal || scale === undefined) return noItems;
        if (scale < 0) throw evaluationError('round() takes a precision of 0 or more');
        return numberItems(numberFrom(roundDecimal(decimal, scale)), false);
      },
      { single: true, shapes: systemShapes(call, 'Decimal') },
    );
  },
};

export const math: Record<string, FunctionRule> = {
  abs: ofSingle(absolute),
  ceiling: whole('ceiling', 'up'),
  floor: whole('floor', 'down'),
  truncate: whole('truncate', 'zero'),
  exp: ofDouble('exp', Math.exp),
  ln: ofDouble('ln', Math.log),
  sqrt: ofDouble('sqrt', Math.sqrt),
  log: ofDoubles('log', (number, base) => {
    // Powers of 2 and 10 have exact logarithms, which the quotient of two logarithms would miss.
    const exact = base === 2 ? Math.log2(number) : base === 10 ? Math.log10(number) : undefined;
    return decimalItems(exact ?? Math.log(number) / Math.log(base));
  }),
  power: ofDoubles('power', (number, exponent, integers) => {
    const result = number ** exponent;
    if (!Number.isFinite(result)) return noItems;
    return numberItems(result, integers && Number.isInteger(result));
  }),
  round,
};
