// StructureDefinitions that build on one another, reduced as they are asked for: a base comes before what is made from it.
import { generateSnapshot } from './generateSnapshot.ts';
import { reduceStructure } from './reduceStructure.ts';
import type { FindStructure, Structure } from './structure.ts';

type Json = Record<string, unknown>;

/** Structures by canonical, and why those that cannot be used are not found. */
export interface StructureView {
  readonly find: FindStructure;
  /** undefined where a structure is found, and where none is known */
  readonly problem: (canonical: string) => string | undefined;
}

/** How one is reduced, where `find` gives what it builds on. May throw an Error with the reason why it cannot be used. */
export type Reduce = (json: Json, find: FindStructure) => Structure;

/** By its own snapshot, or, where it has none, by one made from its differential. */
export const reduceOrGenerate: Reduce = (json, find) =>
  hasSnapshot(json) ? reduceStructure(json) : generateSnapshot(json, find);

const hasSnapshot = ({ snapshot }: Json): boolean =>
  ((snapshot as { element?: unknown[] } | undefined)?.element?.length ?? 0) > 0;

/** Structures made from one another; the deepest published one is the fourth. */
const LONGEST_CHAIN = 40;

/**
 * A view of the StructureDefinitions that `raw` gives, each reduced once, when it is first asked for. What `raw` does not
 * know is looked up in `beneath`.
 */
export function reduceStructures(
  raw: (canonical: string) => Json | undefined,
  beneath: StructureView = { find: () => undefined, problem: () => undefined },
  reduce: Reduce = reduceOrGenerate,
): StructureView {
  const reduced = new Map<Json, Structure | { reason: string }>();
  const underWay = new Set<Json>();

  const take = (json: Json): Structure | { reason: string } => {
    const known = reduced.get(json);
    if (known) return known;
    if (underWay.has(json)) throw new Error(`${json.url} builds on itself`);
    if (underWay.size >= LONGEST_CHAIN) throw new Error(`more than ${LONGEST_CHAIN} build on one another`);
    underWay.add(json);
    let result: Structure | { reason: string };
    try {
      result = reduce(json, needed);
    } catch (error) {
      result = { reason: (error as Error).message };
    } finally {
      underWay.delete(json);
    }
    reduced.set(json, result);
    return result;
  };
  const find: FindStructure = (canonical) => {
    const json = raw(canonical);
    if (!json) return beneath.find(canonical);
    const result = take(json);
    return 'reason' in result ? undefined : result;
  };
  const problem = (canonical: string): string | undefined => {
    const json = raw(canonical);
    if (!json) return beneath.problem(canonical);
    const result = take(json);
    return 'reason' in result ? result.reason : undefined;
  };
  /** What another builds on: where it cannot be used, neither can the other, for the same reason. */
  const needed: FindStructure = (canonical) => {
    const found = find(canonical);
    if (found) return found;
    const reason = problem(canonical);
    if (reason !== undefined) throw new Error(`${canonical} cannot be used: ${reason}`);
    return undefined;
  };
  return { find, problem };
}
