// The state machine of alerts. What is open follows from the set of readings and the policy, not from the order in which they
// arrived: later readings are folded onto an alert; where an earlier one arrives, or one is corrected, the readings of
// that patient and code are folded anew (`contextNeeded` says which have to be read) and compared with the known alerts.
import { createHash } from 'node:crypto';
import { equalJson } from '../../json/equalJson.ts';
import type { Alert, AlertChange, Episode, OpenAlert } from './alert.ts';
import { type AlertPolicy, gradeOf, rank, rulesFor } from './alertPolicy.ts';
import { episodesOf, type Folded } from './episodes.ts';
import type { Finding } from './finding.ts';
import { restedOn, tracksOf } from './tracks.ts';

/** Readings that have to be known to judge others. */
export interface Context {
  readonly patient: string;
  readonly code: string;
  /** milliseconds since 1970: all readings from this effective time on, those withdrawn now among them */
  readonly since: number;
}

/**
 * Which readings have to be added to new ones before `nextAlerts` is asked: only where something is raised anew, arrives
 * late or is corrected.
 */
export function contextNeeded(
  known: readonly OpenAlert[],
  findings: readonly Finding[],
  policy: AlertPolicy,
  now: number,
): Context[] {
  return tracksOf(known, findings, policy, now).flatMap(({ patient, code, alerts, readings }) => {
    if (!alerts.some(isActive) && !readings.some((reading) => matters(reading, alerts, policy))) return [];
    if (followsOn(alerts, readings)) return [];
    const times = [...alerts.map(({ claimed }) => claimed[0]), ...readings.map(({ time }) => time)];
    return [{ patient, code, since: Math.min(...times) }];
  });
}

/**
 * What new readings change. Asked again with the same readings it changes nothing more.
 * @param known alerts of these patients that are active, or were resolved within the policy's `oldestMinutes`
 * @param findings new readings as they are now (never a version that has been superseded), and those that `contextNeeded`
 *   asks for; where one is given twice its later version counts
 * @param now milliseconds since 1970
 * @throws Error when readings are missing that an alert rests on
 */
export function nextAlerts(
  known: readonly OpenAlert[],
  findings: readonly Finding[],
  policy: AlertPolicy,
  now: number,
): AlertChange[] {
  return tracksOf(known, findings, policy, now).flatMap(({ alerts, readings }) => {
    if (!alerts.some(isActive) && !readings.some((reading) => matters(reading, alerts, policy))) return [];
    if (followsOn(alerts, readings)) {
      const active = alerts.find(isActive)!;
      const [own, ...later] = episodesOf(readings, policy, active);
      return [...changesOf(active, own!.episode), ...raised(later, alerts)];
    }
    return recount(alerts, readings, policy);
  });
}

const isActive = ({ status }: Alert): boolean => status === 'active';
const isCorrection = ({ withdrawn, observation }: Finding): boolean =>
  withdrawn === true || observation.version !== '1';

/** Whether a reading can change anything where no alert is active. */
function matters(finding: Finding, alerts: readonly Alert[], policy: AlertPolicy): boolean {
  if (alerts.length > 0 && isCorrection(finding)) return true;
  if (alerts.some(({ claimed, latest }) => finding.time >= claimed[0] && finding.time <= latest)) return true;
  return !finding.withdrawn && gradeOf(rulesFor(policy, finding), finding).raises;
}

/** Whether all readings are new and later than what the active alert has counted. */
function followsOn(alerts: readonly Alert[], readings: readonly Finding[]): boolean {
  const active = alerts.find(isActive);
  return (
    active !== undefined &&
    readings.every((reading) => !isCorrection(reading) && reading.time > active.latest)
  );
}

function recount(alerts: readonly Alert[], readings: readonly Finding[], policy: AlertPolicy): AlertChange[] {
  const given = new Set(readings.map(({ observation }) => observation.reference));
  const missing = alerts.flatMap(restedOn).find((reference) => !given.has(reference));
  if (missing) {
    throw new Error(
      `${missing} is missing among the findings, though an alert rests on it: ask contextNeeded first`,
    );
  }
  const folded = episodesOf(
    readings.filter(({ withdrawn }) => !withdrawn),
    policy,
  );
  const free = [...alerts];
  const pairs: { own: Alert; episode: Episode }[] = [];
  const rest: Folded[] = [];
  // The latest first: an alert that is on stays with the readings that keep it on.
  for (const one of folded.toReversed()) {
    const sharing = free.filter((alert) => shares(alert, one));
    const own = sharing.find(isActive) ?? sharing[0];
    if (own) {
      free.splice(free.indexOf(own), 1);
      pairs.push({ own, episode: one.episode });
    } else rest.unshift(one);
  }
  const told = new Map<Folded, Alert>();
  for (const one of rest) {
    const pair = pairs.find(({ own }) => one.episode.end !== undefined && covers(own, one.episode));
    if (pair) told.set(one, pair.own);
  }
  const changes = pairs.flatMap(({ own, episode }) => {
    const covered = [...told].filter(([, alert]) => alert === own).map(([one]) => one.episode);
    return changesOf(own, episode, covered);
  });
  const reason = 'The readings that raised it were corrected, or belong to another alert now.';
  return [
    ...free.map((alert): AlertChange => {
      return {
        kind: 'withdraw',
        alert: { ...alert, status: 'withdrawn' },
        announce: isActive(alert),
        reason,
      };
    }),
    ...changes,
    ...raised(
      rest.filter((one) => !told.has(one)),
      alerts,
    ),
  ];
}

function shares(alert: Alert, { episode, raisedBy }: Folded): boolean {
  if (restedOn(alert).some((reference) => raisedBy.has(reference))) return true;
  return episode.start <= alert.last.time && alert.start <= episode.last.time;
}

/** An earlier part of an alert, cut off by readings that arrived late: it has been told already. */
const covers = (alert: Alert, episode: Episode): boolean =>
  episode.start <= alert.claimed[1] && alert.claimed[0] <= episode.last.time;

/** New alerts; one that is over already is raised and resolved, so that it is on record. */
function raised(folded: readonly Folded[], known: readonly Alert[]): AlertChange[] {
  const taken = new Set(known.map(({ id }) => id));
  return folded.flatMap(({ episode }): AlertChange[] => {
    let id = '';
    for (let attempt = 0; id === '' || taken.has(id); attempt++) id = idOf(episode, attempt);
    taken.add(id);
    const alert: Alert = {
      ...episode,
      id,
      status: 'active',
      claimed: [episode.start, episode.last.time],
      acknowledgements: [],
    };
    if (episode.end === undefined) return [{ kind: 'raise', alert, announce: true }];
    const reason = 'It was over when its readings arrived.';
    const { end: _end, ...open } = alert;
    return [
      { kind: 'raise', alert: open, announce: true, reason },
      { kind: 'resolve', alert: { ...alert, status: 'resolved' }, announce: true, reason },
    ];
  });
}

function idOf({ patient, code, first }: Episode, attempt: number): string {
  const parts = [patient, code, first.observation.reference, ...(attempt > 0 ? [attempt] : [])];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 32);
}

const SOME_LEFT = 'Some of its readings were corrected, or are cut off by others that arrived late.';

/** What has become of an alert, by the readings as they are known now; `covered` are told by it too. */
function changesOf(before: Alert, episode: Episode, covered: readonly Episode[] = []): AlertChange[] {
  const { id, acknowledgements } = before;
  const claimed = [
    Math.min(before.claimed[0], episode.start, ...covered.map((part) => part.start)),
    Math.max(before.claimed[1], episode.last.time, ...covered.map((part) => part.last.time)),
  ] as const;
  const status = episode.end === undefined ? 'active' : 'resolved';
  const { patient, code, name, start, severity, rule, title, policy, first, worst, last } = episode;
  const { raised: count, announced, streak, end, latest } = episode;
  const alert: Alert = {
    ...{ patient, code, name, start, severity, rule, title, policy, first, worst, last },
    ...{ raised: count, announced, streak, ...(end === undefined ? {} : { end }), latest },
    ...{ id, status, claimed, acknowledgements },
  };
  const kinds = kindsOf(before, alert);
  const isPlain = kinds[0] === 'count' || kinds[0] === 'repeat';
  const revision = isPlain && revises(before, alert) ? { revises: true as const } : {};
  return kinds.map((kind, at) => {
    const announce = kind === 'repeat' ? alert.announced > before.announced : kind !== 'count';
    const reason = kind === 'withdraw' ? { reason: SOME_LEFT } : {};
    if (at === kinds.length - 1) return { kind, alert, announce, ...revision, ...reason };
    const { end: _end, ...open } = alert;
    return { kind, alert: { ...open, status: 'active' as const }, announce, ...reason };
  });
}

/** Whether an earlier reading arrived late or was corrected: what was told of the alert is not how it is. */
function revises(before: Alert, { start, end, first, worst }: Alert): boolean {
  if (start !== before.start || end !== before.end) return true;
  return !equalJson({ first: before.first, worst: before.worst }, { first, worst });
}

function kindsOf(before: Alert, after: Alert): AlertChange['kind'][] {
  if (equalJson(before, JSON.parse(JSON.stringify(after)))) return [];
  const kinds: AlertChange['kind'][] = [];
  const by = rank(after.severity) - rank(before.severity);
  if (by < 0 || after.raised < before.raised) kinds.push('withdraw');
  if (by > 0) kinds.push('escalate');
  if (isActive(after) && !isActive(before)) kinds.push('reopen');
  if (!isActive(after) && isActive(before)) kinds.push('resolve');
  if (kinds.length > 0) return kinds;
  return [after.raised > before.raised ? 'repeat' : 'count'];
}
