// Bundles by their type (bundle.html, bdl-*).
import { bundle, patient } from './examples.ts';
import { breaking, type Json, type Mutation } from './mutation.ts';

const { contained: _, managingOrganization: __, ...resource } = patient;
const fullUrl = 'http://example.org/fhir/Patient/p1';
const request = { method: 'PUT', url: 'Patient/p1' };
const response = { status: '200', etag: 'W/"1"' };
const entry = { fullUrl, resource };

const collection = bundle('collection', entry);
const searchset = bundle('searchset', { ...entry, search: { mode: 'match' } }, { total: 1 });
const transaction = bundle('transaction', { ...entry, request });
const answered = bundle('transaction-response', { ...entry, response });
const history = bundle('history', { ...entry, request, response });
const composition: Json = {
  resourceType: 'Composition',
  id: 'c',
  status: 'final',
  type: { text: 't' },
  date: '2024-05-01',
  author: [{ reference: 'Practitioner/1' }],
  title: 'T',
};
const document = bundle(
  'document',
  { fullUrl: 'http://example.org/fhir/Composition/c', resource: composition },
  { timestamp: '2024-05-01T10:00:00Z', identifier: { system: 'http://example.org/ids', value: '1' } },
);
const message = bundle('message', {
  fullUrl: 'http://example.org/fhir/MessageHeader/m',
  resource: {
    resourceType: 'MessageHeader',
    id: 'm',
    eventUri: 'http://example.org/event',
    source: { endpoint: 'http://example.org' },
  },
});

export const bundleMutations: readonly Mutation[] = [
  breaking('bdl-1', collection, 'Bundle', { total: 1 }),
  breaking('bdl-2', collection, 'Bundle', { 'entry[0].search': { mode: 'match' } }),
  breaking('bdl-3', searchset, 'Bundle', { 'entry[0].request': request }),
  {
    ...breaking('bdl-3', transaction, 'Bundle', { 'entry[0].request': undefined }),
    name: 'bdl-3: a transaction without requests',
  },
  {
    ...breaking('bdl-3', history, 'Bundle', { 'entry[0].request': undefined }),
    name: 'bdl-3: a history without requests',
  },
  breaking('bdl-4', collection, 'Bundle', { 'entry[0].response': response }),
  {
    ...breaking('bdl-4', answered, 'Bundle', { 'entry[0].response': undefined }),
    name: 'bdl-4: answers without a response',
  },
  breaking('bdl-5', collection, 'Bundle.entry[0]', { 'entry[0].resource': undefined }),
  breaking('bdl-7', collection, 'Bundle', { entry: [entry, entry] }),
  {
    name: 'a fullUrl that disagrees with the id',
    ...{ of: collection, set: { 'entry[0].fullUrl': 'http://example.org/fhir/Patient/p2' } },
    expect: { code: 'value', at: 'Bundle.entry[0].fullUrl', words: '/Patient/p1' },
  },
  breaking('bdl-8', collection, 'Bundle.entry[0]', { 'entry[0].fullUrl': `${fullUrl}/_history/1` }),
  breaking('bdl-9', document, 'Bundle', { identifier: undefined }),
  breaking('bdl-10', document, 'Bundle', { timestamp: undefined }),
  breaking('bdl-11', document, 'Bundle', { entry: [entry] }),
  breaking('bdl-12', message, 'Bundle', { entry: [entry] }),
  {
    name: 'a mistake in a resource of a Bundle',
    of: transaction,
    set: { 'entry[0].resource.birthDate': '1970-02-30' },
    expect: { code: 'value', at: 'Bundle.entry[0].resource.birthDate', words: 'calendar date' },
  },
  {
    name: 'a broken constraint of a resource in a Bundle',
    of: document,
    set: { 'entry[0].resource.section': [{ title: 'empty' }] },
    expect: { code: 'invariant', at: 'Bundle.entry[0].resource.section[0]', key: 'cmp-1' },
  },
  {
    name: 'a broken constraint of a resource in Parameters',
    of: { resourceType: 'Parameters', parameter: [{ name: 'a', resource: composition }] },
    set: { 'parameter[0].resource.section': [{ title: 'empty' }] },
    expect: { code: 'invariant', at: 'Parameters.parameter[0].resource.section[0]', key: 'cmp-1' },
  },
  {
    name: 'a broken constraint of a contained resource',
    of: { ...patient, contained: [{ resourceType: 'Organization', id: 'o1', name: 'Praxis' }] },
    set: { 'contained[0].name': undefined },
    expect: { code: 'invariant', at: 'Patient.contained[0]', key: 'org-1' },
  },
];
