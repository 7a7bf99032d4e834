// What an operation is asked (operations.html#executing): parameters of the URL, of a Parameters resource, or both.
import { refuse } from '../errors.ts';
import type { Resource } from '../services.ts';

/** One parameter; exactly one of `value`, `resource` and `part` is there. */
export interface OperationParameter {
  readonly name: string;
  /** the type of the value (`Coding`, `code`); absent for the text of a URL, which may stand for any primitive */
  readonly type?: string;
  /** as in JSON */
  readonly value?: unknown;
  readonly resource?: Resource;
  readonly part?: readonly OperationParameter[];
  /** where it stands in the request: `Parameters.parameter[2]`, or its name for one of the URL */
  readonly expression: string;
}

export interface OperationRequest {
  /** '' on system level */
  readonly type: string;
  readonly id?: string;
  /** in the order given, those of the URL first; without _format and _pretty */
  readonly parameters: readonly OperationParameter[];
  /** the body where it is no Parameters resource: operations of one resource take it in place of the parameter `resource` */
  readonly body?: Resource;
  /** parameters of the URL as they are, and the primitive ones of a body. Throws FhirError 400 for others. */
  readonly query: [string, string][];
  /** absolute URL of the service base */
  readonly base: string;
}

/**
 * The request of an operation.
 * @param anyResource whether what has no resourceType counts as a resource too
 * @throws FhirError 400 for a body whose parameters are malformed
 */
export function operationRequest(
  target: { type: string; id?: string; base: string },
  query: readonly [string, string][],
  body?: Resource,
  anyResource = false,
): OperationRequest {
  const isParameters = body?.resourceType === 'Parameters';
  const inBody = isParameters ? bodyParameters(body.parameter, 'Parameters.parameter', anyResource) : [];
  const inUrl = query
    .filter(([name]) => name !== '_format' && name !== '_pretty')
    .map(([name, value]) => ({ name, value, expression: name }));
  return {
    ...target,
    parameters: [...inUrl, ...inBody],
    ...(body !== undefined && !isParameters ? { body } : {}),
    get query(): [string, string][] {
      if (body && !isParameters) {
        const message = `This operation takes a Parameters resource, not a ${body.resourceType}.`;
        throw refuse(400, 'value', message, 'resourceType');
      }
      return [...query, ...inBody.map(primitive)];
    },
  };
}

function bodyParameters(list: unknown, at: string, anyResource: boolean): OperationParameter[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) throw refuse(400, 'structure', `'parameter' and 'part' must be arrays.`, at);
  return list.map((parameter: Record<string, unknown>, index) => {
    const expression = `${at}[${index}]`;
    if (typeof parameter !== 'object' || parameter === null || typeof parameter.name !== 'string') {
      throw refuse(400, 'required', 'Each parameter needs a name.', expression);
    }
    const given = Object.keys(parameter).filter((key) => /^(?:value[A-Z]|resource$|part$)/.test(key));
    const [key] = given;
    if (key === undefined || given.length > 1) {
      const message = `Parameter "${parameter.name}" needs one of value[x], resource and part.`;
      throw refuse(400, 'value', message, expression);
    }
    const { name } = parameter;
    if (key === 'part')
      return { name, part: bodyParameters(parameter.part, `${expression}.part`, anyResource), expression };
    if (key === 'resource')
      return { name, resource: resourceIn(parameter.resource, expression, anyResource), expression };
    const type = key.slice('value'.length);
    return {
      name,
      type: isPrimitive(parameter[key]) ? lowerFirst(type) : type,
      value: parameter[key],
      expression,
    };
  });
}

function resourceIn(value: unknown, expression: string, anyResource: boolean): Resource {
  const type = (value as Resource | null)?.resourceType;
  if (anyResource ? value !== null : typeof type === 'string') return value as Resource;
  throw refuse(
    400,
    'value',
    'The parameter holds no resource: it has no resourceType.',
    `${expression}.resource`,
  );
}

const lowerFirst = (name: string) => name[0]!.toLowerCase() + name.slice(1);
const isPrimitive = (value: unknown): boolean =>
  typeof value !== 'object' || value === null || JSON.isRawJSON(value);

function primitive({ name, value, expression }: OperationParameter): [string, string] {
  if (value === undefined || !isPrimitive(value)) {
    throw refuse(400, 'value', `Parameter "${name}" must have a primitive value.`, expression);
  }
  return [name, JSON.isRawJSON(value) ? (value as unknown as { rawJSON: string }).rawJSON : String(value)];
}
