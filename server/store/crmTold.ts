// What a CRM told of resources the last time, as resources; written in the transaction of what follows from it.
import type { Database } from './database.ts';
import { run, runPlanned } from './database.ts';
import type { Identity } from './resources.ts';

interface Told extends Identity {
  told: object;
}

/** What was told of these resources; those that nothing was told of are left out. */
export async function readTold(db: Database, identities: readonly Identity[]): Promise<Told[]> {
  const found: Told[] = [];
  for (const [type, ofType] of Map.groupBy(identities, (identity) => identity.type)) {
    // A plan that was made while the table was empty would read all of it.
    const { rows } = await runPlanned<Told>(db, {
      text: 'SELECT type, id, told FROM crm_told WHERE type = $1 AND id = ANY($2::text[])',
      values: [type, ofType.map(({ id }) => id)],
    });
    found.push(...rows);
  }
  return found;
}

/** Keeps what is told now in place of what was. */
export async function keepTold(db: Database, told: readonly Told[]): Promise<void> {
  if (told.length === 0) return;
  // In one order, so that two writers cannot deadlock.
  const ordered = told.toSorted((a, b) => (`${a.type}/${a.id}` < `${b.type}/${b.id}` ? -1 : 1));
  await run(db, {
    text:
      'INSERT INTO crm_told (type, id, told) SELECT * FROM unnest($1::text[], $2::text[], $3::jsonb[]) ' +
      'ON CONFLICT (type, id) DO UPDATE SET told = excluded.told',
    values: [
      ordered.map(({ type }) => type),
      ordered.map(({ id }) => id),
      ordered.map(({ told }) => JSON.stringify(told)),
    ],
  });
}
