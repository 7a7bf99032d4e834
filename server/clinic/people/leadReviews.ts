// Leads who may be known already, for somebody to decide. Each is a FHIR Task: the new Patient is what it is about, the Patients who
// may be the same person are its inputs, each with a score and why.
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { profileUrl } from '../fhirParts.ts';
import { namingSchema, patientSystem } from '../patients/patientIds.ts';
import type { ClinicResource, SearchTerms } from '../things/clinicResource.ts';
import { token } from '../things/searchTerms.ts';
import { fhirIdIn } from '../things/thingIds.ts';
import {
  type Candidate,
  candidateMembers,
  reviewConcept,
  reviewJson,
  reviewSystem,
} from './leadReviewJson.ts';
import { resolveReview } from './resolveReview.ts';

/**
 * The task to find out whether a new lead is one of the candidates, who stay apart until somebody has decided.
 * @param fresh the new Patient: `Patient/[id]`, or the fullUrl of it in the same transaction
 * @param at when it is written, as a FHIR instant
 */
export function reviewTask(
  { reference }: { reference: string },
  candidates: readonly Candidate[],
  at: string,
): Resource {
  return {
    resourceType: 'Task',
    meta: { profile: [profileUrl('salus-lead-review')] },
    ...candidateMembers(candidates),
    ...{ status: 'requested', intent: 'order', code: reviewConcept('possible-duplicate') },
    ...{ focus: { reference }, for: { reference }, authoredOn: at, lastModified: at },
  };
}

const text = (description: string, example: string) => ({
  ...{ type: 'string', description },
  examples: [example],
});
const person = {
  lead_id: text(
    'The id by which /leads and /contacts know the person.',
    '0198c6a0-6f0f-7c3e-8a35-0a2f5a1d9b10',
  ),
  patient_id: text('The id by which /patients knows the person.', '3'),
  name: text('The whole name.', 'Diana Laura Del Toro'),
  birth_date: text('Date of birth.', '1988-08-29'),
  email: text('E-mail address.', 'diana@ejemplo.com'),
  phone: text('Telephone number.', '+52 81 5555 0101'),
};
const candidate = {
  type: 'object',
  required: ['lead_id', 'patient_id', 'score', 'because'],
  properties: {
    ...person,
    score: {
      ...{ type: 'number', minimum: 0, maximum: 100, examples: [60] },
      description: 'How likely it is the same person: the higher the likelier.',
    },
    because: {
      ...{ type: 'array', items: { type: 'string' }, examples: [['The e-mail is the same.']] },
      description: 'What agrees.',
    },
  },
};
const states = {
  open: 'business-status:not',
  same: 'business-status',
  different: 'business-status',
} as const;
const decided = (state: string): string => token(reviewSystem, state);

export const leadReviews: ClinicResource = {
  name: 'lead-reviews',
  title: 'LeadReview',
  description:
    'New leads who may be known already, for somebody to decide whether they are. The server makes them; each is a FHIR Task.',
  schema: { type: 'object', additionalProperties: false, properties: {} },
  readOnly: true,
  shown: {
    state: {
      ...{ enum: Object.keys(states), examples: ['open'] },
      description: 'Whether somebody has decided, and what.',
    },
    ...person,
    candidates: {
      ...{ type: 'array', items: candidate },
      description: 'Who may be the same person, the likeliest first.',
    },
    created: { ...text('When the lead came in.', '2026-01-31T10:20:00.000Z'), format: 'date-time' },
    decided: { ...text('When it was decided.', '2026-01-31T11:00:00.000Z'), format: 'date-time' },
    decided_by: text('Who decided it.', 'Ana Pérez, records'),
    note: text('What whoever decided it has to say.', 'She called: it is her new address.'),
    merged_into: text('The id by which /patients knows the record that both have become.', '3'),
    differences: {
      ...{ type: 'array', items: { type: 'string' } },
      examples: [['The date of birth of the older record is 1988-08-29, that of the newer one 1988-08-28.']],
      description:
        'What the records contradicted each other in when they were merged: the older one’s is kept; and what is there twice since, with its ids: both are kept.',
    },
  },
  types: ['Task'],
  // None has such an identifier: a review is known by the id of its Task.
  system: 'https://salus.example/fhir/sid/lead-reviews',
  scope: [
    ['code', token(reviewSystem, 'possible-duplicate')],
    ['status:not', 'entered-in-error'],
  ],
  parts: [
    ['_include', 'Task:patient'],
    ['_include', 'Task:based-on'],
    ['_include:iterate', 'Patient:link'],
  ],
  isPart: ({ resourceType }) => resourceType === 'Patient',
  filters: {
    state: {
      description: 'Those that are open, or were decided so.',
      schema: { enum: Object.keys(states), examples: ['open'] },
      standard: 'open',
      search: (state) => [
        [
          states[state as keyof typeof states],
          state === 'open' ? `${decided('same')},${decided('different')}` : decided(state),
        ],
      ],
    },
    person: {
      description:
        'About this person, as the new lead or as one who may be the same: an id of /leads, /contacts or /patients.',
      schema: { ...namingSchema, examples: ['3'] },
      search: ofPerson,
    },
  },
  sorts: { created: 'authored-on', decided: 'modified' },
  toJson: reviewJson,
  toFhir: () => {
    throw new Error('Reviews are made with the leads that they are about');
  },
  // Whom the lead has become leads to the survivor by its own id; as a patient it may have had none but that of the record.
  links: ({ lead_id, patient_id, merged_into }) => ({
    lead: `leads/${encodeURIComponent(String(lead_id))}`,
    patient: `patients/${encodeURIComponent(String(merged_into ?? patient_id))}`,
  }),
  actions: { resolve: resolveReview },
};

/** Whom an id may mean: by an identifier, or a FHIR id. */
function ofPerson(id: string): SearchTerms {
  const quoted = (value: string): string => `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
  const identified = [crmSystems.Contact, patientSystem].map((system) => quoted(token(system, id)));
  const tests = ['patient', 'based-on:Patient'].flatMap((path) =>
    identified.map((value) => `${path}.identifier eq ${value}`),
  );
  const fhirId = fhirIdIn(id);
  const paths = fhirId === undefined ? [] : ['patient', 'based-on'];
  const named = paths.map((path) => `${path} eq "Patient/${fhirId}"`);
  return [['_filter', [...tests, ...named].join(' or ')]];
}
