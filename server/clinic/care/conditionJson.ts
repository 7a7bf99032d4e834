// Condition → the plain form, and the plain form with what was looked up → Condition. What the plain form does not tell is kept.
import type { Resource } from '../../services.ts';
import { defined, type Reference } from '../fhirParts.ts';
import { type Identifier, toldPatientId } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { markedId } from '../things/thingIds.ts';
import {
  CLINICAL,
  type ConditionCode,
  conditionCode,
  conditionParts,
  conditionSystem,
  statusOf,
  VERIFICATION,
} from './conditionResource.ts';
import { shippedConditions, type TermIndex } from './conditionTerms.ts';

interface Code {
  coding?: { system?: string; code?: string; display?: string }[];
  text?: string;
}

/** What a condition is written with, once it has been looked up; without `code` and `subject` it has them already. */
export interface ConditionContext {
  /** FHIR id of a new one */
  fhirId?: string;
  code?: ConditionCode;
  subject?: Reference;
}

/** Identifiers that are longer are no ids. */
export const LONGEST_ID = 255;

const subjectOf = ({ subject }: Resource): Reference => (subject ?? {}) as Reference;

/** The code of a term that a Condition has, if any. */
export const termOf = ({ code }: Resource): string | undefined =>
  (code as Code | undefined)?.coding?.find(({ system }) => system === shippedConditions.url)?.code;

/** A status by its code, of the system where there is one of it. */
const statusCode = (main: Resource, element: string, system: string): string | undefined =>
  (main[element] as Code | undefined)?.coding?.find((coding) => coding.system === system)?.code;

export const statusesOf = (main: Resource) => ({
  status: statusCode(main, 'clinicalStatus', CLINICAL),
  verification: statusCode(main, 'verificationStatus', VERIFICATION),
});

/** The id in the plain form: the one that was given, not the one that follows from what it is, where there are both. */
export function conditionId(main: Resource): string {
  const values = ((main.identifier ?? []) as Identifier[]).flatMap(({ system, value }) =>
    system === conditionSystem && value !== undefined && value.length <= LONGEST_ID ? [value] : [],
  );
  const human = subjectOf(main).reference?.split('/').at(-1);
  return values.find((value) => !value.startsWith(`${human}|`)) ?? values[0] ?? markedId(main.id!);
}

/** @param terms as they are called now; without them, names are told as they were written */
export function conditionJson(
  main: Resource,
  parts: readonly Resource[],
  terms?: Pick<TermIndex, 'find'>,
): Json {
  const { coding = [], text } = (main.code ?? {}) as Code;
  const own = coding.find(({ system }) => system === shippedConditions.url);
  const shown = own ?? coding[0];
  const [note] = (main.note ?? []) as { text?: string }[];
  return {
    id: conditionId(main),
    ...defined({
      patient_id: toldPatientId(main.subject, parts),
      medical_condition: own?.code ?? text ?? shown?.display ?? shown?.code,
      name: nameNow(own?.code, terms) ?? shown?.display ?? text,
      code: shown?.code,
      code_system: shown?.system,
      ...statusesOf(main),
      onset_date: main.onsetDateTime,
      abatement_date: main.abatementDateTime,
      recorded_date: main.recordedDate,
      note: note?.text,
    }),
  };
}

/** How the term of a code is called now; undefined where it is none any more. */
function nameNow(code: string | undefined, terms: Pick<TermIndex, 'find'> | undefined): string | undefined {
  const term = code === undefined ? undefined : terms?.find(code);
  return term?.code === code ? term?.display : undefined;
}

/** The Condition as it is, but for what the plain form tells otherwise. */
export function conditionOf(
  input: Json,
  id: string,
  [main, ...parts]: readonly Resource[],
  { fhirId, code, subject }: ConditionContext,
): Resource {
  const told = main ? conditionJson(main, parts) : {};
  const isSame = (member: string) => main !== undefined && told[member] === input[member];
  const result: Resource = main
    ? { ...main }
    : {
        ...{ resourceType: 'Condition', id: fhirId!, meta: { profile: conditionParts.profile } },
        identifier: [{ system: conditionSystem, value: id }],
        category: conditionParts.category,
      };
  const set = (element: string, value: unknown) => {
    // What a primitive had beside it was said of another value.
    delete result[element];
    delete result[`_${element}`];
    if (value !== undefined) result[element] = value;
  };
  if (code) set('code', conditionCode(code));
  if (subject) set('subject', subject);
  if (!isSame('status')) set('clinicalStatus', statusOf(CLINICAL, String(input.status ?? 'active')));
  if (!isSame('verification')) {
    const { verification } = input;
    set('verificationStatus', verification && statusOf(VERIFICATION, String(verification)));
  }
  for (const choice of ['onset', 'abatement']) {
    if (isSame(`${choice}_date`)) continue;
    for (const element of choicesOf(result, choice)) set(element, undefined);
    set(`${choice}DateTime`, input[`${choice}_date`]);
  }
  if (!isSame('recorded_date')) {
    set('recordedDate', input.recorded_date ?? (main ? undefined : new Date().toISOString()));
  }
  if (!isSame('note')) {
    const [, ...others] = (main?.note ?? []) as unknown[];
    const notes = [...(input.note === undefined ? [] : [{ text: input.note }]), ...others];
    set('note', notes.length > 0 ? notes : undefined);
  }
  return result;
}

/** Elements `onset[x]` that a Condition has: `onsetAge`. */
export const choicesOf = (main: Resource, choice: string): string[] =>
  Object.keys(main).filter((element) => new RegExp(`^_?${choice}[A-Z]`).test(element));
