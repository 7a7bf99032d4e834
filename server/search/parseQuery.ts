// Query strings as ordered name/value pairs (search.html: application/x-www-form-urlencoded).
import { refuse } from '../errors.ts';

/**
 * `a=1&b=2` → [['a','1'],['b','2']]; repeated names stay apart, escapes inside values are left to the parameter.
 * @throws FhirError 400 for U+0000, which no stored text holds and Postgres does not take
 */
export function parseQuery(text: string): [string, string][] {
  const pairs = [...new URLSearchParams(text)];
  const [name] = pairs.find((pair) => pair.join().includes('\0')) ?? [];
  if (name !== undefined) {
    throw refuse(400, 'value', `Parameter '${name.replaceAll('\0', '')}' holds the character U+0000.`);
  }
  return pairs;
}
