// Definitions that `salus validate` is given as files: structures, code systems and value sets by their canonicals.
import { reduceCodeSystem, reduceValueSet } from '../definitions/reduceTerminology.ts';
import type { Resource } from '../services.ts';
import { splitCanonical } from '../terminology/findValueSet.ts';
import type { TerminologySource } from '../terminology/terminology.ts';
import { readDefinitionFiles } from './readDefinitionFiles.ts';

export interface FileDefinitions {
  /** a StructureDefinition by canonical */
  structure(canonical: string): Resource | undefined;
  /** canonicals that the structures name: their bases, and profiles of types and targets */
  readonly named: ReadonlySet<string>;
  readonly terminology: TerminologySource;
}

const KINDS = ['StructureDefinition', 'CodeSystem', 'ValueSet'];

/**
 * Reads the definitions in folders, files and packages; of several with one url the last counts.
 * @throws Error when one cannot be read
 */
export async function fileDefinitions(paths: readonly string[]): Promise<FileDefinitions> {
  const byUrl = new Map(KINDS.map((kind) => [kind, new Map<string, Resource>()]));
  for await (const { resource } of readDefinitionFiles(paths)) {
    const { url, resourceType } = resource;
    if (typeof url === 'string') byUrl.get(resourceType)?.set(url, resource);
  }
  const find = (kind: string, url: string, version?: string) => {
    const found = byUrl.get(kind)!.get(url);
    return version === undefined || found?.version === version ? found : undefined;
  };
  return {
    structure: (canonical) => find('StructureDefinition', ...splitCanonical(canonical)),
    named: new Set([...byUrl.get('StructureDefinition')!.values()].flatMap(canonicalsIn)),
    terminology: {
      codeSystem: async (url, version) => {
        const found = find('CodeSystem', url, version);
        return found && reduceCodeSystem(found, url);
      },
      valueSet: async (url, version) => {
        const found = find('ValueSet', url, version);
        return found && reduceValueSet(found, url);
      },
      codeSystemsWith: async (code) =>
        [...byUrl.get('CodeSystem')!]
          .filter(([url, resource]) =>
            reduceCodeSystem(resource, url).concepts.some((concept) => concept.code === code),
          )
          .map(([url]) => url),
    },
  };
}

/** Asks one source after the other. */
export function layered(first: TerminologySource, second: TerminologySource | undefined): TerminologySource {
  if (!second) return first;
  return {
    ...second,
    codeSystem: async (url, version) =>
      (await first.codeSystem(url, version)) ?? second.codeSystem(url, version),
    valueSet: async (url, version) => (await first.valueSet(url, version)) ?? second.valueSet(url, version),
    codeSystemsWith: async (code) => [
      ...new Set([...(await first.codeSystemsWith(code)), ...(await second.codeSystemsWith(code))]),
    ],
  };
}

interface Element {
  type?: { profile?: string[]; targetProfile?: string[] }[];
}

function canonicalsIn({ baseDefinition, snapshot, differential }: Resource): string[] {
  const elements = [snapshot, differential].flatMap(
    (part) => (part as { element?: Element[] })?.element ?? [],
  );
  const types = elements.flatMap(({ type }) => type ?? []);
  const profiles = types.flatMap(({ profile = [], targetProfile = [] }) => [...profile, ...targetProfile]);
  return [...(typeof baseDefinition === 'string' ? [baseDefinition] : []), ...profiles];
}
