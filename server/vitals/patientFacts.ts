// What evaluation has to know of a patient, from the Patient resource (patient.html).
import type { JsonObject } from './observation.ts';
import type { PatientFacts } from './vitalSign.ts';

const ANIMAL = 'http://hl7.org/fhir/StructureDefinition/patient-animal';

/** The facts in a Patient; `reference` is `Patient/[id]`. */
export function patientFacts(reference: string, patient: JsonObject): PatientFacts {
  const { birthDate, gender } = patient as { birthDate?: string; gender?: string };
  const extensions = (patient.extension ?? []) as { url?: string }[];
  return {
    reference,
    ...(birthDate === undefined ? {} : { birthDate }),
    ...(gender === undefined ? {} : { gender }),
    contexts: [],
    nonHuman: extensions.some(({ url }) => url === ANIMAL),
  };
}
