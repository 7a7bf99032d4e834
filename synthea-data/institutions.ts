// The hospitals, practices and infirmaries of tables/institutions.ts with their staff, and the two
// information bundles that Synthea writes for them: batches of conditional creates
// (http.html#ccreate), to be loaded before any patient.
import type {
  Bundle,
  BundleEntry,
  ContactPoint,
  Location,
  Organization,
  Practitioner,
  PractitionerRole,
  Reference,
} from '@medplum/fhirtypes';
import { concept, TERMINOLOGY } from './concepts.ts';
import { createRandom } from './random.ts';
import type { Department, InstitutionKind } from './tables/institutions.ts';
import { customaryUnits, institutionNames, specialties, staff } from './tables/institutions.ts';
import { familyNames, femaleNames, maleNames } from './tables/people.ts';
import type { Town } from './tables/places.ts';
import { streets, towns } from './tables/places.ts';

export const SYNTHEA_SYSTEM = 'https://github.com/synthetichealth/synthea';
export const NPI_SYSTEM = 'http://hl7.org/fhir/sid/us-npi';
export const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition/';

export interface Clinician {
  readonly id: string;
  readonly roleId: string;
  readonly npi: string;
  readonly given: string;
  readonly family: string;
  readonly gender: 'female' | 'male';
  readonly department: Department;
}

export interface Institution {
  readonly id: string;
  readonly locationId: string;
  readonly kind: InstitutionKind;
  readonly name: string;
  readonly town: Town;
  readonly line: string;
  readonly phone: string;
  /** Degrees Fahrenheit and pounds instead of Celsius and kilograms. */
  readonly customaryUnits: boolean;
  readonly staff: readonly Clinician[];
}

/** All institutions, the same in every population. */
export function buildInstitutions(): Institution[] {
  const random = createRandom('institutions');
  const institutions: Institution[] = [];
  let npi = 8888800000;
  towns.forEach((town, number) => {
    for (const row of institutionNames) {
      if (row.towns && !row.towns.includes(number)) continue;
      const clinicians = staff[row.kind].flatMap(([department, count]) =>
        Array.from({ length: count }, (): Clinician => {
          const gender = random.chance(0.5) ? 'female' : 'male';
          return {
            id: random.uuid(),
            roleId: random.uuid(),
            npi: String(npi++),
            given: random.pick(gender === 'female' ? femaleNames : maleNames) + random.int(100, 999),
            family: random.pick(familyNames) + random.int(100, 999),
            gender,
            department,
          };
        }),
      );
      institutions.push({
        id: random.uuid(),
        locationId: random.uuid(),
        kind: row.kind,
        name: row.name.replace('%', town.city.toUpperCase()),
        town,
        line: `${random.int(1, 400)} ${random.pick(streets).toUpperCase()} STREET`,
        phone: `555${random.int(2000000, 9999999)}`,
        customaryUnits: customaryUnits.includes(number) && row.kind === 'hospital',
        staff: clinicians,
      });
    }
  });
  return institutions;
}

/** `Practitioner?identifier=…`, as patients' bundles refer to staff. */
export function clinicianReference(clinician: Clinician): Reference<Practitioner> {
  return {
    reference: `Practitioner?identifier=${NPI_SYSTEM}|${clinician.npi}`,
    display: clinicianName(clinician),
  };
}

/** `Organization?identifier=…` */
export function organizationReference(institution: Institution): Reference<Organization> {
  return {
    reference: `Organization?identifier=${SYNTHEA_SYSTEM}|${institution.id}`,
    display: institution.name,
  };
}

/** `Location?identifier=…` */
export function locationReference(institution: Institution): Reference<Location> {
  return {
    reference: `Location?identifier=${SYNTHEA_SYSTEM}|${institution.locationId}`,
    display: institution.name,
  };
}

export function clinicianName(clinician: Clinician): string {
  return `Dr. ${clinician.given} ${clinician.family}`;
}

/** Organizations and Locations. */
export function hospitalBundle(institutions: readonly Institution[]): Bundle {
  const entry = institutions.flatMap((institution): BundleEntry[] => {
    const address = {
      line: [institution.line],
      city: institution.town.city,
      state: 'MA',
      postalCode: institution.town.postalCode,
      country: 'US',
    };
    const telecom = { system: 'phone', value: institution.phone } as const;
    const organization: Organization = {
      resourceType: 'Organization',
      id: institution.id,
      meta: { profile: [`${US_CORE}us-core-organization`] },
      identifier: [{ system: SYNTHEA_SYSTEM, value: institution.id }],
      active: true,
      type: [
        concept({ system: `${TERMINOLOGY}organization-type`, code: 'prov', display: 'Healthcare Provider' }),
      ],
      name: institution.name,
      telecom: [{ ...telecom }],
      address: [address],
    };
    const location: Location = {
      resourceType: 'Location',
      id: institution.locationId,
      meta: { profile: [`${US_CORE}us-core-location`] },
      identifier: [{ system: SYNTHEA_SYSTEM, value: institution.locationId }],
      status: 'active',
      name: institution.name,
      telecom: [{ ...telecom }],
      address: { ...address, line: [institution.line] },
      position: { longitude: institution.town.longitude, latitude: institution.town.latitude },
      managingOrganization: {
        identifier: { system: SYNTHEA_SYSTEM, value: institution.id },
        display: institution.name,
      },
    };
    return [
      conditionalCreate(organization, `${SYNTHEA_SYSTEM}|${institution.id}`),
      conditionalCreate(location, `${SYNTHEA_SYSTEM}|${institution.locationId}`),
    ];
  });
  return { resourceType: 'Bundle', type: 'batch', entry };
}

/** Practitioners and PractitionerRoles. */
export function practitionerBundle(institutions: readonly Institution[]): Bundle {
  const entry = institutions.flatMap((institution) =>
    institution.staff.flatMap((clinician): BundleEntry[] => {
      const email = (): ContactPoint => ({
        extension: [{ url: `${US_CORE}us-core-direct`, valueBoolean: true }],
        system: 'email',
        value: `${clinician.given}.${clinician.family}@example.com`,
        use: 'work',
      });
      const practitioner: Practitioner = {
        resourceType: 'Practitioner',
        id: clinician.id,
        meta: { profile: [`${US_CORE}us-core-practitioner`] },
        identifier: [{ system: NPI_SYSTEM, value: clinician.npi }],
        active: true,
        name: [{ family: clinician.family, given: [clinician.given], prefix: ['Dr.'] }],
        telecom: [email()],
        address: [
          {
            line: [institution.line],
            city: institution.town.city,
            state: 'MA',
            postalCode: institution.town.postalCode,
            country: 'US',
          },
        ],
        gender: clinician.gender,
      };
      const specialty = specialties[clinician.department];
      const role: PractitionerRole = {
        resourceType: 'PractitionerRole',
        id: clinician.roleId,
        meta: { profile: [`${US_CORE}us-core-practitionerrole`] },
        identifier: [{ system: SYNTHEA_SYSTEM, value: clinician.roleId }],
        practitioner: {
          identifier: { system: NPI_SYSTEM, value: clinician.npi },
          display: clinicianName(clinician),
        },
        organization: {
          identifier: { system: SYNTHEA_SYSTEM, value: institution.id },
          display: institution.name,
        },
        code: [concept(specialty)],
        specialty: [concept(specialty)],
        location: [
          {
            identifier: { system: SYNTHEA_SYSTEM, value: institution.locationId },
            display: institution.name,
          },
        ],
        telecom: [{ system: 'phone', value: institution.phone }, email()],
      };
      return [
        conditionalCreate(practitioner, `${NPI_SYSTEM}|${clinician.npi}`),
        conditionalCreate(role, `${SYNTHEA_SYSTEM}|${clinician.roleId}`),
      ];
    }),
  );
  return { resourceType: 'Bundle', type: 'batch', entry };
}

function conditionalCreate(
  resource: Organization | Location | Practitioner | PractitionerRole,
  identifier: string,
): BundleEntry {
  return {
    fullUrl: `urn:uuid:${resource.id}`,
    resource,
    request: { method: 'POST', url: resource.resourceType, ifNoneExist: `identifier=${identifier}` },
  };
}
