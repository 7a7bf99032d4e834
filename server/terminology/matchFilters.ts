// Filters of a value set on the concepts of a code system (valueset.html, ValueSet.compose.include.filter).

import vm from 'node:vm';
import type { ConceptDefinition, FilterDefinition } from '../definitions/terminology.ts';
import { propertyMeaning } from '../definitions/terminology.ts';
import { refuse } from '../errors.ts';
import {
  ancestors,
  type CodeSystem,
  conceptOf,
  descendants,
  isAbstract,
  isInactive,
  neighbours,
  propertyValues,
} from './codeSystem.ts';

/** Milliseconds that one regular expression may take for all concepts of a code system. */
const REGEX_TIME = 100;

/**
 * The concepts that pass all filters, in the order of the code system; or, as a sentence, why a filter cannot be applied.
 * @throws FhirError 400 (too-costly) for a regular expression that takes too long
 */
export function matchFilters(
  system: CodeSystem,
  filters: readonly FilterDefinition[],
): ConceptDefinition[] | string {
  let concepts: readonly ConceptDefinition[] = system.definition.concepts;
  for (const filter of filters) {
    const test = filterTest(system, filter);
    if (typeof test === 'string') return test;
    concepts = concepts.filter(test);
  }
  return [...concepts];
}

type Test = (concept: ConceptDefinition) => boolean;

function filterTest(system: CodeSystem, filter: FilterDefinition): Test | string {
  const { property, op, value } = filter;
  const hierarchical = hierarchyTests[op];
  if (hierarchical) {
    if (property !== 'concept' && property !== 'code') {
      return `${describe(system, filter)} cannot be applied: '${op}' is about property 'concept'`;
    }
    if (!system.isA) {
      const { hierarchyMeaning } = system.definition;
      return `${describe(system, filter)} cannot be applied: the hierarchy of that code system is ${hierarchyMeaning}, not is-a`;
    }
    if (!conceptOf(system, value)) {
      return `${describe(system, filter)} cannot be applied: that code system has no code '${value}' here`;
    }
    return hierarchical(system, value);
  }
  if (!hasProperty(system, property)) {
    return `${describe(system, filter)} cannot be applied: that code system has no property '${property}' here`;
  }
  const values = (concept: ConceptDefinition): string[] => filterValues(system, concept, property);
  switch (op) {
    case '=': {
      // Codes are compared as the code system spells them.
      const wanted = isCode(property) ? (conceptOf(system, value)?.code ?? value) : value;
      return (concept) => values(concept).includes(wanted);
    }
    case 'in':
    case 'not-in': {
      const wanted = new Set(
        value
          .split(',')
          .map((item) => item.trim())
          .map((item) => (isCode(property) ? (conceptOf(system, item)?.code ?? item) : item)),
      );
      return (concept) => values(concept).some((item) => wanted.has(item)) === (op === 'in');
    }
    case 'exists':
      if (value !== 'true' && value !== 'false') {
        return `${describe(system, filter)} cannot be applied: 'exists' is either true or false`;
      }
      return (concept) => values(concept).length > 0 === (value === 'true');
    case 'regex':
      return regexTest(system, filter, values);
    default:
      return `${describe(system, filter)} cannot be applied: there is no such operator in R4`;
  }
}

const describe = ({ definition }: CodeSystem, { property, op, value }: FilterDefinition): string =>
  `The filter ${property} ${op} ${value} on ${definition.url}`;

const isCode = (property: string): boolean => ['concept', 'code', 'parent', 'child'].includes(property);

/** Operators on the hierarchy, for a value that is a code of the system. */
const hierarchyTests: Record<string, (system: CodeSystem, value: string) => Test> = {
  'is-a': (system, value) => among(descendants(system, value)!),
  'is-not-a': (system, value) => {
    const below = among(descendants(system, value)!);
    return (concept) => !below(concept);
  },
  'descendent-of': (system, value) => among(descendants(system, value)!.slice(1)),
  generalizes: (system, value) => among(ancestors(system, value)!),
};

function among(codes: string[]): Test {
  const known = new Set(codes);
  return ({ code }) => known.has(code);
}

/** Properties that every concept has, whether the code system declares them or not. */
const inherent: Record<string, (system: CodeSystem, concept: ConceptDefinition) => string[]> = {
  concept: (_, { code }) => [code],
  code: (_, { code }) => [code],
  display: (_, { display }) => (display === undefined ? [] : [display]),
  definition: (_, { definition }) => (definition === undefined ? [] : [definition]),
  parent: (system, { code }) => neighbours(system, code, 'parents'),
  child: (system, { code }) => neighbours(system, code, 'children'),
  inactive: (system, concept) => [String(isInactive(system, concept))],
  notSelectable: (system, concept) => [String(isAbstract(system, concept))],
};

function filterValues(system: CodeSystem, concept: ConceptDefinition, property: string): string[] {
  return Object.hasOwn(inherent, property)
    ? inherent[property]!(system, concept)
    : propertyValues(system, concept, property).map(valueText);
}

/** A property's value as filters write it: a Coding by its code. */
function valueText(value: unknown): string {
  return String(typeof value === 'object' && value !== null ? (value as { code?: unknown }).code : value);
}

/** A filter that is only declared (CodeSystem.filter) says nothing of which concepts pass it. */
function hasProperty({ definition }: CodeSystem, property: string): boolean {
  return (
    Object.hasOwn(inherent, property) ||
    (definition.properties ?? []).some((p) => p.code === property || propertyMeaning(p) === property) ||
    definition.concepts.some((concept) => concept.properties?.some(([code]) => code === property))
  );
}

const REGEX_SCRIPT = new vm.Script('const re = new RegExp(source); texts.map((text) => re.test(text))');

/** A regular expression has to match the whole value. It comes from a client, so that its time is limited. */
function regexTest(
  system: CodeSystem,
  filter: FilterDefinition,
  values: (concept: ConceptDefinition) => string[],
): Test | string {
  const texts = [...new Set(system.definition.concepts.flatMap(values))];
  const source = `^(?:${filter.value})$`;
  try {
    new RegExp(source);
  } catch {
    return `${describe(system, filter)} cannot be applied: it is no regular expression`;
  }
  let matches: boolean[];
  try {
    matches = REGEX_SCRIPT.runInNewContext({ source, texts }, { timeout: REGEX_TIME }) as boolean[];
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw refuse(400, 'too-costly', `${describe(system, filter)} takes too long; simplify the expression.`);
  }
  const matching = new Set(texts.filter((_, i) => matches[i]));
  return (concept) => values(concept).some((value) => matching.has(value));
}
