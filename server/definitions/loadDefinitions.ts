// Loads the specification model, from a cache file where there is one: parsing the published 35 MB at every start
// would cost half a second.

import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompactDefinitions, CompactElement, CompactType } from './buildDefinitions.ts';
import { buildDefinitions, builderVersion } from './buildDefinitions.ts';
import type { Definitions, ElementDefinition, TypeDefinition } from './definitions.ts';
import { packageVersion } from './definitionsPackage.ts';

/**
 * The definitions, read from `cacheDir` or built (about 1 s) and written there for the next start. Several processes
 * and threads may do so at once. Without `cacheDir` they are built every time.
 * @throws Error when the cache cannot be written
 */
export function loadDefinitions(cacheDir?: string): Definitions {
  const version = `${packageVersion()}-${createHash('sha256').update(builderVersion).digest('hex').slice(0, 8)}`;
  if (cacheDir === undefined) return toDefinitions(version, buildDefinitions());

  const file = join(cacheDir, `definitions-${version}.json`);
  const cached = readCache(file);
  if (cached) return toDefinitions(version, cached);

  const built = buildDefinitions();
  mkdirSync(cacheDir, { recursive: true });
  const unfinished = `${file}.${randomUUID()}.tmp`;
  writeFileSync(unfinished, JSON.stringify(built));
  renameSync(unfinished, file);
  return toDefinitions(version, built);
}

/** The cached model; undefined when there is none or it is not readable as one (then it is built anew). */
function readCache(file: string): CompactDefinitions | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CompactDefinitions;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function toDefinitions(version: string, compact: CompactDefinitions): Definitions {
  const types = new Map(compact.types.map((type) => [type.name, toType(type)]));
  return {
    version,
    types,
    resourceTypes: new Set(
      [...types.values()].filter((t) => t.kind === 'resource' && !t.abstract).map((t) => t.name),
    ),
    searchParameters: compact.searchParameters,
    customParameters: [],
    compartments: new Map(
      Object.entries(compact.compartments).map(([code, members]) => [code, new Map(Object.entries(members))]),
    ),
    compiled: new Map(),
  };
}

function toType(type: CompactType): TypeDefinition {
  return { ...type, elements: new Map(type.elements.map((element) => [element.path, toElement(element)])) };
}

function toElement(element: CompactElement): ElementDefinition {
  const { max } = element;
  return {
    ...element,
    max: max === undefined ? 1 : max === '*' ? Number.POSITIVE_INFINITY : max,
    choice: element.choice ?? false,
  };
}
