// Imports and custom search parameters: what is imported before, during and after a parameter's arrival is found by it.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cleanUp } from '../runtime/serverProcess.ts';
import { queryRows } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { resultOf, runImport, startImport, writeFiles } from './importSupport.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
  await cleanUp();
});

const parameter = (code: string) => ({
  resourceType: 'SearchParameter',
  id: code,
  url: `urn:${code}`,
  name: code,
  status: 'active',
  description: code,
  code,
  base: ['Basic'],
  type: 'token',
  expression: `Basic.extension('urn:${code}').value`,
});
const basics = (code: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    resourceType: 'Basic',
    id: `${code}-${i}`,
    code: { text: 'x' },
    extension: [{ url: `urn:${code}`, valueCode: code }],
  }));

/** How many a search by the parameter finds, once it is ready. */
async function counted(code: string): Promise<number> {
  const state = async () => {
    const { body } = await send('GET', `${server.base}/SearchParameter/$status?url=urn:${code}`);
    return body.parameter[0].part.find(({ name }: { name: string }) => name === 'state').valueCode;
  };
  while ((await state()) === 'building') await new Promise((resolve) => setTimeout(resolve, 50));
  expect(await state()).toBe('ready');
  return (await send('GET', `${server.base}/Basic?${code}=${code}&_summary=count`)).body.total;
}

it('an imported search parameter is indexed by the running server', async () => {
  const folder = writeFiles({ 'some.ndjson': [...basics('brought', 40), parameter('brought')] });
  const { code, counts } = await runImport(server.databaseUrl, [folder]);
  expect([code, counts.SearchParameter]).toEqual([0, [1, 0, 0, 0]]);
  expect(await counted('brought')).toBe(40);
});

it('one that arrives while an import runs finds all that the import stores', async () => {
  const folder = writeFiles({ 'many.ndjson': basics('amid', 4000) });
  const started = startImport(server.databaseUrl, [folder]);
  const some = "SELECT FROM resource WHERE type = 'Basic' AND id LIKE 'amid-%' LIMIT 1";
  while ((await queryRows(server.databaseUrl, some)).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect((await send('PUT', `${server.base}/SearchParameter/amid`, parameter('amid'))).status).toBe(201);
  expect((await resultOf(started)).counts.Basic).toEqual([4000, 0, 0, 0]);
  expect(await counted('amid')).toBe(4000);
});
