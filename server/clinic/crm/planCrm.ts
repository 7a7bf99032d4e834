// The tables of a CRM → everything that is to be written, in the order of writing, and everything that a data owner has to know of.
// Nothing is read or written here.
import type { Resource } from '../../services.ts';
import { claiming, defined, identified } from '../fhirParts.ts';
import type { CrmExport, RefusedRow } from './crmCsv.ts';
import { type Doubt, groupHumans, type Human } from './crmHumans.ts';
import { accessJourney, study } from './crmJourneys.ts';
import { humanId, patientUnit, practitionerUnit } from './crmPeople.ts';
import { type CrmRow, crmSystems } from './crmTables.ts';
import type { ConditionTerms } from './crmTerms.ts';
import type { CrmContext, CrmUnit } from './crmUnit.ts';

export interface People {
  patients: Human[];
  practitioners: Human[];
  doubts: Doubt[];
}

export interface CrmPlan extends Pick<CrmContext, 'conflicts' | 'orphans' | 'leftOver'> {
  units: CrmUnit[];
  /** rows of dossiers whose patient does not exist: without one there is nobody whose dossier it could be */
  refused: RefusedRow[];
  /** `Type/[id]` of whom a row of people is about */
  personOf(row: CrmRow): string | undefined;
}

/** Who there is in a CRM, each once. */
export function peopleOf({ rows }: CrmExport): People {
  const isLead = ({ cells }: CrmRow) => cells.contact_type === 'lead';
  const patients = groupHumans([...rows.Contact.filter(isLead), ...rows.Patient]);
  const practitioners = groupHumans(rows.Contact.filter((row) => !isLead(row)));
  return {
    patients: patients.humans,
    practitioners: practitioners.humans,
    doubts: [...patients.doubts, ...practitioners.doubts],
  };
}

/** Plans the migration. `idOf` is the FHIR id that a human is stored under, if so. */
export function planCrm(
  { rows }: CrmExport,
  { patients, practitioners }: People,
  terms: ConditionTerms,
  idOf: (human: Human) => string | undefined,
  now: number,
): CrmPlan {
  const references = { Contact: new Map<string, string>(), Lead: new Map<string, string>() };
  const byPatient = new Map<string, string>();
  const ids = new Map<Human, string>();
  const name = (human: Human, kind: 'Patient' | 'Practitioner') => {
    const id = idOf(human) ?? humanId(kind, human);
    ids.set(human, id);
    const contacts = kind === 'Patient' ? references.Lead : references.Contact;
    for (const { table, key } of human.rows) {
      (table === 'Patient' ? byPatient : contacts).set(key, `${kind}/${id}`);
    }
  };
  for (const human of practitioners) name(human, 'Practitioner');
  for (const human of patients) name(human, 'Patient');
  const hospitals = new Map(rows.Hospital.map((row) => [row.key, hospitalUnit(row)]));
  const context: CrmContext = {
    ...{ terms, now, conflicts: [], orphans: [], leftOver: [] },
    contact: (key) => references.Contact.get(key),
    patientOfContact: (key) => references.Lead.get(key),
    patient: (key) => byPatient.get(key),
    hospital: (key) => {
      const unit = hospitals.get(key);
      return unit && `Organization/${unit.main.id}`;
    },
  };
  const trials = [...new Set(rows.Patient.flatMap(({ cells }) => cells.trial_id ?? []))];
  const units = [
    ...hospitals.values(),
    ...trials.map((id) => alone(study(id))),
    ...practitioners.map((human) => practitionerUnit(human, ids.get(human)!, context)),
    ...patients.map((human) => patientUnit(human, ids.get(human)!, context)),
  ];
  const dossiers = dossierUnits(rows['EAP Dossier'], rows.Patient, context);
  const { conflicts, orphans, leftOver } = context;
  for (const row of rows['Medical Condition']) {
    const { code, display } = terms.ofRow(row);
    if (row.cells.abbreviation === undefined || terms.hasAbbreviation(row)) continue;
    leftOver.push({ row, column: 'abbreviation', detail: `${display} has the code ${code}.` });
  }
  return {
    units: [...units, ...dossiers.units],
    ...{ conflicts, orphans, leftOver, refused: dossiers.refused },
    personOf: ({ table, key }) =>
      table === 'Patient' ? byPatient.get(key) : (references.Lead.get(key) ?? references.Contact.get(key)),
  };
}

const alone = (main: Resource, rows: CrmRow[] = []): CrmUnit => ({
  ...{ rows, main, earlier: [], resources: [main] },
});

function hospitalUnit(row: CrmRow): CrmUnit {
  const { name, city } = row.cells;
  const type = {
    system: 'http://terminology.hl7.org/CodeSystem/organization-type',
    ...{ code: 'prov', display: 'Healthcare Provider' },
  };
  const main = {
    ...identified('Organization', crmSystems.Hospital, row.key),
    ...claiming('salus-hospital'),
    ...defined({ active: true, type: [{ coding: [type] }], name, address: city && [{ city }] }),
  };
  return alone(main, [row]);
}

function dossierUnits(
  dossiers: readonly CrmRow[],
  patients: readonly CrmRow[],
  context: CrmContext,
): { units: CrmUnit[]; refused: RefusedRow[] } {
  const refused: RefusedRow[] = [];
  const byPatient = new Map<string, CrmRow[]>();
  for (const row of dossiers) {
    const patient = row.cells.patient!;
    if (context.patient(patient) !== undefined) {
      byPatient.set(patient, [...(byPatient.get(patient) ?? []), row]);
      continue;
    }
    const detail = `There is no patient "${patient}" whose dossier it could be.`;
    context.orphans.push({ row, column: 'patient', detail });
    const { table, line, key } = row;
    refused.push({ table, line, key, problems: [{ column: 'patient', detail }] });
  }
  const units = patients.flatMap((patient): CrmUnit[] => {
    const reference = context.patient(patient.key)!;
    const own = byPatient.get(patient.key) ?? [];
    const { eap_enrollment_date: told } = patient.cells;
    const sameDate = own.find(({ cells }) => cells.eap_enrollment_date === told);
    // A dossier without a date is the one that the patient's date is of.
    const dated = sameDate ?? own.find(({ cells }) => cells.eap_enrollment_date === undefined);
    const made = own.map((row): CrmUnit => {
      const { eap_number: number, product, eap_enrollment_date } = row.cells;
      const enrolled = eap_enrollment_date ?? (row === dated ? told : undefined);
      const resources = accessJourney({ key: row.key, number, product, enrolled }, reference);
      return { rows: [row], main: resources[0]!, earlier: [], resources };
    });
    if (told === undefined || dated) return made;
    const resources = accessJourney({ key: `patient ${patient.key}|${told}`, enrolled: told }, reference);
    const [other] = own;
    if (other) {
      const older = other.cells.eap_enrollment_date!;
      const field = 'eap_enrollment_date (both kept, as two journeys)';
      const resource = `EpisodeOfCare/${resources[0]!.id}`;
      context.conflicts.push({ resource, field, kept: told, keptFrom: patient, older, olderFrom: other });
    }
    return [...made, { rows: [], main: resources[0]!, earlier: [], resources }];
  });
  return { units, refused };
}
