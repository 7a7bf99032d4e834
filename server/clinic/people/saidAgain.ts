// What a form says of somebody who is known: the names and contact points that are told of the person then. Anybody can send a form:
// of a patient it changes nothing that is shown; of a lead it shows what was told last. Told in docs/crm-model.md.
import { plainPhone, plainWordsOf, wordLikeness } from './likeness.ts';
import { BESIDE, type ContactPoint, type HumanName, isPart, wordsOf } from './mergeNames.ts';

type State = 'lead' | 'patient';

/**
 * The names as they are, with the one of a form where it tells something new. It is shown of a lead whose last name has changed, or
 * whose name it tells more fully; any other is kept beside, as `usual`.
 */
export function namesSaidAgain(older: readonly HumanName[], said: HumanName, state: State): HumanName[] {
  const shown = older.filter(({ use }) => !BESIDE.has(use ?? ''));
  const words = wordsOf(said);
  const isKnown = older.some((name) => wordsOf(name) === words);
  if (isKnown || shown.some((name) => isPart(words, wordsOf(name)))) return [...older];
  const before = shown.find(({ use }) => use === 'official') ?? shown[0];
  if (older.length > 0 && (state === 'patient' || (before && !tellsMore(said, before)))) {
    return [...older, { ...said, use: 'usual' }];
  }
  return [said, ...older.map((name) => (name === before ? { ...name, use: 'old' } : name))];
}

/** Whether somebody has another last name now, or tells more of the same name. */
const tellsMore = (said: HumanName, before: HumanName): boolean =>
  isPart(wordsOf(before), wordsOf(said)) ||
  wordLikeness(plainWordsOf(before.family ?? ''), plainWordsOf(said.family ?? '')) === 'other';

/**
 * The contact points as they are, with those of a form. Of a patient, what is new comes last. Of a lead, what was told comes before
 * all others of its kind; where it is new, the one that was shown is old, unless it is for a use of its own, such as work.
 */
export function pointsSaidAgain(
  older: readonly ContactPoint[],
  said: readonly ContactPoint[],
  state: State,
): ContactPoint[] {
  let points = [...older];
  for (const one of said) {
    const all = points.filter(isSame(one));
    const before = all.find(({ use }) => use !== 'old') ?? all[0];
    if (state === 'lead') points = shownFirst(points, one, before);
    else if (!before) points = [...points, one];
  }
  return points;
}

function shownFirst(
  points: readonly ContactPoint[],
  said: ContactPoint,
  before: ContactPoint | undefined,
): ContactPoint[] {
  const isOfKind = ({ system }: ContactPoint) => system === said.system;
  const shown = points.find((one) => isOfKind(one) && one.use !== 'old' && one.value !== undefined);
  if (shown && shown === before) return [...points];
  const stoodInFor = !before && shown?.use === undefined ? shown : undefined;
  const others = points
    .filter((one) => one !== before)
    .map((one) => (one === stoodInFor ? { ...one, use: 'old' } : one));
  const at = others.findIndex(isOfKind);
  const place = at < 0 ? others.length : at;
  return [...others.slice(0, place), inUse(before ?? said), ...others.slice(place)];
}

/** One that was out of use is in use again. */
function inUse({ use, ...point }: ContactPoint): ContactPoint {
  return use === undefined || use === 'old' ? point : { ...point, use };
}

const isSame =
  ({ system, value = '' }: ContactPoint) =>
  (other: ContactPoint): boolean =>
    other.system === system && plainPoint(system, other.value ?? '') === plainPoint(system, value);

const plainPoint = (system: string | undefined, value: string): string =>
  system === 'email' ? value.trim().toLowerCase() : plainPhone(value);
