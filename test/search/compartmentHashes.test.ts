import { describe, expect, it } from '@jest/globals';
import { careDatePaths } from '../../server/search/careDatePaths.ts';
import {
  compartmentPresence,
  membershipPaths,
  referenceTargetsOf,
} from '../../server/search/compartmentHashes.ts';
import { createExtractor } from '../../server/search/createExtractor.ts';
import { definitions } from '../definitions/testDefinitions.ts';

const extract = createExtractor(definitions, { baseUrls: ['http://localhost/fhir'] });

describe('compartments', () => {
  it.each(['Patient', 'Encounter', 'Practitioner', 'RelatedPerson', 'Device'])(
    '%s names existing reference parameters only',
    (compartment) => {
      expect(membershipPaths(definitions, compartment).length).toBeGreaterThan(20);
    },
  );

  it('refuses an unknown compartment', () => {
    expect(() => referenceTargetsOf(definitions, 'Location', '1')).toThrow('Unknown compartment');
  });

  it('finds members by the rows that are extracted', () => {
    const hashes = referenceTargetsOf(definitions, 'Patient', '1');
    const isMember = (resource: Record<string, unknown>) => {
      const { tokens } = extract(resource);
      return hashes.some(({ type, hash }) => type === resource.resourceType && tokens.includes(hash));
    };
    const patient = { reference: 'Patient/1' };
    expect(isMember({ resourceType: 'Observation', subject: patient })).toBe(true);
    expect(isMember({ resourceType: 'Observation', performer: [{ display: 'x' }, patient] })).toBe(true);
    expect(
      isMember({ resourceType: 'Observation', subject: { reference: 'http://localhost/fhir/Patient/1' } }),
    ).toBe(true);
    expect(isMember({ resourceType: 'Observation', subject: { reference: 'Patient/1/_history/2' } })).toBe(
      true,
    );
    expect(isMember({ resourceType: 'Provenance', target: [{ reference: 'Observation/1' }, patient] })).toBe(
      true,
    );
    expect(isMember({ resourceType: 'Appointment', participant: [{ actor: patient }] })).toBe(true);
    expect(isMember({ resourceType: 'Observation', subject: { reference: 'Patient/2' } })).toBe(false);
    expect(isMember({ resourceType: 'Observation', subject: { reference: 'Group/1' } })).toBe(false);
    expect(isMember({ resourceType: 'Observation', subject: { reference: 'http://other/Patient/1' } })).toBe(
      false,
    );
    expect(isMember({ resourceType: 'Location', managingOrganization: patient })).toBe(false);
  });

  it('finds members of any compartment by presence', () => {
    const hashes = compartmentPresence(definitions, 'Patient').map(({ hash }) => hash);
    const some = (subject: object) =>
      extract({ resourceType: 'Observation', subject }).tokens.some((hash) => hashes.includes(hash));
    expect(some({ reference: 'Patient/77' })).toBe(true);
    expect(some({ reference: 'Group/77' })).toBe(false);
    expect(some({ type: 'Patient', identifier: { value: '1' } })).toBe(true);
  });
});

describe('careDatePaths', () => {
  it('is the path of extracted dates', () => {
    const { dates } = extract({ resourceType: 'Encounter', period: { start: '2020-01-01' } });
    expect(dates.map(({ path }) => path)).toEqual(careDatePaths(definitions, 'Encounter'));
    expect(careDatePaths(definitions, 'Organization')).toEqual([]);
  });
});
