// The words of a CRM as codes: the ConceptMaps fhir-profiles/clinic/crm-*.json, and the conditions that a CRM adds to the code
// system of conditions.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Concept, type ConditionSystem, termsOf, withAbbreviation } from '../care/conditionTerms.ts';
import type { Coding } from '../fhirParts.ts';
import { plainWords } from '../plainWords.ts';
import type { CrmRow } from './crmTables.ts';

interface ConceptMap {
  group: { target: string; element: { code: string; target: { code: string; display: string }[] }[] }[];
}

const profiles = new URL('../../../fhir-profiles/', import.meta.url);
const read = (path: string): unknown =>
  JSON.parse(readFileSync(fileURLToPath(new URL(path, profiles)), 'utf8'));

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
  /** whether the abbreviation of a row of the table is one of its term */
  hasAbbreviation(row: CrmRow): boolean;
  /** what the table adds, by code */
  added: ReadonlyMap<string, Concept>;
}

/**
 * Codes of conditions: those there are, and one for each row of the table that says something new. `stored` is the stored code
 * system that stands in for the shipped one, if there is one.
 */
export function conditionTerms(rows: readonly CrmRow[], stored?: ConditionSystem): ConditionTerms {
  const terms = termsOf(stored);
  const byId = new Map<string, Coding>();
  const byAbbreviation = new Map<string, Coding>();
  const added = new Map<string, Concept>();
  for (const { key, cells } of rows) {
    const { name, abbreviation } = cells as { name: string; abbreviation?: string };
    let coding = terms.find(name);
    if (!coding) {
      const code = terms.newCode(name, abbreviation);
      const isFree = abbreviation !== undefined && !terms.find(abbreviation);
      const concept = withAbbreviation({ code, display: name }, isFree ? abbreviation : undefined);
      added.set(code, concept);
      coding = terms.add(concept);
    }
    byId.set(key, coding);
    const short = plainWords(abbreviation ?? '');
    if (short !== '' && !terms.find(short) && !byAbbreviation.has(short)) byAbbreviation.set(short, coding);
  }
  return {
    find: (text) => byId.get(text) ?? terms.find(text) ?? byAbbreviation.get(plainWords(text)),
    ofRow: ({ key }) => byId.get(key)!,
    hasAbbreviation: ({ key, cells }) => terms.find(cells.abbreviation ?? '')?.code === byId.get(key)!.code,
    added,
  };
}
