// The validator of the write path: gates in order, each of which judges a resource by itself. The structural gate comes
// first, and the others see only resources that passed it.
import type { Definitions } from '../definitions/definitions.ts';
import type { Issue } from '../errors.ts';
import { createStructureValidator, type StructureOptions } from './createStructureValidator.ts';

/** One kind of check, without I/O: structure, profiles, invariants, terminology. */
export interface Gate {
  validate(resource: unknown): Issue[];
  /** Does ahead of time what the first resource of each of these types would have to wait for. */
  prepare?(types: Iterable<string>): void;
}

export interface Validator {
  /** Issues found; those of severity error or fatal refuse the resource. */
  validate(resource: unknown): Issue[];
  prepare(types: Iterable<string>): void;
}

export interface ValidatorOptions extends StructureOptions {
  /** what is asked of a resource whose structure is sound; all of them are asked */
  gates?: readonly Gate[];
}

/** The structural gate, followed by `gates` where it found no error. */
export function createValidator(
  definitions: Definitions,
  { gates = [], ...options }: ValidatorOptions = {},
): Validator {
  const structure = createStructureValidator(definitions, options);
  return {
    validate(resource) {
      const issues = structure.validate(resource);
      return issues.length > 0 ? issues : gates.flatMap((gate) => gate.validate(resource));
    },
    prepare(types) {
      const list = [...types];
      structure.prepare(list);
      for (const gate of gates) gate.prepare?.(list);
    },
  };
}
