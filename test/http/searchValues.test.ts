// Values that search reads closely (search.html#quantity, #uri, #token, location.html#positional-searching): units,
// places, hierarchies of URLs, identifiers by type, over HTTP.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
const search = (query: string) => send('GET', `${server.base}/${query.replaceAll('|', '%7C')}`);
async function found(query: string): Promise<string[]> {
  const { status, body } = await search(query);
  expect([status, body.issue]).toEqual([200, undefined]);
  return (body.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id).toSorted();
}
const put = async (type: string, id: string, more: object) =>
  expect(
    (await send('PUT', `${server.base}/${type}/${id}`, { resourceType: type, id, ...more })).status,
  ).toBe(201);

const ucum = 'http://unitsofmeasure.org';
const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] });
const measured = (code: string, value: number, unit: string) => ({
  status: 'final',
  code: loinc(code),
  valueQuantity: { value, unit, system: ucum, code: unit },
});

beforeAll(async () => {
  server = await startTestServer();
  await put('Observation', 'celsius', measured('8310-5', 38.1, 'Cel'));
  await put('Observation', 'fahrenheit', measured('8310-5', 100.6, '[degF]'));
  await put('Observation', 'cool', measured('8310-5', 97.7, '[degF]'));
  await put('Observation', 'gram', measured('2823-3', 1, 'g'));
  await put('Observation', 'milligram', measured('2823-3', 1000, 'mg'));
  await put('Observation', 'part', {
    status: 'final',
    code: loinc('x'),
    component: [{ ...measured('8310-5', 102.2, '[degF]'), status: undefined }],
  });
  await put('Location', 'amsterdam', { position: { latitude: 52.3676, longitude: 4.9041 } });
  await put('Location', 'utrecht', { position: { latitude: 52.0907, longitude: 5.1214 } });
  await put('Location', 'fiji', { position: { latitude: -16.5, longitude: 179.9 } });
  await put('Location', 'nowhere', { name: 'Nowhere' });
  await put('ValueSet', 'deep', { status: 'active', url: 'http://acme.org/fhir/ValueSet/123' });
  await put('ValueSet', 'shallow', { status: 'active', url: 'http://acme.org/fhir' });
  await put('QuestionnaireResponse', 'q', { status: 'completed', questionnaire: 'http://acme.org/q|1.2.3' });
  await put('Patient', 'typed', {
    meta: { profile: ['http://acme.org/fhir/StructureDefinition/p|2.1'] },
    identifier: [{ type: { coding: [{ system: 'urn:types', code: 'MR' }] }, system: 'urn:a', value: '1' }],
    telecom: [{ system: 'email', value: 'Anna@Example.org' }],
    communication: [{ language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'en-US' }] } }],
  });
  await put('Patient', 'untyped', { identifier: [{ system: 'urn:a', value: '1' }] });
});

afterAll(() => server?.stop());

describe('a search finds', () => {
  it.each<[string, string[]]>([
    ['Observation?value-quantity=gt37.5||Cel', ['celsius', 'fahrenheit']],
    [`Observation?value-quantity=gt37.5|${ucum}|Cel`, ['celsius', 'fahrenheit']],
    ['Observation?value-quantity=gt99.5||[degF]', ['celsius', 'fahrenheit']],
    ['Observation?value-quantity=lt37||Cel', ['cool']],
    ['Observation?value-quantity=36.5||Cel', ['cool']],
    ['Observation?value-quantity=1||g', ['gram', 'milligram']],
    ['Observation?value-quantity=1000||mg', ['gram', 'milligram']],
    ['Observation?value-quantity=1000', ['milligram']],
    ['Observation?value-quantity=le1||g,gt100||[degF]', ['celsius', 'fahrenheit', 'gram', 'milligram']],
    ['Observation?code-value-quantity=8310-5$gt37.5||Cel', ['celsius', 'fahrenheit']],
    ['Observation?code-value-quantity=2823-3$gt37.5||Cel', []],
    ['Observation?component-value-quantity=39||Cel', ['part']],
    ['Observation?component-code-value-quantity=http://loinc.org|8310-5$gt38.9||Cel', ['part']],
    ['Observation?combo-code-value-quantity=8310-5$gt38||Cel', ['celsius', 'fahrenheit', 'part']],
    ['Observation?combo-value-quantity=gt311||K', ['celsius', 'fahrenheit', 'part']],
    ['Location?near=52.3676|4.9041|34|km', ['amsterdam']],
    ['Location?near=52.3676|4.9041|25|[mi_i]', ['amsterdam', 'utrecht']],
    ['Location?near=52.3676|4.9041', ['amsterdam', 'utrecht']],
    ['Location?near=-16.5|-179.9|30', ['fiji']],
    ['Location?near=-16.5|-179.9|30,52.3676|4.9041|1', ['amsterdam', 'fiji']],
    ['ValueSet?url:below=http://acme.org/fhir', ['deep', 'shallow']],
    ['ValueSet?url:below=http://acme.org/fhir/ValueSet', ['deep']],
    ['ValueSet?url:above=http://acme.org/fhir/ValueSet/123/x', ['deep', 'shallow']],
    ['Patient?_profile:below=http://acme.org/fhir', ['typed']],
    ['Patient?_profile:below=http://acme.org/fhir/StructureDefinition/p|2', ['typed']],
    ['QuestionnaireResponse?questionnaire:below=http://acme.org/q|1.2', ['q']],
    ['QuestionnaireResponse?questionnaire:above=http://acme.org/q|1.2.3.4', ['q']],
    ['QuestionnaireResponse?questionnaire:below=http://acme.org/q|1.3', []],
    ['Patient?identifier:of-type=urn:types|MR|1', ['typed']],
    ['Patient?identifier=urn:a|1', ['typed', 'untyped']],
    ['Patient?email=anna@example.ORG', ['typed']],
    ['Patient?language=EN-us', ['typed']],
    ['Patient?language=urn:ietf:bcp:47|en-us', ['typed']],
  ])('%s', async (query, ids) => {
    expect(await found(query)).toEqual(ids);
  });
});

describe('a search refuses', () => {
  it.each([
    ['Location?near=91|0', 'near'],
    ['Location?near=52|4|5|kg', 'near'],
    ['ValueSet?url:below=urn:oid:1.2.3', 'url:below'],
    ['Location?partof:below=Location/1', 'partof:below'],
    ['Patient?identifier:of-type=MR|1', 'identifier:of-type'],
    ['Observation?date=2020-01-01T24:00', 'date'],
    ['Observation?value-quantity=5|mg', 'value-quantity'],
  ])('%s', async (query, parameter) => {
    const answer = await search(query);
    expect(answer.status).toBe(400);
    expect(answer.body.issue[0].diagnostics).toContain(`'${parameter}'`);
  });
});
