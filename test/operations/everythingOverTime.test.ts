// $everything while things change: deleted and missing resources, pages while others write, answers that are streamed or broken off.
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { accepted, ask, batch, type Json, put } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { everything, idsOf, nextOf, observation, ref, store } from './everythingSupport.ts';

let server: TestServer;
let base: string;
beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
});
afterAll(() => server.stop());

describe('deleted and missing resources', () => {
  it('answer 404 for a patient or encounter that never was, 410 for a deleted one', async () => {
    await store(
      base,
      { resourceType: 'Patient', id: 'gone' },
      { resourceType: 'Encounter', id: 'gone', status: 'planned', class: { code: 'AMB' } },
    );
    await accepted(base, batch([ask('DELETE', 'Patient/gone'), ask('DELETE', 'Encounter/gone')]));
    for (const [path, status] of [
      ['Patient/never', 404],
      ['Encounter/never', 404],
      ['Patient/gone', 410],
      ['Encounter/gone', 410],
    ]) {
      for (const query of ['', '?_count=5', '?_type=Observation']) {
        expect((await send('GET', `${base}/${path}/$everything${query}`)).status).toBe(status);
      }
    }
    // Whatever still refers to them is nobody's compartment.
    expect(idsOf(await everything(`${base}/Patient/$everything?_type=Patient`))).not.toContain('gone');
  });

  it('are never included, and come back when they are stored again', async () => {
    await store(
      base,
      { resourceType: 'Patient', id: 'owner', managingOrganization: ref('Organization/shut') },
      { resourceType: 'Organization', id: 'shut', name: 'x' },
      observation('kept', 'Patient/owner', {
        performer: [ref('Practitioner/left'), ref('Practitioner/here')],
      }),
      observation('removed', 'Patient/owner'),
      observation('moved', 'Patient/owner'),
      { resourceType: 'Practitioner', id: 'left' },
      { resourceType: 'Practitioner', id: 'here' },
    );
    expect(idsOf(await everything(`${base}/Patient/owner/$everything`))).toHaveLength(7);
    await accepted(
      base,
      batch([
        ask('DELETE', 'Organization/shut'),
        ask('DELETE', 'Observation/removed'),
        ask('DELETE', 'Practitioner/left'),
        put(observation('moved', 'Patient/asked')),
      ]),
    );
    for (const path of ['Patient/owner/$everything', 'Patient/owner/$everything?_count=100']) {
      expect(idsOf(await everything(`${base}/${path}`)).sort()).toEqual(['here', 'kept', 'owner']);
    }
    const all = idsOf(await everything(`${base}/Patient/$everything`));
    for (const id of ['shut', 'removed', 'left']) expect(all).not.toContain(id);
    await store(base, observation('removed', 'Patient/owner'), { resourceType: 'Practitioner', id: 'left' });
    expect(idsOf(await everything(`${base}/Patient/owner/$everything`)).sort()).toEqual([
      'here',
      'kept',
      'left',
      'owner',
      'removed',
    ]);
  });
});

describe('pages while others write', () => {
  it('repeat nothing and leave out nothing that was there all along', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `p${String(i).padStart(2, '0')}`);
    await store(
      base,
      { resourceType: 'Patient', id: 'paged' },
      ...ids.map((id) => observation(id, 'Patient/paged', { performer: [ref(`Practitioner/d-${id}`)] })),
      ...ids.map((id) => ({ resourceType: 'Practitioner', id: `d-${id}` })),
    );
    const seen: string[] = [];
    let turn = 0;
    for (
      let next: string | undefined = `${base}/Patient/paged/$everything?_count=4`;
      next !== undefined;
      turn++
    ) {
      const page: Json = await everything(next);
      seen.push(...idsOf(page));
      next = nextOf(page);
      // What was seen already changes, what comes later changes, something goes, something comes.
      await accepted(
        base,
        batch([
          put(
            observation('p01', 'Patient/paged', {
              valueInteger: turn,
              performer: [ref('Practitioner/d-p01')],
            }),
          ),
          put(
            observation('p18', 'Patient/paged', {
              valueInteger: turn,
              performer: [ref('Practitioner/d-p18')],
            }),
          ),
          ...(turn === 0 ? [ask('DELETE', 'Observation/p19'), ask('DELETE', 'Observation/p00')] : []),
          put({ resourceType: 'Patient', id: 'paged', multipleBirthInteger: turn + 1 }),
          put({
            resourceType: 'Flag',
            id: `n-${turn}`,
            status: 'active',
            code: { text: 'x' },
            subject: ref('Patient/paged'),
          }),
        ]),
      );
      expect(turn).toBeLessThan(60);
    }
    expect(new Set(seen).size).toBe(seen.length);
    const there = ['paged', ...ids.slice(1, 19), ...ids.slice(1, 19).map((id) => `d-${id}`)];
    expect(there.filter((id) => !seen.includes(id))).toEqual([]);
    expect(seen).not.toContain('p19');
  });
});

describe('a large answer', () => {
  const MANY = 2_600;
  beforeAll(async () => {
    const text = 'A long remark. '.repeat(40);
    const many = Array.from({ length: MANY }, (_, i) =>
      observation(`m-${i}`, 'Patient/many', { note: [{ text }] }),
    );
    many[0] = { ...many[0], valueQuantity: { value: 1 } } as never;
    await accepted(
      base,
      JSON.stringify(
        batch([put({ resourceType: 'Patient', id: 'many' }), ...many.map((r) => put(r))]),
      ).replace('"value":1}', '"value":1.50}'),
    );
  });

  it('is streamed, valid JSON, and spells numbers as they came', async () => {
    const { status, headers, body, text } = await send('GET', `${base}/Patient/many/$everything`);
    expect(status).toBe(200);
    expect(headers.get('content-length')).toBeNull();
    expect(headers.get('content-type')).toBe('application/fhir+json; charset=utf-8');
    expect(new Set(idsOf(body)).size).toBe(MANY + 1);
    expect(body.total).toBe(MANY + 1);
    expect(text).toMatch(/"value": ?1\.50\b/);
    const pretty = await send('GET', `${base}/Patient/many/$everything?_pretty=true`);
    expect(pretty.body.entry).toEqual(body.entry);
  });

  it('may be given up by its client, again and again', async () => {
    const givenUp = () =>
      new Promise<void>((resolve) => {
        const request = get(`${base}/Patient/many/$everything`, (response) => {
          response.once('data', () => request.destroy());
          response.on('error', () => undefined);
          response.on('close', resolve);
        });
        request.on('error', () => undefined);
      });
    await Promise.all(Array.from({ length: 12 }, givenUp));
    // No connection to the database is left behind: all of the pool still serve.
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => send('GET', `${base}/Patient/many/$everything?_count=3`)),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
  });
});
