// The plain form of a booking ⇄ Appointment. What the plain form does not tell of an Appointment is kept.
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { profileUrl } from '../fhirParts.ts';
import { patientIdOf } from '../patients/patientIds.ts';
import { contactIdOf, isPharmacist, physicianIdOf } from '../people/personReference.ts';
import type { Json } from '../things/clinicResource.ts';
import { idOf } from '../things/thingIds.ts';
import { nameOf } from '../things/thingParts.ts';
import { BOOKED_CALL, callAppointment, instant, reminderOf, timesOf } from './bookingAppointment.ts';

interface Participant {
  actor?: { reference?: string };
  [member: string]: unknown;
}

interface Concept {
  coding?: { code?: string; display?: string }[];
  text?: string;
}

/** What looking things up has told of a booking that is to be written. */
export interface BookingPlan {
  status: string;
  /** `Patient/[id]` or `Practitioner/[id]`; none where an EHR named nobody, and nobody is named now */
  person?: string;
  /** `Practitioner/[id]`, and who it has been so far */
  physician?: string;
  formerPhysician?: string;
  /** when a new one is made */
  created: string;
}

const REMINDER = profileUrl('salus-reminder');
const PERSON = /^(?:Patient|Practitioner)\/[A-Za-z0-9\-.]{1,64}$/;

const participantsOf = ({ participant = [] }: Resource) => participant as Participant[];
const actorOf = ({ actor }: Participant): string | undefined =>
  PERSON.test(actor?.reference ?? '') ? actor!.reference : undefined;

/** Whom a call is with, `Type/[id]`: the first Patient who takes part, where there is none the first Practitioner. */
export function personOf(appointment: Resource): string | undefined {
  const actors = participantsOf(appointment).flatMap((each) => actorOf(each) ?? []);
  return actors.find((actor) => actor.startsWith('Patient/')) ?? actors[0];
}

/** The physician who takes part in it too: the first Practitioner who is not the one it is with, and no pharmacist. */
export function physicianOf(appointment: Resource, parts: readonly Resource[]): string | undefined {
  const person = personOf(appointment);
  const others = new Set(parts.filter(isPharmacist).map(nameOf));
  const actors = participantsOf(appointment).flatMap((each) => actorOf(each) ?? []);
  return actors.find((actor) => actor.startsWith('Practitioner/') && actor !== person && !others.has(actor));
}

/** The plain form of an Appointment, read with who takes part in it. */
export function bookingJson(main: Resource, parts: readonly Resource[]): Json {
  const people = new Map(parts.map((part) => [nameOf(part), part]));
  const person = people.get(personOf(main) ?? '');
  const physician = people.get(physicianOf(main, parts) ?? '');
  const members = {
    id: idOf(main, crmSystems.bookings),
    contact_id: person && contactIdOf(person),
    patient_id: person?.resourceType === 'Patient' ? patientIdOf(person) : undefined,
    physician_id: physician && physicianIdOf(physician),
    kind: kindOf(main),
    status: main.status,
    no_show: main.status === 'noshow',
    booking_date: toldTime(main),
    duration_minutes: minutesOf(main),
    end: isDay(main) || main.end === main.start ? undefined : main.end,
    reminder_date: reminderIn(main),
    note: main.comment,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

const kindOf = ({ serviceType }: Resource): string | undefined => {
  const [first] = (serviceType ?? []) as Concept[];
  return first?.text ?? first?.coding?.[0]?.display ?? first?.coding?.[0]?.code;
};

const requestedOf = ({ requestedPeriod }: Resource) =>
  (requestedPeriod ?? []) as { start?: string; end?: string }[];

/** When it begins, as it was told: `requestedPeriod` where it is of the same moment. */
function toldTime(appointment: Resource): string | undefined {
  const start = appointment.start as string | undefined;
  const asked = requestedOf(appointment)[0]?.start;
  if (start === undefined || asked === undefined) return start;
  return Date.parse(instant(asked)) === Date.parse(start) ? asked : start;
}

const isDay = (appointment: Resource): boolean => toldTime(appointment)?.includes('T') === false;

/** Milliseconds from start to end. */
const lengthOf = ({ start, end }: Resource): number =>
  start === undefined || end === undefined ? 0 : Date.parse(String(end)) - Date.parse(String(start));

function minutesOf(appointment: Resource): number | undefined {
  if (appointment.minutesDuration !== undefined) return Number(appointment.minutesDuration);
  const minutes = lengthOf(appointment) / 60_000;
  return isDay(appointment) || minutes < 1 || !Number.isInteger(minutes) ? undefined : minutes;
}

const extensionsOf = ({ extension }: Resource) =>
  (extension ?? []) as { url: string; valueDateTime?: string }[];
const reminderIn = (appointment: Resource) =>
  extensionsOf(appointment).find(({ url }) => url === REMINDER)?.valueDateTime;

/** A new Appointment, or one as it is but for what the plain form tells otherwise. */
export function bookingAppointment(
  input: Json,
  id: string,
  known: Resource | undefined,
  plan: BookingPlan,
): Resource {
  const { status, person, created } = plan;
  const before: Resource = known ?? {
    ...callAppointment(id, { person: person!, kind: BOOKED_CALL, status }),
    created,
  };
  const told = bookingJson(before, []);
  const { extension: _, comment: __, participant: ___, ...kept } = before;
  // A reason why it does not take place is of those that do not (app-4).
  if (status !== 'cancelled' && status !== 'noshow') delete kept.cancelationReason;
  const { reminder_date, note } = input as { reminder_date?: string; note?: string };
  const isSameReminder = reminder_date === told.reminder_date;
  const others = extensionsOf(before).filter(({ url }) => isSameReminder || url !== REMINDER);
  const extensions = isSameReminder || !reminder_date ? others : [...others, reminderOf(reminder_date)];
  const kind = input.kind ?? (known && told.kind === undefined ? undefined : BOOKED_CALL);
  return {
    ...withTimes(kept as Resource, told, input),
    status,
    ...(extensions.length > 0 && { extension: extensions }),
    ...(kind !== told.kind && { serviceType: [{ text: kind }] }),
    ...(note !== undefined && { comment: note }),
    participant: participants(before, plan),
  };
}

/** Its times, where they are to be others: who moves a call does not change how long it lasts. */
function withTimes(kept: Resource, told: Json, { booking_date, duration_minutes }: Json): Resource {
  if (booking_date === told.booking_date && duration_minutes === told.duration_minutes) return kept;
  const { start: _, end: __, minutesDuration: ___, requestedPeriod: ____, ...rest } = kept;
  const wasTold = told.booking_date !== undefined && requestedOf(kept)[0]?.start === told.booking_date;
  const wishes = requestedOf(kept).slice(wasTold ? 1 : 0);
  const minutes = duration_minutes as number | undefined;
  if (booking_date === undefined) {
    return {
      ...rest,
      ...(minutes !== undefined && { minutesDuration: minutes }),
      ...(wishes.length > 0 && { requestedPeriod: wishes }),
    } as Resource;
  }
  const at = booking_date as string;
  const isAsLong = minutes === told.duration_minutes && at.includes('T') && !isDay(kept);
  const times = timesOf(at, minutes, isAsLong ? lengthOf(kept) : undefined);
  return { ...rest, ...times, requestedPeriod: [...times.requestedPeriod, ...wishes] } as Resource;
}

/** Who takes part: as they are, but for the person of one that has none, and another physician or none. */
function participants(before: Resource, { person, physician, formerPhysician: told }: BookingPlan) {
  const isMissing = person !== undefined && personOf(before) === undefined;
  const added = (reference: string): Participant => ({ actor: { reference }, status: 'accepted' });
  const all = [...(isMissing ? [added(person)] : []), ...participantsOf(before)];
  if (physician === told) return all;
  if (physician === undefined) return all.filter((each) => actorOf(each) !== told);
  if (told === undefined) return [...all, added(physician)];
  return all.map((each) =>
    actorOf(each) === told ? { ...each, actor: { reference: physician }, status: 'accepted' } : each,
  );
}
