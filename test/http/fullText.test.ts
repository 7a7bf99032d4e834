import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { queryRows } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;

const notes = {
  knee: { div: '<div xmlns="http://www.w3.org/1999/xhtml">Pain in the left <b>knee</b>, Gonarthrose</div>' },
  head: { div: '<div xmlns="http://www.w3.org/1999/xhtml">Kopfschmerz &amp; M&#252;digkeit</div>' },
};
const condition = (id: string, div: string, code: object, note: string) => ({
  resourceType: 'Condition',
  id,
  text: { status: 'generated', div },
  subject: { reference: 'Patient/p', display: 'Ann' },
  code,
  note: [{ text: note }],
});

beforeAll(async () => {
  server = await startTestServer();
  const headache = { coding: [{ system: 'http://c', code: '1', display: 'Headache (finding)' }] };
  const knee = {
    coding: [{ system: 'http://c', code: '2', display: 'Knee pain' }],
    text: 'Painful left knee',
  };
  await put(condition('knee', notes.knee.div, knee, 'since the marathon in 東京都'));
  await put(condition('head', notes.head.div, headache, 'no pain in the knee'));
});
afterAll(() => server?.stop());

async function put(resource: { resourceType: string; id: string }): Promise<void> {
  const { status } = await send('PUT', `${server.base}/${resource.resourceType}/${resource.id}`, resource);
  expect([200, 201]).toContain(status);
}

async function found(search: string): Promise<string> {
  const { status, body } = await send('GET', `${server.base}/${search}`);
  expect([status, body.issue]).toEqual([200, undefined]);
  const ids = (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
  return ids.sort().join(' ');
}

describe('full text finds', () => {
  it.each([
    ['_text=knee', 'knee'],
    ['_text=KNEE left', 'knee'],
    ['_text="left knee"', 'knee'],
    ['_text="knee left"', ''],
    ['_text=gonar*', 'knee'],
    ['_text=gonar', ''],
    ['_text=mudigkeit', 'head'],
    ['_text=Müdigkeit,knee', 'head knee'],
    ['_text=marathon', ''],
    ['_content=marathon', 'knee'],
    ['_content=knee', 'head knee'],
    ['_content=knee NOT marathon', 'head'],
    ['_content=(headache OR marathon) and knee', 'head knee'],
    ['_content=東京', 'knee'],
    ['_content=都', 'knee'],
    ['_content=京東', ''],
    ['_content="pain left"', ''],
    ['_content=div', ''],
    ['_content=ann&_text=kopfschmerz', 'head'],
    ['code:text=headache', 'head'],
    ['code:text=head', 'head'],
    ['code:text=ache', ''],
    ['code:text=knee', 'knee'],
    ['code:text=Painful LEFT', 'knee'],
    ['code:text=painful,headache', 'head knee'],
    ['severity:text=knee', ''],
  ])('%s → %s', async (query, ids) => {
    expect(await found(`Condition?${query.replaceAll('&_', '\n_').split('\n').map(encoded).join('&')}`)).toBe(
      ids,
    );
  });
});

const encoded = (pair: string) => {
  const [name, ...value] = pair.split('=');
  return `${name}=${encodeURIComponent(value.join('='))}`;
};

describe('after a change', () => {
  it('only the new words are found, and none after the deletion', async () => {
    const code = { text: 'Fracture of wrist' };
    await put(condition('one', '<div xmlns="http://www.w3.org/1999/xhtml">before</div>', code, 'erstens'));
    expect([await found('Condition?_text=before'), await found('Condition?code:text=wrist')]).toEqual([
      'one',
      'one',
    ]);
    await put(
      condition(
        'one',
        '<div xmlns="http://www.w3.org/1999/xhtml">afterwards</div>',
        { text: 'Sprain' },
        'zweitens',
      ),
    );
    expect(await found('Condition?_text=before')).toBe('');
    expect(await found('Condition?_content=erstens')).toBe('');
    expect(await found('Condition?code:text=wrist')).toBe('');
    expect(await found('Condition?_text=afterwards&code:text=sprain')).toBe('one');
    await send('DELETE', `${server.base}/Condition/one`);
    expect(await found('Condition?_content=zweitens')).toBe('');
    expect(await found('Condition?code:text=sprain')).toBe('');
    const [{ texts }] = (await queryRows<{ texts: number }>(
      server.databaseUrl,
      "SELECT count(*)::int AS texts FROM search_text t JOIN resource r USING (key) WHERE r.id = 'one'",
    )) as [{ texts: number }];
    expect(texts).toBe(0);
  });
});

describe('many at once', () => {
  it('have the same rows as one by one', async () => {
    const words = [
      "O'Brien",
      'back\\slash',
      'Straße',
      'ปวดหัว',
      'x'.repeat(300),
      '𠮷野家',
      'a"b',
      'often often often',
    ];
    const patients = Array.from({ length: 40 }, (_, i) => ({
      resourceType: 'Patient',
      text: {
        status: 'generated',
        div: `<div xmlns="http://www.w3.org/1999/xhtml">${words[i % 8]} narrative</div>`,
      },
      name: [{ text: words[(i * 3) % 8], family: `many${i}` }],
      identifier: [{ type: { text: `status ${i}` } }],
    }));
    const entry = patients.map((resource) => ({ resource, request: { method: 'POST', url: 'Patient' } }));
    const answer = await send('POST', server.base, { resourceType: 'Bundle', type: 'transaction', entry });
    expect(answer.status).toBe(200);
    for (const patient of patients) {
      const gender = 'other';
      expect((await send('POST', `${server.base}/Patient`, { ...patient, gender })).status).toBe(201);
    }
    const rows = await queryRows<{ family: string; words: string; traits: string }>(
      server.databaseUrl,
      `SELECT content->'name'->0->>'family' AS family, t.words::text,
         (SELECT array_agg(s.words::text ORDER BY s.hash) FROM search_term s WHERE s.hash = ANY(r.traits))::text AS traits
       FROM resource r JOIN search_text t USING (key) WHERE r.type = 'Patient'`,
    );
    expect(rows).toHaveLength(80);
    for (const pair of Map.groupBy(rows, ({ family }) => family).values()) {
      expect(pair).toHaveLength(2);
      expect(pair[0]).toEqual(pair[1]);
      expect(pair[0]!.traits).toContain('status');
    }
  });
});

describe('TEXT_SEARCH=off', () => {
  it('stores no words and no terms, and says so', async () => {
    const silent = await startTestServer({ TEXT_SEARCH: 'off' });
    try {
      const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">Words</div>' };
      const patient = { resourceType: 'Patient', text, identifier: [{ type: { text: 'Passport' } }] };
      expect((await send('POST', `${silent.base}/Patient`, patient)).status).toBe(201);
      expect(
        await queryRows(
          silent.databaseUrl,
          'SELECT key FROM search_text UNION ALL SELECT hash FROM search_term',
        ),
      ).toEqual([]);
      const { body } = await send('GET', `${silent.base}/metadata`);
      expect(JSON.stringify(body)).not.toMatch(/"_(text|content)"/);
      for (const query of ['_text=words', '_content=words', 'identifier:text=passport']) {
        const { status, text: answer } = await send('GET', `${silent.base}/Patient?${query}`);
        expect([status, answer]).toEqual([400, expect.stringContaining('TEXT_SEARCH')]);
      }
    } finally {
      await silent.stop();
    }
  });
});
