// The text filter of $expand: all words that are given, wherever they stand, whatever their case and accents.

const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** A test for the names of a code: every word of `filter` is in one of them. */
export function matchText(filter: string): (names: readonly string[]) => boolean {
  const words = fold(filter).split(/\s+/).filter(Boolean);
  return (names) => {
    const text = fold(names.join('\n'));
    return words.every((word) => text.includes(word));
  };
}
