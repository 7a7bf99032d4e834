// The tables of a CRM export, as data: which columns each has and what a cell of them may be. What they become is told in
// docs/crm-model.md.

/** What a cell may be. Dates are YYYY-MM-DD, or a date and time; without a zone it is UTC. */
export type CellKind = 'key' | 'text' | 'email' | 'date' | 'boolean' | 'contact-type';

export interface CrmTable {
  /** as the CRM calls it; the file is named after it */
  name: TableName;
  columns: Readonly<Record<string, CellKind>>;
  /** the column whose value is the row's own */
  key: string;
  /** columns that have to be in the heading; cells of them may be empty, but for the key */
  needed: readonly string[];
}

export type TableName = 'Contact' | 'Patient' | 'EAP Dossier' | 'Medical Condition' | 'Hospital';

/** A row that can be used: its cells that are not empty, dates as FHIR dateTimes, booleans as `true` and `false`. */
export interface CrmRow {
  table: TableName;
  line: number;
  key: string;
  cells: Readonly<Record<string, string>>;
}

/** In the order in which they are written: what others refer to comes first. */
export const crmTables: readonly CrmTable[] = [
  {
    name: 'Medical Condition',
    columns: { id: 'key', name: 'text', abbreviation: 'text' },
    key: 'id',
    needed: ['id', 'name'],
  },
  {
    name: 'Hospital',
    columns: { id: 'key', name: 'text', city: 'text' },
    key: 'id',
    needed: ['id', 'name'],
  },
  {
    name: 'Contact',
    columns: {
      ...{ contactid: 'key', firstname: 'text', lastname: 'text', email: 'email' },
      ...{ contact_type: 'contact-type', medical_condition: 'text' },
      ...{ booking_date: 'date', reminder_date: 'date', no_show: 'boolean' },
      ...{ job_title: 'text', specialization: 'text', medical_license_number: 'key', hospital: 'key' },
    },
    key: 'contactid',
    needed: ['contactid', 'lastname', 'contact_type'],
  },
  {
    name: 'Patient',
    columns: {
      ...{ patientid: 'key', firstname: 'text', lastname: 'text', email: 'email' },
      ...{ first_contact_date: 'date', initial_consult_date: 'date', medical_condition: 'text' },
      ...{ trial_id: 'key', eligible: 'boolean', ineligible_reason: 'text', ct_referral_date: 'date' },
      ...{ eap_enrollment_date: 'date', contact_record: 'key', physician: 'key', ct_outcome: 'text' },
    },
    key: 'patientid',
    needed: ['patientid', 'lastname'],
  },
  {
    name: 'EAP Dossier',
    columns: {
      ...{ eap_dossier_id: 'key', eap_number: 'key', patient: 'key' },
      ...{ product: 'text', eap_enrollment_date: 'date' },
    },
    key: 'eap_dossier_id',
    needed: ['eap_dossier_id', 'patient'],
  },
];

/** Names are compared by their letters and digits: `EAP Dossier`, `eap_dossier`, `EAPDossier`. */
export const plainName = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

const SYSTEM = 'https://salus.example/fhir/sid/crm-';
/** Identifier systems of what comes from a CRM: the keys of its rows, and of what follows from them. */
export const crmSystems = {
  Contact: `${SYSTEM}contacts`,
  Patient: `${SYSTEM}patients`,
  'EAP Dossier': `${SYSTEM}eap-dossiers`,
  Hospital: 'https://salus.example/fhir/sid/hospitals',
  bookings: `${SYSTEM}bookings`,
  conditions: `${SYSTEM}conditions`,
  roles: `${SYSTEM}roles`,
  trials: `${SYSTEM}trials`,
  trialReferrals: `${SYSTEM}trial-referrals`,
  accessReferrals: `${SYSTEM}access-referrals`,
  eapNumbers: `${SYSTEM}eap-numbers`,
  licences: `${SYSTEM}medical-licences`,
} as const;
