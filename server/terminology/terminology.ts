// The terminology a server knows: what is published with R4 and, before it, what is stored on the server; with a bounded
// memory of what was looked up and expanded.

import type { ConceptMapDefinition } from '../definitions/conceptMap.ts';
import type { PublishedTerminology } from '../definitions/loadTerminology.ts';
import type { SystemProse } from '../definitions/publishedProse.ts';
import type { CodeSystemDefinition, ValueSetDefinition } from '../definitions/terminology.ts';
import { listedCount } from './codeSets.ts';
import { type CodeSystem, codeSystemOf, conceptOf } from './codeSystem.ts';
import {
  type ConceptMapSource,
  type ConceptMapView,
  conceptMapSource,
  conceptMapView,
} from './conceptMapView.ts';
import {
  defaultExpansionLimits,
  type Expansion,
  type ExpansionLimits,
  expandValueSet,
} from './expandValueSet.ts';
import { canonicalOf, findValueSet, splitCanonical, type TerminologyLookup } from './findValueSet.ts';
import { type SystemVersions, withVersions } from './systemVersions.ts';
import { createWeightedCache } from './weightedCache.ts';
import { supplementsOf, withSupplements } from './withSupplements.ts';

/** A place where code systems and value sets are kept. Without a version, its latest is meant. */
export interface TerminologySource extends TerminologyLookup, Partial<ConceptMapSource> {
  /** urls of the code systems that may have this code, and of all that do */
  codeSystemsWith(code: string): Promise<string[]>;
  /** all supplements of code systems */
  supplements?(): Promise<CodeSystemDefinition[]>;
}

/** The terminology at one moment. A canonical is `url` or `url|version`. */
export interface TerminologyView extends ConceptMapView {
  /**
   * A code system that is held, as a whole or in part; undefined for one that is not, and for mere supplements. Also by
   * `CodeSystem/[id]`, as value sets.
   */
  codeSystem(canonical: string): Promise<CodeSystem | undefined>;
  /** the code system with definitions and designations of its concepts, which that of a published one has not */
  described(system: CodeSystem): Promise<CodeSystem>;
  /** also by `ValueSet/[id]` or this server's absolute URL where stored resources are looked up */
  valueSet(canonical: string): Promise<ValueSetDefinition | undefined>;
  /** undefined for a value set that is not known here; throws FhirError 400 (too-costly) beyond the limits */
  expansion(canonical: string, versions?: SystemVersions): Promise<Expansion | undefined>;
  /** of a value set that is not looked up, such as one that came with a request; not remembered */
  expansionOf(definition: ValueSetDefinition, versions?: SystemVersions): Promise<Expansion>;
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
  /** the code systems that are published with R4, supplements and such without codes among them */
  publishedCodeSystems(): Iterable<CodeSystemDefinition>;
  /** forgets a code system or value set of any version, and all expansions */
  forget(url: string): void;
  /** forgets everything that was looked up or expanded */
  clear(): void;
}

export interface TerminologyOptions {
  /** called when the first question is asked */
  published: () => PublishedTerminology;
  /** what is said of the concepts of published code systems; called when it is first asked */
  prose?: (url: string) => SystemProse | undefined;
  /** called when the first question about one is asked */
  conceptMaps?: () => readonly ConceptMapDefinition[];
  limits?: ExpansionLimits;
  /** concepts and codes that may be remembered in all (about 100 bytes each) */
  maxRemembered?: number;
}

/** Creates the terminology of a process; nothing is loaded before it is asked something. */
export function createTerminology({
  published,
  prose,
  conceptMaps = () => [],
  limits = defaultExpansionLimits,
  maxRemembered = 250_000,
}: TerminologyOptions): Terminology {
  const cache = createWeightedCache(maxRemembered);
  let loaded: PublishedTerminology | undefined;
  const load = (): PublishedTerminology => {
    loaded ??= published();
    return loaded;
  };
  let source: TerminologySource | undefined;
  const ofSpecification = (): TerminologySource => {
    source ??= publishedSource(load());
    return source;
  };
  let maps: ConceptMapSource | undefined;
  const publishedMaps = (): ConceptMapSource => {
    maps ??= conceptMapSource(conceptMaps());
    return maps;
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
    ): Promise<V> => {
      if (stored && revision === undefined) return make();
      // What was asked counts too: clients choose it, and it may be long.
      const own = Math.floor(canonical.length / 100);
      return cache.get(keyOf(prefix, kind, canonical), make, (value) => weigh(value) + own);
    };

    const lookup: TerminologyLookup = {
      codeSystem: (url, version) =>
        remembered(
          'CodeSystem',
          canonicalOf(url, version),
          async () => {
            const found =
              (await stored?.codeSystem(url, version)) ?? (await ofSpecification().codeSystem(url, version));
            return found && withSupplements(found, supplementsOf(found, await supplements()));
          },
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
      codeSystemWithValueSet: (url) =>
        remembered(
          'CodeSystem of',
          url,
          async () =>
            (await stored?.codeSystemWithValueSet?.(url)) ??
            (await ofSpecification().codeSystemWithValueSet?.(url)),
          (found) => (found?.concepts.length ?? 0) + 1,
        ),
    };
    let unremembered: Promise<CodeSystemDefinition[]> | undefined;
    const supplements = (): Promise<CodeSystemDefinition[]> => {
      unremembered ??= remembered(
        'Supplements',
        '',
        async () => (await stored?.supplements?.()) ?? [],
        (found) => found.reduce((size, { concepts }) => size + concepts.length, 1),
      );
      return unremembered;
    };
    const expansionOf = (definition: ValueSetDefinition, versions?: SystemVersions) =>
      expandValueSet(versions ? withVersions(lookup, versions) : lookup, definition, limits);
    const valueSet = (canonical: string) => findValueSet(lookup, ...splitCanonical(canonical));
    return {
      ...conceptMapView(remembered, stored, publishedMaps),
      described: (system) => {
        const { url, version, proseApart, concepts } = system.definition;
        if (!proseApart || !prose) return Promise.resolve(system);
        return remembered(
          'Described',
          canonicalOf(url, version),
          async () => withProse(system, prose(url)),
          () => 3 * concepts.length,
        );
      },
      codeSystem: async (canonical) => {
        const definition = await lookup.codeSystem(...splitCanonical(canonical));
        if (!definition || definition.content === 'supplement' || definition.content === 'not-present')
          return;
        return codeSystemOf(definition);
      },
      valueSet,
      expansionOf,
      expansion: (canonical, versions) =>
        remembered(
          'Expansion',
          versions ? `${canonical}\n${JSON.stringify(versions)}` : canonical,
          async () => {
            const definition = await valueSet(canonical);
            return definition && expansionOf(definition, versions);
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
    publishedCodeSystems: () => load().codeSystems.values(),
    forget: (url) =>
      cache.forget((key) => {
        const [, kind, canonical = ''] = key.split('\n');
        return kind === 'Expansion' || kind === 'ConceptMaps' || splitCanonical(canonical)[0] === url;
      }),
    clear: () => cache.forget(() => true),
  };
}

/** The code system with the prose of its concepts; designations of supplements come after its own. */
function withProse(system: CodeSystem, prose: SystemProse | undefined): CodeSystem {
  if (!prose) return system;
  const concepts = system.definition.concepts.map((concept) => {
    const said = prose.get(concept.code);
    if (!said) return concept;
    const designations = [...(said.designations ?? []), ...(concept.designations ?? [])];
    return { ...said, ...concept, ...(designations.length > 0 ? { designations } : {}) };
  });
  return { ...system, definition: { ...system.definition, concepts } };
}

const keyOf = (...parts: string[]): string => parts.join('\n');

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
    codeSystemWithValueSet: async (url) =>
      [...codeSystems.values()].find(
        (system) => system.valueSet && splitCanonical(system.valueSet)[0] === url,
      ),
    codeSystemsWith: async (code) =>
      [...codeSystems.values()]
        .filter((system) => conceptOf(codeSystemOf(system), code))
        .map((system) => system.url),
  };
}
