// Two servers on one database, and what the tests of conditions and of their terms ask them.
import { expect } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';

type Headers = Record<string, string>;

/** Terms of conditions. */
export const TERMS = 'https://salus.example/fhir/CodeSystem/medical-conditions';
export const CLINICAL = 'http://terminology.hl7.org/CodeSystem/condition-clinical';

export const apiOf = ({ base }: TestServer): string => base.replace('/fhir/R4', '/api/v1');
export const tagOf = (answer: Answer): string => answer.headers.get('etag')!;

/** A request; a path that is no URL is below the API of the server. */
export const askAt = (
  server: TestServer,
  method: string,
  path: string,
  body?: unknown,
  headers: Headers = {},
): Promise<Answer> =>
  send(method, path.startsWith('http') ? path : `${apiOf(server)}/${path}`, body, {
    'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    ...headers,
  });

/** A resource, which must be valid. */
export async function validAt({ base }: TestServer, url: string): Promise<Answer> {
  const found = await send('GET', url);
  const judged = await send('POST', `${base}/${found.body.resourceType}/$validate`, found.body);
  expect(judged.body.issue.filter(({ severity }: { severity: string }) => severity === 'error')).toEqual([]);
  return found;
}

/** Two servers that know the same. */
export async function twoServers(): Promise<{
  server: TestServer;
  other: TestServer;
  stop(): Promise<void>;
}> {
  const server = await startTestServer();
  const other = await startTestServer({ DATABASE_URL: server.databaseUrl });
  return {
    ...{ server, other },
    stop: async () => {
      await other.stop();
      await server.stop();
    },
  };
}
