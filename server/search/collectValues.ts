// Evaluates the steps of an index path on a JSON tree.

import type { ItemFilter, PathStep } from '../definitions/searchParameter.ts';

/** All values at the end of the steps; arrays are flattened on the way. */
export function collectValues(from: unknown, steps: readonly PathStep[]): unknown[] {
  let values: unknown[] = [from];
  for (const { property, filter } of steps) {
    const next: unknown[] = [];
    for (const value of values) {
      if (typeof value !== 'object' || value === null) continue;
      const found = (value as Record<string, unknown>)[property];
      if (found === undefined || found === null) continue;
      const items = Array.isArray(found) ? found : [found];
      items.forEach((item, index) => {
        if (filter === undefined || passes(filter, item, index)) next.push(item);
      });
    }
    values = next;
  }
  return values;
}

/** Whether an item at a position passes a step's filter. */
export function passes(filter: ItemFilter, item: unknown, index: number): boolean {
  if ('index' in filter) return index === filter.index;
  if (typeof item !== 'object' || item === null) return false;
  const value = (item as Record<string, unknown>)[filter.property];
  return Array.isArray(value) ? value.includes(filter.equals) : value === filter.equals;
}
