// `Prefer: explain`: how a search is carried out, where the setting EXPLAIN allows it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let open: TestServer;
let closed: TestServer;
beforeAll(async () => {
  open = await startTestServer({ EXPLAIN: 'on' });
  closed = await startTestServer({ DATABASE_URL: open.databaseUrl });
  const patient = { resourceType: 'Patient', id: 'p', gender: 'male' };
  expect((await send('PUT', `${open.base}/Patient/p`, patient)).status).toBe(201);
});
afterAll(async () => {
  await closed.stop();
  await open.stop();
});

const explain = (url: string, preference = 'explain') => send('GET', url, undefined, { prefer: preference });

interface Part {
  name: string;
  valueString?: string;
  part?: Part[];
}
const parts = ({ body }: Answer, name: string): Part[] =>
  body.parameter.filter((parameter: Part) => parameter.name === name);
const texts = ({ part = [] }: Part, name: string): string[] =>
  part.filter((one) => one.name === name).map(({ valueString }) => valueString!);

describe('Prefer: explain', () => {
  it('is ignored unless the setting allows it', async () => {
    const answer = await explain(`${closed.base}/Patient?gender=male`);
    expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'searchset', entry: [{}] });
    expect(answer.headers.get('preference-applied')).toBeNull();
  });

  it('answers with plan, SQL, its values, and the plan of Postgres', async () => {
    const answer = await explain(`${open.base}/Patient?gender=male&birthdate=lt2000&_sort=-birthdate`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('preference-applied')).toBe('explain');
    expect(answer.body.resourceType).toBe('Parameters');
    expect(parts(answer, 'hash')[0]!.valueString).toMatch(/^[0-9a-f]{12}$/);
    const plan = JSON.parse(parts(answer, 'plan')[0]!.valueString!);
    expect(plan.searches[0].criteria.map(({ parameter }: { parameter: string }) => parameter)).toEqual([
      'gender',
      'birthdate',
    ]);
    for (const name of ['page', 'count']) {
      const [statement] = parts(answer, name) as [Part];
      const [sql] = texts(statement, 'sql') as [string];
      expect(sql).toContain('search_token');
      const places = new Set(sql.match(/\$\d+/g));
      expect(texts(statement, 'value')).toHaveLength(places.size);
      expect(texts(statement, 'value').join()).toContain('2000-01-01');
      expect(texts(statement, 'explain').join()).toMatch(/cost=/);
      expect(texts(statement, 'explain').join()).not.toMatch(/actual/);
    }
  });

  it('runs the statements for explain=analyze, and only reads', async () => {
    const answer = await explain(`${open.base}/Patient?gender=male`, 'return=minimal, explain=analyze');
    expect(texts(parts(answer, 'page')[0]!, 'explain').join()).toMatch(/actual time=.*rows=1/);
    expect((await send('GET', `${open.base}/Patient/p`)).body.meta.versionId).toBe('1');
  });

  it('leaves out the page where only the number is wanted, and names shapes that read all', async () => {
    const answer = await explain(`${open.base}/Patient?gender:not=male&_summary=count`);
    expect(parts(answer, 'page')).toEqual([]);
    expect(parts(answer, 'count')).toHaveLength(1);
    expect(parts(answer, 'scan').map(({ valueString }) => valueString)).toEqual([
      'Patient: no criterion narrows the search (gender:not)',
    ]);
  });

  it('works for POST _search, compartments and several types', async () => {
    const form = { prefer: 'explain', 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await send('POST', `${open.base}/Patient/_search`, 'gender=male', form);
    expect(parts(posted, 'page')).toHaveLength(1);
    expect(parts(await explain(`${open.base}/Patient/p/*`), 'page')).toHaveLength(1);
    expect(parts(await explain(`${open.base}?_type=Patient,Group&_id=p`), 'page')).toHaveLength(1);
  });

  it('refuses what the search refuses', async () => {
    expectRefusal(await explain(`${open.base}/Patient?nam=x`), 400, { diagnostics: "'nam'" });
  });

  it('means nothing to reads', async () => {
    expect((await explain(`${open.base}/Patient/p`)).body.resourceType).toBe('Patient');
  });
});
