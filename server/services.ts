// Composition root: everything a request needs, built once per process and passed down.
import type { KeyObject } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'pg';
import type { Config } from './config.ts';
import { type CurrentDefinitions, publishedOnly, reloadDefinitions } from './currentDefinitions.ts';
import type { Definitions } from './definitions/definitions.ts';
import type { PublishedStructures } from './definitions/publishedStructures.ts';
import type { KnownExtensions } from './fhir/knownExtensions.ts';
import { uriProperties } from './fhir/references.ts';
import { createExtractor } from './search/createExtractor.ts';
import { withFactRows } from './search/factRows.ts';
import type { IndexRows } from './search/indexRows.ts';
import { loadSpecification } from './specification.ts';
import { pageSecretOf } from './store/pageSecret.ts';
import { createPool, createSearchPool } from './store/pool.ts';
import { createTermDictionary, type TermDictionary } from './store/termDictionary.ts';
import { createTokenStatistics, type TokenStatistics } from './store/tokenStatistics.ts';
import type { Logger } from './telemetry.ts';
import type { Terminology } from './terminology/terminology.ts';
import type { Validator } from './validation/validator.ts';
import { factCodes } from './vitals/recordedFacts.ts';

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
  /** for searches outside of transactions, with SEARCH_TIMEOUT */
  searchDb: Pool;
  /** the definitions in force, as far as this process knows; replaced as a whole by `reloadDefinitions` */
  current: CurrentDefinitions;
  /** those of `current`: ask for them when they are needed */
  readonly definitions: Definitions;
  readonly extract: (resource: Resource) => IndexRows;
  /** the database's revision (see definitions_revision) that they are of */
  readonly definitionsRevision: number;
  readonly indexRevision: number;
  /** loads what is published when it is first asked */
  terminology: Terminology;
  /** absolute URLs under which a reference means this server */
  baseUrls: string[];
  /** names of properties that hold uri-like values, which bundles may have to rewrite */
  uriProperties: ReadonlySet<string>;
  /** published structures and this project's profiles; read when asked for */
  structures: PublishedStructures;
  /** extensions whose definitions are held here */
  extensions: KnownExtensions;
  validator: Validator;
  /** what keeps a resource from being written */
  validate: Validator['validate'];
  /** tells the process's job runner, where there is one, that there is work */
  jobs: { wake: () => void };
  /** tells the process's monitor of vital signs, where there is one, that something was queued for it */
  monitor: { wake: () => void };
  /**
   * Listeners to alerts in this process, where there are any: `wake` tells that events were committed, `stop` ends their
   * streams for good.
   */
  alerts: { wake: () => void; stop: () => void };
  /** how common codes and references are */
  tokens: TokenStatistics;
  /** what links from page to page are signed with */
  pageSecret: () => Promise<KeyObject>;
  /** stores the texts of codes that index rows refer to; before the rows themselves */
  terms: TermDictionary;
  /** version of this software and when it was released, for the CapabilityStatement */
  release: { version: string; date: string };
  close(): Promise<void>;
}

const PACKAGE = new URL('../package.json', import.meta.url);

/** Builds the services of one process on the database of `config.databaseUrl`. */
export async function createServices(config: Config, log: Logger): Promise<Services> {
  const cacheDir = join(config.dataDir, 'cache');
  const specification = await loadSpecification(cacheDir);
  const { definitions, validator } = specification;
  const baseUrls = ownUrls(config);
  const db = createPool(config, log);
  const searchDb = createSearchPool(config, log);
  const terms = createTermDictionary(db);
  const services: Services = {
    config,
    log,
    db,
    searchDb,
    current: publishedOnly(definitions, (other) =>
      withFactRows(createExtractor(other, { baseUrls, textSearch: config.textSearch }), factCodes, {
        definitions: other,
        baseUrls,
      }),
    ),
    get definitions() {
      return this.current.definitions;
    },
    get extract() {
      return this.current.extract;
    },
    get definitionsRevision() {
      return this.current.revision;
    },
    get indexRevision() {
      return this.current.index;
    },
    jobs: { wake: () => undefined },
    alerts: { wake: () => undefined, stop: () => undefined },
    monitor: { wake: () => undefined },
    terminology: specification.terminology,
    baseUrls,
    uriProperties: uriProperties(definitions),
    structures: specification.structures,
    extensions: specification.extensions,
    validator,
    validate: validator.validate,
    tokens: createTokenStatistics(db),
    pageSecret: pageSecretOf(db),
    terms,
    release: {
      version: JSON.parse(readFileSync(PACKAGE, 'utf8')).version,
      date: statSync(PACKAGE).mtime.toISOString(),
    },
    close: async () => {
      await Promise.all([db.end(), searchDb.end(), terms.close()]);
    },
  };
  // A process can start while the database is away: it learns the revision with the first request that needs it.
  await reloadDefinitions(services).catch((error: Error) =>
    log.warn('the search parameters could not be read yet', { reason: error.message }),
  );
  return services;
}

/** BASE_URL, or every address under which a client on this machine reaches the server. */
function ownUrls({ baseUrl, host, port }: Config): string[] {
  if (baseUrl) return [baseUrl];
  const hosts = new Set(['localhost', '127.0.0.1', ...(host === '0.0.0.0' ? [] : [host])]);
  return [...hosts].flatMap((name) => ['/fhir/R4', '/fhir'].map((path) => `http://${name}:${port}${path}`));
}
