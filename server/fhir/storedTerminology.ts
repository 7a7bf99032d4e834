// CodeSystem and ValueSet resources stored on this server as a source of terminology. A stored resource stands in for a
// published one with the same url; of several versions the latest counts (references.html#canonical).
import { parametersOf } from '../definitions/parametersOf.ts';
import { reduceCodeSystem, reduceValueSet } from '../definitions/reduceTerminology.ts';
import type { CodeSystemDefinition, ValueSetDefinition } from '../definitions/terminology.ts';
import { refuse } from '../errors.ts';
import { matchToken } from '../search/parameters/token.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readRevision } from '../store/definitionsRevision.ts';
import { codeSystemsOfValueSet, codeSystemsWithCode, versionsOf } from '../store/terminology.ts';
import type { TerminologySource, TerminologyView } from '../terminology/terminology.ts';
import { readCanonical, readContent, readReference } from './readCanonical.ts';
import { storedConceptMaps } from './storedConceptMaps.ts';

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
      const found =
        (await readCanonical(services, db, 'CodeSystem', url, version)) ??
        (await readReference(services, db, 'CodeSystem', url, version));
      return found && reduceCodeSystem(found, url);
    },
    valueSet: async (reference, version): Promise<ValueSetDefinition | undefined> => {
      const found =
        (await readCanonical(services, db, 'ValueSet', reference, version)) ??
        (await readReference(services, db, 'ValueSet', reference, version));
      return found && { ...reduceValueSet(found, `ValueSet/${found.id}`), id: found.id as string };
    },
    codeSystemWithValueSet: async (url) => {
      const [id] = await codeSystemsOfValueSet(db, url);
      const found = id === undefined ? undefined : await readContent(db, 'CodeSystem', id);
      return found && reduceCodeSystem(found);
    },
    supplements: () => readSupplements(services, db),
    codeSystemsWith: (code) => codeSystemsWithCode(db, code),
    ...storedConceptMaps(services, db),
  };
}

/** Supplements of code systems that are taken into account. */
const MOST_SUPPLEMENTS = 1000;

/** All supplements of code systems, those stored last first. */
async function readSupplements(services: Services, db: Database): Promise<CodeSystemDefinition[]> {
  const { paths } = parametersOf(services.definitions, 'CodeSystem').get('content-mode')!;
  const { hashes } = matchToken('content-mode', paths, { code: 'supplement' });
  const stored = await versionsOf(db, 'CodeSystem', hashes, MOST_SUPPLEMENTS + 1);
  if (stored.length > MOST_SUPPLEMENTS) {
    throw refuse(400, 'too-costly', `More than ${MOST_SUPPLEMENTS} supplements of code systems are stored.`);
  }
  const found: CodeSystemDefinition[] = [];
  for (const { id } of stored) {
    const content = await readContent(db, 'CodeSystem', id);
    if (content) found.push(reduceCodeSystem(content));
  }
  return found;
}
