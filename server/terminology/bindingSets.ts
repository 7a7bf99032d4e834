// The value sets that the specification's own structures bind, expanded once into a form that is read back in a
// millisecond: no write has to wait for the terminology as a whole.
import type { CompactCodes, CompactSet } from '../definitions/publishedBindings.ts';
import type { ExpansionCode } from '../definitions/terminology.ts';
import type { BoundSet } from '../validation/binding.ts';
import { boundSetOf, unknownSet } from './boundSet.ts';
import type { CodeSet, SystemCodes, Unresolved } from './codeSets.ts';
import { splitCanonical } from './findValueSet.ts';
import type { SystemGrammars } from './grammarSystems.ts';
import type { TerminologyView } from './terminology.ts';

/** The version of the specification: its bindings ask for it, also of value sets that have one of their own. */
const SPECIFICATION = '4.0.1';

/** Documents that bindings name in place of a value set: the value set of what they define. */
const documents: ReadonlyMap<string, string> = new Map([
  ['http://www.rfc-editor.org/bcp/bcp13.txt', 'http://hl7.org/fhir/ValueSet/mimetypes'],
]);

/** A value set that a binding names, expanded: with every doubt there is about it. */
export interface BoundExpansion extends CodeSet {
  readonly name?: string;
  /** code systems that were looked into */
  readonly used: Iterable<string>;
}

/**
 * Expands the value set of a binding; undefined where it is not known here.
 * @throws FhirError 400 (too-costly) beyond the limits of expansions
 */
export async function expandBound(
  view: TerminologyView,
  canonical: string,
): Promise<BoundExpansion | undefined> {
  const [url, version] = splitCanonical(canonical);
  const asked = await view.valueSet(canonical);
  const known = asked ? canonical : (documents.get(url) ?? (version === SPECIFICATION ? url : canonical));
  const expansion = await view.expansion(known);
  if (!expansion) return undefined;
  const { systems, unresolved, partial, used } = expansion;
  const found = asked ?? (await view.valueSet(known));
  const doubts = partial
    .filter((system) => !systems.get(system)?.whole)
    .map((system): Unresolved => {
      const message = `only a part of the codes of ${system} is held here`;
      return { system, reason: 'incomplete', subject: system, message };
    });
  return {
    name: found?.title ?? found?.name,
    systems,
    unresolved: [...unresolved, ...doubts],
    used: used.keys(),
  };
}

/** What is said of a value set that is not known. */
export const notKnown = (canonical: string): string => `the value set ${canonical} is not known here`;

/** Expands value sets by canonical; one that cannot be expanded says why. `view` is what is published. */
export async function bindingSets(
  view: TerminologyView,
  canonicals: Iterable<string>,
): Promise<Record<string, CompactSet>> {
  const sets: Record<string, CompactSet> = {};
  for (const canonical of canonicals) {
    const expansion = await expandBound(view, canonical);
    sets[canonical] = expansion
      ? compact(expansion)
      : { systems: {}, unresolved: [{ message: notKnown(canonical) }] };
  }
  return sets;
}

function compact({ name, systems, unresolved }: BoundExpansion): CompactSet {
  return {
    ...(name === undefined ? {} : { name }),
    systems: Object.fromEntries([...systems].map(([system, codes]) => [system, compactCodes(codes)])),
    ...(unresolved.length > 0
      ? { unresolved: unresolved.map(({ system, message }) => ({ ...(system ? { system } : {}), message })) }
      : {}),
  };
}

const compactCodes = ({ whole, codes, except }: SystemCodes): CompactCodes =>
  whole ? { codes: [...codes.keys()], except: [...except.keys()] } : [...codes.keys()];

/** A set read back. */
export function boundSetFrom(
  url: string,
  { name, systems, unresolved = [] }: CompactSet,
  grammars?: SystemGrammars,
): BoundSet {
  const set: CodeSet = {
    systems: new Map(
      Object.entries(systems).map(([system, codes]): [string, SystemCodes] => {
        const listing = 'except' in codes ? codes : { codes, except: [] };
        const named = (list: readonly string[]) =>
          new Map(list.map((code): [string, ExpansionCode] => [code, { system, code }]));
        return [
          system,
          { whole: 'except' in codes, codes: named(listing.codes), except: named(listing.except) },
        ];
      }),
    ),
    unresolved: unresolved.map(({ system, message }) => ({
      ...(system === undefined ? {} : { system }),
      reason: 'code-system',
      subject: system ?? url,
      message,
    })),
  };
  const nothing = set.systems.size === 0 && unresolved.length > 0 && unresolved[0]!.system === undefined;
  return nothing ? unknownSet(url, unresolved[0]!.message) : boundSetOf(set, { url, name, grammars });
}

/**
 * Finds bound sets by canonical among compact ones; each is read back when first asked for. Undefined for those that no
 * structure of the specification binds.
 */
export function findBoundSet(
  compact: (canonical: string) => CompactSet | undefined,
  grammars?: SystemGrammars,
): (canonical: string) => BoundSet | undefined {
  const made = new Map<string, BoundSet>();
  return (canonical) => {
    const known = made.get(canonical);
    if (known) return known;
    const found = compact(canonical);
    if (!found) return undefined;
    const set = boundSetFrom(splitCanonical(canonical)[0], found, grammars);
    made.set(canonical, set);
    return set;
  };
}
