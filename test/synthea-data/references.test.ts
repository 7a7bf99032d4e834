// Everything a patient's bundle refers to is in it or in the information files, and refers to the
// right type.
import { describe, expect, it } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { everyObject, population, resources } from './population.ts';

const { information, patients } = population({ patients: 40, seed: 'references' });

/** What may stand behind a property that refers. */
const targets: Record<string, readonly string[]> = {
  subject: ['Patient'],
  patient: ['Patient'],
  beneficiary: ['Patient'],
  encounter: ['Encounter'],
  context: ['Encounter'],
  individual: ['Practitioner'],
  requester: ['Practitioner'],
  author: ['Practitioner'],
  serviceProvider: ['Organization'],
  custodian: ['Organization'],
  managingOrganization: ['Organization'],
  facility: ['Location'],
  result: ['Observation'],
  diagnosisReference: ['Condition'],
  procedureReference: ['Procedure'],
  reasonReference: ['Condition'],
  prescription: ['MedicationRequest'],
  request: ['MedicationRequest'],
  medicationReference: ['Medication'],
  claim: ['Claim'],
  careTeam: ['CareTeam'],
  goal: ['Goal'],
  addresses: ['Condition'],
  imagingStudy: ['ImagingStudy'],
};

describe('references', () => {
  const offered = new Set(
    information.flatMap((bundle) =>
      bundle.entry!.map((entry) => `${entry.resource!.resourceType}?${entry.request!.ifNoneExist}`),
    ),
  );

  it('resolve in the bundle, in the resource, or in the information files', () => {
    const lost: string[] = [];
    let conditional = 0;
    for (const bundle of patients) {
      const local = new Set(bundle.entry!.map((entry) => entry.fullUrl!));
      for (const resource of resources(bundle)) {
        const contained =
          'contained' in resource ? (resource.contained as Resource[]).map(({ id }) => `#${id}`) : [];
        everyObject(resource, ({ reference }) => {
          if (typeof reference !== 'string') return;
          if (reference.includes('?')) conditional += 1;
          if (!local.has(reference) && !offered.has(reference) && !contained.includes(reference))
            lost.push(reference);
        });
      }
    }
    expect(lost).toEqual([]);
    expect(conditional).toBeGreaterThan(1000);
  });

  it('lead to the type their property asks for', () => {
    const wrong = new Set<string>();
    for (const bundle of patients) {
      const types = new Map(
        bundle.entry!.map((entry) => [entry.fullUrl!, entry.resource!.resourceType as string]),
      );
      for (const resource of resources(bundle)) {
        everyObject(resource, (object) => {
          for (const [property, value] of Object.entries(object)) {
            const allowed = targets[property];
            if (!allowed) continue;
            for (const one of Array.isArray(value) ? value : [value]) {
              const reference = (one as { reference?: string }).reference;
              if (reference === undefined || reference.startsWith('#')) continue;
              const type = reference.includes('?') ? reference.split('?')[0]! : types.get(reference)!;
              if (!allowed.includes(type)) wrong.add(`${resource.resourceType}.${property} -> ${type}`);
            }
          }
        });
      }
    }
    expect([...wrong]).toEqual([]);
  });

  it('use the identifiers the information files carry', () => {
    expect(
      [...offered]
        .map((criteria) => criteria.replace(/\|.*/, ''))
        .filter((v, i, all) => all.indexOf(v) === i),
    ).toEqual([
      'Organization?identifier=https://github.com/synthetichealth/synthea',
      'Location?identifier=https://github.com/synthetichealth/synthea',
      'Practitioner?identifier=http://hl7.org/fhir/sid/us-npi',
      'PractitionerRole?identifier=https://github.com/synthetichealth/synthea',
    ]);
  });

  it('name every entry in the bundle’s Provenance', () => {
    for (const bundle of patients) {
      const last = bundle.entry!.at(-1)!.resource!;
      if (last.resourceType !== 'Provenance') throw new Error('no Provenance at the end');
      expect(last.target!.map(({ reference }) => reference)).toEqual(
        bundle.entry!.slice(0, -1).map(({ fullUrl }) => fullUrl),
      );
    }
  });
});
