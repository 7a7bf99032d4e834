// A call that somebody booked → Appointment: one shape, for the API, the landing page and what a CRM has exported.
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { defined, extension, identified, profileUrl } from '../fhirParts.ts';

export const BOOKED_CALL = 'Booked call';

/** What is known of a call. */
export interface Call {
  /** whom it is with: `Patient/[id]` or `Practitioner/[id]` */
  person: string;
  /** `Booked call` */
  kind: string;
  status: string;
  /** when it begins, as it was told: a FHIR date or dateTime with its zone; unknown as long as it is only proposed */
  at?: string | undefined;
  /** how long it lasts; of a day, not known */
  minutes?: number | undefined;
  /** when the person is to be reminded, a FHIR dateTime */
  reminder?: string | undefined;
}

/** A new Appointment, its FHIR id the one that follows from the identifier. */
export function callAppointment(value: string, { person, kind, status, ...call }: Call): Resource {
  return {
    ...identified('Appointment', crmSystems.bookings, value),
    meta: { profile: [profileUrl('salus-booking')] },
    ...defined({
      extension: call.reminder && [reminderOf(call.reminder)],
      ...{ status, serviceType: [{ text: kind }] },
      ...(call.at !== undefined && timesOf(call.at, call.minutes)),
      participant: [{ actor: { reference: person }, status: 'accepted' }],
    }),
  } as Resource;
}

export const reminderOf = (at: string) => extension('salus-reminder', 'DateTime', at);

/**
 * The elements that tell when a call is. One of which only the day is known lasts all of it (UTC), one whose length is not known ends
 * when it begins; `requestedPeriod` says what was told.
 * @param length milliseconds, where it is another one than that of the minutes it takes
 */
export function timesOf(at: string, minutes?: number, length = (minutes ?? 0) * 60_000) {
  const isDay = !at.includes('T');
  const end = length > 0 && !isDay ? laterBy(at, length) : undefined;
  return {
    ...{ start: instant(at), end: end ?? instant(at, true) },
    ...(minutes !== undefined && { minutesDuration: minutes }),
    requestedPeriod: [{ start: at, end: end ?? at }],
  };
}

/** A dateTime as an instant: of a day, its first or last second. */
export const instant = (text: string, isEnd = false): string =>
  text.includes('T') ? text : `${text}T${isEnd ? '23:59:59' : '00:00:00'}Z`;

/** Some milliseconds after a dateTime, in its own zone. */
function laterBy(at: string, length: number): string {
  const [zone = 'Z', sign, hours, minutes] = /(?:Z|([+-])(\d\d):(\d\d))$/.exec(at) ?? [];
  const shift = sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  const local = new Date(Date.parse(at) + length + shift).toISOString().slice(0, -1);
  return `${local.replace(/\.000$/, '')}${zone}`;
}
