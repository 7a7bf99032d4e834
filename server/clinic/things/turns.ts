// Turns of requests that have lost a race: those of one process that are about the same resources or searches go one after the other,
// instead of colliding again. It only saves attempts: what makes races right is checked by the database.
import type { Services } from '../../services.ts';
import type { Plan } from './planThings.ts';

/** A turn that has come. */
export interface Turn {
  /** Lets the next one go on. */
  end(): void;
}

/** For each name, the end of the last turn that was taken for it: no more of them than requests are waiting. */
const lastTurns = new WeakMap<Services, Map<string, Promise<void>>>();

/** Waits until whoever took a turn before for any of what these plans are about has ended it. */
export async function takeTurn(services: Services, plans: readonly Plan[]): Promise<Turn> {
  const turns = lastTurns.get(services) ?? new Map<string, Promise<void>>();
  lastTurns.set(services, turns);
  const names = [...new Set(plans.flatMap(namesOf))];
  const before = names.flatMap((name) => turns.get(name) ?? []);
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  // All names are taken at once: no two requests can wait for one another.
  for (const name of names) turns.set(name, ended);
  await Promise.all(before);
  return {
    end: () => {
      for (const name of names) if (turns.get(name) === ended) turns.delete(name);
      end();
    },
  };
}

/** What a plan can lose a race about. */
const namesOf = ({ requests, seen }: Plan): string[] => [
  ...requests.flatMap(({ type, id }) => (id === undefined ? [] : [`${type}/${id}`])),
  ...seen.map(({ type, query }) => `${type}?${query}`),
];
