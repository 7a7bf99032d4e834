// The text form of a tsvector (Postgres, 8.11.1): quoted lexemes with positions and weights.
import type { Words } from './indexRows.ts';

const WEIGHTS = ['', 'C', 'B', 'A'];

/** A lexeme in quotes, as tsvector and tsquery take it. */
export function quoteLexeme(word: string): string {
  return `'${word.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** Words as tsvector text: `'knee':3A 'pain':4A,17`. */
export function vectorText(words: Words): string {
  const lexemes: string[] = [];
  for (const [word, positions] of words) {
    const places = positions.map((place) => `${place & 0x3fff}${WEIGHTS[place >> 14]}`);
    lexemes.push(places.length > 0 ? `${quoteLexeme(word)}:${places.join(',')}` : quoteLexeme(word));
  }
  return lexemes.join(' ');
}
