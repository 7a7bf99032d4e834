// What evaluation has to know of a patient, from the Patient resource (patient.html) and from what else the record says.
import type { JsonObject } from './observation.ts';
import { type Asked, recordedFacts } from './recordedFacts.ts';
import type { PatientFacts } from './vitalSign.ts';

const ANIMAL = 'http://hl7.org/fhir/StructureDefinition/patient-animal';

/**
 * The facts of a patient; `reference` is `Patient/[id]`.
 * @param records Conditions, Flags and Observations of the patient, in any order
 * @param asked what of them is wanted
 */
export function patientFacts(
  reference: string,
  patient: JsonObject,
  records: readonly JsonObject[] = [],
  asked: Asked = { contexts: [], gestationalAge: false },
): PatientFacts {
  const { birthDate, gender } = patient as { birthDate?: string; gender?: string };
  const extensions = (patient.extension ?? []) as { url?: string }[];
  return {
    reference,
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(gender === undefined ? {} : { gender }),
    ...recordedFacts(records, asked, birthDate),
    nonHuman: extensions.some(({ url }) => url === ANIMAL),
  };
}
