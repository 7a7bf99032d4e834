// Journeys: to a clinical trial (ResearchStudy, ResearchSubject, ServiceRequest), to expanded access (EpisodeOfCare,
// ServiceRequest). Each is of its own; a patient has any number.
import type { Resource } from '../../services.ts';
import { type CrmRow, crmSystems } from './crmTables.ts';
import { trialState } from './crmTerms.ts';
import { defined, extension, identified, type Reference, referenceTo, referralKind } from './crmUnit.ts';

/** A study, which all who are referred to it share. */
export const study = (trialId: string): Resource => ({
  ...identified('ResearchStudy', crmSystems.trials, trialId),
  ...{ title: trialId, status: 'active' },
});

const TRIAL = ['trial_id', 'eligible', 'ineligible_reason', 'ct_referral_date', 'ct_outcome'];

/** What a row of Patient tells of a clinical trial: nothing, or a referral and, where the trial is named, the subject in it. */
export function trialJourney(
  { table, key, cells }: CrmRow,
  patient: Resource,
  physician: Reference | undefined,
  condition: Resource | undefined,
): Resource[] {
  if (table !== 'Patient' || TRIAL.every((column) => cells[column] === undefined)) return [];
  const { trial_id, eligible, ineligible_reason, ct_referral_date, ct_outcome } = cells;
  const journey = trial_id === undefined ? key : `${key}|${trial_id}`;
  const subject = trial_id !== undefined && {
    ...identified('ResearchSubject', crmSystems.trialReferrals, journey),
    status: subjectStatus(eligible, ct_outcome),
    study: referenceTo(study(trial_id)),
    individual: referenceTo(patient),
  };
  const coding = referralKind('ct');
  const referral = {
    ...identified('ServiceRequest', crmSystems.trialReferrals, journey),
    ...defined({
      extension: [
        ...(eligible === undefined ? [] : [extension('salus-eligible', 'Boolean', eligible === 'true')]),
        ...(ineligible_reason === undefined
          ? []
          : [extension('salus-ineligible-reason', 'String', ineligible_reason)]),
        ...(ct_outcome === undefined ? [] : [extension('salus-referral-outcome', 'String', ct_outcome)]),
      ],
      status: ct_outcome !== undefined || eligible === 'false' ? 'completed' : 'active',
      intent: 'order',
      category: [{ coding: [coding] }],
      code: { coding: [coding], text: 'Referral to a clinical trial' },
      subject: referenceTo(patient),
      authoredOn: ct_referral_date,
      requester: physician,
      reasonReference: condition && [referenceTo(condition)],
      supportingInfo: subject ? [referenceTo(subject)] : undefined,
    }),
  };
  return [...(subject ? [subject] : []), referral];
}

function subjectStatus(eligible: string | undefined, outcome: string | undefined): string {
  const told = outcome === undefined ? undefined : trialState(outcome);
  if (told !== undefined) return told;
  if (eligible === undefined) return 'potential-candidate';
  return eligible === 'true' ? 'eligible' : 'ineligible';
}

export interface Access {
  /** the key of the dossier; of what only Patient tells, the patient's key and the date */
  key: string;
  number?: string | undefined;
  product?: string | undefined;
  enrolled?: string | undefined;
}

/** An expanded access: the episode first, then the request that it follows from. */
export function accessJourney({ key, number, product, enrolled }: Access, patient: string): Resource[] {
  const coding = referralKind('eap');
  const request = {
    ...identified('ServiceRequest', crmSystems.accessReferrals, key),
    ...defined({
      status: enrolled === undefined ? 'active' : 'completed',
      intent: 'order',
      category: [{ coding: [coding] }],
      code: { coding: [coding], text: 'Referral to expanded access' },
      orderDetail: product && [{ text: product }],
      subject: { reference: patient },
    }),
  };
  const episode = identified('EpisodeOfCare', crmSystems['EAP Dossier'], key);
  return [
    {
      ...episode,
      identifier: [
        ...(episode.identifier as object[]),
        ...(number === undefined ? [] : [{ system: crmSystems.eapNumbers, value: number }]),
      ],
      ...defined({
        status: enrolled === undefined ? 'planned' : 'active',
        type: [{ coding: [coding] }],
        patient: { reference: patient },
        referralRequest: [referenceTo(request)],
        period: enrolled && { start: enrolled },
      }),
    },
    request,
  ];
}
