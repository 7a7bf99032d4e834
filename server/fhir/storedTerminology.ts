// CodeSystem and ValueSet resources stored on this server as a source of terminology. A stored resource stands in for a
// published one with the same url; of several versions the latest counts (references.html#canonical).
import { parametersOf } from '../definitions/parametersOf.ts';
import { reduceCodeSystem, reduceValueSet } from '../definitions/reduceTerminology.ts';
import type { CodeSystemDefinition, ValueSetDefinition } from '../definitions/terminology.ts';
import { refuse } from '../errors.ts';
import { matchUri } from '../search/parameters/uri.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readRevision } from '../store/definitionsRevision.ts';
import { readCurrent } from '../store/resources.ts';
import { codeSystemsWithCode, versionsOf } from '../store/terminology.ts';
import type { TerminologySource, TerminologyView } from '../terminology/terminology.ts';

type Json = Record<string, unknown>;

/** Resources with one canonical url that are looked at. */
const MOST_VERSIONS = 1000;

/**
 * The terminology with what is stored, as seen by `db`. `revision` has to be the one in force, and undefined inside a
 * transaction (see `terminologyNow`).
 */
export function terminologyAt(services: Services, db: Database, revision?: number): TerminologyView {
  return services.terminology.at(revision, storedTerminology(services, db));
}

/**
 * The terminology as `db` sees it now. What is found is remembered under the revision of the stored definitions, but not
 * inside a transaction: it may see what is never committed, under a revision that another one then takes.
 */
export async function terminologyNow(services: Services, db: Database): Promise<TerminologyView> {
  const revision = db === services.db ? (await readRevision(db)).revision : undefined;
  return terminologyAt(services, db, revision);
}

/** The stored resources as a source. */
export function storedTerminology(services: Services, db: Database): TerminologySource {
  return {
    codeSystem: async (url, version): Promise<CodeSystemDefinition | undefined> => {
      const found = await readCanonical(services, db, 'CodeSystem', url, version);
      return found && reduceCodeSystem(found, url);
    },
    valueSet: async (reference, version): Promise<ValueSetDefinition | undefined> => {
      const found =
        (await readCanonical(services, db, 'ValueSet', reference, version)) ??
        (await readReference(services, db, 'ValueSet', reference, version));
      return found && reduceValueSet(found, `ValueSet/${found.id}`);
    },
    codeSystemsWith: (code) => codeSystemsWithCode(db, code),
  };
}

/** The resource with a canonical url: the version asked for, or the latest. */
async function readCanonical(
  services: Services,
  db: Database,
  type: string,
  url: string,
  version: string | undefined,
): Promise<Json | undefined> {
  if (url === '') return undefined;
  const { paths } = parametersOf(services.definitions, type).get('url')!;
  const hashes = matchUri('url', paths, url.replace(/[\\,$|]/g, '\\$&'));
  const candidates = await versionsOf(db, type, hashes, MOST_VERSIONS + 1);
  if (candidates.length > MOST_VERSIONS) {
    throw refuse(
      400,
      'too-costly',
      `More than ${MOST_VERSIONS} stored ${type} resources have the url ${url}.`,
    );
  }
  const matching = candidates.filter((candidate) => version === undefined || candidate.version === version);
  // Newest first, so that of equal versions the newest stays.
  const latest = matching.reduce<(typeof matching)[number] | undefined>(
    (best, next) => (best && compareVersions(next.version, best.version) <= 0 ? best : next),
    undefined,
  );
  return latest && readContent(db, type, latest.id);
}

/** `ValueSet/[id]`, relative or under one of this server's URLs. */
async function readReference(
  { baseUrls }: Services,
  db: Database,
  type: string,
  reference: string,
  version: string | undefined,
): Promise<Json | undefined> {
  const base = baseUrls.find((url) => reference.startsWith(`${url}/`));
  const [named, id = '', ...rest] = (base ? reference.slice(base.length + 1) : reference).split('/');
  if (named !== type || rest.length > 0 || !/^[A-Za-z0-9\-.]{1,64}$/.test(id)) return undefined;
  const found = await readContent(db, type, id);
  return version === undefined || found?.version === version ? found : undefined;
}

async function readContent(db: Database, type: string, id: string): Promise<Json | undefined> {
  const stored = await readCurrent(db, type, id);
  return stored?.content ? (JSON.parse(stored.content) as Json) : undefined;
}

/**
 * Orders business versions: part by part, numbers by value and others as text (`4.0.1` < `4.0.10`, `2019-01` < `2020-01`);
 * none comes before any, and a pre-release (`1.0.0-draft`) before its release.
 */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  const [left, right] = [partsOf(a), partsOf(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [l, r] = [left[i], right[i]];
    const order = comparePart(l, r);
    if (order !== 0) return order;
  }
  return 0;
}

const partsOf = (version: string): string[] => version.match(/\d+|[^\d.\-+_\s]+/g) ?? [];

/** A number is above nothing, nothing above a word, and a number above a word. */
function comparePart(a: string | undefined, b: string | undefined): number {
  const rank = (part: string | undefined): number => (part === undefined ? 1 : /^\d/.test(part) ? 2 : 0);
  if (rank(a) !== rank(b)) return rank(a) - rank(b);
  if (a === undefined || b === undefined) return 0;
  if (rank(a) === 2) return Number(BigInt(a) - BigInt(b) > 0n) - Number(BigInt(a) - BigInt(b) < 0n);
  return a < b ? -1 : a > b ? 1 : 0;
}
