// The states of a referral, as data: where each can lead, what it needs to be told, and what it is in FHIR. A referral keeps every
// state that it was in, with its date; what was entered by mistake is taken back, not removed.
import { refuse } from '../../errors.ts';

export type ReferralKind = 'ct' | 'eap';

export interface ReferralState {
  display: string;
  /** states that may follow; a referral whose state has any is open */
  next: readonly string[];
  /** member that has to tell more */
  needs?: 'ineligible_reason' | 'status_reason' | 'ct_outcome' | 'eap_outcome';
  /** ServiceRequest.status */
  request: 'active' | 'completed' | 'revoked';
  /** ResearchSubject.status or EpisodeOfCare.status */
  journey: string;
  /** what it says of eligibility */
  eligible?: boolean;
}

type States = Readonly<Record<string, ReferralState>>;

const active = 'active' as const;
const completed = 'completed' as const;
const revoked = 'revoked' as const;
const final = { next: [] as readonly string[] };
const why = { needs: 'status_reason' as const };

const ct: States = {
  referred: {
    ...{ display: 'Referred', request: active, journey: 'potential-candidate' },
    next: ['screening', 'eligible', 'ineligible', 'declined', 'cancelled'],
  },
  screening: {
    ...{ display: 'Screening', request: active, journey: 'screening' },
    next: ['eligible', 'ineligible', 'declined', 'cancelled'],
  },
  eligible: {
    ...{ display: 'Eligible', request: active, journey: 'eligible', eligible: true },
    next: ['enrolled', 'ineligible', 'declined', 'cancelled'],
  },
  ineligible: {
    ...{ display: 'Ineligible', request: completed, journey: 'ineligible', eligible: false, ...final },
    needs: 'ineligible_reason',
  },
  enrolled: {
    ...{ display: 'Enrolled', request: completed, journey: 'on-study' },
    next: ['completed', 'withdrawn'],
  },
  completed: {
    ...{ display: 'Completed', request: completed, journey: 'off-study', ...final },
    needs: 'ct_outcome',
  },
  withdrawn: { display: 'Withdrawn', request: completed, journey: 'withdrawn', ...final, ...why },
  declined: { display: 'Declined', request: revoked, journey: 'not-registered', ...final, ...why },
  cancelled: { display: 'Cancelled', request: revoked, journey: 'not-registered', ...final, ...why },
};

const eap: States = {
  requested: {
    ...{ display: 'Requested', request: active, journey: 'planned' },
    next: ['approved', 'refused', 'cancelled'],
  },
  approved: {
    ...{ display: 'Approved', request: active, journey: 'planned' },
    next: ['enrolled', 'cancelled'],
  },
  refused: { display: 'Refused', request: revoked, journey: 'cancelled', ...final, ...why },
  enrolled: {
    ...{ display: 'Enrolled', request: completed, journey: 'active' },
    next: ['completed', 'discontinued', 'cancelled'],
  },
  completed: {
    ...{ display: 'Completed', request: completed, journey: 'finished', ...final },
    needs: 'eap_outcome',
  },
  discontinued: { display: 'Discontinued', request: completed, journey: 'finished', ...final, ...why },
  cancelled: { display: 'Cancelled', request: revoked, journey: 'cancelled', ...final, ...why },
};

export const referralStates: Readonly<Record<ReferralKind, States>> = { ct, eap };

/** Every state, once. */
export const allStates: readonly string[] = [...new Set([...Object.keys(ct), ...Object.keys(eap)])];
/** States from which a referral can go on. */
export const openStates: readonly string[] = allStates.filter((name) =>
  [ct, eap].some((states) => (states[name]?.next.length ?? 0) > 0),
);

export const firstState = (kind: ReferralKind): string => (kind === 'ct' ? 'referred' : 'requested');
/** @returns undefined for a state that is none of the kind */
export const stateOf = (kind: ReferralKind, name: string): ReferralState | undefined =>
  Object.hasOwn(referralStates[kind], name) ? referralStates[kind][name] : undefined;
export const nextStates = (kind: ReferralKind, name: string): readonly string[] =>
  stateOf(kind, name)?.next ?? [];

/** A state that a referral came into. */
export interface Entry {
  status: string;
  /** FHIR dateTime; unknown for some that a CRM tells */
  date?: string | undefined;
  reason?: string | undefined;
  /** when it was entered here; of what was entered elsewhere it is not known */
  recorded?: string | undefined;
  /** when it was taken back, having been entered by mistake */
  undone?: string | undefined;
  undone_reason?: string | undefined;
}

/** The state that a referral is in: the last that was not taken back. */
export const currentEntry = (entries: readonly Entry[]): Entry => live(entries).at(-1)!;
const live = (entries: readonly Entry[]) => entries.filter(({ undone }) => undone === undefined);
/** The day of a dateTime, in its own time zone; undefined where only the month or year is known. */
export const dayOf = (date: string | undefined): string | undefined =>
  date !== undefined && date.length >= 10 ? date.slice(0, 10) : undefined;

const AHEAD_MS = 14 * 3_600_000;
const dayAt = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/**
 * The entries with another state at the end.
 * @param now milliseconds; without a date it is that day in UTC
 * @param dateMember member that the date was told by
 * @throws FhirError 409 where the state cannot follow; 422 for the date
 */
export function entered(
  kind: ReferralKind,
  entries: readonly Entry[],
  { status, date, reason }: { status: string; date?: string; reason?: string },
  now: number,
  at = '#',
  dateMember = 'status_date',
): Entry[] {
  const current = entries.length > 0 ? currentEntry(entries).status : undefined;
  const possible = current === undefined ? [firstState(kind)] : nextStates(kind, current);
  if (!possible.includes(status)) {
    const is = current === undefined ? 'A new referral' : `The referral is "${current}", and`;
    const can =
      possible.length > 0
        ? `it can become ${possible.join(', ')}.`
        : 'that is final. What was entered by mistake is taken back with :undo.';
    const message =
      current === undefined
        ? `${is} begins as "${possible[0]}", not as "${status}": change its status afterwards.`
        : `${is} cannot become "${status}": ${can}`;
    throw refuse(409, 'business-rule', message, `${at}/status`);
  }
  const day = date ?? dayAt(now);
  checkDay(day, previousDay(entries), undefined, now, `${at}/${dateMember}`);
  const recorded = new Date(now).toISOString();
  return [...entries, { status, date: day, ...(reason !== undefined && { reason }), recorded }];
}

/**
 * The entries with another date of one of them.
 * @param member JSON pointer of the date
 * @throws FhirError 422 where it would be before the state that precedes it, after the one that follows, or to come
 */
export function redated(
  entries: readonly Entry[],
  entry: Entry,
  day: string,
  now: number,
  member: string,
): Entry[] {
  const all = live(entries);
  const place = all.indexOf(entry);
  const after = all.slice(place + 1).find(({ date }) => dayOf(date) !== undefined);
  checkDay(day, previousDay(all.slice(0, place)), after, now, member);
  const recorded = new Date(now).toISOString();
  return entries.map((each) => (each === entry ? { ...each, date: day, recorded } : each));
}

const previousDay = (entries: readonly Entry[]): Entry | undefined =>
  live(entries).findLast(({ date }) => dayOf(date) !== undefined);

function checkDay(
  day: string,
  before: Entry | undefined,
  after: Entry | undefined,
  now: number,
  member: string,
): void {
  // Where the client is, tomorrow may have begun.
  if (day > dayAt(now + AHEAD_MS)) {
    throw refuse(422, 'value', `${day} is in the future: today is ${dayAt(now)} (UTC).`, member);
  }
  if (before && day < dayOf(before.date)!) {
    const message = `${day} is before ${dayOf(before.date)}, when the referral became "${before.status}".`;
    throw refuse(422, 'business-rule', message, member);
  }
  if (after && day > dayOf(after.date)!) {
    const message = `${day} is after ${dayOf(after.date)}, when the referral became "${after.status}".`;
    throw refuse(422, 'business-rule', message, member);
  }
}

/**
 * The entries with the last state taken back.
 * @throws FhirError 409 where it is another one, or the first
 */
export function takenBack(
  entries: readonly Entry[],
  { status, reason }: { status: string; reason: string },
  now: number,
  at = '#',
): Entry[] {
  const current = currentEntry(entries);
  if (current.status !== status) {
    const message = `The referral is "${current.status}": "${status}" cannot be taken back.`;
    throw refuse(409, 'business-rule', message, `${at}/status`);
  }
  if (live(entries).length === 1) {
    const message = `The referral has been "${status}" from the beginning: delete it, if it should not be there.`;
    throw refuse(409, 'business-rule', message, `${at}/status`);
  }
  const undone = new Date(now).toISOString();
  return entries.map((each) => (each === current ? { ...each, undone, undone_reason: reason } : each));
}
