// A code system together with its supplements (codesystem.html#supplements): they add designations and properties to its
// concepts, never concepts.

import type { CodeSystemDefinition, ConceptDefinition } from '../definitions/terminology.ts';
import { splitCanonical } from './findValueSet.ts';

/** Supplements that are about this version of the code system. */
export function supplementsOf(
  { url, version }: CodeSystemDefinition,
  supplements: readonly CodeSystemDefinition[],
): CodeSystemDefinition[] {
  return supplements.filter((supplement) => {
    const [supplemented, of] = splitCanonical(supplement.supplements ?? '');
    return supplemented === url && (of === undefined || of === version);
  });
}

/** The code system with what its supplements add; itself where there are none. */
export function withSupplements(
  codeSystem: CodeSystemDefinition,
  supplements: readonly CodeSystemDefinition[],
): CodeSystemDefinition {
  if (supplements.length === 0) return codeSystem;
  const fold = (code: string) => (codeSystem.caseSensitive === false ? code.toLowerCase() : code);
  const added = new Map<string, ConceptDefinition[]>();
  for (const concept of supplements.flatMap(({ concepts }) => concepts)) {
    const key = fold(concept.code);
    added.set(key, [...(added.get(key) ?? []), concept]);
  }
  return {
    ...codeSystem,
    properties: [
      ...(codeSystem.properties ?? []),
      ...supplements.flatMap(({ properties }) => properties ?? []),
    ],
    concepts: codeSystem.concepts.map((concept) => {
      const more = added.get(fold(concept.code));
      if (!more) return concept;
      const designations = [concept, ...more].flatMap((each) => each.designations ?? []);
      const properties = [concept, ...more].flatMap((each) => each.properties ?? []);
      return {
        ...concept,
        ...(designations.length > 0 ? { designations } : {}),
        ...(properties.length > 0 ? { properties } : {}),
      };
    }),
  };
}
