// `_filter` (search_filter.html) over HTTP: what it finds.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const put = async (type: string, id: string, content: object) => {
    const answer = await send('PUT', `${server.base}/${type}/${id}`, { resourceType: type, id, ...content });
    expect(answer.status).toBe(201);
  };
  const name = (family: string, ...given: string[]) => ({ name: [{ family, given }] });
  await put('Patient', 'ann', { ...name('Núñez', 'Ann'), gender: 'female', birthDate: '1980-05-01' });
  await put('Patient', 'bob', { ...name('Nunezson', 'Bob', 'Ann'), gender: 'male', birthDate: '1990' });
  await put('Patient', 'cy', { ...name('O"Hara, (jr)', 'Cy'), gender: 'male' });
  await put('Patient', 'none', {});
  const period = (id: string, start: string, end: string) =>
    put('Encounter', id, {
      status: 'finished',
      class: { system: 'urn:class', code: 'AMB' },
      subject: { reference: `Patient/${id}` },
      period: { start, end },
    });
  await period('ann', '2019-06-01', '2020-02-01');
  await period('bob', '2020-03-01', '2020-04-01');
  await period('cy', '2018-01-01', '2022-01-01');
  const coded = (text: string) => ({ coding: [{ system: 'urn:c', code: text }] });
  const trait = (code: string, value: string) => ({
    code: coded(code),
    valueCodeableConcept: coded(value),
    exclude: false,
  });
  const group = { type: 'person', actual: true };
  await put('Group', 'ab', { ...group, characteristic: [trait('a', '1'), trait('b', '2')] });
  await put('Group', 'ba', { ...group, characteristic: [trait('b', '1'), trait('a', '2')] });
});
afterAll(() => server.stop());

const search = (type: string, filter: string) =>
  send('GET', `${server.base}/${type}?${new URLSearchParams({ _filter: filter, _sort: '_id' })}`);

it.each([
  ['Patient', 'family eq nunez', 'ann'],
  ['Patient', 'family sw nunez', 'ann bob'],
  ['Patient', 'family co UNE', 'ann bob'],
  ['Patient', 'family ne nunez', 'bob cy'],
  ['Patient', 'family gt nunez', 'bob cy'],
  ['Patient', 'family ge nunez', 'ann bob cy'],
  ['Patient', 'family lt nunezson', 'ann'],
  ['Patient', 'family le nunezson', 'ann bob'],
  ['Patient', 'family eq "O\\"Hara, (jr)"', 'cy'],
  ['Patient', 'given eq ann', 'ann bob'],
  ['Patient', 'name pr false', 'none'],
  ['Patient', 'gender eq male and given eq ann', 'bob'],
  ['Patient', 'gender eq female or birthdate ge 1985', 'ann bob'],
  ['Patient', 'gender eq male and given eq cy or id eq ann', 'ann cy'],
  ['Patient', 'given eq ann or gender eq male and birthdate pr true', 'ann bob'],
  ['Patient', 'given eq ann or (gender eq male and birthdate pr true)', 'ann bob'],
  ['Patient', 'not (gender eq male or gender eq female)', 'none'],
  ['Patient', 'not (gender eq male and given eq ann)', 'ann cy none'],
  ['Patient', 'birthdate po 1980', 'ann'],
  ['Patient', 'birthdate co 1990-07-01', 'bob'],
  ['Patient', '_lastUpdated gt 2999', ''],
  ['Encounter', 'date po 2020', 'ann bob cy'],
  ['Encounter', 'date po 2020-02-15', 'cy'],
  ['Encounter', 'date co 2020', 'cy'],
  ['Encounter', 'date eq 2020', 'bob'],
  ['Encounter', 'date sa 2019', 'bob'],
  ['Encounter', 'subject re Patient/ann', 'ann'],
  ['Encounter', 'subject:Patient.family eq nunez', 'ann'],
  ['Encounter', 'subject:Patient.family ne nunez', 'bob cy'],
  ['Encounter', 'subject:Patient.birthdate pr false', 'cy'],
  ['Encounter', 'subject[gender eq male].given eq ann', 'bob'],
  ['Encounter', 'subject[gender ne male].given eq ann', 'ann'],
  ['Encounter', 'subject[not (gender eq female) and birthdate pr true].given pr true', 'bob'],
  ['Patient', '_has:Encounter:subject:date sa 2019', 'bob'],
  ['Group', 'characteristic eq urn:c|a and value eq urn:c|1', 'ab ba'],
  ['Group', 'characteristic[code eq urn:c|a].value eq urn:c|1', 'ab'],
  ['Group', 'characteristic[value eq 2].code eq a', 'ba'],
])('%s: %s', async (type, filter, ids) => {
  const answer = await search(type, filter);
  expect({ status: answer.status, text: answer.status === 200 ? '' : answer.text }).toEqual({
    status: 200,
    text: '',
  });
  const found = (answer.body.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id);
  expect(found.join(' ')).toBe(ids);
});

it('works beside other parameters, twice, and from page to page', async () => {
  const query = new URLSearchParams([
    ['_filter', 'gender pr true'],
    ['_filter', 'not (id eq cy)'],
    ['name', 'nun'],
    ['_count', '1'],
    ['_total', 'accurate'],
  ]);
  const first = await send('GET', `${server.base}/Patient?${query}`);
  expect(first.body).toMatchObject({ total: 2, entry: [{ resource: { id: 'bob' } }] });
  const next = first.body.link.find((link: { relation: string }) => link.relation === 'next');
  expect((await send('GET', next.url)).body.entry[0].resource.id).toBe('ann');
});

it('says where it cannot be read', async () => {
  const answer = await search('Patient', 'gender eq male and name is "x"');
  expectRefusal(answer, 400, { code: 'invalid' });
  expect(answer.body.issue[0].diagnostics).toContain(`at character 25 ("is "x""): 'is' is no operator`);
});
