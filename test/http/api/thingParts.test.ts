// Things that are made of several resources: studies stand for all of them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let api: string;

beforeAll(async () => {
  server = await startTestServer();
  api = server.base.replace('/fhir/R4', '/api/v1');
  for (const id of ['p1', 'p2']) await sendJson('POST', 'patients', { id, last_name: `Name ${id}` });
});
afterAll(() => server.stop());

type Headers = Record<string, string>;
const sendJson = (method: string, path: string, body?: unknown, headers: Headers = {}): Promise<Answer> =>
  send(method, path.startsWith('http') ? path : `${api}/${path}`, body, {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    ...headers,
  });
const study = (id: string, others: object = {}) => ({
  ...{ id, urgency_level: 'HIGH', body_part: 'CHEST', description: 'CLEAR', type: 'XRAY', patient_id: 'p1' },
  ...others,
});
const tagOf = (answer: Answer): string => answer.headers.get('etag')!;

describe('a thing with parts', () => {
  it('has another ETag when a part changes, through whichever door', async () => {
    const made = await sendJson('POST', 'studies', study('t1'));
    expect(made.status).toBe(201);
    expect(tagOf(made)).toMatch(/^W\/"1-[\w-]{8}"$/);
    const read = await sendJson('GET', 'studies/t1', undefined, { 'if-none-match': tagOf(made) });
    expect(read.status).toBe(304);
    const changed = await sendJson(
      'PATCH',
      'studies/t1',
      { urgency_level: 'LOW' },
      { 'if-match': tagOf(made) },
    );
    expect(changed.status).toBe(200);
    expect(tagOf(changed)).not.toBe(tagOf(made));
    const stale = await sendJson(
      'PATCH',
      'studies/t1',
      { urgency_level: 'MID' },
      { 'if-match': tagOf(made) },
    );
    expectProblem(stale, 412);
    // Now the order, by FHIR.
    const report = await sendJson('GET', changed.body._links.fhir.href);
    const url = `${server.base}/${report.body.basedOn[0].reference}`;
    const { body: order } = await sendJson('GET', url);
    await send('PUT', url, { ...order, priority: 'urgent' });
    const again = await sendJson('GET', 'studies/t1', undefined, { 'if-none-match': tagOf(changed) });
    expect({ status: again.status, urgency: again.body?.urgency_level }).toEqual({
      status: 200,
      urgency: 'MID',
    });
  });

  it('takes no version of its main resource alone as If-Match', async () => {
    const made = await sendJson('POST', 'studies', study('t2'));
    expectProblem(await sendJson('PATCH', 'studies/t2', { description: 'X' }, { 'if-match': 'W/"1"' }), 412);
    const strong = tagOf(made).slice(2);
    const main = await sendJson('PATCH', 'studies/t2', { description: 'NEW' }, { 'if-match': strong });
    expect(main.status).toBe(200);
  });

  it('has its own parts only, in a list as alone', async () => {
    const levels = ['LOW', 'MID', 'HIGH'];
    const operations = Array.from({ length: 120 }, (_, i) => ({
      op: 'create',
      data: study(`list${i}`, {
        urgency_level: levels[i % 3]!,
        body_part: `PART ${i}`,
        patient_id: `p${1 + (i % 2)}`,
      }),
    }));
    const stored = await sendJson('POST', 'studies:batch', { operations });
    expect(stored.body).toMatchObject({ succeeded: 120, failed: 0 });
    const { body } = await sendJson('GET', 'studies?limit=500');
    const listed = body.data.filter(({ id }: { id: string }) => id.startsWith('list'));
    const told = listed.map(({ _links, ...json }: Record<string, unknown>) => json);
    expect(told).toEqual(operations.map(({ data }) => data).reverse());
    expect(listed.slice(0, 3)).toEqual(
      await Promise.all(
        listed
          .slice(0, 3)
          .map(async ({ id }: { id: string }) => (await sendJson('GET', `studies/${id}`)).body),
      ),
    );
    const below = await sendJson('GET', 'patients/p2/studies?total=true&pageSize=7&urgency_level=LOW');
    expect(below.body.total).toBe(20);
    expect(below.body._links.next.href).toMatch(/\/patients\/p2\/studies\?/);
    expect((await sendJson('GET', below.body._links.next.href)).body.data).toHaveLength(7);
    expectProblem(await sendJson('GET', 'patients/none/studies'), 404);
    expectProblem(await sendJson('GET', 'patients/p2/studies?patient_id=p1'), 400, {
      parameter: 'patient_id',
    });
  });

  it('loses no change of several at the same time', async () => {
    await sendJson('POST', 'studies', study('t3'));
    const answers = await Promise.all(
      [{ urgency_level: 'LOW' }, { description: 'OTHER' }, { body_part: 'NECK' }].map((change) =>
        sendJson('PATCH', 'studies/t3', change),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await sendJson('GET', 'studies/t3')).body).toMatchObject({
      ...{ urgency_level: 'LOW', description: 'OTHER', body_part: 'NECK' },
    });
  });

  it('is refused where what it names is not there, at the member that names it', async () => {
    const lone = await sendJson('POST', 'studies', study('t4', { patient_id: '99' }));
    const detail = '"patient_id": There is no Patient with the id "99".';
    expectProblem(lone, 422, { pointer: '#/patient_id', detail });
    const operations = [
      { op: 'create', data: study('t5') },
      { op: 'create', data: study('t6', { patient_id: 'a|b,c' }) },
    ];
    const batch = await sendJson('POST', 'studies:batch', { operations });
    expectProblem(batch, 422, { pointer: '#/operations/1/data/patient_id', detail: 'with the id "a|b,c"' });
    expectProblem(await sendJson('GET', 'studies/t5'), 404);
  });
});
