// What has to be known before a referral is written: who and what is meant, which states it comes into, and that the patient has no
// other open referral to the same trial, not even one that is being written at the same moment.
import { refuse } from '../../errors.ts';
import type { Resource, Services } from '../../services.ts';
import type { Reference } from '../fhirParts.ts';
import { stillStands } from '../people/currentRecord.ts';
import { findPerson, findPhysician } from '../people/personReference.ts';
import type { Json, Prepared, Wanted } from '../things/clinicResource.ts';
import type { Seen } from '../things/seen.ts';
import { movedEntries } from './referralEntries.ts';
import { referralJson, referralParts } from './referralJson.ts';
import { findCondition, findTrial, openReferrals } from './referralLookups.ts';
import { entriesOf, kindOf } from './referralParts.ts';
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
  const moved = movedEntries(kind, main && entriesOf(main), input, told, Date.now(), at);
  const plan: ReferralPlan = { kind, patient, ...moved };
  const seen: Seen[] = main ? [] : stillStands(patient);
  if (isNewly('physician_id', input, told)) {
    plan.physician = (await findPhysician(services, input.physician_id, at)).reference;
  }
  if (isNewly('condition_id', input, told)) {
    plan.condition = await findCondition(services, String(input.condition_id), patient, at);
  }
  const trialId = (input.trial_id ?? told?.trial_id) as string | undefined;
  if (kind === 'ct' && trialId !== undefined) {
    const { study } = main ? referralParts(known) : {};
    const isNew = told?.trial_id === undefined;
    const others = isNew ? await openReferrals(services, patient, trialId, main?.id) : undefined;
    if (others && nextStates(kind, currentEntry(moved.entries).status).length > 0) {
      refuseSecond(others.open, trialId, at);
      seen.push(others.seen);
    }
    plan.trial = {
      id: trialId,
      ...(await findTrial(services, trialId, isNew ? undefined : study, input.trial_title, at)),
    };
  }
  return { context: plan, seen };
}

/** Prepares that the state a referral is in is taken back. @throws FhirError 409 */
export async function prepareUndo(services: Services, { input, known, at }: Wanted): Promise<Prepared> {
  const [main] = known;
  const kind = kindOf(main!);
  const { status, reason } = input as { status: string; reason: string };
  const entries = takenBack(entriesOf(main!), { status, reason }, Date.now(), at);
  const patient = referenceOf(main!.subject);
  const plan: ReferralPlan = { kind, entries, isMoved: true, patient };
  const trialId = referralJson(main!, []).trial_id as string | undefined;
  const isOpen = nextStates(kind, currentEntry(entries).status).length > 0;
  if (kind === 'eap' || trialId === undefined || !isOpen) return { context: plan };
  const { open, seen } = await openReferrals(services, patient, trialId, main!.id);
  refuseSecond(open, trialId, at, 'status');
  return { context: plan, seen: [seen] };
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

function refuseSecond(
  open: readonly { id: string; status: string }[],
  trialId: string,
  at: string,
  member = 'trial_id',
): void {
  const [first] = open;
  if (!first) return;
  const message = `The patient has an open referral to the trial "${trialId}" already: "${first.id}", which is "${first.status}". Change that one: /api/v1/referrals/${encodeURIComponent(first.id)}.`;
  throw refuse(409, 'duplicate', message, `${at}/${member}`);
}
