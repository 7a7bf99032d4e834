// Physicians and pharmacists as plain JSON: a Practitioner, the jobs that it has as PractitionerRoles, and the hospitals they are at.
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { codeSystem, type Reference } from '../fhirParts.ts';
import { hospitalSystem, hospitals } from '../hospitals.ts';
import type { Identifier } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { toldName, toldPoints } from './contactPoints.ts';

export type ContactType = 'lead' | 'patient' | 'physician' | 'pharmacist';

interface Coding {
  system?: string;
  code?: string;
  display?: string;
}
/** A CodeableConcept. */
export interface Concept {
  coding?: Coding[];
  text?: string;
}

export const TYPES = codeSystem('contact-types');
export const STATES = codeSystem('person-states');

const tagged = ({ meta }: Resource, of: string): string | undefined =>
  ((meta?.tag ?? []) as Coding[]).find(({ system }) => system === of)?.code;

/** What somebody is. Whom an EHR has written has no tag, and is a patient or a physician. */
export function contactTypeOf(main: Resource): ContactType {
  if (main.resourceType === 'Patient') return tagged(main, STATES) === 'lead' ? 'lead' : 'patient';
  return tagged(main, TYPES) === 'pharmacist' ? 'pharmacist' : 'physician';
}

/**
 * The jobs of a Practitioner, the one that is shown first: those that it still has before others; of those that come from a CRM, the one of
 * the newest row.
 */
export function rolesOf(main: Resource, parts: readonly Resource[]): Resource[] {
  const rows = ((main.identifier ?? []) as Identifier[]).filter(
    ({ system }) => system === crmSystems.Contact,
  );
  const rank = (role: Resource): [number, number, string] => {
    const own = (role.identifier ?? []) as Identifier[];
    const row = own.find(({ system }) => system === crmSystems.roles)?.value;
    return [isOver(role) ? 1 : 0, -rows.findIndex(({ value }) => value === row), role.id!];
  };
  return parts
    .filter(({ resourceType }) => resourceType === 'PractitionerRole')
    .map((role) => ({ role, rank: rank(role) }))
    .sort(({ rank: a }, { rank: b }) => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1))
    .map(({ role }) => role);
}

export const isOver = (role: Resource): boolean => role.active === false;

/** The job that the plain form tells, and its members change. */
export function mainRole(main: Resource, parts: readonly Resource[]): Resource | undefined {
  const [first] = rolesOf(main, parts);
  return first && !isOver(first) ? first : undefined;
}

/** Which code of a job is its title: the one beside what the person is, else the first. */
export function titleAt({ code = [] }: Resource): number {
  const own = (code as Concept[]).findIndex(({ coding = [] }) =>
    coding.some(({ system }) => system === TYPES),
  );
  return Math.max(own, 0);
}

const words = ({ text, coding = [] }: Concept): string | undefined => {
  const [first] = coding.filter(({ system }) => system !== TYPES);
  return text ?? first?.display ?? first?.code;
};

/** `hospital_id`, `job_title` and `specialization` of a job; `hospital_name` where the hospital is there. */
export function roleJson(role: Resource, parts: readonly Resource[]): Json {
  const title = words(((role.code ?? []) as Concept[])[titleAt(role)] ?? {});
  const specialty = words(((role.specialty ?? []) as Concept[])[0] ?? {});
  return {
    ...hospitalOf(role.organization as Reference | undefined, parts),
    ...(title !== undefined && { job_title: title }),
    ...(specialty !== undefined && { specialization: specialty }),
  };
}

const [[, HOSPITAL]] = hospitals.scope as [[string, string]];

/** A hospital that a CRM has named and that does not exist is told by the id that it has there. */
function hospitalOf(to: Reference | undefined, parts: readonly Resource[]): Json {
  const name = to?.reference?.split('/_history/')[0];
  const found = parts.find(
    ({ resourceType, id }) =>
      resourceType === 'Organization' && `/${name}`.endsWith(`/${resourceType}/${id}`),
  );
  if (found && isHospital(found)) {
    const { id, name: hospital_name } = hospitals.toJson(found, []);
    return { hospital_id: id, ...(hospital_name !== undefined && { hospital_name }) };
  }
  const { system, value } = to?.identifier ?? {};
  return !found && system === hospitalSystem && value !== undefined ? { hospital_id: value } : {};
}

const isHospital = ({ type = [] }: Resource): boolean =>
  (type as Concept[]).some(({ coding = [] }) =>
    coding.some(({ system, code }) => `${system}|${code}` === HOSPITAL),
  );

/** Identifiers of licences, on their own or of qualifications. */
export const isLicence = ({ system, value }: Identifier): boolean =>
  system === crmSystems.licences && value !== undefined;

export interface Qualification {
  identifier?: Identifier[];
  code?: Concept;
  [member: string]: unknown;
}

export function licenceOf(main: Resource): string | undefined {
  const of = (main.qualification ?? []) as Qualification[];
  const all = [
    ...((main.identifier ?? []) as Identifier[]),
    ...of.flatMap(({ identifier = [] }) => identifier),
  ];
  return all.find(isLicence)?.value;
}

/** Everything that the plain form tells of a physician or pharmacist, but for ids. */
export function professionalJson(main: Resource, parts: readonly Resource[]): Json {
  const role = mainRole(main, parts);
  const { hospital_name: _, ...job } = role ? roleJson(role, parts) : {};
  const licence = licenceOf(main);
  return {
    ...toldName(main),
    ...toldPoints(main),
    ...job,
    ...(licence !== undefined && { medical_license_number: licence }),
    roles: rolesOf(main, parts).map((each) => ({
      ...{ id: each.id, ...roleJson(each, parts) },
      ...(isOver(each) && { active: false }),
    })),
  };
}
