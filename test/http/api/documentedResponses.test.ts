// Every answer that the OpenAPI document tells of is provoked, for every operation, and is as the document says.
import { request } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import pg from 'pg';
import { clinicResources } from '../../../server/clinic/clinicResources.ts';
import { openApiDocument } from '../../../server/clinic/openApi/openApi.ts';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { losing } from './lostRace.ts';
import { type Asked, makeSubjects, type Subjects } from './subjects.ts';

interface Operation {
  id: string;
  method: string;
  /** below the server's root, with {parameters} */
  path: string;
  // biome-ignore lint/suspicious/noExplicitAny: a part of the document
  told: any;
}

const SHOWN = { version: '0', maxPageSize: 1_000, apiRateLimit: 1 };
const bases = { base: 'http://x/api/v1', fhirBase: 'http://x/fhir/R4' };
// biome-ignore lint/suspicious/noExplicitAny: a document of any shape
const document = openApiDocument(clinicResources, bases, SHOWN) as any;

const operations: Operation[] = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item as object)
    .filter(([, told]) => told.responses)
    .map(([method, told]) => ({ id: told.operationId, method: method.toUpperCase(), path, told })),
);

const ajv = new Ajv2020({ strict: false, validateFormats: false });
ajv.addSchema({ $id: 'document', ...document });
const validators = new Map<string, ValidateFunction>();

/** What an answer must look like. */
function expectAsTold({ id, told }: Operation, status: number, answer: Answer): void {
  expect({ id, status: answer.status, text: answer.text.slice(0, 400) }).toMatchObject({ id, status });
  const given = told.responses[status];
  const { content, headers } = given.$ref
    ? document.components.responses[given.$ref.split('/').at(-1)]
    : given;
  const type = answer.headers.get('content-type')?.split(';')[0];
  if (!content) expect({ id, status, text: answer.text }).toEqual({ id, status, text: '' });
  else {
    expect({ id, status, types: Object.keys(content) }).toEqual({
      ...{ id, status, types: expect.arrayContaining([type]) },
    });
    if (type?.includes('json')) {
      const schema = JSON.stringify(content[type].schema).replaceAll('"#/', '"document#/');
      const validate = validators.get(schema) ?? ajv.compile(JSON.parse(schema));
      validators.set(schema, validate);
      expect({ id, status, valid: validate(answer.body), errors: validate.errors }).toMatchObject({
        ...{ id, status, valid: true, errors: null },
      });
    }
  }
  const needed = Object.keys(headers).filter((name) => ['ETag', 'Location', 'Retry-After'].includes(name));
  for (const name of needed) {
    expect({ id, status, name, value: answer.headers.get(name) }).toEqual({
      ...{ id, status, name, value: expect.any(String) },
    });
  }
}

let server: TestServer;
/** small bodies only, one request a minute, tables that are missing, a database that is away */
let small: TestServer;
let limited: TestServer;
let broken: TestServer;
let gone: TestServer;
let subjects: Subjects;
const rootOf = ({ base }: TestServer) => base.replace('/fhir/R4', '');

/** A way to a database that can be cut off. */
async function proxyTo(databaseUrl: string): Promise<{ url: string; stop(): Promise<void> }> {
  const target = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  const proxy = createServer((socket) => {
    const onwards = connect(Number(target.port), target.hostname);
    for (const one of [socket, onwards]) sockets.add(one.on('error', () => undefined));
    socket.pipe(onwards).pipe(socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String((proxy.address() as AddressInfo).port);
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  };
  return { url: url.href, stop };
}

async function administer(url: string, sql: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(sql);
  await client.end();
}

beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  const { databaseUrl: DATABASE_URL } = server;
  const proxy = await proxyTo(DATABASE_URL);
  [subjects, small, limited, broken, gone] = await Promise.all([
    makeSubjects(server),
    startTestServer({ BODY_LIMIT: '1kB', DATABASE_URL }),
    startTestServer({ API_RATE_LIMIT: '1', DATABASE_URL }),
    startTestServer(),
    startTestServer({ DATABASE_URL: proxy.url }),
  ]);
  await send('GET', `${rootOf(limited)}/api`);
  await administer(
    broken.databaseUrl,
    'ALTER TABLE resource RENAME TO no_resource; ALTER TABLE alert RENAME TO no_alert; ALTER TABLE alert_event RENAME TO no_alert_event',
  );
  await proxy.stop();
}, 60_000);
afterAll(async () => {
  await Promise.all([small, limited, broken, gone].map((each) => each.stop()));
  await server.stop();
});

/** A POST that tells the length of a body and sends nothing of it. */
function declaring(length: number, url: string, headers: Record<string, string>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { method: 'POST', headers: { ...headers, 'content-length': length } });
    asking.on('error', reject).on('response', async (response) => {
      const text = (await response.toArray()).join('');
      asking.destroy();
      const given = new Headers(response.headers as Record<string, string>);
      resolve({ status: response.statusCode!, headers: given, text, body: JSON.parse(text) });
    });
    asking.flushHeaders();
  });
}

/** The beginning of the stream of alerts, which has no end. */
async function listening(): Promise<Answer> {
  const response = await fetch(`${rootOf(server)}/api/v1/alerts/stream`);
  await response.body!.cancel();
  const { status, headers } = response;
  return { status, headers, text: '', body: undefined };
}

/** How an answer with a status is provoked; undefined where it is not known how. */
async function provoke(status: number, operation: Operation): Promise<Answer> {
  const { method, path } = operation;
  const subject = await subjects.of(operation);
  const ask = (more: Partial<Asked> = {}, at: TestServer = server): Promise<Answer> => {
    const asked = { ...subject, ...more };
    const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(asked.params[name]!));
    const headers = { ...(asked.body !== undefined && { 'content-type': asked.type }), ...more.headers };
    if (asked.declared !== undefined) return declaring(asked.declared, `${rootOf(at)}${url}`, headers);
    return send(method, `${rootOf(at)}${url}${asked.query ?? ''}`, asked.body, headers);
  };
  const [first = ''] = /\{(\w+)\}/.exec(path)?.slice(1) ?? [];
  const last =
    path
      .match(/\{(\w+)\}/g)
      ?.at(-1)
      ?.slice(1, -1) ?? '';
  switch (status) {
    case 304:
      return ask({ headers: { 'if-none-match': (await ask()).headers.get('etag')! } });
    case 400:
      return ask({ query: '?nonsense=1' });
    case 404:
      return path.endsWith(':batch')
        ? ask({ body: { operations: [{ op: 'delete', id: 'no-such-thing' }] } })
        : ask({ params: { ...subject.params, [last]: 'no-such-thing' } });
    case 409:
      if (subject.race) return losing(server.databaseUrl, subject.race, () => ask(subject.conflict));
      if (subject.conflict) return ask(subject.conflict);
      return ask({ params: { ...subject.params, [first]: subjects.ambiguous(path) } });
    case 410:
      return ask(subject.withdrawn);
    case 412:
      return ask(subject.stale ?? { headers: { 'if-match': 'W/"999"' } });
    case 413:
      if (subject.large) return ask(subject.large);
      return ask(
        {
          body: `${' '.repeat(2_000)}${typeof subject.body === 'string' ? subject.body : JSON.stringify(subject.body)}`,
        },
        small,
      );
    case 415:
      return ask({ type: 'application/nonsense' });
    case 422:
      return ask({ body: subject.wrong ?? { nonsense: 1 } });
    case 429:
      return ask({}, limited);
    case 500:
      return ask({}, broken);
    case 503:
      return ask({}, gone);
    default:
      if (operation.id === 'streamAlerts') return listening();
      if (status === 200 && operation.told.responses[201]) return ask(await subject.again!());
      return ask(await subject.fresh?.());
  }
}

describe.each(operations)('$method $path', (operation) => {
  it.each(Object.keys(operation.told.responses).map(Number))('%s', async (status) => {
    expectAsTold(operation, status, await provoke(status, operation));
  });
});
