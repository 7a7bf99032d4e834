// JSON Schemas of referrals: which members a referral to a trial has, which one to expanded access, and what only the server tells.

import { idSchema, namingSchema, TEXT } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { allStates, referralStates } from './referralStates.ts';

const text = { type: 'string', minLength: 1, maxLength: 2_000, pattern: TEXT };
const short = { ...text, maxLength: 200 };
const day = { type: 'string', format: 'date' };

const ct: Json = {
  trial_id: {
    ...{ ...short, maxLength: 100 },
    description:
      'Of a referral to a trial: the id of the trial. It is needed for a new one, and stays; another trial is another referral.',
    examples: ['NCT01234567'],
  },
  trial_title: {
    ...{ ...short, maxLength: 500 },
    description: 'What the trial is called, for all who are referred to it; it is given once.',
    examples: ['Gene therapy in ambulant boys'],
  },
  ineligible_reason: {
    ...text,
    description: 'Why the patient may not take part; needed for the status ineligible.',
    examples: ['Ejection fraction below 40 %'],
  },
  ct_referral_date: {
    ...day,
    description: 'The day on which the patient was referred: today where a new referral does not tell it.',
    examples: ['2026-01-31'],
  },
  ct_outcome: {
    ...text,
    description: 'What came of it; needed for the status completed.',
    examples: ['Completed week 48'],
  },
};

const eap: Json = {
  product: {
    ...short,
    description:
      'Of a referral to expanded access: what access is asked for. It is needed for a new one; a patient has one open referral to each product.',
    examples: ['Givinostat'],
  },
  eap_number: {
    ...short,
    description: 'The number of the dossier: no two open referrals have the same.',
    examples: ['EAP-12'],
  },
  eap_request_date: {
    ...day,
    description: 'The day on which access was asked for: today where a new referral does not tell it.',
    examples: ['2026-01-31'],
  },
  eap_enrollment_date: {
    ...day,
    description: 'The day on which the patient was enrolled; told with the status enrolled.',
    examples: ['2026-02-14'],
  },
  eap_outcome: {
    ...text,
    description: 'What came of it; needed for the status completed.',
    examples: ['Switched to the marketed product'],
  },
};

const without = (members: Json) => Object.fromEntries(Object.keys(members).map((name) => [name, false]));
const statuses = (kind: 'ct' | 'eap') => ({ status: { enum: Object.keys(referralStates[kind]) } });
const chain = (kind: 'ct' | 'eap') =>
  Object.entries(referralStates[kind])
    .filter(([, { next }]) => next.length > 0)
    .map(([name, { next }]) => `${name} → ${next.join(' | ')}`)
    .join('; ');

export const referralSchema: Json = {
  type: 'object',
  additionalProperties: false,
  required: ['kind', 'patient_id'],
  examples: [
    {
      kind: 'ct',
      patient_id: '3',
      physician_id: 'd-1',
      trial_id: 'NCT01234567',
      ct_referral_date: '2026-01-31',
    },
  ],
  properties: {
    id: {
      ...idSchema,
      description: 'Your own id; given by the server where it is left out.',
      examples: ['r-1'],
    },
    kind: {
      ...{ type: 'string', enum: ['ct', 'eap'] },
      description: 'To a clinical trial (ct) or to expanded access (eap).',
      examples: ['ct'],
    },
    patient_id: { ...namingSchema, description: 'The id of the patient.', examples: ['3'] },
    physician_id: { ...namingSchema, description: 'The id of the physician who refers.', examples: ['d-1'] },
    condition_id: {
      ...{ type: 'string', minLength: 1, maxLength: 255 },
      description: 'The id of the patient’s condition for which it is.',
    },
    status: {
      ...{ type: 'string', maxLength: 40 },
      description: `The state that it is in. A new one begins at the first; from there, of a trial: ${chain('ct')}. Of expanded access: ${chain('eap')}.`,
      examples: ['referred', 'requested'],
    },
    status_date: {
      ...{ ...day, writeOnly: true },
      description:
        'The day on which it came into the status that is sent: today (UTC) where another status is sent without it. Sent with the status that it has, it corrects that day. Told in `states`.',
      examples: ['2026-02-14'],
    },
    status_reason: {
      ...{ ...text, writeOnly: true },
      description:
        'Why it came into the status that is sent; needed for withdrawn, declined, refused, discontinued and cancelled. Told in `states`.',
      examples: ['Moved abroad'],
    },
    ...ct,
    ...eap,
  },
  allOf: [
    {
      if: { properties: { kind: { const: 'ct' } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { ...without(eap), ...statuses('ct') } },
    },
    {
      if: { properties: { kind: { const: 'eap' } }, required: ['kind'] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { ...without(ct), ...statuses('eap') } },
    },
  ],
};

const stateName = { type: 'string', enum: allStates };
const dateTime = { type: 'string', examples: ['2026-01-31'] };

export const referralShown: Readonly<Record<string, Json>> = {
  eligible: {
    type: 'boolean',
    description: 'Whether the patient may take part in the trial; as the status tells it.',
  },
  status_since: { ...dateTime, description: 'When it came into its status, where that is known.' },
  states: {
    type: 'array',
    description: 'Every state that it has been in, in their order; those that were taken back too.',
    items: {
      type: 'object',
      required: ['status'],
      properties: {
        status: stateName,
        date: { ...dateTime, description: 'When it came into it; of some that a CRM told it is not known.' },
        reason: { type: 'string', description: 'Why.' },
        undone: { type: 'string', description: 'When it was taken back.' },
        undone_reason: { type: 'string', description: 'Why it was taken back.' },
      },
    },
  },
  next_states: {
    type: 'array',
    description: 'The states that can follow; none where it is over.',
    items: stateName,
  },
};

export const undoSchema: Json = {
  type: 'object',
  additionalProperties: false,
  required: ['status', 'reason'],
  properties: {
    status: {
      ...stateName,
      description: 'The status to take back: the one that it has. Sent twice, only that one is taken back.',
      examples: ['ineligible'],
    },
    reason: { ...text, description: 'Why it is taken back.', examples: ['Entered for another patient'] },
  },
};
