// How the states of a referral are kept in FHIR: all of them as extensions of the ServiceRequest, the current one as its tag too, by
// which it is found, and what it means in the statuses of the ServiceRequest and of the ResearchSubject or EpisodeOfCare.
import type { Resource } from '../../services.ts';
import { codeSystem, defined, profileUrl, type Reference } from '../fhirParts.ts';
import type { Identifier } from '../patients/patientIds.ts';
import type { SearchTerms } from '../things/clinicResource.ts';
import { conditionSystem } from './conditionResource.ts';
import {
  currentEntry,
  dayOf,
  type Entry,
  firstState,
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
const STATES = codeSystem('referral-states');
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

/** The states of a ServiceRequest; of one that an EHR wrote, what its status says. */
export function entriesOf(request: Resource): Entry[] {
  const told = extensionsOf(request)
    .filter(({ url }) => url === STATE)
    .map(({ extension = [] }) => {
      const values = NAMES.map(([name, member]) => [
        name,
        extension.find(({ url }) => url === name)?.[member],
      ]);
      return defined(Object.fromEntries(values)) as unknown as Entry;
    });
  if (told.some(({ undone }) => undone === undefined)) return told;
  const kind = kindOf(request);
  const first: Entry = { status: firstState(kind), date: request.authoredOn as string | undefined };
  const later = byStatus[kind][request.status as 'completed' | 'revoked'];
  return later === undefined ? [first] : [first, { status: later }];
}

/** The state that ServiceRequest.status means where nothing tells more; any other status means the first. */
const byStatus = {
  ct: { completed: 'completed', revoked: 'cancelled' },
  eap: { completed: 'enrolled', revoked: 'cancelled' },
} as const;

/** The ServiceRequests in one of these states: by their tag; what an EHR wrote without one, by its status. */
export function inStates(names: readonly string[]): SearchTerms {
  const untagged = (['ct', 'eap'] as const).flatMap((kind) => {
    const { completed, revoked } = byStatus[kind];
    const of = `category eq "${kindToken(kind)}" and not (_tag eq "${STATES}|")`;
    return [
      ...(names.includes(completed) ? [`(${of} and status eq "completed")`] : []),
      ...(names.includes(revoked) ? [`(${of} and status eq "revoked")`] : []),
      ...(names.includes(firstState(kind))
        ? [`(${of} and not (status eq "completed" or status eq "revoked"))`]
        : []),
    ];
  });
  if (untagged.length === 0) return [['_tag', names.map(stateToken).join()]];
  const tagged = names.map((name) => `_tag eq "${stateToken(name)}"`);
  return [['_filter', [...tagged, ...untagged].join(' or ')]];
}

/** The state by which it is found. */
export const taggedState = ({ meta }: Resource): string | undefined =>
  ((meta as { tag?: Coding[] } | undefined)?.tag ?? []).find(({ system }) => system === STATES)?.code;

/** A ServiceRequest with these states: status, tag, extensions and the date of the first. */
export function withEntries(request: Resource, kind: ReferralKind, entries: readonly Entry[]): Resource {
  const { status } = currentEntry(entries);
  const { display, request: fhirStatus } = stateOf(kind, status)!;
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
    status: fhirStatus,
    ...defined({ authoredOn: entries[0]!.date }),
  } as Resource;
}

/** ResearchSubject.status and .period */
export function subjectStatus(entries: readonly Entry[]) {
  const { status } = currentEntry(entries);
  return { status: stateOf('ct', status)!.journey, ...periodOf('ct', entries) };
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
