// Deleting a lead: the person with the calls and with what only the person said. Whoever has other records is no mere lead any more.
import { refuse } from '../../errors.ts';
import type { WriteRequest } from '../../fhir/planChange.ts';
import { referenceTargetsOf } from '../../search/compartmentHashes.ts';
import type { Resource, Services } from '../../services.ts';
import { readMembers } from '../../store/compartment.ts';
import type { Seen } from '../things/seen.ts';
import { nameOf } from '../things/thingParts.ts';
import { isOwnWord, stateOf } from './leadFacts.ts';
import { isReview } from './leadReviewJson.ts';

/** Other records that a refusal names. */
const MOST_NAMED = 5;

/** What goes with a lead. */
const isOfLead = (part: Resource): boolean =>
  part.resourceType === 'Appointment' ||
  (part.resourceType === 'Condition' && isOwnWord(part)) ||
  isReview(part);

/** @throws FhirError 409 for a patient, and for somebody of whom there are other records */
export async function prepareLeadDeletion(
  services: Services,
  known: readonly Resource[],
): Promise<{ seen: Seen[] }> {
  const main = known[0]!;
  if (stateOf(main) === 'patient') {
    const message =
      'It is a patient, and no mere lead any more: records of patients are not deleted with their lead. DELETE /api/v1/patients/{id} deletes the Patient.';
    throw refuse(409, 'business-rule', message);
  }
  const own = new Set(known.filter(isOfLead).map(nameOf));
  const others: string[] = [];
  const hashes = referenceTargetsOf(services.definitions, 'Patient', main.id!);
  const page = own.size + MOST_NAMED + 1;
  for (const { type, id } of await readMembers(services.db, hashes, undefined, 0, page)) {
    if (!own.has(`${type}/${id}`)) others.push(`${type}/${id}`);
  }
  if (others.length === 0) return { seen: [seenOf('Appointment', known), seenOf('Condition', known)] };
  const more = others.length > MOST_NAMED ? ' and more' : '';
  const named = others.slice(0, MOST_NAMED).join(', ');
  throw refuse(
    409,
    'business-rule',
    `There are records of this lead that are more than calls and what the person said: ${named}${more}. Delete them first, through the FHIR endpoint, if they are wrong.`,
  );
}

/** What comes to be there meanwhile is looked at too. */
const seenOf = (type: string, known: readonly Resource[]): Seen => ({
  ...{ type, query: `patient=Patient/${known[0]!.id}` },
  ids: known.filter(({ resourceType }) => resourceType === type).map(({ id }) => id!),
});

export const leadDeletes = (known: readonly Resource[]): WriteRequest[] =>
  [...known.filter(isOfLead), known[0]!].map(({ resourceType: type, id }) => ({
    ...{ method: 'DELETE', type },
    id: id!,
  }));
