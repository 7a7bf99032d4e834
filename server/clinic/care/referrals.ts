// Referrals of the plain JSON API, to clinical trials and to expanded access: ServiceRequests of our categories. What a referral can
// become is told by referralStates.ts.

import { crmSystems } from '../crm/crmTables.ts';
import { doctorSystem } from '../interactions/interactions.ts';
import { ofPatient } from '../patients/patientIds.ts';
import type { ClinicResource, SearchTerms } from '../things/clinicResource.ts';
import { exactly, token } from '../things/searchTerms.ts';
import { fhirIdIn } from '../things/thingIds.ts';
import { inStates } from './inStates.ts';
import { isReferralPart, referralJson } from './referralJson.ts';
import { kindToken, referralSystem, trialUri } from './referralParts.ts';
import { prepareReferral, prepareUndo } from './referralPrepare.ts';
import { type ReferralPlan, referralDeletes, referralWrites, undoneWrites } from './referralResources.ts';
import { referralSchema, referralShown, undoSchema } from './referralSchema.ts';
import { allStates, openStates } from './referralStates.ts';

const day = { type: 'string', format: 'date', examples: ['2026-01-31'] };

export const referrals: ClinicResource = {
  name: 'referrals',
  title: 'Referral',
  description:
    'Referrals of patients to clinical trials (ct) and to expanded access (eap), any number of each per patient. A referral goes from state to state, and keeps every one with its date; `next_states` tells which can follow. Each is a FHIR ServiceRequest; with a ResearchSubject in the ResearchStudy of its trial, or with an EpisodeOfCare. The patient has to be there first, and whatever physician and condition it names; a trial need not be.',
  schema: referralSchema,
  shown: referralShown,
  types: ['ServiceRequest'],
  system: referralSystem,
  scope: [
    ['category', `${kindToken('ct')},${kindToken('eap')}`],
    ['status:not', 'entered-in-error'],
  ],
  parts: [
    ['_include', 'ServiceRequest:subject'],
    ['_include', 'ServiceRequest:requester'],
    ['_revinclude', 'EpisodeOfCare:incoming-referral'],
    ['_revinclude:iterate', 'ResearchSubject:individual'],
    ['_include:iterate', 'ResearchSubject:study'],
  ],
  isPart: isReferralPart,
  filters: {
    kind: {
      description: 'To a clinical trial (ct) or to expanded access (eap).',
      schema: { type: 'string', enum: ['ct', 'eap'] },
      search: (value) => [['category', kindToken(value as 'ct' | 'eap')]],
    },
    status: {
      description:
        'The state that it is in; several separated by commas. What an EHR has told by a ResearchSubject or EpisodeOfCare alone is found once the referral is changed.',
      schema: {
        ...{ type: 'string', pattern: `^(?:${allStates.join('|')})(?:,(?:${allStates.join('|')}))*$` },
        examples: ['screening', 'approved,enrolled'],
      },
      search: (value) => inStates(value.split(',')),
    },
    open: {
      description: 'true: those that can go on; false: those that are over.',
      schema: { type: 'string', enum: ['true', 'false'] },
      search: (value) =>
        inStates(allStates.filter((name) => openStates.includes(name) === (value === 'true'))),
    },
    patient_id: {
      description: 'The id of the patient; Patient/[id] is a FHIR id.',
      schema: { type: 'string', examples: ['3'] },
      search: ofPatient,
    },
    physician_id: {
      description: 'The id of the physician who refers; Practitioner/[id] is a FHIR id.',
      schema: { type: 'string', examples: ['d-1'] },
      search: byPhysician,
    },
    trial_id: {
      description: 'The trial.',
      schema: { type: 'string', examples: ['NCT01234567'] },
      search: (value) => [['instantiates-uri', exactly(trialUri(value))]],
    },
    eap_number: {
      description: 'The number of the dossier.',
      schema: { type: 'string', examples: ['EAP-12'] },
      search: (value) => [
        ['_has:EpisodeOfCare:incoming-referral:identifier', token(crmSystems.eapNumbers, value)],
      ],
    },
    from: {
      description: 'Referred or requested on this day or later.',
      schema: day,
      search: (value) => [['authored', `ge${value}`]],
    },
    to: {
      description: 'Referred or requested on this day or earlier.',
      schema: day,
      search: (value) => [['authored', `le${value}`]],
    },
  },
  sorts: { date: 'authored' },
  toJson: referralJson,
  prepare: prepareReferral,
  toFhir: (input, id, known, context) => referralWrites(input, id, known, context as ReferralPlan),
  toDelete: referralDeletes,
  links: ({ patient_id, physician_id, condition_id }) =>
    Object.fromEntries(
      Object.entries({ patients: patient_id, physicians: physician_id, conditions: condition_id })
        .filter(([, id]) => id !== undefined)
        .map(([path, id]) => [path.slice(0, -1), `${path}/${encodeURIComponent(String(id))}`]),
    ),
  actions: {
    undo: {
      summary: 'Take back the state of a referral',
      description:
        'For a state that was entered by mistake: the referral is in the state before it again. Both stay in `states`, the one that was taken back with the reason.',
      schema: undoSchema,
      prepare: prepareUndo,
      toFhir: (_input, _id, known, context) => undoneWrites(known, context as ReferralPlan),
    },
  },
};

function byPhysician(id: string): SearchTerms {
  if (/^Practitioner\/[A-Za-z0-9\-.]{1,64}$/.test(id)) return [['requester', id]];
  const identified = token(doctorSystem, id);
  const fhirId = fhirIdIn(id);
  return fhirId === undefined
    ? [['requester:Practitioner.identifier', identified]]
    : [['_filter', `requester.identifier eq "${identified}" or requester eq "Practitioner/${fhirId}"`]];
}
