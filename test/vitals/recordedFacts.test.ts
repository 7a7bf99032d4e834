// What the record says of a patient: diagnoses, flags and answers, each at its time, in any order.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contextsAt, instantsOf } from '../../server/vitals/contexts.ts';
import { judgeObservation } from '../../server/vitals/judgeObservation.ts';
import type { JsonObject } from '../../server/vitals/observation.ts';
import { type Asked, codesToLookUp, factCodes, recordedFacts } from '../../server/vitals/recordedFacts.ts';
import { createRuleset } from '../../server/vitals/ruleset.ts';
import { scoreFor, spo2Scale2 } from '../../server/vitals/scores/scoreFor.ts';
import '../support/propertySeed.ts';
import { adult, loinc, observation, quantity, vitalSign } from './made.ts';

const snomed = 'http://snomed.info/sct';
const pregnant = { system: snomed, code: '77386006' };
const loincPregnant = { system: 'http://loinc.org', code: 'LA15173-0' };
const fasting = { system: snomed, code: '16985007' };
const asked: Asked = { contexts: [pregnant, loincPregnant, fasting, spo2Scale2], gestationalAge: true };

const concept = (...coding: object[]) => ({ coding });
const condition = (more: JsonObject = {}): JsonObject => ({
  resourceType: 'Condition',
  code: concept(pregnant),
  clinicalStatus: concept({ code: 'active' }),
  ...more,
});
const flag = (more: JsonObject = {}): JsonObject => ({
  resourceType: 'Flag',
  status: 'active',
  code: concept(spo2Scale2),
  ...more,
});
const answer = (question: string, when: string, value: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...observation(question, { effectiveDateTime: when, ...value, ...more }),
});
const saidPregnant = (when: string, code = 'LA15173-0', more: JsonObject = {}) =>
  answer('82810-3', when, { valueCodeableConcept: concept({ system: 'http://loinc.org', code }) }, more);

const codesAt = (records: JsonObject[], when: string | undefined) =>
  contextsAt(recordedFacts(records, asked, '1980-06-15').contexts, when).map(({ code }) => code);

describe('instantsOf', () => {
  it.each([
    ['2024', '2024-01-01T00:00:00.000Z', '2024-12-31T23:59:59.999Z'],
    ['2024-02', '2024-02-01T00:00:00.000Z', '2024-02-29T23:59:59.999Z'],
    ['2023-12-31', '2023-12-31T00:00:00.000Z', '2023-12-31T23:59:59.999Z'],
    ['2024-05-15T12:00:00+02:00', '2024-05-15T10:00:00.000Z', '2024-05-15T10:00:00.000Z'],
  ])('%s', (text, first, last) => {
    expect(instantsOf(text)).toEqual([Date.parse(first), Date.parse(last)]);
  });

  it('knows no others', () => {
    expect([instantsOf(undefined), instantsOf('soon'), instantsOf('2024-13')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('a diagnosis', () => {
  const at = '2024-05-15T12:00:00Z';
  const status = (code: string) => ({ clinicalStatus: concept({ code }) });
  const verified = (code: string) => ({ verificationStatus: concept({ code }) });
  it.each<[string, JsonObject, boolean]>([
    ['that is active', {}, true],
    ['that recurs', status('recurrence'), true],
    ['that relapsed', status('relapse'), true],
    ['without a clinical status', { clinicalStatus: undefined }, true],
    ['that is confirmed', verified('confirmed'), true],
    ['that is refuted', verified('refuted'), false],
    ['entered in error', verified('entered-in-error'), false],
    ['that is suspected', verified('provisional'), false],
    ['that is over, nobody knows since when', status('resolved'), false],
    ['that is over since a time told in words', { abatementString: 'last year' }, false],
    ['of later', { onsetDateTime: '2024-05-16' }, false],
    ['of the same day', { onsetDateTime: '2024-05-15' }, true],
    ['that lasted till then', { ...status('resolved'), abatementDateTime: '2024-05-15T12:00:00Z' }, true],
    ['that was over', { ...status('resolved'), abatementDateTime: '2024-05-14' }, false],
    ['of a period', { onsetPeriod: { start: '2024-05' }, abatementPeriod: { end: '2024-06' } }, true],
    [
      'of an earlier period',
      { onsetPeriod: { start: '2024-03' }, abatementPeriod: { end: '2024-04' } },
      false,
    ],
    ['of a kind of it', { code: concept({ system: snomed, code: '72892002' }) }, true],
    ['of something else', { code: concept({ system: snomed, code: '38341003' }) }, false],
    ['without a code', { code: { text: 'Pregnant' } }, false],
  ])('%s', (_, more, holds) => {
    const { clinicalStatus, ...rest } = condition(more);
    const record = clinicalStatus === undefined ? rest : { ...rest, clinicalStatus };
    expect(codesAt([record], at)).toEqual(holds ? [pregnant.code] : []);
  });
});

describe('a flag', () => {
  it.each<[string, JsonObject, boolean]>([
    ['that is active', {}, true],
    ['of a period that lasts', { period: { start: '2024-01-01' } }, true],
    ['of a period to come', { period: { start: '2025-01-01' } }, false],
    ['that ended later', { status: 'inactive', period: { end: '2024-12-31' } }, true],
    ['that is inactive', { status: 'inactive' }, false],
    ['entered in error', { status: 'entered-in-error', period: { end: '2024-12-31' } }, false],
  ])('%s', (_, more, holds) => {
    expect(codesAt([flag(more)], '2024-05-15')).toEqual(holds ? [spo2Scale2.code] : []);
  });

  it('of an alert of this server is not looked at', () => {
    const identifier = [{ system: 'https://salus.example/fhir/sid/alerts', value: '1' }];
    expect(factCodes(flag({ identifier }))).toEqual([]);
    expect(factCodes(flag({ identifier: [{ system: 'urn:other' }] }))).toEqual([spo2Scale2]);
  });
});

describe('an answer', () => {
  it('holds until the next one, and no longer than a pregnancy', () => {
    const answers = [saidPregnant('2024-01-10'), saidPregnant('2024-05-01T08:00:00Z', 'LA26683-5')];
    expect(codesAt(answers, '2024-01-09')).toEqual([]);
    expect(codesAt(answers, '2024-01-10T00:00:00Z')).toEqual(['LA15173-0']);
    expect(codesAt(answers, '2024-05-01T07:59:59Z')).toEqual(['LA15173-0']);
    expect(codesAt(answers, '2024-05-01T08:00:00Z')).toEqual([]);
    expect(codesAt([saidPregnant('2023-01-01')], '2023-11-05')).toEqual(['LA15173-0']);
    expect(codesAt([saidPregnant('2023-01-01')], '2023-11-07')).toEqual([]);
    expect(
      codesAt([saidPregnant('2024-05-01', 'LA15173-0', { status: 'entered-in-error' })], '2024-05-02'),
    ).toEqual([]);
  });

  it('of fasting is for the hour', () => {
    const yes = { valueCodeableConcept: concept({ system: 'http://loinc.org', code: 'LA33-6' }) };
    const answers = [answer('49541-6', '2024-05-15T08:00:00Z', yes)];
    expect(codesAt(answers, '2024-05-15T08:05:00Z')).toContain(fasting.code);
    expect(codesAt(answers, '2024-05-15T12:00:00Z')).toEqual([]);
  });
});

describe('gestational age at birth', () => {
  const weeks = (code: string, value: unknown, when: string, unit = 'wk') =>
    answer(code, when, { valueQuantity: quantity(value, unit) });
  const of = (...records: JsonObject[]) => recordedFacts(records, asked, '2024-05-01').gestationalAge;
  it('is read in weeks and in days', () => {
    expect(of(weeks('76516-4', 34.5, '2024-05-01'))).toEqual({ weeks: 34, days: 3 });
    expect(of(weeks('76516-4', 244, '2024-05-01', 'd'))).toEqual({ weeks: 34, days: 6 });
    expect(of(weeks('76516-4', 34, '2024-05-01', 'kg'))).toBeUndefined();
  });

  it('is not that of a pregnancy', () => {
    expect(of(weeks('11884-4', 30, '2024-05-02'))).toEqual({ weeks: 30, days: 0 });
    expect(of(weeks('11884-4', 30, '2054-05-02'))).toBeUndefined();
    expect(of(weeks('11884-4', 30, '2024-05-02'), weeks('76516-4', 31, '2024-05-01'))).toEqual({
      weeks: 31,
      days: 0,
    });
  });
});

it('does not depend on the order of the record', () => {
  const records = [
    condition({ onsetDateTime: '2024-01', abatementDateTime: '2024-09' }),
    condition(),
    flag(),
    saidPregnant('2024-01-01'),
    saidPregnant('2024-03-01', 'LA26683-5'),
    saidPregnant('2024-03-01T10:00:00Z'),
    saidPregnant('2024-06-01'),
    answer('76516-4', '1980-06-15', { valueQuantity: quantity(39, 'wk') }),
    answer('76516-4', '1980-06-15', { valueQuantity: quantity(38, 'wk') }),
  ];
  const expected = recordedFacts(records, asked, '1980-06-15');
  expect(expected.contexts.length).toBeGreaterThan(4);
  const anyOrder = fc.shuffledSubarray(records, { minLength: records.length });
  fc.assert(
    fc.property(anyOrder, (shuffled) => {
      expect(recordedFacts(shuffled, asked, '1980-06-15')).toEqual(expected);
    }),
  );
});

it('is looked up only as far as it is asked for', () => {
  expect(codesToLookUp({ contexts: [], gestationalAge: false })).toEqual([]);
  expect(codesToLookUp({ contexts: [spo2Scale2], gestationalAge: false })).toEqual([spo2Scale2]);
  expect(codesToLookUp({ contexts: [pregnant], gestationalAge: false })).toEqual([
    pregnant,
    { system: 'http://loinc.org', code: '82810-3' },
  ]);
  expect(recordedFacts([condition()], { contexts: [], gestationalAge: false }, undefined)).toEqual({
    contexts: [],
  });
});

describe('a time', () => {
  const [from, to] = [Date.parse('2024-01-01'), Date.parse('2024-06-01')];
  const contexts = [{ ...pregnant, from, to }];
  it('decides which range holds', () => {
    const ruleset = createRuleset([
      vitalSign('1', '/min', [
        ['reference', 60, 100],
        ['reference', 60, 115, { contexts: [pregnant] }],
      ]),
    ]);
    const at = (effectiveDateTime: string | undefined) => {
      const { effectiveDateTime: _, ...rest } = observation('1', { valueQuantity: quantity(110, '/min') });
      const given = effectiveDateTime === undefined ? rest : { ...rest, effectiveDateTime };
      return judgeObservation(given, { ...adult, contexts }, ruleset).judged[0]?.interpretation;
    };
    expect([at('2023-12-31'), at('2024-01-01'), at('2024-05-31T23:00:00Z'), at('2024-06-02')]).toEqual([
      'H',
      'N',
      'N',
      'H',
    ]);
    expect(at(undefined)).toBe('H');
  });

  it('decides which score is due', () => {
    const facts = { ...adult, contexts: [...contexts, { ...spo2Scale2, to }] };
    expect(scoreFor(facts, '2024-02-01T10:00:00Z')).toMatchObject({ score: 'none', reason: 'pregnant' });
    expect(scoreFor(facts, '2023-02-01T10:00:00Z')).toEqual({ score: 'news2', scale: 2 });
    expect(scoreFor(facts, '2024-07-01T10:00:00Z')).toEqual({ score: 'news2', scale: 1 });
  });
});

it('is found under the codes of an answer, a diagnosis or a flag', () => {
  expect(factCodes(saidPregnant('2024-01-01'))).toEqual([{ system: 'http://loinc.org', code: '82810-3' }]);
  expect(factCodes(condition({ code: concept(pregnant, { code: 'x' }, loincPregnant) }))).toEqual([
    pregnant,
    loincPregnant,
  ]);
  expect(factCodes(observation('8867-4', {}))).toEqual([]);
  expect(factCodes({ resourceType: 'Procedure', code: loinc('82810-3') })).toEqual([]);
});
