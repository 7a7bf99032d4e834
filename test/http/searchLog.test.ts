// What the log says of slow searches, and of those whose shape makes the database read all of something.
import { describe, expect, it, jest } from '@jest/globals';
import { FhirError } from '../../server/errors.ts';
import { logSearch, watchSearch } from '../../server/fhir/searchLog.ts';
import { parseSearch } from '../../server/search/parseSearch.ts';
import type { SearchPlan } from '../../server/search/searchPlan.ts';
import { definitions } from '../definitions/testDefinitions.ts';
import { send, startTestServer } from '../support/testServer.ts';

/** The log lines, parsed, that a server writes while `work` runs. */
async function linesOf(
  settings: Record<string, string>,
  work: (base: string) => Promise<void>,
): Promise<Record<string, unknown>[]> {
  const lines: string[] = [];
  const server = await startTestServer({ LOG_LEVEL: 'info', ...settings });
  const write = jest
    .spyOn(process.stdout, 'write')
    .mockImplementation((line) => lines.push(String(line)) > 0);
  try {
    await work(server.base);
    await server.stop();
  } finally {
    write.mockRestore();
  }
  return lines.map((line) => JSON.parse(line)).filter(({ message }) => message !== 'request');
}

function plan(search: string): SearchPlan {
  const [type, query] = search.split('?') as [string, string];
  return parseSearch(definitions, {
    type,
    query: [...new URLSearchParams(query)],
    handling: 'strict',
    baseUrls: [],
  });
}

/** Services that keep what is logged. */
function recorder(slowSearch = 1000) {
  const lines: [level: string, message: string, fields: Record<string, unknown>][] = [];
  const level = (name: string) => (message: string, fields: Record<string, unknown>) =>
    lines.push([name, message, fields]);
  const services = { config: { slowSearch }, log: { warn: level('warn'), info: level('info') } };
  return { lines, services: services as unknown as Parameters<typeof logSearch>[0] };
}

describe('over HTTP', () => {
  it('a slow search is one warning with names, no values, and the shape as a hash', async () => {
    const lines = await linesOf({ SLOW_SEARCH: '1ms' }, async (base) => {
      await send('PUT', `${base}/Patient/p1`, {
        resourceType: 'Patient',
        id: 'p1',
        name: [{ family: 'SECRET' }],
      });
      // Enough work for a millisecond on any machine.
      const many = Array.from({ length: 300 }, (_, i) => `SECRET${i}`).join(',');
      await send('GET', `${base}/Patient?name:contains=${many},secret&_total=accurate&_count=5`);
      await send('GET', `${base}/Patient/p1/Observation?code:not=SECRET&subject.name:contains=${many}`);
    });
    expect(lines[0]).toMatchObject({
      level: 'warn',
      message: 'slow search',
      search: 'Patient',
      parameters: ['name:contains', '_count', '_total'],
      plan: expect.stringMatching(/^[0-9a-f]{12}$/),
      ms: expect.any(Number),
      rows: 1,
    });
    expect(JSON.stringify(lines)).not.toMatch(/SECRET|secret|p1/);
  });

  it('a search that reads all of something is said once, without values', async () => {
    const lines = await linesOf({ SLOW_SEARCH: '0' }, async (base) => {
      for (const code of ['SECRET1', 'SECRET2', 'SECRET3'])
        await send('GET', `${base}/Observation?code:not=${code}`);
      await send('GET', `${base}/Observation?code=SECRET`);
      await send('GET', `${base}/Patient`);
    });
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        message: 'search without a narrowing index',
        search: 'Observation',
        parameters: ['code:not'],
        rows: 0,
        scans: ['Observation: no criterion narrows the search (code:not)'],
      }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('SECRET');
  });
});

describe('logSearch', () => {
  const wide = plan('Patient?gender:not=male');
  const narrow = plan('Patient?gender=male');

  it('is silent about quick, narrow searches, and about all with SLOW_SEARCH=0 that are narrow', () => {
    const { lines, services } = recorder();
    logSearch(services, narrow, 'SELECT 1', 1000, 3);
    expect(lines).toEqual([]);
    const off = recorder(0);
    logSearch(off.services, narrow, 'SELECT 1', 1e6, 3);
    expect(off.lines).toEqual([]);
  });

  it('gives a slow search its line every time, with why it may be', () => {
    const { lines, services } = recorder();
    for (const ms of [1001, 1002]) logSearch(services, wide, 'SELECT 1', ms, 3);
    expect(lines).toMatchObject([
      ['warn', 'slow search', { ms: 1001, rows: 3, scans: [expect.stringContaining('gender:not')] }],
      ['warn', 'slow search', { ms: 1002 }],
    ]);
  });

  it('gives a shape one line a minute and at most a hundred shapes theirs, and counts the rest', () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValue(5_000_000);
    try {
      const { lines, services } = recorder();
      for (let i = 0; i < 130; i++) logSearch(services, wide, `SELECT ${i}`, 1, 0);
      logSearch(services, wide, 'SELECT 1', 1, 0);
      expect(lines).toHaveLength(100);
      expect(lines.filter(([, , fields]) => 'unlogged' in fields)).toEqual([]);
      clock.mockReturnValue(5_060_000);
      logSearch(services, wide, 'SELECT 1', 1, 0);
      logSearch(services, wide, 'SELECT 2', 1, 0);
      expect(lines).toHaveLength(102);
      expect(lines[100]![2]).toMatchObject({ unlogged: 31 });
      expect(lines[101]![2]).not.toHaveProperty('unlogged');
    } finally {
      clock.mockRestore();
    }
  });
});

describe('watchSearch', () => {
  const wide = plan('Patient?gender:not=male&_total=accurate');

  it('logs a search that was stopped, and says how to narrow it', async () => {
    const clock = jest.spyOn(performance, 'now').mockReturnValueOnce(0).mockReturnValue(20_000);
    try {
      const { lines, services } = recorder();
      const stopped = Object.assign(new Error('canceling statement due to statement timeout'), {
        code: '57014',
      });
      const error = await watchSearch(
        services,
        wide,
        'SELECT 1',
        () => Promise.reject(stopped),
        () => 0,
      ).catch((e) => e);
      expect(error).toBeInstanceOf(FhirError);
      expect(error).toMatchObject({
        status: 503,
        issues: [{ code: 'timeout' }],
        headers: { 'Retry-After': '1' },
      });
      expect(error.message).toMatch(/gender:not.*leave out _total=accurate/);
      expect(lines).toMatchObject([['warn', 'slow search', { ms: 20_000, failed: true }]]);
    } finally {
      clock.mockRestore();
    }
  });

  it('hands on the result and any other error', async () => {
    const { services } = recorder();
    expect(
      await watchSearch(
        services,
        wide,
        '',
        async () => 'x',
        () => 1,
      ),
    ).toBe('x');
    const other = new Error('other');
    await expect(
      watchSearch(
        services,
        wide,
        '',
        () => Promise.reject(other),
        () => 1,
      ),
    ).rejects.toBe(other);
  });
});
