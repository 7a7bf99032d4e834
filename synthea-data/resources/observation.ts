// Observations: vital signs by the R4 vital-signs profiles, laboratory values with reference
// ranges, coded answers and scores.
import type { CodeableConcept, Observation, ObservationComponent, Quantity } from '@medplum/fhirtypes';
import { writeDateTime, writeInstant } from '../calendar.ts';
import type { Sitting } from '../chart.ts';
import { addResource, bundleReference, patientReference } from '../chart.ts';
import type { Code } from '../concepts.ts';
import { concept, TERMINOLOGY, UCUM } from '../concepts.ts';
import { US_CORE } from '../institutions.ts';

/** What was measured, in what terms. */
export interface Measured {
  readonly codes: readonly Code[];
  readonly category: 'vital-signs' | 'laboratory' | 'survey' | 'procedure' | 'exam' | 'social-history';
  /** Full address of the profile the observation follows. */
  readonly profile?: string | undefined;
  readonly time: number;
}

type Value =
  | { valueQuantity: Quantity }
  | { valueCodeableConcept: CodeableConcept }
  | { valueInteger: number }
  | { component: ObservationComponent[] };

/** A UCUM quantity; the unit is shown as its code unless said otherwise. */
export function quantity(value: number, code: string, unit: string = code): Quantity {
  return { value, unit, system: UCUM, code };
}

/** Adds an Observation and gives its id. */
export function addObservation(
  sitting: Sitting,
  measured: Measured,
  value: Value,
  rest: Pick<Observation, 'interpretation' | 'referenceRange'> = {},
): string {
  const { chart } = sitting;
  const id = chart.random.uuid();
  const observation: Observation & { id: string } = {
    resourceType: 'Observation',
    id,
    ...(measured.profile ? { meta: { profile: [measured.profile] } } : {}),
    status: 'final',
    category: [
      {
        coding: [
          {
            system: `${TERMINOLOGY}observation-category`,
            code: measured.category,
            display: categoryDisplays[measured.category],
          },
        ],
      },
    ],
    code: concept(...measured.codes),
    subject: patientReference(chart),
    encounter: bundleReference(sitting.encounterId),
    effectiveDateTime: writeDateTime(measured.time),
    issued: writeInstant(measured.time, sitting.milliseconds),
    ...value,
    ...rest,
  };
  addResource(chart, observation);
  return id;
}

const categoryDisplays: Record<Measured['category'], string> = {
  'vital-signs': 'Vital Signs',
  laboratory: 'Laboratory',
  survey: 'Survey',
  procedure: 'Procedure',
  exam: 'Exam',
  'social-history': 'Social History',
};

/** Address of an R4 vital-signs profile. */
export function vitalProfile(name: string | undefined): string {
  return `http://hl7.org/fhir/StructureDefinition/${name ?? 'vitalsigns'}`;
}

/** Address of the US Core laboratory result profile. */
export const laboratoryProfile = `${US_CORE}us-core-observation-lab`;

/** One value of a panel such as blood pressure. */
export function component(code: Code, value: Quantity): ObservationComponent {
  return { code: concept(code), valueQuantity: value };
}

/** Reference range and, outside it, the interpretation a laboratory adds. */
export function laboratoryJudgement(
  value: number,
  [low, high]: readonly [number, number],
  unit: string,
): Pick<Observation, 'interpretation' | 'referenceRange'> {
  const flag = value < low ? 'L' : value > high ? 'H' : 'N';
  const display = flag === 'L' ? 'Low' : flag === 'H' ? 'High' : 'Normal';
  return {
    interpretation: [
      { coding: [{ system: `${TERMINOLOGY}v3-ObservationInterpretation`, code: flag, display }] },
    ],
    referenceRange: [
      {
        ...(low > 0 ? { low: quantity(low, unit) } : {}),
        high: quantity(high, unit),
        type: {
          coding: [
            { system: `${TERMINOLOGY}referencerange-meaning`, code: 'normal', display: 'Normal Range' },
          ],
        },
      },
    ],
  };
}
