// Lists of patients: by id, by e-mail address.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';

let server: TestServer;
let api: string;
const get = (query: string): Promise<Answer> => send('GET', `${api}/patients?${query}`);
const namesOf = ({ body }: Answer) => body.data.map(({ last_name: name }: { last_name: string }) => name);

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  const people = [
    { id: 'a,1', last_name: 'Bosch', email: 'bosch@example.com' },
    { id: '7', last_name: 'Abel', email: 'zoe@example.com' },
    { last_name: 'Cruz', email: 'anna@example.com' },
  ];
  for (const person of people) {
    await send('POST', `${api}/patients`, person, { 'content-type': 'application/json' });
  }
  await send('PUT', `${server.base}/Patient/7`, {
    ...{ resourceType: 'Patient', id: '7' },
    name: [{ family: 'Elsewhere' }],
  });
});
afterAll(() => server.stop());

describe('GET /patients', () => {
  it('finds the one with an id: what /patients/{id} takes', async () => {
    expect(namesOf(await get(`id=${encodeURIComponent('a,1')}`))).toEqual(['Bosch']);
    expect(namesOf(await get('id=7'))).toEqual(['Abel']);
    expect(namesOf(await get('id=none'))).toEqual([]);
    const { data } = (await get('limit=10')).body;
    for (const { id, last_name: name } of data) {
      expect({ id, found: namesOf(await get(`id=${encodeURIComponent(id)}`)) }).toEqual({
        id,
        found: [name],
      });
    }
    expect(data).toHaveLength(4);
  });

  it('sorts by e-mail address', async () => {
    expect(namesOf(await get('sort=email'))).toEqual(['Cruz', 'Bosch', 'Abel', 'Elsewhere']);
    expect(namesOf(await get('sort=-email')).slice(0, 3)).toEqual(['Abel', 'Bosch', 'Cruz']);
  });
});
