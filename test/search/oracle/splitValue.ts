// Separators of search values and their escapes (search.html#escaping).

/** Splits at a separator that has no backslash before it; escapes stay. */
export function splitAt(separator: string, text: string): string[] {
  const parts: string[] = [''];
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === separator) parts.push('');
    else parts[parts.length - 1] += character === '\\' ? character + (text[++at] ?? '') : character;
  }
  return parts;
}

/** Takes the escapes out of a value that is not split further. */
export function unescapeValue(text: string): string {
  return text.replace(/\\(.)/gs, '$1');
}

/** Puts escapes into a literal value. */
export function escapeValue(text: string): string {
  return text.replace(/[\\,$|]/g, '\\$&');
}

/** An ordered value: its prefix (eq where it has none) and the rest. */
export function splitPrefix(text: string): { prefix: Prefix; rest: string } {
  const prefix = /^(eq|ne|gt|lt|ge|le|sa|eb|ap)(?=[-+.\d])/.exec(text)?.[1];
  return prefix ? { prefix: prefix as Prefix, rest: text.slice(2) } : { prefix: 'eq', rest: text };
}

export const prefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const;
export type Prefix = (typeof prefixes)[number];
