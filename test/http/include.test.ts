// _include and _revinclude (search.html#include): what comes with the matches of a page, and what does not.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
const search = (query: string) => send('GET', `${server.base}/${query}`);

interface Entry {
  fullUrl: string;
  // biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
  resource: any;
  search: { mode: string };
}
const entries = (answer: Answer, mode: string): Entry[] => {
  expect([answer.status, answer.body.type, answer.body.issue]).toEqual([200, 'searchset', undefined]);
  const all: Entry[] = answer.body.entry ?? [];
  const names = all.map(({ fullUrl, resource }) => `${fullUrl} ${resource.meta?.versionId}`);
  expect(names).toEqual([...new Set(names)]);
  return all.filter((entry) => entry.search.mode === mode);
};
const name = ({ resource }: Entry): string => `${resource.resourceType}/${resource.id}`;
/** What a search includes, sorted. */
const included = async (query: string): Promise<string[]> =>
  entries(await search(query), 'include')
    .map(name)
    .toSorted();
/** The warnings of a search. */
const warnings = (answer: Answer): string[] =>
  entries(answer, 'outcome').flatMap(({ resource }) =>
    resource.issue.map(({ severity, diagnostics }: Record<string, string>) => `${severity}: ${diagnostics}`),
  );

const put = async (type: string, id: string, more: object) =>
  expect(
    (await send('PUT', `${server.base}/${type}/${id}`, { resourceType: type, id, ...more })).status,
  ).toBeLessThan(300);
const to = (reference: string) => ({ reference });
const observation = (id: string, more: object) =>
  put('Observation', id, { status: 'final', code: { text: id }, ...more });
const sendAll = async (resources: { resourceType: string; id: string }[]) => {
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  const answer = await send('POST', server.base, { resourceType: 'Bundle', type: 'transaction', entry });
  expect(answer.status).toBe(200);
};

beforeAll(async () => {
  server = await startTestServer();
  await put('Organization', 'org', { name: 'org' });
  await put('Practitioner', 'doc', {});
  await put('Practitioner', 'gone', {});
  await put('Patient', 'p', {
    managingOrganization: to('Organization/org'),
    generalPractitioner: [to('Practitioner/doc')],
  });
  await put('Patient', 'q', { gender: 'male' });
  await put('Patient', 'q', { gender: 'female' });
  await put('Group', 'g', { type: 'person', actual: true });
  await put('Encounter', 'e', {
    status: 'finished',
    class: { code: 'AMB' },
    subject: to('Patient/p'),
    serviceProvider: to('Organization/org'),
  });
  await observation('o1', {
    subject: to('Patient/p'),
    encounter: to('Encounter/e'),
    performer: [to('Practitioner/doc'), to('Practitioner/gone'), to('Practitioner/never')],
  });
  await observation('o2', { subject: to('Group/g'), hasMember: [to('Observation/o1')] });
  await observation('o3', { hasMember: [to('Observation/o2')] });
  await observation('twins', { subject: to('Patient/p'), performer: [to('Patient/p')] });
  await observation('ring-a', { hasMember: [to('Observation/ring-b')] });
  await observation('ring-b', { hasMember: [to('Observation/ring-a')] });
  await observation('old', { subject: to('Patient/q/_history/1') });
  await observation('now', { subject: to('Patient/q/_history/2'), performer: [to('Patient/q')] });
  await observation('both', { subject: to('Patient/q/_history/1'), performer: [to('Patient/q')] });
  await observation('lost', { subject: to('Patient/q/_history/9') });
  await observation('own', { subject: to(`${server.base}/Patient/p`) });
  await observation('far', { subject: to('http://far.example.org/fhir/Patient/p') });
  await observation('logical', { subject: { identifier: { value: '1' } } });
  await put('MedicationRequest', 'm', {
    status: 'active',
    intent: 'order',
    subject: to('Patient/p'),
    contained: [{ resourceType: 'Medication', id: 'inside' }],
    medicationReference: to('#inside'),
  });
  await put('Medication', 'inside', {});
  await put('Provenance', 'of-o1', {
    recorded: '2024-01-01T00:00:00Z',
    target: [to('Observation/o1')],
    agent: [{ who: to('Practitioner/doc') }],
  });
  await send('DELETE', `${server.base}/Practitioner/gone`);
});
afterAll(() => server.stop());

describe('_include', () => {
  it.each<[string, string, string[]]>([
    ['a reference', 'Observation?_id=o1&_include=Observation:subject', ['Patient/p']],
    ['by a parameter for one type', 'Observation?_id=o1,o2&_include=Observation:patient', ['Patient/p']],
    ['a target type', 'Observation?_id=o1,o2&_include=Observation:subject:Group', ['Group/g']],
    [
      'several',
      'Observation?_id=o1&_include=Observation:subject&_include=Observation:encounter',
      ['Encounter/e', 'Patient/p'],
    ],
    [
      'all of a type, deleted and unknown ones left out',
      'Observation?_id=o1&_include=Observation:*',
      ['Encounter/e', 'Patient/p', 'Practitioner/doc'],
    ],
    [
      'all references',
      'Observation?_id=o1,o2&_include=*',
      ['Encounter/e', 'Group/g', 'Patient/p', 'Practitioner/doc'],
    ],
    [
      'what two matches refer to, once',
      'Observation?_id=o1,twins&_include=Observation:subject',
      ['Patient/p'],
    ],
    ['what two parameters lead to, once', 'Observation?_id=twins&_include=Observation:*', ['Patient/p']],
    ['no match again', 'Observation?_id=o1,o2&_include=Observation:has-member', []],
    [
      'a reference that spells out this server',
      'Observation?_id=own&_include=Observation:subject',
      ['Patient/p'],
    ],
    ['nothing of other servers', 'Observation?_id=far,logical&_include=Observation:subject', []],
    ['nothing that is contained', 'MedicationRequest?_include=MedicationRequest:medication', []],
    [
      'nothing of what is included',
      'Observation?_id=o1&_include=Observation:subject&_include:iterate=Encounter:*',
      ['Patient/p'],
    ],
  ])('includes %s: %s', async (_what, query, expected) => {
    expect(await included(query)).toEqual(expected);
  });

  it('includes the version that is named, where it is there', async () => {
    const versions = async (id: string) =>
      entries(await search(`Observation?_id=${id}&_include=Observation:*`), 'include').map(
        ({ resource }) => `${resource.id} ${resource.meta.versionId} ${resource.gender}`,
      );
    expect(await versions('old')).toEqual(['q 1 male']);
    expect(await versions('now')).toEqual(['q 2 female']);
    expect((await versions('both')).toSorted()).toEqual(['q 1 male', 'q 2 female']);
    expect(await versions('lost')).toEqual([]);
  });

  it('leaves out versions of what is deleted', async () => {
    await put('Patient', 'away', { gender: 'male' });
    await observation('of-away', { subject: to('Patient/away/_history/1') });
    expect(await included('Observation?_id=of-away&_include=Observation:subject')).toEqual(['Patient/away']);
    await send('DELETE', `${server.base}/Patient/away`);
    expect(await included('Observation?_id=of-away&_include=Observation:subject')).toEqual([]);
  });

  it('comes with each page what belongs to its matches, beside count and total', async () => {
    let page = await search(
      'Observation?_id=o1,o2,twins&_count=1&_total=accurate&_include=Observation:subject&_sort=_id',
    );
    const pages: string[][] = [];
    for (;;) {
      expect(page.body.total).toBe(3);
      expect(entries(page, 'match').length).toBe(1);
      pages.push([...entries(page, 'match'), ...entries(page, 'include')].map(name));
      const next = page.body.link.find((link: { relation: string }) => link.relation === 'next');
      if (!next) break;
      page = await send('GET', next.url);
    }
    expect(pages).toEqual([
      ['Observation/o1', 'Patient/p'],
      ['Observation/o2', 'Group/g'],
      ['Observation/twins', 'Patient/p'],
    ]);
  });

  it('shows in the self link', async () => {
    const { body } = await search('Observation?_id=o1&_include=Observation:subject&_revinclude:iterate=*');
    const self = new URL(body.link[0].url);
    expect(self.searchParams.getAll('_include')).toEqual(['Observation:subject']);
    expect(self.searchParams.getAll('_revinclude:iterate')).toEqual(['*']);
  });

  it('leaves included resources whole under _elements', async () => {
    const answer = await search('Observation?_id=o1&_elements=status&_include=Observation:patient');
    expect(entries(answer, 'match')[0]!.resource.performer).toBeUndefined();
    const [patient] = entries(answer, 'include');
    expect(patient!.resource.managingOrganization).toEqual(to('Organization/org'));
    expect(patient!.resource.meta.tag).toBeUndefined();
  });

  it('adds nothing to a count', async () => {
    for (const only of ['_summary=count', '_count=0']) {
      const { body } = await search(`Observation?_id=o1&${only}&_include=*`);
      expect([body.total, body.entry]).toEqual([1, undefined]);
    }
  });

  it('sees what a transaction has just written', async () => {
    const entry = [
      { resource: { resourceType: 'Patient', id: 'new' }, request: { method: 'PUT', url: 'Patient/new' } },
      {
        resource: {
          resourceType: 'Observation',
          id: 'new',
          status: 'final',
          code: { text: 'x' },
          subject: to('Patient/new'),
        },
        request: { method: 'PUT', url: 'Observation/new' },
      },
      { request: { method: 'GET', url: 'Observation?_id=new&_include=Observation:subject' } },
    ];
    const { body } = await send('POST', server.base, { resourceType: 'Bundle', type: 'transaction', entry });
    expect(body.entry[2].resource.entry.map(name)).toEqual(['Observation/new', 'Patient/new']);
  });
});

describe('_revinclude', () => {
  it.each<[string, string, string[]]>([
    ['what refers to a match', 'Observation?_id=o1&_revinclude=Provenance:target', ['Provenance/of-o1']],
    [
      'by a parameter for one type',
      'Patient?_id=p&_revinclude=Observation:patient',
      ['Observation/o1', 'Observation/own', 'Observation/twins'],
    ],
    [
      'of a target type',
      'Patient?_id=p&_revinclude=MedicationRequest:subject:Patient',
      ['MedicationRequest/m'],
    ],
    [
      'of several matches',
      'Patient?_id=p,q&_revinclude=Observation:performer',
      ['Observation/both', 'Observation/now', 'Observation/twins'],
    ],
    [
      'what names a version',
      'Patient?_id=q&_revinclude=Observation:subject',
      ['Observation/both', 'Observation/lost', 'Observation/now', 'Observation/old'],
    ],
    ['all of a type', 'Encounter?_id=e&_revinclude=Observation:*', ['Observation/o1']],
    [
      'all that there is',
      'Practitioner?_id=doc&_revinclude=*',
      ['Observation/o1', 'Patient/p', 'Provenance/of-o1'],
    ],
    ['no match again', 'Observation?_id=o1,o2&_revinclude=Observation:has-member', ['Observation/o3']],
    [
      'and includes together',
      'Observation?_id=o1&_include=Observation:encounter&_revinclude=Provenance:target',
      ['Encounter/e', 'Provenance/of-o1'],
    ],
  ])('includes %s: %s', async (_what, query, expected) => {
    // References that spell out this server are local ones only under BASE_URL, which a test server does not have.
    const without = (names: string[]) => names.filter((one) => one !== 'Observation/own');
    expect(without(await included(query))).toEqual(without(expected));
  });

  it('is newest first', async () => {
    const found = entries(await search('Patient?_id=q&_revinclude=Observation:subject'), 'include').map(name);
    expect(found).toEqual(['Observation/lost', 'Observation/both', 'Observation/now', 'Observation/old']);
  });

  it('includes nothing deleted, nor what has ceased to refer', async () => {
    await observation('once', { encounter: to('Encounter/e') });
    await observation('moved', { encounter: to('Encounter/e') });
    const query = 'Encounter?_id=e&_revinclude=Observation:encounter';
    expect(await included(query)).toEqual(['Observation/moved', 'Observation/o1', 'Observation/once']);
    await send('DELETE', `${server.base}/Observation/once`);
    await observation('moved', {});
    expect(await included(query)).toEqual(['Observation/o1']);
  });
});

describe(':iterate', () => {
  it.each<[string, string, string[]]>([
    [
      'follows what was included',
      'Observation?_id=o1&_include=Observation:encounter&_include:iterate=Encounter:service-provider',
      ['Encounter/e', 'Organization/org'],
    ],
    [
      'follows a chain to its end',
      'Observation?_id=o3&_include:iterate=Observation:has-member',
      ['Observation/o1', 'Observation/o2'],
    ],
    [
      'looks at matches only without it',
      'Observation?_id=o3&_include=Observation:has-member',
      ['Observation/o2'],
    ],
    [
      'ends in a circle',
      'Observation?_id=ring-a&_include:iterate=Observation:has-member',
      ['Observation/ring-b'],
    ],
    [
      'ends in a circle of both directions',
      'Observation?_id=ring-a&_include:iterate=*&_revinclude:iterate=Observation:*',
      ['Observation/ring-b'],
    ],
    [
      'follows backwards',
      'Observation?_id=o1&_revinclude:iterate=Observation:has-member',
      ['Observation/o2', 'Observation/o3'],
    ],
    [
      'turns round on the way',
      'Observation?_id=o2&_include=Observation:has-member&_revinclude:iterate=Provenance:target',
      ['Observation/o1', 'Provenance/of-o1'],
    ],
  ])('%s: %s', async (_what, query, expected) => {
    const answer = await search(query);
    expect(entries(answer, 'include').map(name).toSorted()).toEqual(expected);
    expect(warnings(answer)).toEqual([]);
  });

  it('says so where it stops before the end', async () => {
    const location = (n: number) => ({
      resourceType: 'Location',
      id: `floor-${n}`,
      ...(n > 0 ? { partOf: to(`Location/floor-${n - 1}`) } : {}),
    });
    await sendAll(Array.from({ length: 10 }, (_, n) => location(n)));
    const up = (n: number) => search(`Location?_id=floor-${n}&_include:iterate=Location:partof`);
    const [eight, nine] = [await up(8), await up(9)];
    expect([entries(eight, 'include').length, warnings(eight)]).toEqual([8, []]);
    expect(entries(nine, 'include').length).toBe(8);
    expect(warnings(nine)).toEqual([
      "warning: '_include:iterate=Location:partof' was followed 8 times; what lies further away is left out.",
    ]);
  });
});

describe('canonical references', () => {
  const url = 'http://example.org/Questionnaire/pain';
  beforeAll(async () => {
    const questionnaire = (id: string, version: string) =>
      put('Questionnaire', id, { url, version, status: 'active' });
    const response = (id: string, canonical: string) =>
      put('QuestionnaireResponse', id, { questionnaire: canonical, status: 'completed' });
    await questionnaire('v1', '1');
    await questionnaire('v2', '2');
    await response('any', url);
    await response('one', `${url}|1`);
    await response('two', `${url}|2`);
    await response('three', `${url}|3`);
    await response('other', 'http://example.org/Questionnaire/other');
  });

  it.each([
    ['any', ['Questionnaire/v2']],
    ['one', ['Questionnaire/v1']],
    ['two', ['Questionnaire/v2']],
    ['three', []],
    ['other', []],
  ])('%s is followed by url and version, to the latest without one', async (id, expected) => {
    const query = `QuestionnaireResponse?_id=${id}&_include=QuestionnaireResponse:questionnaire`;
    expect(await included(query)).toEqual(expected);
  });

  it('are found from the resource that they name', async () => {
    const responses = async (id: string) =>
      (await included(`Questionnaire?_id=${id}&_revinclude=QuestionnaireResponse:questionnaire`)).map((one) =>
        one.slice('QuestionnaireResponse/'.length),
      );
    expect(await responses('v1')).toEqual(['any', 'one']);
    expect(await responses('v2')).toEqual(['any', 'two']);
    expect((await included('Questionnaire?_id=v1&_revinclude=*')).length).toBe(2);
  });
});

describe('the bounds', () => {
  beforeAll(async () => {
    const many = Array.from({ length: 1_005 }, (_, n) => ({
      resourceType: 'Basic',
      id: `b${n}`,
      code: { text: 'x' },
      subject: to('Patient/many'),
    }));
    await sendAll([{ resourceType: 'Patient', id: 'many' }, ...many]);
    const item = many.map(({ id }) => ({ item: to(`Basic/${id}`) }));
    await put('List', 'long', { status: 'current', mode: 'working', entry: item });
  });

  it('cut a page of more than 1,000 included resources, and say what was cut', async () => {
    for (const [query, include] of [
      ['Patient?_id=many', '_revinclude=Basic:subject'],
      ['List?_id=long', '_include=List:item'],
    ]) {
      const answer = await search(`${query}&${include}`);
      expect(new Set(entries(answer, 'include').map(name)).size).toBe(1_000);
      expect(warnings(answer)).toEqual([
        `warning: '${include}' was cut short: a page includes at most 1000 resources. ` +
          'Ask for smaller pages with _count, or search for these resources themselves.',
      ]);
    }
  });

  it('cut none of exactly as many', async () => {
    for (let n = 1_000; n < 1_005; n++) await send('DELETE', `${server.base}/Basic/b${n}`);
    for (const query of ['Patient?_id=many&_revinclude=Basic:subject', 'List?_id=long&_include=List:item']) {
      const answer = await search(query);
      expect([entries(answer, 'include').length, warnings(answer)]).toEqual([1_000, []]);
    }
  });

  it('refuse more than 50 includes', async () => {
    const includes = (n: number) => Array(n).fill('_include=Observation:subject').join('&');
    expect((await search(`Observation?_id=o1&${includes(50)}`)).status).toBe(200);
    expectRefusal(await search(`Observation?_id=o1&${includes(51)}`), 400, { code: 'too-costly' });
  });
});

describe('refusals', () => {
  it.each([
    ['Observation?_include=Observation:nothing', /no reference parameter 'nothing'/],
    ['Observation?_include=Observation:code', /no reference parameter 'code'/],
    ['Observation?_include=Patient:organization', /_include:iterate/],
    ['Observation?_include:recurse=Observation:subject', /:iterate/],
    ['Observation?_revinclude=Nothing:subject', /no resource type 'Nothing'/],
  ])('%s', async (query, diagnostics) => {
    expectRefusal(await search(query), 400, { diagnostics });
  });
});

describe('the CapabilityStatement', () => {
  it('lists includes that work', async () => {
    const { body } = await send('GET', `${server.base}/metadata`);
    const types = [
      'Observation',
      'Patient',
      'Bundle',
      'Questionnaire',
      'Provenance',
      'Parameters',
      'Practitioner',
    ];
    let tried = 0;
    for (const type of types) {
      const listed = body.rest[0].resource.find((resource: { type: string }) => resource.type === type);
      const queries = [
        ...(listed.searchInclude ?? []).map((value: string) => `_include=${value}`),
        ...(listed.searchRevInclude ?? []).map((value: string) => `_revinclude=${value}`),
        ...(listed.searchInclude ?? []).map((value: string) => `_include:iterate=${value}`),
      ];
      const entry = queries.map((query) => ({
        request: { method: 'GET', url: `${type}?_count=5&${query}` },
      }));
      const batch = await send('POST', server.base, { resourceType: 'Bundle', type: 'batch', entry });
      const failed = queries.filter((_query, i) => !batch.body.entry[i].response.status.startsWith('200'));
      expect(failed).toEqual([]);
      tried += queries.length;
    }
    expect(tried).toBeGreaterThan(300);
  });
});
