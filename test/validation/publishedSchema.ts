// The published FHIR JSON schema compiled by Ajv: an independent opinion on the structure of a resource. It is used as
// it is published, but for what JSON Schema cannot do well: every definition is a schema of its own (so that types
// compile one by one), a nested resource is judged by its own type instead of 146 alternatives, and the pattern of
// base64Binary, which backtracks without end, is taken out.
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import { definitionsFile } from '../../server/definitions/definitionsPackage.ts';

interface Schema {
  $ref?: string;
  type?: string;
  pattern?: string;
  enum?: unknown[];
  items?: Schema;
  properties?: Record<string, Schema>;
}

type Node = Record<string, unknown>;

/** Judges a resource and those inside it; numbers must be plain. Returns errors, without those the schema is wrong about. */
export function publishedSchema(): (resource: Node) => ErrorObject[] {
  const { definitions } = JSON.parse(readFileSync(definitionsFile('fhir.schema.json'), 'utf8')) as {
    definitions: Record<string, Schema>;
  };
  const schemas = Object.entries(definitions)
    .filter(([name]) => name !== 'ResourceList')
    .map(([name, schema]) => ({ ...prepared(schema), $id: name }));
  const ajv = new Ajv({
    schemas,
    strict: false,
    validateSchema: false,
    allErrors: true,
    verbose: true,
    code: { optimize: false },
  });
  return (resource) =>
    [resource, ...nestedIn(resource)].flatMap((one) => {
      const type = one.resourceType;
      const validate = typeof type === 'string' && Object.hasOwn(definitions, type) && ajv.getSchema(type);
      if (!validate || validate(one)) return [];
      return (validate.errors ?? []).filter((error) => !isSchemaFault(error, one));
    });
}

/** Resources at any depth, recognised by where they stand. */
function nestedIn(node: unknown, name = ''): Node[] {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((item) => nestedIn(item, name));
  const here =
    ['contained', 'resource', 'outcome'].includes(name) && 'resourceType' in node ? [node as Node] : [];
  return [...here, ...Object.entries(node).flatMap(([key, value]) => nestedIn(value, key))];
}

/** The schema knows no nulls in lists of primitives, and no `_` properties of canonicals (json.html#primitive). */
function isSchemaFault(error: ErrorObject, resource: Node): boolean {
  const steps = error.instancePath.split('/').slice(1);
  const unescaped = steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (unescaped.reduce((node: unknown, step) => (node as Node)?.[step], resource) === null) return true;
  if (error.keyword !== 'additionalProperties') return false;
  const bare = (error.params as { additionalProperty: string }).additionalProperty.replace(/^_/, '');
  const schema = (error.parentSchema as Schema).properties?.[bare];
  return (schema?.items ?? schema)?.$ref === 'canonical';
}

function prepared({ $ref, pattern, properties, items, ...rest }: Schema): Schema {
  // Expression.language: its binding is only extensible, yet the schema allows no other codes.
  if (rest.enum?.includes('text/cql')) return { $ref: 'code' };
  const target = $ref?.slice($ref.lastIndexOf('/') + 1);
  const children = Object.entries(properties ?? {}).map(([name, schema]) => [name, prepared(schema)]);
  return {
    ...rest,
    ...(target && target !== 'ResourceList' ? { $ref: target } : {}),
    ...(pattern && !pattern.includes('0-9a-zA-Z\\+') ? { pattern } : {}),
    ...(items ? { items: prepared(items) } : {}),
    ...(properties ? { type: 'object', properties: Object.fromEntries(children) } : {}),
  };
}
