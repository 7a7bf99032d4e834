// Doubts about Patients → the list of reviews, where somebody decides. One Task for each who may be one of others; it is made once,
// whatever becomes of it.
import { FhirError } from '../../errors.ts';
import { writeAll } from '../../fhir/write.ts';
import type { Resource, Services } from '../../services.ts';
import { readMany } from '../../store/resources.ts';
import type { Candidate } from '../people/leadReviewJson.ts';
import { leadReviews, reviewTask } from '../people/leadReviews.ts';
import { stableId } from '../things/stableId.ts';
import { collator, type Doubt } from './crmHumans.ts';
import type { CrmRow } from './crmTables.ts';
import { put } from './planUnit.ts';

/** The reviews that a doubt leads to: none where it is not about Patients who are stored. */
export interface DoubtReviews {
  doubt: Doubt;
  tasks: Resource[];
}

/** What became of a review that was not there before. */
export interface ReviewResult {
  task: Resource;
  refusal?: FhirError;
}

const AT_ONCE = 200;

/**
 * The reviews for doubts. Doubts that turned out to be about one person are left out.
 * @param personOf what a row is stored as: `Type/[id]`
 */
export function reviewsFor(
  doubts: readonly Doubt[],
  personOf: (row: CrmRow) => string | undefined,
  at: string,
): DoubtReviews[] {
  return doubts.flatMap((doubt): DoubtReviews[] => {
    const { score, because, rows, records } = doubt;
    if (records) {
      const [row] = rows;
      return [{ doubt, tasks: tasksFor([[personOf(row!), records]], at) }];
    }
    const people = [...new Set(rows.toSorted(byKey).map(personOf))];
    if (people.length < 2) return [];
    const reasons = [sentence(because)];
    const others = (n: number): Candidate[] =>
      people.slice(0, n).flatMap((reference) => (reference ? [{ reference, score, because: reasons }] : []));
    return [
      {
        doubt,
        tasks: tasksFor(
          people.map((person, n) => [person, others(n)] as const),
          at,
        ),
      },
    ];
  });
}

/** Keys grow: whoever came first is somebody whom the others may be. */
const byKey = (a: CrmRow, b: CrmRow): number =>
  a.table === b.table ? collator.compare(a.key, b.key) : a.table === 'Contact' ? -1 : 1;

const sentence = (words: string): string => `In the CRM: ${words}.`;

function tasksFor(
  people: readonly (readonly [string | undefined, readonly Candidate[]])[],
  at: string,
): Resource[] {
  return people.flatMap(([person, candidates]) => {
    const others = candidates.filter(({ reference }) => reference !== person);
    if (!person?.startsWith('Patient/') || others.length === 0) return [];
    const task = reviewTask({ reference: person }, others, at);
    const key = JSON.stringify([person, ...others.map(({ reference }) => reference).sort()]);
    return [{ ...task, id: stableId('Task', leadReviews.system, key) }];
  });
}

/** Stores the reviews that were never there. */
export async function writeReviews(
  services: Services,
  tasks: readonly Resource[],
  { dryRun }: { dryRun: boolean },
): Promise<ReviewResult[]> {
  const results: ReviewResult[] = [];
  const distinct = [...new Map(tasks.map((task) => [task.id, task])).values()];
  for (let at = 0; at < distinct.length; at += AT_ONCE) {
    const some = distinct.slice(at, at + AT_ONCE);
    const identities = some.map(({ id }) => ({ type: 'Task', id: id! }));
    const there = new Set((await readMany(services.db, identities)).map(({ id }) => id));
    const fresh = some.filter(({ id }) => !there.has(id!));
    if (fresh.length === 0) continue;
    const requests = fresh.map((task) => ({ ...put(task), ifNoneMatchAny: true }));
    const written = dryRun ? [] : await writeAll(services, requests, { atomic: false });
    fresh.forEach((task, i) => {
      const result = written[i];
      results.push({ task, ...(result instanceof FhirError && { refusal: result }) });
    });
  }
  return results;
}
