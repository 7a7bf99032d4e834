// Sets of codes as validation asks them: at once and without loading anything. Whole systems are decided by their grammar
// where they have one.
import type { BoundSet } from '../validation/binding.ts';
import { type CodeSet, listedCount, membership } from './codeSets.ts';
import { grammarSystems, type SystemGrammars } from './grammarSystems.ts';

/** Codes that a message shows, and among which it looks for a misspelt one. */
const SAMPLE = 12;
const MOST_CANDIDATES = 500;

export interface BoundSetOptions {
  readonly url: string;
  readonly name?: string;
  /** how codes of whole systems are told, beside those of `grammarSystems` */
  readonly grammars?: SystemGrammars;
  /** systems that do not tell capitals from small letters */
  readonly caseless?: ReadonlySet<string>;
}

/** A set of codes for validation. */
export function boundSetOf(set: CodeSet, { url, name, grammars, caseless }: BoundSetOptions): BoundSet {
  const count = listedCount(set);
  const whole = [...set.systems].filter(([, codes]) => codes.whole).map(([system]) => system);
  const grammarOf = (system: string) => grammars?.get(system) ?? grammarSystems.get(system);
  const folded = new Map(
    [...(caseless ?? [])].map((system) => {
      const codes = set.systems.get(system)?.codes.keys() ?? [];
      return [system, new Map(Array.from(codes, (code) => [code.toLowerCase(), code]))];
    }),
  );
  const inSystem = (system: string, code: string): boolean | 'unknown' => {
    const spelled = folded.get(system)?.get(code.toLowerCase()) ?? code;
    const found = membership(set, system, spelled);
    const known = set.systems.get(system);
    if (found !== true || !known?.whole || known.codes.has(spelled)) return found;
    // Every code of the system is in: whether this is one is for its grammar to say, where it has one.
    const verdict = grammarOf(system)?.test(code) ?? true;
    return verdict === false && isDoubtful(set, system) ? 'unknown' : verdict;
  };
  const codes = function* (): Generator<string> {
    for (const system of set.systems.values()) for (const { code } of system.codes.values()) yield code;
  };
  const forms = whole.map((system) => grammarOf(system)?.form).filter((form) => form !== undefined);
  return {
    url,
    ...(name === undefined ? {} : { name }),
    contains: (system, code) => {
      if (system !== undefined) return inSystem(system, code);
      let unknown = set.unresolved.length > 0;
      for (const each of set.systems.keys()) {
        const found = inSystem(each, code);
        if (found === true) return true;
        unknown ||= found === 'unknown';
      }
      return unknown ? 'unknown' : false;
    },
    sample: [...take(codes(), SAMPLE)],
    count,
    complete: whole.length === 0 && set.unresolved.length === 0,
    ...(forms.length > 0 ? { form: forms.join(' or ') } : {}),
    unknown: [
      ...new Set([
        ...set.unresolved.map(({ message }) => message),
        ...whole.filter(grammarOf).map((system) => `the codes of ${system} are not listed here`),
      ]),
    ],
    systemOf: (code) => {
      for (const [system, { codes: known }] of set.systems) if (known.has(code)) return system || undefined;
      return undefined;
    },
    candidates: () => (count > MOST_CANDIDATES ? [] : codes()),
  };
}

const isDoubtful = ({ unresolved }: CodeSet, system: string): boolean =>
  unresolved.some((doubt) => doubt.system === undefined || doubt.system === system);

/** A value set of which nothing can be said here. */
export function unknownSet(url: string, reason: string): BoundSet {
  return { url, contains: () => 'unknown', sample: [], count: 0, complete: false, unknown: [reason] };
}

function* take<T>(items: Iterable<T>, most: number): Generator<T> {
  let taken = 0;
  for (const item of items) {
    if (taken++ === most) return;
    yield item;
  }
}
