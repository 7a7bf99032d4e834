// How likely two records are of one human being: what agrees and what contradicts, in points. What each is worth is data; two people
// must never become one record, so some things keep a match from being certain however many points there are. Told in
// docs/crm-model.md.

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
  because: string;
}

export const thresholds = { certain: 90, doubtful: 20 } as const;

export const evidence = {
  'email same': { points: 85, because: 'The e-mail is the same.' },
  'email other': { points: 0, because: 'The e-mail is another.' },
  'phone same': { points: 55, because: 'The phone number is the same.' },
  'phone other': { points: 0, because: 'The phone number is another.' },
  'call same': { points: 60, because: 'A call is booked for the same time.' },
  'birth date same': { points: 60, because: 'The date of birth is the same.' },
  'birth date open': { points: 15, because: 'The dates of birth agree as far as both are known.' },
  'birth date other': { points: -16, because: 'The date of birth is another.' },
  'first name same': { points: 20, because: 'The first name is the same.' },
  'first name near': { points: 18, because: 'The first name is nearly the same.' },
  'first name part': { points: 17, because: 'One has more first names than the other.' },
  'first name similar': { points: 0, because: 'The first name is similar, but may be another.' },
  'first name other': { points: -30, because: 'The first name is another.' },
  'first name open': { points: 0, because: 'Only one of them has a first name.' },
  'first name unknown': { points: 0, because: 'Neither of them has a first name.' },
  'last name same': { points: 15, because: 'The last name is the same.' },
  'last name near': { points: 13, because: 'The last name is nearly the same.' },
  'last name part': { points: 13, because: 'One has more last names than the other.' },
  'last name similar': { points: 8, because: 'The last name is similar, but may be another.' },
  'last name other': { points: -15, because: 'The last name is another.' },
  'last name open': { points: 0, because: 'Only one of them has a last name.' },
} as const satisfies Record<string, Evidence>;

type Found = keyof typeof evidence;

const ONE_BIRTH_AND_CONTACT: Found[][] = [
  ['birth date same', 'email same'],
  ['birth date same', 'phone same'],
];
/** As after a marriage. */
const ONE_BUT_FOR_THE_LAST_NAME = ONE_BIRTH_AND_CONTACT.map((all): Found[] => [...all, 'first name same']);

/** What keeps a match from being certain, whatever the points, unless all of one of these lists is found too. */
const bars: Partial<Record<Found, Found[][]>> = {
  // Families share a phone number, and many have a common name.
  'email other': [['birth date same']],
  'phone other': [['birth date same'], ['email same']],
  'birth date other': [],
  // Of twins, everything else is the same: Amy and May, Ana and Anna. Any near name may be another person's.
  'first name near': [],
  'first name part': [['birth date same']],
  'first name similar': [],
  'first name other': [],
  'first name open': ONE_BIRTH_AND_CONTACT,
  'first name unknown': [['birth date same']],
  'last name part': [['birth date same'], ['birth date open']],
  'last name similar': ONE_BUT_FOR_THE_LAST_NAME,
  'last name other': ONE_BUT_FOR_THE_LAST_NAME,
  'last name open': [],
};

/** How likely two are the same person. */
export function likenessOf(one: PersonFacts, other: PersonFacts): Likeness {
  const agreeing = [...contactsOf(one, other), ...birthOf(one, other)];
  const names = nameOf(one, other);
  const found: Found[] = [...agreeing, ...callsOf(one, other, agreeing, names), ...names];
  const sum = found.reduce((total, name) => total + evidence[name].points, 0);
  const isBarred = found.some((name) => {
    const unless = bars[name];
    return unless && !unless.some((all) => all.every((each) => found.includes(each)));
  });
  const most = isBarred ? thresholds.certain - 1 : 100;
  return {
    score: Math.max(0, Math.min(sum, most)),
    because: found.map((name) => evidence[name].because),
  };
}

const share = <T>(some: readonly T[], others: readonly T[]): boolean =>
  some.some((each) => others.includes(each));

const contactsOf = (one: PersonFacts, other: PersonFacts): Found[] => [
  ...reachedBy('email', one.emails, other.emails),
  ...reachedBy('phone', one.phones, other.phones),
];

function reachedBy(kind: 'email' | 'phone', some: readonly string[], others: readonly string[]): Found[] {
  if (some.length === 0 || others.length === 0) return [];
  return [share(some, others) ? `${kind} same` : `${kind} other`];
}

/**
 * Many book the same time, and many have a common name: a call tells something of those of one name who have sent the form twice, which
 * shows in what else they told, or in that neither told anything else.
 */
function callsOf(
  one: PersonFacts,
  other: PersonFacts,
  agreeing: readonly Found[],
  names: readonly Found[],
): Found[] {
  const isOneName = names.length === 2 && names.every((name) => /(same|near)$/.test(name));
  const isAlone = [one, other].every(({ emails, phones }) => emails.length + phones.length === 0);
  const isBoth = isAlone || agreeing.some((name) => name.endsWith(' same'));
  return isOneName && isBoth && share(one.calls, other.calls) ? ['call same'] : [];
}

function birthOf({ birthDate: one }: PersonFacts, { birthDate: other }: PersonFacts): Found[] {
  if (one === undefined || other === undefined) return [];
  if (one === other) return [one.length === 10 ? 'birth date same' : 'birth date open'];
  return [one.startsWith(other) || other.startsWith(one) ? 'birth date open' : 'birth date other'];
}

/** The pair of names that speaks most for it. */
function nameOf(one: PersonFacts, other: PersonFacts): Found[] {
  const pairs = one.names.flatMap((name) => other.names.map((another) => pairOf(name, another)));
  const worth = (pair: Found[]) => pair.reduce((sum, name) => sum + evidence[name].points, 0);
  return pairs.sort((a, b) => worth(b) - worth(a))[0] ?? ['last name open'];
}

function pairOf(one: PlainName, other: PlainName): Found[] {
  // Signs in place of a first name tell nobody from another, even if they are the same.
  const isUnknown = isSame(one.first, other.first) && !isTold(one.first);
  const alike = wordLikeness(one.first, other.first);
  // María José and José María are two.
  const isReordered = alike === 'part' && one.first.length === other.first.length;
  const first = isUnknown ? 'unknown' : isReordered ? 'near' : alike;
  const last = wordLikeness(one.last, other.last);
  const whole = ({ first, last }: PlainName) => [...first, ...last].sort().join(' ');
  const isTurned = first !== 'same' && first !== 'unknown' && last !== 'same' && whole(one) === whole(other);
  if (isTurned) return ['first name near', 'last name near'];
  return [
    ...(first ? ([`first name ${first}`] as const) : []),
    ...(last ? ([`last name ${last}`] as const) : []),
  ];
}

type WordLikeness = 'same' | 'near' | 'part' | 'similar' | 'other' | 'open';

const isSame = (one: readonly string[], other: readonly string[]): boolean => one.join('') === other.join('');

/** Whether a part of a name has letters or digits: of others, only the signs can be compared. */
const isTold = (words: readonly string[]): boolean => words.some((word) => /[\p{L}\p{N}]/u.test(word));

/** How alike two parts of names are: open where one of them is not known, undefined where neither is. */
export function wordLikeness(one: readonly string[], other: readonly string[]): WordLikeness | undefined {
  if (one.length === 0 && other.length === 0) return undefined;
  if (one.length === 0 || other.length === 0 || isTold(one) !== isTold(other)) return 'open';
  if (isSame(one, other)) return 'same';
  if (!isTold(one)) return 'other';
  const [a, b] = [one.join(''), other.join('')];
  const [fewer, more] = one.length < other.length ? [one, other] : [other, one];
  if (fewer.every((word) => more.includes(word) && word.length > 1)) return 'part';
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

/** Accents of the scripts whose letters stay the same letters without them, and marks of no letter. In others, marks are letters. */
const ACCENTS = /(?<=^|[^\p{L}\p{M}]|[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}])\p{M}+/gu;

/** A name as words: without case, accents and signs. What has only signs is a word as it is. */
export function plainWordsOf(text: string): string[] {
  const words = text
    .normalize('NFKD')
    .replaceAll(ACCENTS, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ø', 'o')
    .replaceAll('ł', 'l')
    .replaceAll('æ', 'ae')
    .replaceAll(/['’]/g, '')
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '');
  const signs = text.trim();
  return words.length > 0 || signs === '' ? words : [signs];
}

/**
 * A phone number without what people write between its digits; `00` at its beginning is `+`. What has words in it, such as an
 * extension, stays as it is.
 */
export const plainPhone = (text: string): string =>
  /^[\d+\s()./-]+$/.test(text) ? text.replaceAll(/[^\d+]/g, '').replace(/^00/, '+') : text.trim();
