// Readings by patient and code, with the alerts they may concern, as far as the policy looks at them.
import type { Alert } from './alert.ts';
import type { AlertPolicy } from './alertPolicy.ts';
import { type Finding, trackOf } from './finding.ts';

const MINUTE = 60_000;

/** Why a reading is not looked at now, if it is not. */
export function leftOut(
  finding: Finding,
  policy: AlertPolicy,
  now: number,
): 'too-old' | 'future' | undefined {
  if (finding.time > now + policy.futureMinutes * MINUTE) return 'future';
  return finding.time < now - policy.oldestMinutes * MINUTE ? 'too-old' : undefined;
}

/** The readings and alerts of one patient and code. */
export interface Track {
  patient: string;
  code: string;
  alerts: Alert[];
  readings: Finding[];
}

/** The latest version of each reading, with the alerts of its patient and code; alerts earliest first. */
export function tracksOf(
  known: readonly Alert[],
  findings: readonly Finding[],
  policy: AlertPolicy,
  now: number,
): Track[] {
  const tracks = new Map<string, Track & { versions: Map<string, Finding> }>();
  for (const finding of findings) {
    const key = trackOf(finding);
    const { patient, code } = finding;
    const track = tracks.get(key) ?? { patient, code, alerts: [], readings: [], versions: new Map() };
    tracks.set(key, track);
    const { reference } = finding.observation;
    const other = track.versions.get(reference);
    if (!other || isLater(finding, other)) track.versions.set(reference, finding);
  }
  for (const alert of known) {
    if (alert.status !== 'withdrawn') tracks.get(trackOf(alert))?.alerts.push(alert);
  }
  for (const track of tracks.values()) {
    track.alerts.sort((a, b) => a.start - b.start || (a.id < b.id ? -1 : 1));
    const claimed = Math.min(...track.alerts.map((alert) => alert.claimed[0]));
    const restedUpon = new Set(track.alerts.flatMap(restedOn));
    track.readings = [...track.versions.values()].flatMap((finding) => {
      const why = finding.withdrawn ? undefined : leftOut(finding, policy, now);
      if (why === undefined || (why === 'too-old' && finding.time >= claimed)) return [finding];
      // moved to where it is not looked at: gone from the alert that rests on it
      return restedUpon.has(finding.observation.reference) ? [{ ...finding, withdrawn: true as const }] : [];
    });
  }
  return [...tracks.values()];
}

function isLater(finding: Finding, other: Finding): boolean {
  const [one, two] = [Number(finding.observation.version), Number(other.observation.version)];
  return one > two || (one === two && finding.withdrawn === true);
}

/** Readings that have to be known to recount an alert. */
export const restedOn = ({ first, worst, last }: Alert): string[] =>
  [first, worst, last].map(({ observation }) => observation.reference);
