// How a search is carried out: its settled plan, the SQL, and what Postgres makes of it. For `salus explain` and
// `Prefer: explain`. All of it holds the values of the search, which are patient data.

import { planHash, printablePlan, scans } from '../search/planShape.ts';
import { toCountSql, toSql } from '../search/toSql.ts';
import type { Services } from '../services.ts';
import type { Statement } from '../store/database.ts';
import { explainStatement } from '../store/explainStatement.ts';
import { pageStatement } from '../store/searchResources.ts';
import { planSearch, type SearchRequest } from './search.ts';

export interface ExplainedStatement {
  /** `page` selects the matches of a page, `count` their number */
  name: 'page' | 'count';
  sql: string;
  /** of `$1`, `$2` …, as JSON */
  values: string[];
  /** the plan of Postgres */
  explain: string;
}

export interface Explanation {
  /** as in the log of slow searches */
  hash: string;
  plan: unknown;
  /** shapes that may read all of something (see search/planShape.ts) */
  scans: string[];
  statements: ExplainedStatement[];
}

/**
 * Explains a search; with `analyze` its statements are run and measured, too.
 * @throws FhirError as the search itself does
 */
export async function explainSearch(
  services: Services,
  request: SearchRequest,
  analyze: boolean,
): Promise<Explanation> {
  const plan = await planSearch(services, request, services.searchDb);
  const page = toSql(plan);
  const explain = async (name: ExplainedStatement['name'], statement: Statement) => ({
    name,
    sql: statement.text,
    values: statement.values.map(printed),
    explain: await explainStatement(services.searchDb, statement, analyze),
  });
  const statements: ExplainedStatement[] = [];
  if (!plan.countOnly) statements.push(await explain('page', pageStatement(page)));
  statements.push(await explain('count', toCountSql(plan)));
  return { hash: planHash(page.text), plan: printablePlan(plan), scans: scans(plan), statements };
}

function printed(value: unknown): string {
  return JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part)) ?? 'null';
}

/** An explanation as JSON text of a Parameters resource. */
export function explanationText({ hash, plan, scans: reasons, statements }: Explanation): string {
  const text = (name: string, valueString: string) => ({ name, valueString });
  return JSON.stringify({
    resourceType: 'Parameters',
    parameter: [
      text('hash', hash),
      text('plan', JSON.stringify(plan)),
      ...reasons.map((reason) => text('scan', reason)),
      ...statements.map(({ name, sql, values, explain }) => ({
        name,
        part: [text('sql', sql), ...values.map((value) => text('value', value)), text('explain', explain)],
      })),
    ],
  });
}
