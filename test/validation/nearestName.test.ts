import { describe, expect, it } from '@jest/globals';
import { nearestName } from '../../server/validation/nearestName.ts';

const names = [
  'active',
  'address',
  'birthDate',
  '_birthDate',
  'name',
  'gender',
  'managingOrganization',
  'generalPractitioner',
];

describe('nearestName', () => {
  it.each([
    ['birthdate', 'birthDate'],
    ['birth_date', 'birthDate'],
    ['brithDate', 'birthDate'],
    ['adress', 'address'],
    ['names', 'name'],
    ['managing-organisation', 'managingOrganization'],
    ['GENDER', 'gender'],
  ])('%s means %s', (name, meant) => {
    expect(nearestName(name, names)).toBe(meant);
  });

  it.each([['telecom'], ['x'], [''], ['nope'], ['a'.repeat(100)]])('%s means none', (name) => {
    expect(nearestName(name, names)).toBeUndefined();
  });
});
