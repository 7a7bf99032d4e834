// Readings of one patient and code, in the order of their effective times, folded into episodes: from a reading that raises
// until enough readings in a row end it. Later readings can be folded on; earlier ones cannot.
import type { Episode } from './alert.ts';
import { type AlertPolicy, type Grade, gradeOf, kindOf, type Rules, rank, rulesFor } from './alertPolicy.ts';
import type { Finding } from './finding.ts';

/** An episode, and the readings that raised it as far as they were folded here. */
export interface Folded {
  readonly episode: Episode;
  readonly raisedBy: ReadonlySet<string>;
}

const MINUTE = 60_000;

/**
 * Folds readings of one patient and code.
 * @param findings none withdrawn, one version of each; in any order
 * @param before an episode that all of them are later than
 */
export function episodesOf(findings: Iterable<Finding>, policy: AlertPolicy, before?: Episode): Folded[] {
  const graded = [...findings].map((finding) => {
    const rules = rulesFor(policy, finding);
    return { finding, rules, grade: gradeOf(rules, finding) };
  });
  graded.sort(
    (a, b) => a.finding.time - b.finding.time || place(a.grade) - place(b.grade) || byReading(a, b),
  );
  const folded: { episode: Episode; raisedBy: Set<string> }[] = [];
  if (before) folded.push({ episode: before, raisedBy: new Set() });
  for (const { finding, rules, grade } of graded) {
    const current = folded.at(-1);
    if (grade.raises) {
      const { reference } = finding.observation;
      if (current && continues(current.episode, finding, rules)) {
        current.episode = extend(current.episode, finding, rules, grade);
        current.raisedBy.add(reference);
      } else folded.push({ episode: begin(finding, rules, grade), raisedBy: new Set([reference]) });
    } else if (current && current.episode.end === undefined) {
      current.episode = count(current.episode, finding, rules, grade.resolving);
    }
  }
  return folded;
}

/** Of readings at one time the one that raises comes last: it is not ended by what was no later. */
const place = (grade: Grade): number => (grade.raises ? 2 + rank(grade.severity) : grade.resolving ? 0 : 1);

function byReading(a: { finding: Finding }, b: { finding: Finding }): number {
  const [one, other] = [a.finding.observation.reference, b.finding.observation.reference];
  return one < other ? -1 : one > other ? 1 : 0;
}

function continues(episode: Episode, finding: Finding, { suppressionMinutes }: Rules): boolean {
  return episode.end === undefined || finding.time - episode.last.time <= suppressionMinutes * MINUTE;
}

type Raising = Extract<Grade, { raises: true }>;

/** What is told of the reading that decides how severe an episode is. */
function asWorst(finding: Finding, { sources }: Rules, { severity, rule }: Raising) {
  return { severity, rule: rule.name, title: rule.title, policy: sources, worst: finding };
}

function begin(finding: Finding, rules: Rules, grade: Raising): Episode {
  const { patient, code, name, time } = finding;
  return {
    ...{ patient, code, name, start: time, ...asWorst(finding, rules, grade), first: finding, last: finding },
    ...{ raised: 1, announced: time, streak: 0, latest: time },
  };
}

function extend(episode: Episode, finding: Finding, rules: Rules, grade: Raising): Episode {
  const { end: _reopened, ...rest } = episode;
  const worse = rank(grade.severity) > rank(episode.severity);
  const due = finding.time - episode.announced > rules.suppressionMinutes * MINUTE;
  return {
    ...rest,
    ...(worse ? asWorst(finding, rules, grade) : {}),
    last: finding,
    raised: episode.raised + 1,
    announced: worse || due ? finding.time : episode.announced,
    streak: 0,
    latest: finding.time,
  };
}

function count(episode: Episode, finding: Finding, { resolve }: Rules, resolving: boolean): Episode {
  const streak = resolving ? episode.streak + 1 : 0;
  const ended = resolving && streak >= resolve[kindOf(finding)].readings;
  return { ...episode, streak, latest: finding.time, ...(ended ? { end: finding.time } : {}) };
}
