// The full judgement of a resource: the specification, the profiles asked for and claimed, extensions, and advice. The
// validator answers at once and may not wait; what it asks for and is not loaded yet is noted, loaded, and asked again.
import type { Structure } from '../definitions/structure.ts';
import { type Issue, refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readRevision } from '../store/definitionsRevision.ts';
import type { BoundSet } from '../validation/binding.ts';
import { codingAdvice, type HeldSystem } from '../validation/codingAdvice.ts';
import type { FindSent } from '../validation/judgeScope.ts';
import type { Loaded, Validator } from '../validation/validator.ts';
import { boundSetsNow, codeSystemsNow } from './boundSets.ts';
import { structuresNow } from './storedStructures.ts';

export interface Judgement {
  /** canonicals that the caller asks for */
  profiles?: readonly string[];
  /** also what meta.profile (of it and of what it contains) claims */
  claimed: boolean;
  /** warnings and information too: extensible bindings, best practice, unknown systems, mustSupport notes */
  advice: boolean;
  /** resources that are sent along with it */
  sent?: FindSent;
}

/** What a judgement rests on; a server has it from its database, a command line from files. */
export interface JudgementSources {
  readonly validator: Validator;
  /** what was loaded before, under the same definitions */
  readonly known: Known;
  /** a structure by canonical; a sentence says why one cannot be used; undefined where it is not known */
  structure(canonical: string): Promise<Structure | string | undefined>;
  boundSet(canonical: string): Promise<BoundSet | undefined>;
  system(canonical: string): Promise<HeldSystem | undefined>;
}

/** What judgements have asked for so far, and what became of it. */
export interface Known {
  readonly structures: Map<string, Structure | string | undefined>;
  readonly sets: Map<string, BoundSet | undefined>;
  readonly systems: Map<string, HeldSystem | undefined>;
  readonly rules: Loaded['rules'];
}

/** Structures, value sets and code systems that are remembered, and that one judgement may ask for. */
const MOST_KNOWN = 2_000;
/** Each round loads what was asked for in the one before: a profile, what it refers to, what that binds, … */
const MOST_ROUNDS = 50;

/** Nothing loaded yet. */
export function nothingKnown(): Known {
  return { structures: new Map(), sets: new Map(), systems: new Map(), rules: new Map() };
}

/** Judges with what is published and what is stored, as `db` sees it. */
export async function validateResource(
  services: Services,
  db: Database,
  resource: unknown,
  judgement: Judgement,
): Promise<Issue[]> {
  return judgeWith(await sourcesOf(services, db), resource, judgement);
}

const remembered = new WeakMap<Services, { revision: number; known: Known }>();

/** What a server judges with. */
export async function sourcesOf(services: Services, db: Database): Promise<JudgementSources> {
  return {
    validator: services.validator,
    known: await knownNow(services, db),
    structure: async (canonical) => {
      const { find, problem } = await structuresNow(services, db, [canonical]);
      return find(canonical) ?? problem(canonical);
    },
    boundSet: async (canonical) => (await boundSetsNow(services, db, [canonical]))(canonical),
    system: async (canonical) => (await codeSystemsNow(services, db, [canonical]))(canonical),
  };
}

/** What is remembered under the definitions in force. A transaction may see what is never committed: it remembers nothing. */
async function knownNow(services: Services, db: Database): Promise<Known> {
  if (db !== services.db) return nothingKnown();
  const { revision } = await readRevision(db);
  const before = remembered.get(services);
  if (before?.revision === revision && sizeOf(before.known) < MOST_KNOWN) return before.known;
  const known = nothingKnown();
  remembered.set(services, { revision, known });
  return known;
}

const sizeOf = ({ structures, sets, systems }: Known): number => structures.size + sets.size + systems.size;

/**
 * Judges with what is in `sources` and nothing else.
 * @throws FhirError 400 (too-costly) for a resource that refers to more definitions than can be loaded for it
 */
export async function judgeWith(
  sources: JudgementSources,
  resource: unknown,
  { profiles = [], claimed, advice, sent }: Judgement,
): Promise<Issue[]> {
  const question = { profiles, claimed, extensions: true, advice };
  const { validator, known } = sources;
  const before = sizeOf(known);
  for (let round = 0; round < MOST_ROUNDS && sizeOf(known) - before < MOST_KNOWN; round++) {
    const structures = asking(known.structures);
    const sets = asking(known.sets);
    const systems = asking(known.systems);
    const loaded = {
      find: structures.find,
      boundSet: sets.find,
      codingAdvice: (coding: Record<string, unknown>) => codingAdvice(coding, systems.find),
      rules: known.rules,
    };
    const issues = validator.judge(resource, question, loaded, sent);
    const missing = structures.missing.size + sets.missing.size + systems.missing.size;
    if (missing === 0 || issues.some(({ code }) => code === 'too-costly')) return issues;
    // What was compiled without the missing ones is compiled again.
    if (structures.missing.size > 0) known.rules.clear();
    await structures.load(sources.structure);
    await sets.load(sources.boundSet);
    await systems.load(sources.system);
  }
  throw refuse(
    400,
    'too-costly',
    'The resource refers to too many profiles, extensions and value sets: validate its parts.',
  );
}

/** Finds what is known, and notes what is not. */
function asking<T>(known: Map<string, T | undefined>) {
  const missing = new Set<string>();
  return {
    missing,
    find: (canonical: string): T | undefined => {
      if (!known.has(canonical)) missing.add(canonical);
      return known.get(canonical);
    },
    load: async (loadOne: (canonical: string) => Promise<T | undefined>) => {
      for (const canonical of missing) known.set(canonical, await loadOne(canonical));
    },
  };
}
