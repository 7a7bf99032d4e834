// The constraints of structures (elementdefinition.html#ElementDefinition.constraint), compiled from FHIRPath when a value
// first has to meet them.
import type { Definitions } from '../definitions/definitions.ts';
import { placeNamed } from '../definitions/resolveElement.ts';
import type { Constraint } from '../definitions/structure.ts';
import { compileFhirPath, type Environment, type FhirPath, type Item } from '../fhirpath/compileFhirPath.ts';
import { correctedInvariants } from './correctedInvariants.ts';

/** A compiled constraint. */
export interface Invariant {
  readonly key: string;
  readonly severity: 'error' | 'warning';
  readonly human: string;
  readonly expression: string;
  /** Whether an item meets it. Throws an Error, which says why, where that cannot be judged. */
  holds(item: Item, environment: Environment): boolean;
}

/** Compiles the constraints of an element for values of a FHIR type (`Quantity`, `Observation.component`). */
export type CompileInvariants = (constraints: readonly Constraint[], type: string) => readonly Invariant[];

/** Constraints that are checked elsewhere, by key: see judgeObject, judgeContained, judgeNarrative, judgeReference. */
const native = new Set(['ele-1', 'dom-3', 'txt-1', 'txt-2', 'ref-1']);

const none: readonly Invariant[] = [];

/** Expressions remembered: those of the specification are 250, by some thousand types. */
const MOST_COMPILED = 20_000;

/** Creates a compiler that compiles each expression once for each type. */
export function createInvariantCompiler(definitions: Definitions): CompileInvariants {
  const compiled = new Map<string, FhirPath | Error>();
  const pathOf = (expression: string, type: string): FhirPath => {
    const key = `${type}\n${expression}`;
    let path = compiled.get(key);
    if (path === undefined) {
      try {
        path = compileFhirPath(expression, { definitions, place: placeNamed(type) });
      } catch (error) {
        path = error as Error;
      }
      if (compiled.size >= MOST_COMPILED) compiled.clear();
      compiled.set(key, path);
    }
    if (path instanceof Error) throw path;
    return path;
  };
  return (constraints, type) => {
    const judged = constraints.filter(({ key, expression }) => expression !== undefined && !native.has(key));
    if (judged.length === 0) return none;
    return judged.map(({ key, severity, human, expression: published }) => {
      const expression = correctedInvariants.get(published!) ?? published!;
      let path: FhirPath | undefined;
      return {
        key,
        severity,
        human,
        expression,
        holds(item, environment) {
          path ??= pathOf(expression, type);
          return path.test(item, environment);
        },
      };
    });
  };
}
