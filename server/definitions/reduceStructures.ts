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
  const reduced = new Map<Json, Result>();
  const underWay = new Set<Json>();
  /** the chain was too long for the structure it began with; shorter ones within it may be used */
  let cut = false;

  const take = (json: Json): Result => {
    const known = reduced.get(json);
    if (known) return known;
    if (underWay.has(json)) return { reason: `${json.url} builds on itself` };
    if (underWay.size >= LONGEST_CHAIN) {
      cut = true;
      return { reason: `more than ${LONGEST_CHAIN} build on one another` };
    }
    underWay.add(json);
    const result = attempt(() => reduce(json, needed));
    underWay.delete(json);
    if (underWay.size === 0) cut = false;
    if (!cut || 'found' in result) reduced.set(json, result);
    return result;
  };
  /** What another builds on: where it cannot be used, neither can the other, for the same reason. */
  const needed: FindStructure = (canonical) => {
    const json = raw(canonical);
    const result = json ? take(json) : resultIn(beneath, canonical);
    if (result && 'reason' in result) throw new Error(`${canonical} cannot be used: ${result.reason}`);
    return result?.found;
  };
  const find: FindStructure = (canonical) => {
    const json = raw(canonical);
    if (!json) return beneath.find(canonical);
    const result = take(json);
    return 'found' in result ? result.found : undefined;
  };
  const problem = (canonical: string): string | undefined => {
    const json = raw(canonical);
    if (!json) return beneath.problem(canonical);
    const result = take(json);
    return 'reason' in result ? result.reason : undefined;
  };
  return { find, problem };
}

type Result = { found: Structure } | { reason: string };

function attempt(make: () => Structure): Result {
  try {
    return { found: make() };
  } catch (error) {
    return { reason: (error as Error).message };
  }
}

function resultIn({ find, problem }: StructureView, canonical: string): Result | undefined {
  const found = find(canonical);
  if (found) return { found };
  const reason = problem(canonical);
  return reason === undefined ? undefined : { reason };
}
