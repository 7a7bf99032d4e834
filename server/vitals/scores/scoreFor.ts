// Which early-warning score a patient is due: NEWS2 from 16 years on, PEWS before, none in pregnancy or for animals.
import { ageAt } from '../age.ts';
import { scoreSystem } from '../codeSystems.ts';
import { holdsAt } from '../contexts.ts';
import type { Code, PatientFacts } from '../vitalSign.ts';
import { type PewsAge, pewsAges } from './pewsTables.ts';
import { snomed } from './readingCodes.ts';

export type ScoreDue =
  | { readonly score: 'news2'; readonly scale: 1 | 2 }
  | { readonly score: 'pews'; readonly age: PewsAge }
  | {
      readonly score: 'none';
      readonly reason: 'non-human' | 'pregnant' | 'age-unknown';
      /** one sentence */
      readonly message: string;
    };

/** Contexts of a patient who is pregnant: neither score is meant for her. */
export const pregnant: readonly Code[] = [
  { system: snomed, code: '77386006' },
  { system: 'http://loinc.org', code: 'LA15173-0' },
];

/** Context of a patient for whom a clinician set oxygen saturation scale 2. */
export const spo2Scale2: Code = { system: scoreSystem, code: 'spo2-scale-2' };

/** The age in years that NEWS2 begins at. */
const adult = 16;

/** Completed years that the charts of PEWS begin at. */
const pewsFrom: readonly (readonly [years: number, age: PewsAge])[] = [
  [13, pewsAges[3]],
  [5, pewsAges[2]],
  [1, pewsAges[1]],
  [0, pewsAges[0]],
];

/**
 * The score for a patient at a time (a FHIR date or dateTime). Of a birth date known in part, every day it may mean must
 * ask for the same score.
 */
export function scoreFor(facts: PatientFacts, when: string): ScoreDue {
  if (facts.nonHuman) return none('non-human', 'The scores are for people.');
  if (holdsAt(facts.contexts, pregnant, when)) {
    return none('pregnant', 'Neither NEWS2 nor PEWS is for pregnant patients.');
  }
  const age = facts.birthDate === undefined ? undefined : ageAt(facts.birthDate, when);
  if (!age) return none('age-unknown', 'No birth date is known, or it lies ahead.');
  const [youngest, oldest] = [scoreAtAge(age.from.a), scoreAtAge(age.to.a)];
  if (youngest !== oldest) {
    return none('age-unknown', `Born ${facts.birthDate}: not exact enough to choose between scores.`);
  }
  if (youngest !== 'news2') return { score: 'pews', age: youngest };
  return { score: 'news2', scale: holdsAt(facts.contexts, [spo2Scale2], when) ? 2 : 1 };
}

function none(reason: 'non-human' | 'pregnant' | 'age-unknown', message: string): ScoreDue {
  return { score: 'none', reason, message };
}

function scoreAtAge(years: number): 'news2' | PewsAge {
  return years >= adult ? 'news2' : pewsFrom.find(([from]) => years >= from)![1];
}
