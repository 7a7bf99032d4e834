// Both sides of every limit of every range, against an oracle that does no more than compare dates and numbers; made-up
// rulesets at random, and all shipped ones. Then the same amounts in other units.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { convertAmount } from '../../server/vitals/amount.ts';
import { judgeObservation } from '../../server/vitals/judgeObservation.ts';
import { createRuleset } from '../../server/vitals/ruleset.ts';
import type { AgeBound, Interval, PatientFacts, VitalSign } from '../../server/vitals/vitalSign.ts';
import { loinc, observation, quantity, type Row, shippedVitalSigns, vitalSign } from './made.ts';

const birthDate = '2001-03-10';

/** The day somebody is so old. */
function birthday({ value, unit }: AgeBound): string {
  const date = new Date(birthDate);
  if (unit === 'a') date.setUTCFullYear(date.getUTCFullYear() + value);
  else if (unit === 'mo') date.setUTCMonth(date.getUTCMonth() + value);
  else date.setUTCDate(date.getUTCDate() + value * (unit === 'wk' ? 7 : 1));
  return date.toISOString().slice(0, 10);
}

const dayBefore = (day: string) => new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
const afterAge = ({ value, unit }: AgeBound) => birthday({ value: value + 1, unit });

interface Person {
  readonly facts: PatientFacts;
  readonly when: string;
}

/** First and last day of the patients an interval is for. */
function peopleOf({ age, gender = 'female', contexts, gestationalAge }: Interval): Person[] {
  const week = gestationalAge?.low?.value ?? gestationalAge?.high?.value;
  const facts: PatientFacts = {
    reference: 'Patient/a',
    birthDate,
    gender,
    contexts,
    nonHuman: false,
    ...(week !== undefined && { gestationalAge: { weeks: week, days: 0 } }),
  };
  const days = [
    age?.low ? birthday(age.low) : birthDate,
    age?.high ? dayBefore(afterAge(age.high)) : '2091-03-09',
  ];
  return days.map((when) => ({ facts, when }));
}

function applies({ age, gender, contexts, gestationalAge }: Interval, { facts, when }: Person): boolean {
  const weeks = facts.gestationalAge?.weeks;
  return (
    (!age?.low || when >= birthday(age.low)) &&
    (!age?.high || when < afterAge(age.high)) &&
    (!gender || gender === facts.gender) &&
    contexts.every(({ code }) => facts.contexts.some((known) => known.code === code)) &&
    (!gestationalAge || weeks !== undefined) &&
    (!gestationalAge?.low || weeks! >= gestationalAge.low.value) &&
    (!gestationalAge?.high || weeks! <= gestationalAge.high.value)
  );
}

function daysOf({ age }: Interval): number {
  if (!age) return Infinity;
  const from = Date.parse(age.low ? birthday(age.low) : birthDate);
  return (age.high ? Date.parse(afterAge(age.high)) : Date.parse('2270-01-01')) - from;
}

const byRank = (a: Interval, b: Interval) =>
  b.contexts.length - a.contexts.length ||
  Number(!!b.gestationalAge) - Number(!!a.gestationalAge) ||
  Number(!!b.gender) - Number(!!a.gender) ||
  (daysOf(a) === daysOf(b) ? a.position - b.position : daysOf(a) - daysOf(b));

/** What the tables say of a value. */
function expected(intervals: readonly Interval[], person: Person, value: number): string {
  const of = (category: string) =>
    intervals.filter((each) => each.category === category && applies(each, person)).sort(byRank)[0];
  const [absolute, critical, reference] = [of('absolute'), of('critical'), of('reference')];
  if (value < (absolute?.low ?? -Infinity) || value > (absolute?.high ?? Infinity)) return 'impossible';
  if (value < (critical?.low ?? -Infinity)) return 'LL';
  if (value < (reference?.low ?? -Infinity)) return 'L';
  if (value > (critical?.high ?? Infinity)) return 'HH';
  if (value > (reference?.high ?? Infinity)) return 'H';
  return reference ? 'N' : 'no-range';
}

const rounded = (value: number) => Number(value.toFixed(3));

/** Each value beside a limit, for each patient the limit is for: what was judged against what was expected. */
function compareAll({ codes, unit, intervals }: VitalSign, sign: VitalSign): [string, string][] {
  const ruleset = createRuleset([sign]);
  const compared: [string, string][] = [];
  for (const interval of intervals) {
    const limits = [interval.low, interval.high].filter((limit) => limit !== undefined);
    const values = limits.flatMap((limit) =>
      [-1, -0.1, -0.001, 0, 0.001, 0.1, 1].map((by) => rounded(limit + by)),
    );
    for (const person of peopleOf(interval)) {
      for (const value of values) {
        const sent = {
          ...observation('', { valueQuantity: quantity(value, unit!) }),
          code: { coding: [codes[0]] },
          effectiveDateTime: person.when,
        };
        const { judged, unjudged } = judgeObservation(sent, person.facts, ruleset);
        const where = `${interval.category} ${interval.position} on ${person.when}, ${value}:`;
        const told = judged[0]?.interpretation ?? unjudged[0]?.reason;
        compared.push([`${where} ${told}`, `${where} ${expected(intervals, person, value)}`]);
      }
    }
  }
  return compared;
}

const signs = shippedVitalSigns();
const measured = signs.filter(({ intervals }) => intervals.length > 0);

describe('both sides of every limit', () => {
  it.each(measured.map((sign) => [sign.definition, sign] as const))('of %s', (_, sign) => {
    const compared = compareAll(sign, sign);
    expect(compared.length).toBeGreaterThan(6);
    expect(compared.map(([told]) => told)).toEqual(compared.map(([, right]) => right));
  });

  const bound = fc.record({
    value: fc.integer({ min: 0, max: 30 }),
    unit: fc.constantFrom<AgeBound['unit'][]>('a', 'mo', 'wk', 'd'),
  });
  const limits = fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 200 }));
  const known = fc.subarray([
    { system: 's', code: 'pregnant' },
    { system: 's', code: 'fasting' },
  ]);
  const row: fc.Arbitrary<Row> = fc
    .record({
      category: fc.constantFrom<Interval['category'][]>('reference', 'critical', 'absolute'),
      limits,
      age: fc.option(fc.record({ low: bound, high: bound }, { requiredKeys: [] }), { nil: undefined }),
      gender: fc.constantFrom('male', 'female', undefined),
      contexts: known,
    })
    .map(({ category, limits: [a, b], age, gender, contexts }) => [
      category,
      Math.min(a, b),
      Math.max(a, b),
      { ...(age && { age }), ...(gender && { gender }), contexts },
    ]);

  it('of made-up ones', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 8 }), (rows) => {
        // Ranges of about the same length in different units come in an order of their own.
        const sign = vitalSign('x', '/min', rows);
        const lengths = sign.intervals.map(daysOf);
        fc.pre(
          lengths.every((a) => lengths.every((b) => a === b || Math.abs(a - b) > 40 * 86_400_000)) &&
            sign.intervals.every(
              ({ age }) => !age?.low || !age.high || birthday(age.low) < afterAge(age.high),
            ),
        );
        for (const [told, right] of compareAll(sign, sign)) expect(told).toBe(right);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the same amount in another unit', () => {
  const pound = 0.45359237;
  /** How a sender converts, by the definitions of the units. */
  const units: [code: string, unit: string, others: Record<string, (value: number) => number>][] = [
    ['8310-5', 'Cel', { '[degF]': (value) => value * 1.8 + 32, K: (value) => value + 273.15 }],
    [
      '8480-6',
      'mm[Hg]',
      {
        kPa: (value) => value * 0.133322,
        Pa: (value) => value * 133.322,
        'cm[H2O]': (value) => (value * 133.322) / 98.0665,
      },
    ],
    [
      '29463-7',
      'kg',
      {
        g: (value) => value * 1000,
        '[lb_av]': (value) => value / pound,
        '[oz_av]': (value) => (value * 16) / pound,
      },
    ],
    [
      '8302-2',
      'cm',
      {
        m: (value) => value / 100,
        mm: (value) => value * 10,
        '[in_i]': (value) => value / 2.54,
        '[ft_i]': (value) => value / 30.48,
      },
    ],
    ['59408-5', '%', { 1: (value) => value / 100 }],
    [
      '8867-4',
      '/min',
      { Hz: (value) => value / 60, '/h': (value) => value * 60, '{beats}/min': (value) => value },
    ],
  ];
  const ruleset = createRuleset(signs);
  const facts: PatientFacts = {
    reference: 'Patient/a',
    birthDate: '1980-01-01',
    gender: 'male',
    contexts: [],
    nonHuman: false,
  };
  const answer = (code: string, value: number, unit: string) => {
    const sent = { ...observation('', { valueQuantity: quantity(value, unit) }), code: loinc(code) };
    const { judged, unjudged } = judgeObservation(sent, facts, ruleset);
    return {
      interpretation: judged[0]?.interpretation,
      interval: judged[0]?.interval,
      reason: unjudged[0]?.reason,
    };
  };

  it('is judged alike', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...units),
        fc.nat(10),
        fc.integer({ min: 0, max: 30_000 }),
        ([code, unit, others], which, hundredths) => {
          const names = Object.keys(others);
          const other = names[which % names.length]!;
          const value = hundredths / 100;
          const converted = others[other]!(value);
          expect(convertAmount(converted, other, unit)).toBeCloseTo(value, 7);
          expect(answer(code, converted, other)).toEqual(answer(code, value, unit));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it.each(units)('%s: limits in %s and in other units', (code, unit, others) => {
    const sign = signs.find(({ codes }) => codes.some((each) => each.code === code))!;
    expect(sign.unit).toBe(unit);
    for (const { low, high } of sign.intervals) {
      for (const limit of [low, high]) {
        if (limit === undefined) continue;
        for (const [other, convert] of Object.entries(others)) {
          expect(answer(code, convert(limit), other)).toEqual(answer(code, limit, unit));
        }
      }
    }
  });

  it('is the same in a definition with another unit', () => {
    const fahrenheit = createRuleset([vitalSign('x', '[degF]', [['reference', 97.7, 100.4]])]);
    const judge = (value: number, unit: string) =>
      judgeObservation(observation('x', { valueQuantity: quantity(value, unit) }), facts, fahrenheit)
        .judged[0]?.interpretation;
    expect([36.4, 36.5, 38, 38.1].map((value) => judge(value, 'Cel'))).toEqual(['L', 'N', 'N', 'H']);
    expect([97.6, 97.7, 100.4, 100.5].map((value) => judge(value, '[degF]'))).toEqual(['L', 'N', 'N', 'H']);
  });
});
