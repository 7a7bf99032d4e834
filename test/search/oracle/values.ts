// The values a search parameter has in a resource: the published FHIRPath expression, evaluated by @medplum/core.
import { evalFhirPathTyped, type TypedValue, toTypedValue } from '@medplum/core';
import type { Resource as FhirResource, Reference, SearchParameter } from '@medplum/fhirtypes';

/** A stored resource: it always has an id. */
export type Resource = FhirResource & { id: string };

/** A value, its FHIR type, and the alternative of the expression that it comes from. */
export interface Value extends TypedValue {
  readonly path: string;
}

const cache = new WeakMap<object, Map<SearchParameter, readonly Value[]>>();

/** Values of a parameter in a resource; computed once for each resource. */
export function valuesOf(resource: Resource, parameter: SearchParameter): readonly Value[] {
  const known = cache.get(resource) ?? new Map<SearchParameter, readonly Value[]>();
  cache.set(resource, known);
  let values = known.get(parameter);
  if (!values) {
    values = alternativesFor(parameter, resource.resourceType).flatMap((alternative) =>
      evaluate(alternative, toTypedValue(resource), resource),
    );
    known.set(parameter, values);
  }
  return values;
}

/** Values of one component of a composite, seen from one value of the composite itself. */
export function componentValues(within: Value, expression: string, resource: Resource): readonly Value[] {
  return alternatives(expression).flatMap((alternative) => evaluate(alternative, within, resource));
}

/** The alternatives of a parameter's expression that speak of a type. */
export function alternativesFor({ expression }: SearchParameter, type: string): string[] {
  return (expression ? alternatives(expression) : [])
    .map((alternative) => alternative.replace(/^(?:(?:Domain)?Resource\.|(?=[a-z]))/, `${type}.`))
    .filter((alternative) => startsAt(alternative, type));
}

/** Splits an expression at its outermost `|`. */
function alternatives(expression: string): string[] {
  const found: string[] = [''];
  let depth = 0;
  for (const character of expression) {
    if (character === '(') depth++;
    if (character === ')') depth--;
    if (character === '|' && depth === 0) found.push('');
    else found[found.length - 1] += character;
  }
  return found.map((one) => one.trim());
}

const startsAt = (alternative: string, type: string): boolean => {
  const root = /^\(*([A-Z]\w*)/.exec(alternative)?.[1];
  return root === type;
};

/**
 * Evaluates one alternative. Two things are not left to the library: `x.as(T)` keeps values of other types there, and
 * `resolve() is T` is answered from what the reference itself says, since nothing can be fetched.
 */
function evaluate(alternative: string, from: TypedValue, resource: Resource): Value[] {
  const [, plain, target] = /^(.*?)(?:\.where\(resolve\(\) is (\w+)\))?$/.exec(alternative)!;
  const expression = plain!
    .replace(/\.as\((\w+)\)/g, '.ofType($1)')
    .replace('ofType(DateTime)', 'ofType(dateTime)');
  return evalFhirPathTyped(expression, [from], { '%resource': toTypedValue(resource) })
    .filter(({ type, value }) => value !== undefined && value !== null && !isBare(type, value))
    .filter(({ value }) => target === undefined || referencedType(value as Reference, resource) === target)
    .map(({ type, value }) => ({ type, value, path: plain!.replace(/[()]/g, '') }));
}

/** Whether a primitive has extensions but no value. */
const isBare = (type: string, value: unknown): boolean => /^[a-z]/.test(type) && typeof value === 'object';

/** The type of what a reference leads to: of the contained resource, by its URL, or as Reference.type says. */
export function referencedType({ reference, type }: Reference, container: Resource): string | undefined {
  if (reference?.startsWith('#')) return containedIn(container, reference)?.resourceType;
  return /(?:^|\/)([A-Z]\w+)\/[A-Za-z0-9\-.]{1,64}(?:\/_history\/[^/]+)?$/.exec(reference ?? '')?.[1] ?? type;
}

/** The contained resource that a reference like `#id` means; `#` alone is the container. */
export function containedIn(resource: Resource, reference: string): Resource | undefined {
  // A contained resource refers to others of the same container.
  const container = containers.get(resource) ?? resource;
  return reference === '#'
    ? container
    : containedResources(container).find(({ id }) => `#${id}` === reference);
}

/** The resources that a resource contains. */
export function containedResources(container: Resource): readonly Resource[] {
  const { contained = [] } = container as { contained?: Resource[] };
  for (const one of contained) containers.set(one, container);
  return contained;
}

const containers = new WeakMap<Resource, Resource>();
