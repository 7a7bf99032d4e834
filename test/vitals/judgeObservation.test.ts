import { describe, expect, it } from '@jest/globals';
import { judgeObservation } from '../../server/vitals/judgeObservation.ts';
import type { JsonObject } from '../../server/vitals/observation.ts';
import { createRuleset } from '../../server/vitals/ruleset.ts';
import type { PatientFacts } from '../../server/vitals/vitalSign.ts';
import { adult, loinc, observation, quantity, vitalSign, years } from './made.ts';

const pregnant = { system: 'http://snomed.info/sct', code: '77386006' };
const third = { system: 'http://snomed.info/sct', code: '255248003' };

/** Rates by age, pregnancy and gender; temperatures; and two definitions of one code in units of their own. */
const ruleset = createRuleset([
  vitalSign('rate', '/min', [
    ['reference', 60, 100, { age: years(18) }],
    ['critical', 40, 140, { age: years(18) }],
    ['reference', 75, 118, { age: years(6, 17) }],
    ['critical', 60, 160, { age: years(6, 17) }],
    ['reference', 90, 150, { age: years(0, 5) }],
    ['critical', 70, 180, { age: years(0, 5) }],
    ['reference', 50, 110, { contexts: [pregnant] }],
    ['reference', 50, 115, { contexts: [pregnant, third] }],
    ['absolute', 0, 400],
  ]),
  vitalSign('temperature', 'Cel', [
    ['reference', 36, 38],
    ['critical', 35, 40],
    ['absolute', 10, 50],
  ]),
  vitalSign('pressure', 'mm[Hg]', [['reference', 90, 140]]),
  vitalSign('weight', 'kg', [['reference', 40, 120]]),
  vitalSign('saturation', '%', [
    ['reference', 95, undefined],
    ['critical', 90, undefined],
    ['absolute', 0, 100],
  ]),
  vitalSign('pain', '{score}', [['reference', 0, 3]]),
  vitalSign('size', 'cm', [
    ['reference', 150, 180, { gender: 'female' }],
    ['reference', 160, 195, { gender: 'male' }],
    ['reference', 20, 60, { gestationalAge: { high: { value: 36, unit: 'wk' } } }],
  ]),
  vitalSign('glucose', 'mg/dL', [['reference', 70, 140]], { definition: 'ObservationDefinition/mass' }),
  vitalSign('glucose', 'mmol/L', [['reference', 4, 8]], { definition: 'ObservationDefinition/moles' }),
  vitalSign('saturation', '%', [['reference', 88, 92]], {
    definition: 'ObservationDefinition/own',
    patient: 'Patient/lung',
  }),
  vitalSign('rate', '/min', [['reference', undefined, 130]], {
    definition: 'ObservationDefinition/fast',
    patient: 'Patient/fast',
  }),
  {
    definition: 'ObservationDefinition/awake',
    version: '2',
    name: 'Awake',
    codes: [{ system: 'http://loinc.org', code: 'awake' }],
    intervals: [],
    normalCodes: [{ system: 's', code: 'alert' }],
    abnormalCodes: [{ system: 's', code: 'drowsy' }],
    criticalCodes: [{ system: 's', code: 'unresponsive' }],
  },
]);

const judge = (code: string, more: JsonObject, facts: PatientFacts | undefined = adult) =>
  judgeObservation(observation(code, more), facts, ruleset);

/** The interpretation of the one value, or why there is none. */
function answer(code: string, more: JsonObject, facts: PatientFacts | undefined = adult): string | undefined {
  const { judged, unjudged } = judge(code, more, facts);
  expect(judged.length + unjudged.length).toBeLessThanOrEqual(1);
  return judged[0]?.interpretation ?? unjudged[0]?.reason;
}

const rate = (value: unknown) => ({ valueQuantity: quantity(value, '/min') });
const born = (birthDate: string | undefined): PatientFacts => {
  const { birthDate: _, ...rest } = adult;
  return { ...rest, ...(birthDate !== undefined && { birthDate }) };
};

describe('judging a value', () => {
  it.each([
    [39, 'LL'],
    [40, 'L'],
    [59, 'L'],
    [59.9, 'L'],
    [60, 'N'],
    [100, 'N'],
    [JSON.rawJSON('100.0'), 'N'],
    [JSON.rawJSON('100.1'), 'H'],
    [JSON.rawJSON('1.4E2'), 'H'],
    [140.5, 'HH'],
    [400, 'HH'],
    [401, 'impossible'],
    [-1, 'impossible'],
  ])('a rate of %p is %s', (value, expected) => {
    expect(answer('rate', rate(value))).toBe(expected);
  });

  it('says which interval of which version decided', () => {
    expect(judge('rate', rate(150)).judged).toEqual([
      {
        component: -1,
        name: 'Sign rate',
        interpretation: 'HH',
        interval: { position: 1, category: 'critical', low: 40, high: 140 },
        source: 'population',
        definition: 'ObservationDefinition/rate',
        version: '7',
        value: 150,
        unit: '/min',
        reference: {
          low: 60,
          high: 100,
          definition: 'ObservationDefinition/rate',
          version: '7',
          position: 0,
        },
      },
    ]);
    expect(judge('rate', rate(500)).unjudged[0]?.message).toBe(
      'Sign rate: 500 /min is not possible: 0 to 400 /min is (ObservationDefinition/rate/_history/7, qualifiedInterval[8]).',
    );
  });

  it.each<[string, unknown, string]>([
    ['temperature', quantity(100.4, '[degF]'), 'N'],
    ['temperature', quantity(100.5, '[degF]'), 'H'],
    ['temperature', quantity(310.15, 'K'), 'N'],
    ['temperature', quantity(37, 'kg'), 'unit'],
    ['temperature', quantity(37, 'degrees'), 'unit'],
    ['temperature', { value: 100.5, unit: '°F' }, 'H'],
    ['temperature', { value: 37, unit: '°C' }, 'N'],
    ['temperature', { value: 37, unit: ' ℃' }, 'N'],
    ['temperature', { value: 37, unit: 'Cel' }, 'N'],
    // coulombs and farads
    ['temperature', { value: 37, unit: 'C' }, 'unit'],
    ['temperature', { value: 100, unit: 'F' }, 'unit'],
    ['temperature', { value: 37 }, 'unit'],
    ['temperature', { value: 37, unit: 'Cel', system: 'http://snomed.info/sct', code: '258710007' }, 'unit'],
    ['temperature', { value: 37, unit: '°C', system: 'http://snomed.info/sct' }, 'unit'],
    ['temperature', { value: 600, unit: '°C' }, 'impossible'],
    ['pressure', quantity(18, 'kPa'), 'N'],
    ['pressure', quantity(19, 'kPa'), 'H'],
    ['pressure', { value: 150, unit: 'mmHg' }, 'H'],
    ['weight', quantity(260, '[lb_av]'), 'N'],
    ['weight', quantity(265, '[lb_av]'), 'H'],
    ['weight', quantity(39000, 'g'), 'L'],
    ['weight', { value: 265, unit: 'lbs' }, 'H'],
    ['saturation', quantity(0.96, '1'), 'N'],
    ['saturation', quantity(0.94, '1'), 'L'],
    ['saturation', quantity(140, '%'), 'impossible'],
    ['rate', quantity(72, '{beats}/min'), 'N'],
    ['rate', { value: 72, unit: 'bpm' }, 'N'],
    ['rate', quantity(2, 'Hz'), 'H'],
    ['pain', quantity(4, '{score}'), 'H'],
    ['pain', quantity(4, '1'), 'H'],
    ['pain', { value: 4 }, 'H'],
    ['pain', quantity(4, '{faces}'), 'unit'],
    ['glucose', quantity(60, 'mg/dL'), 'L'],
    ['glucose', quantity(9, 'mmol/L'), 'H'],
    ['glucose', quantity(0.9, 'g/L'), 'N'],
  ])('a %s of %j is %s', (code, valueQuantity, expected) => {
    expect(answer(code, { valueQuantity })).toBe(expected);
  });

  it.each([
    ['saturation', '<', 90, '%', 'LL'],
    ['saturation', '<', 95, '%', 'L'],
    ['saturation', '<=', 95, '%', 'comparator'],
    ['saturation', '<=', 94, '%', 'L'],
    ['saturation', '>=', 95, '%', 'N'],
    ['saturation', '>', 94, '%', 'comparator'],
    ['saturation', '>', 100, '%', 'impossible'],
    ['saturation', '<', 140, '%', 'comparator'],
    ['temperature', '>', 40, 'Cel', 'HH'],
    ['temperature', '>=', 40, 'Cel', 'H'],
    ['temperature', '>', 38, 'Cel', 'H'],
    ['temperature', '>=', 38, 'Cel', 'comparator'],
    ['temperature', '>', 104, '[degF]', 'HH'],
    ['temperature', '<', 10, 'Cel', 'impossible'],
  ])('a %s %s %d %s is %s', (code, comparator, value, unit, expected) => {
    expect(answer(code, { valueQuantity: { ...quantity(value, unit), comparator } })).toBe(expected);
  });

  it('notes where a comparator leaves open whether a value is critical', () => {
    const valueQuantity = { ...quantity(38, 'Cel'), comparator: '>' };
    expect(judge('temperature', { valueQuantity }).judged[0]?.notes).toEqual([
      '>38 Cel may be critical too.',
    ]);
  });

  it.each<[string, JsonObject, string | undefined]>([
    ['rate', { valueString: '72' }, 'not-a-quantity'],
    ['rate', { valueInteger: 72 }, 'not-a-quantity'],
    ['pain', { valueInteger: 4 }, 'H'],
    ['rate', { valueRange: { low: quantity(70, '/min') } }, 'not-a-quantity'],
    ['rate', { valueRatio: {} }, 'not-a-quantity'],
    ['rate', { valueSampledData: { origin: quantity(0, '/min') } }, 'not-a-quantity'],
    ['rate', { valueCodeableConcept: { text: 'fast' } }, 'not-a-quantity'],
    ['rate', { valueQuantity: { code: '/min' } }, 'no-value'],
    ['rate', {}, 'no-value'],
    ['rate', { dataAbsentReason: { coding: [{ code: 'asleep' }] } }, 'no-value'],
    ['rate', { hasMember: [{ reference: 'Observation/1' }] }, undefined],
    ['rate', { component: [{ code: loinc('other') }] }, undefined],
    ['other', rate(300), undefined],
    ['awake', { valueCodeableConcept: { coding: [{ system: 's', code: 'alert' }] } }, 'N'],
    ['awake', { valueCodeableConcept: { coding: [{ system: 's', code: 'drowsy' }] } }, 'A'],
    [
      'awake',
      {
        valueCodeableConcept: {
          coding: [
            { system: 'x', code: 'alert' },
            { system: 's', code: 'unresponsive' },
          ],
        },
      },
      'AA',
    ],
    ['awake', { valueCodeableConcept: { coding: [{ system: 'x', code: 'alert' }] } }, 'unknown-code'],
    ['awake', { valueCodeableConcept: { text: 'alert' } }, 'unknown-code'],
    ['awake', { valueQuantity: quantity(15, '{score}') }, 'not-a-quantity'],
  ])('a %s with %j is %s', (code, more, expected) => {
    expect(answer(code, more)).toBe(expected);
  });

  it('judges each component', () => {
    const { judged, unjudged } = judge('panel', {
      component: [
        { code: loinc('pressure'), valueQuantity: quantity(150, 'mm[Hg]') },
        { code: loinc('other'), valueQuantity: quantity(1, '1') },
        { code: loinc('rate'), dataAbsentReason: { text: 'not done' } },
        { code: loinc('temperature'), ...{ valueQuantity: quantity(34, 'Cel') } },
      ],
    });
    expect(judged.map(({ component, interpretation }) => [component, interpretation])).toEqual([
      [0, 'H'],
      [3, 'LL'],
    ]);
    expect(unjudged).toEqual([
      {
        component: 2,
        name: 'Sign rate',
        reason: 'no-value',
        message: 'Sign rate: there is no value (not done).',
      },
    ]);
  });
});

describe('what is judged at all', () => {
  it.each<[string, JsonObject, string | undefined]>([
    ['final', {}, 'HH'],
    ['preliminary', { status: 'preliminary' }, 'HH'],
    ['registered', { status: 'registered' }, 'HH'],
    ['amended', { status: 'amended' }, 'HH'],
    ['corrected', { status: 'corrected' }, 'HH'],
    ['unknown', { status: 'unknown' }, 'HH'],
    ['entered in error', { status: 'entered-in-error' }, undefined],
    ['cancelled', { status: 'cancelled' }, undefined],
    ['of a device', { subject: { reference: 'Device/1' } }, undefined],
    ['of a group elsewhere', { subject: { reference: 'http://x.example/Group/1' } }, undefined],
    ['of a place by type', { subject: { type: 'Location', identifier: { value: '1' } } }, undefined],
    ['without subject', { subject: undefined }, 'HH'],
    [
      'test data',
      {
        meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }] },
      },
      undefined,
    ],
    ['of an unborn child', { focus: [{ reference: 'RelatedPerson/1' }] }, 'not-the-patient'],
    ['with a modifier', { modifierExtension: [{ url: 'u', valueBoolean: true }] }, 'modifier'],
    ['in the future', { effectiveDateTime: '2094-01-01' }, 'HH'],
  ])('one that is %s', (_, more, expected) => {
    expect(answer('rate', { ...rate(150), ...more })).toBe(expected);
  });

  it('is nothing of an animal', () => {
    expect(judge('rate', rate(150), { ...adult, nonHuman: true })).toEqual({ judged: [], unjudged: [] });
  });
});

describe('whose range holds', () => {
  const day = { effectiveDateTime: '2024-05-15' };

  it.each<[string | undefined, number, JsonObject, string]>([
    ['2006-05-16', 110, day, 'N'],
    ['2006-05-15', 110, day, 'H'],
    ['2018-05-16', 80, day, 'L'],
    ['2018-05-15', 80, day, 'N'],
    // what every possible age has in common is certain
    ['2006', 110, day, 'age-unknown'],
    ['2006', 80, day, 'N'],
    ['2006', 170, day, 'HH'],
    ['2006-06', 110, day, 'N'],
    ['2018', 30, day, 'LL'],
    [undefined, 95, day, 'N'],
    [undefined, 80, day, 'age-unknown'],
    [undefined, 30, day, 'LL'],
    ['1980', 80, { effectiveDateTime: undefined }, 'age-unknown'],
    ['1980', 80, { effectiveDateTime: undefined, issued: '2024-05-15T08:00:00Z' }, 'N'],
    ['1980', 80, { effectiveDateTime: undefined, effectiveInstant: '2024-05-15T08:00:00Z' }, 'N'],
    ['1980', 80, { effectiveDateTime: undefined, effectivePeriod: { start: '2024-05-15' } }, 'N'],
    ['1980', 80, { effectiveDateTime: undefined, effectivePeriod: { end: '2024-05-15' } }, 'N'],
    ['1980', 80, { effectiveDateTime: undefined, effectiveTiming: { event: ['2024-05-15'] } }, 'N'],
    ['2024-05-16', 80, day, 'age-unknown'],
  ])('born %s, %d/min, %j: %s', (birthDate, value, more, expected) => {
    expect(answer('rate', { ...rate(value), ...more }, born(birthDate))).toBe(expected);
  });

  it('notes that several ranges agreed, and names no limits that they do not share', () => {
    const [judged] = judge('rate', rate(170), born('2006')).judged;
    expect(judged?.notes).toEqual([expect.stringContaining('every range that may hold says the same')]);
    expect(judged?.reference).toBeUndefined();
  });

  it('is open where nothing is known of the patient', () => {
    const hot = observation('temperature', { valueQuantity: quantity(39, 'Cel') });
    expect(judgeObservation(hot, undefined, ruleset).judged[0]?.interpretation).toBe('H');
    expect(judgeObservation(observation('rate', rate(80)), undefined, ruleset).unjudged[0]?.message).toBe(
      'Sign rate: its range depends on the age, which cannot be told: the birth date is not known.',
    );
  });

  const cm = (value: number) => ({ valueQuantity: quantity(value, 'cm') });

  it.each<[string | undefined, number, string]>([
    ['female', 155, 'N'],
    ['male', 155, 'L'],
    ['other', 155, 'gender-unknown'],
    ['unknown', 155, 'gender-unknown'],
    [undefined, 155, 'gender-unknown'],
    [undefined, 170, 'N'],
    ['unknown', 200, 'H'],
  ])('gender %s, %d cm: %s', (gender, value, expected) => {
    const { gender: _, ...rest } = adult;
    expect(answer('size', cm(value), { ...rest, ...(gender && { gender }) })).toBe(expected);
  });

  it('asks for the age at birth only where that is known', () => {
    const early = { ...adult, gestationalAge: { weeks: 36, days: 6 } };
    expect(answer('size', cm(50), early)).toBe('N');
    expect(answer('size', cm(50), { ...adult, gestationalAge: { weeks: 37, days: 0 } })).toBe('L');
    expect(answer('size', cm(50))).toBe('L');
  });

  it('has the range with more contexts first', () => {
    expect(answer('rate', rate(105))).toBe('H');
    expect(answer('rate', rate(105), { ...adult, contexts: [pregnant] })).toBe('N');
    expect(answer('rate', rate(112), { ...adult, contexts: [pregnant] })).toBe('H');
    expect(answer('rate', rate(112), { ...adult, contexts: [third, pregnant] })).toBe('N');
    // Critical limits still are those of her age.
    expect(answer('rate', rate(141), { ...adult, contexts: [pregnant] })).toBe('HH');
  });

  const own = (more: JsonObject, value = 105) => ({ ...rate(value), referenceRange: [more] });
  const [low, high] = [quantity(50, '/min'), quantity(110, '/min')];

  it.each<[string, JsonObject, string]>([
    ['its own', own({ low, high }), 'N'],
    ['its own, for adults', own({ low, high, age: { low: quantity(18, 'a') } }), 'N'],
    ['its own, for children', own({ low, high, age: { high: quantity(17, 'a') } }), 'H'],
    [
      'its own, for men',
      own({ low, high, appliesTo: [{ coding: [{ system: 'http://snomed.info/sct', code: '248153007' }] }] }),
      'H',
    ],
    [
      'its own, for women',
      own({ low, high, appliesTo: [{ coding: [{ system: 'http://snomed.info/sct', code: '248152002' }] }] }),
      'N',
    ],
    ['its own, in pregnancy', own({ low, high, appliesTo: [{ coding: [pregnant] }] }), 'H'],
    [
      'its own, as a goal of treatment',
      own({
        low,
        high,
        type: {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/referencerange-meaning', code: 'treatment' },
          ],
        },
      }),
      'H',
    ],
    ['its own, in words', own({ text: 'up to 110' }), 'H'],
    ['its own, in Hz', own({ high: quantity(2, 'Hz') }), 'N'],
    // The low limit that it leaves open is that of the population.
    ['its own upper limit', own({ high }, 59), 'L'],
    ['its own, critical by the population', own({ low, high }, 141), 'HH'],
    ['its own, wider than critical', own({ high: quantity(200, '/min') }, 150), 'HH'],
    ['its own, without limit below', own({ high }, 39), 'LL'],
    [
      'one that this server computed',
      own({
        high,
        extension: [{ url: 'https://salus.example/fhir/StructureDefinition/ruleset', valueString: 'x' }],
      }),
      'H',
    ],
  ])('%s', (_, more, expected) => {
    expect(answer('rate', more)).toBe(expected);
  });

  it('takes a range of its own that names no unit to be in that of the value', () => {
    const referenceRange = [{ low: { value: 97 }, high: { value: 99 } }];
    const fever = (value: number) =>
      answer('temperature', { valueQuantity: quantity(value, '[degF]'), referenceRange });
    expect([96.9, 97, 99, 99.1].map(fever)).toEqual(['L', 'N', 'N', 'H']);
  });

  it('notes a range of its own that cannot be used', () => {
    const [judged] = judge('rate', own({ high: quantity(110, 'kg') })).judged;
    expect(judged).toMatchObject({ interpretation: 'H', source: 'population' });
    expect(judged?.notes).toEqual(['referenceRange[0] is not used: kg is not converted into /min.']);
  });

  const lung: PatientFacts = { ...adult, reference: 'Patient/lung' };
  const percent = (value: number) => ({
    valueQuantity: quantity(value, '%'),
    subject: { reference: 'Patient/lung' },
  });

  it.each([
    [93, 'H', 'patient'],
    [89, 'N', 'patient'],
    // What the patient's own range allows is not critical by the population's; what it does not allow may be.
    [87, 'LL', 'population'],
    [101, 'impossible', undefined],
  ])('of a patient with a range of one, %d %% is %s', (value, expected, source) => {
    expect(answer('saturation', percent(value), lung)).toBe(expected);
    expect(judge('saturation', percent(value), lung).judged[0]?.source).toBe(source);
  });

  it('is that of the patient before that of the Observation', () => {
    const more = { ...percent(91), referenceRange: [{ low: quantity(95, '%') }] };
    expect(answer('saturation', more, lung)).toBe('N');
    expect(answer('saturation', more)).toBe('L');
    // Nothing is known of the patient but who it is.
    const sent = observation('saturation', percent(91));
    expect(judgeObservation(sent, undefined, ruleset).judged[0]).toMatchObject({
      interpretation: 'N',
      source: 'patient',
    });
  });

  it('takes the limit that a patient has none of from the population', () => {
    const fast: PatientFacts = { ...adult, reference: 'Patient/fast' };
    expect([59, 60, 130, 131].map((value) => answer('rate', rate(value), fast))).toEqual([
      'L',
      'N',
      'N',
      'H',
    ]);
  });
});

describe('a ruleset', () => {
  it('concerns Observations and components with a code of a vital sign', () => {
    const { concerns } = ruleset;
    expect(concerns(observation('rate', {}))).toBe(true);
    expect(
      concerns(observation('panel', { component: [{ code: loinc('x') }, { code: loinc('pain') }] })),
    ).toBe(true);
    expect(concerns(observation('panel', { component: [{ code: loinc('x') }] }))).toBe(false);
    expect(concerns({ code: { coding: [{ system: 'http://snomed.info/sct', code: 'rate' }] } })).toBe(false);
    expect(concerns({ code: { text: 'rate' } })).toBe(false);
    expect(concerns({ code: { coding: [{ code: 'rate' }, { display: 'rate' }] } })).toBe(false);
  });

  it('has the definition that comes first win among equals, and no order of age bands', () => {
    const wide = vitalSign('x', '1', [['reference', 0, 1, { age: years(0, 99) }]], { definition: 'A/wide' });
    const narrow = vitalSign('x', '1', [['reference', 5, 6, { age: years(18, 60) }]], {
      definition: 'A/narrow',
    });
    const twin = vitalSign('x', '1', [['reference', 7, 8, { age: years(18, 60) }]], { definition: 'A/twin' });
    const first = (signs: (typeof wide)[]) =>
      judgeObservation(observation('x', { valueQuantity: quantity(1, '1') }), adult, createRuleset(signs))
        .judged[0]?.definition;
    expect(first([wide, narrow, twin])).toBe('A/narrow');
    expect(first([twin, narrow, wide])).toBe('A/twin');
  });
});
