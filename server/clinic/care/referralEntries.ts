// Which states a referral comes into by what a client sends: another status, another date of one, another reason.
import { refuse } from '../../errors.ts';
import type { Json } from '../things/clinicResource.ts';
import { beginOf } from './referralJson.ts';
import {
  currentEntry,
  type Entry,
  entered,
  firstState,
  type ReferralKind,
  redated,
  stateOf,
} from './referralStates.ts';

type Texts = Readonly<Record<string, string | undefined>>;

/**
 * The states that the referral has then.
 * @param known the states it has; none for a new one
 * @param told its plain form
 * @throws FhirError 409 where a status cannot follow; 422 for dates and reasons that do not fit
 */
export function movedEntries(
  kind: ReferralKind,
  known: readonly Entry[] | undefined,
  input: Json,
  told: Json | undefined,
  now: number,
  at: string,
): { entries: readonly Entry[]; isMoved: boolean } {
  const sent = input as Texts;
  const status = sent.status ?? (known ? currentEntry(known).status : firstState(kind));
  const isOther = !known || status !== currentEntry(known).status;
  refuseReasons(kind, status, isOther, sent, told as Texts | undefined, at);
  const newReason = isOther ? sent.ineligible_reason : differing('ineligible_reason', sent, told);
  const reason = status === 'ineligible' ? newReason : sent.status_reason;
  const begin = beginOf(kind);
  const begun = differing(begin, sent, told);
  const enrolled = kind === 'eap' ? differing('eap_enrollment_date', sent, told) : undefined;
  if (!known) {
    if (enrolled !== undefined) throw unenrolled(at);
    const date = agreed(sent.status_date, begun, begin, at);
    const entries = entered(
      kind,
      [],
      { status, ...dated(date), ...reasoned(reason) },
      now,
      at,
      memberOf(sent, begin),
    );
    return { entries, isMoved: true };
  }
  let entries = known;
  if (begun !== undefined) entries = redated(entries, entries[0]!, begun, now, `${at}/${begin}`);
  const past = entries.findLast((each) => each.status === 'enrolled' && each.undone === undefined);
  if (enrolled !== undefined && past) {
    entries = redated(entries, past, enrolled, now, `${at}/eap_enrollment_date`);
  } else if (enrolled !== undefined && status !== 'enrolled') throw unenrolled(at);
  if (isOther) {
    const date = agreed(sent.status_date, past ? undefined : enrolled, 'eap_enrollment_date', at);
    const member = memberOf(sent, 'eap_enrollment_date');
    entries = entered(kind, entries, { status, ...dated(date), ...reasoned(reason) }, now, at, member);
  } else {
    entries = corrected(entries, sent, reason, { begin, begun, enrolled }, now, at);
  }
  return { entries, isMoved: entries !== known };
}

/** The member that tells the date of a new state. */
const memberOf = (sent: Texts, other: string) =>
  sent.status_date === undefined && sent[other] !== undefined ? other : 'status_date';
const dated = (date: string | undefined) => (date === undefined ? {} : { date });
const reasoned = (reason: string | undefined) => (reason === undefined ? {} : { reason });

/** The value of a member that is sent, and is not what it was. */
const differing = (name: string, sent: Texts, told: Json | undefined): string | undefined =>
  sent[name] === told?.[name] ? undefined : sent[name];

/** Another date or reason of the state that it is in. */
function corrected(
  entries: readonly Entry[],
  sent: Texts,
  reason: string | undefined,
  { begin, begun, enrolled }: { begin: string; begun?: string | undefined; enrolled?: string | undefined },
  now: number,
  at: string,
): readonly Entry[] {
  const current = currentEntry(entries);
  const isFirst = current === entries[0];
  agreed(sent.status_date, isFirst ? begun : enrolled, isFirst ? begin : 'eap_enrollment_date', at);
  const day = sent.status_date;
  const isOtherDay = day !== undefined && day !== current.date?.slice(0, 10);
  const dates = isOtherDay ? redated(entries, current, day, now, `${at}/status_date`) : entries;
  const last = currentEntry(dates);
  if (reason === undefined || reason === last.reason) return dates;
  const recorded = new Date(now).toISOString();
  return dates.map((each) => (each === last ? { ...each, reason, recorded } : each));
}

/** Two members may tell one date, if it is the same. */
function agreed(
  date: string | undefined,
  other: string | undefined,
  name: string,
  at: string,
): string | undefined {
  if (date !== undefined && other !== undefined && date !== other) {
    const message = `"status_date" is ${date}, "${name}" is ${other}: both are the same date. Leave one out.`;
    throw refuse(422, 'business-rule', message, `${at}/status_date`);
  }
  return date ?? other;
}

function unenrolled(at: string) {
  const message =
    '"eap_enrollment_date" is the date on which a referral becomes "enrolled": send it with that status.';
  return refuse(422, 'business-rule', message, `${at}/eap_enrollment_date`);
}

/** What a state needs to be told, and what belongs to another. */
function refuseReasons(
  kind: ReferralKind,
  status: string,
  isOther: boolean,
  sent: Texts,
  told: Texts | undefined,
  at: string,
): void {
  if (status === 'ineligible' && sent.status_reason !== undefined) {
    const message = 'Why a patient is ineligible is told by "ineligible_reason": leave "status_reason" out.';
    throw refuse(422, 'business-rule', message, `${at}/status_reason`);
  }
  const reason = sent.ineligible_reason;
  if (status !== 'ineligible' && reason !== undefined && reason !== told?.ineligible_reason) {
    const message = `"ineligible_reason" belongs to the status "ineligible": the referral is "${status}".`;
    throw refuse(422, 'business-rule', message, `${at}/ineligible_reason`);
  }
  const needs = stateOf(kind, status)?.needs;
  if (needs === undefined || sent[needs] !== undefined) return;
  // Reasons are kept with the state; what was known before without one need not have one now.
  if (isOther || told?.[needs] !== undefined) {
    const message = `"${needs}" is missing: a referral that is "${status}" has one.`;
    throw refuse(422, 'required', message, `${at}/${needs}`);
  }
}
