// The terms of conditions: concepts of one CodeSystem, shipped in fhir-profiles/, until the first change stores it. Each is found
// by its code, name, abbreviation, by other names, and by the option set of a CRM, misspellings included.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readCanonical } from '../../fhir/readCanonical.ts';
import type { Resource, Services } from '../../services.ts';
import type { Database } from '../../store/database.ts';
import { readRevision } from '../../store/definitionsRevision.ts';
import type { Coding } from '../fhirParts.ts';
import { plainWords } from '../plainWords.ts';

export interface Concept {
  code: string;
  display?: string;
  designation?: { value: string; [member: string]: unknown }[];
  property?: { code: string; valueString?: string; [member: string]: unknown }[];
  concept?: Concept[];
  [member: string]: unknown;
}

export type ConditionSystem = Resource & { url: string; concept?: Concept[] };

/** As what a text is found, the most telling first. */
const FOUND_AS = ['code', 'name', 'option', 'abbreviation', 'other name'] as const;
type FoundAs = (typeof FOUND_AS)[number];

/** Terms by what they are called. It grows and shrinks with `add` and `remove`. */
export interface TermIndex {
  /** whatever the case and how many blanks there are */
  find(text: string): Coding | undefined;
  /** likewise, with what the text is of it */
  holder(text: string): { concept: Concept; as: FoundAs } | undefined;
  add(concept: Concept): Coding;
  remove(concept: Concept): void;
  /** Code of a new term: its abbreviation, if that can be a code and is free, else one made of its name. */
  newCode(name: string, abbreviation?: string): string;
}

/** Property of a concept that has its abbreviation. */
const ABBREVIATION = 'abbreviation';

interface ConceptMap {
  group: { element: { code: string; target: { code: string }[] }[] }[];
}

const profiles = new URL('../../../fhir-profiles/', import.meta.url);
const read = (path: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(path, profiles)), 'utf8'));

export const shippedConditions = read('code-systems/medical-conditions.json') as ConditionSystem;
const { url: system } = shippedConditions;

/** The option set of a CRM: words by the code that they stand for. */
const optionsOf = Map.groupBy(
  (read('clinic/crm-medical-conditions.json') as ConceptMap).group.flatMap(({ element }) =>
    element.map(({ code: word, target: [to] }) => ({ word, code: to!.code })),
  ),
  ({ code }) => code,
);

/** The stored code system that stands in for the shipped one, if there is one. */
export async function storedConditions(
  services: Services,
  db: Database = services.db,
): Promise<ConditionSystem | undefined> {
  return (await readCanonical(services, db, 'CodeSystem', system, undefined)) as ConditionSystem | undefined;
}

/** What a process knows of them, under the revision of the definitions at which it was read. */
const lastRead = new WeakMap<Services, { revision: number; terms: TermIndex }>();

/** The terms as they are now. */
export async function readConditionTerms(
  services: Services,
  db: Database = services.db,
): Promise<Pick<TermIndex, 'find' | 'holder'>> {
  const { revision } = await readRevision(db);
  const last = lastRead.get(services);
  if (last?.revision === revision) return last.terms;
  const terms = termsOf(await storedConditions(services, db));
  lastRead.set(services, { revision, terms });
  return terms;
}

/** All concepts, those below others too. */
export const conceptsOf = ({ concept = [] }: { concept?: Concept[] }): Concept[] =>
  concept.flatMap((each) => [each, ...conceptsOf(each)]);

export const nameOfTerm = ({ code, display }: Concept): string => display ?? code;

export const abbreviationOf = ({ property = [] }: Concept): string | undefined =>
  property.find(({ code }) => code === ABBREVIATION)?.valueString;

export const codingOf = (concept: Concept): Coding => ({
  ...{ system, code: concept.code },
  display: nameOfTerm(concept),
});

/** A concept with another abbreviation, or without one. */
export function withAbbreviation(concept: Concept, abbreviation: string | undefined): Concept {
  const { property = [], ...rest } = concept;
  const others = property.filter(({ code }) => code !== ABBREVIATION);
  const own = abbreviation === undefined ? [] : [{ code: ABBREVIATION, valueString: abbreviation }];
  const all = [...own, ...others];
  return { ...rest, ...(all.length > 0 && { property: all }) };
}

/** The code system with other concepts; it says what their property is. */
export function withConcepts(base: ConditionSystem, concept: Concept[]): ConditionSystem {
  const { property: shipped } = shippedConditions as { property?: { code: string }[] };
  const { concept: _, property = [], ...rest } = base as ConditionSystem & { property?: { code: string }[] };
  const missing = (shipped ?? []).filter(({ code }) => !property.some((each) => each.code === code));
  return { ...rest, property: [...property, ...missing], ...(concept.length > 0 && { concept }) };
}

/** The terms of a code system; by default of the shipped one. */
export function termsOf(base: ConditionSystem = shippedConditions): TermIndex {
  const held = new Map<string, { concept: Concept; as: FoundAs }[]>();
  const words = (concept: Concept): [string, FoundAs][] => [
    [concept.code, 'code'],
    [nameOfTerm(concept), 'name'],
    ...(optionsOf.get(concept.code) ?? []).map(({ word }): [string, FoundAs] => [word, 'option']),
    [abbreviationOf(concept) ?? '', 'abbreviation'],
    ...(concept.designation ?? []).map(({ value }): [string, FoundAs] => [value, 'other name']),
  ];
  const add = (concept: Concept): Coding => {
    for (const [text, as] of words(concept)) {
      const word = plainWords(text);
      if (word === '') continue;
      const holders = [...(held.get(word) ?? []), { concept, as }];
      // The order is kept among equals: who came first is meant.
      held.set(
        word,
        holders.sort((a, b) => FOUND_AS.indexOf(a.as) - FOUND_AS.indexOf(b.as)),
      );
    }
    return codingOf(concept);
  };
  const remove = (concept: Concept): void => {
    for (const [text] of words(concept)) {
      const word = plainWords(text);
      const others = (held.get(word) ?? []).filter((each) => each.concept !== concept);
      if (others.length > 0) held.set(word, others);
      else held.delete(word);
    }
  };
  const holder = (text: string) => held.get(plainWords(text))?.[0];
  for (const concept of conceptsOf(base)) add(concept);
  return {
    ...{ add, remove, holder },
    find: (text) => {
      const found = holder(text);
      return found && codingOf(found.concept);
    },
    newCode: (name, abbreviation = '') => {
      const isFree = /^[A-Za-z0-9-]{1,20}$/.test(abbreviation) && !holder(abbreviation);
      return isFree ? abbreviation : codeMadeOf(name, (code) => holder(code) !== undefined);
    },
  };
}

/** A code made of a name: its letters and digits, with a number where it is taken. */
function codeMadeOf(name: string, isTaken: (code: string) => boolean): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const stem = words.slice(0, 60) || 'condition';
  for (let n = 1; ; n++) {
    const code = n === 1 ? stem : `${stem}-${n}`;
    if (!isTaken(code)) return code;
  }
}
