// The Practitioner and the PractitionerRole of a physician or pharmacist, as they are but for what the plain form tells otherwise; new
// ones have the shape of what a CRM has left (crm/crmPeople.ts).
import type { WriteRequest } from '../../fhir/planChange.ts';
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { contactType } from '../crm/crmTerms.ts';
import { type Coding, defined, profileUrl, type Reference } from '../fhirParts.ts';
import type { Identifier } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { stableId } from '../things/stableId.ts';
import { withName, withPoints } from './contactPoints.ts';
import {
  type Concept,
  type ContactType,
  isLicence,
  licenceOf,
  mainRole,
  type Qualification,
  roleJson,
  titleAt,
} from './professionalJson.ts';

/** What was looked up before a professional is written. */
export interface ProfessionalContext {
  /** the hospital that `hospital_id` means, where it is another one than before */
  hospital?: Reference;
}

/** Who a new professional is: what it is, and by which identifier it is known. */
export interface NewProfessional {
  type: ContactType;
  system: string;
}

const ROLE_MEMBERS = ['hospital_id', 'job_title', 'specialization'] as const;

/** The write of the Practitioner, and that of the job, where it changes. */
export function professionalWrites(
  input: Json,
  id: string,
  known: readonly Resource[],
  { hospital }: ProfessionalContext,
  { type, system }: NewProfessional,
): WriteRequest[] {
  const [main, ...parts] = known;
  // An id that the server has given is the FHIR id, too: so it is known by it to every list.
  const fhirId = main?.id ?? (input.id === undefined ? id : stableId('Practitioner', system, id));
  const before: Resource = main ?? {
    resourceType: 'Practitioner',
    meta: { profile: [profileUrl('salus-practitioner')], tag: [typeCoding(type)] },
    identifier: [{ system, value: id }],
    active: true,
  };
  const { name: _, telecom: __, identifier: ___, qualification: ____, ...kept } = before;
  const practitioner = {
    ...kept,
    ...{ resourceType: 'Practitioner', id: fhirId },
    ...defined({
      identifier: withLicence(before, input.medical_license_number as string | undefined),
      name: withName(main, input),
      telecom: withPoints(main, input),
      qualification: qualified(before, input.medical_license_number as string | undefined),
    }),
  } as Resource;
  const put: WriteRequest = { method: 'PUT', type: 'Practitioner', id: fhirId, resource: practitioner };
  const role = main && mainRole(main, parts);
  const told = role ? roleJson(role, parts) : {};
  const changed = new Set<string>(ROLE_MEMBERS.filter((member) => told[member] !== input[member]));
  if (main && changed.size === 0) return [put];
  const resource = roleWith(role ?? newRole(fhirId, type), input, changed, hospital);
  return [
    put,
    role
      ? { method: 'PUT', type: 'PractitionerRole', id: role.id!, resource }
      : { method: 'POST', type: 'PractitionerRole', resource },
  ];
}

const typeCoding = (type: ContactType): Coding => contactType(type)!;

const newRole = (practitioner: string, type: ContactType): Resource => ({
  resourceType: 'PractitionerRole',
  meta: { profile: [profileUrl('salus-practitioner-role')] },
  active: true,
  practitioner: { reference: `Practitioner/${practitioner}` },
  code: [{ coding: [typeCoding(type)] }],
});

/** A job with another title, specialty or hospital. Codes that said what has changed are no longer true. */
function roleWith(
  role: Resource,
  { job_title, specialization }: Json,
  changed: ReadonlySet<string>,
  hospital: Reference | undefined,
): Resource {
  const { code, specialty, organization, ...kept } = role;
  const [, ...others] = (specialty ?? []) as Concept[];
  return {
    ...kept,
    ...defined({
      organization: changed.has('hospital_id') ? hospital : organization,
      code: changed.has('job_title') ? titled(role, job_title as string | undefined) : code,
      specialty: changed.has('specialization')
        ? [...(specialization === undefined ? [] : [{ text: specialization }]), ...others]
        : specialty,
    }),
  } as Resource;
}

function titled(role: Resource, title: string | undefined): Concept[] {
  const codes = (role.code ?? []) as Concept[];
  const at = titleAt(role);
  const own = (codes[at]?.coding ?? []).filter(({ system }) => system === typeCoding('physician').system);
  const code = defined({ coding: own, text: title }) as Concept;
  const isEmpty = Object.keys(code).length === 0;
  return [...codes.slice(0, at), ...(isEmpty ? [] : [code]), ...codes.slice(at + 1)];
}

/** The identifiers with that licence in the place of the one that is shown. */
function withLicence(before: Resource, licence: string | undefined): Identifier[] {
  const identifiers = (before.identifier ?? []) as Identifier[];
  return replaced(before, identifiers, licence, identifiers);
}

function replaced(
  before: Resource,
  identifiers: readonly Identifier[],
  licence: string | undefined,
  own: readonly Identifier[],
): Identifier[] {
  const shown = licenceOf(before);
  const isShown = (one: Identifier) => isLicence(one) && one.value === shown;
  if (shown === licence) return [...identifiers];
  if (licence === undefined) return identifiers.filter((one) => !isShown(one));
  if (own.some(isShown)) return identifiers.map((one) => (isShown(one) ? { ...one, value: licence } : one));
  return [...identifiers, { system: crmSystems.licences, value: licence }];
}

/** The qualifications with that licence in the place of the one that is shown. */
function qualified(before: Resource, licence: string | undefined): Qualification[] {
  const all = (before.qualification ?? []) as Qualification[];
  const shown = licenceOf(before);
  if (shown === licence) return all;
  const fresh = { identifier: [{ system: crmSystems.licences, value: licence! }], code: { text: LICENCE } };
  const isShown = (one: Identifier) => isLicence(one) && one.value === shown;
  const at = all.findIndex(({ identifier = [] }) => identifier.some(isShown));
  if (at < 0) return licence === undefined ? all : [...all, fresh];
  return all.flatMap((each): Qualification[] => {
    const identifiers = each.identifier ?? [];
    if (!identifiers.some(isShown)) return [each];
    const { identifier: _, ...rest } = each;
    const left = replaced(before, identifiers, licence, identifiers);
    // A qualification that says nothing but that there is a licence ends with it.
    const isBare = left.length === 0 && Object.keys(rest).length === 1 && each.code?.text === LICENCE;
    return isBare ? [] : [{ ...rest, ...defined({ identifier: left }) }];
  });
}

const LICENCE = 'Medical licence';

/** The jobs, and then the Practitioner. Hospitals stay. */
export const professionalDeletes = (known: readonly Resource[]): WriteRequest[] =>
  ['PractitionerRole', 'Practitioner'].flatMap((type) =>
    known
      .filter(({ resourceType }) => resourceType === type)
      .map(({ id }): WriteRequest => ({ method: 'DELETE', type, id: id! })),
  );
