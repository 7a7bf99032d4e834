// What is known of a patient at a time: states such as pregnancy, each with the time it holds for.
import { type Code, type Context, sameCode } from './vitalSign.ts';

const DAY = 86_400_000;

/**
 * The first and the last instant that a FHIR date, dateTime or instant may mean, in milliseconds since the epoch; days
 * are those of UTC. Undefined for anything else.
 */
export function instantsOf(text: string | undefined): [first: number, last: number] | undefined {
  const first = text === undefined ? Number.NaN : Date.parse(text);
  if (Number.isNaN(first)) return undefined;
  const next = new Date(first);
  switch (text!.length) {
    case 4:
      return [first, next.setUTCFullYear(next.getUTCFullYear() + 1) - 1];
    case 7:
      return [first, next.setUTCMonth(next.getUTCMonth() + 1) - 1];
    case 10:
      return [first, first + DAY - 1];
    default:
      return [first, first];
  }
}

/**
 * What holds at a date or time (a FHIR date or dateTime): of a day, whatever holds in a part of it. Without a time, what has
 * no end.
 */
export function contextsAt(contexts: readonly Context[], when: string | undefined): readonly Code[] {
  if (contexts.length === 0) return contexts;
  const instants = instantsOf(when);
  if (!instants) return contexts.filter(({ to }) => to === undefined);
  const [first, last] = instants;
  return contexts.filter(
    ({ from, to }) => (from === undefined || from <= last) && (to === undefined || to >= first),
  );
}

/** Whether one of these codes holds at a time. */
export function holdsAt(
  contexts: readonly Context[],
  codes: readonly Code[],
  when: string | undefined,
): boolean {
  return contextsAt(contexts, when).some((known) => codes.some((code) => sameCode(code, known)));
}
