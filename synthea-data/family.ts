// The form of a family of conditions: who falls ill, the course of visits that follows, and how the
// body answers. The rows lie in families/*.ts; planVisits.ts and recordVisit.ts read them. A new
// illness is a new row, not new code.
import type { Code } from './concepts.ts';
import type { AnalyteKey } from './tables/analytes.ts';
import type { CarePlanKey } from './tables/carePlans.ts';
import type { EncounterKey } from './tables/encounterTypes.ts';
import type { FindingKey } from './tables/findings.ts';
import type { Sex } from './tables/growth.ts';
import type { Department } from './tables/institutions.ts';
import type { MedicationKey } from './tables/medications.ts';
import type { PanelKey } from './tables/panels.ts';
import type { DeviceKey, ImagingKey, ProcedureKey } from './tables/procedures.ts';
import type { VitalKey, VitalSetKey } from './tables/vitalSigns.ts';

/** Smallest and largest, both possible. */
export type Range = readonly [number, number];

/** Something measured that an illness can move, in the unit of its table. */
export type MeasureKey = VitalKey | AnalyteKey;

export type Shifts = Partial<Record<MeasureKey, number>>;

/**
 * Who falls ill: the chance of one onset at these ages or, with `perYear`, the chance in each year
 * of them.
 */
export interface Onset {
  readonly ages: Range;
  readonly sex?: Sex;
  readonly chance?: number;
  readonly perYear?: number;
  /** The onset lies in the last so many years of the population, if the person is of age then. */
  readonly withinYears?: number;
  /** First day on which anybody could have it. */
  readonly since?: string;
  /** Only smokers and former smokers. */
  readonly smokers?: true;
  /** Only people who have, by then, another family's illness. */
  readonly after?: string;
}

/** A condition found at a visit besides the family's own. */
export interface Diagnosis {
  readonly code: Code;
  readonly chance?: number;
  /** Days until it is over; absent: it stays. */
  readonly lasts?: Range;
}

/** One kind of visit in the course of an illness. */
export interface VisitPlan {
  /** Days after the onset. */
  readonly at: Range;
  /**
   * Repeated with this many days between; with `times` so often in all, without it as long as the
   * illness lasts.
   */
  readonly every?: Range;
  readonly times?: Range;
  readonly chance?: number;
  readonly encounter: EncounterKey;
  /** Where it differs from the encounter type's. */
  readonly department?: Department;
  readonly minutes?: Range;
  /** The complaint the note opens with. */
  readonly complaint: string;
  readonly diagnoses?: readonly Diagnosis[];
  readonly vitals?: VitalSetKey;
  /** Vital signs are taken again after so many minutes until the visit ends. */
  readonly vitalsEvery?: number;
  /**
   * State at the visit's beginning, added to the illness's own; a quarter of it is left at the end.
   */
  readonly acute?: Shifts;
  readonly labs?: readonly PanelKey[];
  /** Laboratory panels are taken again after so many hours until the visit ends. */
  readonly labsEveryHours?: number;
  readonly findings?: readonly FindingKey[];
  readonly stages?: true;
  readonly procedures?: readonly ProcedureKey[];
  readonly imaging?: readonly ImagingKey[];
  readonly implants?: readonly DeviceKey[];
  readonly prescribes?: readonly MedicationKey[];
  readonly administers?: readonly MedicationKey[];
}

/**
 * Severity chosen at the onset: its code, how common it is, how likely death is within five years.
 */
export interface Stage {
  readonly code: Code;
  readonly weight: number;
  readonly fatal: number;
}

export interface Family {
  readonly key: string;
  readonly condition: Code;
  readonly onset: readonly Onset[];
  /** Days until the condition is over; absent: it stays for life. */
  readonly lasts?: Range;
  readonly course: readonly VisitPlan[];
  /** While the condition is active. */
  readonly shifts?: Shifts;
  /** Share of the shifts that treatment leaves half a year after the onset; 1 if absent. */
  readonly treated?: number;
  readonly carePlan?: CarePlanKey;
  readonly stages?: readonly Stage[];
  /** Chance of dying of it, and after how many days. */
  readonly fatal?: { readonly chance: number; readonly after: Range };
}
