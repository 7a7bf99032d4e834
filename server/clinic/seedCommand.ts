// `salus seed`: one doctor and one patient to try the API with.
import type { Config } from '../config.ts';
import type { WriteRequest, WriteResult } from '../fhir/planChange.ts';
import { writeAll } from '../fhir/write.ts';
import { createServices, type Services } from '../services.ts';
import type { Logger } from '../telemetry.ts';
import { doctorSystem } from './interactions/interactions.ts';
import { patientSystem } from './patients/patientIds.ts';
import { patients } from './patients/patients.ts';
import { token } from './searchTerms.ts';

/** Ids in the plain form. */
export const SEEDED = { doctor: 'doctor-1', patient: 'patient-1' };

/** Stores the doctor and the patient in `config.databaseUrl`, where they are not there yet, and says so. @returns 0 */
export async function seedCommand(config: Config, log: Logger): Promise<number> {
  const services = await createServices(config, log);
  try {
    for (const { change, type, id } of await seed(services)) {
      const called = type === 'Patient' ? `patient ${SEEDED.patient}` : `doctor ${SEEDED.doctor}`;
      console.log(`${called} (${type}/${id}): ${change === 'created' ? 'created' : 'there already'}`);
    }
  } finally {
    await services.close();
  }
  return 0;
}

/** The doctor and the patient; doing it again changes nothing of either, whatever has become of them. */
export async function seed(services: Services): Promise<WriteResult[]> {
  const practitioner = {
    resourceType: 'Practitioner',
    identifier: [{ system: doctorSystem, value: SEEDED.doctor }],
    active: true,
    name: [{ use: 'official', family: 'Ortega', given: ['Lucia'], prefix: ['Dr.'] }],
  };
  const person = {
    first_name: 'Mateo',
    last_name: 'Rivas',
    birth_date: '1979-05-14',
    email: 'mateo@example.com',
  };
  const { resource: patient } = patients.toFhir(person, SEEDED.patient, [])[0]!;
  const once = (system: string, value: string, resource: WriteRequest['resource']): WriteRequest => ({
    ...{ method: 'POST', type: resource!.resourceType, resource: resource! },
    criteria: `identifier=${encodeURIComponent(token(system, value))}`,
  });
  const requests = [
    once(doctorSystem, SEEDED.doctor, practitioner),
    once(patientSystem, SEEDED.patient, patient),
  ];
  return (await writeAll(services, requests, { atomic: true })) as WriteResult[];
}
