// Whether a value belongs to a slice: its discriminators, evaluated on the value (profiling.html#discriminator).
import type { Definitions } from '../definitions/definitions.ts';
import {
  nameOfPlace,
  placeNamed,
  placeOf,
  propertyOf,
  resolveElement,
} from '../definitions/resolveElement.ts';
import { equalJson } from '../json/equalJson.ts';
import { bindingProblems } from './binding.ts';
import { judgeObject } from './judgeObject.ts';
import { type JudgeScope, privately, refuses } from './judgeScope.ts';
import { meets, type Value } from './judgeValue.ts';
import { isPatternOf } from './pattern.ts';
import { resolveReference } from './resolveReference.ts';
import type { DiscriminatorRules, SliceRules, ValueRules } from './rules.ts';
import type { JsonObject } from './structureIssues.ts';

/** Why the members of a slice cannot be told, if so: its definition says nothing at the end of a discriminator's path. */
export function undecidable({ name, discriminators }: SliceRules): string | undefined {
  const vague = discriminators.find(({ type, types, profiles, alternatives }) => {
    if (type === 'exists') return false;
    if (type === 'type') return types.length === 0;
    return type === 'profile' ? profiles.length === 0 : !alternatives.some(decides);
  });
  if (!vague) return undefined;
  const path = vague.steps.join('.') || '$this';
  return `the definition of slice ${name} says nothing at ${path}, where its discriminator (${vague.type}) looks`;
}

/** True when all discriminators hold. */
export function isOfSlice(value: Value, slice: SliceRules, scope: JudgeScope): boolean {
  return slice.discriminators.every((discriminator) => holds(value, discriminator, scope));
}

function holds(value: Value, rules: DiscriminatorRules, scope: JudgeScope): boolean {
  const { steps, type, types, profiles, alternatives, exists } = rules;
  const ends = steps.reduce<Value[]>(
    (values, step) => values.flatMap((each) => follow(each, step, scope)),
    [value],
  );
  switch (type) {
    case 'exists':
      return exists === undefined || ends.length > 0 === exists;
    case 'type':
      return ends.some((end) => types.some((wanted) => isOfType(end, wanted)));
    case 'profile':
      return ends.some((end) => profiles.some((canonical) => conforms(end, canonical, scope)));
    default: {
      const deciding = alternatives.filter(decides);
      return ends.some((end) => deciding.some((each) => isOne(end, each, scope)));
    }
  }
}

const isOfType = (value: Value, wanted: string): boolean =>
  typeOf(value) === wanted ||
  wanted === 'Resource' ||
  wanted === 'DomainResource' ||
  (wanted === 'BackboneElement' && value.type.includes('.'));

const typeOf = ({ type, value }: Value): string =>
  type === 'Resource' ? String((value as JsonObject)?.resourceType) : type;

function conforms(value: Value, canonical: string, scope: JudgeScope): boolean {
  const rules = scope.knowledge.rulesOfProfile(canonical);
  return typeof rules === 'object' && value.value !== undefined && meets(value, typeOf(value), rules, scope);
}

/** Whether the definition at the end of a path says anything that tells values apart. */
function decides({ definition, typed, types }: ValueRules): boolean {
  const { fixed, pattern, binding } = definition;
  if (fixed !== undefined || pattern !== undefined || binding?.strength === 'required') return true;
  const inside = types.length <= 1 ? typed(types[0] ?? '')?.inside?.() : undefined;
  return inside !== undefined && !inside.base;
}

function isOne(value: Value, { definition, typed }: ValueRules, scope: JudgeScope): boolean {
  const { fixed, pattern, binding } = definition;
  if (fixed !== undefined) return equalJson(value.value, fixed);
  if (pattern !== undefined) return isPatternOf(pattern, value.value);
  const inside = typed(typeOf(value))?.inside?.();
  if (inside && !inside.base) {
    if (typeof value.value !== 'object' || value.value === null) return false;
    const object = value.value as JsonObject;
    return !privately(scope, (own) => judgeObject(object, inside, typeOf(value), own)).some(refuses);
  }
  const set = binding?.valueSet === undefined ? undefined : scope.knowledge.boundSet(binding.valueSet);
  return set !== undefined && bindingProblems(value.value, value.type, 'required', set).length === 0;
}

function follow(from: Value, step: string, scope: JudgeScope): Value[] {
  if (step.startsWith('ofType(')) return isOfType(from, step.slice('ofType('.length, -1)) ? [from] : [];
  if (step === 'resolve()') {
    const reference = from.type === 'Reference' ? (from.value as JsonObject)?.reference : from.value;
    const found = typeof reference === 'string' ? resolveReference(reference, scope) : undefined;
    if (found?.resource) return [{ value: found.resource, type: 'Resource' }];
    // Of what is elsewhere only the type is known.
    return found?.type === undefined ? [] : [{ value: undefined, type: found.type }];
  }
  const object = (typeof from.value === 'object' && from.value !== null ? from.value : from.extended) as
    | JsonObject
    | undefined;
  if (!object) return [];
  const url = /^extension\((.*)\)$/.exec(step)?.[1];
  if (url !== undefined) {
    const extensions = (object.extension ?? []) as JsonObject[];
    return extensions.filter((each) => each.url === url).map((value) => ({ value, type: 'Extension' }));
  }
  return members(object, object === from.value ? typeOf(from) : 'Element', step, scope.knowledge.definitions);
}

/** The values of an element in an object. */
function members(object: JsonObject, type: string, name: string, definitions: Definitions): Value[] {
  const place = placeNamed(type);
  const element = resolveElement(definitions, place, name);
  if (!element) return [];
  return (element.types.length > 0 ? element.types : ['']).flatMap((of) => {
    const property = propertyOf(element, of);
    const valueType = nameOfPlace(placeOf(place, element, of));
    const list = [object[property] ?? []].flat();
    const twins = [object[`_${property}`] ?? []].flat() as (JsonObject | null)[];
    return Array.from({ length: Math.max(list.length, twins.length) }, (_, at) => ({
      value: list[at] ?? undefined,
      extended: twins[at] ?? undefined,
      type: valueType,
    }));
  });
}
