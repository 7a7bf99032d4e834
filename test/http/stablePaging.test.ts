// Pages of a sorted search while others change what it is sorted by: no resource twice, none left out that was there
// all the time.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const families = ['Abel', 'Berg', 'Çelik', 'Dürer', 'Ørsted', 'Zuse'];
const patient = (set: string, number: number, turn: number) => ({
  resourceType: 'Patient',
  id: `${set}-${number}`,
  identifier: [{ system: 'urn:set', value: set }],
  gender: ['male', 'female', 'other', 'unknown'][(number * 7 + turn) % 4],
  ...((number + turn) % 5 === 0 ? {} : { birthDate: `19${10 + ((number * 13 + turn * 29) % 80)}-05` }),
  ...((number + turn) % 7 === 0 ? {} : { name: [{ family: families[(number + turn) % families.length] }] }),
});

const put = (set: string, number: number, turn: number) =>
  send('PUT', `${server.base}/Patient/${set}-${number}`, patient(set, number, turn));

describe('a sorted search, page by page, while others write', () => {
  it.each([
    'birthdate',
    '-birthdate',
    'family',
    '-family',
    'gender,-birthdate',
    '_lastUpdated',
    '-_lastUpdated',
    '_id',
  ])('_sort=%s', async (sort) => {
    const set = `s${sort.replace(/[^a-z]/gi, '')}${sort.startsWith('-') ? 'd' : ''}`;
    const size = 40;
    for (let number = 0; number < size; number++) await put(set, number, 0);
    const seen: string[] = [];
    let url: string | undefined = `${server.base}/Patient?identifier=urn:set|${set}&_sort=${sort}&_count=6`;
    for (let turn = 1; url; turn++) {
      const { status, body } = await send('GET', url);
      expect(status).toBe(200);
      seen.push(...(body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id));
      url = body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
      // Some move to another place, one comes, one goes.
      for (let number = turn % 3; number < size - 8; number += 3) await put(set, number, turn);
      await put(set, 100 + turn, turn);
      await send('DELETE', `${server.base}/Patient/${set}-${size - turn}`);
    }
    expect(seen).toHaveLength(new Set(seen).size);
    for (let number = 0; number < size - 8; number++) expect(seen).toContain(`${set}-${number}`);
    expect(seen.filter((id) => Number(id.split('-')[1]) >= 100)).toEqual([]);
  });
});
