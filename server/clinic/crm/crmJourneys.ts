// Journeys: to a clinical trial (ResearchStudy, ResearchSubject, ServiceRequest), to expanded access (EpisodeOfCare,
// ServiceRequest). Each is of its own; a patient has any number.
import type { Resource } from '../../services.ts';
import { conditionReference, episodeStatus, subjectStatus, withEntries } from '../care/referralParts.ts';
import { requestParts, trialParts } from '../care/referralResources.ts';
import type { Entry } from '../care/referralStates.ts';
import { claiming, defined, extension, identified, type Reference, referenceTo } from '../fhirParts.ts';
import { type CrmRow, crmSystems } from './crmTables.ts';
import { trialState } from './crmTerms.ts';
import { referralKind } from './crmUnit.ts';

/** A study, which all who are referred to it share. */
export const study = (trialId: string): Resource => ({
  ...identified('ResearchStudy', crmSystems.trials, trialId),
  ...claiming('salus-trial'),
  ...{ title: trialId, status: 'active' },
});

const TRIAL = ['trial_id', 'eligible', 'ineligible_reason', 'ct_referral_date', 'ct_outcome'];

/** What a row of Patient tells of a clinical trial: nothing, or a referral and, where the trial is named, the subject in it. */
export function trialJourney(
  row: CrmRow,
  patient: Resource,
  physician: Reference | undefined,
  condition: Resource | undefined,
): Resource[] {
  const { table, key, cells } = row;
  if (table !== 'Patient' || TRIAL.every((column) => cells[column] === undefined)) return [];
  const { trial_id, eligible, ineligible_reason, ct_outcome } = cells;
  const journey = trial_id === undefined ? key : `${key}|${trial_id}`;
  const entries = trialEntries(row);
  const trial = trial_id !== undefined && study(trial_id);
  const subject = trial && {
    ...identified('ResearchSubject', crmSystems.trialReferrals, journey),
    ...claiming('salus-trial-subject'),
    ...subjectStatus(entries),
    study: referenceTo(trial),
    individual: referenceTo(patient),
  };
  const referral = {
    ...identified('ServiceRequest', crmSystems.trialReferrals, journey),
    ...claiming('salus-referral'),
    ...requestParts('ct'),
    ...defined({
      extension: [
        ...(eligible === undefined ? [] : [extension('salus-eligible', 'Boolean', eligible === 'true')]),
        ...(ineligible_reason === undefined
          ? []
          : [extension('salus-ineligible-reason', 'String', ineligible_reason)]),
        ...(ct_outcome === undefined ? [] : [extension('salus-referral-outcome', 'String', ct_outcome)]),
      ],
      subject: referenceTo(patient),
      requester: physician,
      reasonReference: condition && [conditionReference(condition)],
      ...(subject && trialParts(trial_id!, subject, trial)),
    }),
  };
  return [...(subject ? [subject] : []), withEntries(referral, 'ct', entries)];
}

/** States by the outcomes of ResearchSubject.status. */
const byOutcome: Readonly<Record<string, string>> = {
  ...{ screening: 'screening', 'on-study': 'enrolled', 'off-study': 'completed' },
  ...{ withdrawn: 'withdrawn', 'not-registered': 'declined' },
};

/** The states that a row tells of; when a patient came into the later ones, a CRM does not know. */
function trialEntries({ cells }: CrmRow): Entry[] {
  const { eligible, ineligible_reason, ct_referral_date, ct_outcome } = cells;
  const told = ct_outcome === undefined ? undefined : trialState(ct_outcome);
  const outcome = told === undefined ? undefined : byOutcome[told];
  const states: Entry[] = [{ status: 'referred', date: ct_referral_date }];
  if (eligible === 'true' && outcome !== 'screening') states.push({ status: 'eligible' });
  if (outcome !== undefined) states.push({ status: outcome });
  else if (eligible === 'false') states.push({ status: 'ineligible', reason: ineligible_reason });
  return states;
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
  const entries: Entry[] = [
    { status: 'requested' },
    ...(enrolled === undefined ? [] : [{ status: 'enrolled', date: enrolled }]),
  ];
  const request = withEntries(
    {
      ...identified('ServiceRequest', crmSystems.accessReferrals, key),
      ...claiming('salus-referral'),
      ...requestParts('eap'),
      ...defined({ orderDetail: product && [{ text: product }], subject: { reference: patient } }),
    },
    'eap',
    entries,
  );
  const episode = identified('EpisodeOfCare', crmSystems['EAP Dossier'], key);
  return [
    {
      ...{ ...episode, ...claiming('salus-access-episode') },
      identifier: [
        ...(episode.identifier as object[]),
        ...(number === undefined ? [] : [{ system: crmSystems.eapNumbers, value: number }]),
      ],
      ...episodeStatus(entries),
      type: [{ coding: [referralKind('eap')] }],
      patient: { reference: patient },
      referralRequest: [referenceTo(request)],
    },
    request,
  ];
}
