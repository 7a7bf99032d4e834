// A code system that can be asked: concepts by code and the is-a hierarchy above and below them (codesystem.html).

import type { CodeSystemDefinition, ConceptDefinition } from '../definitions/terminology.ts';
import { propertyMeaning } from '../definitions/terminology.ts';

/** A code system with its hierarchy resolved. Positions are those of `definition.concepts`. */
export interface CodeSystem {
  readonly definition: CodeSystemDefinition;
  /** whether a parent subsumes its children: not where the hierarchy groups, classifies or tells parts of a whole */
  readonly isA: boolean;
  readonly positions: ReadonlyMap<string, number>;
  readonly parents: readonly (readonly number[])[];
  readonly children: readonly (readonly number[])[];
}

const indexed = new WeakMap<CodeSystemDefinition, CodeSystem>();

/** The code system of a definition; worked out once per definition. */
export function codeSystemOf(definition: CodeSystemDefinition): CodeSystem {
  let system = indexed.get(definition);
  if (!system) {
    system = index(definition);
    indexed.set(definition, system);
  }
  return system;
}

const fold = ({ caseSensitive }: CodeSystemDefinition, code: string): string =>
  caseSensitive === false ? code.toLowerCase() : code;

function index(definition: CodeSystemDefinition): CodeSystem {
  const { concepts, hierarchyMeaning } = definition;
  const positions = new Map<string, number>();
  concepts.forEach(({ code }, at) => {
    const key = fold(definition, code);
    // A code may be listed twice by mistake; the first one counts.
    if (!positions.has(key)) positions.set(key, at);
  });
  const parents: number[][] = concepts.map(() => []);
  const children: number[][] = concepts.map(() => []);
  for (const concept of concepts) {
    const child = positions.get(fold(definition, concept.code))!;
    for (const code of concept.parents ?? []) {
      const parent = positions.get(fold(definition, code));
      if (parent === undefined || parents[child]!.includes(parent)) continue;
      parents[child]!.push(parent);
      children[parent]!.push(child);
    }
  }
  // Where the meaning is not given, nesting is read as is-a: so do the published R4 code systems mean it.
  return {
    definition,
    isA: hierarchyMeaning === undefined || hierarchyMeaning === 'is-a',
    positions,
    parents,
    children,
  };
}

/** The concept of a code, spelled as the code system spells it; undefined when it has none. */
export function conceptOf(system: CodeSystem, code: string): ConceptDefinition | undefined {
  const at = system.positions.get(fold(system.definition, code));
  return at === undefined ? undefined : system.definition.concepts[at];
}

/** The code and all codes it subsumes, itself first; undefined when the code system has no such code. */
export function descendants(system: CodeSystem, code: string): string[] | undefined {
  return reach(system, code, system.children);
}

/** The code and all codes that subsume it, itself first; undefined when the code system has no such code. */
export function ancestors(system: CodeSystem, code: string): string[] | undefined {
  return reach(system, code, system.parents);
}

/** Breadth first; each position once, so that cycles end. */
function reach(
  system: CodeSystem,
  code: string,
  links: readonly (readonly number[])[],
): string[] | undefined {
  const start = system.positions.get(fold(system.definition, code));
  if (start === undefined) return undefined;
  const reached = new Set([start]);
  if (system.isA) for (const at of reached) for (const next of links[at]!) reached.add(next);
  return Array.from(reached, (at) => system.definition.concepts[at]!.code);
}

/** Direct parents or children of a code, whatever the hierarchy means; empty when there is no such code. */
export function neighbours(system: CodeSystem, code: string, side: 'parents' | 'children'): string[] {
  const at = system.positions.get(fold(system.definition, code));
  return at === undefined ? [] : system[side][at]!.map((other) => system.definition.concepts[other]!.code);
}

/** How `a` relates to `b` (http://hl7.org/fhir/concept-subsumption-outcome); undefined when either is no code of it. */
export function subsumption(
  system: CodeSystem,
  a: string,
  b: string,
): 'equivalent' | 'subsumes' | 'subsumed-by' | 'not-subsumed' | undefined {
  const [first, second] = [conceptOf(system, a)?.code, conceptOf(system, b)?.code];
  if (first === undefined || second === undefined) return undefined;
  if (first === second) return 'equivalent';
  const above = ancestors(system, second)!.includes(first);
  const below = ancestors(system, first)!.includes(second);
  // Each above the other: a cycle, in which they are one.
  if (above && below) return 'equivalent';
  return above ? 'subsumes' : below ? 'subsumed-by' : 'not-subsumed';
}

/** Whether all codes of the system are known here. */
export function isComplete({ definition }: CodeSystem): boolean {
  return definition.content === 'complete';
}

/** The values of a concept's property, by the property's code or by the standard property it means. */
export function propertyValues(system: CodeSystem, concept: ConceptDefinition, property: string): unknown[] {
  if (!concept.properties) return [];
  const names = namesOf(system.definition, property);
  const values: unknown[] = [];
  for (const [code, value] of concept.properties) {
    if (code === property || names.includes(code)) values.push(value);
  }
  return values;
}

const aliases = new WeakMap<CodeSystemDefinition, Map<string, string[]>>();

/** The codes of the properties that are declared to mean a standard one. Asked of every concept, so that it is remembered. */
function namesOf(definition: CodeSystemDefinition, property: string): readonly string[] {
  const known = aliases.get(definition) ?? new Map<string, string[]>();
  aliases.set(definition, known);
  let names = known.get(property);
  if (!names) {
    names = (definition.properties ?? [])
      .filter((each) => propertyMeaning(each) === property)
      .map(({ code }) => code);
    // A value set may ask for anything: only what the code system declares is worth remembering.
    if (names.length > 0 || STANDARD.has(property)) known.set(property, names);
  }
  return names;
}

/** Properties that say whether a concept is to be used. */
const STANDARD = new Set(['notSelectable', 'abstract', 'inactive', 'status']);

const isTrue = (value: unknown): boolean => value === true || value === 'true';

/** Whether a concept only groups others and is not to be recorded. */
export function isAbstract(system: CodeSystem, concept: ConceptDefinition): boolean {
  return ['notSelectable', 'abstract'].some((name) => propertyValues(system, concept, name).some(isTrue));
}

/** Whether a concept is no longer to be used. Deprecated ones may still be (concept-properties). */
export function isInactive(system: CodeSystem, concept: ConceptDefinition): boolean {
  return (
    propertyValues(system, concept, 'inactive').some(isTrue) ||
    propertyValues(system, concept, 'status').some((status) => status === 'retired' || status === 'inactive')
  );
}
