// Whether a value has everything that a `pattern[x]` has (elementdefinition.html#pattern).
import { equalJson } from '../json/equalJson.ts';

/** Primitives are equal, objects have every member of the pattern, and each item of a pattern's list is met by one of the value's. */
export function isPatternOf(pattern: unknown, value: unknown): boolean {
  if (Array.isArray(pattern)) {
    return Array.isArray(value) && pattern.every((item) => value.some((each) => isPatternOf(item, each)));
  }
  if (typeof pattern !== 'object' || pattern === null || JSON.isRawJSON(pattern))
    return equalJson(pattern, value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.entries(pattern).every(([name, part]) =>
    isPatternOf(part, (value as Record<string, unknown>)[name]),
  );
}
