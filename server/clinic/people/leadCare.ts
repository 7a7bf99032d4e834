// What a lead comes with, as writes: calls (Appointment), each of its own and none written over another, and what the person says to
// have (Condition).
import type { WriteRequest } from '../../fhir/planChange.ts';
import { newId } from '../../fhir/resourceId.ts';
import type { Resource } from '../../services.ts';
import { BOOKED_CALL, callAppointment, instant, reminderOf } from '../care/bookingAppointment.ts';
import { isOff } from '../care/bookingStatus.ts';
import { personCondition, statusOf, VERIFICATION } from '../care/conditionResource.ts';
import { type Coding, profileUrl, referenceTo } from '../fhirParts.ts';
import type { Json } from '../things/clinicResource.ts';
import { CONSULTATION, codeOf, conditionsOf, isCall, isOwnWord, momentOf, startOf } from './leadFacts.ts';

/** The person whom it is of: the id by which leads know him or her, the Patient, and its parts as they are. */
export interface Of {
  id: string;
  human: Resource;
  known: readonly Resource[];
}

/** The call that a form books or, without a date, asks for; nothing where that time is booked already. */
export function callWrites(
  { booking_date, reminder_date }: Json,
  { id, human, known }: Of,
  at: string,
): WriteRequest[] {
  const [date, reminder] = [booking_date, reminder_date] as (string | undefined)[];
  const before = callAsked({ booking_date }, known);
  if (before) return remindedWrites(before, reminder);
  const status = date === undefined ? 'proposed' : 'booked';
  const key = date ?? (reminder === undefined ? `asked ${at}` : `reminder ${reminder}`);
  const call = { person: referenceTo(human).reference, kind: BOOKED_CALL, status, at: date, reminder };
  return [add({ ...callAppointment(free(`${id}|${key}`, known), call), created: at })];
}

/** The very call that a form books, if it is there already: the form was sent twice. One that was cancelled stays so. */
export const callAsked = ({ booking_date }: Json, known: readonly Resource[]): Resource | undefined =>
  booking_date === undefined
    ? undefined
    : known.find(
        (part) =>
          isCall(part) && !isOff(part) && startOf(part) === Date.parse(instant(booking_date as string)),
      );

/** The same call with another reminder. */
function remindedWrites(call: Resource, reminder: string | undefined): WriteRequest[] {
  if (reminder === undefined || momentOf(call, 'salus-reminder') === reminder) return [];
  const others = ((call.extension ?? []) as { url?: string }[]).filter(
    ({ url }) => url !== profileUrl('salus-reminder'),
  );
  return [put({ ...call, extension: [...others, reminderOf(reminder)] })];
}

/** The first consultation with a physician. */
export function consultationWrites(
  date: string | undefined,
  { id, human, known }: Of,
  at: string,
): WriteRequest[] {
  if (date === undefined) return [];
  const status = Date.parse(instant(date, true)) < Date.parse(at) ? 'fulfilled' : 'booked';
  const call = { person: referenceTo(human).reference, kind: CONSULTATION, status, at: date };
  return [add({ ...callAppointment(free(`patient ${id}|${date}`, known), call), created: at })];
}

/** An identifier under which none of the known bookings is: one that has been moved since keeps its own. */
function free(key: string, known: readonly Resource[]): string {
  const taken = new Set(
    known.flatMap(({ identifier = [] }) => (identifier as { value?: string }[]).map(({ value }) => value)),
  );
  for (let turn = 1; ; turn++) {
    const value = turn === 1 ? key : `${key}|${turn}`;
    if (!taken.has(value)) return value;
  }
}

/** The condition that somebody says to have, where it is not known already. */
export function saidWrites(coding: Coding | undefined, { human, known }: Of): WriteRequest[] {
  if (!coding || conditionsOf(known).some((condition) => codeOf(condition) === coding.code)) return [];
  return [fresh(personCondition(human, coding, { said: true }), known)];
}

/** The condition that is shown turned out to be another, or none; it is what the person said, and nobody has confirmed it. */
export function correctedWrites(coding: Coding | undefined, of: Of): WriteRequest[] {
  const [shown] = conditionsOf(of.known);
  const gone: WriteRequest[] = shown ? [{ method: 'DELETE', type: 'Condition', id: shown.id! }] : [];
  return [...saidWrites(coding, { ...of, known: of.known.filter((part) => part !== shown) }), ...gone];
}

/** A condition that a physician confirms. */
export function confirmedWrites(coding: Coding | undefined, { human, known }: Of): WriteRequest[] {
  if (!coding) return [];
  const confirmed = { verificationStatus: statusOf(VERIFICATION, 'confirmed') };
  const before = conditionsOf(known).find((condition) => codeOf(condition) === coding.code);
  if (!before) return [fresh({ ...personCondition(human, coding, { said: false }), ...confirmed }, known)];
  return isOwnWord(before) || !before.verificationStatus ? [put({ ...before, ...confirmed })] : [];
}

/** A Condition under its own id, or under a new one where something else has come to be there. */
function fresh(condition: Resource, known: readonly Resource[]): WriteRequest {
  const isTaken = known.some(({ resourceType, id }) => resourceType === 'Condition' && id === condition.id);
  return add(isTaken ? { ...condition, id: newId() } : condition);
}

/** Somebody else may add the same at the same time: then it is looked at first. */
const add = (resource: Resource): WriteRequest => ({ ...put(resource), ifNoneMatchAny: true });

const put = (resource: Resource): WriteRequest => ({
  ...{ method: 'PUT', type: resource.resourceType },
  ...{ id: resource.id!, resource },
});
