import { describe, expect, it } from '@jest/globals';
import type { FhirError } from '../../server/errors.ts';
import { includesOf, revIncludesOf } from '../../server/search/includesOf.ts';
import { includeText, isInclude, parseInclude } from '../../server/search/parseInclude.ts';
import { definitions } from '../definitions/testDefinitions.ts';

const parse = (text: string, ...types: string[]) => {
  const at = text.indexOf('=');
  return parseInclude(definitions, text.slice(0, at), text.slice(at + 1), types);
};
const refusal = (text: string, ...types: string[]): FhirError => {
  try {
    parse(text, ...types);
  } catch (error) {
    return error as FhirError;
  }
  throw new Error(`${text} was not refused`);
};

describe('isInclude', () => {
  it('is by name, whatever the modifier', () => {
    expect(
      ['_include', '_revinclude', '_include:iterate', '_include:x', '_includes', 'include', '_id'].map(
        isInclude,
      ),
    ).toEqual([true, true, true, true, false, false, false]);
  });
});

describe('parseInclude', () => {
  it.each([
    ['_include=Observation:subject', { reverse: false, type: 'Observation', parameter: 'subject' }],
    [
      '_include=Observation:subject:Patient',
      { reverse: false, type: 'Observation', parameter: 'subject', targetType: 'Patient' },
    ],
    ['_include=Observation:*', { reverse: false, type: 'Observation', parameter: '*' }],
    [
      '_include=Observation:*:Patient',
      { reverse: false, type: 'Observation', parameter: '*', targetType: 'Patient' },
    ],
    ['_include=*', { reverse: false, type: '*', parameter: '*' }],
    ['_revinclude=*', { reverse: true, type: '*', parameter: '*' }],
    ['_revinclude=Provenance:target', { reverse: true, type: 'Provenance', parameter: 'target' }],
    ['_revinclude=Observation:has-member', { reverse: true, type: 'Observation', parameter: 'has-member' }],
  ])('%s', (text, expected) => {
    expect(parse(text, 'Observation')).toEqual({ ...expected, iterate: false });
    expect(includeText(parse(text, 'Observation'))).toBe(text);
    const iterated = text.replace('=', ':iterate=');
    expect(parse(iterated, 'Observation')).toEqual({ ...expected, iterate: true });
    expect(includeText(parse(iterated, 'Observation'))).toBe(iterated);
  });

  it.each([
    ['_include=Observation:subjet', /no reference parameter 'subjet'.*based-on, derived-from.*subject/],
    ['_include=Observation:code', /no reference parameter 'code'/],
    ['_include=Observatio:subject', /no resource type 'Observatio'.*Observation:subject/],
    ['_include=subject', /not of the form Source:parameter.*Possible are: \*, Observation:\*/],
    ['_include=', /not of the form/],
    ['_include=Observation:', /not of the form/],
    ['_include=Observation:subject:', /not of the form/],
    ['_include=Observation:subject:Patient:x', /not of the form/],
    ['_include=*:subject', /no resource type '\*'/],
    ['_include=Observation:subject:Practitioner', /never leads to 'Practitioner', but to: Device, Group/],
    ['_include=Observation:patient:Group', /never leads to 'Group', but to: Patient\./],
    ['_include=Observation:subject,Observation:encounter', /give _include once for each/],
    ['_include:recurse=Observation:subject', /:iterate/],
    ['_include:itrate=Observation:subject', /takes the modifier ':iterate' only, not ':itrate'/],
    ['_include=Patient:organization', /starts from Patient, which is not searched.*_include:iterate/],
    ['_revinclude=Encounter:subject', /leads to none of the searched types.*_revinclude:iterate/],
    ['_revinclude=Provenance:target:Patient', /leads to none of the searched types/],
    [
      '_include=Binary:subject',
      /Binary has no reference parameter 'subject'|Binary has no reference parameter\./,
    ],
  ])('refuses %s', (text, message) => {
    const error = refusal(text, 'Observation');
    expect(error.status).toBe(400);
    expect(error.message).toMatch(message);
  });

  it('takes with :iterate what only included resources lead to', () => {
    expect(parse('_include:iterate=Patient:organization', 'Observation').iterate).toBe(true);
    expect(parse('_revinclude:iterate=Encounter:subject', 'Observation').iterate).toBe(true);
  });

  it('looks at all types of a search', () => {
    expect(parse('_include=Patient:organization', 'Observation', 'Patient').type).toBe('Patient');
    expect(parse('_revinclude=Encounter:subject:Patient', 'Observation', 'Patient').type).toBe('Encounter');
  });
});

describe('the lists of what can be included', () => {
  it('hold what is accepted, for every type', () => {
    const reverses = revIncludesOf(definitions);
    for (const type of definitions.resourceTypes) {
      const values = [
        ...includesOf(definitions, type).map((value) => `_include=${value}`),
        ...(reverses.get(type) ?? []).map((value) => `_revinclude=${value}`),
      ];
      for (const value of values) expect(includeText(parse(value, type))).toBe(value);
    }
  });

  it('name reference parameters, and canonicals where the target has a url', () => {
    expect(includesOf(definitions, 'Observation')).toEqual(
      expect.arrayContaining(['*', 'Observation:*', 'Observation:subject', 'Observation:patient']),
    );
    expect(includesOf(definitions, 'Observation')).not.toContain('Observation:code');
    expect(includesOf(definitions, 'Parameters')).toEqual([]);
    const reverses = revIncludesOf(definitions);
    expect(reverses.get('Questionnaire')).toEqual(
      expect.arrayContaining(['*', 'QuestionnaireResponse:questionnaire', 'Provenance:target']),
    );
    expect(reverses.get('Patient')).not.toContain('QuestionnaireResponse:questionnaire');
    expect(reverses.get('Patient')).not.toContain('ImplementationGuide:global');
  });
});
