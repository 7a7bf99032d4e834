// What a lead comes with, as writes: calls (Appointment), each of its own and none written over another, and what the person says to
// have (Condition).

import { refuse } from '../../errors.ts';
import type { WriteRequest } from '../../fhir/planChange.ts';
import { newId } from '../../fhir/resourceId.ts';
import type { Resource } from '../../services.ts';
import { BOOKED_CALL, callAppointment, instant, reminderOf } from '../care/bookingAppointment.ts';
import { isOff } from '../care/bookingStatus.ts';
import { conditionId } from '../care/conditionJson.ts';
import { conditionSystem, personCondition, statusOf, VERIFICATION } from '../care/conditionResource.ts';
import { type Coding, profileUrl, referenceTo } from '../fhirParts.ts';
import type { Identifier } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import {
  CONSULTATION,
  codeOf,
  conditionsOf,
  isCall,
  isOwnWord,
  momentOf,
  startOf,
  verificationOf,
} from './leadFacts.ts';

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

/** The condition that somebody says to have, where it is not known already. One that was refuted stays so: it is noted there. */
export function saidWrites(coding: Coding | undefined, { human, known }: Of): WriteRequest[] {
  if (!coding || conditionsOf(known).some((condition) => codeOf(condition) === coding.code)) return [];
  const refuted = refutedIn(known, coding);
  if (!refuted) return [fresh(personCondition(human, coding, { said: true }), known)];
  const time = new Date().toISOString();
  const notes = (refuted.note ?? []) as { time?: string; text?: string }[];
  const isNoted = notes.some(
    ({ text, time: at = '' }) => text === SAID_AGAIN && at.startsWith(time.slice(0, 10)),
  );
  return isNoted ? [] : [put({ ...refuted, note: [...notes, { time, text: SAID_AGAIN }] })];
}

const SAID_AGAIN = 'The person says so again, in a form.';

const refutedIn = (known: readonly Resource[], { code }: Coding): Resource | undefined =>
  known.find(
    (part) =>
      part.resourceType === 'Condition' && codeOf(part) === code && verificationOf(part) === 'refuted',
  );

/** The condition that is shown turned out to be another, or none; it is what the person said, and nobody has confirmed it. */
export function correctedWrites(coding: Coding | undefined, of: Of): WriteRequest[] {
  const isKnown = conditionsOf(of.known).some((condition) => codeOf(condition) === coding?.code);
  const refuted = coding && !isKnown ? refutedIn(of.known, coding) : undefined;
  if (refuted) {
    const path = `/api/v1/conditions/${encodeURIComponent(conditionId(refuted))}`;
    const message = `"medical_condition": "${coding!.display}" was refuted, as ${path} says: change it there, if it is so after all.`;
    throw refuse(409, 'business-rule', message);
  }
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

/** A Condition under the ids that follow from what it is, or under new ones where something else has them. */
function fresh(condition: Resource, known: readonly Resource[]): WriteRequest {
  const keys = ({ identifier }: Resource) => ((identifier ?? []) as Identifier[]).map(({ value }) => value);
  const isTaken = known.some(
    (part) =>
      part.resourceType === 'Condition' &&
      (part.id === condition.id || keys(part).includes(keys(condition)[0])),
  );
  if (!isTaken) return add(condition);
  const id = newId();
  return add({ ...condition, id, identifier: [{ system: conditionSystem, value: id }] });
}

/** Somebody else may add the same at the same time: then it is looked at first. */
const add = (resource: Resource): WriteRequest => ({ ...put(resource), ifNoneMatchAny: true });

const put = (resource: Resource): WriteRequest => ({
  ...{ method: 'PUT', type: resource.resourceType },
  ...{ id: resource.id!, resource },
});
