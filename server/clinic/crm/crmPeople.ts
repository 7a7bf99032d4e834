// Humans of a CRM → Patient or Practitioner, as they became row by row: the last state is the current version, those before it are
// earlier versions. What is kept where: docs/crm-model.md.
import type { Resource } from '../../services.ts';
import {
  claiming,
  defined,
  extension,
  identified,
  profileUrl,
  type Reference,
  referenceTo,
} from '../fhirParts.ts';
import { plainWords } from '../plainWords.ts';
import { stableId } from '../things/stableId.ts';
import { crmCalls, crmConditions } from './crmCare.ts';
import type { Human } from './crmHumans.ts';
import { trialJourney } from './crmJourneys.ts';
import { type CrmRow, crmSystems } from './crmTables.ts';
import { contactType } from './crmTerms.ts';
import { type CrmContext, type CrmUnit, looked, personState } from './crmUnit.ts';

type Kind = 'Patient' | 'Practitioner';

/** The FHIR id of a human who has none yet. */
export const humanId = (kind: Kind, { primary }: Human): string =>
  stableId(kind, crmSystems[primary.table as 'Contact' | 'Patient'], primary.key);

/** A lead or patient with conditions, calls and clinical trials. */
export function patientUnit(human: Human, id: string, context: CrmContext): CrmUnit {
  const physicians = new Map<CrmRow, Reference | undefined>();
  const hospitals = new Map<CrmRow, Reference | undefined>();
  for (const row of human.rows) {
    const { table } = row;
    if (table === 'Patient') {
      physicians.set(row, looked(row, 'physician', crmSystems.Contact, context.contact, context));
      const { contact_record } = row.cells;
      if (contact_record !== undefined && context.patientOfContact(contact_record) === undefined) {
        const detail = `There is no lead "${contact_record}": the patient stands alone.`;
        context.orphans.push({ row, column: 'contact_record', detail });
      }
    } else {
      hospitals.set(row, looked(row, 'hospital', crmSystems.Hospital, context.hospital, context));
      leaveOver(row, ['job_title', 'specialization', 'medical_license_number'], 'A lead has none.', context);
    }
  }
  const states = human.rows.map((_, i): Resource => {
    const rows = human.rows.slice(0, i + 1);
    const isPatient = rows.some(({ table }) => table === 'Patient');
    const last = <T>(of: ReadonlyMap<CrmRow, T>) => rows.flatMap((row) => of.get(row) ?? []).at(-1);
    const contacted = latest(rows, 'first_contact_date');
    return {
      ...{ resourceType: 'Patient', id },
      meta: {
        profile: [profileUrl('salus-patient')],
        tag: [personState(isPatient ? 'patient' : 'lead')],
      },
      ...defined({
        extension: contacted && [extension('salus-first-contact', 'DateTime', contacted)],
        identifier: rows.flatMap(identifiersOf),
        ...nameAndEmail(rows),
        generalPractitioner: [last(physicians), last(hospitals)].filter((each) => each !== undefined),
      }),
    };
  });
  const main = states.at(-1)!;
  tellConflicts(human.rows, main, context);
  const conditions = crmConditions(human.rows, main, context);
  const journeys = human.rows.flatMap((row) =>
    trialJourney(row, main, physicians.get(row), conditions.get(row)),
  );
  const resources = [
    main,
    ...new Set(conditions.values()),
    ...crmCalls(human.rows, main, context),
    ...journeys,
  ];
  return { rows: rowsOf(human), main, earlier: former(states), resources };
}

/** A physician or pharmacist with the roles that the rows tell of, and calls. */
export function practitionerUnit(human: Human, id: string, context: CrmContext): CrmUnit {
  const states = human.rows.map((_, i): Resource => {
    const rows = human.rows.slice(0, i + 1);
    const numbers = [...new Set(rows.flatMap(({ cells }) => cells.medical_license_number ?? []))];
    const licences = numbers.map((value) => ({ system: crmSystems.licences, value }));
    return {
      ...{ resourceType: 'Practitioner', id },
      meta: {
        profile: [profileUrl('salus-practitioner')],
        tag: [contactType(latest(rows, 'contact_type')!)!],
      },
      ...defined({
        identifier: [...rows.flatMap(identifiersOf), ...licences],
        ...nameAndEmail(rows),
        qualification: licences.map((licence) => ({
          identifier: [licence],
          code: { text: 'Medical licence' },
        })),
      }),
    };
  });
  const main = states.at(-1)!;
  tellConflicts(human.rows, main, context);
  const roles = new Map<string, Resource>();
  for (const row of human.rows) {
    leaveOver(row, ['medical_condition'], 'It is not a condition that a professional has.', context);
    const { contact_type, job_title, specialization } = row.cells;
    const type = contactType(contact_type!)!;
    const role = {
      ...identified('PractitionerRole', crmSystems.roles, row.key),
      ...claiming('salus-practitioner-role'),
      ...defined({
        practitioner: referenceTo(main),
        organization: looked(row, 'hospital', crmSystems.Hospital, context.hospital, context),
        code: [defined({ coding: [type], text: job_title })],
        specialty: specialization && [{ text: specialization }],
      }),
    };
    const { id: _, identifier: __, ...said } = role as Resource;
    // Two rows that say the same of one human are one role.
    const same = JSON.stringify(said);
    if (!roles.has(same)) roles.set(same, role);
  }
  const resources = [main, ...roles.values(), ...crmCalls(human.rows, main, context)];
  return { rows: rowsOf(human), main, earlier: former(states), resources };
}

const rowsOf = ({ rows, primary }: Human): CrmRow[] => [primary, ...rows.filter((row) => row !== primary)];

/** States before the last one, each other than the one before it. */
const former = (states: readonly Resource[]): Resource[] => {
  const texts = states.map((state) => JSON.stringify(state));
  return states.filter((_, i) => i < states.length - 1 && texts[i] !== texts[i + 1]);
};

const identifiersOf = ({ table, key }: CrmRow) => [
  { system: crmSystems[table as 'Contact' | 'Patient'], value: key },
];

const latest = (rows: readonly CrmRow[], column: string): string | undefined =>
  rows.flatMap(({ cells }) => cells[column] ?? []).at(-1);

function nameAndEmail(rows: readonly CrmRow[]) {
  const [family, given, email] = ['lastname', 'firstname', 'email'].map((column) => latest(rows, column));
  return {
    name: [{ use: 'official', ...defined({ family, given: given?.split(/\s+/) }) }],
    telecom: email === undefined ? undefined : [{ system: 'email', value: email }],
  };
}

const FIELDS = ['firstname', 'lastname', 'email', 'first_contact_date', 'physician', 'hospital'];

/** Names the values that a newer row has replaced; conditions that differ are both kept. */
function tellConflicts(rows: readonly CrmRow[], main: Resource, { conflicts }: CrmContext): void {
  const isProfessional = main.resourceType === 'Practitioner';
  for (const field of FIELDS) {
    // Each hospital of a professional is a role of its own.
    if (isProfessional && field === 'hospital') continue;
    const told = rows.filter(({ cells }) => cells[field] !== undefined);
    const keptFrom = told.at(-1);
    if (!keptFrom) continue;
    const kept = keptFrom.cells[field]!;
    for (const olderFrom of told.slice(0, -1)) {
      const older = olderFrom.cells[field]!;
      if (plainWords(older) === plainWords(kept)) continue;
      conflicts.push({
        ...{ resource: `${main.resourceType}/${main.id}`, field, kept, keptFrom, older, olderFrom },
      });
    }
  }
}

function leaveOver(row: CrmRow, columns: readonly string[], detail: string, { leftOver }: CrmContext): void {
  for (const column of columns) if (row.cells[column] !== undefined) leftOver.push({ row, column, detail });
}
