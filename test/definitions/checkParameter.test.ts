import { describe, expect, it } from '@jest/globals';
import { checkParameter } from '../../server/definitions/checkParameter.ts';
import type { CustomParameter, PublishedParameter } from '../../server/definitions/definitions.ts';
import { parametersOf, typeParameters } from '../../server/definitions/parametersOf.ts';
import { concreteTypes, withCustomParameters } from '../../server/definitions/withCustomParameters.ts';
import { createExtractor } from '../../server/search/createExtractor.ts';
import { definitions } from './testDefinitions.ts';

const custom = (changes: Partial<CustomParameter> = {}): CustomParameter => ({
  id: 'x',
  usable: true,
  url: 'urn:x',
  code: 'x',
  type: 'token',
  base: ['Patient'],
  expression: "Patient.extension('urn:e').value",
  ...changes,
});
const check = (changes: Partial<PublishedParameter>) => checkParameter(definitions, custom(changes));

describe('checkParameter', () => {
  it('compiles for every type that is derived from a base', () => {
    const types = [
      ...check({
        base: ['DomainResource'],
        expression: "DomainResource.extension('urn:e').value",
      }).compiled!.keys(),
    ];
    expect(types).toEqual(concreteTypes(definitions, ['DomainResource']));
    expect(types).toContain('Patient');
    expect(types).not.toContain('Binary');
  });

  it('gives values of an extension every data type that a token can be', () => {
    const { paths } = check({}).compiled!.get('Patient')!;
    const types = paths.map(({ path }) => path.dataType);
    expect(types).toEqual(
      expect.arrayContaining(['code', 'boolean', 'string', 'Coding', 'CodeableConcept', 'Identifier']),
    );
    expect(types).not.toContain('dateTime');
  });

  it('keeps filters apart however their texts are written', () => {
    const idOf = (expression: string) => check({ expression }).compiled!.get('Patient')!.paths[0]!.path.id;
    const plain = idOf("Patient.extension('a').value.as(Coding)");
    const forged = idOf("Patient.extension('a].value:Coding').value.as(Coding)");
    expect(forged.startsWith(plain)).toBe(false);
  });

  it('names every mistake at once', () => {
    const { issues } = check({ code: 'a.b', base: ['X'], target: ['Y'] });
    expect(issues!.map(({ expression }) => expression![0])).toEqual([
      'SearchParameter.code',
      'SearchParameter.base[0]',
      'SearchParameter.target[0]',
    ]);
  });
});

describe('withCustomParameters', () => {
  it('adds a parameter to its types and leaves the others compiled as they were', () => {
    const before = [typeParameters(definitions, 'Patient'), typeParameters(definitions, 'Observation')];
    const more = withCustomParameters(definitions, [custom()]);
    expect(parametersOf(more, 'Patient').get('x')).toMatchObject({ url: 'urn:x', type: 'token' });
    expect(typeParameters(more, 'Observation')).toBe(before[1]);
    expect(typeParameters(definitions, 'Patient')).toBe(before[0]);
    const without = withCustomParameters(more, []);
    expect(parametersOf(without, 'Patient').has('x')).toBe(false);
  });

  it('extracts one that is building, and does not offer it to searches', () => {
    const building = withCustomParameters(definitions, [custom({ usable: false })]);
    expect(parametersOf(building, 'Patient').has('x')).toBe(false);
    const patient = { resourceType: 'Patient', extension: [{ url: 'urn:e', valueCode: 'v' }] };
    const rows = (of: typeof definitions) => createExtractor(of, { baseUrls: [] })(patient).tokens.length;
    expect(rows(building)).toBeGreaterThan(rows(definitions));
    expect(rows(building)).toBe(rows(withCustomParameters(definitions, [custom()])));
  });
});
