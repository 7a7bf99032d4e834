// What the population is made of: people of all ages, the families of conditions, vital signs that
// mostly lie in their ranges and sometimes leave them, sizes and a mix of types like Synthea's.
import { describe, expect, it } from '@jest/globals';
import type { Observation } from '@medplum/fhirtypes';
import { families } from '../../synthea-data/families/families.ts';
import { ofType, population, resources } from './population.ts';

const { patients } = population({ patients: 150, seed: 'content' });
const observations = ofType(patients, 'Observation');

/** Values of a LOINC code in a unit, components included. */
function values(code: string, unit: string): number[] {
  const found: number[] = [];
  for (const observation of observations) {
    for (const part of [observation, ...(observation.component ?? [])] as Observation[]) {
      if (part.code.coding!.some((coding) => coding.code === code) && part.valueQuantity?.code === unit) {
        found.push(part.valueQuantity.value!);
      }
    }
  }
  return found;
}

const share = (list: readonly number[], test: (value: number) => boolean): number =>
  list.filter(test).length / list.length;

describe('the population', () => {
  it('has both sexes, all ages, the dead and the living', () => {
    const people = ofType(patients, 'Patient');
    const female = people.filter(({ gender }) => gender === 'female').length / people.length;
    expect(female).toBeGreaterThan(0.4);
    expect(female).toBeLessThan(0.62);
    const ages = people.map(({ birthDate }) => 2025 - Number(birthDate!.slice(0, 4)));
    expect(Math.min(...ages)).toBeLessThanOrEqual(2);
    expect(Math.max(...ages)).toBeGreaterThanOrEqual(88);
    const dead = people.filter(({ deceasedDateTime }) => deceasedDateTime).length / people.length;
    expect(dead).toBeGreaterThan(0.03);
    expect(dead).toBeLessThan(0.2);
    const races = new Set(people.map(({ extension }) => extension![0]!.extension![0]!.valueCoding!.code));
    expect(races.size).toBeGreaterThanOrEqual(4);
  });

  it('has 300 to 700 resources a patient of 1.4 to 2 kB, most of them observations', () => {
    const all = patients.flatMap(resources);
    expect(all.length / patients.length).toBeGreaterThan(300);
    expect(all.length / patients.length).toBeLessThan(700);
    const bytes =
      all.reduce((sum, resource) => sum + Buffer.byteLength(JSON.stringify(resource)), 0) / all.length;
    expect(bytes).toBeGreaterThan(1400);
    expect(bytes).toBeLessThan(2000);
    const observed = observations.length / all.length;
    expect(observed).toBeGreaterThan(0.4);
    expect(observed).toBeLessThan(0.62);
  });

  it('has every type the generator knows', () => {
    expect([...new Set(patients.flatMap(resources).map(({ resourceType }) => resourceType))].sort()).toEqual([
      'AllergyIntolerance',
      'CarePlan',
      'CareTeam',
      'Claim',
      'Condition',
      'Device',
      'DiagnosticReport',
      'DocumentReference',
      'Encounter',
      'ExplanationOfBenefit',
      'Goal',
      'ImagingStudy',
      'Immunization',
      'Medication',
      'MedicationAdministration',
      'MedicationRequest',
      'Observation',
      'Patient',
      'Procedure',
      'Provenance',
    ]);
  });

  it('suffers from most families of conditions', () => {
    const codes = new Set(ofType(patients, 'Condition').map(({ code }) => code!.coding![0]!.code));
    const missing = families.filter((family) => !codes.has(family.condition.code)).map(({ key }) => key);
    expect(missing.length).toBeLessThanOrEqual(3);
    for (const key of [
      'hypertension',
      'diabetes',
      'pregnancy',
      'breastCancer',
      'copd',
      'coronaryDisease',
      'covid',
    ]) {
      expect(missing).not.toContain(key);
    }
  });

  it('names families once, and those that follow another after it', () => {
    const keys = families.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    for (const family of families) {
      for (const { after } of family.onset) {
        if (after) expect(keys.slice(0, keys.indexOf(family.key))).toContain(after);
      }
    }
  });
});

describe('vital signs', () => {
  // [code, unit, low and high of a resting adult, least and greatest share outside]
  it.each([
    ['8867-4', '/min', 55, 110, 0.02, 0.2],
    ['9279-1', '/min', 11, 24, 0.02, 0.25],
    ['8310-5', 'Cel', 35.8, 37.9, 0.03, 0.3],
    ['2708-6', '%', 93, 100, 0.02, 0.25],
    ['8480-6', 'mm[Hg]', 90, 140, 0.08, 0.4],
    ['8462-4', 'mm[Hg]', 55, 90, 0.02, 0.25],
    ['72514-3', '{score}', 0, 4, 0.02, 0.3],
  ] as const)(
    '%s in %s mostly lies in its range and sometimes leaves it',
    (code, unit, low, high, least, most) => {
      const list = values(code, unit);
      expect(list.length).toBeGreaterThan(500);
      const outside = share(list, (value) => value < low || value > high);
      expect(outside).toBeGreaterThan(least);
      expect(outside).toBeLessThan(most);
    },
  );

  it('include growth: height, weight, BMI, and the head in infants only', () => {
    for (const code of ['8302-2', '29463-7', '39156-5', '9843-4']) {
      expect(
        observations.filter((observation) => observation.code.coding![0]!.code === code).length,
      ).toBeGreaterThan(20);
    }
    const heads = values('9843-4', 'cm');
    expect(Math.min(...heads)).toBeGreaterThan(28);
    expect(Math.max(...heads)).toBeLessThan(56);
  });

  it('are sometimes in customary units', () => {
    const fahrenheit = values('8310-5', '[degF]');
    expect(fahrenheit.length).toBeGreaterThan(10);
    expect(Math.min(...fahrenheit)).toBeGreaterThan(90);
  });

  it('drift: readings of one day lie closer together than readings of one person', () => {
    let within = 0;
    let across = 0;
    let count = 0;
    for (const bundle of patients) {
      const heart = ofType([bundle], 'Observation').filter((one) => one.code.coding![0]!.code === '8867-4');
      heart.slice(1).forEach((one, place) => {
        const before = heart[place]!;
        const far = heart[Math.floor(place / 2)]!;
        if (one.effectiveDateTime!.slice(0, 10) !== before.effectiveDateTime!.slice(0, 10)) return;
        within += Math.abs(one.valueQuantity!.value! - before.valueQuantity!.value!);
        across += Math.abs(one.valueQuantity!.value! - far.valueQuantity!.value!);
        count += 1;
      });
    }
    expect(count).toBeGreaterThan(200);
    expect(within).toBeLessThan(across * 0.75);
  });

  it('follow their profiles: category, LOINC code, UCUM unit', () => {
    const strays = observations.filter(({ category, meta, code, component, valueQuantity }) => {
      if (category![0]!.coding![0]!.code !== 'vital-signs') return false;
      const quantities = component?.map((part) => part.valueQuantity!) ?? [valueQuantity!];
      return !(
        /^http:\/\/hl7\.org\/fhir\/StructureDefinition\/[a-z]+$/.test(meta!.profile![0]!) &&
        code.coding![0]!.system === 'http://loinc.org' &&
        quantities.every(({ system }) => system === 'http://unitsofmeasure.org')
      );
    });
    expect(strays).toEqual([]);
  });
});

describe('laboratory values', () => {
  it('carry a reference range and say when they leave it', () => {
    const judged = observations.filter(({ interpretation }) => interpretation);
    expect(judged.length).toBeGreaterThan(2000);
    for (const { valueQuantity, referenceRange, interpretation } of judged) {
      const { low, high } = referenceRange![0]!;
      const value = valueQuantity!.value!;
      const flag = value < (low?.value ?? 0) ? 'L' : value > high!.value! ? 'H' : 'N';
      expect(interpretation![0]!.coding![0]!.code).toBe(flag);
    }
    const outside =
      judged.filter(({ interpretation }) => interpretation![0]!.coding![0]!.code !== 'N').length /
      judged.length;
    expect(outside).toBeGreaterThan(0.04);
    expect(outside).toBeLessThan(0.35);
  });
});
