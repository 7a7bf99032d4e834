import { describe, expect, it } from '@jest/globals';
import { codesFor } from '../../server/terminology/codesFor.ts';
import { codeSystem, publishedView, valueSet, viewOf } from './testTerminology.ts';

const clinical = 'http://terminology.hl7.org/CodeSystem/condition-clinical';
const relations = 'http://terminology.hl7.org/CodeSystem/v3-RoleCode';
const refusal = (code: string, text: string) => ({
  status: 400,
  issues: [{ code, diagnostics: expect.stringContaining(text) }],
});

describe(':below and :above', () => {
  const ask = async (modifier: 'above' | 'below', value: string, view = publishedView) =>
    (await codesFor(view, { modifier, value })).codes.map(({ system, code }) => `${system}|${code}`);

  it('reach down and up the hierarchy, the code included', async () => {
    expect(await ask('below', `${clinical}|active`)).toEqual(
      ['active', 'recurrence', 'relapse'].map((code) => `${clinical}|${code}`),
    );
    expect(await ask('above', `${relations}|MTH`)).toEqual(
      ['MTH', 'PRN', 'FAMMEMB', '_PersonalRelationshipRoleType'].map((code) => `${relations}|${code}`),
    );
  });

  it('find the system of a code that only one has', async () => {
    expect(await ask('above', 'DAUADOPT')).toContain(`${relations}|CHLDADOPT`);
    await expect(ask('below', 'active')).rejects.toMatchObject(refusal('value', 'code systems have it'));
    await expect(ask('below', 'no-such-code')).rejects.toMatchObject(
      refusal('value', 'no code system held here has that code'),
    );
  });

  it('let a stored code system stand in for the published one', async () => {
    const roles = codeSystem('roles', ['PRN'], { url: relations });
    const view = viewOf(roles);
    expect(await ask('below', `${relations}|PRN`, view)).toEqual([`${relations}|PRN`]);
    await expect(ask('below', 'DAUADOPT', view)).rejects.toMatchObject(refusal('value', 'no code system'));
  });

  it('refuse what is not known here', async () => {
    await expect(ask('below', 'http://snomed.info/sct|73211009')).rejects.toMatchObject(
      refusal('not-supported', 'holds no code system http://snomed.info/sct: its hierarchy is not known'),
    );
    await expect(ask('below', `${clinical}|actve`)).rejects.toMatchObject(
      refusal('code-invalid', "has no code 'actve'"),
    );
    for (const value of ['', '|active', `${clinical}|`]) {
      await expect(ask('below', value)).rejects.toMatchObject(refusal('value', 'needs system|code'));
    }
  });

  it('refuse a hierarchy that is not is-a, and say when a code system is held in part only', async () => {
    const view = viewOf(
      codeSystem('body', [{ code: 'arm', concept: [{ code: 'hand' }] }], { hierarchyMeaning: 'part-of' }),
      codeSystem('some', [{ code: 'a', concept: [{ code: 'b' }] }], { content: 'fragment' }),
    );
    await expect(ask('below', 'http://t/body|arm', view)).rejects.toMatchObject(
      refusal('not-supported', 'is part-of, not is-a'),
    );
    expect(await codesFor(view, { modifier: 'below', value: 'http://t/some|a' })).toEqual({
      codes: ['a', 'b'].map((code) => ({ system: 'http://t/some', code })),
      systems: [],
      partial: ['http://t/some'],
    });
  });
});

describe(':in and :not-in', () => {
  it('give the codes of a value set, and systems that are in it as a whole', async () => {
    const loinc = 'http://loinc.org';
    const view = viewOf(
      valueSet('mixed', [{ system: loinc }, { system: clinical, concept: [{ code: 'active' }] }]),
    );
    for (const modifier of ['in', 'not-in'] as const) {
      expect(await codesFor(view, { modifier, value: 'http://t/vs/mixed' })).toEqual({
        codes: [{ system: clinical, code: 'active' }],
        systems: [loinc],
        partial: [],
      });
    }
  });

  it('refuse what cannot be answered, saying why', async () => {
    const ask = (value: string, view = publishedView) => codesFor(view, { modifier: 'in', value });
    await expect(ask('http://t/vs/none')).rejects.toMatchObject(
      refusal('not-found', "knows no value set 'http://t/vs/none'"),
    );
    await expect(ask('http://hl7.org/fhir/ValueSet/condition-code')).rejects.toMatchObject(
      refusal('not-supported', 'does not hold the codes of http://snomed.info/sct'),
    );
    const loinc = { system: 'http://loinc.org' };
    const view = viewOf(valueSet('most', [loinc], [{ ...loinc, concept: [{ code: '1-8' }] }]));
    await expect(ask('http://t/vs/most', view)).rejects.toMatchObject(
      refusal('not-supported', 'all codes of http://loinc.org but some'),
    );
  });

  it('refuse more codes than a search may ask for', async () => {
    const url = 'http://hl7.org/fhir/ValueSet/administrative-gender';
    await expect(codesFor(publishedView, { modifier: 'in', value: url, maxCodes: 3 })).rejects.toMatchObject(
      refusal('too-costly', 'stands for 4 codes; a search may ask for 3'),
    );
    const many = Array.from({ length: 5001 }, (_, i) => String(i));
    const view = viewOf(codeSystem('many', many), valueSet('many', [{ system: 'http://t/many' }]));
    await expect(codesFor(view, { modifier: 'in', value: 'http://t/vs/many' })).rejects.toMatchObject(
      refusal('too-costly', '5001 codes'),
    );
  });
});
