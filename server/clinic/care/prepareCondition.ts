// What has to be known before a condition can be written: whose it is, which term it is, and whether the person has it already.
import { refuse } from '../../errors.ts';
import { findMatches, parseCriteria } from '../../fhir/criteria.ts';
import type { Resource, Services } from '../../services.ts';
import { readContents } from '../../store/resources.ts';
import { type Coding, type Reference, referenceTo } from '../fhirParts.ts';
import { stillStands } from '../people/currentRecord.ts';
import { findPerson } from '../people/personReference.ts';
import type { Json, Prepared, Wanted } from '../things/clinicResource.ts';
import { exactly, token } from '../things/searchTerms.ts';
import type { Seen } from '../things/seen.ts';
import { stableId } from '../things/stableId.ts';
import { type ConditionContext, choicesOf, conditionId, conditionJson, termOf } from './conditionJson.ts';
import { conditionKey, conditionSystem } from './conditionResource.ts';
import { readConditionTerms, shippedConditions } from './conditionTerms.ts';
import { termQuery } from './storeTerms.ts';

const ACTIVE = ['active', 'recurrence', 'relapse'];
/** Conditions of one kind that are looked at. */
const MOST_SEEN = 100;

/**
 * Looks up what a condition is written with.
 * @throws FhirError 409 where the person has it already; 422 for unknown persons and terms, and dates that cannot be
 */
export async function prepareCondition(services: Services, wanted: Wanted): Promise<Prepared> {
  const { op, input, at, known } = wanted;
  const [main, ...parts] = known;
  const told = main ? conditionJson(main, parts) : {};
  checkDates(input, main, told, at);
  const isSamePatient = main !== undefined && told.patient_id === input.patient_id;
  const person = isSamePatient ? undefined : await findPerson(services, { patient_id: input.patient_id }, at);
  const subject = person ? referenceTo(person.resource) : (main!.subject as Reference);
  const isSameTerm = main !== undefined && told.medical_condition === input.medical_condition;
  const term = isSameTerm ? undefined : await termNamed(services, String(input.medical_condition), at);
  const code = term?.code ?? termOf(main!);
  const seen: Seen[] = person ? stillStands(person.reference) : [];
  if (term) seen.push(await seenNow(services, 'CodeSystem', termQuery(term.code)));
  const isKnown = isSamePatient && (isSameTerm || code === termOf(main)) && isActive(told);
  if (code !== undefined && isActive({ status: 'active', ...input }) && !isKnown) {
    seen.push(await refuseDouble(services, subject.reference!, code, main, at));
  }
  const context: ConditionContext = {
    ...(person && { subject }),
    ...(term && (!main || term.code !== termOf(main)) && { code: term }),
  };
  if (op === 'create') {
    context.fhirId = await freeId(services, conditionKey(person!.resource.id!, term!));
    const own = `identifier=${encodeURIComponent(token(conditionSystem, wanted.id))}`;
    seen.push({ type: 'Condition', query: own, ids: [] });
  }
  return { context, seen };
}

const isActive = ({ status, verification }: Json): boolean =>
  ACTIVE.includes(String(status)) && verification !== 'refuted';

/** @throws FhirError 422 */
async function termNamed(services: Services, text: string, at: string): Promise<Coding> {
  const term = (await readConditionTerms(services)).find(text);
  if (term) return term;
  const advice =
    'GET /api/v1/medical-conditions lists those there are, POST /api/v1/medical-conditions adds one.';
  throw refuse(
    422,
    'code-invalid',
    `"medical_condition": there is no term "${text.slice(0, 80)}": ${advice}`,
    `${at}/medical_condition`,
  );
}

/** @throws FhirError 409 where somebody has an active condition of this code beside `main` */
async function refuseDouble(
  services: Services,
  subject: string,
  code: string,
  main: Resource | undefined,
  at: string,
): Promise<Seen> {
  const query = [
    `subject=${encodeURIComponent(exactly(subject))}`,
    `code=${encodeURIComponent(token(shippedConditions.url, code))}`,
    `clinical-status=${ACTIVE.join()}`,
    'verification-status:not=refuted,entered-in-error',
  ].join('&');
  const seen = await seenNow(services, 'Condition', query);
  const other = seen.ids.find((id) => id !== main?.id);
  if (other === undefined) return seen;
  const [found] = await readContents(services.db, 'Condition', [other]);
  const id = found ? conditionId(JSON.parse(found.content) as Resource)! : other;
  throw refuse(
    409,
    'duplicate',
    `"medical_condition": the patient has "${code}" already, as the condition "${id}": change it with PATCH /api/v1/conditions/${encodeURIComponent(id)}.`,
    `${at}/medical_condition`,
  );
}

/** What a search finds now. */
async function seenNow(services: Services, type: string, query: string): Promise<Seen> {
  const criteria = parseCriteria(services, type, query);
  const found = await findMatches(services, services.db, [criteria], MOST_SEEN);
  return { type, query, ids: found.get(criteria.text)!.map(({ id }) => id) };
}

/** A FHIR id that follows from whose condition it is and which: two who enter it at the same time choose the same. */
async function freeId(services: Services, key: string): Promise<string> {
  for (let n = 1; ; n++) {
    const id = stableId('Condition', conditionSystem, n === 1 ? key : `${key}|${n}`);
    if ((await readContents(services.db, 'Condition', [id])).length === 0) return id;
  }
}

/** Dates exist, and go with the status (con-4). @throws FhirError 422 */
function checkDates(input: Json, main: Resource | undefined, told: Json, at: string): void {
  const { status = 'active', onset_date, abatement_date } = input as Record<string, string>;
  const wrong = (member: string, message: string) =>
    refuse(422, 'invariant', `"${member}": ${message}`, `${at}/${member}`);
  for (const member of ['onset_date', 'abatement_date', 'recorded_date']) {
    if (input[member] === told[member]) continue;
    const text = input[member] as string | undefined;
    const [day] = text?.split('T') ?? [];
    if (day?.length === 10 && !(new Date(`${day}T00:00:00Z`).toISOString?.() ?? '').startsWith(day)) {
      throw wrong(member, `${day} is no day of the calendar.`);
    }
    if (member === 'onset_date' && text !== undefined && isToCome(text)) {
      throw wrong(
        member,
        `${text} is in the future: today is ${new Date().toISOString().slice(0, 10)} (UTC).`,
      );
    }
  }
  if (main && ['status', 'onset_date', 'abatement_date'].every((name) => input[name] === told[name])) return;
  const hasAbated = ['inactive', 'remission', 'resolved'].includes(status!);
  if (abatement_date !== undefined && !hasAbated) {
    const advice = 'leave it out, or set "status" to inactive, remission or resolved.';
    throw wrong('abatement_date', `a condition that is ${status} has not abated: ${advice}`);
  }
  const isKept = abatement_date === told.abatement_date;
  const [other] = isKept && main ? choicesOf(main, 'abatement') : [];
  if (other !== undefined && !hasAbated && status !== told.status) {
    const advice = 'take that away through the FHIR endpoint first.';
    throw wrong('status', `the condition has abated (${other}), so it cannot be ${status}: ${advice}`);
  }
  if (onset_date && abatement_date && isLater(onset_date, abatement_date))
    throw wrong('abatement_date', `it is before the onset (${onset_date}).`);
}

/** Where the client is, tomorrow may have begun. */
const AHEAD_MS = 14 * 3_600_000;
const isToCome = (text: string): boolean =>
  text.includes('T')
    ? Date.parse(text) > Date.now() + AHEAD_MS
    : text > new Date(Date.now() + AHEAD_MS).toISOString().slice(0, text.length);

/** Days, months and years are compared by what both say. */
const isLater = (a: string, b: string): boolean =>
  a.includes('T') && b.includes('T') ? Date.parse(a) > Date.parse(b) : a.slice(0, b.length) > b;
