// Reads the Parameters resource of a FHIRPath Patch (http://hl7.org/fhir/R4/fhirpatch.html#format) into operations. Nothing
// is ignored: a part that has no meaning for its operation is refused.
import { FhirError, refuse } from '../errors.ts';
import { compilePath, type PatchPath } from './compilePath.ts';
import { isJsonObject } from './draft.ts';
import type { PatchLimits } from './patchLimits.ts';
import { type PatchValue, readParts } from './patchValue.ts';

/** One operation, its path compiled; `text` is the path as written. */
export type PatchOperation = { path: PatchPath; text: string } & (
  | { type: 'add'; name: string; value: PatchValue }
  | { type: 'insert'; value: PatchValue; index: number }
  | { type: 'delete' }
  | { type: 'replace'; value: PatchValue }
  | { type: 'move'; source: number; destination: number }
);

/** The parts each type of operation takes, all of them required, besides `type` and `path`. */
const partsOf: Record<string, string[]> = {
  add: ['name', 'value'],
  insert: ['value', 'index'],
  delete: [],
  replace: ['value'],
  move: ['source', 'destination'],
} satisfies Record<PatchOperation['type'], string[]>;

const textTypes = ['string', 'code'];
const indexTypes = ['integer', 'unsignedInt', 'positiveInt'];

/** Where an operation stands, as an `OperationOutcome.issue.expression`. */
export function expressionOf(index: number): string {
  return `Parameters.parameter[${index}]`;
}

/** The operations of a patch. Throws FhirError 400 naming the operation and the part that is wrong. */
export function readPatchParameters(parameters: unknown, limits: PatchLimits): PatchOperation[] {
  if (!isJsonObject(parameters) || parameters.resourceType !== 'Parameters') {
    throw refuse(400, 'invalid', 'A FHIRPath Patch must be a Parameters resource');
  }
  const list = parameters.parameter ?? [];
  if (!Array.isArray(list)) {
    throw refuse(400, 'invalid', 'Parameters.parameter must be an array', 'Parameters.parameter');
  }
  if (list.length > limits.operations) {
    throw refuse(400, 'too-costly', `A FHIRPath Patch may have at most ${limits.operations} operations`);
  }
  return list.map((parameter: unknown, index) => {
    const malformed = (problem: string) =>
      refuse(400, 'invalid', `FHIRPath Patch operation [${index}]: ${problem}`, expressionOf(index));
    return readOperation(parameter, limits, malformed);
  });
}

type Malformed = (problem: string) => FhirError;

function readOperation(parameter: unknown, limits: PatchLimits, malformed: Malformed): PatchOperation {
  if (!isJsonObject(parameter) || parameter.name !== 'operation') {
    throw malformed("every parameter must be named 'operation'");
  }
  const parts = new Map<string, PatchValue>();
  for (const { name, value } of readParts(parameter, 'the operation', malformed)) {
    if (parts.has(name)) {
      throw malformed(`'${name}' is given twice`);
    }
    parts.set(name, value);
  }
  const type = readText(parts, 'type', malformed);
  if (!Object.hasOwn(partsOf, type)) {
    throw malformed(`'type' must be one of ${Object.keys(partsOf).join(', ')}`);
  }
  const allowed = ['type', 'path', ...partsOf[type]];
  for (const name of parts.keys()) {
    if (!allowed.includes(name)) {
      throw malformed(`'${name}' has no meaning for ${type}, which takes ${allowed.join(', ')}`);
    }
  }
  const text = readText(parts, 'path', malformed);
  if (text.length > limits.pathLength) {
    throw malformed(`'path' is longer than ${limits.pathLength} characters`);
  }
  const common = { path: readPath(text, malformed), text };
  switch (type as PatchOperation['type']) {
    case 'add': {
      const name = readText(parts, 'name', malformed);
      return { ...common, type: 'add', name, value: readPart(parts, 'value', malformed) };
    }
    case 'insert': {
      const index = readIndex(parts, 'index', malformed);
      return { ...common, type: 'insert', index, value: readPart(parts, 'value', malformed) };
    }
    case 'delete':
      return { ...common, type: 'delete' };
    case 'replace':
      return { ...common, type: 'replace', value: readPart(parts, 'value', malformed) };
    case 'move': {
      const source = readIndex(parts, 'source', malformed);
      return { ...common, type: 'move', source, destination: readIndex(parts, 'destination', malformed) };
    }
  }
}

function readPart(parts: Map<string, PatchValue>, name: string, malformed: Malformed): PatchValue {
  const part = parts.get(name);
  if (!part) {
    throw malformed(`'${name}' is missing`);
  }
  return part;
}

function readText(parts: Map<string, PatchValue>, name: string, malformed: Malformed): string {
  const part = readPart(parts, name, malformed);
  if (part.kind !== 'typed' || !textTypes.includes(part.type) || typeof part.value !== 'string') {
    throw malformed(`'${name}' must be a ${name === 'type' ? 'valueCode' : 'valueString'}`);
  }
  return part.value;
}

function readIndex(parts: Map<string, PatchValue>, name: string, malformed: Malformed): number {
  const part = readPart(parts, name, malformed);
  const value = part.kind === 'typed' && indexTypes.includes(part.type) ? part.value : undefined;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw malformed(`'${name}' must be a valueInteger, 0 or more`);
  }
  return value;
}

/** The compiled path; what is wrong with it is told with the operation it belongs to. */
function readPath(text: string, malformed: Malformed): PatchPath {
  try {
    return compilePath(text);
  } catch (error) {
    if (!(error instanceof FhirError)) {
      throw error;
    }
    const told = malformed(error.issues[0].diagnostics);
    throw new FhirError(error.status, [{ ...told.issues[0], code: error.issues[0].code }]);
  }
}
