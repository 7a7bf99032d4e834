// What is known of one patient while their bundle is written, and what is known of the visit being
// recorded.
import type { BundleEntry, Patient, Reference, Resource } from '@medplum/fhirtypes';
import type { Code } from './concepts.ts';
import type { Clinician, Institution } from './institutions.ts';
import type { Body } from './measureBody.ts';
import type { Person } from './person.ts';
import type { Life, Visit } from './planVisits.ts';
import type { Random } from './random.ts';
import type { Department } from './tables/institutions.ts';
import type { MedicationKey } from './tables/medications.ts';

/** A condition that has been recorded. */
export interface KnownCondition {
  readonly id: string;
  readonly code: Code;
  /** When it is over, if it ever is. */
  readonly end?: number;
}

/** A prescription that can be renewed or stopped. */
export interface Prescription {
  readonly id: string;
  readonly since: number;
  readonly until: number;
  /** Writes the status into the resource that is already in the bundle. */
  readonly setStatus: (status: 'completed' | 'stopped') => void;
}

export interface Chart {
  readonly person: Person;
  readonly life: Life;
  readonly random: Random;
  readonly body: Body;
  readonly entries: BundleEntry[];
  readonly conditions: KnownCondition[];
  readonly prescriptions: Map<MedicationKey, Prescription>;
  /** Ids of Medication resources. */
  readonly products: Map<MedicationKey, string>;
  /** Whom the patient usually sees, by department. */
  readonly clinicians: Map<Department, Clinician>;
  /** When each vaccine (by its place in the table) was given last. */
  readonly vaccinations: Map<number, number>;
  readonly insurers: Map<string, string>;
  allergiesRecorded: boolean;
  obesityRecorded: boolean;
  /** Of an adult, kg/m2. */
  lastBodyMassIndex?: number;
}

/** One line of the bill. */
export interface BillItem {
  readonly code: Code;
  readonly cents: number;
  readonly about?: { readonly kind: 'procedure' | 'diagnosis' | 'immunization'; readonly id: string };
}

/** A visit being recorded. */
export interface Sitting {
  readonly chart: Chart;
  readonly visit: Visit;
  readonly encounterId: string;
  readonly institution: Institution;
  readonly clinician: Clinician;
  /** The visit's period as FHIR dateTimes. */
  readonly start: string;
  readonly end: string;
  /** Milliseconds of every `issued` of this visit. */
  readonly milliseconds: number;
  /** The condition the visit is about. */
  reason?: KnownCondition;
  readonly bill: BillItem[];
  /** Sentences for the note. */
  readonly found: string[];
  readonly done: string[];
}

/** Adds a resource to the bundle as Synthea does: POST, known by its `urn:uuid`. */
export function addResource(chart: Chart, resource: Resource & { id: string }): void {
  chart.entries.push({
    fullUrl: `urn:uuid:${resource.id}`,
    resource,
    request: { method: 'POST', url: resource.resourceType },
  });
}

/** `urn:uuid` of the patient. */
export function patientReference(chart: Chart): Reference<Patient> {
  return { reference: `urn:uuid:${chart.person.id}` };
}

/** `urn:uuid` of another resource of the bundle. */
export function bundleReference(id: string): { reference: string } {
  return { reference: `urn:uuid:${id}` };
}

/** Name without prefix, as on bills. */
export function plainName(person: Person): string {
  return `${person.given} ${person.family}`;
}

/** Name with prefix, as on encounters. */
export function fullName(person: Person): string {
  return person.prefix ? `${person.prefix} ${plainName(person)}` : plainName(person);
}
