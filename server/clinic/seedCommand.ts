// `salus seed`: one doctor and one patient to try the API with.
import type { Config } from '../config.ts';
import type { WriteRequest, WriteResult } from '../fhir/planChange.ts';
import { writeAll } from '../fhir/write.ts';
import { createServices, type Resource, type Services } from '../services.ts';
import type { Logger } from '../telemetry.ts';
import { doctorSystem } from './interactions/interactions.ts';
import { patientSystem } from './patients/patientIds.ts';
import { patients } from './patients/patients.ts';
import { physicians } from './people/physicians.ts';
import { token } from './things/searchTerms.ts';
import { findThings } from './things/thing.ts';

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
  const person = {
    first_name: 'Mateo',
    last_name: 'Rivas',
    birth_date: '1979-05-14',
    email: 'mateo@example.com',
  };
  const { resource: patient } = patients.toFhir(person, SEEDED.patient, [])[0]!;
  const isThere = (await findThings(services, physicians, [SEEDED.doctor])).has(SEEDED.doctor);
  const [practitioner, role] = doctor();
  const requests = [
    { ...once(doctorSystem, SEEDED.doctor, practitioner), fullUrl: DOCTOR },
    once(patientSystem, SEEDED.patient, patient!),
    ...(isThere ? [] : [ofDoctor(role)]),
  ];
  const results = (await writeAll(services, requests, { atomic: true })) as WriteResult[];
  return results.slice(0, 2);
}

const DOCTOR = 'urn:uuid:5f9d3a52-6c0b-4c53-9d0a-0a1f7c1f2b11';

/** As /physicians keeps somebody. */
function doctor(): [practitioner: Resource, role: Resource] {
  const said = {
    id: SEEDED.doctor,
    first_name: 'Lucia',
    last_name: 'Ortega',
    job_title: 'General practitioner',
  };
  const [main, role] = physicians.toFhir(said, SEEDED.doctor, [], {});
  const { id: _, name, ...practitioner } = main!.resource!;
  const [called] = name as object[];
  return [
    { ...practitioner, name: [{ ...called, prefix: ['Dr.'] }] } as Resource,
    { ...role!.resource!, practitioner: { reference: DOCTOR } },
  ];
}

const once = (system: string, value: string, resource: Resource): WriteRequest => ({
  ...{ method: 'POST', type: resource.resourceType, resource },
  criteria: `identifier=${encodeURIComponent(token(system, value))}`,
});

/** The doctor's job, once. */
const ofDoctor = (resource: Resource): WriteRequest => ({
  ...{ method: 'POST', type: resource.resourceType, resource },
  criteria: `practitioner:Practitioner.identifier=${encodeURIComponent(token(doctorSystem, SEEDED.doctor))}`,
});
