// How the states of a referral are kept in FHIR: all of them as extensions of the ServiceRequest, the current one as its tag too, by
// which it is found, and what it means in the statuses of the ServiceRequest and of the ResearchSubject or EpisodeOfCare.
import type { Resource } from '../../services.ts';
import { codeSystem, defined, profileUrl, type Reference } from '../fhirParts.ts';
import type { Identifier } from '../patients/patientIds.ts';
import { conditionSystem } from './conditionResource.ts';
import {
  currentEntry,
  dayOf,
  type Entry,
  firstState,
  nextStates,
  type ReferralKind,
  referralStates,
  stateOf,
} from './referralStates.ts';

/** Identifier system of referrals that are made here. */
export const referralSystem = 'https://salus.example/fhir/sid/crm-referrals';
/** What a trial is called in ServiceRequest.instantiatesUri, by which the referrals to it are found. */
export const trialUri = (trialId: string): string => `${TRIAL_URI}${encodeURIComponent(trialId)}`;
const TRIAL_URI = 'https://salus.example/fhir/sid/crm-trials/';

const KINDS = codeSystem('referral-kinds');
export const STATES = codeSystem('referral-states');
export const kindToken = (kind: ReferralKind): string => `${KINDS}|${kind}`;
export const stateToken = (status: string): string => `${STATES}|${status}`;

const STATE = profileUrl('salus-referral-state');
/** Extensions of the ServiceRequest that a state may change. */
export const ELIGIBLE = profileUrl('salus-eligible');
export const INELIGIBLE_REASON = profileUrl('salus-ineligible-reason');
export const OUTCOME = profileUrl('salus-referral-outcome');
export const stateExtensions: readonly string[] = [STATE, ELIGIBLE, INELIGIBLE_REASON, OUTCOME];

export interface Extension {
  url: string;
  extension?: Extension[];
  [value: string]: unknown;
}
interface Coding {
  system?: string;
  code?: string;
  [member: string]: unknown;
}
interface Status {
  status: string;
  period: { start?: string; end?: string };
}

export const extensionsOf = ({ extension = [] }: Resource) => extension as Extension[];

/** Whether it is to a trial or to expanded access. */
export function kindOf({ category = [] }: Resource): ReferralKind {
  const codings = (category as { coding?: Coding[] }[]).flatMap(({ coding = [] }) => coding);
  return codings.some(({ system, code }) => system === KINDS && code === 'eap') ? 'eap' : 'ct';
}

/** The id of the trial that a ServiceRequest is about. */
export function trialIdOf({ instantiatesUri = [] }: Resource): string | undefined {
  const uri = (instantiatesUri as string[]).find((each) => each.startsWith(TRIAL_URI));
  try {
    return uri && decodeURIComponent(uri.slice(TRIAL_URI.length));
  } catch {
    return undefined;
  }
}

const SINGLE = {
  ...{ status: 'valueCode', date: 'valueDateTime', reason: 'valueString' },
  ...{ recorded: 'valueDateTime', undone: 'valueDateTime', undone_reason: 'valueString' },
} as const;
const NAMES = Object.entries(SINGLE) as [keyof Entry, string][];

/**
 * The states of a ServiceRequest; of one that an EHR wrote, what its status says. Where an EHR has changed a status since, what that
 * means comes last.
 * @param journey its ResearchSubject or EpisodeOfCare
 */
export function entriesOf(request: Resource, journey?: Resource): Entry[] {
  const told = toldEntries(request);
  const kind = kindOf(request);
  const entries = told.some(({ undone }) => undone === undefined)
    ? told
    : [{ status: firstState(kind), date: request.authoredOn as string | undefined }];
  const { status } = currentEntry(entries);
  const changed = journeyEntry(kind, status, journey) ?? requestEntry(kind, status, request);
  return changed && changed.status !== status ? [...entries, changed] : entries;
}

/** Those that were stored here. */
const toldEntries = (request: Resource): Entry[] =>
  extensionsOf(request)
    .filter(({ url }) => url === STATE)
    .map(({ extension = [] }) => {
      const values = NAMES.map(([name, member]) => [
        name,
        extension.find(({ url }) => url === name)?.[member],
      ]);
      return defined(Object.fromEntries(values)) as unknown as Entry;
    });

/** The state that ServiceRequest.status means where it is not that of the state which was stored; no other status means any. */
export const byStatus = {
  ct: { completed: 'completed', revoked: 'cancelled' },
  eap: { completed: 'enrolled', revoked: 'cancelled' },
} as const;

function requestEntry(kind: ReferralKind, current: string, { status }: Resource): Entry | undefined {
  if (status === stateOf(kind, current)?.request) return undefined;
  const means = byStatus[kind][status as 'completed' | 'revoked'];
  return means && { status: means };
}

/** The state that ResearchSubject.status or EpisodeOfCare.status means where an EHR has changed it. */
const byJourney: Readonly<Record<ReferralKind, Readonly<Record<string, string>>>> = {
  ct: {
    ...{ screening: 'screening', eligible: 'eligible', ineligible: 'ineligible', withdrawn: 'withdrawn' },
    ...{ 'on-study': 'enrolled', 'on-study-intervention': 'enrolled', 'on-study-observation': 'enrolled' },
    ...{ 'off-study': 'completed', 'not-registered': 'cancelled' },
  },
  eap: { active: 'enrolled', finished: 'completed', cancelled: 'cancelled' },
};

function journeyEntry(kind: ReferralKind, current: string, journey: Resource | undefined): Entry | undefined {
  const { status, period = {} } = (journey ?? {}) as { status?: string; period?: Status['period'] };
  const means = byJourney[kind][status ?? ''];
  if (means === undefined || status === stateOf(kind, current)?.journey || means === current)
    return undefined;
  const isOver = nextStates(kind, means).length === 0;
  return { status: means, date: isOver ? period.end : means === 'enrolled' ? period.start : undefined };
}

/** The state by which it is found. */
export const taggedState = ({ meta }: Resource): string | undefined =>
  ((meta as { tag?: Coding[] } | undefined)?.tag ?? []).find(({ system }) => system === STATES)?.code;

/** A ServiceRequest with these states: status, tag, extensions and the date of the first. */
export function withEntries(request: Resource, kind: ReferralKind, entries: readonly Entry[]): Resource {
  const { status } = currentEntry(entries);
  const { display, request: fhirStatus } = stateOf(kind, status)!;
  const before = toldEntries(request).findLast(({ undone }) => undone === undefined)?.status;
  const isOther = before === undefined || stateOf(kind, before)?.request !== fhirStatus;
  // What an EHR has put on hold stays so.
  const isKept = WORDLESS.includes(String(request.status)) && !isOther;
  const { meta = {}, authoredOn: _, ...rest } = request;
  const tags = ((meta as { tag?: Coding[] }).tag ?? []).filter(({ system }) => system !== STATES);
  const told = entries.map((entry) => ({
    url: STATE,
    extension: NAMES.flatMap(([url, member]) =>
      entry[url] === undefined ? [] : [{ url, [member]: entry[url] }],
    ),
  }));
  return {
    ...rest,
    meta: { ...meta, tag: [...tags, { system: STATES, code: status, display }] },
    extension: [...extensionsOf(request).filter(({ url }) => url !== STATE), ...told],
    status: isKept ? request.status : fhirStatus,
    ...defined({ authoredOn: entries[0]!.date }),
  } as Resource;
}

/** Statuses of ServiceRequest that are no state here. */
const WORDLESS = ['draft', 'on-hold', 'unknown'];

/** ResearchSubject.status and .period */
export function subjectStatus(entries: readonly Entry[]) {
  const { status } = currentEntry(entries);
  return { status: stateOf('ct', status)!.journey, ...periodOf('ct', entries) };
}

/**
 * The status that an EHR gave a ResearchSubject or EpisodeOfCare, and that stays: one that means nothing here, as long as the state
 * that the referral comes into is no other one there than the state before.
 */
export function keptStatus(
  kind: ReferralKind,
  journey: Resource,
  former: readonly Entry[],
  entries: readonly Entry[],
): { status?: unknown } {
  const status = String(journey.status);
  const of = (some: readonly Entry[]) => stateOf(kind, currentEntry(some).status)?.journey;
  const isOurs = Object.values(referralStates[kind]).some((state) => state.journey === status);
  if (isOurs || status in byJourney[kind] || of(former) !== of(entries)) return {};
  return { status };
}

/** EpisodeOfCare.status, .period and .statusHistory; `known` is the history that it has. */
export function episodeStatus(entries: readonly Entry[], known: readonly Status[] = []) {
  const live = entries.filter(({ undone }) => undone === undefined);
  const runs: Status[] = [];
  for (const { status, date } of live) {
    const { journey } = stateOf('eap', status)!;
    const last = runs.at(-1);
    if (last?.status === journey) continue;
    if (last && date !== undefined) last.period.end = date;
    runs.push({ status: journey, period: { ...(date !== undefined && { start: date }) } });
  }
  const ours = new Set(Object.values(referralStates.eap).map(({ journey }) => journey));
  const others = known.filter(({ status }) => !ours.has(status));
  const past = runs.slice(0, -1).filter(({ period }) => Object.keys(period).length > 0);
  return {
    status: runs.at(-1)!.status,
    ...defined({ statusHistory: [...others, ...past] }),
    ...periodOf('eap', entries),
  };
}

/** From enrolment until what followed it. */
function periodOf(kind: ReferralKind, entries: readonly Entry[]) {
  const live = entries.filter(({ undone }) => undone === undefined);
  const place = live.findIndex(({ status }) => status === 'enrolled');
  if (place < 0) return {};
  const start = live[place]!.date;
  const after = live.slice(place + 1).find(({ status }) => stateOf(kind, status)?.next.length === 0);
  const period = defined({ start, end: after?.date });
  return Object.keys(period).length > 0 ? { period } : {};
}

/** The date of enrolment as a day. */
export const enrolledOn = (entries: readonly Entry[]): string | undefined =>
  dayOf(entries.find(({ status, undone }) => status === 'enrolled' && undone === undefined)?.date);

/** `eligible` as the states tell it; undefined where they do not. */
export const eligibleBy = (kind: ReferralKind, entries: readonly Entry[]): boolean | undefined =>
  entries
    .filter(({ undone }) => undone === undefined)
    .map(({ status }) => stateOf(kind, status)?.eligible)
    .findLast((eligible) => eligible !== undefined);

/** A reference to a condition: with the id by which /conditions knows it, and its words. */
export function conditionReference(condition: Resource): Reference {
  const identifier = ((condition.identifier ?? []) as Identifier[]).find(
    ({ system, value }) => system === conditionSystem && value !== undefined,
  );
  const { text } = (condition.code ?? {}) as { text?: string };
  return {
    reference: `Condition/${condition.id}`,
    ...(identifier && { identifier: { system: conditionSystem, value: identifier.value! } }),
    ...(text !== undefined && { display: text }),
  };
}
