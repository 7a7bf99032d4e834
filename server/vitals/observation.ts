// The parts of an Observation that evaluation reads (observation.html). It has passed the base specification, so that what
// is there has the type it must have.
import type { JsonNumber } from '../json/jsonNumber.ts';
import type { Code } from './vitalSign.ts';

/** An object of a parsed tree. */
export type JsonObject = Readonly<Record<string, unknown>>;

export interface Coding {
  readonly system?: string;
  readonly code?: string;
  readonly display?: string;
}

export interface Concept {
  readonly coding?: readonly Coding[];
  readonly text?: string;
}

export interface Quantity {
  readonly value?: JsonNumber;
  readonly comparator?: string;
  readonly unit?: string;
  readonly system?: string;
  readonly code?: string;
}

export interface Extension {
  readonly url?: string;
}

/** Something that may have been computed by this server. */
export interface Extensible {
  readonly extension?: readonly Extension[];
}

export interface ReferenceRange extends Extensible {
  readonly low?: Quantity;
  readonly high?: Quantity;
  readonly type?: Concept;
  readonly appliesTo?: readonly Concept[];
  readonly age?: { readonly low?: Quantity; readonly high?: Quantity };
}

/** What an Observation and each of its components have in common. */
export interface Measurement extends Extensible {
  readonly code?: Concept;
  readonly valueQuantity?: Quantity;
  readonly valueInteger?: number;
  readonly valueCodeableConcept?: Concept;
  readonly dataAbsentReason?: Concept;
  readonly interpretation?: readonly (Concept & Extensible)[];
  readonly referenceRange?: readonly ReferenceRange[];
  readonly modifierExtension?: readonly unknown[];
}

export interface Observation extends Measurement {
  readonly status?: string;
  readonly meta?: { readonly tag?: readonly Coding[]; readonly security?: readonly Coding[] };
  readonly subject?: { readonly reference?: string; readonly type?: string };
  readonly focus?: readonly unknown[];
  readonly effectiveDateTime?: string;
  readonly effectiveInstant?: string;
  readonly effectivePeriod?: { readonly start?: string; readonly end?: string };
  readonly effectiveTiming?: { readonly event?: readonly string[] };
  readonly issued?: string;
  readonly component?: readonly Measurement[];
  readonly hasMember?: readonly unknown[];
}

/** Label of data made to test a system (v3-ActReason). */
export const testData: Code = { system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' };

/** The codes of a concept that name their system. */
export function codesOf(concept: Concept | undefined): Code[] {
  const found: Code[] = [];
  for (const { system, code } of concept?.coding ?? []) {
    if (system !== undefined && code !== undefined) found.push({ system, code });
  }
  return found;
}

/** Whether two lists have a code in common. */
export function shareCode(some: readonly Coding[], others: readonly Code[]): boolean {
  return some.some(({ system, code }) =>
    others.some((other) => other.code === code && other.system === system),
  );
}

/** The day or time a value was measured at, as far as it is told: effective[x] (of a period its start), else issued. */
export function momentOf(observation: JsonObject): string | undefined {
  const { effectiveDateTime, effectiveInstant, effectivePeriod, effectiveTiming, issued } =
    observation as Observation;
  return (
    effectiveDateTime ??
    effectiveInstant ??
    effectivePeriod?.start ??
    effectivePeriod?.end ??
    effectiveTiming?.event?.[0] ??
    issued
  );
}
