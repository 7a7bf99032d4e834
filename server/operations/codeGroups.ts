// Which codes of Observations mean the same (observation-operation-lastn.html): equal system and code, or equal text where
// there is no code; the codings of one concept are translations of one another, so equality is transitive.
import { codeInSystem } from '../search/parameters/letterCase.ts';

/** A coding as it may be stored. */
export interface StoredCoding {
  system?: string;
  code?: string;
  display?: string;
}

/** A CodeableConcept as it may be stored. */
export interface StoredConcept {
  coding?: StoredCoding[];
  text?: string;
}

/** What a code is known by; the same in any case where its system says so. */
export const codeName = (system: string | undefined, code: string): string =>
  `${system ?? ''}\0${codeInSystem(system, code)}`;

/** The names of a concept: those of its codes, else its text; a concept with neither is equal to its like. */
export function conceptNames(concept: StoredConcept | null | undefined): string[] {
  const codes = (concept?.coding ?? []).flatMap(({ system, code }) =>
    code === undefined ? [] : [codeName(system, code)],
  );
  if (codes.length > 0) return codes;
  return concept?.text === undefined ? [`\x02${JSON.stringify(concept)}`] : [`\x01${concept.text}`];
}

/** The group of each concept, as the first of all names in it. */
export function groupByCode(concepts: readonly (StoredConcept | null | undefined)[]): string[] {
  const leaders = new Map<string, string>();
  const leaderOf = (name: string): string => {
    let leader = name;
    for (let next = leaders.get(leader); next !== undefined; next = leaders.get(leader)) leader = next;
    // Whoever asks again gets there in one step.
    for (let at = name; at !== leader; ) {
      const next = leaders.get(at)!;
      leaders.set(at, leader);
      at = next;
    }
    return leader;
  };
  const named = concepts.map(conceptNames);
  for (const [first, ...others] of named as [string, ...string[]][]) {
    for (const other of others) {
      const [low, high] = [leaderOf(first), leaderOf(other)].sort(byCodeUnit) as [string, string];
      if (low !== high) leaders.set(high, low);
    }
  }
  return named.map(([first]) => leaderOf(first!));
}

/** Order of texts that does not depend on any language. */
export const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
