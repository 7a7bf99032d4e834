// Compartment search (search.html, compartmentdefinition.html): GET Patient/1/Observation, GET Patient/1/*, and by POST.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
const get = (path: string, headers: Record<string, string> = {}) =>
  send('GET', `${server.base}/${path}`, undefined, headers);
const post = (path: string, body: string) =>
  send('POST', `${server.base}/${path}`, body, { 'content-type': 'application/x-www-form-urlencoded' });
/** The matches, sorted. */
const names = (answer: Answer): string[] => {
  expect([answer.status, answer.body.type, answer.body.issue]).toEqual([200, 'searchset', undefined]);
  const entries: { resource: { resourceType: string; id: string }; search: { mode: string } }[] =
    answer.body.entry ?? [];
  return entries
    .filter(({ search }) => search.mode === 'match')
    .map(({ resource }) => `${resource.resourceType}/${resource.id}`)
    .toSorted();
};
const put = async (type: string, id: string, more: object) =>
  expect(
    (await send('PUT', `${server.base}/${type}/${id}`, { resourceType: type, id, ...more })).status,
  ).toBeLessThan(300);
const to = (reference: string) => ({ reference });

beforeAll(async () => {
  server = await startTestServer();
  const observation = (id: string, more: object) =>
    put('Observation', id, { status: 'final', code: { coding: [{ system: 'urn:c', code: 'x' }] }, ...more });
  await put('Organization', 'org', { name: 'org' });
  await put('Practitioner', 'doc', {});
  await put('Patient', '1', { managingOrganization: to('Organization/org') });
  await put('Patient', '2', { link: [{ other: to('Patient/1'), type: 'seealso' }] });
  await put('Encounter', 'e', { status: 'finished', class: { code: 'AMB' }, subject: to('Patient/1') });
  await put('Group', 'g', { type: 'person', actual: true, member: [{ entity: to('Patient/1') }] });
  await observation('subject', { subject: to('Patient/1'), encounter: to('Encounter/e') });
  await observation('performer', {
    subject: to('Patient/2'),
    performer: [to('Patient/1'), to('Practitioner/doc')],
  });
  await observation('other', { subject: to('Patient/2') });
  await observation('none', { code: { text: 'no subject' } });
  await put('Condition', 'c', { subject: to('Patient/1') });
});
afterAll(() => server.stop());

const cases: [string, string[]][] = [
  ['Patient/1/Observation', ['Observation/performer', 'Observation/subject']],
  ['Patient/1/Observation?subject=Patient/2', ['Observation/performer']],
  ['Patient/1/Observation?code=urn:c|x&performer=Practitioner/doc', ['Observation/performer']],
  ['Patient/1/Observation?code=nothing', []],
  ['Patient/1/Condition', ['Condition/c']],
  ['Patient/1/Patient', ['Patient/1', 'Patient/2']],
  ['Patient/2/Patient', ['Patient/2']],
  ['Patient/1/AllergyIntolerance', []],
  ['Patient/nobody/Observation', []],
  ['Encounter/e/Observation', ['Observation/subject']],
  ['Encounter/e/Encounter', ['Encounter/e']],
  ['Practitioner/doc/Observation', ['Observation/performer']],
  [
    'Patient/1/*',
    [
      'Condition/c',
      'Encounter/e',
      'Group/g',
      'Observation/performer',
      'Observation/subject',
      'Patient/1',
      'Patient/2',
    ],
  ],
  ['Patient/1/%2A?_type=Condition,Encounter', ['Condition/c', 'Encounter/e']],
  ['Patient/1/*?_id=c,e,other', ['Condition/c', 'Encounter/e']],
  ['Patient/nobody/*', []],
];

describe('compartment search', () => {
  it.each(cases)('GET %s', async (path, expected) => {
    const answer = await get(path);
    expect(names(answer)).toEqual(expected);
    const [where = '', query = ''] = path.split('?');
    const self = new URL(answer.body.link.find((link: { relation: string }) => link.relation === 'self').url);
    expect(decodeURIComponent(self.pathname).endsWith(`/${decodeURIComponent(where)}`)).toBe(true);
    expect(names(await post(`${where}/_search`, query))).toEqual(expected);
    const entry = [{ request: { method: 'GET', url: path } }];
    const batch = await send('POST', server.base, { resourceType: 'Bundle', type: 'batch', entry });
    const inBatch = batch.body.entry[0];
    expect(inBatch.response.status).toBe('200 OK');
    expect(names({ ...answer, body: inBatch.resource })).toEqual(expected);
    expect((await get(`${where}?${query}&_summary=count`)).body.total).toBe(expected.length);
  });

  it('POST combines the parameters of URL and body', async () => {
    const query = 'Patient/1/Observation/_search?subject=Patient/2';
    expect(names(await post(query, 'code=urn:c|x'))).toEqual(['Observation/performer']);
    expect(names(await post(query, 'subject=Patient/1'))).toEqual([]);
    expect(names(await post('Patient/1/Observation/_search', ''))).toHaveLength(2);
    expect(names(await post('Patient/1/_search', '_type=Condition'))).toEqual(['Condition/c']);
  });

  it('pages through a compartment, nothing twice', async () => {
    const found: string[] = [];
    for (let url = `${server.base}/Patient/1/*?_count=2`; url !== ''; ) {
      const page = await send('GET', url);
      expect(names(page).length).toBeLessThanOrEqual(2);
      found.push(...names(page));
      url = page.body.link.find((link: { relation: string }) => link.relation === 'next')?.url ?? '';
    }
    expect(found.toSorted()).toEqual(names(await get('Patient/1/*')));
  });

  it('includes what the matches refer to', async () => {
    const { body } = await get(
      'Patient/1/Observation?_id=performer&_include=Observation:performer:Practitioner',
    );
    expect(body.entry.map((entry: { search: object }) => entry.search)).toEqual([
      { mode: 'match' },
      { mode: 'include' },
    ]);
  });

  it('answers HEAD', async () => {
    const head = await send('HEAD', `${server.base}/Patient/1/Observation`);
    expect([head.status, head.text]).toEqual([200, '']);
    expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100);
  });

  it('keeps to the types that are in the compartment', async () => {
    for (const path of [
      'Patient/1/Organization',
      'Encounter/e/Patient',
      'Patient/1/Nothing',
      'Patient/1/observation',
    ]) {
      expectRefusal(await get(path), 404, { code: 'not-supported' });
    }
    expectRefusal(await get('Patient/1/Organization'), 404, {
      diagnostics: /never in the compartment of a Patient; in it are: Account, .*Observation/,
    });
    expectRefusal(await get('Patient/1/*?_type=Organization'), 400, { diagnostics: /_type/ });
  });

  it('says which types have compartments', async () => {
    const refused = await get('Organization/org/Observation');
    expectRefusal(refused, 404, { diagnostics: /Device, Encounter, Patient, Practitioner, RelatedPerson/ });
    const entry = [{ request: { method: 'GET', url: 'Organization/org/Observation' } }];
    const batch = await send('POST', server.base, { resourceType: 'Bundle', type: 'batch', entry });
    expect(batch.body.entry[0].response.status).toBe('404 Not Found');
  });

  it('refuses what is no id, other methods and unknown parameters', async () => {
    expectRefusal(await get('Patient/a b/Observation'), 400, { code: 'value' });
    const other = await send('PUT', `${server.base}/Patient/1/Observation`, { resourceType: 'Observation' });
    expectRefusal(other, 405);
    expect(other.headers.get('allow')).toBe('GET, HEAD');
    expectRefusal(await get('Patient/1/Observation/_search'), 405);
    expectRefusal(await get('Patient/1/Observation?_contained=true'), 400, { diagnostics: /_contained/ });
    expect(names(await get('Patient/1/Observation?_contained=false'))).toHaveLength(2);
    expectRefusal(await get('Patient/1/Observation?nothing=1'), 400, { diagnostics: /nothing/ });
    const lenient = await get('Patient/1/Observation?nothing=1', { prefer: 'handling=lenient' });
    expect(names(lenient)).toHaveLength(2);
    expect(lenient.headers.get('preference-applied')).toBe('handling=lenient');
  });

  it('reads escapes in the URLs of a batch, and says where one is none', async () => {
    const entry = ['Patient/%31/Observation', 'Patient/%3/Observation'].map((url) => ({
      request: { method: 'GET', url },
    }));
    const { body } = await send('POST', server.base, { resourceType: 'Bundle', type: 'batch', entry });
    expect(body.entry.map(({ response }: { response: { status: string } }) => response.status)).toEqual([
      '200 OK',
      '400 Bad Request',
    ]);
    expect(body.entry[1].response.outcome.issue[0].diagnostics).toMatch(/%-escape/);
  });

  it('leaves history and operations where they were', async () => {
    expect((await get('Patient/1/_history')).body.type).toBe('history');
    expect((await get('Patient/1/$everything')).body.type).toBe('searchset');
    expectRefusal(await get('Patient/1/_nothing'), 404, { code: 'not-found' });
  });
});

describe('the CapabilityStatement', () => {
  it('names the compartments', async () => {
    const { body } = await get('metadata');
    expect(body.rest[0].compartment).toEqual(
      ['device', 'encounter', 'patient', 'practitioner', 'relatedperson'].map(
        (name) => `http://hl7.org/fhir/CompartmentDefinition/${name}`,
      ),
    );
  });
});
