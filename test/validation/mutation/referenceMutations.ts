// References (references.html): types of targets by each way of naming one, and what contained resources may be.
import { observation, patient } from './examples.ts';
import { breaking, type Json, type Mutation } from './mutation.ts';

const urn = (digit: number) => `urn:uuid:${digit}1111111-1111-4111-8111-111111111111`;
const practitioner = { resourceType: 'Practitioner', id: 'x' };
const procedure: Json = {
  resourceType: 'Procedure',
  status: 'completed',
  contained: [practitioner],
  subject: { reference: 'Patient/p1' },
  asserter: { reference: '#x' },
};
const byType: Json = { ...observation, subject: { type: 'Patient', identifier: { value: '1' } } };
const collection: Json = {
  resourceType: 'Bundle',
  type: 'collection',
  entry: [
    { fullUrl: urn(1), resource: { ...observation, subject: { reference: urn(2) } } },
    { fullUrl: urn(2), resource: { resourceType: 'Patient', active: true } },
    {
      fullUrl: 'http://example.org/fhir/Observation/o2',
      resource: { ...observation, id: 'o2', subject: { reference: 'Patient/p2' } },
    },
    { fullUrl: 'http://example.org/fhir/Patient/p2', resource: { resourceType: 'Patient', id: 'p2' } },
  ],
};

/** Name, resource, what is changed, FHIRPath of the reference, words of the message. */
type Row = [name: string, of: Json, set: Mutation['set'], at: string, words: string];

const targets: readonly Row[] = [
  [
    'a relative reference',
    observation,
    { 'subject.reference': 'Practitioner/1' },
    'Observation.subject',
    'Practitioner',
  ],
  [
    'a versioned reference',
    observation,
    { 'subject.reference': 'Practitioner/1/_history/2' },
    'Observation.subject',
    'Practitioner',
  ],
  [
    'an absolute reference',
    observation,
    { 'subject.reference': 'http://example.org/fhir/Practitioner/1' },
    'Observation.subject',
    'Practitioner',
  ],
  [
    'a conditional reference',
    observation,
    { 'subject.reference': 'Practitioner?identifier=1' },
    'Observation.subject',
    'Practitioner',
  ],
  [
    'a reference in a list',
    observation,
    { performer: [{ reference: 'Patient/1' }, { reference: 'Device/1' }] },
    'Observation.performer[1]',
    'Device',
  ],
  [
    'a reference in a backbone element',
    patient,
    { 'link[0].other.reference': 'Practitioner/1' },
    'Patient.link[0].other',
    'Practitioner',
  ],
  ['Reference.type', byType, { 'subject.type': 'Practitioner' }, 'Observation.subject', 'Practitioner'],
  [
    'a contained resource',
    procedure,
    { 'contained[0]': { resourceType: 'Medication', id: 'x' } },
    'Procedure.asserter',
    'Medication',
  ],
  [
    'a urn of an entry',
    collection,
    { 'entry[1].resource': practitioner },
    'Bundle.entry[0].resource.subject',
    'Practitioner',
  ],
  [
    'a relative reference in a Bundle',
    collection,
    { 'entry[2].resource.subject.reference': 'Practitioner/1' },
    'Bundle.entry[2].resource.subject',
    'Practitioner',
  ],
  [
    'Reference.type against the reference',
    observation,
    { 'subject.type': 'Group' },
    'Observation.subject.type',
    'leads to a Patient',
  ],
];

const contained: readonly Mutation[] = [
  breaking('ref-1', patient, 'Patient.managingOrganization', {
    'managingOrganization.reference': '#o2',
    extension: [{ url: 'http://example.org/e', valueUri: '#o1' }],
  }),
  {
    name: 'a contained resource inside a contained one',
    of: patient,
    set: {
      'contained[0].contained': [{ resourceType: 'Organization', id: 'o2', name: 'Parent' }],
      'contained[0].extension': [{ url: 'http://example.org/e', valueUri: '#o2' }],
    },
    expect: { code: 'invariant', at: 'Patient', key: 'dom-2' },
  },
  breaking('dom-3', patient, 'Patient.contained[0]', { managingOrganization: undefined }),
  {
    name: 'a contained resource without an id',
    of: { ...procedure, contained: [{ resourceType: 'Practitioner', active: true, id: 'x' }] },
    set: { 'contained[0].id': undefined, asserter: undefined },
    expect: { code: 'invariant', at: 'Procedure.contained[0]', key: 'dom-3' },
  },
  {
    name: 'two contained resources of one id',
    of: procedure,
    set: { contained: [practitioner, practitioner] },
    expect: { code: 'structure', at: 'Procedure.contained[1]', words: '"x"' },
  },
  breaking('dom-4', patient, 'Patient', { 'contained[0].meta': { versionId: '1' } }),
  {
    name: 'dom-4 of a contained lastUpdated',
    of: patient,
    set: { 'contained[0].meta': { lastUpdated: '2024-05-01T10:00:00Z' } },
    expect: { code: 'invariant', at: 'Patient', key: 'dom-4' },
  },
  breaking('dom-5', patient, 'Patient', {
    'contained[0].meta': { security: [{ system: 'http://example.org/labels', code: 'R' }] },
  }),
];

export const referenceMutations: readonly Mutation[] = [
  ...targets.map(
    ([name, of, set, at, words]): Mutation => ({
      ...{ name: `a target of the wrong type: ${name}`, of, set, expect: { code: 'value', at, words } },
    }),
  ),
  ...contained,
];
