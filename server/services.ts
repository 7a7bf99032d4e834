// Composition root: everything a request needs, built once per process and passed down.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Config } from './config.ts';
import type { Definitions } from './definitions/definitions.ts';
import { loadDefinitions } from './definitions/loadDefinitions.ts';
import type { Issue } from './errors.ts';
import { uriProperties } from './fhir/references.ts';
import { createExtractor } from './search/createExtractor.ts';
import type { IndexRows } from './search/indexRows.ts';
import { createPool } from './store/pool.ts';
import type { Logger } from './telemetry.ts';
import { createValidator } from './validation/validator.ts';

/** A FHIR resource as parsed JSON. */
export interface Resource {
  resourceType: string;
  id?: string;
  meta?: { versionId?: string; lastUpdated?: string; [key: string]: unknown };
  [key: string]: unknown;
}

export interface Services {
  config: Config;
  log: Logger;
  db: Pool;
  definitions: Definitions;
  /** absolute URLs under which a reference means this server */
  baseUrls: string[];
  /** names of properties that hold uri-like values, which bundles may have to rewrite */
  uriProperties: ReadonlySet<string>;
  /** issues of severity error refuse the write */
  validate: (resource: unknown) => Issue[];
  extract: (resource: Resource) => IndexRows;
  /** version of this software and when it was released, for the CapabilityStatement */
  release: { version: string; date: string };
  close(): Promise<void>;
}

const PACKAGE = new URL('../package.json', import.meta.url);

/** Builds the services of one process on the database of `config.databaseUrl`. */
export async function createServices(config: Config, log: Logger): Promise<Services> {
  const cacheDir = join(config.dataDir, 'cache');
  const definitions = loadDefinitions(cacheDir);
  const baseUrls = ownUrls(config);
  const db = createPool(config, log);
  return {
    config,
    log,
    db,
    definitions,
    baseUrls,
    uriProperties: uriProperties(definitions),
    validate: createValidator(definitions).validate,
    extract: createExtractor(definitions, { baseUrls }),
    release: {
      version: JSON.parse(readFileSync(PACKAGE, 'utf8')).version,
      date: statSync(PACKAGE).mtime.toISOString(),
    },
    close: () => db.end(),
  };
}

/** BASE_URL, or every address under which a client on this machine reaches the server. */
function ownUrls({ baseUrl, host, port }: Config): string[] {
  if (baseUrl) return [baseUrl];
  const hosts = new Set(['localhost', '127.0.0.1', ...(host === '0.0.0.0' ? [] : [host])]);
  return [...hosts].flatMap((name) => ['/fhir/R4', '/fhir'].map((path) => `http://${name}:${port}${path}`));
}
