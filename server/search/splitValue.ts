// Separators and escapes inside search values: `,` between alternatives, `$` between components, `|` inside tokens and
// quantities; `\,` `\$` `\|` `\\` stand for the characters themselves (search.html#escaping).

/** Splits at an unescaped separator; the parts keep their escapes. */
export function splitValue(
  text: string,
  separator: ',' | '$' | '|',
  atMost = Number.POSITIVE_INFINITY,
): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length && parts.length < atMost - 1; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === separator) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

/** The text that an escaped value stands for. A backslash before any other character is kept. */
export function unescapeValue(text: string): string {
  return text.includes('\\') ? text.replace(/\\([,$|\\])/g, '$1') : text;
}
