// Rows of the tables name their codes with these functions; resources get fresh CodeableConcepts
// made from them (datatypes.html#CodeableConcept).
import type { CodeableConcept } from '@medplum/fhirtypes';

export const SNOMED_CT = 'http://snomed.info/sct';
export const LOINC = 'http://loinc.org';
export const RXNORM = 'http://www.nlm.nih.gov/research/umls/rxnorm';
export const CVX = 'http://hl7.org/fhir/sid/cvx';
export const UCUM = 'http://unitsofmeasure.org';
export const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/';

/** One code of a code system. */
export interface Code {
  readonly system: string;
  readonly code: string;
  readonly display: string;
}

export const snomed = (code: string, display: string): Code => ({ system: SNOMED_CT, code, display });
export const loinc = (code: string, display: string): Code => ({ system: LOINC, code, display });
export const rxnorm = (code: string, display: string): Code => ({ system: RXNORM, code, display });
export const cvx = (code: string, display: string): Code => ({ system: CVX, code, display });

/** A new CodeableConcept for the codes; its text is the first code's display. */
export function concept(...codes: readonly Code[]): CodeableConcept {
  return {
    coding: codes.map((code) => ({ system: code.system, code: code.code, display: code.display })),
    text: codes[0]!.display,
  };
}

/**
 * A new CodeableConcept of a terminology.hl7.org code system, without display, as Synthea writes
 * statuses.
 */
export function status(system: string, code: string): CodeableConcept {
  return { coding: [{ system: TERMINOLOGY + system, code }] };
}
