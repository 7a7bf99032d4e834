// The part of the OpenAPI document that is made of the kinds of things: their operations.
import type { ClinicResource, Json } from '../things/clinicResource.ts';
import { MOST_PER_PAGE } from '../things/pageStyles.ts';
import { PAGES, pageParametersOf, query } from './openApiPages.ts';
import { answer, exampleOf, json, ref, refusals, unchanged } from './openApiParts.ts';
import { actionSchema, exampleId } from './openApiSchemas.ts';

export interface ThingExamples {
  base: string;
  fhirBase: string;
  maxPageSize: number;
}

/** Operations of one kind by path below the server's root. */
export function thingPaths(
  resource: ClinicResource,
  all: readonly ClinicResource[],
  bases: ThingExamples,
): Json {
  const { name, title, schema, returning, readOnly } = resource;
  const path = `/api/v1/${name}`;
  const input = exampleOf(schema) as Json;
  const given = exampleThing(resource, bases);
  const tags = [name];
  const body = json(ref('schemas', title), given);
  const sent = { required: true, content: json(ref('schemas', `${title}Input`), input) };
  const { id: _, ...withoutId } = input;
  const gone = resource.withdrawing ? [410] : [];
  const patch = Object.fromEntries(Object.entries(withoutId).slice(-1));
  const operation = (verb: string, summary: string, rest: Json): Json => ({
    ...{ tags, operationId: `${verb}${title}`, summary },
    ...rest,
  });
  return {
    [path]: {
      get: listOperation(resource, `list${title}`, resource.description, tags, bases),
      ...(!readOnly && {
        post: operation('create', `Create a ${title}`, {
          // What a create does to somebody who is there already cannot be told in a few words.
          ...(returning !== undefined && { description: resource.description }),
          parameters: [ref('parameters', 'IdempotencyKey')],
          requestBody: sent,
          responses: {
            201: answer('Created.', body, 'Location', 'ETag', 'Idempotency-Replayed'),
            ...(returning !== undefined && {
              200: answer(returning, body, 'ETag', 'Idempotency-Replayed'),
            }),
            ...refusals(400, 409, 413, 415, 422),
          },
        }),
      }),
    },
    [`${path}/{id}`]: {
      parameters: [idParameter(resource)],
      get: operation('read', `One ${title}`, {
        parameters: [...includeParameters(resource), ref('parameters', 'IfNoneMatch')],
        responses: {
          200: answer('It.', body, 'ETag'),
          ...unchanged,
          // Of what is kept as a whole, an id stands for one.
          ...refusals(400, 404, ...(resource.kept ? [] : [409]), ...gone),
        },
      }),
      ...(!readOnly && {
        put: operation('replace', `Replace a ${title}`, {
          parameters: [ref('parameters', 'IfMatch')],
          requestBody: { required: true, content: json(ref('schemas', `${title}Input`), withoutId) },
          responses: {
            200: answer('It, as it is now.', body, 'ETag'),
            ...refusals(400, 404, 409, ...gone, 412, 413, 415, 422),
          },
        }),
        patch: operation('change', `Change some of a ${title}`, {
          description: 'JSON Merge Patch (RFC 7396): `null` takes a member away, what is left out stays.',
          parameters: [ref('parameters', 'IfMatch')],
          requestBody: {
            required: true,
            content: {
              'application/merge-patch+json': { schema: ref('schemas', `${title}Change`), example: patch },
            },
          },
          responses: {
            200: answer('It, as it is now.', body, 'ETag'),
            ...refusals(400, 404, 409, ...gone, 412, 413, 415, 422),
          },
        }),
        delete: operation('delete', `Delete a ${title}`, {
          parameters: [ref('parameters', 'IfMatch')],
          responses: { 204: answer('Deleted.', undefined), ...refusals(400, 404, 409, ...gone, 412) },
        }),
      }),
    },
    ...Object.fromEntries(
      Object.entries(resource.actions ?? {}).map(([action, { summary, description, schema: asked }]) => [
        `${path}/{id}:${action}`,
        {
          parameters: [idParameter(resource)],
          post: operation(action, summary, {
            description,
            parameters: [ref('parameters', 'IfMatch'), ref('parameters', 'IdempotencyKey')],
            requestBody: {
              required: true,
              content: json(ref('schemas', actionSchema(resource, action)), exampleOf(asked)),
            },
            responses: {
              200: answer('It, as it is now.', body, 'ETag', 'Idempotency-Replayed'),
              ...refusals(400, 404, 409, 412, 413, 415, 422),
            },
          }),
        },
      ]),
    ),
    ...(!readOnly && {
      [`${path}:batch`]: {
        post: operation('batch', `Create, update and delete many ${name.split('/').at(-1)}`, {
          parameters: [ref('parameters', 'IdempotencyKey')],
          requestBody: {
            required: true,
            content: json(ref('schemas', `${title}Batch`), {
              operations: [{ op: 'create', data: withoutId }],
              atomic: true,
            }),
          },
          responses: {
            200: answer(
              'What became of each; where `atomic` is true, all of it is done.',
              json(ref('schemas', `${title}BatchResult`), {
                ...{ atomic: true, succeeded: 1, failed: 0 },
                results: [{ index: 0, op: 'create', status: 201, id: given.id, etag: 'W/"1"', data: given }],
              }),
              'Idempotency-Replayed',
            ),
            ...refusals(400, 404, 409, ...gone, 412, 413, 415, 422),
          },
        }),
      },
    }),
    ...Object.fromEntries(
      Object.entries(resource.sublists ?? {}).map(([segment, { of, filter }]) => {
        const other = all.find((one) => one.name === of)!;
        const { [filter]: __, ...filters } = other.filters;
        const below = { ...other, filters };
        const summary = `The ${segment} of one ${title}`;
        const id = `list${title}${other.title}`;
        return [
          `${path}/{id}/${segment}`,
          {
            parameters: [idParameter(resource)],
            get: listOperation(below, id, summary, tags, bases, [404, 409]),
          },
        ];
      }),
    ),
  };
}

const idParameter = (resource: ClinicResource): Json => ({
  name: 'id',
  in: 'path',
  required: true,
  description: `Id of the ${resource.title}.`,
  schema: { type: 'string', examples: [exampleId(resource)] },
});

function exampleThing(resource: ClinicResource, { base, fhirBase }: ThingExamples): Json {
  const id = exampleId(resource);
  return {
    ...(exampleOf(resource.schema) as Json),
    id,
    _links: {
      self: { href: `${base}/${resource.name}/${id}` },
      fhir: { href: `${fhirBase}/${resource.types[0]}/0198c6a0-6f0f-7c3e-8a35-0a2f5a1d9b10` },
    },
  };
}

function listOperation(
  resource: ClinicResource,
  operationId: string,
  summary: string,
  tags: readonly string[],
  bases: ThingExamples,
  more: number[] = [],
): Json {
  const { name, title, filters, sorts } = resource;
  const largest = Math.min(MOST_PER_PAGE, bases.maxPageSize);
  const sortable = Object.keys(sorts);
  return {
    ...{ tags, operationId, summary },
    description: `${PAGES} ${standardOrder(resource)}`,
    parameters: [
      ...Object.entries(filters).map(([filter, { description, schema, standard }]) =>
        query(filter, description, standard === undefined ? schema : { ...schema, default: standard }),
      ),
      query('sort', `By which members, with - for the reverse order: ${sortable.join(', ')}.`, {
        type: 'string',
        examples: [sortable.length > 1 ? `${sortable[0]},-${sortable[1]}` : sortable[0]],
      }),
      ...includeParameters(resource),
      ...pageParametersOf(largest),
      ref('parameters', 'IfNoneMatch'),
    ],
    responses: {
      200: answer(
        'A page.',
        json(ref('schemas', `${title}Page`), {
          data: [exampleThing(resource, bases)],
          _links: { self: { href: `${bases.base}/${name}` } },
        }),
        ...['ETag', 'Link'],
      ),
      ...unchanged,
      ...refusals(400, ...more),
    },
  };
}

const standardOrder = ({ standardSort }: ClinicResource): string =>
  standardSort ? `Without \`sort\`, it is by \`${standardSort}\`.` : 'Without `sort`, the newest come first.';

function includeParameters({ embeds = {} }: ClinicResource): Json[] {
  const names = Object.keys(embeds);
  if (names.length === 0) return [];
  return [
    {
      ...{ name: 'include', in: 'query', required: false, explode: false },
      description: `What to include: ${names.join(', ')}.`,
      schema: { type: 'array', items: { enum: names } },
    },
  ];
}
