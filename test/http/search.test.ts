// search-type (search.html): what token, reference and string parameters, _id and _lastUpdated find.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
const search = (query: string, headers: Record<string, string> = {}) =>
  send('GET', `${server.base}/${query}`, undefined, headers);
/** Ids of the matches, sorted. */
const ids = (answer: Answer): string[] => {
  expect([answer.status, answer.body.type, answer.body.issue]).toEqual([200, 'searchset', undefined]);
  // biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
  const matches = (answer.body.entry ?? []).filter((entry: any) => entry.search.mode === 'match');
  // biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
  return matches.map(({ resource }: any) => resource.id).toSorted();
};
const found = async (query: string) => ids(await search(query));
const put = async (type: string, id: string, more: object) =>
  expect(
    (await send('PUT', `${server.base}/${type}/${id}`, { resourceType: type, id, ...more })).status,
  ).toBe(201);

beforeAll(async () => {
  server = await startTestServer();
  const mrn = (value: string, system?: string) => [{ ...(system ? { system } : {}), value }];
  await put('Organization', 'o1', { name: 'Clínica São João' });
  await put('Patient', 'a', {
    identifier: mrn('1', 'urn:a'),
    gender: 'female',
    active: true,
    name: [{ family: 'Müller-Strauß', given: ['Anna', 'Zoë'] }],
    managingOrganization: { reference: 'Organization/o1' },
  });
  await put('Patient', 'b', {
    identifier: mrn('1', 'urn:b'),
    gender: 'male',
    active: false,
    name: [{ family: 'MULLER' }],
  });
  await put('Patient', 'c', {
    identifier: mrn('1'),
    name: [{ family: 'van der Berg', text: 'Dr. J. van der Berg' }],
  });
  await put('Patient', 'd', {
    identifier: [...mrn('2', 'urn:a'), ...mrn('x|y,z', 'urn:a')],
    gender: 'female',
  });
  const code = {
    coding: [
      { system: 'http://loinc.org', code: '8480-6' },
      { system: 'urn:local', code: 'sys' },
    ],
  };
  await put('Observation', 'o-a', { status: 'final', code, subject: { reference: 'Patient/a' } });
  await put('Observation', 'o-b', {
    status: 'amended',
    code,
    subject: { reference: 'Patient/b/_history/1' },
  });
  await put('Observation', 'o-far', {
    status: 'final',
    code: { text: 'x' },
    subject: { reference: 'http://far.example.org/fhir/Patient/a' },
  });
  await put('Observation', 'o-dev', {
    status: 'final',
    code: { text: 'y' },
    subject: { reference: 'Device/a' },
  });
  await put('Observation', 'o-logical', {
    status: 'final',
    code: { text: 'z' },
    subject: { identifier: { system: 'urn:a', value: '1' } },
  });
});
afterAll(() => server.stop());

const cases: [string, string, string[]][] = [
  ['token: code in any system', 'Patient?identifier=1', ['a', 'b', 'c']],
  ['token: system and code', 'Patient?identifier=urn:a|1', ['a']],
  ['token: code without a system', 'Patient?identifier=|1', ['c']],
  ['token: any code of a system', 'Patient?identifier=urn:a|', ['a', 'd']],
  ['token: several values are alternatives', 'Patient?identifier=urn:a|2,urn:b|1', ['b', 'd']],
  ['token: repeated parameters all hold', 'Patient?identifier=urn:a|2&identifier=urn:a|1', []],
  [
    'token: repeated parameters all hold, on several values',
    'Patient?identifier=urn:a|2&identifier=urn:a|',
    ['d'],
  ],
  ['token: escaped separators', 'Patient?identifier=urn:a|x\\|y\\,z', ['d']],
  ['token: code element', 'Patient?gender=female', ['a', 'd']],
  [
    'token: code element with its system',
    'Patient?gender=http://hl7.org/fhir/administrative-gender|female',
    ['a', 'd'],
  ],
  ['token: boolean', 'Patient?active=false', ['b']],
  ['token: CodeableConcept', 'Observation?code=http://loinc.org|8480-6&code=sys', ['o-a', 'o-b']],
  ['token: codes are case-sensitive', 'Observation?code=SYS', []],
  ['token :not includes those without a value', 'Patient?gender:not=female', ['b', 'c']],
  ['token :not of several', 'Patient?gender:not=female,male', ['c']],
  [':missing=true', 'Patient?gender:missing=true', ['c']],
  [':missing=false', 'Patient?gender:missing=false', ['a', 'b', 'd']],
  ['string :missing', 'Patient?family:missing=true', ['d']],
  ['reference :missing', 'Patient?organization:missing=false', ['a']],
  ['string: folds case, accents and ß', 'Patient?family=muller-STRAUSS', ['a']],
  ['string: starts with', 'Patient?family=müll', ['a', 'b']],
  ['string: not in the middle', 'Patient?family=berg', []],
  ['string :contains', 'Patient?family:contains=BERG', ['c']],
  ['string :exact', 'Patient?family:exact=MULLER', ['b']],
  ['string :exact is the whole text', 'Patient?family:exact=MULL', []],
  ['string: any part of a name', 'Patient?name=zoe', ['a']],
  ['string: the text of a name', 'Patient?name=dr.', ['c']],
  ['string: alternatives and spaces', 'Patient?family=van%20der,MULLER', ['a', 'b', 'c']],
  ['string: of another type', 'Organization?name=clinica sao', ['o1']],
  ['reference: type and id', 'Observation?subject=Patient/a', ['o-a']],
  ['reference: id alone', 'Observation?subject=a', ['o-a', 'o-dev']],
  ['reference: with the type as modifier', 'Observation?subject:Patient=a', ['o-a']],
  ['reference: parameter for one type', 'Observation?patient=a', ['o-a']],
  ['reference: a version that was named', 'Observation?subject=Patient/b', ['o-b']],
  ['reference: absolute', 'Observation?subject=http://far.example.org/fhir/Patient/a', ['o-far']],
  ['reference :identifier', 'Observation?subject:identifier=urn:a|1', ['o-logical']],
  ['_id', 'Patient?_id=a', ['a']],
  ['_id: alternatives', 'Patient?_id=a,c,nobody', ['a', 'c']],
  ['_id and others', 'Patient?_id=a,b&gender=male', ['b']],
  ['different parameters all hold', 'Patient?gender=female&family=m&active=true', ['a']],
  ['no parameters: all of the type', 'Organization', ['o1']],
];

describe('search', () => {
  it.each(cases)('%s: %s', async (_what, query, expected) => {
    expect(await found(query)).toEqual(expected);
    const [type, parameters = ''] = query.split('?');
    const counted = await search(`${type}?${parameters}&_summary=count`);
    expect([counted.body.total, counted.body.entry]).toEqual([expected.length, undefined]);
  });

  it('finds by absolute reference to itself', async () => {
    expect(await found(`Observation?subject=${server.base}/Patient/a`)).toEqual(['o-a']);
  });

  it('_lastUpdated takes prefixes and precisions', async () => {
    const { lastUpdated } = (await search('Patient/b')).body.meta;
    const year = new Date().getUTCFullYear();
    expect(await found(`Patient?_lastUpdated=${lastUpdated}`)).toEqual(['b']);
    for (const query of [
      `${year}`,
      `ge${year}`,
      `gt${year - 1}`,
      `lt${year + 1}`,
      `le${year}`,
      `ne${year - 1}`,
      `sa${year - 1}`,
      `eb${year + 1}`,
    ]) {
      expect([query, await found(`Patient?_lastUpdated=${query}`)]).toEqual([query, ['a', 'b', 'c', 'd']]);
    }
    expect(await found(`Patient?_lastUpdated=lt${lastUpdated}`)).not.toContain('b');
    expect(await found(`Patient?_lastUpdated=gt${lastUpdated}`)).not.toContain('b');
    expect(await found(`Patient?_lastUpdated=le${lastUpdated}&_lastUpdated=ge${lastUpdated}`)).toEqual(['b']);
    expect(await found(`Patient?_lastUpdated=${year - 1},${year}&gender=male`)).toEqual(['b']);
  });
});
