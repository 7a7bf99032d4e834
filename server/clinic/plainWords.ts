// Words as people mean them: what is compared where spelling varies.

/** Case, and how many blanks there are, make no difference. */
export const plainWords = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();
