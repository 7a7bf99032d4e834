// A patient has no two open referrals to the same product, and no two dossiers have the same number.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let other: TestServer;
const apiOf = ({ base }: TestServer) => base.replace('/fhir/R4', '/api/v1');

beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ DATABASE_URL: server.databaseUrl });
  for (const id of ['1', '2', '3', '4', '5']) {
    expect((await call('POST', 'patients', { id, last_name: `Patient ${id}` })).status).toBe(201);
  }
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});

const call = (method: string, path: string, body?: unknown, at = server): Promise<Answer> =>
  send(method, `${apiOf(at)}/${path}`, body, {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
  });
const post = (body: object, at = server) => call('POST', 'referrals', { kind: 'eap', ...body }, at);

describe('a referral to expanded access', () => {
  it('says to what', async () => {
    expectProblem(await post({ patient_id: '1', eap_number: 'N-0' }), 422, { pointer: '#/product' });
  });

  it('is one to each product as long as it is open, whatever the case', async () => {
    const first = await post({ id: 'e-1', patient_id: '1', product: 'Givinostat' });
    expect(first.status).toBe(201);
    const second = await post({ patient_id: '1', product: ' givinostat'.trim() });
    expectProblem(second, 409, { detail: '"e-1", which is "requested"', pointer: '#/product' });
    expect((await post({ patient_id: '2', product: 'Givinostat' })).status).toBe(201);
    const third = await post({ id: 'e-3', patient_id: '1', product: 'Another' });
    expect(third.status).toBe(201);
    expectProblem(await call('PATCH', 'referrals/e-3', { product: 'Givinostat' }), 409, {
      pointer: '#/product',
    });
    const over = { status: 'cancelled', status_reason: 'x' };
    expect((await call('PATCH', 'referrals/e-1', over)).status).toBe(200);
    expect((await call('PATCH', 'referrals/e-3', { product: 'Givinostat' })).status).toBe(200);
    const undo = await call('POST', 'referrals/e-1:undo', { status: 'cancelled', reason: 'y' });
    expectProblem(undo, 409, { detail: '"e-3"', pointer: '#/status' });
  });

  it('is one of each number as long as it is open, whosever it is', async () => {
    expect((await post({ id: 'n-1', patient_id: '3', product: 'A', eap_number: 'N-1' })).status).toBe(201);
    const second = await post({ patient_id: '4', product: 'B', eap_number: 'N-1' });
    expectProblem(second, 409, { detail: '"n-1", which is "requested"', pointer: '#/eap_number' });
    await post({ id: 'n-2', patient_id: '4', product: 'C' });
    expectProblem(await call('PATCH', 'referrals/n-2', { eap_number: 'N-1' }), 409, {
      pointer: '#/eap_number',
    });
    expect((await call('PATCH', 'referrals/n-1', { product: 'A+' })).status).toBe(200);
    expect((await call('DELETE', 'referrals/n-1')).status).toBe(204);
    expect((await call('PATCH', 'referrals/n-2', { eap_number: 'N-1' })).status).toBe(200);
  });

  it('is one, of many that are entered at the same time', async () => {
    const at = (i: number) => (i % 2 === 0 ? server : other);
    const same = [0, 1, 2, 3, 4].map((i) => post({ patient_id: '5', product: 'Race' }, at(i)));
    const statuses = (await Promise.all(same)).map(({ status }) => status).sort();
    expect(statuses).toEqual([201, 409, 409, 409, 409]);
    const numbered = [0, 1, 2, 3].map((i) =>
      post({ patient_id: '5', product: `P${i}`, eap_number: 'R-1' }, at(i)),
    );
    const answers = (await Promise.all(numbered)).map(({ status }) => status).sort();
    expect(answers).toEqual([201, 409, 409, 409]);
  });
});

describe('lists of referrals', () => {
  it('are of those that are open, or of those that are over', async () => {
    await call('POST', 'patients', { id: 'l', last_name: 'Lists' });
    await post({ id: 'o-1', patient_id: 'l', product: 'A' });
    await post({ id: 'o-2', patient_id: 'l', product: 'B' });
    await call('PATCH', 'referrals/o-2', { status: 'refused', status_reason: 'x' });
    const ids = async (query: string) =>
      (await call('GET', `referrals?patient_id=l&${query}`)).body.data.map(({ id }: { id: string }) => id);
    expect(await ids('open=true')).toEqual(['o-1']);
    expect(await ids('open=false')).toEqual(['o-2']);
    expectProblem(await call('GET', 'referrals?open=yes'), 400, { parameter: 'open' });
  });
});
