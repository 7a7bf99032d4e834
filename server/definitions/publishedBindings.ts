// The value sets that the published structures bind, as sets of codes in a cache of their own: the write path asks them
// and must not wait for the whole terminology. Required ones and extensible ones are read separately, each when first asked.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { structuresKey } from './buildStructures.ts';
import { terminologyKey } from './buildTerminology.ts';
import type { PublishedStructures } from './publishedStructures.ts';

/** Raise whenever the shape or the content of what is cached changes. */
const bindingsVersion = '1';

/** Codes of one system: those that belong; with `except` all codes belong but these, and `codes` are known by name. */
export type CompactCodes =
  | readonly string[]
  | { readonly codes: readonly string[]; readonly except: readonly string[] };

/** A value set as its codes. */
export interface CompactSet {
  readonly name?: string;
  readonly systems: Readonly<Record<string, CompactCodes>>;
  /** codes of which it is not known whether they belong: those of a system, or any; and why */
  readonly unresolved?: readonly { readonly system?: string; readonly message: string }[];
}

/** Canonicals as bindings write them, by how binding they are; `required` are also the outer bounds of weaker ones. */
export interface BoundCanonicals {
  readonly required: ReadonlySet<string>;
  readonly extensible: ReadonlySet<string>;
}

const STRENGTHS = ['required', 'extensible'] as const;
type Strength = (typeof STRENGTHS)[number];

/** Finds a set by the canonical that a published structure binds. */
export type FindCompactSet = (canonical: string) => CompactSet | undefined;

/** Expands value sets; what cannot be expanded is in the result as well. */
export type ExpandAll = (canonicals: Iterable<string>) => Promise<Record<string, CompactSet>>;

/** Every canonical that a published structure binds as required or extensible. Reads all structures: 0.2 s. */
export function boundCanonicals({ find, urls }: PublishedStructures): BoundCanonicals {
  const bound = { required: new Set<string>(), extensible: new Set<string>() };
  for (const url of urls()) {
    for (const { binding } of find(url)?.elements ?? []) {
      if (binding?.maxValueSet) bound.required.add(binding.maxValueSet);
      if (!binding?.valueSet) continue;
      if (binding.strength === 'required' || binding.strength === 'extensible') {
        bound[binding.strength].add(binding.valueSet);
      }
    }
  }
  return bound;
}

/**
 * Finds the sets that published structures bind, in files of `cacheDir`, which are built where they are missing (about a
 * second). Nothing is read before the first question. Without `cacheDir` they are built every time.
 * @throws Error when the cache cannot be written or read
 */
export async function loadBindings(
  cacheDir: string | undefined,
  structures: PublishedStructures,
  expand: ExpandAll,
): Promise<FindCompactSet> {
  if (cacheDir === undefined) {
    const built = await build(structures, expand);
    return finder((strength) => built[strength]);
  }
  const file = (strength: Strength) => fileOf(cacheDir, strength);
  if (!hasBindings(cacheDir)) {
    const built = await build(structures, expand);
    mkdirSync(cacheDir, { recursive: true });
    for (const strength of STRENGTHS) {
      const unfinished = `${file(strength)}.${randomUUID()}.tmp`;
      writeFileSync(unfinished, `${JSON.stringify(built[strength])}\n`);
      renameSync(unfinished, file(strength));
    }
  }
  return finder((strength) => JSON.parse(readFileSync(file(strength), 'utf8')) as Sets);
}

type Sets = Readonly<Record<string, CompactSet>>;

/** What the content depends on: structures, terminology and this file. */
function bindingsKey(): string {
  const versions = [structuresKey(), terminologyKey(), bindingsVersion];
  return createHash('sha256').update(versions.join('\n')).digest('hex').slice(0, 8);
}

const fileOf = (cacheDir: string, strength: Strength): string =>
  join(cacheDir, `bindings-${strength}-${bindingsKey()}.json`);

/** Whether the sets need not be built. */
export function hasBindings(cacheDir: string): boolean {
  return STRENGTHS.every((strength) => isComplete(fileOf(cacheDir, strength)));
}

/** Whether a file is there and whole: its last byte is the line end. */
const isComplete = (file: string): boolean => existsSync(file) && readFileSync(file).at(-1) === 10;

async function build(structures: PublishedStructures, expand: ExpandAll): Promise<Record<Strength, Sets>> {
  const { required, extensible } = boundCanonicals(structures);
  return { required: await expand(required), extensible: await expand(extensible.difference(required)) };
}

function finder(read: (strength: Strength) => Sets): FindCompactSet {
  const sets: Partial<Record<Strength, Sets>> = {};
  return (canonical) => {
    for (const strength of STRENGTHS) {
      const loaded = sets[strength] ?? read(strength);
      sets[strength] = loaded;
      if (Object.hasOwn(loaded, canonical)) return loaded[canonical];
    }
    return undefined;
  };
}
