// Definitions that compete, told to people: which limits of which definition hold in place of which, and for whom.
import type { Competition, Place, Rivalry } from './competingRanges.ts';
import type { VitalSign } from './vitalSign.ts';

/** Intervals and codes that one sentence names. */
const MOST_NAMED = 6;

/**
 * What somebody who stores a definition is told of its rivalry with another: a sentence for each of its intervals and each way
 * in which that competes, and one for codes.
 */
export function rivalryTexts({ signs, competitions, conflict }: Rivalry, stored: VitalSign): string[] {
  const groups = new Map<string, Competition[]>();
  for (const each of competitions) {
    const isFirst = each.first.sign === stored;
    const key = `${(isFirst ? each.first : each.hidden).interval.position} ${isFirst} ${each.equal}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  const texts = [...groups.values()].map((group) => competitionText(group, stored));
  if (conflict) {
    const other = signs[0] === stored ? signs[1] : signs[0];
    const codes = conflict.codes.map(({ system, code }) => `${system}|${code}`);
    texts.push(
      `${stored.definition} and ${other.definition} say different things of ${bounded(codes)}: the worse of the two holds.`,
    );
  }
  return texts;
}

/** Competitions of one interval of `stored` with those of one other definition, all of a kind. */
function competitionText(group: readonly Competition[], stored: VitalSign): string {
  const { first, hidden, equal } = group[0]!;
  const isFirst = first.sign === stored;
  const [own, other] = isFirst ? [first, hidden] : [hidden, first];
  const others = group.map((each) => {
    const place = isFirst ? each.hidden : each.first;
    return `${placeText(place)} for ${each.forWhom}${each.wholly ? ' (all it is for)' : ''}`;
  });
  const subject = `${own.sign.definition}.${placeText(own)}`;
  const object = `${other.sign.definition}: ${bounded(others)}`;
  const { category } = own.interval;
  if (equal && category === 'critical') {
    return `${subject} is as specific as intervals of ${object}. The narrower of these limits hold.`;
  }
  if (equal && category === 'absolute') {
    return `${subject} is as specific as intervals of ${object}. The wider of these limits hold.`;
  }
  const why = equal ? 'as specific, and first by id' : 'more specific';
  return isFirst
    ? `${subject}, ${why}, takes the place of intervals of ${object}.`
    : `${subject} is hidden by intervals, ${why}, of ${object}.`;
}

/** "qualifiedInterval[13] (critical 41 to 130 /min)" */
export function placeText({ sign: { unit }, interval: { position, category, low, high } }: Place): string {
  const ends =
    low === undefined ? `at most ${high}` : high === undefined ? `at least ${low}` : `${low} to ${high}`;
  return `qualifiedInterval[${position}] (${category} ${ends} ${unit})`;
}

function bounded(texts: readonly string[]): string {
  const more = texts.length - MOST_NAMED;
  return `${texts.slice(0, MOST_NAMED).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
