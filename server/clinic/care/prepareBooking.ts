// What has to be known before a booking is written: who is meant, what it may become, and that the person has no other call at that
// time, not even one that is being written at the same moment.
import { refuse } from '../../errors.ts';
import { find } from '../../fhir/search.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { stillStands } from '../people/currentRecord.ts';
import { findPerson, findPhysician } from '../people/personReference.ts';
import type { Json, Prepared, Wanted } from '../things/clinicResource.ts';
import type { Seen } from '../things/seen.ts';
import { BOOKED_CALL, instant } from './bookingAppointment.ts';
import { type BookingPlan, bookingJson, personOf, physicianOf } from './bookingJson.ts';
import { isOff, nextStatus, refuseOver } from './bookingStatus.ts';

/** Calls of one person that may begin at the same time. */
const MOST_AT_ONCE = 1_000;
const DAY = /^(\d{4})-(\d\d)-(\d\d)/;

/** @throws FhirError 409, 422 where it cannot be written so */
export async function prepareBooking(services: Services, wanted: Wanted): Promise<Prepared> {
  const { input, at, known } = wanted;
  const [main, ...parts] = known;
  const told = main && bookingJson(main, parts);
  refuseImpossible(input, told, at);
  const person = await personFor(services, wanted, told);
  const stands = main || person === undefined ? [] : stillStands(person);
  const formerPhysician = main && physicianOf(main, parts);
  const isSamePhysician = main && input.physician_id === told?.physician_id;
  const physician = isSamePhysician ? formerPhysician : await physicianFor(services, wanted, person);
  const now = Date.now();
  if (told) refuseOver(told, changedMembers(input, told), at);
  const status = nextStatus(input, told, now, at);
  const context: BookingPlan = {
    ...{ status, created: new Date(now).toISOString() },
    ...(person !== undefined && { person }),
    ...(physician !== undefined && { physician }),
    ...(formerPhysician !== undefined && { formerPhysician }),
  };
  const begins = input.booking_date as string | undefined;
  const isSame = told?.booking_date === begins && told?.kind === input.kind && told?.status === status;
  if (begins === undefined || person === undefined || isSame || isOff({ status })) {
    return { context, seen: stands };
  }
  const kind = (input.kind as string | undefined) ?? BOOKED_CALL;
  const { found, seen } = await callsAt(services, person, begins);
  const other = found.find((call) => call.id !== main?.id && isInTheWay(call, person, begins, kind));
  if (other) throw taken(bookingJson(other, []), begins, at);
  return { context, seen: [seen, ...stands] };
}

/** Dates that no calendar has, and times that do not go together. */
export function refuseImpossible(input: Json, told: Json | undefined, at: string): void {
  const { booking_date, reminder_date, duration_minutes } = input as Record<string, string | undefined>;
  for (const [name, text] of Object.entries({ booking_date, reminder_date })) {
    if (text === undefined || text === told?.[name] || isDate(text)) continue;
    throw refuse(422, 'value', `"${name}": there is no day ${text.slice(0, 10)}.`, `${at}/${name}`);
  }
  const isTimeless = booking_date !== undefined && !booking_date.includes('T');
  if (duration_minutes !== undefined && isTimeless) {
    const message = `"booking_date" tells the day only: a call lasts ${duration_minutes} minutes from a time of day on. Add the time, or leave "duration_minutes" out.`;
    throw refuse(422, 'business-rule', message, `${at}/duration_minutes`);
  }
  const isTold = told?.booking_date === booking_date && told?.reminder_date === reminder_date;
  if (isTold || booking_date === undefined || reminder_date === undefined) return;
  if (Date.parse(instant(reminder_date)) > Date.parse(instant(booking_date, true))) {
    const message = `"reminder_date" is ${reminder_date}, after the call on ${booking_date}: a reminder comes before it.`;
    throw refuse(422, 'business-rule', message, `${at}/reminder_date`);
  }
}

function isDate(text: string): boolean {
  const [, year, month, day] = (DAY.exec(text) ?? []).map(Number);
  const date = new Date(Date.UTC(year!, month! - 1, day));
  return (
    date.getUTCMonth() === month! - 1 && date.getUTCDate() === day && !Number.isNaN(Date.parse(instant(text)))
  );
}

/** Whom it is with. A booking stays with its person. */
async function personFor(
  services: Services,
  { input, at, known: [main] }: Wanted,
  told: Json | undefined,
): Promise<string | undefined> {
  const members = ['contact_id', 'patient_id'];
  const named = members.filter((name) => input[name] !== undefined);
  const changed = named.filter((name) => input[name] !== told?.[name]);
  const now = main && personOf(main);
  if (main && changed.length === 0) return now;
  const { reference } = await findPerson(services, input, at);
  if (now === undefined || now === reference) return reference;
  const message = `The booking is of ${now}, "${changed[0]}" is ${reference}: a booking stays with its person. Cancel it, and book a call of the other.`;
  throw refuse(422, 'business-rule', message, `${at}/${changed[0]}`);
}

async function physicianFor(
  services: Services,
  { input, at }: Wanted,
  person: string | undefined,
): Promise<string | undefined> {
  if (input.physician_id === undefined) return undefined;
  const { reference } = await findPhysician(services, input.physician_id, at);
  if (reference !== person) return reference;
  const message = `"physician_id" is ${reference}, whom the call is with: name another physician who takes part, or leave it out.`;
  throw refuse(422, 'business-rule', message, `${at}/physician_id`);
}

const CHANGEABLE = ['booking_date', 'duration_minutes', 'reminder_date', 'kind', 'physician_id', 'note'];
const changedMembers = (input: Json, told: Json): string[] =>
  CHANGEABLE.filter((name) => {
    const asked = name === 'kind' && told.kind !== undefined ? (input.kind ?? BOOKED_CALL) : input[name];
    return asked !== told[name];
  });

/**
 * The calls that a person takes part in and that begin at an instant, with the search that finds them: whoever books another one gives
 * it to the write, so that of two who book the same at once, one finds the other's.
 * @param person `Patient/[id]` or `Practitioner/[id]`
 * @param begins a FHIR date or dateTime
 */
export async function callsAt(
  services: Services,
  person: string,
  begins: string,
): Promise<{ found: Resource[]; seen: Seen }> {
  const second = Math.floor(Date.parse(instant(begins)) / 1_000);
  const text = (seconds: number) => `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
  const terms: [string, string][] = [
    ['actor', person],
    ['date', `ge${text(second)}`],
    ['date', `lt${text(second + 1)}`],
  ];
  const query: [string, string][] = [...terms, ['_count', String(MOST_AT_ONCE)]];
  const { matches } = await find(
    services,
    {
      ...{ type: 'Appointment', query, base: services.baseUrls[0]!, handling: 'strict' },
      maxCount: MOST_AT_ONCE,
    },
    services.db,
  );
  const found = matches.map(({ resource }) => parseJson(resource.content!) as Resource);
  const ids = found.map(({ id }) => id!);
  return { found, seen: { type: 'Appointment', query: String(new URLSearchParams(terms)), ids } };
}

/**
 * Whether a call keeps the person from another one of that time: not one that is off, nor one of which, as of the other, only the day is
 * known, where they are of different kinds.
 */
function isInTheWay(call: Resource, person: string, begins: string, kind: string): boolean {
  const { status, booking_date, kind: its } = bookingJson(call, []);
  if (isOff({ status }) || personOf(call) !== person) return false;
  const isDay = !begins.includes('T');
  if (isDay !== !String(booking_date).includes('T')) return false;
  return isDay ? its === kind : Date.parse(String(booking_date)) === Date.parse(begins);
}

function taken({ id, status }: Json, begins: string, at: string) {
  const when = begins.includes('T') ? `at ${begins}` : `on ${begins}, without a time`;
  const advice = `change it with PATCH /api/v1/bookings/${encodeURIComponent(String(id))}, or book another time.`;
  const message = `The person has a call ${when} already, booking "${id}", which is ${status}: ${advice}`;
  return refuse(409, 'duplicate', message, `${at}/booking_date`);
}
