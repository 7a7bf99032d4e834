// The text of a narrative (narrative.html#xhtml): markup and comments gone, entities decoded.

/** Elements inside a line; they do not part words. */
const markup = /<!--[\s\S]*?(?:-->|$)|<(\/?)([A-Za-z][\w:-]*)(?:"[^"]*"|'[^']*'|[^<>"'])*>/g;
const inline = new Set(
  'a abbr acronym b big cite code dfn em font i kbd q s samp small span strike strong sub sup tt u var'.split(
    ' ',
  ),
);

const named: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  shy: '', // a place to part a word, which does not part it
  zwnj: '',
  zwj: '',
  szlig: 'ß',
  aelig: 'æ',
  AElig: 'Æ',
  oelig: 'œ',
  OElig: 'Œ',
  eth: 'ð',
  ETH: 'Ð',
  thorn: 'þ',
  THORN: 'Þ',
  micro: 'μ',
  sigmaf: 'ς',
};
const greek: Record<string, string> = Object.fromEntries(
  'alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho . sigma tau upsilon phi chi psi omega'
    .split(' ')
    .map((name, i) => [name, String.fromCodePoint(0x3b1 + i)]),
);
/** Letters with a mark: words are compared without it. */
const marked = /^([A-Za-z])(?:grave|acute|circ|tilde|uml|ring|cedil|caron|slash)$/;

/** The words of XHTML with white space between them. */
export function narrativeText(div: string): string {
  return div
    .replace(markup, (_match, _end, name?: string) => (name && inline.has(name.toLowerCase()) ? '' : ' '))
    .replace(/&(#[xX]?[0-9a-fA-F]{1,8}|\w{1,10});/g, (_match, entity: string) => decode(entity));
}

/** The character of an entity; a space for those that are no letters. */
function decode(entity: string): string {
  if (entity.startsWith('#')) {
    const isHex = entity[1] === 'x' || entity[1] === 'X';
    const point = isHex ? Number.parseInt(entity.slice(2), 16) : Number.parseInt(entity.slice(1), 10);
    return point > 0 && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff)
      ? String.fromCodePoint(point)
      : ' ';
  }
  if (Object.hasOwn(named, entity)) return named[entity]!;
  const letter = entity.toLowerCase();
  if (Object.hasOwn(greek, letter)) return greek[letter]!;
  return marked.exec(entity)?.[1] ?? ' ';
}
