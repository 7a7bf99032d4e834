// JSON Pointer (RFC 6901): text to member names.

/** The member names a pointer walks through, unescaped; none for the whole document; undefined when malformed. */
export function parsePointer(text: string): string[] | undefined {
  if (text === '') {
    return [];
  }
  if (!text.startsWith('/') || /~(?![01])/.test(text)) {
    return undefined;
  }
  // ~1 first, or ~01 would become a slash (RFC 6901 section 4).
  return text
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
