// Definitions with ranges for the same patients: what is said of them, and that none silences another's critical limits.
import { describe, expect, it } from '@jest/globals';
import { competingRanges, rivalriesOf } from '../../server/vitals/competingRanges.ts';
import { judgeObservation } from '../../server/vitals/judgeObservation.ts';
import { rivalryTexts } from '../../server/vitals/rivalryTexts.ts';
import { createRuleset } from '../../server/vitals/ruleset.ts';
import type { PatientFacts, VitalSign } from '../../server/vitals/vitalSign.ts';
import { adult, observation, quantity, type Row, shippedVitalSigns, vitalSign, years } from './made.ts';

const sign = (id: string, rows: Row[], more: Partial<VitalSign> = {}) =>
  vitalSign('rate', '/min', rows, { definition: `ObservationDefinition/${id}`, ...more });

const house = sign('m', [
  ['reference', 60, 100, { age: years(16) }],
  ['critical', 41, 130, { age: years(16) }],
  ['critical', 60, 160, { age: years(6, 15) }],
  ['absolute', 0, 350],
]);

const judged = (signs: VitalSign[], value: Record<string, unknown>, facts: PatientFacts = adult) => {
  const { judged, unjudged } = judgeObservation(observation('rate', value), facts, createRuleset(signs));
  return judged[0]?.interpretation ?? unjudged[0]?.reason;
};
const rate = (value: number, unit = '/min') => ({ valueQuantity: quantity(value, unit) });
/** What is told to who stores the definition `id`. */
const told = (id: string, ...signs: VitalSign[]) => {
  const own = signs.find(({ definition }) => definition.endsWith(`/${id}`))!;
  return rivalriesOf(own, signs).flatMap((rivalry) => rivalryTexts(rivalry, own));
};

describe('equally specific intervals of two definitions', () => {
  const wide: Row[] = [
    ['reference', 10, 300, { age: years(16) }],
    ['critical', 5, 310, { age: years(16) }],
  ];

  it.each(['a', 'z'])('hold with the narrower critical limits, whichever comes first (%s)', (id) => {
    const signs = [house, sign(id, wide)].sort((a, b) => (a.definition < b.definition ? -1 : 1));
    expect([30, 41, 130, 190].map((value) => judged(signs, rate(value)))).toEqual([
      ...['LL', expect.stringMatching(/^[LN]$/), expect.stringMatching(/^[HN]$/), 'HH'],
    ]);
  });

  it.each(['a', 'z'])('keep a side that the other leaves open (%s)', (id) => {
    const other = sign(id, [['critical', 50, undefined, { age: years(16) }]]);
    const signs = [house, other].sort((a, b) => (a.definition < b.definition ? -1 : 1));
    expect([45, 190].map((value) => judged(signs, rate(value)))).toEqual(['LL', 'HH']);
  });

  it('are compared in one unit', () => {
    const inHertz = { ...sign('a', [['critical', 0.1, 5, { age: years(16) }]]), unit: 'Hz' };
    expect(judged([inHertz, house], rate(190))).toBe('HH');
    expect(judged([house, inHertz], rate(4, 'Hz'))).toBe('HH');
    const narrow = { ...sign('a', [['critical', 1, 2, { age: years(16) }]]), unit: 'Hz' };
    expect(judged([house, narrow], rate(125))).toBe('HH');
    expect(judged([house, narrow], rate(55))).toBe('LL');
  });

  it('agree on what is impossible', () => {
    const narrow = sign('a', [['absolute', 50, 150]]);
    expect(judged([narrow, house], rate(190))).toBe('HH');
    expect(judged([house, narrow], rate(190))).toBe('HH');
    expect(judged([narrow, house], rate(400))).toBe('impossible');
  });

  it('of one definition stay in their order', () => {
    const codes = ['a', 'b'].map((code) => ({ system: 's', code }));
    const facts = { ...adult, contexts: codes };
    const one = sign('a', [
      ['critical', 20, 200, { contexts: [codes[0]!] }],
      ['critical', 50, 120, { contexts: [codes[1]!] }],
      ['reference', 60, 100],
    ]);
    expect(judged([one], rate(150), facts)).toBe('H');
  });

  it('are told to both, whoever is first', () => {
    const other = sign('z', wide);
    expect(told('z', house, other)).toEqual([
      'ObservationDefinition/z.qualifiedInterval[0] (reference 10 to 300 /min) is hidden by intervals, as specific, and first by id, ' +
        'of ObservationDefinition/m: qualifiedInterval[0] (reference 60 to 100 /min) for patients aged 16 years or more (all it is for).',
      'ObservationDefinition/z.qualifiedInterval[1] (critical 5 to 310 /min) is as specific as intervals of ObservationDefinition/m: ' +
        'qualifiedInterval[1] (critical 41 to 130 /min) for patients aged 16 years or more (all it is for). The narrower of these limits hold.',
    ]);
    expect(told('m', house, other)[0]).toMatch(/^ObservationDefinition\/m\S+ .*takes the place of .*\/z: /);
    expect(competingRanges([house, other]).rivalries[0]!.competitions.map(({ wholly }) => wholly)).toEqual([
      true,
      true,
    ]);
  });
});

describe('a more specific interval of another definition', () => {
  const male = sign('a', [['critical', 5, 310, { gender: 'male' }]]);

  it('holds, and is told', () => {
    expect(judged([male, house], rate(190), { ...adult, gender: 'male' })).toBe('H');
    expect(judged([male, house], rate(190))).toBe('HH');
    expect(told('a', male, house)).toEqual([
      'ObservationDefinition/a.qualifiedInterval[0] (critical 5 to 310 /min), more specific, takes the place of intervals of ' +
        'ObservationDefinition/m: qualifiedInterval[1] (critical 41 to 130 /min) for male patients aged 16 years or more; ' +
        'qualifiedInterval[2] (critical 60 to 160 /min) for male patients aged 6 years to 15 years.',
    ]);
    const [rivalry] = competingRanges([male, house]).rivalries;
    expect(rivalry!.competitions).toMatchObject([
      { equal: false, wholly: false },
      { equal: false, wholly: false },
    ]);
  });

  it('is told to who stores the less specific one', () => {
    const any = sign('z', [['critical', 5, 310]]);
    expect(judged([house, any], rate(190))).toBe('HH');
    expect(told('z', house, any)).toEqual([
      expect.stringMatching(
        /z\.qualifiedInterval\[0\].* is hidden by intervals, more specific, of .*\/m: .*\[1\].*; .*\[2\]/,
      ),
    ]);
  });
});

describe('nothing competes', () => {
  it('in what is shipped', () => {
    expect(competingRanges(shippedVitalSigns())).toEqual({ rivalries: [], complete: true });
  });

  it.each<[string, VitalSign]>([
    ['of other ages', sign('a', [['critical', 80, 190, { age: years(0, 5) }]])],
    ['of the days before', sign('a', [['critical', 80, 190, { age: { high: { value: 71, unit: 'mo' } } }]])],
    ['of one patient', sign('a', [['critical', 5, 310]], { patient: 'Patient/a' })],
    ['of another category', sign('a', [['reference', 5, 310, { age: years(0, 15) }]])],
    ['of another code', { ...sign('a', [['critical', 5, 310]]), codes: [{ system: 's', code: 'rate' }] }],
    ['in a unit that is not converted', { ...sign('a', [['critical', 5, 310]]), unit: 'kg' }],
  ])('where ranges are %s', (_, other) => {
    expect(competingRanges([other, house]).rivalries).toEqual([]);
    expect(rivalriesOf(other, [other, house])).toEqual([]);
  });

  it('for men and women', () => {
    const of = (gender: string) => sign(gender, [['critical', 5, 310, { gender }]]);
    expect(competingRanges([of('female'), of('male')]).rivalries).toEqual([]);
  });
});

it('are compared among those of one patient', () => {
  const own = (id: string) => sign(id, [['critical', 5, 310]], { patient: 'Patient/a' });
  expect(competingRanges([own('a'), own('b')]).rivalries).toHaveLength(1);
});

it('of codes the worse holds', () => {
  const awake = (id: string, more: Partial<VitalSign>): VitalSign => ({
    ...{ definition: `ObservationDefinition/${id}`, version: '1', name: 'Awake', intervals: [] },
    codes: [{ system: 'http://loinc.org', code: 'rate' }],
    ...more,
  });
  const asleep = { system: 's', code: 'unresponsive' };
  const signs = [awake('a', { normalCodes: [asleep] }), awake('b', { criticalCodes: [asleep] })];
  const value = { valueCodeableConcept: { coding: [asleep] } };
  expect(judged(signs, value)).toBe('AA');
  expect(told('a', ...signs)).toEqual([
    'ObservationDefinition/a and ObservationDefinition/b say different things of s|unresponsive: the worse of the two holds.',
  ]);
});

it('are not compared without end', () => {
  const rows: Row[] = Array.from({ length: 100 }, (_, low) => ['reference', low, 300]);
  const many = Array.from({ length: 100 }, (_, i) => sign(`a${i}`, rows));
  expect(competingRanges(many).complete).toBe(false);
});
