// A vital sign and its ranges, as evaluation works with them: one ObservationDefinition (observationdefinition.html).

export interface Code {
  readonly system: string;
  readonly code: string;
}

/** Whether two codes are the same. */
export function sameCode(a: Code, b: Code): boolean {
  return a.code === b.code && a.system === b.system;
}

/** A state of a patient, such as pregnancy, and how long it holds: milliseconds since the epoch, both inclusive. */
export interface Context extends Code {
  /** absent: always before `to` */
  readonly from?: number;
  /** absent: until now */
  readonly to?: number;
}

/** One vital sign, of one version of its definition. */
export interface VitalSign {
  /** `ObservationDefinition/salus-heart-rate` */
  readonly definition: string;
  /** version of that resource */
  readonly version: string;
  /** text of the definition's code */
  readonly name: string;
  /** an Observation or component with one of these codes is this vital sign */
  readonly codes: readonly Code[];
  /** UCUM code of the unit that the ranges are in; absent where values are codes */
  readonly unit?: string;
  /** `Patient/[id]` where the ranges are for one patient only */
  readonly patient?: string;
  readonly intervals: readonly Interval[];
  /** where values are codes: those that are normal, and those that are critical */
  readonly normalCodes?: readonly Code[];
  readonly criticalCodes?: readonly Code[];
  /** neither normal nor critical */
  readonly abnormalCodes?: readonly Code[];
}

/** One `qualifiedInterval`: what a value is expected to be, for whom. */
export interface Interval {
  /** its place in the definition */
  readonly position: number;
  /** outside `reference`: L or H; outside `critical`: LL or HH; outside `absolute`: impossible */
  readonly category: 'reference' | 'critical' | 'absolute';
  /** inclusive, in the unit of the vital sign */
  readonly low?: number;
  readonly high?: number;
  readonly gender?: string;
  readonly age?: AgeRange;
  /** of the newborn, in completed weeks and days */
  readonly gestationalAge?: AgeRange;
  /** e.g. pregnancy: codes of `context` and `appliesTo` */
  readonly contexts: readonly Code[];
  /** the same, concept by concept: one code of each must be known of the patient; absent: every one of `contexts` */
  readonly contextGroups?: readonly (readonly Code[])[];
  /** free text for the reader: nothing can be compared with it, so that it restricts nobody */
  readonly condition?: string;
}

/** Completed units, both ends inclusive: `{high: {value: 17, unit: 'a'}}` until the day before the 18th birthday. */
export interface AgeRange {
  readonly low?: AgeBound;
  readonly high?: AgeBound;
}

export interface AgeBound {
  readonly value: number;
  readonly unit: 'a' | 'mo' | 'wk' | 'd' | 'h';
}

/** What evaluation has to know of a patient. */
export interface PatientFacts {
  /** `Patient/[id]` */
  readonly reference: string;
  /** FHIR date, perhaps only a year or month */
  readonly birthDate?: string;
  readonly gender?: string;
  /** conditions and states known of the patient that ranges or scores may ask for, at any time */
  readonly contexts: readonly Context[];
  /** at birth */
  readonly gestationalAge?: { readonly weeks: number; readonly days: number };
  /** an animal (http://hl7.org/fhir/StructureDefinition/patient-animal) */
  readonly nonHuman: boolean;
}

/** `A` and `AA` (critical) are for coded values, which are neither low nor high. */
export type Interpretation = 'LL' | 'L' | 'N' | 'H' | 'HH' | 'A' | 'AA';

/** What became of one value of an Observation. */
export interface Judged {
  /** place among the components; -1 for the Observation's own value */
  readonly component: number;
  readonly name: string;
  readonly interpretation: Interpretation;
  /** the interval that decided; absent for coded values */
  readonly interval?: Pick<Interval, 'position' | 'category' | 'low' | 'high' | 'condition'>;
  /** whose range: the patient's own, the one in the Observation, the population's */
  readonly source: 'patient' | 'observation' | 'population';
  /** definition and version; absent for a range of the Observation's own */
  readonly definition?: string;
  readonly version?: string;
  /** the amount in the unit of the range */
  readonly value?: number;
  readonly unit?: string;
  /** the limits between which the value would have been normal, in `unit`, whatever decided */
  readonly reference?: ReferenceLimits;
  /** what was left aside or only bounded, one sentence each */
  readonly notes?: readonly string[];
}

/** Normal limits. A side that the first source leaves open comes from the next; it is the first that is named here. */
export interface ReferenceLimits {
  readonly low?: number;
  readonly high?: number;
  /** absent for a range of the Observation's own */
  readonly definition?: string;
  readonly version?: string;
  /** place of the interval in the definition */
  readonly position: number;
}

/** A value that could not be judged, and why. */
export interface Unjudged {
  readonly component: number;
  readonly name: string;
  readonly reason:
    | 'no-value'
    | 'unit'
    | 'impossible'
    | 'no-range'
    | 'age-unknown'
    | 'gender-unknown'
    | 'not-the-patient'
    | 'modifier'
    | 'not-a-quantity'
    | 'comparator'
    | 'unknown-code';
  /** one sentence */
  readonly message: string;
}
