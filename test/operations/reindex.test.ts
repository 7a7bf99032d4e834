// $reindex: repairs the index of one resource, of a type and of everything; jobs say truly how they ended, and survive the
// process that works on them.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { readConfig } from '../../server/config.ts';
import { startJobs } from '../../server/jobs/startJobs.ts';
import { createServices } from '../../server/services.ts';
import { createLogger } from '../../server/telemetry.ts';
import { expectRefusal } from '../http/expectRefusal.ts';
import { queryRows } from '../support/rowCounts.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

interface Part {
  name: string;
  part?: Part[];
  [value: string]: unknown;
}

/** Parameters as name → value; of repeated ones a list, of parts the same again. */
function values(parameters: Part[]): Record<string, unknown> {
  const read = ({ name: _, part, ...value }: Part) => (part ? values(part) : Object.values(value)[0]);
  const groups = Map.groupBy(parameters, ({ name }) => name);
  return Object.fromEntries(
    [...groups].map(([name, all]) => [name, all.length === 1 ? read(all[0]!) : all.map(read)]),
  );
}

/** The state of a job once it has ended. */
async function ended(started: Answer): Promise<Record<string, unknown>> {
  for (;;) {
    const { status, body } = await send('GET', started.headers.get('content-location')!);
    expect(status).toBe(200);
    const job = values(body.parameter);
    if (job.finished !== undefined) return job;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const put = (resource: { resourceType: string; id: string; [key: string]: unknown }) =>
  send('PUT', `${server.base}/${resource.resourceType}/${resource.id}`, resource);
const found = async (query: string): Promise<string[]> => {
  const { status, body } = await send('GET', `${server.base}/${query}`);
  expect(status).toBe(200);
  return (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).sort();
};

/** A family's worth of values for every table of the index. */
const patient = (id: string, more: Record<string, unknown> = {}) => ({
  resourceType: 'Patient',
  id,
  gender: 'female',
  birthDate: '1961-05-06',
  name: [{ family: 'Wren' }],
  ...more,
});
const observation = (id: string, subject: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${subject}` },
  valueQuantity: { value: 5, unit: 'x' },
});
const SEARCHES = ['Patient?gender=female', 'Patient?birthdate=1961-05-06', 'Patient?family=wren'];

/** Loses the index rows of some resources, as a broken disk or a careless hand might. */
async function lose(where: string): Promise<void> {
  for (const table of ['search_token', 'search_string', 'search_date', 'search_quantity']) {
    await queryRows(
      server.databaseUrl,
      `DELETE FROM ${table} WHERE key IN (SELECT key FROM resource WHERE ${where})`,
    );
  }
}

describe('$reindex', () => {
  beforeAll(async () => {
    for (const id of ['one', 'two']) {
      await put(patient(id));
      await put(observation(id, id));
    }
  });

  it('of a resource repairs it at once, and no other; content and version stay', async () => {
    await lose("type = 'Patient'");
    for (const query of SEARCHES) expect(await found(query)).toEqual([]);
    const before = (await send('GET', `${server.base}/Patient/one`)).text;
    const { status, body } = await send('POST', `${server.base}/Patient/one/$reindex`);
    expect([status, body.resourceType, body.issue[0].severity]).toEqual([
      200,
      'OperationOutcome',
      'information',
    ]);
    for (const query of SEARCHES) expect(await found(query)).toEqual(['one']);
    expect((await send('GET', `${server.base}/Patient/one`)).text).toBe(before);
  });

  it('of a type repairs all of it in the background, and no other type', async () => {
    await lose('true');
    const started = await send('POST', `${server.base}/Patient/$reindex`);
    expect(started.status).toBe(202);
    const { job, status, type } = values(started.body.parameter);
    expect([typeof job, type, ['queued', 'running', 'completed'].includes(status as string)]).toEqual([
      'number',
      'Patient',
      true,
    ]);
    expect(started.headers.get('content-location')).toBe(`${server.base}/$reindex?job=${job}`);
    expect(await ended(started)).toMatchObject({
      job,
      status: 'completed',
      processed: 2,
      total: 2,
      failed: 0,
    });
    for (const query of SEARCHES) expect(await found(query)).toEqual(['one', 'two']);
    expect(await found('Observation?subject=Patient/one')).toEqual([]);
  });

  it('of everything repairs everything, deleted resources left alone', async () => {
    await put(patient('dead'));
    await send('DELETE', `${server.base}/Patient/dead`);
    await lose('true');
    const job = await ended(await send('POST', `${server.base}/$reindex`));
    expect(job).toMatchObject({ status: 'completed', processed: 4, failed: 0 });
    for (const query of SEARCHES) expect(await found(query)).toEqual(['one', 'two']);
    expect(await found('Observation?subject=Patient/one&value-quantity=5')).toEqual(['one']);
    const rows = await queryRows(
      server.databaseUrl,
      "SELECT FROM search_token JOIN resource r USING (key) WHERE r.id = 'dead'",
    );
    expect(rows).toEqual([]);
  });

  it('names each resource that it could not index, and says that it failed', async () => {
    await put(patient('bad'));
    await queryRows(server.databaseUrl, `UPDATE resource SET content = '[]' WHERE id = 'bad'`);
    const job = await ended(await send('POST', `${server.base}/Patient/$reindex`));
    expect(job).toMatchObject({
      status: 'failed',
      processed: 3,
      failed: 1,
      failure: { resource: 'Patient/bad', reason: 'The stored content is no Patient.' },
    });
    expectRefusal(await send('POST', `${server.base}/Patient/bad/$reindex`), 422, {
      diagnostics: 'Patient/bad could not be indexed',
    });
    await queryRows(server.databaseUrl, "UPDATE resource SET content = $1 WHERE id = 'bad'", [
      JSON.stringify(patient('bad')),
    ]);
    await send('DELETE', `${server.base}/Patient/bad`);
  });

  it('lists its jobs, also inside a batch, and those of a type', async () => {
    const jobsAt = async (url: string) => (await send('GET', url)).body.parameter.length;
    const all = await jobsAt(`${server.base}/$reindex`);
    const ofType = await jobsAt(`${server.base}/Observation/$reindex`);
    expect([ofType, all > ofType]).toEqual([1, true]);
    const entry = [{ request: { method: 'GET', url: '$reindex' } }];
    const { body } = await send('POST', server.base, { resourceType: 'Bundle', type: 'batch', entry });
    expect(body.entry[0].resource.parameter).toHaveLength(all);
  });

  it.each([
    ['POST', 'Patient/none/$reindex', 404, 'not-found'],
    ['POST', 'Patient/dead/$reindex', 410, 'deleted'],
    ['GET', 'Patient/one/$reindex', 405, 'not-supported'],
    ['GET', '$reindex?job=999999', 404, 'not-found'],
    ['GET', '$reindex?job=x', 400, 'value'],
    ['POST', '$reindex?types=Patient', 400, 'not-supported'],
    ['POST', '$reindex?cancel=999999', 404, 'not-found'],
    ['GET', '$nothing', 404, 'not-supported'],
    ['GET', 'SearchParameter/$status?code=x', 400, 'not-supported'],
    ['GET', 'Patient/$status', 404, 'not-supported'],
  ])('%s %s is refused', async (method, path, status, code) => {
    expectRefusal(await send(method, `${server.base}/${path}`), status, { code });
  });

  it('is in the CapabilityStatement on every level', async () => {
    const { rest } = (await send('GET', `${server.base}/metadata`)).body;
    const reindex = { name: 'reindex', definition: 'urn:salus:operation:reindex' };
    expect(rest[0].operation).toContainEqual(reindex);
    for (const { operation } of rest[0].resource) expect(operation).toContainEqual(reindex);
  });
});

/** A parameter that cannot become ready until the returned function is called; its job goes before all others. */
async function blockJobs(id: string): Promise<() => Promise<void>> {
  const rival = new pg.Client(server.databaseUrl);
  await rival.connect();
  await rival.query('BEGIN; SELECT 1');
  const { status } = await put({
    resourceType: 'SearchParameter',
    id,
    url: `urn:${id}`,
    name: id,
    status: 'active',
    description: id,
    code: id,
    base: ['Group'],
    type: 'token',
    expression: "Group.extension('urn:x').value",
  });
  expect(status).toBe(201);
  return async () => {
    await rival.query('COMMIT');
    await rival.end();
  };
}

describe('a job that waits for its turn', () => {
  it('is not queued twice, and can be cancelled', async () => {
    const release = await blockJobs('first');
    const started = await send('POST', `${server.base}/Patient/$reindex`);
    const again = await send('POST', `${server.base}/Patient/$reindex`);
    expect(again.headers.get('content-location')).toBe(started.headers.get('content-location'));
    const other = await send('POST', `${server.base}/Observation/$reindex`);
    const { job } = values(other.body.parameter);
    const cancelled = await send('POST', `${server.base}/$reindex?cancel=${job}`);
    expect([cancelled.status, values(cancelled.body.parameter).status]).toEqual([200, 'cancelled']);
    expectRefusal(await send('POST', `${server.base}/$reindex?cancel=${job}`), 409, { code: 'conflict' });
    const { body } = await send('GET', `${server.base}/SearchParameter/$status?url=urn:first`);
    const { searchParameter } = values(body.parameter) as { searchParameter: { job: number } };
    expectRefusal(await send('POST', `${server.base}/$reindex?cancel=${searchParameter.job}`), 409, {
      diagnostics: 'SearchParameter/first waits for job',
    });
    await release();
    expect(await ended(started)).toMatchObject({ status: 'completed' });
    expect(await ended(other)).toMatchObject({ status: 'cancelled', processed: 0 });
  });
});

describe('a job whose process is gone', () => {
  const MANY = 700;
  beforeAll(async () => {
    const entry = Array.from({ length: MANY }, (_, i) => ({
      resource: { resourceType: 'Basic', code: { coding: [{ code: `n${i}` }] } },
      request: { method: 'POST', url: 'Basic' },
    }));
    const { status } = await send('POST', server.base, {
      resourceType: 'Bundle',
      type: 'transaction',
      entry,
    });
    expect(status).toBe(200);
  });

  it('is gone on with behind the last resource that was dealt with', async () => {
    const [middle] = await queryRows<{ key: string }>(
      server.databaseUrl,
      "SELECT key FROM resource WHERE type = 'Basic' ORDER BY key OFFSET 299 LIMIT 1",
    );
    await lose("type = 'Basic'");
    const release = await blockJobs('second');
    const started = await send('POST', `${server.base}/Basic/$reindex`);
    const { job } = values(started.body.parameter);
    // As a process leaves it that was killed between two batches.
    await queryRows(
      server.databaseUrl,
      `UPDATE job SET owner = 'killed', alive = now() - interval '1 hour', status = 'running', started = now(),
         waits_for = '{}', walks = '{Basic}', at_type = 'Basic', at_key = $1, processed = 300, total = ${MANY},
         up_to = (SELECT last_value FROM resource_key) WHERE id = $2`,
      [middle!.key, job],
    );
    await release();
    expect(await ended(started)).toMatchObject({ status: 'completed', processed: MANY, total: MANY });
    const indexed = await queryRows<{ key: string }>(
      server.databaseUrl,
      "SELECT DISTINCT r.key FROM resource r JOIN search_token t USING (key) WHERE r.type = 'Basic' ORDER BY r.key",
    );
    expect(indexed).toHaveLength(MANY - 300);
    expect(indexed.every(({ key }) => Number(key) > Number(middle!.key))).toBe(true);
  });

  it('is left alone while that process lives, and taken over when it stops', async () => {
    await lose("type = 'Basic'");
    const config = readConfig({
      DATABASE_URL: server.databaseUrl,
      DATA_DIR: 'node_modules/.cache/salus-test',
      LOG_LEVEL: 'error',
    });
    const services = await createServices(config, createLogger('error'));
    const release = await blockJobs('third');
    const started = await send('POST', `${server.base}/Basic/$reindex`);
    await release();
    const runner = startJobs(services);
    const state = async () =>
      values((await send('GET', started.headers.get('content-location')!)).body.parameter);
    while ((await state()).processed === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    await runner.stop();
    expect(await ended(started)).toMatchObject({ status: 'completed', processed: MANY, failed: 0 });
    await services.close();
    for (const n of [0, 350, MANY - 1]) expect(await found(`Basic?code=n${n}`)).toHaveLength(1);
  });
});
