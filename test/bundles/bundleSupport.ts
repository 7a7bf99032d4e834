// Bundles and entries as the tests of this folder write them.
import { expect } from '@jest/globals';
import { type Answer, send } from '../support/testServer.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests write arbitrary JSON, valid or not
export type Json = any;

export interface Request {
  ifMatch?: string;
  ifNoneMatch?: string;
  ifNoneExist?: string;
  ifModifiedSince?: string;
}

const bundle = (type: string) => (entry: Json[]) => ({ resourceType: 'Bundle', type, entry });
export const transaction = bundle('transaction');
export const batch = bundle('batch');

/** An entry that reads or deletes. */
export const ask = (method: string, url: string, request: Request = {}) => ({
  request: { method, url, ...request },
});

/** An entry that creates. */
export const post = (resource: Json, fullUrl?: string, request: Request = {}) => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  resource,
  request: { method: 'POST', url: resource.resourceType, ...request },
});

/** An entry that updates; `url` is the resource's own where it is left out. */
export const put = (
  resource: Json,
  url = `${resource.resourceType}/${resource.id}`,
  request: Request = {},
  fullUrl?: string,
) => ({
  ...(fullUrl === undefined ? {} : { fullUrl }),
  resource,
  request: { method: 'PUT', url, ...request },
});

/** An entry with a JSON Patch in a Binary. */
export const jsonPatch = (url: string, operations: Json[], request: Request = {}) => ({
  resource: {
    resourceType: 'Binary',
    contentType: 'application/json-patch+json',
    data: Buffer.from(JSON.stringify(operations)).toString('base64'),
  },
  request: { method: 'PATCH', url, ...request },
});

/** An entry with a FHIRPath Patch that replaces one value. */
export const fhirPathReplace = (url: string, path: string, value: Json) => ({
  resource: {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'replace' },
          { name: 'path', valueString: path },
          { name: 'value', ...value },
        ],
      },
    ],
  },
  request: { method: 'PATCH', url },
});

/** A made-up urn:uuid; the same number gives the same one. */
export const urn = (n: number) => `urn:uuid:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

export const SYSTEM = 'https://example.org/ids';
/** A resource known by an identifier of the tests' system. */
export const identified = (resourceType: string, value: string, more: object = {}) => ({
  resourceType,
  identifier: [{ system: SYSTEM, value }],
  ...more,
});
/** Criteria that match {@link identified}. */
export const byIdentifier = (value: string) => `identifier=${SYSTEM}|${value}`;

/** An Observation about a subject. */
export const observation = (subject: string, more: object = {}) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'pulse' },
  subject: { reference: subject },
  ...more,
});

/** Posts a bundle to the base and expects 200. */
export async function accepted(
  base: string,
  body: Json,
  headers: Record<string, string> = {},
): Promise<Json> {
  const answer = await send('POST', base, body, headers);
  expect({ status: answer.status, issue: answer.body?.issue }).toEqual({ status: 200, issue: undefined });
  return answer.body;
}

/** First words of the entries' response.status. */
export const statuses = (response: Json): number[] =>
  (response.entry ?? []).map((entry: Json) => Number.parseInt(entry.response.status, 10));

/** `Type/id` of an entry's response.location. */
export const locationOf = (entry: Json): string => entry.response.location.replace(/\/_history\/\d+$/, '');

/** Reads `Type/id` from the server and expects it to be there. */
export async function readBack(base: string, name: string): Promise<Json> {
  const { status, body } = await send('GET', `${base}/${name}`);
  expect({ name, status }).toEqual({ name, status: 200 });
  return body;
}

/** Posts a transaction and gives what is stored for each of its entries. */
export async function storedBy(base: string, ...entries: Json[]): Promise<Json[]> {
  const response = await accepted(base, transaction(entries));
  return Promise.all(response.entry.map((entry: Json) => readBack(base, locationOf(entry))));
}

/** `Type/id` of a resource. */
export const nameOf = ({ resourceType, id }: Json): string => `${resourceType}/${id}`;

/** Expects a transaction to be refused because of the entry with this index, named in text and expression. */
export function expectRefusedEntry(
  answer: Answer,
  status: number,
  index: number,
  diagnostics: string | RegExp,
  expression: string | RegExp = new RegExp(`^Bundle\\.entry\\[${index}\\]`),
): void {
  expect({
    status: answer.status,
    type: answer.body?.resourceType,
    body: answer.text.slice(0, 500),
  }).toMatchObject({
    status,
    type: 'OperationOutcome',
  });
  const [issue] = answer.body.issue;
  expect(issue.diagnostics).toMatch(new RegExp(`^Entry ${index}: `));
  if (typeof diagnostics === 'string') expect(issue.diagnostics).toContain(diagnostics);
  else expect(issue.diagnostics).toMatch(diagnostics);
  if (typeof expression === 'string') expect(issue.expression).toEqual([expression]);
  else expect(issue.expression?.[0]).toMatch(expression);
}
