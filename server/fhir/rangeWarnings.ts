// What the client that stores an ObservationDefinition is told of ranges that cannot be used, or not as it may think
// (vitals/readVitalSign.ts).
import type { Issue } from '../errors.ts';
import { readVitalSign } from '../vitals/readVitalSign.ts';
import type { Planned } from './planChange.ts';

/** A warning for each range of a planned write that vital signs will not be judged by, or by more than its text says. */
export function rangeWarnings({ type, id, resource, version }: Planned): Issue[] {
  if (type !== 'ObservationDefinition' || !resource) return [];
  const intervals = (resource.qualifiedInterval ?? []) as { condition?: string }[];
  const texts = [
    ...readVitalSign({ ...resource, id }, String(version)).problems,
    ...intervals.flatMap(({ condition }, position) =>
      condition === undefined ? [] : [`${type}/${id}.qualifiedInterval[${position}] ${unproven(condition)}`],
    ),
  ];
  return texts.map((diagnostics) => ({
    ...{ severity: 'warning', code: 'business-rule', diagnostics, expression: [type] },
  }));
}

const unproven = (condition: string): string =>
  `holds whether or not "${condition}" does: only codes in context and appliesTo restrict it.`;
