// What this server adds to an Observation is known by an extension that names the ruleset, and by a tag of the resource
// (extensibility.html, resource.html#tag), so that it can be told from what was sent, and taken away again.
import { tagSystem } from './codeSystems.ts';
import type { Extensible, JsonObject, Measurement, Observation } from './observation.ts';

/** Which definition, in which version, and which interval of it decided: extensions `definition`, `version`, `interval`. */
export const rulesetUrl = 'https://salus.example/fhir/StructureDefinition/ruleset';
/** valueCodeableConcept: the computed interpretation, where the one that was sent says something else. */
export const computedInterpretationUrl =
  'https://salus.example/fhir/StructureDefinition/computed-interpretation';
/** The tag of a resource that holds something computed; only this server gives it. */
export const computedTag = {
  system: tagSystem,
  code: 'computed',
} as const;

/** Whether an interpretation or a range was computed by this server. */
export function isComputed({ extension }: Extensible): boolean {
  return extension?.some(({ url }) => url === rulesetUrl) ?? false;
}

/** An Observation as it was before anything was computed; the same object where nothing was. */
export function withoutComputed(observation: JsonObject): JsonObject {
  const { meta, component } = observation as Observation;
  let result = withoutComputedParts(observation);
  const parts = component?.map((part) => withoutComputedParts(part as JsonObject));
  if (parts?.some((part, i) => part !== component![i])) result = { ...result, component: parts };
  const tags = meta?.tag?.filter(
    ({ system, code }) => system !== computedTag.system || code !== computedTag.code,
  );
  if (tags && tags.length < meta!.tag!.length) {
    const cleaned = replaced(meta as JsonObject, 'tag', tags);
    result = Object.keys(cleaned).length > 0 ? { ...result, meta: cleaned } : without(result, 'meta');
  }
  return result;
}

function withoutComputedParts(part: JsonObject): JsonObject {
  const { interpretation, referenceRange, extension } = part as Measurement;
  let result = part;
  if (interpretation?.some(isComputed)) {
    result = replaced(
      result,
      'interpretation',
      interpretation.filter((each) => !isComputed(each)),
    );
  }
  if (referenceRange?.some(isComputed)) {
    result = replaced(
      result,
      'referenceRange',
      referenceRange.filter((each) => !isComputed(each)),
    );
  }
  if (extension?.some(({ url }) => url === computedInterpretationUrl)) {
    const sent = extension.filter(({ url }) => url !== computedInterpretationUrl);
    result = replaced(result, 'extension', sent);
  }
  return result;
}

/** With another list; without it when that is empty, which FHIR does not allow. */
function replaced(object: JsonObject, key: string, list: readonly unknown[]): JsonObject {
  return list.length > 0 ? { ...object, [key]: list } : without(object, key);
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = object;
  return rest;
}
