// The words of a CRM as codes: the ConceptMaps fhir-profiles/clinic/crm-*.json, and the conditions that a CRM adds to the code
// system of conditions.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Resource } from '../../services.ts';
import type { CrmRow } from './crmTables.ts';

export interface Coding {
  system: string;
  code: string;
  display: string;
}

interface Concept {
  code: string;
  display: string;
  [member: string]: unknown;
}

interface ConceptMap {
  group: { target: string; element: { code: string; target: { code: string; display: string }[] }[] }[];
}

const profiles = new URL('../../../fhir-profiles/', import.meta.url);
const read = (path: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(path, profiles)), 'utf8'));

/** Case, and how many blanks there are, make no difference. */
export const plainWords = (text: string): string =>
  text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim();

function mapNamed(name: string): ReadonlyMap<string, Coding> {
  const { group } = read(`clinic/${name}.json`) as ConceptMap;
  return new Map(
    group.flatMap(({ target: system, element }) =>
      element.map(({ code, target: [to] }) => [
        plainWords(code),
        { system, code: to!.code, display: to!.display },
      ]),
    ),
  );
}

const shippedConditions = read('code-systems/medical-conditions.json') as Resource & {
  url: string;
  concept: Concept[];
};
const conditionOptions = mapNamed('crm-medical-conditions');
const contactTypes = mapNamed('crm-contact-types');
const trialOutcomes = mapNamed('crm-trial-outcomes');

/** @returns lead, physician or pharmacist; undefined for what is none of the option set */
export const contactType = (text: string): Coding | undefined => contactTypes.get(plainWords(text));
/** @returns a code of ResearchSubject.status; undefined where the words do not tell it */
export const trialState = (text: string): string | undefined => trialOutcomes.get(plainWords(text))?.code;

export interface ConditionTerms {
  /** by an id of the table, a name, an abbreviation or an option */
  find(text: string): Coding | undefined;
  /** the code of a row of the table */
  ofRow(row: CrmRow): Coding;
  /** codes that the table adds */
  added: ReadonlySet<string>;
  /** the code system with what the table adds; undefined where that is nothing new */
  codeSystem?: Resource;
}

/**
 * Codes of conditions: those there are, and one for each row of the table that says something new. `stored` is the stored code
 * system that stands in for the shipped one, if there is one.
 */
export function conditionTerms(rows: readonly CrmRow[], stored?: Resource): ConditionTerms {
  const base = (stored ?? shippedConditions) as typeof shippedConditions;
  const system = shippedConditions.url;
  const concepts: Concept[] = [...(base.concept ?? [])];
  const byName = new Map(conditionOptions);
  const byCode = new Map<string, Coding>();
  const learn = ({ code, display }: Concept) => {
    const coding = { system, code, display };
    byCode.set(plainWords(code), coding);
    if (!byName.has(plainWords(display))) byName.set(plainWords(display), coding);
  };
  for (const concept of concepts) learn(concept);
  const byId = new Map<string, Coding>();
  const added = new Set<string>();
  for (const { key, cells } of rows) {
    const name = cells.name!;
    if (!byName.has(plainWords(name))) {
      const wanted = cells.abbreviation ?? '';
      const isFree = /^[A-Za-z0-9-]{1,20}$/.test(wanted) && !byCode.has(plainWords(wanted));
      const code = isFree ? wanted : freeCode(name, (each) => byCode.has(each));
      const concept = { code, display: name };
      concepts.push(concept);
      added.add(code);
      learn(concept);
    }
    const coding = byName.get(plainWords(name))!;
    byId.set(key, coding);
    const short = plainWords(cells.abbreviation ?? '');
    if (short !== '' && !byName.has(short) && !byCode.has(short)) byName.set(short, coding);
  }
  return {
    find: (text) => byId.get(text) ?? byName.get(plainWords(text)) ?? byCode.get(plainWords(text)),
    ofRow: ({ key }) => byId.get(key)!,
    added,
    ...(added.size > 0 && { codeSystem: { ...base, concept: concepts } }),
  };
}

/** A code made of a name: its letters and digits, with a number where it is taken. */
function freeCode(name: string, isTaken: (code: string) => boolean): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const stem = words.slice(0, 60) || 'condition';
  for (let n = 1; ; n++) {
    const code = n === 1 ? stem : `${stem}-${n}`;
    if (!isTaken(code)) return code;
  }
}
