// Rows for the token modifier `:text` (search.html#modifiers): the texts that go with the codes of a resource. They repeat
// so much that each is stored once (`search_term`), and a resource has its hash among its traits.

import { boundedCache } from '../boundedCache.ts';
import type { IndexPath } from '../definitions/searchParameter.ts';
import { hash64, hashPath } from './hash64.ts';
import type { IndexRows, TermRow } from './indexRows.ts';
import { foldText } from './parameters/string.ts';
import { tokenTexts } from './parameters/token.ts';

/** Longest text of a code in UTF-16 units; of a longer one the beginning can be searched for. */
const longestTerm = 1_000;

const typesWithText = new Set(['CodeableConcept', 'Coding', 'Identifier']);

/** Emits the texts of one value at an index path; undefined where its data type has none. */
export function termEmitter({
  id,
  dataType,
}: IndexPath): ((value: unknown, rows: IndexRows) => void) | undefined {
  if (!typesWithText.has(dataType)) return undefined;
  const path = hashPath(id);
  const termOf = boundedCache(1024, (text): TermRow => {
    const folded = foldText(text.slice(0, longestTerm));
    return { hash: hash64(id, 'text', folded), path, text: folded };
  });
  return (value, rows) => {
    for (const text of tokenTexts(value, dataType)) {
      const term = termOf(text);
      rows.tokens.push(term.hash);
      rows.terms.push(term);
    }
  };
}
