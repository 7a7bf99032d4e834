// Units of a migration: stored as a whole or refused as a whole, whatever is in the same batch.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { CrmUnit } from '../../../server/clinic/crm/crmUnit.ts';
import { writeCrm } from '../../../server/clinic/crm/writeCrm.ts';
import { readConfig } from '../../../server/config.ts';
import { createServices, type Resource, type Services } from '../../../server/services.ts';
import { createLogger } from '../../../server/telemetry.ts';
import { cloneDatabase } from '../../support/postgres.ts';
import { queryRows } from '../../support/rowCounts.ts';

let database: Awaited<ReturnType<typeof cloneDatabase>>;
let services: Services;
beforeAll(async () => {
  database = await cloneDatabase();
  const config = readConfig({
    ...{ DATABASE_URL: database.url, DATA_DIR: 'node_modules/.cache/salus-test' },
    ...{ LOG_LEVEL: 'error', VITALS: 'off' },
  });
  services = await createServices(config, createLogger('error'));
});
afterAll(async () => {
  await services?.close();
  await database?.drop();
});

const patient = (id: string, family: string): Resource => ({
  ...{ resourceType: 'Patient', id, name: [{ family }] },
});
const unit = (id: string, ...others: Resource[]): CrmUnit => {
  const main = patient(id, 'New');
  return { rows: [], main, earlier: [patient(id, 'Old')], resources: [main, ...others] };
};
const versions = () =>
  queryRows<{ id: string; version: number }>(
    database.url,
    "SELECT id, version::int FROM resource WHERE type IN ('Patient', 'Basic') ORDER BY id",
  );

it('stores what is sound, and nothing of what is not: not even its earlier states', async () => {
  const bad = unit('bad', { resourceType: 'Basic', id: 'bad', colour: 'red' });
  const units = [unit('a'), bad, unit('z', { resourceType: 'Basic', id: 'b', code: { text: 'x' } })];
  const write = async () => {
    const results = [];
    for await (const batch of writeCrm(services, units, { dryRun: false })) results.push(...batch);
    return results.map(({ result }) => result);
  };
  const [first, refused, last] = await write();
  expect([first, last]).toEqual([
    { changes: ['created'], clashes: [] },
    { changes: ['created', 'created'], clashes: [] },
  ]);
  expect(refused).toMatchObject({ refusal: { status: 400 } });
  const stored = [
    { id: 'a', version: 2 },
    { id: 'b', version: 1 },
    { id: 'z', version: 2 },
  ];
  expect(await versions()).toEqual(stored);
  const [again] = await write();
  expect(again).toEqual({ changes: ['unchanged'], clashes: [] });
  expect(await versions()).toEqual(stored);
});
