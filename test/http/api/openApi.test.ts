// The OpenAPI document, Swagger UI, versions and rate limits.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { chromium } from 'playwright-core';
import { clinicResources } from '../../../server/clinic/clinicResources.ts';
import { openApiDocument } from '../../../server/clinic/openApi/openApi.ts';
import { textProblem } from '../../../server/clinic/things/validateThing.ts';
import { routesOf } from '../../../server/http/apiRouter.ts';
import { versionHeaders } from '../../../server/http/apiVersions.ts';
import type { Services } from '../../../server/services.ts';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { expectProblem } from './expectProblem.ts';

let server: TestServer;
let root: string;
let api: string;
// biome-ignore lint/suspicious/noExplicitAny: a document of any shape
let document: any;

beforeAll(async () => {
  server = await startTestServer();
  root = server.base.replace('/fhir/R4', '/api');
  api = `${root}/v1`;
  document = (await send('GET', `${root}/openapi.json`)).body;
});
afterAll(() => server.stop());

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const JSON_TYPE = { 'content-type': 'application/json' };

interface Operation {
  path: string;
  method: string;
  // biome-ignore lint/suspicious/noExplicitAny: an operation of any shape
  operation: any;
}

const operations = (): Operation[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => (item as object)[method as never]).map((method) => ({
      ...{ path, method },
      operation: (item as Record<string, unknown>)[method],
    })),
  );

// biome-ignore lint/suspicious/noExplicitAny: a part of any shape
const resolved = (part: any): any =>
  part?.$ref
    ? part.$ref
        .slice(2)
        .split('/')
        // biome-ignore lint/suspicious/noExplicitAny: a part of any shape
        .reduce((at: any, step: string) => at[step], document)
    : part;

describe('GET /api/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    const validator = new Validator();
    const result = await validator.validate(structuredClone(document));
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('is accepted by a linter with its strict rules', async () => {
    // Members of a schema with conditions are judged by the conditions alone unless more are allowed.
    const examples = { severity: 'error', allowAdditionalProperties: true } as const;
    const config = await createConfig({
      extends: ['recommended-strict'],
      rules: { 'no-invalid-schema-examples': examples, 'no-invalid-media-type-examples': examples },
    });
    const found = await lintFromString({
      source: JSON.stringify(document),
      absoluteRef: 'openapi.json',
      config,
    });
    const told = found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]);
    expect(told).toEqual([]);
  });

  it('has nothing that leads nowhere, and names each operation once', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, found]) => found!);
    expect(refs.length).toBeGreaterThan(50);
    for (const $ref of new Set(refs))
      expect({ $ref, part: resolved({ $ref }) }).toEqual({ $ref, part: expect.anything() });
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has every operation that there is, and no other', () => {
    const services = { alerts: {} } as Services;
    const served = routesOf(services).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => {
        const told = path.replace('\\', '').replaceAll(/\/:(\w+)/g, '/{$1}');
        return `${method} /api${told === '/' ? '' : told}`;
      }),
    );
    const told = operations().map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    // Files of the page are no part of the API.
    expect(told.sort()).toEqual(served.filter((one) => one !== 'GET /api/docs/{file}').sort());
  });

  it('has examples that its schemas allow', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'document', ...document });
    const compiled = new Map<string, ReturnType<typeof ajv.compile>>();
    let count = 0;
    const check = (content: Record<string, { schema: { $ref?: string }; example?: unknown }> = {}) => {
      for (const { schema, example } of Object.values(content)) {
        if (example === undefined) continue;
        const text = JSON.stringify(schema).replaceAll('"#/', '"document#/');
        const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
        compiled.set(text, validate);
        expect({ example, valid: validate(example), errors: validate.errors }).toEqual({
          ...{ example, valid: true, errors: null },
        });
        count++;
      }
    };
    for (const { operation } of operations()) {
      check(operation.requestBody?.content);
      for (const response of Object.values(operation.responses)) check(resolved(response).content);
    }
    expect(count).toBeGreaterThan(20);
  });

  it('has filters whose examples they take', () => {
    for (const { name, filters } of clinicResources) {
      for (const [filter, { schema }] of Object.entries(filters)) {
        const { examples = [], enum: words = [] } = schema as { examples?: string[]; enum?: string[] };
        expect({ name, filter, some: examples.length + words.length > 0 }).toEqual({
          name,
          filter,
          some: true,
        });
        for (const text of [...examples, ...words]) {
          expect({ name, filter, text, problem: textProblem(schema, String(text)) }).toEqual({
            name,
            filter,
            text,
          });
        }
      }
    }
  });

  it('describes what it gets: answers fit their schemas', async () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'document', ...document });
    const made = await send('POST', `${api}/hospitals`, { name: 'Schema', city: 'X' }, JSON_TYPE);
    const one = `${api}/hospitals/${made.body.id}`;
    const batch = {
      operations: [
        { op: 'create', data: { name: 'Y' } },
        { op: 'delete', id: 'none' },
      ],
      atomic: false,
    };
    const seen: [schema: string, body: unknown][] = [
      ['Hospital', made.body],
      ['Hospital', (await send('GET', one)).body],
      ['HospitalPage', (await send('GET', `${api}/hospitals?limit=1&total=true`)).body],
      ['HospitalBatchResult', (await send('POST', `${api}/hospitals:batch`, batch, JSON_TYPE)).body],
      ['Problem', (await send('POST', `${api}/hospitals`, {}, JSON_TYPE)).body],
      ['AlertPage', (await send('GET', `${api}/alerts`)).body],
    ];
    for (const [schema, body] of seen) {
      const validate = ajv.getSchema(`document#/components/schemas/${schema}`)!;
      expect({ schema, valid: validate(body), errors: validate.errors }).toEqual({
        ...{ schema, valid: true, errors: null },
      });
    }
    for (const name of Object.keys(made.body)) {
      expect(document.components.schemas.Hospital.properties).toHaveProperty(name);
    }
  });

  it('links the FHIR endpoint', () => {
    expect(document.externalDocs.url).toBe(`${server.base}/metadata`);
    expect(document.tags[0].externalDocs.url).toMatch(`${server.base}/`);
    expect(document.servers[0].url).toBe(root.replace(/\/api$/, ''));
  });
});

describe('GET /api/docs', () => {
  it('has all that its page loads on this server, under either of its addresses', async () => {
    const page = await send('GET', `${root}/docs`);
    expect(page.headers.get('content-type')).toMatch('text/html');
    expect(page.headers.get('content-security-policy')).toMatch("default-src 'none'");
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
    expect(files).toHaveLength(4);
    for (const file of files) {
      const answer = await send('GET', new URL(file, `${root}/docs`).href);
      expect({ file, status: answer.status }).toEqual({ file, status: 200 });
      expect(answer.text.length).toBeGreaterThan(100);
    }
    expect((await send('GET', `${root}/docs/`)).text).toBe(page.text);
    expectProblem(await send('GET', `${root}/docs/package.json`), 404);
    expectProblem(await send('GET', `${root}/docs/..%2Fpackage.json`), 404);
  });

  const browser = [process.env.CHROMIUM ?? '/usr/bin/chromium', '/usr/bin/chromium-browser'].find(existsSync);
  if (!browser)
    console.warn('No chromium (CHROMIUM, /usr/bin/chromium): Swagger UI is not opened in a browser.');

  (browser ? it : it.skip)(
    'creates a patient in a browser',
    async () => {
      const opened = await chromium.launch({ executablePath: browser!, args: ['--no-sandbox'] });
      try {
        const page = await opened.newPage();
        const problems: string[] = [];
        page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())));
        page.on('pageerror', (error) => void problems.push(error.message));
        const elsewhere: string[] = [];
        page.on('request', (request) => {
          if (!/^(?:http:\/\/127\.0\.0\.1|data:|blob:)/.test(request.url())) elsewhere.push(request.url());
        });
        await page.goto(`${root}/docs`);
        const block = page.locator('#operations-patients-createPatient');
        await block.locator('.opblock-summary-control').click();
        const body = block.locator('textarea.body-param__text');
        await body.fill(JSON.stringify({ id: 'by-browser', first_name: 'Berta', last_name: 'Browser' }));
        await block.locator('button.execute').click();
        const status = block.locator('.live-responses-table .response .response-col_status').first();
        await status.waitFor();
        expect(await status.textContent()).toMatch('201');
        expect({ problems, elsewhere }).toEqual({ problems: [], elsewhere: [] });
      } finally {
        await opened.close();
      }
      const { body } = await send('GET', `${api}/patients/by-browser`);
      expect(body).toMatchObject({ first_name: 'Berta', last_name: 'Browser' });
      const { body: resource } = await send('GET', body._links.fhir.href);
      expect(resource).toMatchObject({
        resourceType: 'Patient',
        name: [{ family: 'Browser', given: ['Berta'] }],
      });
    },
    60_000,
  );
});

describe('versions', () => {
  it('are told by /api', async () => {
    const { body } = await send('GET', root);
    expect(body.versions).toEqual([{ version: 'v1', status: 'current', _links: { self: { href: api } } }]);
    expect((await send('GET', body._links.openapi.href)).body.openapi).toBe('3.1.0');
    expect((await send('GET', body._links.docs.href)).status).toBe(200);
  });

  it('say when they are deprecated and when they go', () => {
    const headers = versionHeaders({
      ...{ version: 'v0', deprecated: '2027-01-01', sunset: '2027-07-01T00:00:00Z' },
      notice: 'https://example.org/v0',
    });
    expect(headers).toEqual({
      Deprecation: '@1798761600',
      Sunset: 'Thu, 01 Jul 2027 00:00:00 GMT',
      Link: '<https://example.org/v0>; rel="deprecation"; type="text/html"',
    });
    expect(versionHeaders({ version: 'v1' })).toEqual({});
  });

  it('has the operations of a version that goes away as deprecated, with the headers of their answers', async () => {
    const bases = { base: 'http://x/api/v1', fhirBase: 'http://x/fhir/R4' };
    const server = { version: '0', maxPageSize: 1_000, apiRateLimit: 0 };
    const versions = [{ version: 'v1', deprecated: '2027-01-01T00:00:00Z', sunset: '2027-07-01T00:00:00Z' }];
    // biome-ignore lint/suspicious/noExplicitAny: a document of any shape
    const old = openApiDocument(clinicResources, bases, { ...server, versions }) as any;
    expect(await new Validator().validate(structuredClone(old))).toEqual({ valid: true });
    expect(old.components.headers).toMatchObject({ Deprecation: {}, Sunset: {} });
    for (const { path, method } of operations()) {
      const { deprecated, responses } = old.paths[path][method];
      const isOld = path.startsWith('/api/v1');
      expect({ path, deprecated }).toEqual({ path, deprecated: isOld ? true : undefined });
      // biome-ignore lint/suspicious/noExplicitAny: a part of any shape
      for (const answer of isOld ? Object.values<any>(responses) : []) {
        const { headers } = answer.$ref ? old.components.responses[answer.$ref.split('/').at(-1)] : answer;
        expect({ path, headers }).toMatchObject({ path, headers: { Deprecation: {}, Sunset: {} } });
      }
    }
    expect(JSON.stringify(document)).not.toContain('"deprecated"');
  });
});

describe('rate limits', () => {
  it('are told with every answer, and end with 429', async () => {
    const limited = await startTestServer({ API_RATE_LIMIT: '3' });
    try {
      const url = limited.base.replace('/fhir/R4', '/api/v1/hospitals');
      const answers = [];
      for (let i = 0; i < 4; i++) answers.push(await send('GET', url));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429]);
      expect(answers[0]!.headers.get('ratelimit')).toMatch(/^"per-minute"; r=2; t=\d+$/);
      expect(answers[0]!.headers.get('ratelimit-policy')).toMatch(/^"per-minute"; q=3; w=60/);
      expectProblem(answers[3]!, 429, { detail: 'More than 3 requests in a minute' });
      expect(Number(answers[3]!.headers.get('retry-after'))).toBeGreaterThan(0);
      expect((await send('GET', `${limited.base}/Organization`)).status).toBe(200);
    } finally {
      await limited.stop();
    }
  });

  it('count the clients behind a proxy that is trusted, and the proxy where it is not', async () => {
    const statuses = async (settings: Record<string, string>) => {
      const server = await startTestServer({ API_RATE_LIMIT: '1', ...settings });
      try {
        const url = server.base.replace('/fhir/R4', '/api/v1');
        const answers = [];
        for (const client of ['203.0.113.1', '203.0.113.2', '203.0.113.1']) {
          answers.push((await send('GET', url, undefined, { 'x-forwarded-for': client })).status);
        }
        return answers;
      } finally {
        await server.stop();
      }
    };
    expect(await statuses({ TRUST_PROXY: 'loopback' })).toEqual([200, 200, 429]);
    expect(await statuses({})).toEqual([200, 429, 429]);
  });

  it('can be switched off', async () => {
    const free = await startTestServer({ API_RATE_LIMIT: '0' });
    try {
      const answer = await send('GET', free.base.replace('/fhir/R4', '/api/v1'));
      expect({ status: answer.status, limit: answer.headers.get('ratelimit') }).toEqual({
        status: 200,
        limit: null,
      });
    } finally {
      await free.stop();
    }
  });
});
