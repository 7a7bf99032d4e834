import { describe, expect, it } from '@jest/globals';
import { careDateParameters } from '../../server/definitions/careDateParameters.ts';
import { compileParameter, parametersOf } from '../../server/definitions/parametersOf.ts';
import { notSearchable } from '../../server/definitions/searchDataTypes.ts';
import { searchPaths } from '../../server/definitions/searchPaths.ts';
import { definitions } from './testDefinitions.ts';

function idsOf(type: string, code: string): string[] {
  return parametersOf(definitions, type)
    .get(code)!
    .paths.map(
      ({ path, targetType, system }) =>
        path.id + (targetType ? ` -> ${targetType}` : '') + (system ? ` of ${system}` : ''),
    );
}

describe('parametersOf', () => {
  it('compiles every published parameter for each of its types', () => {
    const withoutPath = new Set<string>();
    const seen = new Set<string>();
    for (const type of definitions.resourceTypes) {
      for (const parameter of parametersOf(definitions, type).values()) {
        seen.add(parameter.url);
        if (parameter.paths.length === 0) withoutPath.add(parameter.url);
      }
    }
    expect(seen.size).toBe(1377);
    const names = [...withoutPath].map((url) => url.slice(url.lastIndexOf('/') + 1));
    expect(names.sort()).toEqual(['DomainResource-text', 'Resource-content', 'Resource-query']);
  });

  it('names only published parameters in the table of exceptions', () => {
    const urls = new Set(definitions.searchParameters.map((parameter) => parameter.url));
    for (const url of notSearchable.keys()) expect(urls).toContain(url);
  });

  it.each([
    ['Observation', 'code', ['Observation.code']],
    ['Observation', 'combo-code', ['Observation.code', 'Observation.component.code']],
    [
      'Observation',
      'value-quantity',
      ['Observation.value:Quantity|SampledData', 'Observation.value:Quantity|SampledData'],
    ],
    ['Observation', 'date', Array(4).fill('Observation.effective:dateTime|Period|Timing|instant')],
    ['Observation', 'subject', ['Observation.subject']],
    ['Observation', 'patient', ['Observation.subject -> Patient']],
    ['Observation', 'value-string', ['Observation.value:string', 'Observation.value:CodeableConcept.text']],
    ['Observation', '_tag', ['Observation.meta.tag']],
    ['Observation', 'code-value-quantity', ['Observation{code,value:Quantity}']],
    ['Observation', 'code-value-date', ['Observation{code,value:dateTime|value:Period}']],
    [
      'Observation',
      'combo-code-value-concept',
      ['Observation{code,value:CodeableConcept}', 'Observation.component{code,value:CodeableConcept}'],
    ],
    ['Patient', 'phone', ['Patient.telecom of phone']],
    ['Patient', 'family', ['Patient.name.family']],
    [
      'Patient',
      'name',
      ['text', 'family', 'given', 'prefix', 'suffix'].map((part) => `Patient.name.${part}`),
    ],
    ['Patient', 'deceased', ['Patient.deceased!']],
    ['Patient', 'death-date', ['Patient.deceased:dateTime']],
    ['Bundle', 'composition', ['Bundle.entry[0].resource']],
    ['Library', 'composed-of', ['Library.relatedArtifact[type=composed-of].resource']],
    ['Condition', 'onset-age', Array(2).fill('Condition.onset:Age|Range')],
    ['InsurancePlan', 'name', ['InsurancePlan.name', 'InsurancePlan.alias']],
    ['DocumentReference', 'relationship', ['DocumentReference.relatesTo{code,target}']],
    ['Group', 'characteristic-value', ['Group.characteristic{code,value:CodeableConcept|value:boolean}']],
    [
      'MolecularSequence',
      'chromosome-variant-coordinate',
      ['MolecularSequence.variant{%referenceSeq.chromosome,start,end}'],
    ],
    ['MedicationRequest', 'code', ['MedicationRequest.medication:CodeableConcept']],
    ['Medication', 'code', ['Medication.code']],
  ])('%s.%s searches %j', (type, code, ids) => {
    expect(idsOf(type, code)).toEqual(ids);
  });

  it('knows what is mandatory all the way', () => {
    const mandatory = (type: string, code: string) =>
      parametersOf(definitions, type)
        .get(code)!
        .paths.every(({ path }) => path.mandatory);
    expect(mandatory('Observation', 'status')).toBe(true);
    expect(mandatory('Observation', 'component-code')).toBe(false); // the component is optional
    expect(mandatory('Patient', 'gender')).toBe(false);
    expect(mandatory('Immunization', 'patient')).toBe(true);
    expect(mandatory('MedicationRequest', 'code')).toBe(false); // may be a reference instead
  });

  it('refuses expressions that name no element or nothing searchable', () => {
    const published = { url: 'http://example.org/x', code: 'x', base: ['Patient'] };
    const compile = (type: 'token' | 'date', expression: string) => () =>
      compileParameter(definitions, 'Patient', { ...published, type, expression });
    expect(compile('token', 'Patient.nonsense')).toThrow('No such element');
    expect(compile('date', 'Patient.gender')).toThrow('nothing to index');
    expect(compile('token', "Patient.telecom.where(system != 'phone')")).toThrow(SyntaxError);
    expect(compile('token', 'Patient.name.count()')).toThrow(SyntaxError);
  });

  it('compiles parameters over extensions', () => {
    const { paths } = compileParameter(definitions, 'Patient', {
      url: 'http://example.org/race',
      code: 'race',
      type: 'token',
      base: ['Patient'],
      expression: "Patient.extension('http://example.org/race').value.ofType(Coding).code",
    });
    expect(paths.map(({ path }) => path.id)).toEqual([
      'Patient.extension[url=http://example.org/race].value:Coding.code',
    ]);
  });
});

describe('searchPaths', () => {
  it('multiplies parenthesised unions out', () => {
    const steps = (expression: string) =>
      searchPaths(expression).map((path) => path.steps.map(({ at: _, ...step }) => step));
    expect(steps('(A.b | A.c).d as E')).toEqual(steps('A.b.d as E | A.c.d as E'));
  });

  it('reads `exists() and != false` only as a whole', () => {
    const [path] = searchPaths('Patient.deceased.exists() and Patient.deceased != false');
    expect(path?.steps.at(-1)).toMatchObject({ step: 'presentAndNotFalse' });
    expect(() => searchPaths('Patient.deceased.exists() and Patient.active != false')).toThrow(SyntaxError);
  });
});

describe('careDateParameters', () => {
  it('names date parameters of the types in the patient compartment', () => {
    for (const type of definitions.compartments.get('Patient')!.keys()) {
      for (const code of careDateParameters(type)) {
        expect([type, code, parametersOf(definitions, type).get(code)?.type]).toEqual([type, code, 'date']);
      }
    }
  });
});
