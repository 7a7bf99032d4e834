// A made-up CRM export: the same seed gives the same files. What was made wrong on purpose is told, so that a test can
// hold the report of a migration against it. Also a command: node test/clinic/crm/generateCrm.ts FOLDER CONTACTS SEED
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

type Row = Record<string, string>;

export interface MadeCrm {
  tables: Record<string, Row[]>;
  /** how many there are of what was made on purpose */
  made: {
    leads: number;
    professionals: number;
    returning: number;
    conversions: number;
    renamed: number;
    lonePatients: number;
    sameNames: number;
    orphans: number;
    badRows: number;
    repeats: number;
    lostDossiers: number;
  };
}

const COLUMNS: Readonly<Record<string, string[]>> = {
  Contact:
    'contactid firstname lastname email contact_type medical_condition booking_date reminder_date no_show job_title specialization medical_license_number hospital'.split(
      ' ',
    ),
  Patient:
    'patientid firstname lastname email first_contact_date initial_consult_date medical_condition trial_id eligible ineligible_reason ct_referral_date eap_enrollment_date contact_record physician ct_outcome'.split(
      ' ',
    ),
  'EAP Dossier': 'eap_dossier_id eap_number patient product eap_enrollment_date'.split(' '),
  'Medical Condition': 'id name abbreviation'.split(' '),
  Hospital: 'id name city'.split(' '),
};

const OPTIONS = [
  'Duchenne Muscular Dystrophy',
  'Glioblastoma',
  'Idiopathic Pulmonary Fibrosis',
  'Idiopatic Pulmonary Fibrosis',
];

/** mulberry32: numbers from 0 to below 1 */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Makes an export with this many rows of Contact. */
export function makeCrm(contacts: number, seed = 1): MadeCrm {
  const random = randomFrom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const day = (from: number, to: number) =>
    new Date(Date.UTC(from, 0, 1) + Math.floor(random() * (to - from) * 365.25) * 86_400_000)
      .toISOString()
      .slice(0, 10);
  const made = {
    ...{ leads: 0, professionals: 0, returning: 0, conversions: 0, renamed: 0, lonePatients: 0 },
    ...{ sameNames: 0, orphans: 0, badRows: 0, repeats: 0, lostDossiers: 0 },
  };
  const hospitals = Array.from({ length: 12 }, (_, i) => ({
    ...{ id: `h${i + 1}`, name: `Hospital ${i + 1}`, city: pick(['Monterrey', 'Bonn', 'Łódź']) },
  }));
  const conditions = [
    ...OPTIONS.slice(0, 3).map((name, i) => ({ id: `${i + 1}`, name, abbreviation: '' })),
    { id: '4', name: 'Pompe Disease', abbreviation: 'PD' },
    { id: '5', name: 'Amyotrophic Lateral Sclerosis', abbreviation: 'ALS' },
  ];
  const contactRows: Row[] = [];
  const patientRows: Row[] = [];
  const dossiers: Row[] = [];
  const doctors: string[] = [];
  const person = (i: number) => ({
    firstname: pick(['Ana', 'José', 'Mei Lin', 'Olaf', 'Zoë']),
    // A number keeps people apart, whose names would else be the same by chance.
    lastname: `${pick(['Del Toro', 'Ramírez', 'Ng', "O'Hara", 'Müller, MD'])} ${i}`,
    email: `person${i}@ejemplo.com`,
  });
  const professionals = Math.max(2, Math.floor(contacts / 20));
  for (let i = 1; i <= professionals; i++) {
    contactRows.push({
      ...{ contactid: `d${i}`, ...person(1_000_000 + i) },
      ...{ contact_type: i % 5 === 0 ? 'pharmacist' : 'physician', job_title: 'Consultant' },
      ...{ specialization: pick(['Neurology', 'Pulmonology']), medical_license_number: `ML-${i}` },
      hospital: pick(hospitals).id,
    });
    if (i % 5 !== 0) doctors.push(`d${i}`);
    made.professionals++;
  }
  let last: Row | undefined;
  for (let i = 1; contactRows.length < contacts; i++) {
    const booked = day(2023, 2025);
    const row: Row = {
      ...{ contactid: `c${i}`, ...person(i), contact_type: pick(['patient - lead', 'Patient - Lead']) },
      ...{ medical_condition: pick(OPTIONS), booking_date: random() < 0.5 ? booked : `${booked} 10:30` },
      ...{ reminder_date: booked, no_show: pick(['Yes', 'No', '']) },
    };
    const dice = random();
    if (last && dice < 0.08) {
      // A returning lead: a copy in the CRM, another call.
      const { firstname, lastname, email, medical_condition } = last;
      Object.assign(row, { firstname, lastname, email: email!.toUpperCase(), medical_condition });
      row.booking_date = `2025-12-${String(1 + (i % 28)).padStart(2, '0')} 09:00`;
      contactRows.push(row);
      made.returning++;
      last = undefined;
      continue;
    }
    if (last && dice < 0.1) {
      Object.assign(row, { firstname: last.firstname, lastname: last.lastname });
      contactRows.push(row);
      made.sameNames++;
      made.leads++;
      last = undefined;
      continue;
    }
    if (dice < 0.11) {
      contactRows.push({ ...row, booking_date: '31/12/2024' });
      made.badRows++;
      continue;
    }
    contactRows.push(row);
    made.leads++;
    last = row;
    if (dice > 0.98 && contactRows.length < contacts) {
      contactRows.push({ ...row });
      made.repeats++;
    }
    if (random() < 0.3) {
      patientRows.push(patientOf(row, `p${i}`));
      made.conversions++;
      last = undefined;
    }
  }
  for (let i = 1; i <= Math.ceil(contacts / 100); i++) {
    patientRows.push({
      ...patientOf({ ...person(2_000_000 + i), medical_condition: OPTIONS[0]! }, `q${i}`),
      contact_record: `gone${i}`,
    });
    made.lonePatients++;
    made.orphans++;
    dossiers.push({ eap_dossier_id: `lost${i}`, eap_number: `L-${i}`, patient: `gone${i}` });
    made.lostDossiers++;
    made.orphans++;
  }

  function patientOf(lead: Row, patientid: string): Row {
    const { firstname, lastname, email } = lead;
    const row: Row = {
      ...{ patientid, firstname: firstname!, lastname: lastname!, email: email! },
      ...{ first_contact_date: day(2022, 2023), initial_consult_date: '2026-01-15' },
      ...{ medical_condition: pick(conditions).id, physician: pick(doctors) },
      contact_record: lead.contactid ?? '',
    };
    if (lead.contactid && random() < 0.1) {
      row.lastname = `${lastname}-Married`;
      made.renamed++;
    }
    if (random() < 0.05) {
      row.physician = 'nobody';
      made.orphans++;
    }
    if (random() < 0.5) {
      const eligible = random() < 0.6;
      Object.assign(row, {
        ...{ trial_id: pick(['NCT-1', 'NCT-2', 'NCT-3']), eligible: eligible ? 'Yes' : 'No' },
        ...{
          ct_referral_date: day(2024, 2025),
          ct_outcome: eligible ? pick(['Enrolled', 'Declined', '']) : '',
        },
        ineligible_reason: eligible ? '' : 'Too old, or "too young"',
      });
    }
    if (random() < 0.4) {
      const date = day(2024, 2025);
      row.eap_enrollment_date = date;
      const number = dossiers.length + 1;
      dossiers.push({
        ...{ eap_dossier_id: `e${number}`, eap_number: `EAP-${number}`, patient: patientid },
        ...{ product: pick(['Drug A', 'Drug B']), eap_enrollment_date: date },
      });
    }
    return row;
  }

  const tables = {
    ...{ Contact: contactRows, Patient: patientRows, 'EAP Dossier': dossiers },
    ...{ 'Medical Condition': conditions, Hospital: hospitals },
  };
  return { tables, made };
}

const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** The tables as files of CSV: their names and texts. */
export function crmFiles(tables: MadeCrm['tables']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => {
      const columns = COLUMNS[name]!;
      const lines = rows.map((row) => columns.map((column) => cell(row[column] ?? '')).join(','));
      return [`${name}.csv`, `${[columns.join(', '), ...lines].join('\n')}\n`];
    }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [folder = 'crm', contacts = '10000', seed = '1'] = process.argv.slice(2);
  const { tables, made } = makeCrm(Number(contacts), Number(seed));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(crmFiles(tables))) writeFileSync(join(folder, name), text);
  console.log(made);
}
