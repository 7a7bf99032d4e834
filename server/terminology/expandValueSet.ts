// From the definition of a value set to its codes (valueset.html#expansion): what is composed of systems, lists, filters
// and other value sets becomes one set of codes, with whatever cannot be resolved here named in it.

import type {
  ComponentDefinition,
  ConceptDefinition,
  ExpansionCode,
  ListedConcept,
  ValueSetDefinition,
} from '../definitions/terminology.ts';
import { refuse } from '../errors.ts';
import {
  type CodeSet,
  difference,
  emptySet,
  intersection,
  listed,
  listedCount,
  type Unresolved,
  union,
  unresolvedSet,
  wholeSystem,
} from './codeSets.ts';
import {
  type CodeSystem,
  codeSystemOf,
  conceptOf,
  isAbstract,
  isComplete,
  isInactive,
} from './codeSystem.ts';
import { findValueSet, splitCanonical, type TerminologyLookup } from './findValueSet.ts';
import { matchFilters } from './matchFilters.ts';

/** How much an expansion may take. */
export interface ExpansionLimits {
  /** codes that are listed */
  maxCodes: number;
  /** value sets inside one another */
  maxDepth: number;
  /** value sets looked at */
  maxValueSets: number;
}

export const defaultExpansionLimits: ExpansionLimits = { maxCodes: 100_000, maxDepth: 20, maxValueSets: 500 };

/** The codes of a value set, and what they were read from. */
export interface Expansion extends CodeSet {
  readonly url: string;
  readonly version?: string;
  /** code systems that were looked into, with their versions */
  readonly used: ReadonlyMap<string, string | undefined>;
  /** those of them of which only a part is held here, so that codes may be missing */
  readonly partial: readonly string[];
  /** code systems that value sets contain, by the url that their codes have here */
  readonly contained: ReadonlyMap<string, CodeSystem>;
}

interface Walk {
  lookup: TerminologyLookup;
  limits: ExpansionLimits;
  used: Map<string, string | undefined>;
  partial: Set<string>;
  contained: Map<string, CodeSystem>;
  visited: number;
}

/**
 * Expands a value set. Code systems and value sets that are not known here end up in `unresolved`.
 * @throws FhirError 400 (too-costly) beyond the limits
 */
export async function expandValueSet(
  lookup: TerminologyLookup,
  valueSet: ValueSetDefinition,
  limits: ExpansionLimits = defaultExpansionLimits,
): Promise<Expansion> {
  const walk: Walk = {
    lookup,
    limits,
    used: new Map(),
    partial: new Set(),
    contained: new Map(),
    visited: 0,
  };
  const codes = await expand(walk, valueSet, []);
  return {
    ...codes,
    url: valueSet.url,
    version: valueSet.version,
    used: walk.used,
    partial: [...walk.partial],
    contained: walk.contained,
  };
}

const nameOf = ({ url, version }: ValueSetDefinition): string => (version ? `${url}|${version}` : url);

async function expand(walk: Walk, valueSet: ValueSetDefinition, above: readonly string[]): Promise<CodeSet> {
  const name = nameOf(valueSet);
  const path = [...above, name];
  if (above.includes(name)) {
    const message = `The value set ${name} includes itself (${path.join(' → ')})`;
    return unresolvedSet({ reason: 'cycle', subject: name, message });
  }
  if (path.length > walk.limits.maxDepth) {
    throw tooCostly(path[0]!, `its value sets are nested more than ${walk.limits.maxDepth} deep`);
  }
  if (++walk.visited > walk.limits.maxValueSets) {
    throw tooCostly(path[0]!, `it is made of more than ${walk.limits.maxValueSets} value sets`);
  }
  const { compose, expansion } = valueSet;
  const before = { used: new Map(walk.used), partial: new Set(walk.partial) };
  const composed = compose && (await expandCompose(walk, valueSet, compose, path));
  // An expansion that came with the value set answers what cannot be worked out here.
  if (expansion && (!composed || !isKnown(composed) || walk.partial.size > before.partial.size)) {
    if (expansion.complete) {
      Object.assign(walk, before);
      return listed(expansion.codes);
    }
    if (!composed) {
      const message = `The value set ${name} has no definition and only a part of an expansion`;
      return union(listed(expansion.codes), unresolvedSet({ reason: 'incomplete', subject: name, message }));
    }
  }
  if (composed) return composed;
  const message = `The value set ${name} says nothing of what belongs to it`;
  return unresolvedSet({ reason: 'incomplete', subject: name, message });
}

/** Whether it is known of all codes what they are. */
const isKnown = ({ systems, unresolved }: CodeSet): boolean =>
  unresolved.length === 0 && ![...systems.values()].some(({ whole }) => whole);

async function expandCompose(
  walk: Walk,
  valueSet: ValueSetDefinition,
  compose: NonNullable<ValueSetDefinition['compose']>,
  path: readonly string[],
): Promise<CodeSet> {
  let codes = emptySet;
  for (const component of compose.include) {
    codes = union(codes, await expandComponent(walk, valueSet, component, path));
    if (listedCount(codes) > walk.limits.maxCodes) {
      throw tooCostly(path[0]!, `it has more than ${walk.limits.maxCodes} codes`);
    }
  }
  for (const component of compose.exclude) {
    codes = difference(codes, await expandComponent(walk, valueSet, component, path));
  }
  if (compose.inactive === false) codes = difference(codes, inactiveOf(codes));
  return codes;
}

function inactiveOf({ systems }: CodeSet): CodeSet {
  return listed([...systems.values()].flatMap(({ codes }) => [...codes.values()].filter((c) => c.inactive)));
}

/** One include or exclude: what its system part and all its value sets have in common. */
async function expandComponent(
  walk: Walk,
  valueSet: ValueSetDefinition,
  component: ComponentDefinition,
  path: readonly string[],
): Promise<CodeSet> {
  let codes =
    component.system === undefined
      ? undefined
      : await expandSystem(walk, valueSet, component, component.system);
  for (const canonical of component.valueSets ?? []) {
    const other = await importValueSet(walk, valueSet, canonical, path);
    codes = codes ? intersection(codes, other) : other;
  }
  return codes ?? emptySet;
}

async function importValueSet(
  walk: Walk,
  valueSet: ValueSetDefinition,
  canonical: string,
  path: readonly string[],
): Promise<CodeSet> {
  const [url = '', version] = splitCanonical(canonical);
  const { contained } = valueSet;
  const inside = contained?.valueSets[canonical];
  // Contained resources refer to their siblings.
  const found = inside
    ? { ...inside, ...(contained ? { contained } : {}) }
    : await findValueSet(walk.lookup, url, version);
  if (found) return expand(walk, found, path);
  const message = `This server knows no value set ${canonical}, which ${nameOf(valueSet)} includes`;
  return unresolvedSet({ reason: 'value-set', subject: canonical, message });
}

async function expandSystem(
  walk: Walk,
  valueSet: ValueSetDefinition,
  { concepts, filters, version }: ComponentDefinition,
  named: string,
): Promise<CodeSet> {
  const contained = valueSet.contained?.codeSystems[named];
  const definition = contained ?? (await walk.lookup.codeSystem(named, version));
  const url = definition?.url ?? named;
  const held =
    definition && definition.content !== 'supplement' && definition.content !== 'not-present'
      ? codeSystemOf(definition)
      : undefined;
  if (contained && held) walk.contained.set(url, held);
  const doubt = (reason: Unresolved['reason'], message: string): CodeSet =>
    unresolvedSet({ system: url, reason, subject: url, message });

  if (concepts && filters) {
    return doubt('filter', `The value set ${nameOf(valueSet)} has both a list and filters for ${url}`);
  }
  if (concepts) {
    const codes = concepts.map((concept) => listedCode(url, version, concept, held));
    if (held) walk.used.set(url, held.definition.version);
    return listed(codes);
  }
  if (!held) {
    if (!filters) return wholeSystem(url);
    const which = version === undefined ? url : `${url}|${version}`;
    return doubt(
      'code-system',
      `This server does not hold the codes of ${which}, which ${nameOf(valueSet)} filters`,
    );
  }
  walk.used.set(url, held.definition.version);
  if (!isComplete(held)) walk.partial.add(url);
  const found = filters ? matchFilters(held, filters) : held.definition.concepts;
  if (typeof found === 'string') return doubt('filter', found);
  const codes = found.map((concept) => toCode(held, concept));
  return filters || isComplete(held) ? listed(codes) : wholeSystem(url, codes);
}

/** A code that the value set lists: as the code system spells it, under the value set's own display. */
function listedCode(
  system: string,
  version: string | undefined,
  { code, display, designations }: ListedConcept,
  held: CodeSystem | undefined,
): ExpansionCode {
  const concept = held && conceptOf(held, code);
  const known = held && concept ? toCode(held, concept) : { system, ...(version ? { version } : {}), code };
  return {
    ...known,
    ...(display === undefined ? {} : { display }),
    ...(designations === undefined ? {} : { designations }),
  };
}

/** A concept as an expansion shows it. */
export function toCode(system: CodeSystem, concept: ConceptDefinition): ExpansionCode {
  const { url, version } = system.definition;
  const code: { -readonly [key in keyof ExpansionCode]: ExpansionCode[key] } = {
    system: url,
    code: concept.code,
  };
  if (version !== undefined) code.version = version;
  if (concept.display !== undefined) code.display = concept.display;
  if (isAbstract(system, concept)) code.abstract = true;
  if (isInactive(system, concept)) code.inactive = true;
  return code;
}

function tooCostly(url: string, why: string): Error {
  return refuse(400, 'too-costly', `The value set ${url} cannot be expanded: ${why}.`);
}
