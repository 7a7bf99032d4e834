import { describe, expect, it } from '@jest/globals';
import { parametersOf } from '../../../server/definitions/parametersOf.ts';
import { createExtractor } from '../../../server/search/createExtractor.ts';
import {
  matchCanonical,
  matchReference,
  matchReferenceIdentifier,
  referencePresence,
  resolveReference,
} from '../../../server/search/parameters/reference.ts';
import { definitions } from '../../definitions/testDefinitions.ts';

const baseUrls = ['http://localhost:8080/fhir/R4', 'http://localhost:8080/fhir'];
const context = { definitions, baseUrls };
const extract = createExtractor(definitions, { baseUrls });
const parameter = (type: string, code: string) => parametersOf(definitions, type).get(code)!;

function finds(resource: Record<string, unknown>, code: string, text: string, ofType?: string): boolean {
  const hashes = matchReference(parameter(resource.resourceType as string, code), text, context, ofType);
  const { tokens } = extract(resource);
  return hashes.some((hash) => tokens.includes(hash));
}

describe('resolveReference', () => {
  it.each([
    ['Patient/1', { value: 'Patient/1', type: 'Patient' }],
    ['Patient/1/_history/2', { value: 'Patient/1', type: 'Patient', versioned: 'Patient/1/_history/2' }],
    ['http://localhost:8080/fhir/R4/Patient/1', { value: 'Patient/1', type: 'Patient' }],
    ['http://localhost:8080/fhir/Patient/1', { value: 'Patient/1', type: 'Patient' }],
    ['http://localhost:8080/fhirPatient/1', { value: 'http://localhost:8080/fhirPatient/1' }],
    ['http://other/Patient/1', { value: 'http://other/Patient/1', type: 'Patient' }],
    ['urn:uuid:1', { value: 'urn:uuid:1' }],
    ['Nonsense/1', { value: 'Nonsense/1' }],
    ['Patient?identifier=1', { value: 'Patient?identifier=1' }],
  ])('%s', (text, resolved) => {
    expect(resolveReference(text, context)).toEqual(resolved);
  });
});

describe('references', () => {
  const about = (reference: string) => ({ resourceType: 'Observation', subject: { reference } });

  it.each([
    ['Patient/1', 'subject', 'Patient/1', true],
    ['Patient/1', 'subject', '1', true],
    ['Patient/1', 'patient', '1', true],
    ['Patient/1', 'subject', 'http://localhost:8080/fhir/R4/Patient/1', true],
    ['http://localhost:8080/fhir/Patient/1', 'subject', 'Patient/1', true],
    ['Patient/1/_history/3', 'subject', 'Patient/1', true],
    ['Patient/1/_history/3', 'subject', 'Patient/1/_history/3', true],
    ['Patient/1', 'subject', 'Patient/1/_history/3', false],
    ['Patient/1', 'subject', 'Group/1', false],
    ['Patient/1', 'subject', '2', false],
    ['Group/1', 'subject', '1', true],
    ['Group/1', 'patient', '1', false],
    ['Group/1', 'patient', 'Group/1', false],
    ['http://other/Patient/1', 'subject', 'http://other/Patient/1', true],
    ['http://other/Patient/1', 'patient', 'http://other/Patient/1', true],
    ['http://other/Patient/1', 'subject', 'Patient/1', false],
    ['urn:uuid:5', 'subject', 'urn:uuid:5', true],
    ['#p', 'subject', 'Patient/p', false],
  ])('subject %s, %s=%s: %s', (reference, code, text, found) => {
    expect(finds(about(reference), code, text)).toBe(found);
  });

  it('narrows to a type by modifier', () => {
    expect(finds(about('Patient/1'), 'subject', '1', 'Patient')).toBe(true);
    expect(finds(about('Patient/1'), 'subject', '1', 'Group')).toBe(false);
    expect(finds(about('Patient/1'), 'subject', 'Patient/1', 'Patient')).toBe(true);
    expect(() => finds(about('Patient/1'), 'subject', 'Patient/1', 'Group')).toThrow("'subject:Group'");
  });

  it('refuses unknown resource types', () => {
    expect(() => finds(about('Patient/1'), 'subject', 'Patent/1')).toThrow("no resource type 'Patent'");
  });

  it('finds a bare id in a reference to anything', () => {
    const provenance = { resourceType: 'Provenance', target: [{ reference: 'Slot/7' }] };
    expect(finds(provenance, 'target', '7')).toBe(true);
    expect(finds(provenance, 'patient', '7')).toBe(false);
  });

  it('finds canonicals with and without version', () => {
    const response = { resourceType: 'QuestionnaireResponse', questionnaire: 'http://q|2' };
    expect(finds(response, 'questionnaire', 'http://q')).toBe(true);
    expect(finds(response, 'questionnaire', 'http://q|2')).toBe(true);
    expect(finds(response, 'questionnaire', 'http://q\\|2')).toBe(true);
    expect(finds(response, 'questionnaire', 'http://q|3')).toBe(false);
    const own = { resourceType: 'QuestionnaireResponse', questionnaire: `${baseUrls[0]}/Questionnaire/1` };
    expect(finds(own, 'questionnaire', 'Questionnaire/1')).toBe(true);
  });

  it('finds related artifacts of the right kind only', () => {
    const library = {
      resourceType: 'Library',
      relatedArtifact: [
        { type: 'composed-of', resource: 'http://a' },
        { type: 'depends-on', resource: 'http://b' },
      ],
    };
    expect(finds(library, 'composed-of', 'http://a')).toBe(true);
    expect(finds(library, 'composed-of', 'http://b')).toBe(false);
    expect(finds(library, 'depends-on', 'http://b')).toBe(true);
  });

  it('finds the first entry of a Bundle', () => {
    const bundle = {
      resourceType: 'Bundle',
      entry: [
        { resource: { resourceType: 'Composition', id: '1' } },
        { resource: { resourceType: 'Patient', id: '2' } },
      ],
    };
    expect(finds(bundle, 'composition', 'Composition/1')).toBe(true);
    expect(finds(bundle, 'composition', '1')).toBe(true);
    expect(finds(bundle, 'composition', 'Patient/2')).toBe(false);
  });

  it('finds logical references by identifier', () => {
    const observation = {
      resourceType: 'Observation',
      subject: { identifier: { system: 'http://mrn', value: '1' } },
    };
    const find = (text: string) =>
      matchReferenceIdentifier(parameter('Observation', 'subject'), text).some((hash) =>
        extract(observation).tokens.includes(hash),
      );
    expect(find('http://mrn|1')).toBe(true);
    expect(find('1')).toBe(true);
    expect(find('http://mrn|2')).toBe(false);
  });

  it('notes presence by target type', () => {
    const present = (resource: Record<string, unknown>, code: string) => {
      const { paths } = parameter(resource.resourceType as string, code);
      const { hashes, always } = referencePresence(paths);
      return always || hashes.some((hash) => extract(resource).tokens.includes(hash));
    };
    expect(present(about('Patient/1'), 'subject')).toBe(true);
    expect(present(about('Patient/1'), 'patient')).toBe(true);
    expect(present(about('Group/1'), 'subject')).toBe(true);
    expect(present(about('Group/1'), 'patient')).toBe(false);
    expect(present(about('urn:uuid:1'), 'subject')).toBe(true);
    expect(present(about('#p'), 'subject')).toBe(true);
    expect(present({ resourceType: 'Observation', subject: { display: 'somebody' } }, 'subject')).toBe(true);
    expect(present({ resourceType: 'Observation' }, 'subject')).toBe(false);
    expect(present({ resourceType: 'Observation', focus: [{ reference: 'Slot/1' }] }, 'focus')).toBe(true);
    expect(present({ resourceType: 'Observation' }, 'focus')).toBe(false);
    expect(
      present({ resourceType: 'QuestionnaireResponse', questionnaire: 'http://q' }, 'questionnaire'),
    ).toBe(true);
  });
});

describe('versions of canonicals', () => {
  const answers = (questionnaire: string) => ({ resourceType: 'QuestionnaireResponse', questionnaire });
  const findsVersion = (stored: string, modifier: 'above' | 'below', text: string) => {
    const hashes = matchCanonical(
      parameter('QuestionnaireResponse', 'questionnaire'),
      text,
      modifier,
      context,
    );
    return hashes.some((hash) => extract(answers(stored)).tokens.includes(hash));
  };

  it.each<[string, 'above' | 'below', string, boolean]>([
    ['http://x/q|1.2.3', 'below', 'http://x/q|1.2', true],
    ['http://x/q|1.2.3', 'below', 'http://x/q|1', true],
    ['http://x/q|1.2', 'below', 'http://x/q|1.2', true],
    ['http://x/q|1.20', 'below', 'http://x/q|1.2', false],
    ['http://x/q|1', 'below', 'http://x/q|1.2', false],
    ['http://x/other|1.2.3', 'below', 'http://x/q|1.2', false],
    ['http://x/q', 'below', 'http://x/q|1', false],
    ['http://x/q|1', 'above', 'http://x/q|1.2.3', true],
    ['http://x/q|1.2.3', 'above', 'http://x/q|1.2.3', true],
    ['http://x/q|1.3', 'above', 'http://x/q|1.2.3', false],
    ['http://localhost:8080/fhir/Questionnaire/q|1.2', 'below', 'Questionnaire/q|1', true],
  ])('%s is %s %s: %s', (stored, modifier, text, found) => {
    expect(findsVersion(stored, modifier, text)).toBe(found);
  });

  it.each(['http://x/q', 'http://x/q|', `http://x/q|${'1.'.repeat(40)}1`])('refuse %j by name', (text) => {
    expect(() => findsVersion('http://x/q|1', 'below', text)).toThrow("'questionnaire:below'");
  });

  it('are not those of resources', () => {
    expect(() => matchCanonical(parameter('Location', 'partof'), 'Location/1', 'below', context)).toThrow(
      "'partof:below'",
    );
  });
});
