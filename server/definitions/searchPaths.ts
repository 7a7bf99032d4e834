// The subset of FHIRPath that SearchParameter expressions are made of, as plain steps: paths, `|`, `as`/`as()`/`ofType()`,
// `where(x = 'y')`, `where(resolve() is T)`, `[n]`, `extension('url')`, and `P.exists() and P != false`.

import { ExpressionError } from './expressionError.ts';
import type { CallNode, FhirPathNode } from './fhirPath/fhirPathNode.ts';
import { typeNameOf } from './fhirPath/fhirPathNode.ts';
import { parseFhirPath } from './fhirPath/parseFhirPath.ts';

/** One step of a path; `at` is where the expression says so. */
export type ParsedStep = { at: number } & StepKind;

type StepKind =
  | { step: 'child'; name: string }
  | { step: 'type'; name: string }
  | { step: 'where'; property: string; equals: string }
  | { step: 'targetType'; name: string }
  | { step: 'index'; index: number }
  | { step: 'exists' }
  | { step: 'presentAndNotFalse' };

/** A path from the resource (`root` names its type), or from the focus of a composite (`root` absent). */
export interface ParsedPath {
  root?: string;
  /** `%resource.…` inside a composite */
  fromResource?: boolean;
  steps: ParsedStep[];
}

/**
 * The alternatives of a search expression (`A | B`), parenthesised unions multiplied out.
 * @throws Error when the expression is no FHIRPath or outside of the subset
 */
export function searchPaths(expression: string): ParsedPath[] {
  return pathsOf(parseFhirPath(expression), expression);
}

function pathsOf(node: FhirPathNode, expression: string): ParsedPath[] {
  const inside = (target: FhirPathNode) => pathsOf(target, expression);
  switch (node.kind) {
    case 'member': {
      if (node.target) return add(inside(node.target), node, { step: 'child', name: node.name });
      const isType = node.name[0] === node.name[0]?.toUpperCase();
      return isType
        ? [{ root: node.name, steps: [] }]
        : add([{ steps: [] }], node, { step: 'child', name: node.name });
    }
    case 'constant':
      if (node.name === 'resource') return [{ fromResource: true, steps: [] }];
      break;
    case 'indexer':
      if (node.index.kind === 'literal' && node.index.type === 'number') {
        return add(inside(node.target), node, { step: 'index', index: Number(node.index.text) });
      }
      break;
    case 'type':
      if (node.operator === 'as')
        return add(inside(node.operand), node, { step: 'type', name: typeName(node.type) });
      break;
    case 'call':
      if (node.target) return add(inside(node.target), node, ...callSteps(node, expression));
      break;
    case 'binary':
      if (node.operator === '|') return [...inside(node.left), ...inside(node.right)];
      if (node.operator === 'and') return presentAndNotFalse(inside(node.left), node.right, expression);
      break;
  }
  return unsupported(node, expression);
}

/** Data types may be qualified: `FHIR.Quantity`. */
const typeName = (qualified: string): string => qualified.replace(/^FHIR\./, '');

function callSteps(node: CallNode, expression: string): StepKind[] {
  const [argument] = node.args;
  const type = argument && typeNameOf(argument);
  if ((node.name === 'as' || node.name === 'ofType') && type !== undefined)
    return [{ step: 'type', name: typeName(type) }];
  if (node.name === 'exists' && !argument) return [{ step: 'exists' }];
  if (node.name === 'extension' && argument?.kind === 'literal' && argument.type === 'string') {
    return [
      { step: 'child', name: 'extension' },
      { step: 'where', property: 'url', equals: argument.text },
    ];
  }
  if (node.name === 'where' && argument?.kind === 'type' && argument.operator === 'is') {
    const { operand } = argument;
    if (operand.kind === 'call' && operand.name === 'resolve')
      return [{ step: 'targetType', name: argument.type }];
  }
  if (node.name === 'where' && argument?.kind === 'binary' && argument.operator === '=') {
    const { left, right } = argument;
    if (left.kind === 'member' && !left.target && right.kind === 'literal' && right.type === 'string') {
      return [{ step: 'where', property: left.name, equals: right.text }];
    }
  }
  return unsupported(node, expression);
}

/** The one boolean expression of the specification: Patient.deceased.exists() and Patient.deceased != false */
function presentAndNotFalse(exists: ParsedPath[], right: FhirPathNode, expression: string): ParsedPath[] {
  const isNotFalse =
    right.kind === 'binary' &&
    right.operator === '!=' &&
    right.right.kind === 'literal' &&
    right.right.text === 'false';
  const paths = exists.map((path) => ({ ...path, steps: path.steps.slice(0, -1) }));
  const same = isNotFalse && spelling(paths) === spelling(pathsOf(right.left, expression));
  if (!same || exists.some((path) => path.steps.at(-1)?.step !== 'exists')) unsupported(right, expression);
  return add(paths, right, { step: 'presentAndNotFalse' });
}

/** Paths as text, wherever they stand. */
const spelling = (paths: ParsedPath[]): string =>
  JSON.stringify(paths, (key, value) => (key === 'at' ? undefined : value));

function add(paths: ParsedPath[], { position }: FhirPathNode, ...steps: StepKind[]): ParsedPath[] {
  const placed = steps.map((step) => ({ ...step, at: position }));
  return paths.map((path) => ({ ...path, steps: [...path.steps, ...placed] }));
}

function unsupported(node: FhirPathNode, expression: string): never {
  throw new ExpressionError(`Unsupported search expression: ${expression}`, node.position);
}
