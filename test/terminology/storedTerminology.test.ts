// Terminology that clients store on the server, found by canonical url, by reference and by absolute URL.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { compareVersions } from '../../server/fhir/readCanonical.ts';
import { terminologyNow } from '../../server/fhir/storedTerminology.ts';
import type { Services } from '../../server/services.ts';
import { codesFor } from '../../server/terminology/codesFor.ts';
import { createTerminology } from '../../server/terminology/terminology.ts';
import { definitions } from '../definitions/testDefinitions.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { codeSystem, published, textsOf, valueSet } from './testTerminology.ts';

let server: TestServer;
let db: pg.Pool;
beforeAll(async () => {
  server = await startTestServer();
  db = new pg.Pool({ connectionString: server.databaseUrl });
});
afterAll(async () => {
  await db?.end();
  await server?.stop();
});

const terminology = createTerminology({ published: () => published });
const services = () => ({ definitions, terminology, db, baseUrls: [server.base] }) as unknown as Services;
/** What is stored now; remembered until it changes. */
const now = () => terminologyNow(services(), db);

async function store(resource: Record<string, unknown>): Promise<string> {
  const { status, body } = await send('POST', `${server.base}/${resource.resourceType}`, resource);
  expect(status).toBe(201);
  return body.id;
}

describe('stored terminology', () => {
  it('is found by canonical url, reference and absolute URL', async () => {
    await store(codeSystem('fruit', [{ code: 'citrus', concept: [{ code: 'lemon' }] }, 'apple']));
    const include = {
      system: 'http://t/fruit',
      filter: [{ property: 'concept', op: 'is-a', value: 'citrus' }],
    };
    const id = await store(valueSet('sour', [include]));
    const codes = ['citrus', 'lemon'].map((code) => ({ system: 'http://t/fruit', code }));
    for (const value of ['http://t/vs/sour', `ValueSet/${id}`, `${server.base}/ValueSet/${id}`]) {
      expect((await codesFor(await now(), { modifier: 'in', value })).codes).toEqual(codes);
    }
    for (const value of [
      `ValueSet/${id}x`,
      `Patient/${id}`,
      `http://elsewhere/ValueSet/${id}`,
      'ValueSet/',
    ]) {
      await expect(codesFor(await now(), { modifier: 'in', value })).rejects.toMatchObject({ status: 400 });
    }
    expect(
      (await codesFor(await now(), { modifier: 'below', value: 'http://t/fruit|citrus' })).codes,
    ).toEqual(codes);
  });

  it('is known by reference where it has no url, and is gone once deleted', async () => {
    const id = await store({
      ...valueSet('x', [{ system: 'http://t/s', concept: [{ code: 'a' }] }]),
      url: undefined,
    });
    const expansion = await (await now()).expansion(`ValueSet/${id}`);
    expect([expansion?.url, ...textsOf(expansion)]).toEqual([`ValueSet/${id}`, 'http://t/s|a']);
    await send('DELETE', `${server.base}/ValueSet/${id}`);
    expect(await (await now()).expansion(`ValueSet/${id}`)).toBeUndefined();
  });

  it('is its latest version, or the one asked for', async () => {
    const version = (number: string | undefined, code: string) =>
      store(valueSet('versions', [{ system: 'http://t/s', concept: [{ code }] }], [], { version: number }));
    await version('1.9', 'old');
    await version('1.10', 'new');
    await version(undefined, 'none');
    await version('1.10', 'newer');
    await version('1.2', 'older');
    const url = 'http://t/vs/versions';
    expect(textsOf(await (await now()).expansion(url))).toEqual(['http://t/s|newer']);
    expect(textsOf(await (await now()).expansion(`${url}|1.9`))).toEqual(['http://t/s|old']);
    expect(await (await now()).expansion(`${url}|2`)).toBeUndefined();
  });

  it('follows updates', async () => {
    const resource = codeSystem('live', ['a']);
    const id = await store(resource);
    await store(valueSet('live', [{ system: 'http://t/live' }]));
    expect(textsOf(await (await now()).expansion('http://t/vs/live'))).toEqual(['http://t/live|a']);
    const changed = { ...resource, id, concept: [{ code: 'b' }] };
    expect((await send('PUT', `${server.base}/CodeSystem/${id}`, changed)).status).toBe(200);
    expect(textsOf(await (await now()).expansion('http://t/vs/live'))).toEqual(['http://t/live|b']);
  });

  it('is seen in a transaction as it is there, and nothing of that is remembered', async () => {
    const include = [{ system: 'http://t/s', concept: [{ code: 'a' }] }];
    await store(valueSet('uncommitted', include));
    const url = 'http://t/vs/uncommitted';
    expect(textsOf(await (await now()).expansion(url))).toEqual(['http://t/s|a']);
    const client = await db.connect();
    try {
      await client.query('BEGIN');
      await client.query("UPDATE resource SET deleted = true WHERE content->>'url' = $1", [url]);
      await client.query('UPDATE definitions_revision SET revision = revision + 1');
      expect(await (await terminologyNow(services(), client)).expansion(url)).toBeUndefined();
      await client.query('ROLLBACK');
    } finally {
      client.release();
    }
    // The next write takes the revision that was rolled back.
    await store(codeSystem('next', ['a']));
    expect(textsOf(await (await now()).expansion(url))).toEqual(['http://t/s|a']);
  });

  it('stands in for what is published, which serves all else', async () => {
    const gender = 'http://hl7.org/fhir/administrative-gender';
    const id = await store({ ...codeSystem('g', ['male', 'female', 'x']), url: gender });
    const own = ['male', 'female', 'x'].map((code) => `${gender}|${code}`);
    expect(
      textsOf(await (await now()).expansion('http://hl7.org/fhir/ValueSet/administrative-gender')),
    ).toEqual(own);
    await send('DELETE', `${server.base}/CodeSystem/${id}`);
    expect(
      textsOf(await (await now()).expansion('http://hl7.org/fhir/ValueSet/administrative-gender')),
    ).toEqual(['male', 'female', 'other', 'unknown'].map((code) => `${gender}|${code}`));
  });

  it('is found by a code alone where only one code system has it', async () => {
    const inside = { code: 'outer', concept: [{ code: 'zx-only', concept: [{ code: 'zx-below' }] }] };
    await store(codeSystem('one', [inside]));
    // Neither a designation's use nor a superseded version makes it a code.
    const use = { system: 'http://t/use', code: 'zx-only' };
    await store(codeSystem('two', [{ code: 'other', designation: [{ use, value: 'x' }] }]));
    await store(codeSystem('three', ['zx-only'], { version: '1' }));
    await store(codeSystem('three', ['zx-new'], { version: '2' }));
    expect((await codesFor(await now(), { modifier: 'below', value: 'zx-only' })).codes).toEqual(
      ['zx-only', 'zx-below'].map((code) => ({ system: 'http://t/one', code })),
    );
    await store(codeSystem('loose', ['ZX-Only'], { caseSensitive: false }));
    await expect(codesFor(await now(), { modifier: 'below', value: 'zx-only' })).rejects.toMatchObject({
      message: expect.stringContaining('2 code systems have it'),
    });
  });

  it('has urls with characters that mean something in a search', async () => {
    const url = 'http://t/vs?a=1,2$3\\4';
    await store({ ...valueSet('x', [{ system: 'http://t/s', concept: [{ code: 'a' }] }]), url });
    expect(textsOf(await (await now()).expansion(url))).toEqual(['http://t/s|a']);
  });
});

describe('compareVersions', () => {
  it('orders numbers by value, words as text, and pre-releases before releases', () => {
    const ordered = [
      undefined,
      '0.9',
      '1.0.0-alpha',
      '1.0.0-draft',
      '1.0.0',
      '1.9',
      '1.10',
      '4.0.1',
      '2018-08-12',
    ];
    const shuffled = [...ordered].reverse();
    // Array.sort would move undefined to the end by itself.
    expect(shuffled.map((v) => ({ v })).sort((a, b) => compareVersions(a.v, b.v))).toEqual(
      ordered.map((v) => ({ v })),
    );
    expect(compareVersions('1.0', '1.0')).toBe(0);
  });
});
