// Loads the published terminology, from a cache file where there is one (see `loadDefinitions`).

import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildTerminology, type CompactTerminology, terminologyKey } from './buildTerminology.ts';
import type { CodeSystemDefinition, ValueSetDefinition } from './terminology.ts';

/** The published code systems and value sets by url. */
export interface PublishedTerminology {
  readonly codeSystems: ReadonlyMap<string, CodeSystemDefinition>;
  readonly valueSets: ReadonlyMap<string, ValueSetDefinition>;
}

/**
 * The published terminology, read from `cacheDir` or built and written there for the next time. Meant to be called when
 * the first question is asked, not at the start. Without `cacheDir` it is built every time.
 * @throws Error when the cache cannot be written
 */
export function loadTerminology(cacheDir?: string): PublishedTerminology {
  if (cacheDir === undefined) return byUrl(buildTerminology());
  const file = join(cacheDir, `terminology-${terminologyKey()}.json`);
  const cached = readCache(file);
  if (cached) return byUrl(cached);

  const built = buildTerminology();
  mkdirSync(cacheDir, { recursive: true });
  const unfinished = `${file}.${randomUUID()}.tmp`;
  writeFileSync(unfinished, JSON.stringify(built));
  renameSync(unfinished, file);
  return byUrl(built);
}

/** The cached model; undefined when there is none or it is not readable as one (then it is built anew). */
function readCache(file: string): CompactTerminology | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as CompactTerminology;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function byUrl({ codeSystems, valueSets }: CompactTerminology): PublishedTerminology {
  return {
    codeSystems: new Map(codeSystems.map((codeSystem) => [codeSystem.url, codeSystem])),
    valueSets: new Map(valueSets.map((valueSet) => [valueSet.url, valueSet])),
  };
}
