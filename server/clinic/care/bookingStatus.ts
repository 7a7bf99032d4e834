// What becomes of a booking: the states of Appointment.status, which of them follow which, and `no_show` as another word for one.
import { refuse } from '../../errors.ts';
import type { Json } from '../things/clinicResource.ts';
import { instant } from './bookingAppointment.ts';

/** The states that each state can be followed by; what has happened can be corrected, not undone. */
const FOLLOWING = {
  proposed: ['pending', 'waitlist', 'booked', 'cancelled', 'entered-in-error'],
  pending: ['proposed', 'waitlist', 'booked', 'cancelled', 'entered-in-error'],
  waitlist: ['proposed', 'pending', 'booked', 'cancelled', 'entered-in-error'],
  booked: [
    ...['proposed', 'pending', 'waitlist', 'checked-in', 'arrived', 'fulfilled', 'noshow', 'cancelled'],
    'entered-in-error',
  ],
  'checked-in': ['booked', 'arrived', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error'],
  arrived: ['booked', 'fulfilled', 'noshow', 'cancelled', 'entered-in-error'],
  fulfilled: ['noshow', 'entered-in-error'],
  noshow: ['fulfilled', 'entered-in-error'],
  cancelled: ['entered-in-error'],
  'entered-in-error': [],
} as const;

export const bookingStatuses = Object.keys(FOLLOWING);

/** Those that can be without a time (app-3). */
const TIMELESS = ['proposed', 'waitlist', 'cancelled'];
/** Those that a call has reached only when it has begun. */
const BEGUN = ['fulfilled', 'noshow'];
/** Those in which nothing can be changed any more. */
const FINAL = ['cancelled', 'entered-in-error'];

/**
 * The state that a client asks for.
 * @param told the booking as it is; nothing of a new one
 * @param now milliseconds
 * @param at JSON pointer of the body
 * @throws FhirError 409 for a state that does not follow the one it is in, 422 for one that contradicts what else is sent
 */
export function nextStatus(input: Json, told: Json | undefined, now: number, at: string): string {
  const { booking_date } = input as { booking_date?: string };
  const status = input.status === told?.status ? undefined : (input.status as string | undefined);
  const noShow = input.no_show === told?.no_show ? undefined : (input.no_show as boolean | undefined);
  if (status !== undefined && noShow !== undefined && noShow !== (status === 'noshow')) {
    const message = `"no_show" is ${noShow}, "status" is "${status}": they contradict each other. Leave one out.`;
    throw refuse(422, 'business-rule', message, `${at}/no_show`);
  }
  const begins = booking_date === undefined ? undefined : Date.parse(instant(booking_date));
  const next = status ?? following(told, noShow, begins, now);
  const pointer = `${at}/${status === undefined && noShow !== undefined ? 'no_show' : 'status'}`;
  if (told) refuseStep(String(told.status), next, pointer);
  if (
    booking_date === undefined &&
    !TIMELESS.includes(next) &&
    (!told || next !== told.status || told.booking_date)
  ) {
    const advice = `a call without a time can be ${TIMELESS.join(', ')}.`;
    throw refuse(422, 'required', `"booking_date" is missing: ${advice}`, `${at}/booking_date`);
  }
  const isSame = told?.status === next && told.booking_date === booking_date;
  if (!isSame && BEGUN.includes(next) && begins !== undefined && begins > now) {
    const message = `The call begins ${booking_date}: only then can it be ${next}. Until then it can be ${possible('booked', true)}.`;
    throw refuse(422, 'business-rule', message, pointer);
  }
  return next;
}

/** What `no_show` means, where the state is not told; a call that gets a time is booked. */
function following(
  told: Json | undefined,
  noShow: boolean | undefined,
  begins: number | undefined,
  now: number,
): string {
  if (noShow === true) return 'noshow';
  if (!told) {
    if (begins === undefined) return 'proposed';
    return noShow === false && begins <= now ? 'fulfilled' : 'booked';
  }
  if (noShow === false) return 'fulfilled';
  const isTimed = told.booking_date === undefined && begins !== undefined;
  return isTimed && TIMELESS.includes(String(told.status)) && told.status !== 'cancelled'
    ? 'booked'
    : String(told.status);
}

function refuseStep(from: string, to: string, pointer: string): void {
  if (from === to || followers(from).includes(to)) return;
  const can = followers(from).length === 0 ? 'it stays so' : `it can become ${possible(from)}`;
  const advice =
    FINAL.includes(from) || BEGUN.includes(from) ? ' POST /api/v1/bookings books another call.' : '';
  throw refuse(
    409,
    'business-rule',
    `A booking that is ${from} cannot become ${to}: ${can}.${advice}`,
    pointer,
  );
}

const followers = (from: string): readonly string[] => FOLLOWING[from as keyof typeof FOLLOWING] ?? [];

const possible = (from: string, isAhead = false): string =>
  followers(from)
    .filter((status) => !isAhead || !BEGUN.includes(status))
    .join(', ');

/**
 * Refuses to change what is over: a call that took place or was missed is not moved, of one that was cancelled nothing changes.
 * @param changed names of members
 * @throws FhirError 409
 */
export function refuseOver({ status }: Json, changed: readonly string[], at: string): void {
  const advice = 'POST /api/v1/bookings books another call.';
  const [first] = changed;
  if (first !== undefined && FINAL.includes(String(status))) {
    const message = `The booking is ${status}: "${first}" cannot be changed any more. ${advice}`;
    throw refuse(409, 'business-rule', message, `${at}/${first}`);
  }
  if (changed.includes('booking_date') && BEGUN.includes(String(status))) {
    const message = `The booking is ${status}: what was is not moved to another time. ${advice}`;
    throw refuse(409, 'business-rule', message, `${at}/booking_date`);
  }
}

/** Whether its time is free for another one. */
export const isOff = ({ status }: Json): boolean => FINAL.includes(String(status));
