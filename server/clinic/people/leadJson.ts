// A lead, or the patient whom a lead became, as clients are shown it: Patient with conditions, calls, hospital and physician.
import type { Resource } from '../../services.ts';
import { defined } from '../fhirParts.ts';
import { hospitalSystem } from '../hospitals.ts';
import { patientIdOf } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { idOf } from '../things/thingIds.ts';
import { nameOf } from '../things/thingParts.ts';
import { toldName, toldPoints } from './contactPoints.ts';
import {
  carersOf,
  conditionsOf,
  dateOfCall,
  momentOf,
  nameOfCondition,
  shownCall,
  stateOf,
} from './leadFacts.ts';
import { isReview } from './leadReviewJson.ts';
import { contactIdOf, physicianIdOf } from './personReference.ts';

/** Of Tasks, reviews of the lead alone. */
export const isLeadPart = (part: Resource): boolean => part.resourceType !== 'Task' || isReview(part);

export function leadJson(main: Resource, parts: readonly Resource[]): Json {
  const state = stateOf(main);
  const call = shownCall(parts);
  const [condition] = conditionsOf(parts);
  const carers = carersOf(main).flatMap(
    ({ reference }) => parts.find((part) => nameOf(part) === reference) ?? [],
  );
  const hospital = carers.find(({ resourceType }) => resourceType === 'Organization');
  const physician = carers.find(({ resourceType }) => resourceType === 'Practitioner');
  const returned = momentOf(main, 'salus-last-contact');
  return defined({
    id: contactIdOf(main),
    ...toldName(main),
    ...toldPoints(main),
    birth_date: main.birthDate,
    medical_condition: condition && nameOfCondition(condition),
    first_contact_date: momentOf(main, 'salus-first-contact'),
    hospital_id: hospital && idOf(hospital, hospitalSystem),
    booking_date: call && dateOfCall(call),
    reminder_date: call && momentOf(call, 'salus-reminder'),
    state,
    returning: returned !== undefined,
    last_contact_date: returned ?? momentOf(main, 'salus-first-contact'),
    patient_id: state === 'patient' ? patientIdOf(main) : undefined,
    physician_id: physician && physicianIdOf(physician),
  });
}
