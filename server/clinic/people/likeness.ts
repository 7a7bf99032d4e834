// How likely two records are of one human being: what agrees and what contradicts, in points. What each is worth is data; two people
// must never become one record, so some things keep a match from being certain whatever else agrees. Told in docs/crm-model.md.

/** What is known of somebody, as it is compared: see `factsOf` in leadFacts.ts. */
export interface PersonFacts {
  /** each name, the former ones too, as plain words */
  names: readonly PlainName[];
  emails: readonly string[];
  phones: readonly string[];
  /** YYYY, YYYY-MM or YYYY-MM-DD */
  birthDate?: string | undefined;
  /** milliseconds of the calls that are booked */
  calls: readonly number[];
}

export interface PlainName {
  first: readonly string[];
  last: readonly string[];
}

export interface Likeness {
  /** 0–100: what reaches `thresholds.certain` is the same person, what reaches `thresholds.doubtful` may be */
  score: number;
  /** sentences */
  because: string[];
}

interface Evidence {
  points: number;
  /** whatever else agrees, it is not certain */
  bars?: true;
  because: string;
}

export const thresholds = { certain: 90, doubtful: 20 } as const;

export const evidence = {
  'email same': { points: 85, because: 'The e-mail is the same.' },
  'phone same': { points: 55, because: 'The phone number is the same.' },
  'call same': { points: 60, because: 'A call is booked for the same time.' },
  'birth date same': { points: 60, because: 'The date of birth is the same.' },
  'birth date open': { points: 15, because: 'The dates of birth agree as far as both are known.' },
  'birth date other': { points: -16, bars: true, because: 'The date of birth is another.' },
  'first name same': { points: 20, because: 'The first name is the same.' },
  'first name near': { points: 18, because: 'The first name is nearly the same.' },
  'first name similar': { points: 0, bars: true, because: 'The first name is similar, but may be another.' },
  'first name other': { points: -30, bars: true, because: 'The first name is another.' },
  'last name same': { points: 15, because: 'The last name is the same.' },
  'last name near': { points: 13, because: 'The last name is nearly the same.' },
  'last name similar': { points: 8, because: 'The last name is similar.' },
  'last name other': { points: -15, because: 'The last name is another.' },
} as const satisfies Record<string, Evidence>;

type Found = keyof typeof evidence;

/** How likely two are the same person. */
export function likenessOf(one: PersonFacts, other: PersonFacts): Likeness {
  const names = nameOf(one, other);
  const found: Evidence[] = [
    ...contactsOf(one, other),
    ...callsOf(one, other, names),
    ...birthOf(one, other),
    ...names,
  ].map((name) => evidence[name]);
  const sum = found.reduce((total, { points }) => total + points, 0);
  const most = found.some(({ bars }) => bars) ? thresholds.certain - 1 : 100;
  return { score: Math.max(0, Math.min(sum, most)), because: found.map(({ because }) => because) };
}

const share = <T>(some: readonly T[], others: readonly T[]): boolean =>
  some.some((each) => others.includes(each));

const contactsOf = (one: PersonFacts, other: PersonFacts): Found[] => [
  ...(share(one.emails, other.emails) ? (['email same'] as const) : []),
  ...(share(one.phones, other.phones) ? (['phone same'] as const) : []),
];

/** Many may book the same time: it tells something of those of one name alone, who have sent the form twice. */
const callsOf = (one: PersonFacts, other: PersonFacts, names: readonly Found[]): Found[] => {
  const isOneName = names.length === 2 && names.every((name) => /(same|near)$/.test(name));
  return isOneName && share(one.calls, other.calls) ? ['call same'] : [];
};

function birthOf({ birthDate: one }: PersonFacts, { birthDate: other }: PersonFacts): Found[] {
  if (one === undefined || other === undefined) return [];
  if (one === other) return [one.length === 10 ? 'birth date same' : 'birth date open'];
  return [one.startsWith(other) || other.startsWith(one) ? 'birth date open' : 'birth date other'];
}

/** The pair of names that speaks most for it. */
function nameOf(one: PersonFacts, other: PersonFacts): Found[] {
  const pairs = one.names.flatMap((name) => other.names.map((another) => pairOf(name, another)));
  const worth = (pair: Found[]) => pair.reduce((sum, name) => sum + evidence[name].points, 0);
  return pairs.sort((a, b) => worth(b) - worth(a))[0] ?? [];
}

function pairOf(one: PlainName, other: PlainName): Found[] {
  const first = wordLikeness(one.first, other.first);
  const last = wordLikeness(one.last, other.last);
  const whole = ({ first, last }: PlainName) => [...first, ...last].sort().join(' ');
  const isTurned = first !== 'same' && last !== 'same' && whole(one) === whole(other);
  if (isTurned) return ['first name near', 'last name near'];
  return [
    ...(first ? ([`first name ${first}`] as const) : []),
    ...(last ? ([`last name ${last}`] as const) : []),
  ];
}

/** How alike two parts of names are; undefined where one of them is not known. */
export function wordLikeness(
  one: readonly string[],
  other: readonly string[],
): 'same' | 'near' | 'similar' | 'other' | undefined {
  if (one.length === 0 || other.length === 0) return undefined;
  const [a, b] = [one.join(''), other.join('')];
  if (a === b) return 'same';
  const [fewer, more] = one.length < other.length ? [one, other] : [other, one];
  if (fewer.every((word) => more.includes(word) && word.length > 1)) return 'near';
  if (isSlip(a, b)) return 'near';
  const isInitial = a[0] === b[0] && Math.min(a.length, b.length) === 1;
  const sharesWord = one.some((word) => word.length > 1 && other.includes(word));
  return isInitial || sharesWord || isOneApart(a, b) ? 'similar' : 'other';
}

/** Two neighbouring letters exchanged, or one doubled: slips of who types. One letter for another can make another name. */
function isSlip(a: string, b: string): boolean {
  const single = (text: string) => text.replace(/(.)\1+/gu, '$1');
  if (single(a) === single(b)) return true;
  if (a.length !== b.length) return false;
  const at = firstDifference(a, b);
  return a[at] === b[at + 1] && a[at + 1] === b[at] && a.slice(at + 2) === b.slice(at + 2);
}

/** One letter other, missing or too much, in a word of at least four. */
function isOneApart(a: string, b: string): boolean {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  if (long.length < 4 || long.length - short.length > 1) return false;
  const at = firstDifference(short, long);
  return long.slice(at + 1) === short.slice(long.length === short.length ? at + 1 : at);
}

function firstDifference(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

/** A name as words: without case, accents and signs. */
export const plainWordsOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('æ', 'ae')
    .replaceAll(/['’]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

/**
 * A phone number without what people write between its digits; `00` at its beginning is `+`. What has words in it, such as an
 * extension, stays as it is.
 */
export const plainPhone = (text: string): string =>
  /^[\d+\s()./-]+$/.test(text) ? text.replaceAll(/[^\d+]/g, '').replace(/^00/, '+') : text.trim();
