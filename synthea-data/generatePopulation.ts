// The population generator: hospitals and practitioners first, then one transaction bundle per
// patient, made one at a time and kept by nobody, so that any number of patients needs the memory
// of one. Pure: nothing but the arguments decides the output.
import type { Bundle } from '@medplum/fhirtypes';
import { REFERENCE_TIME } from './calendar.ts';
import { buildInstitutions, hospitalBundle, practitionerBundle } from './institutions.ts';
import { patientBundle } from './patientBundle.ts';

export interface PopulationOptions {
  /** How many patients. */
  readonly patients: number;
  /** A number and its decimal text are the same seed. */
  readonly seed: string | number;
  /**
   * Years of history before today or death; 10 if absent. What is still active from before is kept.
   */
  readonly years?: number;
}

export interface PopulationFile {
  readonly fileName: string;
  readonly bundle: Bundle;
}

/** Years of history when none are asked for. */
export const DEFAULT_YEARS = 10;

/** Yields the files of a population in the order in which they must be loaded. */
export function* generatePopulation(options: PopulationOptions): Generator<PopulationFile, void, undefined> {
  const seed = String(options.seed);
  const years = options.years ?? DEFAULT_YEARS;
  const institutions = buildInstitutions();
  yield { fileName: `hospitalInformation${REFERENCE_TIME}000.json`, bundle: hospitalBundle(institutions) };
  yield {
    fileName: `practitionerInformation${REFERENCE_TIME}000.json`,
    bundle: practitionerBundle(institutions),
  };
  for (let number = 0; number < options.patients; number++)
    yield patientBundle(seed, number, years, institutions);
}

/** A bundle as text, one entry a line: compact, and readable in a diff. */
export function writeBundle(bundle: Bundle): string {
  const { entry = [], ...head } = bundle;
  const opening = JSON.stringify(head).slice(0, -1);
  return `${opening},"entry":[\n${entry.map((one) => JSON.stringify(one)).join(',\n')}\n]}\n`;
}
