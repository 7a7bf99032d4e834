// How a clinic names its patients: the identifier of a Patient, references to it, and what ids and texts may be.
import type { Resource } from '../../services.ts';
import type { Reference } from '../fhirParts.ts';
import { mergedSystem } from '../people/currentRecord.ts';
import type { SearchTerms } from '../things/clinicResource.ts';
import { HIDDEN } from '../things/hiddenCharacters.ts';
import { token } from '../things/searchTerms.ts';
import { fhirIdIn, idOf, isMarked, markedId, NO_MARK } from '../things/thingIds.ts';

/** Identifier system of the ids that a clinic gives its patients. */
export const patientSystem = 'https://salus.example/fhir/sid/clinic-patients';

/** Neither blanks at its ends nor characters that FHIR's strings may not hold. */
export const TEXT = '^(?!\\s)[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f]*(?<!\\s)$';

/** As {@link TEXT}, for names: nothing in them is hidden. */
export const NAME = `^(?!\\s)[^${HIDDEN}]*(?<!\\s)$`;

const ID = '[^\\s\\u0000-\\u001f\\u007f]+$';
const NO_PATH = '(?!\\.{1,2}$)';

/** JSON Schema of an id that clients may choose. */
export const idSchema = {
  ...{ type: 'string', minLength: 1, maxLength: 100 },
  pattern: `^${NO_PATH}${NO_MARK}${ID}`,
};

/** JSON Schema of an id that names something that is there. */
export const namingSchema = { ...idSchema, pattern: `^${NO_PATH}${ID}` };

export interface Identifier {
  system?: string;
  value?: string;
}

/** The id by which the plain form knows a Patient. */
export function patientIdOf(patient: Resource): string {
  return idOf(patient, patientSystem);
}

/**
 * The conditional reference to the Patient that the plain form knows by an id: by its identifier, or by the FHIR id of a Patient
 * without one.
 */
export function patientReference(id: string) {
  const identified = token(patientSystem, id);
  const fhirId = fhirIdIn(id);
  const query =
    fhirId === undefined
      ? `identifier=${encodeURIComponent(identified)}`
      : `_filter=${encodeURIComponent(`identifier eq "${identified}" or _id eq "${fhirId}"`)}&identifier:not=${encodeURIComponent(`${mergedSystem}|`)}`;
  const identifier = { system: patientSystem, value: id };
  return { reference: `Patient?${query}`, ...(!isMarked(id) && { identifier }) };
}

/**
 * The id by which the plain form knows the patient that a reference leads to: by the Patient itself, as it is now, where that is among
 * the parts; else as the reference names it. Undefined for what is no patient, or one of another server.
 */
export function toldPatientId(subject: unknown, parts: readonly Resource[]): string | undefined {
  const { reference = '', identifier } = (subject ?? {}) as Reference;
  const id = /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/|$)/.exec(reference)?.[1];
  const patient = parts.find((part) => part.resourceType === 'Patient' && part.id === id);
  if (patient) return patientIdOf(patient);
  if (identifier?.system === patientSystem && identifier.value !== undefined) return identifier.value;
  return id !== undefined && reference.startsWith('Patient/') ? markedId(id) : undefined;
}

/** What is of that patient, as search parameters; `Patient/[id]` is a FHIR id. */
export function ofPatient(id: string): SearchTerms {
  if (/^Patient\/[A-Za-z0-9\-.]{1,64}$/.test(id)) return [['subject', id]];
  const identified = token(patientSystem, id);
  const fhirId = fhirIdIn(id);
  return fhirId === undefined
    ? [['patient.identifier', identified]]
    : [['_filter', `patient.identifier eq "${identified}" or patient eq "Patient/${fhirId}"`]];
}
