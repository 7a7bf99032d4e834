// Which rows of a CRM are one human being: by conversion (Patient.contact_record), by certain likeness. What is only likely is
// told and left apart: two people must never become one record.

import type { Candidate } from '../people/leadReviewJson.ts';
import { plainWords } from '../plainWords.ts';
import type { CrmRow } from './crmTables.ts';

/** Everything that is known of one human, oldest row first. */
export interface Human {
  rows: CrmRow[];
  /** the row that its FHIR id is made of: the contact, where there is one, with the least id */
  primary: CrmRow;
}

/** Humans who may be the same. */
export interface Doubt {
  /** 0–100, by `likeness` */
  score: number;
  because: string;
  rows: CrmRow[];
  /** where it is about one human and what is stored: who that may be */
  records?: Candidate[];
}

export interface Orphan {
  row: CrmRow;
  column: string;
  detail: string;
}

/** What being alike in something counts; rows that reach `certain` are one human, what reaches `doubtful` is told. */
export const likeness = {
  ...{ email: 60, licence: 60, name: 35, oneName: 15, condition: 5 },
  ...{ certain: 95, doubtful: 35 },
} as const;

const nameOf = ({ cells }: CrmRow) =>
  `${plainWords(cells.firstname ?? '')}|${plainWords(cells.lastname ?? '')}`;
const emailOf = ({ cells }: CrmRow) => cells.email && plainWords(cells.email);
const licenceOf = ({ cells }: CrmRow) =>
  cells.medical_license_number && plainWords(cells.medical_license_number);

/** Groups rows of people: contacts of one sort (leads, or professionals) and, with leads, patients. */
export function groupHumans(rows: readonly CrmRow[]): { humans: Human[]; doubts: Doubt[] } {
  const parents = new Map<CrmRow, CrmRow>(rows.map((row) => [row, row]));
  const rootOf = (row: CrmRow): CrmRow => {
    let root = row;
    while (parents.get(root) !== root) root = parents.get(root)!;
    parents.set(row, root);
    return root;
  };
  const join = (a: CrmRow, b: CrmRow) => parents.set(rootOf(b), rootOf(a));
  const doubts: Doubt[] = [];

  const contacts = new Map(rows.filter(({ table }) => table === 'Contact').map((row) => [row.key, row]));
  for (const row of rows) {
    const { contact_record } = row.cells;
    const contact = contact_record === undefined ? undefined : contacts.get(contact_record);
    if (!contact) continue;
    if (agree(contact, row)) join(contact, row);
    else {
      const because = 'contact_record joins them, but neither e-mail nor any part of the name is the same';
      doubts.push({ score: 50, because, rows: [contact, row] });
    }
  }
  // Name and e-mail, or name and licence: `likeness.certain`.
  for (const other of [emailOf, licenceOf]) {
    const keyed = (row: CrmRow) => (other(row) ? `${nameOf(row)}|${other(row)}` : undefined);
    for (const [first, ...others] of buckets(rows, keyed)) for (const row of others) join(first!, row);
  }

  const groups = new Map<CrmRow, CrmRow[]>();
  for (const row of rows) groups.set(rootOf(row), [...(groups.get(rootOf(row)) ?? []), row]);
  doubts.push(...likely(rows, rootOf));
  return { humans: [...groups.values()].map(humanOf), doubts };
}

/** The human whom rows are of. */
export function humanOf(rows: CrmRow[]): Human {
  rows.sort(byAge);
  const contacts = rows.filter(({ table }) => table === 'Contact');
  const [primary] = (contacts.length > 0 ? contacts : rows).toSorted((a, b) =>
    collator.compare(a.key, b.key),
  );
  return { rows, primary: primary! };
}

/** Order of keys: 9 before 10. */
export const collator = new Intl.Collator('en', { numeric: true });

/** Humans that share an e-mail address, a licence or a name without being certainly the same: one doubt for each. */
function likely(rows: readonly CrmRow[], rootOf: (row: CrmRow) => CrmRow): Doubt[] {
  const kinds = [
    { because: 'the same e-mail', weight: likeness.email, keyOf: emailOf },
    { because: 'the same licence', weight: likeness.licence, keyOf: licenceOf },
    { because: 'the same name', weight: likeness.name, keyOf: nameOf },
  ];
  return kinds.flatMap(({ because, weight, keyOf }) =>
    buckets(rows, keyOf).flatMap((alike): Doubt[] => {
      const different = [...new Map(alike.map((row) => [rootOf(row), row])).values()];
      if (different.length < 2) return [];
      const shares = (of: (row: CrmRow) => string | undefined) => {
        const [first, ...others] = different.map(of);
        return first !== undefined && first !== '' && others.every((each) => each === first);
      };
      const isPartOfName =
        weight !== likeness.name && [0, 1].some((part) => shares((row) => nameOf(row).split('|')[part]));
      const isCondition = shares(
        ({ cells }) => cells.medical_condition && plainWords(cells.medical_condition),
      );
      const score = weight + (isPartOfName ? likeness.oneName : 0) + (isCondition ? likeness.condition : 0);
      return [{ score, because, rows: different }];
    }),
  );
}

function buckets(rows: readonly CrmRow[], keyOf: (row: CrmRow) => string | undefined): CrmRow[][] {
  const found = new Map<string, CrmRow[]>();
  for (const row of rows) {
    const key = keyOf(row);
    if (key === undefined) continue;
    const others = found.get(key);
    if (others) others.push(row);
    else found.set(key, [row]);
  }
  return [...found.values()].filter(({ length }) => length > 1);
}

const agree = (a: CrmRow, b: CrmRow): boolean =>
  (emailOf(a) !== undefined && emailOf(a) === emailOf(b)) ||
  ['firstname', 'lastname'].some((column) => {
    const name = a.cells[column];
    return name !== undefined && plainWords(name) === plainWords(b.cells[column] ?? '');
  });

const DATES = [
  ...['booking_date', 'initial_consult_date', 'first_contact_date'],
  ...['ct_referral_date', 'eap_enrollment_date'],
];

/** Milliseconds of the last thing a row tells of; rows without a date are taken for older than all others. */
function ageOf({ cells }: CrmRow): number {
  const times = DATES.flatMap((column) => cells[column] ?? []).map((date) => Date.parse(date));
  return times.length > 0 ? Math.max(...times) : Number.NEGATIVE_INFINITY;
}

function byAge(a: CrmRow, b: CrmRow): number {
  const [x, y] = [ageOf(a), ageOf(b)];
  if (x !== y) return x < y ? -1 : 1;
  if (a.table !== b.table) return a.table === 'Contact' ? -1 : 1;
  return a.line - b.line;
}
