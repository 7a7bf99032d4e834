// StructureDefinitions with a snapshot, as tools write them: with and without ids, with names that mean nothing.
import { describe, expect, it } from '@jest/globals';
import { elementIds } from '../../server/definitions/elementIds.ts';
import { reduceStructure } from '../../server/definitions/reduceStructure.ts';

const structure = (element: Record<string, unknown>[], more: Record<string, unknown> = {}) => ({
  ...{ resourceType: 'StructureDefinition', url: 'http://t.example/s', name: 'S', type: 'Patient' },
  ...{ kind: 'resource', abstract: false, snapshot: { element } },
  ...more,
});

const root = { id: 'Patient', path: 'Patient', min: 0, max: '*' };

describe('ids', () => {
  it('are made of paths and slice names where they are not given', () => {
    const elements = [
      { path: 'Patient' },
      { path: 'Patient.contact' },
      { path: 'Patient.contact', sliceName: 'kin' },
      { path: 'Patient.contact.name' },
      { path: 'Patient.contact.telecom', sliceName: 'mobile' },
      { path: 'Patient.contact.telecom.value' },
      { path: 'Patient.contact', sliceName: 'kin/near' },
      { path: 'Patient.contact.name.given' },
      { path: 'Patient.link.other' },
    ];
    expect(elementIds(elements)).toEqual([
      'Patient',
      'Patient.contact',
      'Patient.contact:kin',
      'Patient.contact:kin.name',
      'Patient.contact:kin.telecom:mobile',
      'Patient.contact:kin.telecom:mobile.value',
      'Patient.contact:kin/near',
      'Patient.contact:kin/near.name.given',
      'Patient.link.other',
    ]);
  });

  it('are taken as given where they fit the path, however choices are written', () => {
    const given = ['Observation.value[x]:valueQuantity', 'Observation.component:a.code'];
    const paths = ['Observation.valueQuantity', 'Observation.component.code'];
    expect(elementIds(given.map((id, i) => ({ id, path: paths[i]! })))).toEqual(given);
  });

  it('are made where the given ones do not fit', () => {
    expect(elementIds([{ id: 'x1', path: 'Patient.name', sliceName: 'a' }])).toEqual(['Patient.name:a']);
    expect(elementIds([{ id: 'Patient.name:b', path: 'Patient.name', sliceName: 'a' }])).toEqual([
      'Patient.name:a',
    ]);
  });
});

describe('a structure', () => {
  it('keeps what is judged and nothing else', () => {
    const { elements } = reduceStructure(
      structure([
        root,
        {
          ...{
            id: 'Patient.multipleBirth[x]',
            path: 'Patient.multipleBirth[x]',
            min: 1,
            max: '1',
            short: 'prose',
          },
          ...{ minValueInteger: 1, maxValueInteger: 9, mustSupport: true, isModifier: false, maxLength: 3 },
          type: [{ code: 'integer' }],
        },
        {
          ...{ id: 'Patient.managingOrganization', path: 'Patient.managingOrganization', min: 0, max: '1' },
          type: [{ code: 'Reference', aggregation: ['bundled'], versioning: 'specific', targetProfile: [] }],
        },
      ]),
    );
    expect(elements.slice(1)).toEqual([
      {
        ...{ id: 'Patient.multipleBirth[x]', path: 'Patient.multipleBirth[x]', min: 1, max: 1, minValue: 1 },
        ...{ maxValue: 9, mustSupport: true, maxLength: 3, types: [{ code: 'integer' }] },
      },
      {
        ...{ id: 'Patient.managingOrganization', path: 'Patient.managingOrganization', min: 0, max: 1 },
        types: [{ code: 'Reference', aggregation: ['bundled'], versioning: 'specific' }],
      },
    ]);
  });

  it('loses names of slices where nothing is sliced, also in the ids below', () => {
    const { elements } = reduceStructure(
      structure([
        root,
        { id: 'Patient.contact:kin', path: 'Patient.contact', sliceName: 'kin', min: 0, max: '*' },
        { id: 'Patient.contact:kin.name', path: 'Patient.contact.name', min: 1, max: '1' },
        { id: 'Patient.contact:kin.name.given', path: 'Patient.contact.name.given', min: 1, max: '1' },
        { id: 'Patient.link', path: 'Patient.link', min: 0, max: '*' },
      ]),
    );
    expect(elements.map(({ id, sliceName }) => [id, sliceName])).toEqual(
      ['', '.contact', '.contact.name', '.contact.name.given', '.link'].map((end) => [
        `Patient${end}`,
        undefined,
      ]),
    );
  });

  it.each([
    ['a snapshot', structure([]), /has no snapshot/],
    ['a url', structure([root], { url: undefined }), /has no url/],
    ['a type', structure([root], { type: undefined }), /has no type/],
    ['cardinality', structure([root, { path: 'Patient.name', min: 1 }]), /Patient\.name has no min or max/],
    ['a bound', structure(Array(100_001).fill(root)), /100001 elements in its snapshot, more than 100000/],
  ])('without %s is refused', (_what, json, reason) => {
    expect(() => reduceStructure(json)).toThrow(reason);
  });
});
