// Writes of alert policies over HTTP: what the client is told.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, batch, type Json, put, transaction } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { shippedPlan } from '../vitals/alerts/support.ts';

let server: TestServer;
const url = () => `${server.base}/PlanDefinition/salus-alert-policy`;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  const until = Date.now() + 20_000;
  while ((await send('GET', url())).status !== 200 && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 50));
});
afterAll(() => server?.stop());

const second = (): Json => ({ ...shippedPlan(), id: 'second', url: 'http://t.example/second' });

describe('an alert policy', () => {
  it('that is the last one is not deleted', async () => {
    const { status, body } = await send('DELETE', url());
    expect([status, body.issue[0].code]).toEqual([422, 'business-rule']);
    expect(body.issue[0].diagnostics).toMatch(/there is none.*one without actions raises no alerts/);
    expect((await send('GET', url())).status).toBe(200);
  });

  it('is refused with the entry of the transaction that is wrong; nothing is stored', async () => {
    const patient = { resourceType: 'Patient', id: 'with-policy', active: true };
    const { status, body } = await send('POST', server.base, transaction([put(patient), put(second())]));
    expect([status, body.issue[0].expression]).toEqual([422, ['Bundle.entry[1]']]);
    expect((await send('GET', `${server.base}/Patient/with-policy`)).status).toBe(404);
  });

  it('is refused in a batch; the other entries are carried out', async () => {
    const { body } = await send('POST', server.base, batch([put(second()), ask('GET', 'Patient')]));
    expect(body.entry.map(({ response }: Json) => response.status.slice(0, 3))).toEqual(['422', '200']);
  });

  it('takes the place of another in a transaction', async () => {
    const swap = transaction([ask('DELETE', 'PlanDefinition/salus-alert-policy'), put(second())]);
    expect((await send('POST', server.base, swap)).status).toBe(200);
    expect((await send('GET', url())).status).toBe(410);
  });

  it('has its unusable rule named', async () => {
    const plan = second();
    plan.action[2].trigger[0].data[0].codeFilter[0].code[0].code = 'dreadful';
    const { status, body } = await send('PUT', `${server.base}/PlanDefinition/second`, plan);
    expect([status, body.issue[0].diagnostics]).toEqual([
      422,
      expect.stringMatching(
        /^PlanDefinition\/second cannot be used as an alert policy: action\[2\]: .*dreadful/,
      ),
    ]);
  });
});

describe('ranges that cannot be used', () => {
  it('are warnings for who asks', async () => {
    const definition = {
      resourceType: 'ObservationDefinition',
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
      qualifiedInterval: [{ range: { high: { value: 90 } } }],
    };
    const prefer = { prefer: 'return=OperationOutcome' };
    const { status, body } = await send('POST', `${server.base}/ObservationDefinition`, definition, prefer);
    expect(status).toBe(201);
    expect(body.issue).toContainEqual(
      expect.objectContaining({
        severity: 'warning',
        diagnostics: expect.stringMatching(/quantitativeDetails\.unit has no UCUM code/),
      }),
    );
  });
});
