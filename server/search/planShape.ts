// What a settled search plan looks like from outside: which shapes make the database read far more than it finds, what it
// is called in logs (names only, never values), and how it is printed.

import { createHash } from 'node:crypto';
import type { Criterion, SearchPlan, TypeSearch } from './searchPlan.ts';
import { sortTable } from './sortValue.ts';

/** From this many characters on, the index of trigrams helps `:contains`. */
const shortestContains = 3;

/**
 * Why a search may read all resources of a type, or all values of a parameter, however few it finds. None: its shape
 * leads it through an index. What it says names types, parameters and modifiers, never values.
 */
export function scans(plan: SearchPlan): string[] {
  const types = new Map<string, string[]>();
  for (const search of plan.searches) {
    const reason = reasonOf(search, plan);
    if (reason !== undefined) types.set(reason, [...(types.get(reason) ?? []), search.type]);
  }
  return [...types].map(([reason, [first, ...others]]) =>
    others.length === 0 ? `${first}: ${reason}` : `${others.length + 1} types: ${reason}`,
  );
}

function reasonOf({ criteria, sort, contained }: TypeSearch, plan: SearchPlan): string | undefined {
  const effective = criteria.filter((criterion) => !(criterion.kind === 'constant' && criterion.holds));
  const severalTypes = plan.searches.length > 1;
  const narrow = (criterion: Criterion): boolean =>
    isNarrow(criterion) && !(severalTypes && criterion.kind === 'lastUpdated');
  if (effective.some(narrow)) return undefined;
  const names = [...new Set(effective.map(({ parameter }) => parameter))].join(', ');
  if (effective.some(isValues)) return `reads every value of a parameter (${names})`;
  if (names !== '') return `no criterion narrows the search (${names})`;
  if (plan.countOnly || plan.total === 'accurate') return 'counts every resource';
  const [first] = sort;
  // Without an index in the order that is asked for, all have to be sorted for a page.
  if (first && first.kind !== 'column' && !sortTable(first)) {
    return `sorts every resource (_sort=${plan.sort[0]!.parameter})`;
  }
  if (contained) return 'reads every contained resource';
  return severalTypes ? 'no criterion narrows the search' : undefined;
}

/** Whether a criterion is answered from a part of an index. */
function isNarrow(criterion: Criterion): boolean {
  switch (criterion.kind) {
    case 'constant':
      return !criterion.holds;
    case 'token':
      return !criterion.negated;
    case 'string':
      return (
        !criterion.negated &&
        everyTest(criterion, ({ match, text }) => match !== 'contains' || text.length >= shortestContains)
      );
    case 'date':
    case 'quantity':
      return !criterion.negated && everyTest(criterion, ({ prefix }) => prefix !== 'ne');
    case 'either':
      return criterion.alternatives.every((alternative) => alternative.some(isNarrow));
    case 'not':
      return false;
    // Those that are left in a settled plan are tried resource by resource.
    case 'chain':
    case 'has':
      return false;
    default:
      return true;
  }
}

/** Whether all rows of a parameter are read, rather than all resources. */
function isValues(criterion: Criterion): boolean {
  const { kind } = criterion;
  return (kind === 'string' || kind === 'date' || kind === 'quantity') && !criterion.negated;
}

/** No tests stand for any value at all (`:missing=false`). */
function everyTest<T>({ groups }: { groups: { tests: T[] }[] }, narrow: (test: T) => boolean): boolean {
  return groups.every(({ tests }) => tests.length > 0 && tests.every(narrow));
}

/** What was searched, without ids: `Observation`, `Patient/:id/Observation`, `(all types)`. */
export function searchName({ path }: SearchPlan): string {
  return path === '' ? '(all types)' : path.replace(/^(\w+)\/[^/]+\//, '$1/:id/');
}

/** The names of the parameters that were applied, with their modifiers, each once. */
export function parameterNames({ applied }: SearchPlan): string[] {
  return [...new Set(applied.map(([name]) => name))];
}

/** What searches of one shape have in common: the beginning of the SHA-256 of their SQL. */
export function planHash(sqlText: string): string {
  return createHash('sha256').update(sqlText).digest('hex').slice(0, 12);
}

/** A plan as plain JSON: hashes and other large integers as text, open ends as `Infinity`, index paths by their ids. */
export function printablePlan(plan: SearchPlan): unknown {
  return JSON.parse(
    JSON.stringify(plan, (_name, value) => {
      if (typeof value === 'bigint') return String(value);
      if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
      return isIndexPath(value) ? value.id : value;
    }),
  );
}

function isIndexPath(value: unknown): value is { id: string } {
  return typeof value === 'object' && value !== null && 'id' in value && 'steps' in value;
}
