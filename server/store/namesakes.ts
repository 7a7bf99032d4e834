// Who is called so, for many names at once.
import type { Database } from './database.ts';
import { run } from './database.ts';

export interface WantedName {
  /** of `foldText` */
  family: string;
  given: string;
}

/** Ids of the resources of a type by names, in the order of the names; at most `limit` each. */
export async function namesakes(
  db: Database,
  type: string,
  /** `hashPath` of where the names are indexed */
  paths: { family: bigint; given: bigint },
  names: readonly WantedName[],
  limit: number,
): Promise<string[][]> {
  const found: string[][] = names.map(() => []);
  const { rows } = await run<{ n: string; id: string }>(db, {
    text:
      'SELECT w.n, r.id FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS w(family, given, n) ' +
      'CROSS JOIN LATERAL (SELECT DISTINCT s.key FROM search_string s WHERE s.path = $3 AND s.value = w.family ' +
      'AND EXISTS (SELECT FROM search_string g WHERE g.key = s.key AND g.path = $4 AND g.value = w.given) LIMIT $5) s ' +
      'JOIN resource r ON r.type = $6 AND r.key = s.key AND NOT r.deleted',
    values: [
      names.map(({ family }) => family),
      names.map(({ given }) => given),
      ...[String(paths.family), String(paths.given), limit, type],
    ],
  });
  for (const { n, id } of rows) found[Number(n) - 1]!.push(id);
  return found;
}
