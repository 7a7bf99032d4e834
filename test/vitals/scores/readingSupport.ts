// Readings and Observations that tests of scores are made of.

import { newestSet, type ReadingSet } from '../../../server/vitals/scores/newestSet.ts';
import type { Parameter, Reading } from '../../../server/vitals/scores/reading.ts';

export const noon = Date.parse('2026-03-01T12:00:00Z');
export const minute = 60_000;

export type Values = Partial<Record<Parameter, number | string>>;

/** A reading at noon. */
export function reading(parameter: Parameter, value: number | string, more: Partial<Reading> = {}): Reading {
  return { parameter, value, time: noon, observation: `Observation/${parameter}`, ...more };
}

/** Readings at noon. */
export function readingsAtNoon(values: Values): Reading[] {
  return Object.entries(values).map(([parameter, value]) => reading(parameter as Parameter, value));
}

/** The set of readings at noon. */
export function setOf(values: Values, ...more: Reading[]): ReadingSet {
  return newestSet([...readingsAtNoon(values), ...more], noon, 60 * minute);
}

/** Nothing of an adult that scores. */
export const wellAdult: Values = {
  respiration: 16,
  spo2: 98,
  oxygen: 'air',
  systolic: 120,
  pulse: 70,
  consciousness: 'A',
  temperature: 37,
};
