// What has to be known before a referral is written: who and what is meant, which states it comes into, and that the patient has no
// other open referral to the same trial or product, not even one that is being written at the same moment.
import { refuse } from '../../errors.ts';
import type { Resource, Services } from '../../services.ts';
import type { Reference } from '../fhirParts.ts';
import { stillStands } from '../people/currentRecord.ts';
import { findPerson, findPhysician } from '../people/personReference.ts';
import type { Json, Prepared, Wanted } from '../things/clinicResource.ts';
import type { Seen } from '../things/seen.ts';
import { movedEntries } from './referralEntries.ts';
import { entriesIn, type ReferralParts, referralJson, referralParts } from './referralJson.ts';
import { type Aim, findCondition, findTrial, openDossiers, openReferrals } from './referralLookups.ts';
import { kindOf } from './referralParts.ts';
import type { ReferralPlan } from './referralResources.ts';
import { currentEntry, nextStates, type ReferralKind, takenBack } from './referralStates.ts';

const STATES = 'https://salus.example/fhir/CodeSystem/person-states';

/** @throws FhirError 409, 422 where it cannot be written so */
export async function prepareReferral(services: Services, wanted: Wanted): Promise<Prepared> {
  const { input, known, at } = wanted;
  const [main, ...parts] = known;
  const told = main && referralJson(main, parts);
  const kind = input.kind as ReferralKind;
  if (told) refuseFixed(wanted, told);
  if (!told && kind === 'ct' && input.trial_id === undefined) {
    throw refuse(422, 'required', '"trial_id" is missing: which trial is it to?', `${at}/trial_id`);
  }
  const patient = main ? referenceOf(main.subject) : await patientOf(services, input, at);
  if (!told && kind === 'eap' && input.product === undefined) {
    throw refuse(422, 'required', '"product" is missing: access to what is asked for?', `${at}/product`);
  }
  const now = main && referralParts(known);
  const former = now && entriesIn(now);
  const moved = movedEntries(kind, former, input, told, Date.now(), at);
  if (now && moved.isMoved) refuseErroneous(now);
  const plan: ReferralPlan = { kind, patient, ...moved, ...(former && { former }) };
  const seen: Seen[] = main ? [] : stillStands(patient);
  if (isNewly('physician_id', input, told)) {
    plan.physician = (await findPhysician(services, input.physician_id, at)).reference;
  }
  if (isNewly('condition_id', input, told)) {
    plan.condition = await findCondition(services, String(input.condition_id), patient, at);
  }
  const trialId = (input.trial_id ?? told?.trial_id) as string | undefined;
  if (kind === 'ct' && trialId !== undefined) {
    const isNew = told?.trial_id === undefined;
    plan.trial = {
      id: trialId,
      ...(await findTrial(services, trialId, isNew ? undefined : now?.study, input.trial_title, at)),
    };
  }
  if (isOpen(plan)) {
    for (const member of ['trial_id', 'product', 'eap_number']) {
      if (!isNewly(member, input, told)) continue;
      seen.push(await refuseSecond(services, plan, member, String(input[member]), main, at));
    }
  }
  return { context: plan, seen };
}

/** Whether it can go on. */
const isOpen = ({ kind, entries }: ReferralPlan): boolean =>
  nextStates(kind, currentEntry(entries).status).length > 0;

/** @throws FhirError 409 where an EHR has taken back the episode, and the referral would go on */
function refuseErroneous({ episode }: ReferralParts): void {
  if (episode?.status !== 'entered-in-error') return;
  const message = `EpisodeOfCare/${episode.id} was marked as entered in error by another system: put it right through the FHIR endpoint first, or delete the referral.`;
  throw refuse(409, 'conflict', message);
}

/** Prepares that the state a referral is in is taken back. @throws FhirError 409 */
export async function prepareUndo(services: Services, { input, known, at }: Wanted): Promise<Prepared> {
  const [main] = known;
  const kind = kindOf(main!);
  const { status, reason } = input as { status: string; reason: string };
  const parts = referralParts(known);
  const former = entriesIn(parts);
  const entries = takenBack(former, { status, reason }, Date.now(), at);
  refuseErroneous(parts);
  const patient = referenceOf(main!.subject);
  const plan: ReferralPlan = { kind, entries, former, isMoved: true, patient };
  const seen: Seen[] = [];
  if (!isOpen(plan)) return { context: plan };
  const told = referralJson(main!, known.slice(1));
  for (const member of ['trial_id', 'product', 'eap_number']) {
    if (told[member] === undefined) continue;
    seen.push(await refuseSecond(services, plan, member, String(told[member]), main, at, 'status'));
  }
  return { context: plan, seen };
}

const referenceOf = (reference: unknown): string => (reference as Reference | undefined)?.reference ?? '';

const isNewly = (name: string, input: Json, told: Json | undefined): boolean =>
  input[name] !== undefined && input[name] !== told?.[name];

/** What a referral is about stays: another patient, kind or trial is another referral. */
function refuseFixed({ input, op, at }: Wanted, told: Json): void {
  for (const name of ['kind', 'patient_id', 'trial_id']) {
    if (told[name] === undefined || input[name] === undefined || input[name] === told[name]) continue;
    const message = `"${name}" is "${told[name]}" and cannot be changed: take the referral to "cancelled", and make another one.`;
    throw refuse(422, 'value', message, `${at}/${name}`);
  }
  const lasting = [
    ...['status', 'trial_id', 'trial_title', 'ct_referral_date', 'eap_request_date'],
    'eap_enrollment_date',
  ];
  for (const name of lasting) {
    if (op !== 'change' || told[name] === undefined || input[name] !== undefined) continue;
    throw refuse(422, 'value', `"${name}" can be changed, but not be taken away.`, `${at}/${name}`);
  }
}

/** The patient who is referred: somebody who was taken on as such. */
async function patientOf(services: Services, input: Json, at: string): Promise<string> {
  const { reference, resource } = await findPerson(services, { patient_id: input.patient_id }, at);
  if (isLead(resource)) {
    const message = `"${String(input.patient_id).slice(0, 80)}" is a lead: take them on as a patient first, with POST /api/v1/leads/{id}:convert.`;
    throw refuse(409, 'business-rule', message, `${at}/patient_id`);
  }
  return reference;
}

const isLead = ({ meta }: Resource): boolean => {
  const tags = (meta as { tag?: { system?: string; code?: string }[] } | undefined)?.tag ?? [];
  const states = tags.filter(({ system }) => system === STATES).map(({ code }) => code);
  return states.includes('lead') && !states.includes('patient');
};

/**
 * @param member what it is to, or its number
 * @param pointed member that a refusal points to
 * @throws FhirError 409 where another open referral has the same
 */
async function refuseSecond(
  services: Services,
  { kind, patient }: ReferralPlan,
  member: string,
  value: string,
  main: Resource | undefined,
  at: string,
  pointed = member,
): Promise<Seen> {
  const isNumber = member === 'eap_number';
  const aim: Aim = kind === 'ct' ? { kind, patient, trialId: value } : { kind, patient, product: value };
  const { open, seen } = await (isNumber
    ? openDossiers(services, value, main?.id)
    : openReferrals(services, aim, main?.id));
  const [first] = open;
  if (!first) return seen;
  const what = isNumber
    ? `There is an open referral with the number "${value}" already`
    : `The patient has an open referral to ${kind === 'ct' ? 'the trial ' : ''}"${value}" already`;
  const where = first.id.startsWith('EpisodeOfCare/')
    ? ''
    : ` /api/v1/referrals/${encodeURIComponent(first.id)}.`;
  const message = `${what}: "${first.id}", which is "${first.status}". Change that one${where === '' ? '.' : `:${where}`}`;
  throw refuse(409, 'duplicate', message, `${at}/${pointed}`);
}
