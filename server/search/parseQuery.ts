// Query strings as ordered name/value pairs (search.html: application/x-www-form-urlencoded).
import { refuse } from '../errors.ts';

/**
 * Checks that the escapes of a query are UTF-8: what is not would become another character and find nothing.
 * @throws FhirError 400 that names the parameter
 */
export function checkEscapes(text: string): void {
  if (!text.includes('%')) return;
  const wrong = text.split('&').find((pair) => {
    try {
      decodeURIComponent(pair);
      return false;
    } catch {
      return true;
    }
  });
  if (wrong === undefined) return;
  throw refuse(
    400,
    'value',
    `Parameter '${wrong.split('=')[0]}' has a % that begins no escape of UTF-8: write %25 for the character itself.`,
  );
}

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
