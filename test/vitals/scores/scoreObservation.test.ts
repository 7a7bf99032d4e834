// The Observation of a score: valid R4, every part of the score in it, the same for the same readings.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { news2 } from '../../../server/vitals/scores/news2.ts';
import { pews } from '../../../server/vitals/scores/pews.ts';
import type { Reading } from '../../../server/vitals/scores/reading.ts';
import { readingsOf } from '../../../server/vitals/scores/readingsOf.ts';
import { isComplete, type Score } from '../../../server/vitals/scores/score.ts';
import { scoreObservation } from '../../../server/vitals/scores/scoreObservation.ts';
import { createPublishedJudge, type PublishedJudge } from '../../validation/judge.ts';
import { noon, reading, setOf, type Values, wellAdult } from './readingSupport.ts';

let judge: PublishedJudge;
beforeAll(async () => {
  judge = await createPublishedJudge();
});

// biome-ignore lint/suspicious/noExplicitAny: tests look anywhere
type Json = any;

function complete(score: ReturnType<typeof news2>): Score {
  if (!isComplete(score)) throw new Error(`missing ${score.missing}`);
  return score;
}

const adult = (values: Values, ...more: Reading[]) =>
  complete(news2(setOf({ ...wellAdult, ...values }, ...more), { scale: 1 }));

const wellChild: Values = {
  ...{ respiration: 30, effort: 'none', spo2: 98, oxygen: 'air' },
  ...{ pulse: 110, systolic: 90, capillaryRefill: 1 },
};
const child = (values: Values) => complete(pews(setOf({ ...wellChild, ...values }), { age: '1-4 years' }));

const observationOf = (score: Score, id?: string): Json =>
  scoreObservation(score, { patient: 'Patient/1', at: noon, ...(id && { id }) });

const bands: [string, () => Score, string, string][] = [
  ['NEWS2 0', () => adult({}), 'N', 'low'],
  ['NEWS2 with a single three', () => adult({ consciousness: 'C' }), 'H', 'low-medium'],
  ['NEWS2 5', () => adult({ respiration: 25, oxygen: 'oxygen' }), 'H', 'medium'],
  ['NEWS2 9', () => adult({ respiration: 25, pulse: 140, spo2: 80 }), 'HH', 'high'],
  ['PEWS 0', () => child({}), 'N', 'none'],
  ['PEWS 4', () => child({ spo2: 90 }), 'N', 'low'],
  ['PEWS 8', () => child({ spo2: 90, effort: 'severe' }), 'H', 'medium'],
  ['PEWS 0 of a child that responds to voice', () => child({ consciousness: 'V' }), 'HH', 'high'],
  ['PEWS 14', () => child({ spo2: 90, effort: 'severe', pulse: 180, respiration: 50 }), 'HH', 'emergency'],
];

describe('scoreObservation', () => {
  it.each(bands)('%s is valid R4', async (_, make, interpretation, band) => {
    const score = make();
    for (const observation of [observationOf(score), observationOf(score, 'a-1')]) {
      expect(judge.base(observation)).toEqual([]);
      expect(await judge.claimed(observation)).toEqual([]);
      expect(observation.interpretation[0].coding.map(({ code }: Json) => code)).toEqual([
        interpretation,
        band,
      ]);
      expect(observation.valueInteger).toBe(score.total);
    }
  });

  it('holds every part of NEWS2', () => {
    const observation = observationOf(adult({ respiration: 22, oxygen: 'oxygen', temperature: 38.5 }), 'a-1');
    expect(observation).toMatchObject({
      resourceType: 'Observation',
      id: 'a-1',
      meta: { tag: [{ system: 'https://salus.example/fhir/CodeSystem/tags', code: 'computed' }] },
      extension: [
        { url: 'https://salus.example/fhir/StructureDefinition/ruleset', valueString: 'news2|2017.1' },
      ],
      identifier: [{ system: 'urn:salus:score', value: 'Patient/1|news2|2026-03-01T12:00:00.000Z' }],
      status: 'final',
      category: [{ coding: [{ code: 'survey' }] }],
      code: { coding: [{ system: 'http://snomed.info/sct', code: '1104051000000101' }] },
      subject: { reference: 'Patient/1' },
      effectiveDateTime: '2026-03-01T12:00:00.000Z',
      valueInteger: 5,
    });
    const parts = observation.component.map((part: Json) => [part.code.coding[0].code, part.valueInteger]);
    expect(parts).toEqual([
      ['1104301000000104', 2],
      ['1104311000000102', 0],
      ['1104331000000105', 2],
      ['1104341000000101', 0],
      ['1104351000000103', 0],
      ['1104361000000100', 0],
      ['1104371000000107', 1],
    ]);
    expect(observation.derivedFrom.map(({ reference }: Json) => reference)).toEqual([
      'Observation/consciousness',
      'Observation/oxygen',
      'Observation/pulse',
      'Observation/respiration',
      'Observation/spo2',
      'Observation/systolic',
      'Observation/temperature',
    ]);
    expect(observation.note[0].text).toBe(
      'NEWS2 5, medium: respiration 22 (2), spo2 98 (0), oxygen oxygen (2), systolic 120 (0), pulse 70 (0), ' +
        'consciousness A (0), temperature 38.5 (1). Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017.',
    );
  });

  it('refers once to an Observation of several readings, and to the one that raised the band', () => {
    const panel = { observation: 'Observation/z-panel/_history/2' };
    const score = adult({}, reading('systolic', 120, panel), reading('pulse', 70, panel));
    const references = observationOf(score).derivedFrom.map(({ reference }: Json) => reference);
    expect(references.filter((reference: string) => reference.startsWith('Observation/z-panel'))).toEqual([
      'Observation/z-panel/_history/2',
    ]);
    expect(references).toHaveLength(6);
    const raised = observationOf(child({ consciousness: 'P' }));
    expect(raised.derivedFrom).toContainEqual({ reference: 'Observation/consciousness' });
    expect(raised.note[0].text).toContain('raised by consciousness P');
  });

  it('is preliminary while a reading is', () => {
    const score = adult({}, reading('pulse', 70, { preliminary: true, observation: 'Observation/z' }));
    expect(observationOf(score).status).toBe('preliminary');
  });

  it('has one identifier for a moment, whatever the readings, and another for another', () => {
    const [one, same] = [observationOf(adult({})), observationOf(adult({ pulse: 140 }))];
    expect(same.identifier).toEqual(one.identifier);
    expect(same).not.toEqual(one);
    expect(observationOf(adult({}))).toEqual(one);
    const later: Json = scoreObservation(adult({}), { patient: 'Patient/1', at: noon + 1 });
    expect(later.identifier).not.toEqual(one.identifier);
    expect(observationOf(child({})).identifier).not.toEqual(one.identifier);
  });

  it('is no reading itself', () => {
    expect(readingsOf(observationOf(adult({}), 'a-1'))).toEqual([]);
    expect(readingsOf(observationOf(child({}), 'a-2'))).toEqual([]);
  });
});
