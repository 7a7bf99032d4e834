// history of an instance, a type and the system (http.html#history).
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
/** instants between the steps below, by what came before */
const after: Record<string, string> = {};

/** The next instant in which nothing was written yet: version times are in milliseconds. */
async function instant(): Promise<string> {
  const start = Date.now();
  while (Date.now() <= start + 1) await send('GET', `${server.base}/Patient/none`);
  return new Date(start + 1).toISOString();
}

const put = (type: string, id: string, more: object) =>
  send('PUT', `${server.base}/${type}/${id}`, { resourceType: type, id, ...more });

beforeAll(async () => {
  server = await startTestServer();
  after.nothing = await instant();
  await put('Patient', 'a', { gender: 'female' });
  after.a1 = await instant();
  await put('Patient', 'b', { gender: 'male' });
  await put('Basic', 'x', { code: { text: 'x' } });
  after.b1 = await instant();
  await put('Patient', 'a', { gender: 'other' });
  after.a2 = await instant();
  await send('DELETE', `${server.base}/Patient/a`);
  after.a3 = await instant();
  await put('Patient', 'a', { gender: 'unknown' });
  after.a4 = await instant();
});
afterAll(() => server.stop());

const history = (path: string) => send('GET', `${server.base}${path}`);
/** Versions as `Type/id/version`, newest first. */
const listed = ({ body }: Answer): string[] =>
  // biome-ignore lint/suspicious/noExplicitAny: arbitrary JSON
  (body.entry ?? []).map(({ fullUrl, response }: any) =>
    [...fullUrl.split('/').slice(-2), /"(\d+)"/.exec(response.etag)![1]].join('/'),
  );

describe('history', () => {
  it('of an instance lists all versions, newest first, with what made them', async () => {
    const answer = await history('/Patient/a/_history');
    expect([answer.status, answer.body.type, answer.body.total]).toEqual([200, 'history', 4]);
    expect(listed(answer)).toEqual(['Patient/a/4', 'Patient/a/3', 'Patient/a/2', 'Patient/a/1']);
    const [fourth, third, , first] = answer.body.entry;
    expect(first).toEqual({
      fullUrl: `${server.base}/Patient/a`,
      resource: (await history('/Patient/a/_history/1')).body,
      request: { method: 'PUT', url: 'Patient/a' },
      response: { status: '201 Created', etag: 'W/"1"', lastModified: first.resource.meta.lastUpdated },
    });
    expect(third).toMatchObject({ request: { method: 'DELETE' }, response: { status: '204 No Content' } });
    expect(third.resource).toBeUndefined();
    expect(fourth.request.method).toBe('PUT');
    expect(answer.body.link).toEqual([{ relation: 'self', url: `${server.base}/Patient/a/_history` }]);
  });

  it('of a type and of the system lists all their versions', async () => {
    const ofType = await history('/Patient/_history');
    expect(listed(ofType)).toEqual([
      'Patient/a/4',
      'Patient/a/3',
      'Patient/a/2',
      'Patient/b/1',
      'Patient/a/1',
    ]);
    const ofSystem = await history('/_history');
    expect(listed(ofSystem).toSorted()).toEqual([...listed(ofType), 'Basic/x/1'].toSorted());
    expect(listed(await history('/_history?_type=Basic'))).toEqual(['Basic/x/1']);
    expect(listed(await history('/_history?_type=Basic,Patient'))).toHaveLength(6);
    expect((await history('/Device/_history')).body.entry).toBeUndefined();
  });

  it('says POST for a create and PATCH for a patch', async () => {
    const { body } = await send('POST', `${server.base}/Device`, { resourceType: 'Device' });
    await send(
      'PATCH',
      `${server.base}/Device/${body.id}`,
      [{ op: 'add', path: '/status', value: 'active' }],
      {
        'content-type': 'application/json-patch+json',
      },
    );
    const { entry } = (await history(`/Device/${body.id}/_history`)).body;
    expect(entry[0].request).toEqual({ method: 'PATCH', url: `Device/${body.id}` });
    expect(entry[1].request).toEqual({ method: 'POST', url: 'Device' });
  });

  it('is 404 for what never was, and refuses what it does not know', async () => {
    expectRefusal(await history('/Patient/never/_history'), 404);
    expectRefusal(await history('/Patient/not_valid/_history'), 400);
    for (const query of [
      '_since=yesterday',
      '_at=x',
      '_count=-1',
      '_count=x',
      '_sort=_lastUpdated',
      '_type=Patient',
      'name=x',
      '_cursor=1',
      '_cursor=9999999999999999.1.1',
    ]) {
      expectRefusal(await history(`/Patient/_history?${query}`), 400);
    }
    expectRefusal(await history('/_history?_type=Patent'), 400, { diagnostics: 'Patent' });
  });
});

describe('_count and paging', () => {
  it('walks all versions through next links, without duplicates, while others write', async () => {
    const total = listed(await history('/_history')).length;
    for (const count of [1, 2, 5]) {
      const seen: string[] = [];
      let url: string | undefined = `${server.base}/_history?_count=${count}&_format=json`;
      for (let page = 0; url; page++) {
        const answer = await send('GET', url);
        expect(listed(answer).length).toBeLessThanOrEqual(count);
        seen.push(...listed(answer));
        // Versions made meanwhile are newer than every page to come.
        await put('Group', `g${count}`, { type: 'person', actual: true, quantity: page });
        url = answer.body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
      }
      const old = seen.filter((name) => !name.startsWith('Group/'));
      expect([old.length, new Set(old).size]).toEqual([total, total]);
    }
  });

  it('_count=0 lists nothing, and more than there is lists all', async () => {
    const none = await history('/Patient/a/_history?_count=0');
    expect([none.body.total, none.body.entry]).toEqual([4, undefined]);
    expect(listed(await history('/Patient/a/_history?_count=999999'))).toHaveLength(4);
  });
});

describe('_since and _at', () => {
  it('_since lists the versions made at that instant or later', async () => {
    expect(listed(await history(`/Patient/_history?_since=${after.b1}`))).toEqual([
      'Patient/a/4',
      'Patient/a/3',
      'Patient/a/2',
    ]);
    expect(listed(await history(`/Patient/a/_history?_since=${after.a4}`))).toEqual([]);
    const { lastUpdated } = (await history('/Patient/a/_history/2')).body.meta;
    expect(listed(await history(`/Patient/a/_history?_since=${lastUpdated}`))).toContain('Patient/a/2');
    expect(listed(await history('/Patient/_history?_since=0001'))).toHaveLength(5);
    for (const end of ['9999-12-31', '9999-12-31T23:59:59-14:00']) {
      expect(listed(await history(`/Patient/_history?_since=${end}`))).toEqual([]);
    }
  });

  it('_since takes a time zone, its + escaped or not', async () => {
    const local = new Date(Date.parse(after.b1!) + 2 * 3_600_000).toISOString().replace('Z', '');
    for (const plus of ['%2B', '+']) {
      expect(listed(await history(`/Patient/_history?_since=${local}${plus}02:00`))).toHaveLength(3);
    }
  });

  it('_at lists the versions that were current at that instant', async () => {
    const at = async (path: string, moment: string) =>
      listed(await history(`${path}/_history?_at=${after[moment]}`));
    expect(await at('/Patient', 'nothing')).toEqual([]);
    expect(await at('/Patient', 'a1')).toEqual(['Patient/a/1']);
    expect(await at('/Patient', 'b1')).toEqual(['Patient/b/1', 'Patient/a/1']);
    expect(await at('/Patient', 'a2')).toEqual(['Patient/a/2', 'Patient/b/1']);
    expect(await at('/Patient', 'a3')).toEqual(['Patient/a/3', 'Patient/b/1']);
    expect(await at('/Patient', 'a4')).toEqual(['Patient/a/4', 'Patient/b/1']);
    expect(await at('/Patient/a', 'b1')).toEqual(['Patient/a/1']);
    expect((await at('', 'b1')).toSorted()).toEqual(['Basic/x/1', 'Patient/a/1', 'Patient/b/1']);
  });

  it('_at a whole day lists every version that was current during it', async () => {
    expect(
      listed(await history(`/Patient/a/_history?_at=${new Date().toISOString().slice(0, 10)}`)),
    ).toHaveLength(4);
    for (const past of ['2001-02-03', '0001-01-01T00:00:00%2B14:00']) {
      expect(listed(await history(`/Patient/a/_history?_at=${past}`))).toEqual([]);
    }
    expect(listed(await history('/Patient/a/_history?_at=9999-12-31T23:59:59-14:00'))).toEqual([
      'Patient/a/4',
    ]);
  });
});
