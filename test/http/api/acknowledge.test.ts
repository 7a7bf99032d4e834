// Acknowledging an alert through the plain JSON API: what it takes, what it refuses, who is told.
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Alert } from '../../../server/vitals/alerts/alert.ts';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { listenTo } from './eventListener.ts';
import { expectProblem } from './expectProblem.ts';
import { type AlertWriter, alertOf, alertWriter, highHeartRate } from './madeAlerts.ts';

let server: TestServer;
let api: string;
let writer: AlertWriter;
let made = 0;
let alert: Alert;

beforeAll(async () => {
  server = await startTestServer({ BODY_LIMIT: '20kb' });
  api = server.base.replace('/fhir/R4', '/api/v1');
  writer = alertWriter(server.databaseUrl);
  await send('PUT', `${server.base}/Practitioner/12`, { resourceType: 'Practitioner', id: '12' });
});
afterAll(async () => {
  await writer.close();
  await server.stop();
});
beforeEach(async () => {
  const patient = `a${made++}`;
  await send('PUT', `${server.base}/Patient/${patient}`, { resourceType: 'Patient', id: patient });
  alert = alertOf(highHeartRate(patient, 600));
  await writer.store(alert);
});

const acknowledge = (
  body: unknown,
  headers: Record<string, string> = { 'content-type': 'application/json' },
): Promise<Answer> => send('POST', `${api}/alerts/${alert.id}/acknowledge`, body, headers);

describe('POST /alerts/{id}/acknowledge', () => {
  it('notes who, when and what, and answers with the alert', async () => {
    const given = { who: 'Practitioner/12', when: '2026-01-31T10:20:00+01:00', note: 'seen' };
    const { status, body } = await acknowledge(given);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ id: alert.id, acknowledged: true },
      acknowledgements: [{ ...given, severity: 'high' }],
    });
    expect((await send('GET', `${api}/alerts/${alert.id}`)).body).toEqual(body);
    const listed = await send('GET', `${api}/alerts?acknowledged=true&patient=${alert.patient}`);
    expect(listed.body.data).toEqual([body]);
    const flag = await send('GET', body._links.flag.href);
    expect(flag.body.extension).toContainEqual(expect.objectContaining({ valueBoolean: true }));
    const issue = await send('GET', body._links.detectedIssue.href);
    expect(issue.body.mitigation).toEqual([
      expect.objectContaining({ author: { reference: 'Practitioner/12' } }),
    ]);
  });

  it('is carried out once under an Idempotency-Key, though it says no time', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'seen-1' };
    const given = { who: 'Practitioner/12', note: 'seen' };
    const answers = await Promise.all([1, 2, 3].map(() => acknowledge(given, headers)));
    const [first] = answers;
    for (const { status, body } of answers) {
      expect({ status, body }).toEqual({ status: 200, body: first!.body });
    }
    expect(first!.body.acknowledgements).toHaveLength(1);
    const again = await acknowledge(given, headers);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await send('GET', `${api}/alerts/${alert.id}`)).body).toEqual(first!.body);
    expectProblem(await acknowledge({ ...given, note: 'other' }, headers), 422, {
      detail: 'Idempotency-Key',
    });
  });

  it('takes the present time where it is not told another, and changes the ETag', async () => {
    const tag = (await send('GET', `${api}/alerts/${alert.id}`)).headers.get('etag')!;
    const before = Date.now();
    const { body } = await acknowledge({ who: 'Practitioner/12' });
    const { when, note } = body.acknowledgements[0];
    expect(Date.parse(when)).toBeGreaterThanOrEqual(before);
    expect(note).toBeUndefined();
    const again = await send('GET', `${api}/alerts/${alert.id}`, undefined, { 'if-none-match': tag });
    expect(again.status).toBe(200);
  });

  it('tells listeners', async () => {
    const listener = await listenTo(`${api}/alerts/stream?patient=${alert.patient}`);
    await acknowledge({ who: 'Practitioner/12' });
    await listener.until(() => listener.events.length === 1);
    expect(listener.events[0]).toMatchObject({
      event: 'acknowledge',
      data: { kind: 'acknowledge', alert: { id: alert.id, acknowledged: true } },
    });
    listener.close();
  });

  it('refuses an alert that is not there, and one that was withdrawn', async () => {
    const nowhere = `${api}/alerts/${'f'.repeat(32)}/acknowledge`;
    const headers = { 'content-type': 'application/json' };
    expectProblem(await send('POST', nowhere, { who: 'Practitioner/12' }, headers), 404);
    await writer.store({ ...alert, status: 'withdrawn' });
    expectProblem(await acknowledge({ who: 'Practitioner/12' }), 409, { detail: 'withdrawn' });
    const { body } = await send('GET', `${api}/alerts/${alert.id}`);
    expect(body._links).not.toHaveProperty('acknowledge');
  });

  it.each([
    [[], '#', 'JSON object'],
    ['null', '#', 'JSON object'],
    [{}, '#/who', 'missing'],
    [{ who: 12 }, '#/who', 'must be a string'],
    [{ who: 'Practitioner/12', note: null }, '#/note', 'must be a string'],
    [{ who: 'Practitioner/12', notes: 'seen' }, '#/notes', 'known are who, note, when'],
    [{ who: 'Practitioner/12', 'a/b~ü': 1.5 }, '#/a~1b~0%C3%BC', 'known are'],
  ])('refuses the body %j at %s', async (body, pointer, detail) => {
    expectProblem(await acknowledge(body), 400, { pointer, detail });
  });

  it.each([
    [400, { who: 'nurse 7' }],
    [400, { who: 'Practitioner/12', when: 'yesterday' }],
    [400, { who: 'Practitioner/12', note: ' ' }],
    [422, { who: 'Practitioner/unknown' }],
  ])('refuses with %i what is no acknowledgement: %j', async (status, body) => {
    expectProblem(await acknowledge(body), status, status === 422 ? { pointer: '#/who' } : {});
    expect((await send('GET', `${api}/alerts/${alert.id}`)).body.acknowledgements).toEqual([]);
  });

  it('says all that is wrong at once', async () => {
    const { body } = await acknowledge({ when: 1, x: 2 });
    expect(body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual([
      '#/when',
      '#/x',
      '#/who',
    ]);
  });

  it('takes JSON in UTF-8 only, of a bounded size', async () => {
    const text = '{"who": "Practitioner/12"}';
    expectProblem(await acknowledge(text, { 'content-type': 'text/plain' }), 415);
    expectProblem(await acknowledge(text, { 'content-type': 'application/fhir+json' }), 415);
    expectProblem(await acknowledge('{"who": "Practitioner/12"'), 400, { detail: /line 1/ });
    expectProblem(await acknowledge('{"who": "a", "who": "b"}'), 400);
    expectProblem(await acknowledge(''), 400, { detail: 'needs a body' });
    expectProblem(await acknowledge({ who: 'Practitioner/12', note: 'x'.repeat(21_000) }), 413);
    const packed = await fetch(`${api}/alerts/${alert.id}/acknowledge`, {
      method: 'POST',
      body: gzipSync(text),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    });
    expect(packed.status).toBe(200);
  });

  it('refuses parameters and other methods', async () => {
    const url = `${api}/alerts/${alert.id}/acknowledge`;
    const headers = { 'content-type': 'application/json' };
    expectProblem(await send('POST', `${url}?force=1`, { who: 'Practitioner/12' }, headers), 400, {
      parameter: 'force',
    });
    const answer = await send('GET', url);
    expectProblem(answer, 405);
    expect(answer.headers.get('allow')).toBe('POST');
  });
});
