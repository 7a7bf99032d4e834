// What the operations of the OpenAPI document share: schemas, headers, answers that refuse, and examples made of schemas.
import type { Json } from '../things/clinicResource.ts';

/** A text as a schema. */
export const text = (description: string, example?: unknown): Json => ({
  type: 'string',
  description,
  ...(example === undefined ? {} : { examples: [example] }),
});

export const ref = (kind: 'schemas' | 'responses' | 'headers' | 'parameters', name: string): Json => ({
  $ref: `#/components/${kind}/${name}`,
});

export const json = (schema: Json, example?: unknown): Json => ({
  'application/json': { schema, ...(example === undefined ? {} : { example }) },
});

/** Headers that every answer has. */
const ALWAYS = ['X-Request-Id', 'RateLimit', 'RateLimit-Policy'];

export const headersOf = (...names: string[]): Json =>
  Object.fromEntries([...names, ...ALWAYS].map((name) => [name, ref('headers', name)]));

/** An answer that carries a body. */
export const answer = (description: string, content: Json | undefined, ...headers: string[]): Json => ({
  description,
  headers: headersOf(...headers),
  ...(content && { content }),
});

/** The answer of what is read where If-None-Match names it as it is. */
export const unchanged: Json = {
  304: answer('It is as the ETag in If-None-Match says.', undefined, 'ETag'),
};

/** The refusals with these statuses, and what may always happen where the database is asked. */
export const refusals = (...statuses: number[]): Json => plainRefusals(...statuses, 500, 503);

/** The refusals with these statuses, and what may always happen. */
export const plainRefusals = (...statuses: number[]): Json =>
  Object.fromEntries(
    [...statuses, 429].map((status) => [String(status), ref('responses', REFUSALS[status]![0])]),
  );

const REFUSALS: Record<number, [name: string, description: string, ...headers: string[]]> = {
  400: ['BadRequest', 'A parameter or header is wrong, or the body is no JSON.'],
  404: ['NotFound', 'There is no such thing.'],
  409: [
    'Conflict',
    'The id is taken; or other clients keep changing the same things: then Retry-After says when to try again.',
  ],
  410: ['Gone', 'It was withdrawn as entered in error.'],
  412: ['PreconditionFailed', 'It has been changed since: its ETag is not the one of If-Match.'],
  413: ['TooLarge', 'The body is larger than this server takes.'],
  415: ['UnsupportedMediaType', 'The body is of another media type than is taken here.'],
  422: ['Unprocessable', 'What is asked for cannot be stored: `errors` has each fault with its place.'],
  429: [
    'TooManyRequests',
    'This client has made more requests than it may: wait as long as Retry-After says.',
    'Retry-After',
  ],
  500: ['ServerError', 'The server failed; its log has the reason under the request id.'],
  503: ['Unavailable', 'The database is busy or away: try again as Retry-After says.', 'Retry-After'],
};

const problemExample = (status: number, title: string, detail: string): Json => ({
  type: 'https://salus.example/problems/value',
  ...{ title, status, detail },
  instance: '/api/v1/hospitals',
  errors: [{ detail, code: 'value' }],
  requestId: '0198c6a0-6f0f-7c3e-8a35-0a2f5a1d9b10',
});

export const sharedResponses: Json = Object.fromEntries(
  Object.entries(REFUSALS).map(([status, [name, description, ...headers]]) => [
    name,
    answer(
      description,
      {
        'application/problem+json': {
          schema: ref('schemas', 'Problem'),
          example: problemExample(Number(status), name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' '), description),
        },
      },
      ...headers,
    ),
  ]),
);

export const sharedHeaders: Json = Object.fromEntries(
  (
    [
      [
        'X-Request-Id',
        'Of this request; the log has it too. A client may send its own.',
        '0198c6a0-6f0f-7c3e-8a35-0a2f5a1d9b10',
      ],
      [
        'RateLimit',
        'Requests that are left, and seconds until there are more.',
        '"per-minute"; r=5990; t=42',
      ],
      [
        'RateLimit-Policy',
        'Requests that one client may make, and in how many seconds.',
        '"per-minute"; q=6000; w=60; pk=:MTI3:',
      ],
      ['Retry-After', 'Seconds to wait.', '30'],
      ['ETag', 'Version of what is sent, for If-Match and If-None-Match.', 'W/"1"'],
      ['Location', 'URL of what was created.', '/api/v1/hospitals/h-12'],
      ['Link', 'Links to other pages (RFC 8288).', '</api/v1/hospitals?pageToken=…>; rel="next"'],
      [
        'Idempotency-Replayed',
        '`true` where this is the answer of an earlier request with the same key.',
        'true',
      ],
    ] as const
  ).map(([name, description, example]) => [
    name,
    { description, schema: { type: 'string', examples: [example] } },
  ]),
);

const LINK: Json = {
  type: 'object',
  required: ['href'],
  properties: { href: { type: 'string', format: 'uri', description: 'Where it leads.' } },
};

export const sharedSchemas: Json = {
  Links: {
    type: 'object',
    description: 'Links by what they lead to.',
    additionalProperties: ref('schemas', 'Link'),
  },
  Link: LINK,
  Problem: {
    type: 'object',
    description: 'Why a request was refused (RFC 9457).',
    required: ['type', 'title', 'status', 'detail', 'instance', 'errors', 'requestId'],
    properties: {
      type: { ...text('Kind of problem.', 'https://salus.example/problems/value'), format: 'uri' },
      title: text('What the status means.', 'Unprocessable Entity'),
      status: { type: 'integer', description: 'HTTP status.', examples: [422] },
      detail: text('The first of the errors.', '"name" is missing.'),
      instance: text('Path of the request.', '/api/v1/hospitals'),
      errors: { type: 'array', items: ref('schemas', 'ProblemError') },
      requestId: text('X-Request-Id of the answer.'),
    },
  },
  ProblemError: {
    type: 'object',
    description: 'One thing that is wrong, and where.',
    required: ['detail', 'code'],
    properties: {
      detail: text('What is wrong, and what to do.', '"name" is missing.'),
      code: text('Kind of fault (FHIR issue type).', 'required'),
      pointer: text('In the body: JSON pointer.', '#/name'),
      parameter: text('Query parameter.', 'pageSize'),
      expression: text('In the FHIR resource: FHIRPath.', 'Organization.name'),
    },
  },
};

/** A value that a schema describes: its first example, or made of those of its members. */
export function exampleOf(schema: Json): unknown {
  const {
    examples,
    enum: words,
    properties,
    items,
    type,
  } = schema as {
    examples?: unknown[];
    enum?: unknown[];
    properties?: Record<string, Json>;
    items?: Json;
    type?: string;
  };
  if (examples && examples.length > 0) return examples[0];
  if ('default' in schema) return schema.default;
  if (words) return words[0];
  if (type === 'array' && items) {
    const item = exampleOf(items);
    return item === undefined ? [] : [item];
  }
  if (!properties) return undefined;
  const members = Object.entries(properties).map(([name, member]) => [name, exampleOf(member)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** An operation under a tag. */
export const operation = (tag: string, operationId: string, summary: string, rest: Json): Json => ({
  ...{ tags: [tag], operationId, summary },
  ...rest,
});
