// What validation needs to know of terminology, loaded before it judges: value sets and code systems that are published or
// stored, and the value sets that the specification itself binds.
import { type FindCompactSet, loadBindings } from '../definitions/publishedBindings.ts';
import type { PublishedStructures } from '../definitions/publishedStructures.ts';
import { FhirError, refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { bindingSets, expandBound, findBoundSet, notKnown } from '../terminology/bindingSets.ts';
import { boundSetOf, unknownSet } from '../terminology/boundSet.ts';
import { wholeSystem } from '../terminology/codeSets.ts';
import { type CodeSystem, conceptOf, isComplete } from '../terminology/codeSystem.ts';
import { splitCanonical } from '../terminology/findValueSet.ts';
import type { SystemGrammar, SystemGrammars } from '../terminology/grammarSystems.ts';
import type { Terminology, TerminologyView } from '../terminology/terminology.ts';
import { conversionOf, ucum } from '../units/unit.ts';
import type { BoundSet } from '../validation/binding.ts';
import type { FindSystem, HeldSystem } from '../validation/codingAdvice.ts';
import { terminologyNow } from './storedTerminology.ts';

/** Finds the value set of a binding; undefined for one that was not asked for when the sets were loaded. */
export type FindBoundSet = (canonical: string) => BoundSet | undefined;

/** Code systems that one resource may name, and value sets that its profiles may bind. */
const MOST_CANONICALS = 1000;

/** Codes among which a misspelt one is looked for. */
const MOST_CANDIDATES = 500;

/** UCUM is written in visible ASCII. */
const isNoUnit = (code: string): boolean => /[^\x21-\x7e]/.test(code);

/** Units are told by the library that converts them; those it cannot convert may still be units. */
const grammars: SystemGrammars = new Map([
  [
    ucum,
    {
      test: (code: string) => {
        if (isNoUnit(code)) return false;
        return /^\{[^{}]*\}$/.test(code) || conversionOf(code) !== undefined || 'unknown';
      },
      form: "a UCUM unit such as 'mg/dL'",
    },
  ],
]);

/** Published value sets of all units of one dimension, which UCUM can tell and nobody can list: url → one such unit. */
const dimensions: ReadonlyMap<string, string> = new Map([
  ['http://hl7.org/fhir/ValueSet/all-time-units', 's'],
  ['http://hl7.org/fhir/ValueSet/all-distance-units', 'm'],
]);

/** All units that can be converted into `unit`. */
function unitsLike(unit: string, url: string): BoundSet {
  const grammar: SystemGrammar = {
    test: (code) => {
      const conversion = conversionOf(code);
      if (conversion) return conversion.preferred === conversionOf(unit)!.preferred;
      return isNoUnit(code) ? false : 'unknown';
    },
    form: `a UCUM unit that can be converted into '${unit}'`,
  };
  return boundSetOf(wholeSystem(ucum), { url, grammars: new Map([[ucum, grammar]]) });
}

/**
 * The value sets that published structures bind as required or extensible, by canonical as they write it. Decided by what
 * is published alone; read from `cacheDir` when first asked for, and built there (a second) where they are missing.
 */
export async function publishedBoundSets(
  cacheDir: string | undefined,
  structures: PublishedStructures,
  terminology: Terminology,
): Promise<FindBoundSet> {
  const view = terminology.at(undefined);
  const find: FindCompactSet = await loadBindings(cacheDir, structures, (urls) => bindingSets(view, urls));
  const found = findBoundSet(find, grammars);
  const ofDimension = new Map([...dimensions].map(([url, unit]) => [url, unitsLike(unit, url)]));
  return (canonical) => ofDimension.get(splitCanonical(canonical)[0]) ?? found(canonical);
}

/**
 * Value sets as `db` sees them now, expanded; what is not known or too costly is a set of which membership is unknown.
 * @throws FhirError 400 (too-costly) for more than 1000 canonicals
 */
export async function boundSetsNow(
  services: Services,
  db: Database,
  canonicals: Iterable<string>,
): Promise<FindBoundSet> {
  return findBoundSets(await terminologyNow(services, db), canonicals);
}

/** Likewise, of a terminology at hand. */
export async function findBoundSets(
  view: TerminologyView,
  canonicals: Iterable<string>,
): Promise<FindBoundSet> {
  const sets = new Map<string, BoundSet>();
  for (const canonical of limited(canonicals, 'value sets')) {
    sets.set(canonical, await boundSetIn(view, canonical));
  }
  return (canonical) => sets.get(canonical);
}

async function boundSetIn(view: TerminologyView, canonical: string): Promise<BoundSet> {
  try {
    const expansion = await expandBound(view, canonical);
    if (!expansion) return unknownSet(canonical, notKnown(canonical));
    const unit = dimensions.get(splitCanonical(canonical)[0]);
    // A stored value set of that url may well list its codes.
    if (unit !== undefined && expansion.unresolved.length > 0) return unitsLike(unit, canonical);
    const caseless = new Set<string>();
    for (const system of expansion.used) {
      const held = await view.codeSystem(system);
      if (held?.definition.caseSensitive === false) caseless.add(system);
    }
    return boundSetOf(expansion, { url: canonical, name: expansion.name, grammars, caseless });
  } catch (error) {
    // It cannot be expanded: that is about the value set, not about what is judged.
    if (error instanceof FhirError && error.status === 400) return unknownSet(canonical, error.message);
    throw error;
  }
}

/**
 * Code systems as `db` sees them now, for `codingAdvice`; those that are not held are not found.
 * @throws FhirError 400 (too-costly) for more than 1000 canonicals
 */
export async function codeSystemsNow(
  services: Services,
  db: Database,
  canonicals: Iterable<string>,
): Promise<FindSystem> {
  return findCodeSystems(await terminologyNow(services, db), canonicals);
}

/** Likewise, of a terminology at hand. */
export async function findCodeSystems(
  view: TerminologyView,
  canonicals: Iterable<string>,
): Promise<FindSystem> {
  const systems = new Map<string, HeldSystem>();
  for (const canonical of limited(canonicals, 'code systems')) {
    const found = await view.codeSystem(canonical);
    if (found) systems.set(canonical, held(found));
  }
  return (canonical) => systems.get(canonical);
}

function held(system: CodeSystem): HeldSystem {
  const { url, concepts } = system.definition;
  return {
    url,
    complete: isComplete(system),
    names: (code) => {
      const concept = conceptOf(system, code);
      if (!concept) return undefined;
      const { display, designations = [] } = concept;
      return [...(display === undefined ? [] : [display]), ...designations.map(({ value }) => value)];
    },
    candidates: () => (concepts.length > MOST_CANDIDATES ? [] : concepts.map(({ code }) => code)),
  };
}

function limited(canonicals: Iterable<string>, what: string): ReadonlySet<string> {
  const distinct = new Set(canonicals);
  if (distinct.size <= MOST_CANONICALS) return distinct;
  throw refuse(
    400,
    'too-costly',
    `A judgement may be about ${MOST_CANONICALS} ${what} at most; this is about ${distinct.size}. Validate smaller parts.`,
  );
}
