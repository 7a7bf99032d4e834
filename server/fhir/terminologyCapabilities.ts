// The TerminologyCapabilities (terminologycapabilities.html) of GET metadata?mode=terminology: the code systems held here, and
// what the terminology operations really do.
import type { CodeSystemDefinition } from '../definitions/terminology.ts';
import { EXPAND_PARAMETERS } from '../operations/expandParameters.ts';
import type { Services } from '../services.ts';
import { heldCodeSystems, type StoredCodeSystem } from '../store/terminology.ts';
import { compareVersions } from './readCanonical.ts';

/** What is said of one version of a code system. */
type Version = Omit<StoredCodeSystem, 'url'>;

/** JSON text of the TerminologyCapabilities of this server at `base`. */
export async function terminologyCapabilities(services: Services, base: string): Promise<string> {
  const held = new Map<string, Version[]>();
  // What is stored comes before what is published with the same url, as in all questions.
  const stored = await heldCodeSystems(services.db);
  stored.sort((a, b) => compareVersions(b.version, a.version));
  for (const system of stored) add(held, system);
  for (const system of services.terminology.publishedCodeSystems()) {
    if (system.content === 'supplement' || system.content === 'not-present') continue;
    add(held, ofDefinition(system));
  }
  const { version, date } = services.release;
  return JSON.stringify({
    resourceType: 'TerminologyCapabilities',
    name: 'SalusTerminology',
    status: 'active',
    date,
    publisher: 'Salus',
    kind: 'instance',
    software: { name: 'Salus', version },
    implementation: { description: 'Salus, a FHIR R4 server on Postgres', url: base },
    codeSystem: [...held].sort(([a], [b]) => (a < b ? -1 : 1)).map(codeSystem),
    expansion: {
      hierarchical: true,
      paging: true,
      incomplete: false,
      parameter: EXPAND_PARAMETERS.map((name) => ({ name })),
      textFilter:
        'All words, in any order, anywhere in the code, its display and its designations; case and accents do not count.',
    },
    codeSearch: 'explicit',
    validateCode: { translations: true },
    translation: { needsMap: false },
  });
}

/** Of equal versions, the first counts; of all, the first is what is meant where none is named. */
function add(held: Map<string, Version[]>, { url, ...version }: StoredCodeSystem): void {
  const versions = held.get(url) ?? [];
  held.set(url, versions);
  if (!versions.some((known) => known.version === version.version)) versions.push(version);
}

function ofDefinition({ url, version, hierarchyMeaning, properties = [] }: CodeSystemDefinition) {
  return {
    url,
    ...(version === undefined ? {} : { version }),
    isA: hierarchyMeaning === undefined || hierarchyMeaning === 'is-a',
    properties: properties.map(({ code }) => code),
  };
}

function codeSystem([uri, versions]: [string, Version[]]) {
  // One without a code cannot be told from others (tcp-1).
  const named = versions.length > 1 ? versions.filter(({ version }) => version !== undefined) : versions;
  return {
    uri,
    version: named.map(({ version, properties }) => ({
      ...(version === undefined ? {} : { code: version, isDefault: version === versions[0]!.version }),
      compositional: false,
      ...(properties.length > 0 ? { property: properties } : {}),
    })),
    subsumption: versions.some(({ isA }) => isA),
  };
}
