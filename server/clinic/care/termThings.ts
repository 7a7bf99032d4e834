// Concepts of the code system of conditions as things of the plain JSON API.
import { createHash } from 'node:crypto';
import type { Json } from '../things/clinicResource.ts';
import type { Thing } from '../things/thing.ts';
import {
  abbreviationOf,
  type Concept,
  type ConditionSystem,
  conceptsOf,
  nameOfTerm,
} from './conditionTerms.ts';

/** Each concept as a thing, whose main resource is the code system with this concept only. */
export function termThings(system: ConditionSystem): Thing[] {
  const { resourceType, id, meta = { versionId: '0' } } = system;
  return conceptsOf(system).map((concept) => {
    const json = termJson(concept);
    const main = { resourceType, ...(id !== undefined && { id }), meta, concept: [concept] };
    return {
      ...{ id: concept.code, main, parts: [], json },
      // Others may change meanwhile: its ETag is made of itself.
      get tag() {
        const digest = createHash('sha256').update(JSON.stringify(json)).digest('base64url');
        return `W/"${digest.slice(0, 16)}"`;
      },
    };
  });
}

/** The plain form of a concept. */
export function termJson(concept: Concept): Json {
  const name = nameOfTerm(concept);
  const abbreviation = abbreviationOf(concept);
  const others = new Set((concept.designation ?? []).map(({ value }) => value));
  others.delete(name);
  return {
    ...{ id: concept.code, name },
    ...(abbreviation !== undefined && { abbreviation }),
    ...(others.size > 0 && { other_names: [...others] }),
  };
}
