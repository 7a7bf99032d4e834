// Paging through a sorted search while others write: what was changed since the first page keeps the place that it had
// then, so that it comes neither twice nor never. Its former version is in the history.

import { condition } from './criterionCondition.ts';
import type { IndexRows } from './indexRows.ts';
import { timestamp } from './parameters/date.ts';
import { convertedMark } from './parameters/quantity.ts';
import type { Criterion, SearchPlan, SortSource } from './searchPlan.ts';
import { contentValue } from './sortValue.ts';
import { allOf, finish, newStatement, type SqlQuery } from './statement.ts';

/** The plan for those that were not changed after `since` (milliseconds). */
export function unchangedSince(plan: SearchPlan, since: number): SearchPlan {
  const unchanged: Criterion = {
    kind: 'lastUpdated',
    parameter: '_sort',
    tests: [{ prefix: 'le', low: since, high: since }],
  };
  const searches = plan.searches.map((search) => ({ ...search, criteria: [...search.criteria, unchanged] }));
  return { ...plan, searches };
}

/**
 * Selects the matches that were changed after `since` and were there before, at most `limit`: `type`, `id`, `key`, `content`,
 * the former version as `former` (text) of `former_updated`, and `v1`, `v2` … for sort values that are read off content.
 */
export function toChangedSql(plan: SearchPlan, since: number, limit: number): SqlQuery {
  const statement = newStatement('');
  const instant = `${statement.bind(timestamp(since + 1))}::timestamptz`;
  const parts = plan.searches.map(({ type, criteria, sort }) => {
    const own = statement.with({ type, walking: true });
    const values = sort.map((source, i) => {
      const best = plan.sort[i]!.descending ? 'max' : 'min';
      const value =
        source.kind === 'content' ? contentValue(best, source.jsonPaths, 'old.content', own) : 'NULL';
      return `, ${value} AS v${i + 1}`;
    });
    const conditions = [
      `r.type = ${own.shared('type')} AND NOT r.deleted AND r.last_updated >= ${instant}`,
      ...criteria.map((criterion) => condition(criterion, 'r.key', own, 'r')),
    ];
    return (
      'SELECT r.type, r.id, r.key, coalesce(r.source, r.content::text) AS content, old.last_updated AS former_updated, ' +
      `coalesce(old.source, old.content::text) AS former${values.join('')} FROM resource r CROSS JOIN LATERAL ` +
      '(SELECT h.* FROM resource_history h WHERE h.type = r.type AND h.id = r.id ' +
      `AND h.last_updated < ${instant} ORDER BY h.version DESC LIMIT 1) old WHERE NOT old.deleted AND ${allOf(conditions)}`
    );
  });
  return finish(statement, `SELECT * FROM (${parts.join(' UNION ALL ')}) changed LIMIT ${limit}`);
}

/** The sort value that a version has by its index rows, as the SQL of a sorted page spells it; null for none. */
export function sortValueOf(source: SortSource, descending: boolean, rows: IndexRows): string | null {
  switch (source.kind) {
    case 'string': {
      const values = rows.strings.filter(({ path }) => source.paths.includes(path)).map(({ value }) => value);
      return best(values, compareTexts, descending) ?? null;
    }
    case 'date': {
      const timed = rows.dates.filter(({ path, low, high }) => source.paths.includes(path) && low <= high);
      const low = best(
        timed.map((row) => row.low),
        (a, b) => a - b,
        descending,
      );
      return low === undefined ? null : timestamp(low);
    }
    case 'number':
    case 'quantity': {
      const all = rows.quantities.filter(({ path }) => source.paths.includes(path));
      const converted = all.filter(({ unitCode }) => unitCode === convertedMark);
      const low = best(
        (converted.length > 0 ? converted : all).map((row) => row.low),
        (a, b) => a - b,
        descending,
      );
      return low === undefined ? null : String(low);
    }
    default:
      return null;
  }
}

function best<T>(values: readonly T[], compare: (a: T, b: T) => number, descending: boolean): T | undefined {
  return values.toSorted(descending ? (a, b) => compare(b, a) : compare)[0];
}

/** The order of Postgres' collation "C": by bytes. */
const compareTexts = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** A place in the order of a search. */
export interface Place {
  sortValues: readonly (string | null)[];
  position: string;
}

/** Compares places: by their sort values, none last, then newest first. */
export function comparePlaces({ sort, searches }: SearchPlan): (a: Place, b: Place) => number {
  const compare = searches[0]!.sort.map(comparison);
  return (a, b) => {
    for (const [i, { descending }] of sort.entries()) {
      const [left, right] = [a.sortValues[i] ?? null, b.sortValues[i] ?? null];
      if (left === null || right === null) {
        if (left !== right) return left === null ? 1 : -1;
        continue;
      }
      const order = compare[i]!(left, right);
      if (order !== 0) return descending ? -order : order;
    }
    return Number(b.position) - Number(a.position);
  };
}

function comparison(source: SortSource): (a: string, b: string) => number {
  switch (source.kind) {
    case 'number':
    case 'quantity':
      return (a, b) => Number(a) - Number(b);
    case 'date':
      return (a, b) => compareNumbers(instantOf(a), instantOf(b));
    case 'column':
      if (source.column === 'last_updated') return (a, b) => compareNumbers(instantOf(a), instantOf(b));
  }
  return compareTexts;
}

// Not by subtraction: both may be infinite.
const compareNumbers = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0);

/** Milliseconds of an instant as Postgres or we write it. */
function instantOf(text: string): number {
  if (text === 'infinity') return Number.POSITIVE_INFINITY;
  if (text === '-infinity') return Number.NEGATIVE_INFINITY;
  return Date.parse(text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00'));
}
