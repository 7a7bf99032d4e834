// Sets of codes of several systems, closed under union, intersection and difference: of each system either the codes that
// are listed or all but those that are listed, and regions of which it is not known here what belongs to them.

import type { ExpansionCode } from '../definitions/terminology.ts';

/** Codes of one system. */
export interface SystemCodes {
  /** all codes of the system belong, but for `except`; the system's codes are not (all) known here */
  readonly whole: boolean;
  /** those that belong; where `whole`, those of them that are known by name */
  readonly codes: ReadonlyMap<string, ExpansionCode>;
  readonly except: ReadonlyMap<string, ExpansionCode>;
}

/** Codes of which it cannot be said here whether they belong: those of a system, or any. */
export interface Unresolved {
  readonly system?: string;
  readonly reason: 'value-set' | 'code-system' | 'filter' | 'cycle' | 'incomplete';
  /** canonical of the value set or code system that is to blame */
  readonly subject: string;
  /** one sentence for the user */
  readonly message: string;
}

/** A set of codes; systems by uri, '' for codes without one. */
export interface CodeSet {
  readonly systems: ReadonlyMap<string, SystemCodes>;
  readonly unresolved: readonly Unresolved[];
}

const none: ReadonlyMap<string, ExpansionCode> = new Map();
const nothing: SystemCodes = { whole: false, codes: none, except: none };

/** The empty set. */
export const emptySet: CodeSet = { systems: new Map(), unresolved: [] };

/** A set of listed codes; of one given twice the first counts. */
export function listed(codes: Iterable<ExpansionCode>): CodeSet {
  const systems = new Map<string, Map<string, ExpansionCode>>();
  for (const code of codes) {
    const known = systems.get(code.system ?? '') ?? new Map<string, ExpansionCode>();
    if (!known.has(code.code)) known.set(code.code, code);
    systems.set(code.system ?? '', known);
  }
  return {
    systems: new Map([...systems].map(([system, known]) => [system, { ...nothing, codes: known }])),
    unresolved: [],
  };
}

/** All codes of a system, `known` among them. */
export function wholeSystem(system: string, known: Iterable<ExpansionCode> = []): CodeSet {
  const codes = listed(known).systems.get(system)?.codes ?? none;
  return { systems: new Map([[system, { whole: true, codes, except: none }]]), unresolved: [] };
}

/** A set of which nothing is known but where it may have codes. */
export function unresolvedSet(unresolved: Unresolved): CodeSet {
  return { systems: new Map(), unresolved: [unresolved] };
}

type Codes = ReadonlyMap<string, ExpansionCode>;

const plus = (a: Codes, b: Codes): Codes =>
  a.size === 0 ? b : b.size === 0 ? a : new Map([...a, ...minus(b, a)]);
const keep = (a: Codes, test: (code: string) => boolean): Codes =>
  new Map([...a].filter(([code]) => test(code)));
const minus = (a: Codes, b: Codes): Codes => (b.size === 0 ? a : keep(a, (code) => !b.has(code)));
const both = (a: Codes, b: Codes): Codes => keep(a, (code) => b.has(code));

function unite(a: SystemCodes, b: SystemCodes): SystemCodes {
  const codes = plus(a.codes, b.codes);
  if (a.whole && b.whole) return { whole: true, codes, except: both(a.except, b.except) };
  if (a.whole) return { whole: true, codes, except: minus(a.except, b.codes) };
  if (b.whole) return { whole: true, codes, except: minus(b.except, a.codes) };
  return { ...nothing, codes };
}

function meet(a: SystemCodes, b: SystemCodes): SystemCodes {
  if (a.whole && b.whole) {
    const except = plus(a.except, b.except);
    return { whole: true, codes: minus(plus(a.codes, b.codes), except), except };
  }
  if (a.whole) return { ...nothing, codes: minus(b.codes, a.except) };
  if (b.whole) return { ...nothing, codes: minus(a.codes, b.except) };
  return { ...nothing, codes: both(a.codes, b.codes) };
}

function without(a: SystemCodes, b: SystemCodes): SystemCodes {
  if (a.whole && b.whole) return { ...nothing, codes: minus(b.except, a.except) };
  if (a.whole) return { whole: true, codes: minus(a.codes, b.codes), except: plus(a.except, b.codes) };
  if (b.whole) return { ...nothing, codes: both(a.codes, b.except) };
  return { ...nothing, codes: minus(a.codes, b.codes) };
}

function combine(
  a: CodeSet,
  b: CodeSet,
  each: (a: SystemCodes, b: SystemCodes) => SystemCodes,
): Map<string, SystemCodes> {
  const systems = new Map<string, SystemCodes>();
  for (const system of new Set([...a.systems.keys(), ...b.systems.keys()])) {
    const codes = each(a.systems.get(system) ?? nothing, b.systems.get(system) ?? nothing);
    if (codes.whole || codes.codes.size > 0) systems.set(system, codes);
  }
  return systems;
}

/** Whether a set has, or may have, codes where the doubt is. */
function touches({ system }: Unresolved, { systems, unresolved }: CodeSet): boolean {
  return (
    (system === undefined ? systems.size > 0 : systems.has(system)) ||
    unresolved.some((doubt) => doubt.system === undefined || system === undefined || doubt.system === system)
  );
}

/** What belongs to either; codes in the order of `a`, then of `b`. A system that is in as a whole leaves no doubt. */
export function union(a: CodeSet, b: CodeSet): CodeSet {
  const systems = combine(a, b, unite);
  const certain = (system: string): boolean => {
    const codes = systems.get(system);
    return codes?.whole === true && codes.except.size === 0;
  };
  const doubts = [...a.unresolved, ...b.unresolved];
  return {
    systems,
    unresolved: doubts.filter(({ system }) => system === undefined || !certain(system)),
  };
}

/** What belongs to both. What may belong to one of them may belong to the result. */
export function intersection(a: CodeSet, b: CodeSet): CodeSet {
  const doubts = [
    ...a.unresolved.filter((doubt) => touches(doubt, b)),
    ...b.unresolved.filter((doubt) => touches(doubt, a)),
  ];
  return { systems: combine(a, b, meet), unresolved: doubts };
}

/** What belongs to `a` and not to `b`. What may belong to `b` is no longer certain in the result. */
export function difference(a: CodeSet, b: CodeSet): CodeSet {
  const systems = combine(a, b, without);
  const doubts = b.unresolved.filter((doubt) => touches(doubt, { systems, unresolved: a.unresolved }));
  for (const { system } of doubts) {
    if (system === undefined) systems.clear();
    else systems.delete(system);
  }
  return { systems, unresolved: [...a.unresolved, ...doubts] };
}

/** Whether a code belongs to the set, as far as can be said here. */
export function membership(set: CodeSet, system: string | undefined, code: string): boolean | 'unknown' {
  const codes = set.systems.get(system ?? '');
  if (codes?.codes.has(code) || (codes?.whole && !codes.except.has(code))) return true;
  return set.unresolved.some((doubt) => doubt.system === undefined || doubt.system === system)
    ? 'unknown'
    : false;
}

/** How many codes the set lists. */
export function listedCount({ systems }: CodeSet): number {
  let count = 0;
  for (const { codes } of systems.values()) count += codes.size;
  return count;
}
