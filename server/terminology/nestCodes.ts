// Arranges the codes of an expansion by the hierarchy of their code systems (ValueSet.expansion.contains.contains).

import type { ExpansionCode } from '../definitions/terminology.ts';
import { refuse } from '../errors.ts';
import { type CodeSystem, neighbours } from './codeSystem.ts';

/** A code with those under it. */
export interface NestedCode {
  readonly code: ExpansionCode;
  readonly children: NestedCode[];
}

/** Levels of JSON that clients can be expected to read. */
const MOST_LEVELS = 50;
/** Codes looked at on the way up, from all codes together: about a second. */
const MOST_STEPS = 2_000_000;

const keyOf = (system: string | undefined, code: string): string => `${system ?? ''}\n${code}`;

/**
 * Each code once, under the nearest code above it that is in the expansion too; of several parents the first counts. What
 * has none stands at the top, in the order given.
 * @throws FhirError 422 (too-costly) for a hierarchy of more than 50 levels
 */
export function nestCodes(
  codes: readonly ExpansionCode[],
  systemOf: (code: ExpansionCode) => CodeSystem | undefined,
): NestedCode[] {
  const nodes = new Map<string, NestedCode>();
  for (const code of codes) nodes.set(keyOf(code.system, code.code), { code, children: [] });
  const parents = new Map<NestedCode, NestedCode>();
  const roots: NestedCode[] = [];
  const steps = { left: MOST_STEPS };
  for (const node of nodes.values()) {
    const parent = nearestAbove(node, nodes, systemOf(node.code), steps);
    // In a cycle, the code whose turn is last stands above the others.
    if (!parent || isBelow(parent, node, parents)) roots.push(node);
    else {
      parents.set(node, parent);
      parent.children.push(node);
    }
  }
  refuseDepth(roots);
  return roots;
}

/** Breadth first, so that the nearest is found; each code once, so that cycles end. */
function nearestAbove(
  { code: { system, code } }: NestedCode,
  nodes: ReadonlyMap<string, NestedCode>,
  codeSystem: CodeSystem | undefined,
  steps: { left: number },
): NestedCode | undefined {
  if (!codeSystem) return undefined;
  const seen = new Set([code]);
  for (const each of seen) {
    if (--steps.left < 0) throw tooDeep('larger than can be arranged here');
    for (const parent of neighbours(codeSystem, each, 'parents')) {
      const found = parent === code ? undefined : nodes.get(keyOf(system, parent));
      if (found) return found;
      seen.add(parent);
    }
  }
  return undefined;
}

/** Whether a node is another or under it. @throws FhirError 422 where there are too many levels above it */
function isBelow(node: NestedCode, above: NestedCode, parents: ReadonlyMap<NestedCode, NestedCode>): boolean {
  let levels = 0;
  for (let at: NestedCode | undefined = node; at; at = parents.get(at)) {
    if (at === above) return true;
    if (++levels >= MOST_LEVELS) throw tooDeep(`more than ${MOST_LEVELS} levels deep`);
  }
  return false;
}

/** Codes may come before those above them, so that only the whole tells. */
function refuseDepth(roots: readonly NestedCode[]): void {
  let level = roots;
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MOST_LEVELS) throw tooDeep(`more than ${MOST_LEVELS} levels deep`);
    level = level.flatMap(({ children }) => children);
  }
}

function tooDeep(how: string): Error {
  return refuse(422, 'too-costly', `The hierarchy is ${how}: ask with excludeNested=true.`);
}
