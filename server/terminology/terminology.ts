// The terminology a server knows: what is published with R4 and, before it, what is stored on the server; with a bounded
// memory of what was looked up and expanded.

import type { PublishedTerminology } from '../definitions/loadTerminology.ts';
import type { CodeSystemDefinition, ValueSetDefinition } from '../definitions/terminology.ts';
import { listedCount } from './codeSets.ts';
import { type CodeSystem, codeSystemOf, conceptOf } from './codeSystem.ts';
import {
  defaultExpansionLimits,
  type Expansion,
  type ExpansionLimits,
  expandValueSet,
} from './expandValueSet.ts';
import { findValueSet, splitCanonical, type TerminologyLookup } from './findValueSet.ts';
import { createWeightedCache } from './weightedCache.ts';

/** A place where code systems and value sets are kept. Without a version, its latest is meant. */
export interface TerminologySource extends TerminologyLookup {
  /** urls of the code systems that may have this code, and of all that do */
  codeSystemsWith(code: string): Promise<string[]>;
}

/** The terminology at one moment. A canonical is `url` or `url|version`. */
export interface TerminologyView {
  /** a code system that is held, as a whole or in part; undefined for one that is not, and for mere supplements */
  codeSystem(canonical: string): Promise<CodeSystem | undefined>;
  /** also by `ValueSet/[id]` or this server's absolute URL where stored resources are looked up */
  valueSet(canonical: string): Promise<ValueSetDefinition | undefined>;
  /** undefined for a value set that is not known here; throws FhirError 400 (too-costly) beyond the limits */
  expansion(canonical: string): Promise<Expansion | undefined>;
  /** urls of all held code systems that have this code */
  codeSystemsWith(code: string): Promise<string[]>;
}

export interface Terminology {
  /**
   * The terminology with what is stored. `revision` names the state of the stored resources: it has to change with every
   * write of a CodeSystem or ValueSet, and what is found is remembered under it. Without one, nothing that depends on
   * stored resources is remembered.
   */
  at(revision: string | number | bigint | undefined, stored?: TerminologySource): TerminologyView;
  /** forgets a code system or value set of any version, and all expansions */
  forget(url: string): void;
  /** forgets everything that was looked up or expanded */
  clear(): void;
}

export interface TerminologyOptions {
  /** called when the first question is asked */
  published: () => PublishedTerminology;
  limits?: ExpansionLimits;
  /** concepts and codes that may be remembered in all (about 100 bytes each) */
  maxRemembered?: number;
}

/** Creates the terminology of a process; nothing is loaded before it is asked something. */
export function createTerminology({
  published,
  limits = defaultExpansionLimits,
  maxRemembered = 250_000,
}: TerminologyOptions): Terminology {
  const cache = createWeightedCache(maxRemembered);
  let source: TerminologySource | undefined;
  const ofSpecification = (): TerminologySource => {
    source ??= publishedSource(published());
    return source;
  };

  const at = (
    revision: string | number | bigint | undefined,
    stored?: TerminologySource,
  ): TerminologyView => {
    const prefix = stored ? `${revision}` : 'published';
    const remembered = <V>(
      kind: string,
      canonical: string,
      make: () => Promise<V>,
      weigh: (v: V) => number,
    ) => (stored && revision === undefined ? make() : cache.get(keyOf(prefix, kind, canonical), make, weigh));

    const lookup: TerminologyLookup = {
      codeSystem: (url, version) =>
        remembered(
          'CodeSystem',
          canonicalOf(url, version),
          async () =>
            (await stored?.codeSystem(url, version)) ?? (await ofSpecification().codeSystem(url, version)),
          (found) => (found?.concepts.length ?? 0) + 1,
        ),
      valueSet: (url, version) =>
        remembered(
          'ValueSet',
          canonicalOf(url, version),
          async () =>
            (await stored?.valueSet(url, version)) ?? (await ofSpecification().valueSet(url, version)),
          (found) => (found ? sizeOf(found) : 0) + 1,
        ),
    };
    const valueSet = (canonical: string) => findValueSet(lookup, ...splitCanonical(canonical));
    return {
      codeSystem: async (canonical) => {
        const definition = await lookup.codeSystem(...splitCanonical(canonical));
        if (!definition || definition.content === 'supplement' || definition.content === 'not-present')
          return;
        return codeSystemOf(definition);
      },
      valueSet,
      expansion: (canonical) =>
        remembered(
          'Expansion',
          canonical,
          async () => {
            const definition = await valueSet(canonical);
            return definition && expandValueSet(lookup, definition, limits);
          },
          (expansion) => (expansion ? listedCount(expansion) : 0) + 1,
        ),
      codeSystemsWith: async (code) => {
        const candidates = [
          ...((await stored?.codeSystemsWith(code)) ?? []),
          ...(await ofSpecification().codeSystemsWith(code)),
        ];
        const urls: string[] = [];
        for (const url of new Set(candidates)) {
          // The version that counts may be another one than that with the code: the latest, the stored one.
          const definition = await lookup.codeSystem(url);
          if (definition && conceptOf(codeSystemOf(definition), code)) urls.push(url);
        }
        return urls;
      },
    };
  };

  return {
    at,
    forget: (url) =>
      cache.forget((key) => {
        const [, kind, canonical = ''] = key.split('\n');
        return kind === 'Expansion' || splitCanonical(canonical)[0] === url;
      }),
    clear: () => cache.forget(() => true),
  };
}

const keyOf = (...parts: string[]): string => parts.join('\n');
const canonicalOf = (url: string, version: string | undefined): string =>
  version === undefined ? url : `${url}|${version}`;

function sizeOf({ compose, expansion, contained }: ValueSetDefinition): number {
  let size = expansion?.codes.length ?? 0;
  for (const { concepts } of [...(compose?.include ?? []), ...(compose?.exclude ?? [])]) {
    size += 1 + (concepts?.length ?? 0);
  }
  for (const system of Object.values(contained?.codeSystems ?? {})) size += system.concepts.length;
  for (const valueSet of Object.values(contained?.valueSets ?? {})) size += sizeOf(valueSet);
  return size;
}

/** The published terminology as a source. */
function publishedSource({ codeSystems, valueSets }: PublishedTerminology): TerminologySource {
  const inVersion = <T extends { version?: string }>(found: T | undefined, version: string | undefined) =>
    version === undefined || found?.version === version ? found : undefined;
  return {
    codeSystem: async (url, version) => inVersion<CodeSystemDefinition>(codeSystems.get(url), version),
    valueSet: async (url, version) => inVersion<ValueSetDefinition>(valueSets.get(url), version),
    codeSystemsWith: async (code) =>
      [...codeSystems.values()]
        .filter((system) => conceptOf(codeSystemOf(system), code))
        .map((system) => system.url),
  };
}
