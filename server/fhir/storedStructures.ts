// StructureDefinitions stored on this server, before the published ones of the same url (references.html#canonical). What
// a validation may need is loaded before it runs, so that it can look structures up without waiting.
import type { PublishedStructures } from '../definitions/publishedStructures.ts';
import { rawElements } from '../definitions/reduceStructure.ts';
import { reduceStructures, type StructureView } from '../definitions/reduceStructures.ts';
import type { ElementType } from '../definitions/structure.ts';
import { refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readRevision } from '../store/definitionsRevision.ts';
import { readCanonicals } from './readCanonical.ts';

type Json = Record<string, unknown>;

/** Structures at one moment: those that were loaded, and all that are published. */
export interface LoadedStructures extends StructureView {
  /** loads more canonicals, and whatever validation against them needs */
  load(canonicals: Iterable<string>): Promise<void>;
}

/** Structures that one look-up may lead to. */
const MOST_STRUCTURES = 2000;

/** Elements of stored structures that one look-up may lead to, and about as many are remembered (1 kB each). */
const MOST_ELEMENTS = 200_000;

/** What is known of one state of the stored definitions. */
interface Known {
  readonly revision: number | undefined;
  /** stored ones by canonical as asked for; undefined for what is not stored */
  readonly raw: Map<string, Json | undefined>;
  /** canonicals whose needs are loaded as well */
  readonly complete: Set<string>;
  readonly view: StructureView;
  /** elements in `raw` */
  elements: number;
}

const knownOf = new WeakMap<Services, Known>();

/**
 * The structures as `db` sees them now, with those of `canonicals` and of whatever they need loaded. A stored one that
 * cannot be used is not found, and `problem` says why. What R4 itself says of its types stays as it is published, whatever
 * is stored under its url. What is found is remembered under the revision of the definitions, but not inside a transaction.
 * @throws FhirError 400 (too-costly) when they lead to more than 2000 structures
 */
export async function structuresNow(
  services: Services,
  db: Database,
  canonicals: Iterable<string>,
): Promise<LoadedStructures> {
  const published = services.structures;
  const known = await knownNow(services, db, published);
  const loaded: LoadedStructures = {
    ...known.view,
    load: (more) => load({ services, db, published, known }, more),
  };
  await loaded.load(canonicals);
  return loaded;
}

async function knownNow(services: Services, db: Database, published: PublishedStructures): Promise<Known> {
  const revision = db === services.db ? (await readRevision(db)).revision : undefined;
  const known = knownOf.get(services);
  if (revision !== undefined && known?.revision === revision && !isFull(known)) return known;
  const raw: Known['raw'] = new Map();
  const fresh: Known = {
    ...{ revision, raw, complete: new Set<string>(), elements: 0 },
    view: reduceStructures((canonical) => raw.get(canonical), published),
  };
  if (revision !== undefined) knownOf.set(services, fresh);
  return fresh;
}

const isFull = ({ raw, elements }: Known): boolean =>
  raw.size >= 5 * MOST_STRUCTURES || elements >= MOST_ELEMENTS;

interface Loading {
  readonly services: Services;
  readonly db: Database;
  readonly published: PublishedStructures;
  readonly known: Known;
}

/** Loads level by level: what is asked for, what that refers to, and so on. */
async function load(loading: Loading, canonicals: Iterable<string>): Promise<void> {
  const { services, db, known } = loading;
  const visited = new Set<string>();
  // Only all of it together is made known: others may look at the same time.
  const found = new Map<string, Json | undefined>();
  let elements = 0;
  for (let level = wanted(loading, canonicals, visited); level.length > 0; ) {
    if (visited.size > MOST_STRUCTURES || elements > MOST_ELEMENTS) {
      const most = elements > MOST_ELEMENTS ? `${MOST_ELEMENTS} elements` : `${MOST_STRUCTURES} structures`;
      throw refuse(
        400,
        'too-costly',
        `The profiles asked for lead to more than ${most} (the last: ${level.at(-1)}). Validate against fewer.`,
      );
    }
    const unknown = level.filter((canonical) => !known.raw.has(canonical));
    const stored = await readCanonicals(services, db, 'StructureDefinition', unknown);
    for (const canonical of unknown) {
      const json = withoutProse(stored.get(canonical));
      found.set(canonical, json);
      elements += elementCount(json);
    }
    const needs = level.flatMap((canonical) =>
      needsOf(loading, canonical, found.get(canonical) ?? known.raw.get(canonical)),
    );
    level = wanted(loading, needs, visited);
  }
  for (const [canonical, json] of found) {
    // Another look-up may have been faster: what it found may be in use.
    if (known.raw.has(canonical)) continue;
    known.raw.set(canonical, json);
    known.elements += elementCount(json);
  }
  for (const canonical of visited) known.complete.add(canonical);
}

/** Parts of elements that are most of a StructureDefinition and say nothing that is judged. */
const PROSE = new Set([
  ...['short', 'definition', 'comment', 'requirements', 'alias', 'mapping', 'example', 'isModifierReason'],
  ...['meaningWhenMissing', 'orderMeaning', 'condition', 'code', 'label'],
]);

function withoutProse(json: Json | undefined): Json | undefined {
  if (!json) return undefined;
  const { text: _, mapping: __, contained: ___, ...rest } = json;
  const part = (value: unknown) => ({
    element: ((value as { element?: Json[] }).element ?? []).map((element) =>
      Object.fromEntries(Object.entries(element).filter(([name]) => !PROSE.has(name))),
    ),
  });
  return {
    ...rest,
    ...(rest.snapshot ? { snapshot: part(rest.snapshot) } : {}),
    ...(rest.differential ? { differential: part(rest.differential) } : {}),
  };
}

const elementCount = (json: Json | undefined): number =>
  [json?.snapshot, json?.differential].reduce<number>(
    (sum, part) => sum + ((part as { element?: unknown[] } | undefined)?.element?.length ?? 0),
    0,
  );

/** Of these, what has to be looked for: not what is loaded, nor the types of R4. */
function wanted({ published, known }: Loading, canonicals: Iterable<string>, visited: Set<string>): string[] {
  const level: string[] = [];
  for (const canonical of canonicals) {
    if (visited.has(canonical) || known.complete.has(canonical)) continue;
    const found = published.find(canonical);
    if (found && found.derivation !== 'constraint') continue;
    visited.add(canonical);
    level.push(canonical);
  }
  return level;
}

/** Canonicals of what validation against a structure leads to: its base, and profiles of types and of targets. */
function needsOf({ published }: Loading, canonical: string, stored: Json | undefined): string[] {
  if (!stored) return (published.find(canonical)?.elements ?? []).flatMap(({ types }) => profilesOf(types));
  const base = typeof stored.baseDefinition === 'string' ? [stored.baseDefinition] : [];
  try {
    const elements = [...rawElements(stored, 'snapshot'), ...rawElements(stored, 'differential')];
    return [
      ...base,
      ...elements.flatMap(({ type = [] }) => [
        ...type.flatMap(({ profile = [], targetProfile = [] }) => [...profile, ...targetProfile]),
      ]),
    ];
  } catch {
    // It is too large to be used, as the view will say.
    return base;
  }
}

const profilesOf = (types: readonly ElementType[]): string[] =>
  types.flatMap(({ profiles = [], targetProfiles = [] }) => [...profiles, ...targetProfiles]);
