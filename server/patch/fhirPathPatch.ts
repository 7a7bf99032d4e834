// FHIRPath Patch (http://hl7.org/fhir/R4/fhirpatch.html) on parsed JSON trees: the operations add, insert, delete, replace
// and move of a Parameters resource. Decimal atoms are leaves and are carried by reference, so that `1.50` stays `1.50`.
import type { Definitions } from '../definitions/definitions.ts';
import { FhirError, refuse } from '../errors.ts';
import { type Draft, draftOf, isJsonObject } from './draft.ts';
import {
  changeItems,
  type Location,
  ownContent,
  readItems,
  rootLocation,
  type Slot,
  slotOf,
  writeItems,
} from './location.ts';
import { type Budget, checkDepth, type FhirPathPatchLimits, fhirPathPatchLimits } from './patchLimits.ts';
import { elementOf } from './patchValue.ts';
import { expressionOf, type PatchOperation, readPatchParameters } from './readPatchParameters.ts';

/** A patch under way. */
interface Patching {
  draft: Draft;
  definitions: Definitions;
  budget: Budget;
}

/**
 * The resource after all operations of a FHIRPath Patch; `resource` itself is not modified and shares what did not change
 * with the result. Deleting what is not there changes nothing; every other operation must find what it names.
 * Throws FhirError: 400 for a malformed patch document, 422 when an operation cannot be applied.
 */
export function applyFhirPathPatch(
  resource: unknown,
  parameters: unknown,
  definitions: Definitions,
  limits: FhirPathPatchLimits = fhirPathPatchLimits,
): unknown {
  const operations = readPatchParameters(parameters, limits);
  const patching: Patching = { draft: draftOf(resource), definitions, budget: { visited: limits.visited } };
  operations.forEach((operation, index) => {
    try {
      applyOperation(patching, operation);
    } catch (error) {
      if (!(error instanceof FhirError)) {
        throw error;
      }
      const where = `FHIRPath Patch operation [${index}] (${operation.type} ${operation.text})`;
      const [{ code, diagnostics }] = error.issues;
      throw refuse(error.status, code, `${where}: ${diagnostics}`, expressionOf(index));
    }
  });
  checkDepth(patching.draft.holder.root, limits.depth);
  return patching.draft.holder.root;
}

function applyOperation(patching: Patching, operation: PatchOperation): void {
  const { draft, definitions, budget } = patching;
  const resource = draft.holder.root;
  if (!isJsonObject(resource)) {
    throw refuse(422, 'processing', 'only a resource can be patched');
  }
  const root = rootLocation(resource);
  const located = () => operation.path.locate(root, definitions, budget);
  switch (operation.type) {
    case 'add':
      add(patching, only(located()), operation);
      break;
    case 'delete': {
      const locations = located();
      if (locations.length > 0) {
        remove(draft, only(locations));
      }
      break;
    }
    case 'replace':
      replace(patching, only(located()), operation);
      break;
    case 'insert': {
      const { value, index } = operation;
      const { name, shape, locations } = listAt(patching, root, operation);
      checkIndex('index', index, locations.length);
      const { item } = elementOf(value, name, shape, definitions);
      changeItems(draft, locations[0], (items) => items.toSpliced(index, 0, item));
      break;
    }
    case 'move': {
      const { source, destination } = operation;
      const { locations } = listAt(patching, root, operation);
      checkIndex('source', source, locations.length - 1);
      checkIndex('destination', destination, locations.length - 1);
      changeItems(draft, locations[0], (items) =>
        items.toSpliced(source, 1).toSpliced(destination, 0, items[source]),
      );
    }
  }
}

/** The single place a path names. Throws FhirError 422. */
function only(locations: Location[]): Location {
  if (locations.length === 0) {
    throw refuse(422, 'processing', 'no element matches the path');
  }
  if (locations.length > 1) {
    throw refuse(
      422,
      'processing',
      `the path matches ${locations.length} elements, and must match a single one`,
    );
  }
  return locations[0];
}

/** The list that `insert` and `move` work in: all the elements of one name in one parent, and at least one. */
function listAt({ definitions, budget }: Patching, root: Location, { path }: PatchOperation): Slot {
  if (!path.list) {
    throw refuse(422, 'processing', 'the path must end in the name of a list');
  }
  const parents = path.list.parents(root, definitions, budget);
  if (parents.length > 1) {
    throw refuse(
      422,
      'processing',
      `the path matches lists of ${parents.length} elements, and must match a single one`,
    );
  }
  const slot = parents[0] && slotIn(parents[0], path.list.name, definitions);
  if (!slot || slot.locations.length === 0) {
    throw refuse(
      422,
      'processing',
      'no element matches the path: the first element of a list is made by add',
    );
  }
  if (!slot.shape.array) {
    throw refuse(422, 'processing', `'${slot.name}' is not a list`);
  }
  return slot;
}

/** The elements of a name that the specification must have there. Throws FhirError 422. */
function slotIn(parent: Location, name: string, definitions: Definitions): Slot {
  const slot = slotOf(parent, name, definitions);
  if (!slot) {
    throw refuse(422, 'processing', `${parent.type} has no element '${name}'`);
  }
  return slot;
}

function checkIndex(name: string, index: number, highest: number): void {
  if (index > highest) {
    throw refuse(422, 'processing', `'${name}' is ${index}, and may be at most ${highest} here`);
  }
}

function add(
  { draft, definitions }: Patching,
  parent: Location,
  { name, value }: Extract<PatchOperation, { type: 'add' }>,
): void {
  const { shape, locations } = slotIn(parent, name, definitions);
  if (!shape.array && locations.length > 0) {
    throw refuse(422, 'processing', `'${name}' exists already and does not repeat: it can be replaced`);
  }
  const { member, item } = elementOf(value, name, shape, definitions);
  const content = ownContent(draft, parent);
  writeItems(content, member, [...readItems(content, member), item], shape.array);
}

function remove(draft: Draft, location: Location): void {
  if (!location.parent) {
    throw refuse(422, 'processing', 'the resource itself cannot be deleted by a patch');
  }
  changeItems(draft, location, (items) => items.toSpliced(location.index ?? 0, 1));
}

function replace(
  { draft, definitions }: Patching,
  location: Location,
  { value }: Extract<PatchOperation, { type: 'replace' }>,
): void {
  const { parent, shape, member: old, name } = location;
  if (!parent || !shape || !old) {
    throw refuse(422, 'processing', 'the resource itself cannot be replaced by a patch');
  }
  const { member, item } = elementOf(value, name, shape, definitions);
  if (member === old) {
    changeItems(draft, location, (items) => items.toSpliced(location.index ?? 0, 1, item));
    return;
  }
  // A choice of another type: the member is renamed, and the emptied one must not take its parent with it.
  const content = ownContent(draft, parent);
  writeItems(content, old, [], false);
  writeItems(content, member, [item], false);
}
