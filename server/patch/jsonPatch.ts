// JSON Patch (RFC 6902) with JSON Pointer (RFC 6901) on parsed JSON trees, for http.html#patch. Decimal atoms are leaves and
// are carried by reference, so that `1.50` stays `1.50`.
import { FhirError, refuse } from '../errors.ts';
import { equalJson } from '../json/equalJson.ts';
import { type Draft, draftOf, isContainer, isJsonObject, type JsonObject, ownMember } from './draft.ts';
import { parsePointer } from './parsePointer.ts';
import { checkDepth, type JsonPatchLimits, jsonPatchLimits } from './patchLimits.ts';

type Operation =
  | { op: 'add' | 'replace' | 'test'; path: string[]; value: unknown }
  | { op: 'remove'; path: string[] }
  | { op: 'move' | 'copy'; path: string[]; from: string[] };

/** What is left to spend on copying, and how deep a copied value may be. */
type Budget = Pick<JsonPatchLimits, 'copied' | 'depth'>;

const operationNames = ['add', 'remove', 'replace', 'move', 'copy', 'test'];

/**
 * The resource after all operations; `resource` itself is not modified and shares what did not change with the result.
 * Throws FhirError: 400 for a malformed patch document, 422 when an operation cannot be applied or a `test` fails.
 */
export function applyJsonPatch(
  resource: unknown,
  operations: unknown,
  limits: JsonPatchLimits = jsonPatchLimits,
): unknown {
  const parsed = parseOperations(operations, limits);
  const draft = draftOf(resource);
  const budget = { ...limits };
  parsed.forEach((operation, index) => {
    try {
      applyOperation(draft, operation, budget);
    } catch (error) {
      if (!(error instanceof FhirError)) {
        throw error;
      }
      const where = `JSON Patch operation [${index}] (${operation.op} ${pointerText(operation.path)})`;
      throw refuse(error.status, error.issues[0].code, `${where}: ${error.issues[0].diagnostics}`);
    }
  });
  checkDepth(draft.holder.root, limits.depth);
  return draft.holder.root;
}

/** Checks the whole document before anything is applied. Throws FhirError 400 naming the operation and its member. */
function parseOperations(operations: unknown, limits: JsonPatchLimits): Operation[] {
  if (!Array.isArray(operations)) {
    throw refuse(400, 'invalid', 'A JSON Patch document must be an array of operations');
  }
  if (operations.length > limits.operations) {
    throw refuse(400, 'too-costly', `A JSON Patch may have at most ${limits.operations} operations`);
  }
  return operations.map((operation: unknown, index) => {
    const malformed = (problem: string) =>
      refuse(400, 'invalid', `JSON Patch operation [${index}]: ${problem}`);
    if (!isJsonObject(operation)) {
      throw malformed('must be an object');
    }
    const { op } = operation;
    if (typeof op !== 'string' || !operationNames.includes(op)) {
      throw malformed(`'op' must be one of ${operationNames.join(', ')}`);
    }
    const pointer = (member: 'path' | 'from'): string[] => {
      const text = Object.hasOwn(operation, member) ? operation[member] : undefined;
      if (typeof text !== 'string') {
        throw malformed(`'${member}' must be a JSON Pointer`);
      }
      if (text.length > limits.pathLength) {
        throw malformed(`'${member}' is longer than ${limits.pathLength} characters`);
      }
      const keys = parsePointer(text);
      if (!keys) {
        throw malformed(
          `'${member}' is not a JSON Pointer: it starts with '/' or is empty, and '~' is written ~0`,
        );
      }
      return keys;
    };
    const path = pointer('path');
    switch (op as Operation['op']) {
      case 'remove':
        return { op: 'remove', path };
      case 'move':
      case 'copy': {
        const from = pointer('from');
        if (op === 'move' && from.length < path.length && from.every((key, step) => key === path[step])) {
          throw malformed(`'from' is a parent of 'path': nothing can be moved into itself`);
        }
        return { op: op as 'move' | 'copy', path, from };
      }
      default:
        if (!Object.hasOwn(operation, 'value')) {
          throw malformed(`'value' is missing`);
        }
        return { op: op as 'add' | 'replace' | 'test', path, value: operation.value };
    }
  });
}

function applyOperation(draft: Draft, operation: Operation, budget: Budget): void {
  const { path } = operation;
  switch (operation.op) {
    case 'add':
      add(draft, path, operation.value);
      break;
    case 'remove':
      remove(draft, path);
      break;
    case 'replace':
      read(draft, path);
      replace(draft, path, operation.value);
      break;
    case 'move': {
      const value = read(draft, operation.from);
      // Moving a value to where it is changes nothing; a removal first could shift what `path` names.
      if (pointerText(operation.from) !== pointerText(path)) {
        if (path.length > 0) {
          remove(draft, operation.from);
        }
        add(draft, path, value);
      }
      break;
    }
    case 'copy':
      add(draft, path, duplicate(read(draft, operation.from), budget, 1));
      break;
    case 'test':
      if (!equalJson(read(draft, path), operation.value)) {
        throw refuse(422, 'processing', 'the value there is not equal to the one tested for');
      }
  }
}

/** The value a pointer names. Throws FhirError 422 where there is none. */
function read(draft: Draft, path: string[]): unknown {
  let value: unknown = draft.holder.root;
  path.forEach((key, step) => {
    value = member(value, key, path, step);
  });
  return value;
}

/** `container[key]`, the step numbered `step` of `path`. */
function member(container: unknown, key: string, path: string[], step: number): unknown {
  if (Array.isArray(container)) {
    return container[arrayIndex(container, key, container.length - 1, path, step)];
  }
  if (isJsonObject(container) && Object.hasOwn(container, key)) {
    return container[key];
  }
  throw missing(path, step);
}

/** The writable container whose member the last key of `path` names; the pointer must not be empty. */
function ownParent(draft: Draft, path: string[]): JsonObject | unknown[] {
  let container: object = draft.holder;
  let key: string | number = 'root';
  path.forEach((next, step) => {
    if (!isContainer((container as JsonObject)[key])) {
      const place = pointerText(path.slice(0, step));
      throw refuse(422, 'processing', `${place} is neither an object nor an array`);
    }
    container = ownMember(draft, container, key);
    key = next;
    if (step < path.length - 1) {
      member(container, next, path, step);
    }
  });
  return container as JsonObject | unknown[];
}

function add(draft: Draft, path: string[], value: unknown): void {
  const key = path.at(-1);
  if (key === undefined) {
    draft.holder.root = value;
    return;
  }
  const container = ownParent(draft, path);
  if (Array.isArray(container)) {
    const last = container.length;
    container.splice(key === '-' ? last : arrayIndex(container, key, last, path, path.length - 1), 0, value);
  } else if (key === '__proto__') {
    throw refuse(422, 'processing', 'a member cannot be named __proto__');
  } else {
    container[key] = value;
  }
}

/** Puts `value` in the place of an existing one (which `read` has found). */
function replace(draft: Draft, path: string[], value: unknown): void {
  const key = path.at(-1);
  if (key === undefined) {
    draft.holder.root = value;
  } else {
    (ownParent(draft, path) as JsonObject)[key] = value;
  }
}

function remove(draft: Draft, path: string[]): void {
  const key = path.at(-1);
  if (key === undefined) {
    throw refuse(422, 'processing', 'the resource itself cannot be removed by a patch');
  }
  const container = ownParent(draft, path);
  const last = path.length - 1;
  member(container, key, path, last);
  if (Array.isArray(container)) {
    container.splice(arrayIndex(container, key, container.length - 1, path, last), 1);
  } else {
    delete container[key];
  }
}

/** An array index within 0…`highest` (RFC 6901 section 4: no signs, no leading zeros). Throws FhirError 422. */
function arrayIndex(array: unknown[], key: string, highest: number, path: string[], step: number): number {
  if (!/^(?:0|[1-9][0-9]*)$/.test(key)) {
    const place = pointerText(path.slice(0, step));
    throw refuse(422, 'processing', `${place} is an array, and '${key}' names no element of it`);
  }
  if (Number(key) > highest) {
    const place = pointerText(path.slice(0, step + 1));
    throw refuse(422, 'processing', `${place} does not exist: the array has ${array.length} elements`);
  }
  return Number(key);
}

/** A deep copy, so that the two places can change apart; repeated copying of copies is bounded by the budget. */
function duplicate(value: unknown, budget: Budget, depth: number): unknown {
  budget.copied -= 10 + (typeof value === 'string' ? value.length : 0);
  if (budget.copied < 0 || depth > budget.depth + 1) {
    throw refuse(
      422,
      'too-costly',
      'what the copy operations of this patch duplicate is too large or too deep',
    );
  }
  if (Array.isArray(value)) {
    return value.map((item) => duplicate(item, budget, depth + 1));
  }
  if (!isJsonObject(value)) {
    return value;
  }
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) {
    budget.copied -= key.length;
    copy[key] = duplicate(value[key], budget, depth + 1);
  }
  return copy;
}

function missing(path: string[], step: number): FhirError {
  return refuse(422, 'processing', `${pointerText(path.slice(0, step + 1))} does not exist`);
}

/** A pointer as diagnostics name it; the empty one is the whole resource. */
function pointerText(path: string[]): string {
  return path.length === 0
    ? 'the whole resource'
    : path.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
