// The definition of a value set as JSON, for $expand with includeDefinition.
import type { ComponentDefinition, ListedConcept, ValueSetDefinition } from '../definitions/terminology.ts';

/** What is said anew with each expansion, or of another resource than the answer. */
const NOT_DEFINITION = new Set(['id', 'meta', 'text', 'expansion']);

/** All elements of the resource but its own expansion; where only the model of it is kept, what that has. */
export function definitionOf(
  resource: object | undefined,
  { compose, url }: ValueSetDefinition,
): Record<string, unknown> {
  if (resource) {
    return Object.fromEntries(Object.entries(resource).filter(([name]) => !NOT_DEFINITION.has(name)));
  }
  if (!compose) return { url };
  const { inactive, include, exclude } = compose;
  return {
    compose: {
      ...(inactive === undefined ? {} : { inactive }),
      include: include.map(componentJson),
      ...(exclude.length > 0 ? { exclude: exclude.map(componentJson) } : {}),
    },
  };
}

const componentJson = ({ concepts, filters, valueSets, ...component }: ComponentDefinition) => ({
  ...component,
  ...(concepts ? { concept: concepts.map(conceptJson) } : {}),
  ...(filters ? { filter: filters } : {}),
  ...(valueSets ? { valueSet: valueSets } : {}),
});

const conceptJson = ({ designations, ...concept }: ListedConcept) => ({
  ...concept,
  ...(designations ? { designation: designations } : {}),
});
