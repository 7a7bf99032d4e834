// The bounds of a search: each is kept, and what is beyond it is refused with what to do, never cut off in silence.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
/** on the same database, with little patience for searches */
let hasty: TestServer;
let rival: pg.Client;
beforeAll(async () => {
  server = await startTestServer({ POOL_SIZE: '3' });
  hasty = await startTestServer({ DATABASE_URL: server.databaseUrl, SEARCH_TIMEOUT: '200ms' });
  rival = new pg.Client(server.databaseUrl);
  await rival.connect();
  await send('PUT', `${server.base}/Patient/p`, {
    resourceType: 'Patient',
    id: 'p',
    name: [{ family: 'A' }],
  });
});
afterAll(async () => {
  await rival.end();
  await hasty.stop();
  await server.stop();
});

const search = (type: string, ...query: [string, string][]) =>
  send('POST', `${server.base}/${type}/_search`, String(new URLSearchParams(query)), {
    'content-type': 'application/x-www-form-urlencoded',
  });
const times = (n: number, text: string) => Array.from({ length: n }, () => text);

describe('a search at its bounds', () => {
  it.each<[what: string, type: string, within: [string, string][], beyond: [string, string][], says: string]>(
    [
      [
        'values of one parameter',
        'Patient',
        [['family', times(500, 'a').join(',')]],
        [['family', times(501, 'a').join(',')]],
        'at most 500 values',
      ],
      [
        'parameters',
        'Patient',
        times(50, 'a').map((value) => ['family', value]),
        times(51, 'a').map((value) => ['family', value]),
        'at most 50 parameters',
      ],
      [
        'steps of a chain',
        'Organization',
        [[`${times(10, 'partof').join('.')}.name`, 'a']],
        [[`${times(11, 'partof').join('.')}.name`, 'a']],
        'at most 10 steps',
      ],
      [
        'includes',
        'Patient',
        times(50, 'Patient:organization').map((value) => ['_include', value]),
        times(51, 'Patient:organization').map((value) => ['_include', value]),
        'at most 50 _include',
      ],
      [
        'sort parameters',
        'Patient',
        [['_sort', 'name,family,given,gender,birthdate,address,email,phone']],
        [['_sort', 'name,family,given,gender,birthdate,address,email,phone,_id']],
        'at most 8 names',
      ],
      [
        'comparisons of a filter',
        'Patient',
        [['_filter', times(100, 'family eq a').join(' or ')]],
        [['_filter', times(101, 'family eq a').join(' or ')]],
        'at most 100 comparisons',
      ],
      [
        'depth of a filter',
        'Patient',
        [['_filter', `${'('.repeat(20)}family eq a${')'.repeat(20)}`]],
        [['_filter', `${'('.repeat(21)}family eq a${')'.repeat(21)}`]],
        'at most 20 deep',
      ],
      [
        'characters of a filter',
        'Patient',
        [['_filter', `family eq a${' '.repeat(3989)}`]],
        [['_filter', `family eq a${' '.repeat(3990)}`]],
        'at most 4000 characters',
      ],
      [
        'characters of a string',
        'Patient',
        [['family', 'a'.repeat(500)]],
        [['family', 'a'.repeat(501)]],
        'at most 500 characters',
      ],
    ],
  )('%s', async (_what, type, within, beyond, says) => {
    const answer = await search(type, ...within);
    expect({ status: answer.status, text: answer.status === 200 ? '' : answer.text }).toEqual({
      status: 200,
      text: '',
    });
    const refused = await search(type, ...beyond);
    expectRefusal(refused, 400, { diagnostics: says });
    expect(['too-costly', 'too-long']).toContain(refused.body.issue[0].code);
  });

  it('tells in the self link that _count was capped', async () => {
    const { body } = await search('Patient', ['_count', '100000']);
    expect(body.link[0].url).toContain('_count=1000');
  });
});

describe('SEARCH_TIMEOUT', () => {
  /** Runs `work` while another session holds the index tables, so that searches wait. */
  async function whileLocked(work: () => Promise<void>): Promise<void> {
    await rival.query('BEGIN; LOCK TABLE search_string, search_token IN ACCESS EXCLUSIVE MODE');
    try {
      await work();
    } finally {
      await rival.query('ROLLBACK');
    }
  }

  it('stops a search with a 503 that says what to do, and later ones work', async () => {
    await whileLocked(async () => {
      for (const url of ['Patient?family=a', 'Patient?family=a&_summary=count', '?_tag=a']) {
        const answer = await send('GET', `${hasty.base}/${url}`.replace('/?', '?'));
        expectRefusal(answer, 503, { code: 'timeout', diagnostics: /narrow.*try again later/i });
        expect(answer.headers.get('retry-after')).toBe('1');
      }
      // What is no search has the time of STATEMENT_TIMEOUT, and does not wait here.
      expect((await send('GET', `${hasty.base}/Patient/p`)).status).toBe(200);
    });
    expect((await send('GET', `${hasty.base}/Patient?family=a`)).body.entry).toHaveLength(1);
  });

  it('leaves connections for everything else while searches wait', async () => {
    const waiting: Promise<unknown>[] = [];
    await whileLocked(async () => {
      // More than there are connections, for searches and at all.
      for (let i = 0; i < 12; i++) waiting.push(send('GET', `${server.base}/Patient?family=a`));
      const blocked = `SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND wait_event_type = 'Lock'`;
      while ((await rival.query(blocked)).rowCount === 0);
      expect((await send('GET', `${server.base}/Patient/p`)).status).toBe(200);
      expect((await send('GET', `${server.base}/Patient/p/_history`)).status).toBe(200);
    });
    expect(await Promise.all(waiting)).toEqual(
      times(12, '').map(() => expect.objectContaining({ status: 200 })),
    );
  });
});

describe('a search within its bounds that adds up', () => {
  it('answers at once whatever it asks of _lastUpdated', async () => {
    const years = (prefix: string) => Array.from({ length: 500 }, (_, n) => `${prefix}${1000 + n}`).join(',');
    const query = times(50, '').map((_, n): [string, string] => [
      '_lastUpdated',
      years(['ge', 'ne', 'sa'][n % 3]!),
    ]);
    const answer = await search('Patient', ...query);
    expect(answer.status).toBe(200);
    expect(answer.body.entry).toHaveLength(1);
    const never = await search('Patient', ['_lastUpdated', years('eq')], ['_lastUpdated', 'ge2020']);
    expect([never.status, never.body.entry]).toEqual([200, undefined]);
  });

  it('is refused when Postgres could not take its values', async () => {
    const amounts = Array.from({ length: 500 }, (_, n) => `${n}||mg`).join(',');
    const answer = await search(
      'Observation',
      ...times(50, amounts).map((_, n): [string, string] => [
        'value-quantity',
        amounts.replaceAll('||', `.${n}||`),
      ]),
    );
    expectRefusal(answer, 400, { code: 'too-costly', diagnostics: 'too many values' });
  });
});
