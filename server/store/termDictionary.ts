// The dictionary behind the token modifier `:text`: one row per distinct text of codes at an index path. Rows are written
// ahead of the resources that use them and commit at once, so that concurrent writers never wait for one another's
// transactions. A row that no resource uses in the end does no harm.
import { Pool } from 'pg';
import type { IndexRows, TermRow } from '../search/indexRows.ts';
import { splitWords } from '../search/splitWords.ts';
import { vectorText } from '../search/textVector.ts';
import { run } from './database.ts';

/** Stores the terms of index rows before those are written. */
export interface TermDictionary {
  remember(resources: readonly { rows: IndexRows | undefined }[]): Promise<void>;
  close(): Promise<void>;
}

/** Terms that this process knows to be stored; past this many it forgets and asks again. */
const MOST_KNOWN = 200_000;
const PER_STATEMENT = 1_000;

const INSERT = `INSERT INTO search_term (hash, path, words)
  SELECT t.hash, t.path, t.words::tsvector FROM unnest($1::bigint[], $2::bigint[], $3::text[]) AS t(hash, path, words)
  ORDER BY t.hash ON CONFLICT DO NOTHING`;

/**
 * A dictionary beside `pool`. It has one connection of its own, opened when there is something new to write: a writer
 * that holds a connection must not wait for another one of the same pool.
 */
export function createTermDictionary(pool: Pool): TermDictionary {
  const own = new Pool({ ...pool.options, max: 1 });
  // Without a listener the event of an idle connection that breaks would end the process; the next statement opens another.
  own.on('error', () => undefined);
  const known = new Set<bigint>();
  return {
    async remember(resources) {
      const fresh = new Map<bigint, TermRow>();
      const collect = (rows: IndexRows | undefined): void => {
        if (!rows) return;
        for (const term of rows.terms) if (!known.has(term.hash)) fresh.set(term.hash, term);
        for (const { rows: inner } of rows.contained) collect(inner);
      };
      for (const { rows } of resources) collect(rows);
      if (fresh.size === 0) return;
      // In one order for everyone, so that two of these wait for one another instead of deadlocking.
      const terms = [...fresh.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
      for (let i = 0; i < terms.length; i += PER_STATEMENT) {
        const some = terms.slice(i, i + PER_STATEMENT);
        const values = [some.map((t) => t.hash), some.map((t) => t.path), some.map((t) => wordsOf(t.text))];
        await run(own, { text: INSERT, values });
      }
      if (known.size + fresh.size > MOST_KNOWN) known.clear();
      for (const hash of fresh.keys()) known.add(hash);
    },
    close: () => own.end(),
  };
}

function wordsOf(text: string): string {
  const places = new Map<string, number[]>();
  splitWords(text).forEach((word, i) => {
    const known = places.get(word);
    if (known === undefined) places.set(word, [i + 1]);
    else if (known.length < 255) known.push(i + 1);
  });
  return vectorText(places);
}
