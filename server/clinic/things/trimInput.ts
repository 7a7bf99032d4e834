// Blanks that people type before and after what they enter.
import { isDeepStrictEqual } from 'node:util';
import type { Json } from './clinicResource.ts';
import { faultsOf } from './validateThing.ts';

/**
 * What a client sends, without blanks at the ends of texts whose schema refuses them. Ids stay as they are: no person types them; so do
 * members that are as they were told.
 */
export function trimInput(schema: Json, input: unknown, told: Json = {}): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  const members = (schema.properties ?? {}) as Record<string, Json>;
  const trimmed = Object.entries(input).flatMap(([name, value]): [string, string][] => {
    const member = Object.hasOwn(members, name) ? members[name] : undefined;
    if (name === 'id' || member?.type !== 'string' || typeof value !== 'string') return [];
    // Blanks at the ends are welcome in notes, which must only not be blank.
    if (member.pattern === '\\S') return [];
    const isAsTold = Object.hasOwn(told, name) && isDeepStrictEqual(told[name], value);
    if (isAsTold || value === value.trim() || faultsOf(member, value).length === 0) return [];
    return [[name, value.trim()]];
  });
  return trimmed.length === 0 ? input : { ...input, ...Object.fromEntries(trimmed) };
}
