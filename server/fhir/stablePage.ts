// A further page of a sorted search (search.html#paging): others may have changed sort values since the first one.
import type { Issue } from '../errors.ts';
import { parseJson } from '../json/parseJson.ts';
import { comparePlaces, sortValueOf, toChangedSql, unchangedSince } from '../search/changedSince.ts';
import type { SearchPlan } from '../search/searchPlan.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { type Match, rowsOf } from '../store/searchResources.ts';

/** Beyond this many changed matches, pages follow the order of the moment. */
const MOST_CHANGED = 5000;

interface ChangedRow {
  type: string;
  id: string;
  key: string;
  content: string;
  former: string;
  former_updated: Date;
  [value: `v${number}`]: string | null;
}

/** What a page is made of: a plan for what did not change, and the changed matches, each at its former place. */
export interface StablePage {
  plan: SearchPlan;
  changed: Match[];
  /** too much has changed: the page is one of the order of the moment */
  warning?: Issue;
}

/** Whether a page comes after others of a search that is sorted by what may change. */
export function needsStability({ cursor, sort, searches }: SearchPlan): boolean {
  const isFixed = sort.every(({ parameter }) => parameter === '_id');
  return cursor?.since !== undefined && !isFixed && !searches.some(({ contained }) => contained);
}

/** How to read the page after the cursor of a search that needs it; in one snapshot with the page itself. */
export async function stablePage(services: Services, db: Database, plan: SearchPlan): Promise<StablePage> {
  const { values, key, since } = plan.cursor!;
  const query = { ...toChangedSql(plan, since!, MOST_CHANGED + 1), steady: false };
  const rows = await rowsOf<ChangedRow>(db, query);
  if (rows.length > MOST_CHANGED) return { plan, changed: [], warning };
  const changed = rows.map((row) => formerMatch(services, plan, row));
  const compare = comparePlaces(plan);
  const last = { sortValues: values, position: key };
  return {
    plan: unchangedSince(plan, since!),
    changed: changed.filter((match) => compare(match, last) > 0),
  };
}

const warning: Issue = {
  severity: 'warning',
  code: 'incomplete',
  diagnostics:
    `More than ${MOST_CHANGED} matches were changed since the first page, so that some may have come twice or be missing: ` +
    'start again, or page without _sort.',
};

/** The matches of a page and one more, in their order. */
export function mergeChanged(plan: SearchPlan, matches: Match[], changed: Match[]): Match[] {
  if (changed.length === 0) return matches;
  return [...matches, ...changed].sort(comparePlaces(plan)).slice(0, plan.count + 1);
}

function formerMatch(services: Services, { searches, sort }: SearchPlan, row: ChangedRow): Match {
  const { type, id, key, content } = row;
  const sources = searches.find((search) => search.type === type)!.sort;
  const rows = services.extract(parseJson(row.former) as Resource);
  const sortValues = sources.map((source, i) => {
    if (source.kind === 'content') return row[`v${i + 1}`] ?? null;
    if (source.kind === 'column') return source.column === 'id' ? id : row.former_updated.toISOString();
    return sortValueOf(source, sort[i]!.descending, rows);
  });
  return { resource: { type, id, key: Number(key), content }, position: key, part: null, sortValues };
}
