// Who is due which score: birthdays, birth dates known in part, pregnancy, animals, SpO2 scale 2.
import { describe, expect, it } from '@jest/globals';
import { scoreFor, spo2Scale2 } from '../../../server/vitals/scores/scoreFor.ts';
import type { PatientFacts } from '../../../server/vitals/vitalSign.ts';

const when = '2026-03-01T12:00:00Z';

function facts(birthDate: string | undefined, more: Partial<PatientFacts> = {}): PatientFacts {
  return {
    reference: 'Patient/1',
    ...(birthDate !== undefined && { birthDate }),
    contexts: [],
    nonHuman: false,
    ...more,
  };
}

describe('scoreFor', () => {
  it.each([
    ['2026-03-01', '0-11 months'],
    ['2025-03-02', '0-11 months'],
    ['2025-03-01', '1-4 years'],
    ['2021-03-02', '1-4 years'],
    ['2021-03-01', '5-12 years'],
    ['2013-03-02', '5-12 years'],
    ['2013-03-01', '13-15 years'],
    ['2010-03-02', '13-15 years'],
    ['2018', '5-12 years'],
    ['2025-05', '0-11 months'],
  ])('born %s: PEWS %s', (birthDate, age) => {
    expect(scoreFor(facts(birthDate), when)).toEqual({ score: 'pews', age });
  });

  it.each(['2010-03-01', '2010-02', '2009', '1920-12-31'])('born %s: NEWS2', (birthDate) => {
    expect(scoreFor(facts(birthDate), when)).toEqual({ score: 'news2', scale: 1 });
  });

  it.each([undefined, '2010', '2010-03', '2025', '2021-03', '2026-03-02', '2027', 'unknown'])(
    'born %s: none',
    (birthDate) => {
      expect(scoreFor(facts(birthDate), when)).toMatchObject({
        score: 'none',
        reason: 'age-unknown',
        message: expect.any(String),
      });
    },
  );

  it('takes the age at the time of the reading', () => {
    expect(scoreFor(facts('2010-03-01'), '2026-02-28T23:59:00Z')).toMatchObject({ score: 'pews' });
    expect(scoreFor(facts('2010-03-01'), '2026-03-01T00:00:00Z')).toMatchObject({ score: 'news2' });
  });

  it.each([
    ['http://snomed.info/sct', '77386006'],
    ['http://loinc.org', 'LA15173-0'],
  ])('%s %s: none in pregnancy', (system, code) => {
    for (const birthDate of ['1990-01-01', '2011-01-01']) {
      const pregnant = facts(birthDate, { contexts: [{ system, code }] });
      expect(scoreFor(pregnant, when)).toMatchObject({ score: 'none', reason: 'pregnant' });
    }
  });

  it('none for animals', () => {
    expect(scoreFor(facts('1990-01-01', { nonHuman: true }), when)).toMatchObject({ reason: 'non-human' });
  });

  it('scale 2 only where it was set', () => {
    expect(scoreFor(facts('1950-01-01', { contexts: [spo2Scale2] }), when)).toEqual({
      score: 'news2',
      scale: 2,
    });
    const other = { ...spo2Scale2, system: 'urn:other' };
    expect(scoreFor(facts('1950-01-01', { contexts: [other] }), when)).toEqual({ score: 'news2', scale: 1 });
  });
});
