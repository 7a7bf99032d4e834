// The list of alerts and one alert, as front ends read them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';
import {
  type AlertWriter,
  alertOf,
  alertWriter,
  highHeartRate,
  mediumScore,
  normalHeartRate,
} from './madeAlerts.ts';

let server: TestServer;
let api: string;
let fhir: string;
let writer: AlertWriter;
/** lasting, severe, seen by nobody */
const severe = alertOf(highHeartRate('1', 600), highHeartRate('1', 605, 160));
/** over */
const over = alertOf(
  highHeartRate('2', 590),
  ...[595, 600, 605].map((minute) => normalHeartRate('2', minute)),
);
const moderate = alertOf(mediumScore('1', 610));
const seen = {
  ...alertOf(highHeartRate('3', 580)),
  acknowledgements: [
    { who: 'Practitioner/12', when: '2026-01-31T10:00:00Z', note: 'seen', severity: 'high' as const },
  ],
};

beforeAll(async () => {
  server = await startTestServer();
  fhir = server.base;
  api = server.base.replace('/fhir/R4', '/api/v1');
  writer = alertWriter(server.databaseUrl);
  await writer.store(severe, over, moderate, seen);
});
afterAll(async () => {
  await writer.close();
  await server.stop();
});

const idsOf = async (query: string): Promise<string[]> => {
  const { status, body } = await send('GET', `${api}/alerts${query}`);
  expect(status).toBe(200);
  return body.data.map(({ id }: { id: string }) => id);
};

describe('the API', () => {
  it('says which versions there are and where to go on', async () => {
    const versions = await send('GET', api.replace('/v1', ''));
    expect(versions.body.versions).toEqual([
      { version: 'v1', status: 'current', _links: { self: { href: api } } },
    ]);
    const { body } = await send('GET', api);
    expect(body._links).toMatchObject({ self: { href: api }, fhir: { href: `${fhir}/metadata` } });
    for (const name of ['alerts', 'fhir']) {
      expect((await send('GET', body._links[name].href)).status).toBe(200);
    }
    expect((await send('GET', new URL('/', api).href)).body.api).toBe('/api');
  });

  it('answers what it does not have, or not so, with problem details', async () => {
    expectProblem(await send('GET', `${api}/nothing`), 404, { detail: '/api/v1/nothing' });
    expectProblem(await send('GET', `${api.replace('v1', 'v9')}/alerts`), 404);
    expectProblem(await send('GET', `${api}/alerts/${'0'.repeat(32)}`), 404, { detail: '0'.repeat(32) });
    for (const [method, path, allow] of [
      ['POST', '', 'GET, HEAD'],
      ['DELETE', '/alerts', 'GET, HEAD'],
      ['PUT', `/alerts/${severe.id}`, 'GET, HEAD'],
      ['POST', '/alerts/stream', 'GET, HEAD'],
    ] as const) {
      const answer = await send(method, api + path);
      expectProblem(answer, 405, { detail: method });
      expect(answer.headers.get('allow')).toBe(allow);
    }
    const { body } = await send('GET', `${api}/nothing?name=secret`);
    expect(body.instance).toBe('/api/v1/nothing');
    expectProblem(await send('GET', `${api}/alerts/%ff`), 400);
    expectProblem(await send('GET', `${api}/alerts?patient=%ff`), 400);
  });

  it('keeps the request id that the client gave', async () => {
    const answer = await send('GET', `${api}/nothing`, undefined, { 'x-request-id': 'mine-1' });
    expect(answer.body.requestId).toBe('mine-1');
  });
});

describe('GET /alerts', () => {
  it('lists all, the latest begun first, with links', async () => {
    const { body, headers } = await send('GET', `${api}/alerts`);
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([moderate.id, severe.id, over.id, seen.id]);
    expect(body._links).toEqual({ self: { href: `${api}/alerts` } });
    expect(headers.get('link')).toBeNull();
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(headers.get('cache-control')).toBe('private, no-cache');
  });

  it('is restricted by status, severity, patient and acknowledgement, all of which must hold', async () => {
    expect(await idsOf('?status=active')).toEqual([moderate.id, severe.id, seen.id]);
    expect(await idsOf('?status=resolved')).toEqual([over.id]);
    expect(await idsOf('?status=resolved,active')).toHaveLength(4);
    expect(await idsOf('?status=withdrawn')).toEqual([]);
    expect(await idsOf('?severity=moderate,low')).toEqual([moderate.id]);
    expect(await idsOf('?patient=1')).toEqual([moderate.id, severe.id]);
    expect(await idsOf('?patient=Patient/1&severity=high')).toEqual([severe.id]);
    expect(await idsOf('?acknowledged=true')).toEqual([seen.id]);
    expect(await idsOf('?acknowledged=false&status=active')).toEqual([moderate.id, severe.id]);
  });

  it.each([
    ['?statsu=active', 'statsu', 'known are status, severity, patient, acknowledged, total, limit, offset'],
    ['?status=open', 'status', 'active, resolved, withdrawn'],
    ['?status=active,', 'status', 'active, resolved, withdrawn'],
    ['?severity=', 'severity', 'low, moderate, high'],
    ['?patient=Group/1', 'patient', 'Patient/[id]'],
    ['?patient=Patient/1/2', 'patient', 'Patient/[id]'],
    ['?acknowledged=yes', 'acknowledged', 'true or false'],
    ['?pageSize=0', 'pageSize', 'from 1 to 1000'],
    ['?pageSize=1001', 'pageSize', 'from 1 to 1000'],
    ['?pageSize=1e2', 'pageSize', 'from 1 to 1000'],
    ['?status=active&status=resolved', 'status', 'more than once'],
    ['?pageToken=', 'pageToken', 'a text'],
    ['?pageToken=bm9uZQ', 'pageToken', 'follow the links'],
    ['?pageToken=bm9uZQ.AAAA.B', 'pageToken', 'follow the links'],
    ['?__proto__=1', '__proto__', 'There is no parameter'],
  ])('refuses %s', async (query, parameter, detail) => {
    expectProblem(await send('GET', `${api}/alerts${query}`), 400, { parameter, detail });
  });

  it('says all that is wrong at once', async () => {
    const { body } = await send('GET', `${api}/alerts?a=1&status=x&pageSize=y`);
    expect(body.errors.map(({ parameter }: { parameter: string }) => parameter)).toEqual([
      'a',
      'status',
      'pageSize',
    ]);
  });

  it('has an ETag that changes with what it lists', async () => {
    const { headers } = await send('GET', `${api}/alerts?patient=3`);
    const tag = headers.get('etag')!;
    const again = () => send('GET', `${api}/alerts?patient=3`, undefined, { 'if-none-match': tag });
    expect((await again()).status).toBe(304);
    await writer.store({ ...seen, acknowledgements: [] });
    expect((await again()).status).toBe(200);
    await writer.store(seen);
    expect((await again()).status).toBe(304);
  });
});

describe('pages of GET /alerts', () => {
  // Several begin at the same time, so that only the id tells them apart.
  const patients = Array.from({ length: 25 }, (_, n) => `paged-${n}`);
  const made = patients.map((patient, n) => alertOf(highHeartRate(patient, 100 + Math.floor(n / 10))));
  const expected = made.toSorted((a, b) => b.start - a.start || (a.id < b.id ? 1 : -1)).map(({ id }) => id);
  beforeAll(() => writer.store(...made));

  it.each([1, 3, 10, 24, 25, 26])('of %i give each alert once, in order', async (pageSize) => {
    const ids: string[] = [];
    let url: string | undefined = `${api}/alerts?severity=high&acknowledged=false&pageSize=${pageSize}`;
    let pages = 0;
    while (url !== undefined) {
      const { body, headers } = await send('GET', url);
      expect(body._links.self.href).toBe(url.replaceAll(',', '%2C'));
      ids.push(...body.data.map(({ id }: { id: string }) => id));
      pages++;
      url = body._links.next?.href;
      const relations = ['next', 'first'].filter((name) => body._links[name]);
      expect(headers.get('link') ?? '').toBe(
        relations.map((name) => `<${body._links[name].href}>; rel="${name}"`).join(', '),
      );
    }
    const others = [severe.id, over.id];
    expect(ids.filter((id) => !others.includes(id))).toEqual(expected);
    expect(pages).toBe(Math.ceil((expected.length + others.length) / pageSize));
  });

  it.each([1, 7, 27, 100])('of %i by limit and offset give each alert once, both ways', async (limit) => {
    const list = `${api}/alerts?severity=high&acknowledged=false`;
    const all = (await send('GET', `${list}&pageSize=1000`)).body.data;
    const found: unknown[] = [];
    let url: string | undefined = `${list}&limit=${limit}&total=true`;
    let last: string | undefined;
    while (url !== undefined) {
      const { body, headers } = await send('GET', url);
      expect(body).toMatchObject({ limit, offset: found.length, total: all.length });
      expect(headers.get('link')?.includes('rel="next"') ?? false).toBe(body._links.next !== undefined);
      found.push(...body.data);
      last = body._links.prev?.href;
      url = body._links.next?.href;
    }
    expect(found).toEqual(all);
    if (last !== undefined) {
      const before = (await send('GET', last)).body;
      expect(before.data).toEqual(all.slice(before.offset, before.offset + limit));
    }
  });

  it('counts what the filters find, and does not mix the page styles', async () => {
    expect((await send('GET', `${api}/alerts?total=true&patient=paged-3`)).body.total).toBe(1);
    expect((await send('GET', `${api}/alerts?patient=paged-3`)).body).not.toHaveProperty('total');
    for (const other of ['pageSize=2', 'pageToken=x']) {
      const refused = await send('GET', `${api}/alerts?offset=1&${other}`);
      expectProblem(refused, 400, { parameter: other.split('=')[0]!, detail: 'other page style' });
    }
    expectProblem(await send('GET', `${api}/alerts?offset=10001`), 400, { parameter: 'offset' });
  });

  it('go on below the last one, whatever is added above meanwhile', async () => {
    const first = await send('GET', `${api}/alerts?severity=high&pageSize=12`);
    await writer.store(alertOf(highHeartRate('late', 700)));
    const next = await send('GET', first.body._links.next.href);
    const both = [...first.body.data, ...next.body.data].map(({ id }) => id);
    expect(new Set(both).size).toBe(24);
    await writer.query(`DELETE FROM alert WHERE patient = 'Patient/late'`);
  });

  it('belong to their list: a token is not taken to another one, nor changed', async () => {
    const { body } = await send('GET', `${api}/alerts?severity=high&pageSize=2`);
    const token = new URL(body._links.next.href).searchParams.get('pageToken')!;
    const query = (parameters: Record<string, string>) => `${api}/alerts?${new URLSearchParams(parameters)}`;
    expect((await send('GET', query({ severity: 'high', pageToken: token, pageSize: '5' }))).status).toBe(
      200,
    );
    for (const parameters of [
      { pageToken: token },
      { severity: 'low', pageToken: token },
      { severity: 'high', patient: '1', pageToken: token },
      { severity: 'high', pageToken: `${token.slice(0, -2)}AA` },
      { severity: 'high', pageToken: `A${token}` },
    ]) {
      expectProblem(await send('GET', query(parameters as Record<string, string>)), 400, {
        parameter: 'pageToken',
      });
    }
  });
});

describe('GET /alerts/{id}', () => {
  it('tells all there is to know, in plain names', async () => {
    const { body } = await send('GET', `${api}/alerts/${severe.id}`);
    const self = `${api}/alerts/${severe.id}`;
    expect(body).toMatchObject({
      ...{ id: severe.id, status: 'active', severity: 'high', name: 'Heart rate', readings: 2 },
      patient: { id: '1', reference: 'Patient/1' },
      code: { system: 'http://loinc.org', code: '8867-4' },
      start: '2026-01-31T10:00:00.000Z',
      latest: '2026-01-31T10:05:00.000Z',
      ...{ acknowledged: false, acknowledgements: [] },
      rule: severe.rule,
      title: severe.title,
      policy: severe.policy,
      first: { observation: 'Observation/hr-1-600', time: '2026-01-31T10:00:00.000Z', value: 150 },
      last: { observation: 'Observation/hr-1-605', value: 160 },
    });
    expect(body.worst).toMatchObject({
      ...{ version: '1', unit: '/min', interpretation: 'HH' },
      range: {
        ...{ category: 'critical', source: 'population', low: 40, high: 130, unit: '/min', interval: 1 },
        ...{ definition: 'ObservationDefinition/salus-heart-rate', version: '3' },
      },
    });
    expect(body.text).toMatch(/^Heart rate \d+ \/min: critically high/);
    expect(body).not.toHaveProperty('end');
    expect(body._links).toEqual({
      self: { href: self },
      acknowledge: { href: `${self}/acknowledge` },
      patient: { href: `${fhir}/Patient/1` },
      flag: { href: `${fhir}/Flag/alert-${severe.id}` },
      detectedIssue: { href: `${fhir}/DetectedIssue/alert-${severe.id}` },
    });
  });

  it('says who has seen it and when it ended', async () => {
    const acknowledged = await send('GET', `${api}/alerts/${seen.id}`);
    expect(acknowledged.body).toMatchObject({
      acknowledged: true,
      acknowledgements: [{ who: 'Practitioner/12', note: 'seen', severity: 'high' }],
    });
    const ended = await send('GET', `${api}/alerts/${over.id}`);
    expect(ended.body).toMatchObject({ status: 'resolved', end: new Date(over.end!).toISOString() });
    const scored = await send('GET', `${api}/alerts/${moderate.id}`);
    expect(scored.body.worst).toMatchObject({ band: 'medium', value: 6 });
  });

  it('answers HEAD like GET without a body, and 304 to who has it', async () => {
    const url = `${api}/alerts/${over.id}`;
    const plain = { 'accept-encoding': 'identity' };
    const whole = await send('GET', url, undefined, plain);
    const head = await send('HEAD', url, undefined, plain);
    expect([head.status, head.text]).toEqual([200, '']);
    for (const name of ['etag', 'content-length', 'content-type']) {
      expect(head.headers.get(name)).toBe(whole.headers.get(name));
    }
    const tag = whole.headers.get('etag')!;
    for (const given of [tag, `"other", ${tag}`, tag.replace('W/', ''), '*']) {
      const answer = await send('GET', url, undefined, { 'if-none-match': given });
      expect([answer.status, answer.text, answer.headers.get('etag')]).toEqual([304, '', tag]);
    }
    expect((await send('GET', url, undefined, { 'if-none-match': '"other"' })).status).toBe(200);
    expectProblem(await send('GET', `${url}?pretty=1`), 400, { parameter: 'pretty', detail: 'takes none' });
  });
});

describe('BASE_URL', () => {
  it('is where links lead to, with what stands before the FHIR base', async () => {
    const proxied = await startTestServer({
      DATABASE_URL: server.databaseUrl,
      BASE_URL: 'https://ward.example/salus/fhir/R4',
    });
    const origin = new URL(proxied.base).origin;
    const { body } = await send('GET', `${origin}/api/v1/alerts/${severe.id}`);
    expect(body._links).toMatchObject({
      self: { href: `https://ward.example/salus/api/v1/alerts/${severe.id}` },
      patient: { href: 'https://ward.example/salus/fhir/R4/Patient/1' },
    });
    await proxied.stop();
  });
});
