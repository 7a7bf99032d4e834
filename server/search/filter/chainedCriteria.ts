// Criteria of `_filter` reshaped: the tests inside them exchanged, and chains that lead to the same resource joined.

import type { DateTest } from '../parameters/date.ts';
import type { StringTest } from '../parameters/string.ts';
import type { ChainLink, Criterion, Group } from '../searchPlan.ts';

type Chain = Extract<Criterion, { kind: 'chain' }>;

/** What becomes of each test of a kind. */
export interface TestChanges {
  date?: (test: DateTest) => DateTest;
  string?: (test: StringTest) => StringTest;
}

/** The criteria with every date and string test in them, chains included, put through the given functions. */
export function mapTests(criteria: readonly Criterion[], to: TestChanges): Criterion[] {
  if (!to.date && !to.string) return [...criteria];
  const all = (inner: readonly Criterion[]): Criterion[] => mapTests(inner, to);
  return criteria.map((criterion): Criterion => {
    switch (criterion.kind) {
      case 'string':
        return to.string ? { ...criterion, groups: mapGroups(criterion.groups, to.string) } : criterion;
      case 'date':
        return to.date ? { ...criterion, groups: mapGroups(criterion.groups, to.date) } : criterion;
      case 'lastUpdated':
        return to.date ? { ...criterion, tests: criterion.tests.map(to.date) } : criterion;
      case 'either':
        return { ...criterion, alternatives: criterion.alternatives.map(all) };
      case 'not':
      case 'has':
        return { ...criterion, criteria: all(criterion.criteria) };
      case 'chain':
        return {
          ...criterion,
          links: criterion.links.map((link) => ({
            ...link,
            criteria: all(link.criteria),
            contained: all(link.contained),
          })),
        };
      default:
        return criterion;
    }
  });
}

function mapGroups<T>(groups: readonly Group<T>[], to: (test: T) => T): Group<T>[] {
  return groups.map((group) => ({
    ...group,
    tests: group.tests.map(to),
    ...(group.boundTo ? { boundTo: { ...group.boundTo, tests: group.boundTo.tests.map(to) } } : {}),
  }));
}

/**
 * One chain out of several that begin alike: its link number `depth` (from 0) leads to resources that meet what `join`
 * makes of the criteria of all of them, in their order. Types that one of the chains cannot lead to are left out.
 * Undefined where they are no chains of that length.
 */
export function bindChains(
  chains: readonly (readonly Criterion[])[],
  depth: number,
  join: (criteria: Criterion[][]) => Criterion[],
): Criterion[] | undefined {
  const single = chains.map(([first, ...more]) =>
    first?.kind === 'chain' && more.length === 0 ? first : undefined,
  );
  const [first] = single;
  if (!first || !single.every((chain): chain is Chain => chain !== undefined)) return undefined;
  const links: ChainLink[] = [];
  for (const link of first.links) {
    const alike = single.map((chain) => chain.links.find((other) => linkKey(other) === linkKey(link)));
    if (!alike.every((other) => other !== undefined)) continue;
    const joined = (inner: Criterion[][]): Criterion[] | undefined =>
      depth === 0 ? join(inner) : bindChains(inner, depth - 1, join);
    const criteria = joined(alike.map((other) => other.criteria));
    if (!criteria) return undefined;
    // A chain that does not look into contained resources says so by having no criteria for them.
    const inside = alike.map((other) => other.contained);
    const contained = inside.some((one) => one.length === 0) ? [] : joined(inside);
    links.push({ ...link, criteria, contained: contained ?? [] });
  }
  const parameter = [...new Set(single.map((chain) => chain.parameter))].join(' and ');
  return links.length > 0 ? [{ kind: 'chain', parameter, links }] : [never(parameter)];
}

function never(parameter: string): Criterion {
  return { kind: 'constant', parameter, holds: false };
}

function linkKey({ type, paths }: ChainLink): string {
  return [type, ...paths.map(({ path, targetType }) => `${path.id} ${targetType ?? ''}`)].join('\n');
}
