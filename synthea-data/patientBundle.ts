// One patient's transaction bundle, from their own random streams: patient `number` of a seed is
// the same in populations of any size.
import type { Bundle } from '@medplum/fhirtypes';
import { REFERENCE_TIME } from './calendar.ts';
import type { Chart, Sitting } from './chart.ts';
import { addResource, plainName } from './chart.ts';
import type { Institution } from './institutions.ts';
import { openBody } from './measureBody.ts';
import { drawPerson } from './person.ts';
import { planVisits } from './planVisits.ts';
import { createRandom } from './random.ts';
import { recordVisit } from './recordVisit.ts';
import { patientResource, provenanceResource } from './resources/patient.ts';

export interface PatientFile {
  readonly fileName: string;
  readonly bundle: Bundle;
}

/** Makes patient `number` (from 0) of a seed with the last `years` years of their history. */
export function patientBundle(
  seed: string,
  number: number,
  years: number,
  institutions: readonly Institution[],
): PatientFile {
  const stream = (name: string) => createRandom(seed, number, name);
  const person = drawPerson(stream('person'), institutions);
  const life = planVisits(person, stream('life'), years);
  const random = stream('chart');
  const chart: Chart = {
    person,
    life,
    random,
    body: openBody(person, life.episodes, stream('body')),
    entries: [],
    conditions: [],
    prescriptions: new Map(),
    products: new Map(),
    clinicians: new Map(),
    vaccinations: new Map(),
    insurers: new Map(),
    allergiesRecorded: false,
    obesityRecorded: false,
  };
  addResource(chart, patientResource(person, life.died, `population seed ${seed}, person ${number}`));
  const recordedUntil = life.died ?? REFERENCE_TIME;
  let sitting: Sitting | undefined;
  life.visits.forEach((visit, place) => {
    sitting = recordVisit(chart, visit, recordedUntil, place === life.visits.length - 1);
  });
  if (sitting) addResource(chart, provenanceResource(chart, sitting.institution, sitting.clinician));
  return {
    fileName: `${fileSafe(plainName(person))}_${person.id}.json`,
    bundle: { resourceType: 'Bundle', type: 'transaction', entry: chart.entries },
  };
}

/** File names are plain ASCII whatever the name: accents are dropped. */
function fileSafe(name: string): string {
  return name
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^A-Za-z0-9]+/g, '_');
}
