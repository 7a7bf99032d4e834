// $evaluate-vitals: what is stored is judged again by the ranges in force; the job changes nothing else, can be repeated, gives
// way to clients, and survives the process that works on it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { readConfig } from '../../server/config.ts';
import { ensureDefinitions } from '../../server/currentDefinitions.ts';
import { evaluateJob } from '../../server/jobs/evaluateJob.ts';
import { startJobs } from '../../server/jobs/startJobs.ts';
import { walkStep } from '../../server/jobs/walkJob.ts';
import { startMonitor } from '../../server/monitor/startMonitor.ts';
import { createServices, type Services } from '../../server/services.ts';
import { transaction } from '../../server/store/database.ts';
import { readForIndexing } from '../../server/store/indexedResources.ts';
import { claimJob } from '../../server/store/jobs.ts';
import { createLogger } from '../../server/telemetry.ts';
import type { Json } from '../bundles/bundleSupport.ts';
import { queryRows } from '../support/rowCounts.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

const loinc = 'http://loinc.org';
let server: TestServer;
let services: Services;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  services = await createServices(
    readConfig({
      DATABASE_URL: server.databaseUrl,
      DATA_DIR: 'node_modules/.cache/salus-test',
      LOG_LEVEL: 'error',
      VITALS: 'annotate',
    }),
    createLogger('error'),
  );
  await until(async () => (await get('ObservationDefinition?_summary=count')).total >= 16);
});
afterAll(async () => {
  await services.close();
  await server.stop();
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It did not come to that.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function get(path: string): Promise<Json> {
  const { status, body } = await send('GET', `${server.base}/${path}`);
  expect({ path, status }).toEqual({ path, status: 200 });
  return body;
}
const put = async (base: string, resource: Json | string): Promise<Json> => {
  const { resourceType, id } = typeof resource === 'string' ? JSON.parse(resource) : resource;
  const { status, body } = await send('PUT', `${base}/${resourceType}/${id}`, resource);
  expect({ ok: status === 200 || status === 201, issue: body.issue }).toEqual({ ok: true, issue: undefined });
  return body;
};
const observation = (id: string, code: string, value: number, unit: string, patient = 'adult'): Json => ({
  ...{ resourceType: 'Observation', id, status: 'final', subject: { reference: `Patient/${patient}` } },
  code: { coding: [{ system: loinc, code }] },
  effectiveDateTime: '2024-06-01T10:00:00Z',
  valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit },
});
const heartRate = (id: string, value: number, patient?: string) =>
  observation(id, '8867-4', value, '/min', patient);
const stored = (id: string) => get(`Observation/${id}`);
const codeOf = ({ interpretation }: Json) => interpretation?.[0]?.coding?.[0]?.code;

/** Parameters as name → value. */
const values = (parameters: Json[]): Json =>
  Object.fromEntries(
    parameters.map(({ name, part, ...value }) => [name, part ? values(part) : Object.values(value)[0]]),
  );
const start = async (path = '$evaluate-vitals'): Promise<Answer> => {
  const started = await send('POST', `${server.base}/${path}`);
  expect(started.status).toBe(202);
  return started;
};
async function ended(started: Answer): Promise<Json> {
  let job: Json;
  await until(async () => {
    const { body } = await send('GET', started.headers.get('content-location')!);
    job = values(body.parameter);
    return job.finished !== undefined;
  });
  return job;
}
const evaluated = async (path?: string) => ended(await start(path));

/** Stores on a server that evaluates nothing. */
async function unevaluated(resources: (Json | string)[]): Promise<void> {
  const off = await startTestServer({ VITALS: 'off', DATABASE_URL: server.databaseUrl });
  for (const resource of resources) await put(off.base, resource);
  await off.stop();
}

/** The highest heart rate of an adult that is normal. */
async function setHighest(high: number): Promise<void> {
  const definition = await get('ObservationDefinition/salus-heart-rate');
  for (const { category, age, range } of definition.qualifiedInterval) {
    const isAdult = age === undefined || age.low?.value >= 16;
    if (category === 'reference' && isAdult && range.low.value < high) range.high.value = high;
  }
  await put(server.base, definition);
}

const score: Json = {
  ...{ resourceType: 'Observation', id: 'score-1', status: 'final', valueInteger: 3 },
  meta: { tag: [{ system: 'https://salus.example/fhir/CodeSystem/tags', code: 'computed' }] },
  identifier: [{ system: 'urn:salus:score', value: 'Patient/adult|news2|2024-06-01T10:00:00.000Z' }],
  subject: { reference: 'Patient/adult' },
  code: { coding: [{ system: 'http://snomed.info/sct', code: '1104051000000101' }] },
};

describe('$evaluate-vitals', () => {
  it('judges what was stored while nothing was evaluated, and nothing else changes', async () => {
    const patient = { resourceType: 'Patient', gender: 'female', birthDate: '1980-02-29' };
    await unevaluated([
      { ...patient, id: 'adult' },
      { ...patient, id: 'other' },
      heartRate('normal', 72),
      JSON.stringify(heartRate('high', 190.5, 'other')).replace('190.5', '190.50'),
      observation('weight-text', '8302-2', 1.8, 'm'),
      observation('no-vital', '718-7', 14.5, 'g/dL'),
      score,
      { resourceType: 'Basic', id: 'x', code: { text: 'x' } },
    ]);
    await send('DELETE', `${server.base}/Observation/weight-text`);
    expect(codeOf(await stored('normal'))).toBeUndefined();
    const job = await evaluated();
    expect(job).toMatchObject({
      ...{ status: 'completed', type: 'Observation', processed: 4, changed: 2, failed: 0 },
    });
    const high = await send('GET', `${server.base}/Observation/high`);
    expect([codeOf(high.body), high.text.includes('190.50')]).toEqual(['HH', true]);
    const after = await stored('normal');
    expect([codeOf(after), after.meta.versionId, after.valueQuantity.value]).toEqual(['N', '2', 72]);
    const { meta, interpretation, referenceRange, ...rest } = after;
    expect(rest).toEqual(heartRate('normal', 72));
    for (const id of ['no-vital', 'score-1']) expect((await stored(id)).meta.versionId).toBe('1');
    expect((await stored('score-1')).meta.tag).toEqual(score.meta.tag);
  });

  it('changes nothing when it is repeated', async () => {
    expect(await evaluated('Observation/$evaluate-vitals')).toMatchObject({
      ...{ status: 'completed', processed: 4, changed: 0, failed: 0 },
    });
    expect((await stored('normal')).meta.versionId).toBe('2');
  });

  it('goes by ranges that have changed; of one patient, in the readings of that patient only', async () => {
    await put(server.base, heartRate('his', 72, 'other'));
    await setHighest(70);
    expect(codeOf(await stored('his'))).toBe('N');
    const started = await start('Patient/adult/$evaluate-vitals');
    expect(values(started.body.parameter).patient).toEqual({ reference: 'Patient/adult' });
    expect(await ended(started)).toMatchObject({ status: 'completed', processed: 3, total: 3, changed: 1 });
    expect([codeOf(await stored('normal')), codeOf(await stored('his'))]).toEqual(['H', 'N']);
    expect(await evaluated()).toMatchObject({ status: 'completed', processed: 5 });
    expect([codeOf(await stored('normal')), codeOf(await stored('his'))]).toEqual(['H', 'H']);
    await setHighest(100);
    expect(await evaluated()).toMatchObject({ status: 'completed', failed: 0 });
    expect([codeOf(await stored('normal')), codeOf(await stored('his'))]).toEqual(['N', 'N']);
  });

  it('takes back what was computed of what is a vital sign no longer', async () => {
    const definition = await get('ObservationDefinition/salus-body-weight');
    await put(server.base, observation('weight', '29463-7', 70, 'kg'));
    await put(server.base, {
      ...observation('weight-high', '29463-7', 70, 'kg'),
      referenceRange: [{ high: { value: 60, system: 'http://unitsofmeasure.org', code: 'kg' } }],
    });
    const before = await stored('weight-high');
    expect(codeOf(before)).toBe('H');
    const { status } = await send('DELETE', `${server.base}/ObservationDefinition/salus-body-weight`);
    expect(status).toBe(204);
    expect(await evaluated()).toMatchObject({ status: 'completed', changed: 1 });
    const after = await stored('weight-high');
    expect([codeOf(after), after.meta.tag, after.referenceRange]).toEqual([
      ...[undefined, undefined, before.referenceRange],
    ]);
    await put(server.base, definition);
    await evaluated();
    expect(codeOf(await stored('weight-high'))).toBe('H');
  });

  it('has readings of all of them followed up', async () => {
    await queryRows(server.databaseUrl, 'DELETE FROM vital_queue');
    await queryRows(server.databaseUrl, 'DELETE FROM vital_reading');
    const monitor = startMonitor(services);
    await evaluated();
    const rows = async (sql: string) => queryRows<{ observation: string }>(server.databaseUrl, sql);
    await until(async () => (await rows('SELECT FROM vital_queue')).length === 0);
    await monitor.stop();
    const readings = await rows(
      "SELECT observation FROM vital_reading WHERE code = 'http://loinc.org|8867-4' ORDER BY observation",
    );
    expect(readings.map((reading) => reading.observation)).toEqual(expect.arrayContaining(['his', 'normal']));
  });

  it('lists its jobs apart from those of $reindex', async () => {
    const jobsAt = async (path: string) =>
      (await get(path)).parameter?.map(({ name, part }: Json) => [name, values(part)]) ?? [];
    const all = await jobsAt('$evaluate-vitals');
    expect(new Set(all.map(([name]: [string]) => name))).toEqual(new Set(['evaluate-vitals']));
    expect((await jobsAt('Patient/adult/$evaluate-vitals')).length).toBe(1);
    expect(await jobsAt('$reindex')).toEqual([]);
    const id = all[0][1].job;
    expectRefusal(await send('GET', `${server.base}/$reindex?job=${id}`), 404, { code: 'not-found' });
    expectRefusal(await send('POST', `${server.base}/$reindex?cancel=${id}`), 404, { code: 'not-found' });
    expectRefusal(await send('POST', `${server.base}/$evaluate-vitals?cancel=${id}`), 409, {
      diagnostics: `Job ${id} has ended already.`,
    });
  });

  it.each([
    ['POST', 'Patient/none/$evaluate-vitals', 404, 'not-found'],
    ['GET', 'Patient/none/$evaluate-vitals', 404, 'not-found'],
    ['GET', '$evaluate-vitals?job=999999', 404, 'not-found'],
    ['GET', '$evaluate-vitals?job=x', 400, 'value'],
    ['POST', '$evaluate-vitals?patient=adult', 400, 'not-supported'],
    ['POST', 'Patient/adult/$evaluate-vitals?cancel=1', 400, 'not-supported'],
    ['POST', 'Patient/$evaluate-vitals', 404, 'not-supported'],
    ['POST', 'Group/1/$evaluate-vitals', 404, 'not-supported'],
  ])('%s %s is refused', async (method, path, status, code) => {
    expectRefusal(await send(method, `${server.base}/${path}`), status, { code });
  });

  it('is refused where vital signs are not evaluated', async () => {
    const off = await startTestServer();
    expectRefusal(await send('POST', `${off.base}/$evaluate-vitals`), 422, { diagnostics: 'VITALS=off' });
    await off.stop();
  });
});

describe('the job', () => {
  it('waits for whoever is writing, is queued once, and can be cancelled', async () => {
    const writer = new pg.Client(server.databaseUrl);
    await writer.connect();
    await writer.query('BEGIN; SELECT 1');
    const first = await start('Patient/adult/$evaluate-vitals');
    const state = async () =>
      values((await send('GET', first.headers.get('content-location')!)).body.parameter);
    await until(async () => /^It waits for \d+ trans/.test((await state()).reason));
    const second = await start();
    const again = await start();
    expect(again.headers.get('content-location')).toBe(second.headers.get('content-location'));
    const other = await start('Patient/other/$evaluate-vitals');
    expect(other.headers.get('content-location')).not.toBe(second.headers.get('content-location'));
    for (const job of [first, other]) {
      const { job: id } = values(job.body.parameter);
      const cancelled = await send('POST', `${server.base}/$evaluate-vitals?cancel=${id}`);
      expect([cancelled.status, values(cancelled.body.parameter).status]).toEqual([200, 'cancelled']);
    }
    await writer.query('COMMIT');
    await writer.end();
    expect(await ended(first)).toMatchObject({ status: 'cancelled', processed: 0 });
    expect(await ended(second)).toMatchObject({ status: 'completed' });
  });

  it('leaves what a client changed meanwhile to the client', async () => {
    await unevaluated([heartRate('raced', 72), heartRate('raced-deleted', 72)]);
    const [key] = await queryRows<{ key: string }>(
      server.databaseUrl,
      "SELECT key FROM resource WHERE id = 'raced'",
    );
    const stretch: [number, number] = [Number(key!.key) - 1, Number.MAX_SAFE_INTEGER];
    const batch = await readForIndexing(services.db, 'Observation', stretch, 200, ['Observation']);
    expect(batch.map(({ id }) => id)).toEqual(['raced', 'raced-deleted']);
    await put(server.base, heartRate('raced', 190));
    await send('DELETE', `${server.base}/Observation/raced-deleted`);
    await ensureDefinitions(services);
    await transaction(services.db, async (tx) => {
      expect(await evaluateJob.work(services, tx, batch)).toEqual({ failures: [], changed: 0 });
    });
    const after = await stored('raced');
    expect([codeOf(after), after.valueQuantity.value, after.meta.versionId]).toEqual(['HH', 190, '2']);
    expect((await send('GET', `${server.base}/Observation/raced-deleted`)).status).toBe(410);
  });

  it('leaves contents as they are where vital signs are only observed, and has them followed up', async () => {
    await unevaluated([heartRate('observed', 72)]);
    await ensureDefinitions(services);
    const observing: Services = Object.create(services, {
      config: { value: { ...services.config, vitals: 'observe' } },
    });
    const all: [number, number] = [0, Number.MAX_SAFE_INTEGER];
    const batch = await readForIndexing(services.db, 'Observation', all, 200, ['Observation']);
    const queued = await transaction(services.db, async (tx) => {
      expect(await evaluateJob.work(observing, tx, batch)).toEqual({ failures: [], changed: 0 });
      const { rows } = await tx.query<{ id: string }>('SELECT id FROM vital_queue');
      return rows.map(({ id }) => id);
    });
    expect(queued).toEqual(expect.arrayContaining(['observed', 'normal', 'weight']));
    expect(queued).not.toContain('no-vital');
    expect(queued).not.toContain('score-1');
    expect(codeOf(await stored('observed'))).toBeUndefined();
    expect(codeOf(await stored('normal'))).toBe('N');
  });

  it('names what cannot be evaluated, and goes on', async () => {
    await unevaluated([heartRate('broken', 72)]);
    await queryRows(server.databaseUrl, `UPDATE resource SET content = '[]' WHERE id = 'broken'`);
    expect(await evaluated()).toMatchObject({
      ...{ status: 'failed', failed: 1 },
      failure: { resource: 'Observation/broken', reason: 'The stored content is no Observation.' },
    });
    await queryRows(server.databaseUrl, "DELETE FROM resource WHERE id = 'broken'");
  });
});

describe('a job whose process is gone', () => {
  const MANY = 500;
  const ids = Array.from({ length: MANY }, (_, i) => `many-${i}`);
  const versions = async () =>
    (
      await queryRows<{ version: number }>(
        server.databaseUrl,
        "SELECT version FROM resource WHERE type = 'Observation' AND id LIKE 'many-%' ORDER BY key",
      )
    ).map(({ version }) => version);
  beforeAll(async () => {
    const off = await startTestServer({ VITALS: 'off', DATABASE_URL: server.databaseUrl });
    await put(off.base, { resourceType: 'Patient', id: 'many', gender: 'male', birthDate: '1970-01-01' });
    const entry = ids.map((id) => ({
      resource: heartRate(id, 72, 'many'),
      request: { method: 'PUT', url: `Observation/${id}` },
    }));
    const { status } = await send('POST', off.base, { resourceType: 'Bundle', type: 'transaction', entry });
    expect(status).toBe(200);
    await off.stop();
  });

  it('loses the batch that was not committed, and is gone on with behind the last that was', async () => {
    // A process that has the job, and is killed in its third batch.
    const writer = new pg.Client(server.databaseUrl);
    await writer.connect();
    await writer.query('BEGIN; SELECT 1');
    const waiting = await start('Patient/adult/$evaluate-vitals');
    const started = await start('Patient/many/$evaluate-vitals');
    const { job: id } = values(started.body.parameter);
    await queryRows(
      server.databaseUrl,
      `UPDATE job SET owner = 'killed', alive = now(), status = 'running', started = now(), waits_for = '{}' WHERE id = $1`,
      [id],
    );
    await queryRows(
      server.databaseUrl,
      "UPDATE job SET finished = now(), status = 'cancelled' WHERE id < $1",
      [id],
    );
    await writer.query('COMMIT');
    await writer.end();
    await ensureDefinitions(services);
    const step = (kill: boolean) =>
      transaction(services.db, async (tx) => {
        const job = await claimJob(tx, 'killed');
        expect(job?.id).toBe(id);
        await walkStep(services, tx, job!, evaluateJob);
        if (kill) throw new Error('killed');
      });
    await step(false);
    await expect(step(true)).rejects.toThrow('killed');
    const changed = (await versions()).filter((version) => version === 2).length;
    const state = async () => values((await get(`$evaluate-vitals?job=${id}`)).parameter);
    expect(await state()).toMatchObject({ status: 'running', processed: 200, changed: 200 });
    expect(changed).toBe(200);
    // What was dealt with is not dealt with again.
    await queryRows(server.databaseUrl, "UPDATE resource SET content = '[]' WHERE id = 'many-7'");
    await queryRows(server.databaseUrl, "UPDATE job SET alive = now() - interval '1 hour' WHERE id = $1", [
      id,
    ]);
    const runner = startJobs(services);
    expect(await ended(started)).toMatchObject({
      ...{ status: 'completed', processed: MANY, changed: MANY, failed: 0 },
    });
    await runner.stop();
    expect(await versions()).toEqual(ids.map(() => 2));
    expect(await ended(waiting)).toMatchObject({ status: 'cancelled' });
  });
});
