// What is written together: one human, hospital or dossier with everything that is known only of it, and what
// mapping one needs to know of the others.
import type { Resource } from '../../services.ts';
import { type Coding, codeSystem, type Reference } from '../fhirParts.ts';
import type { Orphan } from './crmHumans.ts';
import type { CrmRow } from './crmTables.ts';
import type { ConditionTerms } from './crmTerms.ts';

export interface CrmUnit {
  /** the rows it is made of, the one it is named after first; studies, which are columns of rows, have none */
  rows: CrmRow[];
  /** what the rows became: `resources[0]` */
  main: Resource;
  /** former states of `main`, oldest first: they become its first versions, so that nothing older is lost */
  earlier: Resource[];
  resources: Resource[];
}

/** A value that was replaced by a newer one; the older is in the history of the resource, if it was stored. */
export interface Conflict {
  resource: string;
  field: string;
  kept: string;
  keptFrom: Source;
  older: string;
  olderFrom: Source;
}

/** Where a value is from: a row, what was stored, or no row of its own. */
export type Source = CrmRow | 'Salus' | 'CRM';

/** A cell that the new model has no place for. */
export interface LeftOver {
  row: CrmRow;
  column: string;
  detail: string;
}

/** What mapping a row needs to know of the others, and where it tells what it found. */
export interface CrmContext {
  terms: ConditionTerms;
  /** milliseconds; calls before it have taken place */
  now: number;
  /** `Type/[id]` of what a key stands for: a physician or pharmacist, a lead, a patient, a hospital */
  contact(key: string): string | undefined;
  patientOfContact(key: string): string | undefined;
  patient(key: string): string | undefined;
  hospital(key: string): string | undefined;
  conflicts: Conflict[];
  orphans: Orphan[];
  leftOver: LeftOver[];
}

export const referralKind = (code: 'ct' | 'eap'): Coding => ({
  ...{ system: codeSystem('referral-kinds'), code },
  display: code === 'ct' ? 'Clinical trial' : 'Expanded access',
});

export const personState = (code: 'lead' | 'patient'): Coding => ({
  ...{ system: codeSystem('person-states'), code },
  display: code === 'lead' ? 'Lead' : 'Patient',
});

/** What a cell refers to. Where that does not exist, it is told, and the reference keeps the key by which it was known. */
export function looked(
  row: CrmRow,
  column: string,
  system: string,
  find: (key: string) => string | undefined,
  { orphans }: CrmContext,
): Reference | undefined {
  const key = row.cells[column];
  if (key === undefined) return undefined;
  const reference = find(key);
  if (reference !== undefined) return { reference };
  orphans.push({ row, column, detail: `There is no "${key}" that could be meant.` });
  return { identifier: { system, value: key } };
}
