// Schemas of the kinds of things for the OpenAPI document.
import type { ClinicResource, Json } from '../things/clinicResource.ts';
import { batchSchema } from '../things/thingBatch.ts';
import { pageMembers } from './openApiPages.ts';
import { exampleOf, ref } from './openApiParts.ts';

const properties = (schema: Json): Record<string, Json> => schema.properties as Record<string, Json>;

/** Schemas of one kind: what is sent, what is changed, what is given, pages, batches and their results. */
export function thingSchemas(resource: ClinicResource): Json {
  const { title, schema, embeds = {}, shown = {}, actions = {}, readOnly } = resource;
  const id = { type: 'string', description: 'Its id.', examples: [exampleId(resource)] };
  const embedded = Object.entries(embeds).flatMap(([name, embed]) => [
    [name, { ...asTold(embed.schema), description: `${embed.description} With \`include=${name}\`.` }],
    ...(embed.isPartial ? [[`${name}_more`, { const: true, description: moreThan(name) }]] : []),
  ]);
  const told = Object.entries(shown).map(([name, member]) => [name, { ...member, readOnly: true }]);
  return {
    ...(!readOnly && writeSchemas(resource)),
    ...Object.fromEntries(
      Object.entries(actions).map(([action, { schema: body }]) => [actionSchema(resource, action), body]),
    ),
    [title]: {
      type: 'object',
      description: resource.description,
      required: ['id', '_links'],
      properties: {
        id,
        ...Object.fromEntries(
          Object.entries(properties(schema))
            .filter(([name]) => name !== 'id')
            .map(([name, member]) => [name, asTold(member)]),
        ),
        ...Object.fromEntries(told),
        ...Object.fromEntries(embedded),
        _links: ref('schemas', 'Links'),
      },
    },
    [`${title}Page`]: {
      type: 'object',
      required: ['data', '_links'],
      properties: {
        data: { type: 'array', items: ref('schemas', title) },
        ...pageMembers,
        _links: ref('schemas', 'Links'),
      },
    },
  };
}

const moreThan = (name: string) =>
  `There where there are more than are included: \`_links.${name}\` leads to all of them.`;

/** What clients may send is bounded; what FHIR clients have stored is told as it is. */
const LIMITS = ['pattern', 'format', 'minLength', 'maxLength', 'minItems', 'maxItems', 'minimum', 'maximum'];
const RULES = ['required', 'additionalProperties', 'allOf', 'anyOf', 'oneOf', 'if', 'then', 'else', 'not'];

/** A schema of what is sent as one of what is told. */
function asTold(schema: Json): Json {
  const kept = Object.entries(schema).filter(([name]) => !LIMITS.includes(name) && !RULES.includes(name));
  return Object.fromEntries(
    kept.map(([name, value]) => {
      if (name === 'items') return [name, asTold(value as Json)];
      if (name !== 'properties') return [name, value];
      const members = Object.entries(value as Json).map(([member, of]) => [member, asTold(of as Json)]);
      return [name, Object.fromEntries(members)];
    }),
  );
}

/** Schemas of what clients send, and of what becomes of batches. */
function writeSchemas({ title, schema }: ClinicResource): Json {
  const { operations, atomic } = properties(batchSchema) as {
    operations: Json & { items: Json };
    atomic: Json;
  };
  return {
    [`${title}Input`]: schema,
    [`${title}Change`]: {
      type: 'object',
      additionalProperties: false,
      description: `What to change of a ${title} (RFC 7396): members that are null are taken away, those left out stay.`,
      ...(schema.examples !== undefined && { examples: schema.examples }),
      properties: Object.fromEntries(
        Object.entries(properties(schema)).map(([name, member]) => [
          name,
          { anyOf: [member, { type: 'null' }] },
        ]),
      ),
    },
    [`${title}Batch`]: {
      ...batchSchema,
      properties: {
        operations: {
          ...operations,
          items: {
            ...operations.items,
            properties: { ...properties(operations.items), data: ref('schemas', `${title}Input`) },
          },
        },
        atomic,
      },
    },
    [`${title}BatchResult`]: {
      type: 'object',
      required: ['atomic', 'succeeded', 'failed', 'results'],
      properties: {
        atomic: { type: 'boolean' },
        succeeded: { type: 'integer' },
        failed: { type: 'integer' },
        results: {
          type: 'array',
          items: {
            type: 'object',
            required: ['index', 'op', 'status'],
            properties: {
              index: { type: 'integer', description: 'Of the operation, from 0 on.' },
              op: { type: 'string' },
              status: { type: 'integer', description: 'As the operation alone would be answered.' },
              title: { type: 'string', description: 'What the status means; of a refusal.' },
              id: { type: 'string' },
              etag: { type: 'string' },
              data: ref('schemas', title),
              errors: { type: 'array', items: ref('schemas', 'ProblemError') },
            },
          },
        },
      },
    },
  };
}

/** The name of what is sent for an action: `LeadConvert`. */
export const actionSchema = ({ title }: ClinicResource, action: string): string =>
  `${title}${action[0]!.toUpperCase()}${action.slice(1)}`;

/** An id to try: the schema's own example, where clients may choose ids. */
export const exampleId = ({ schema }: ClinicResource): string =>
  String(exampleOf(properties(schema).id ?? {}) ?? '0198c6a0-6f0f-7c3e-8a35-0a2f5a1d9b10');
