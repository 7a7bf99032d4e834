// What tests of leads share: two servers on one database, requests, and a look at the FHIR resources behind an answer.
import { expect } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';

export const JSON_TYPE = { 'content-type': 'application/json' };

export interface LeadServer {
  server: TestServer;
  api: string;
  /** the same API of another server on the same database */
  otherApi: string;
  stop(): Promise<void>;
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  put(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  patch(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Answer>;
  remove(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** of the FHIR endpoint: `Patient/1`, or an absolute URL */
  fhir(path: string): Promise<Answer>;
  /** The resource behind an answer, which must be valid by the profiles that it claims. */
  fhirOf(thing: Answer): Promise<Answer>;
  /** Resources that a search finds, each of which must be valid. */
  found(query: string): Promise<Answer['body'][]>;
}

export async function startLeadServer(): Promise<LeadServer> {
  const server = await startTestServer({ PROFILE_POLICY: 'enforce' });
  const other = await startTestServer({ PROFILE_POLICY: 'enforce', DATABASE_URL: server.databaseUrl });
  const api = server.base.replace('/fhir/R4', '/api/v1');
  const at = (path: string) => (path.startsWith('http') ? path : `${api}/${path}`);
  const fhir = (path: string) => send('GET', path.startsWith('http') ? path : `${server.base}/${path}`);
  const checked = async (resource: Answer['body']) => {
    const judged = await send('POST', `${server.base}/${resource.resourceType}/$validate`, resource);
    expect(judged.status).toBe(200);
    const errors = judged.body.issue.filter(({ severity }: { severity: string }) => severity === 'error');
    expect({ of: `${resource.resourceType}/${resource.id}`, errors }).toEqual({
      ...{ of: `${resource.resourceType}/${resource.id}`, errors: [] },
    });
    return resource;
  };
  return {
    ...{ server, api, fhir },
    otherApi: other.base.replace('/fhir/R4', '/api/v1'),
    stop: async () => {
      await other.stop();
      await server.stop();
    },
    post: (path, body, headers = {}) => send('POST', at(path), body, { ...JSON_TYPE, ...headers }),
    put: (path, body, headers = {}) => send('PUT', at(path), body, { ...JSON_TYPE, ...headers }),
    patch: (path, body, headers = {}) =>
      send('PATCH', at(path), body, { 'content-type': 'application/merge-patch+json', ...headers }),
    get: (path) => send('GET', at(path)),
    remove: (path, headers = {}) => send('DELETE', at(path), undefined, headers),
    fhirOf: async (thing) => {
      const read = await fhir(thing.body._links.fhir.href);
      await checked(read.body);
      return read;
    },
    found: async (query) => {
      const { status, body } = await fhir(query);
      expect(status).toBe(200);
      const resources = (body.entry ?? []).map(({ resource }: Answer['body']) => resource);
      for (const resource of resources) await checked(resource);
      return resources;
    },
  };
}
