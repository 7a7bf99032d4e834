// A condition of a person → Condition: what leads say of themselves, what a CRM tells, what the API is sent.
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { type Coding, defined, identified, profileUrl, referenceTo } from '../fhirParts.ts';
import { plainWords } from '../plainWords.ts';

export const conditionSystem = crmSystems.conditions;
const TERMINOLOGY = 'http://terminology.hl7.org/CodeSystem/';
export const CLINICAL = `${TERMINOLOGY}condition-clinical`;
export const VERIFICATION = `${TERMINOLOGY}condition-ver-status`;
const CATEGORY = `${TERMINOLOGY}condition-category`;

/** A condition by the code of a term, or, where no term says it, by its words. */
export type ConditionCode = Coding | { text: string };

/**
 * Key of a condition of a person: the value of its identifier, and what its FHIR id is made of. It is told twice, it is the same.
 * @param human FHIR id
 */
export const conditionKey = (human: string, code: ConditionCode): string =>
  `${human}|${'code' in code ? code.code : `text:${plainWords(code.text)}`}`;

export const conditionCode = (code: ConditionCode): Resource['code'] =>
  'code' in code ? { coding: [code], text: code.display } : { text: code.text };

export const statusOf = (system: string, code: string) => ({ coding: [{ system, code }] });

/** What every Condition that is written here has. */
export const conditionParts = {
  category: [statusOf(CATEGORY, 'problem-list-item')],
  profile: [profileUrl('salus-condition')],
};

/**
 * The condition that a person has, with the FHIR id and the identifier that follow from both.
 * @param said only the person says so: nobody has confirmed it
 */
export function personCondition(human: Resource, code: ConditionCode, { said }: { said: boolean }): Resource {
  const { category, profile } = conditionParts;
  return {
    ...identified('Condition', conditionSystem, conditionKey(human.id!, code)),
    meta: { profile },
    ...defined({
      clinicalStatus: statusOf(CLINICAL, 'active'),
      verificationStatus: said ? statusOf(VERIFICATION, 'unconfirmed') : undefined,
      category,
      code: conditionCode(code),
      subject: referenceTo(human),
    }),
  };
}
