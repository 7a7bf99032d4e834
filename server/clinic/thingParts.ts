// Which of the resources that came with a page of things belong to which of them: the includes are followed as the search has
// followed them.
import { followedPaths, targetsOf } from '../fhir/includeTargets.ts';
import type { Include } from '../search/searchPlan.ts';
import type { Resource, Services } from '../services.ts';

/** `Type/id` */
export const nameOf = ({ resourceType, id }: Resource): string => `${resourceType}/${id}`;

/** Where an include leads from a resource. */
interface Step {
  to: Resource;
  /** whether it is followed from what was included, too */
  iterate: boolean;
}

/** The parts of each of the main resources, in their order. */
export function groupParts(
  services: Services,
  includes: readonly Include[],
  mains: readonly Resource[],
  parts: readonly Resource[],
): Resource[][] {
  if (parts.length === 0) return mains.map(() => []);
  const steps = stepsOf(services, includes, [...mains, ...parts]);
  const possible = new Set(parts);
  return mains.map((main) => {
    const own = new Set<Resource>();
    const follow = (from: Resource, first: boolean) => {
      for (const { to, iterate } of steps.get(nameOf(from)) ?? []) {
        if (!(first || iterate) || own.has(to) || !possible.has(to)) continue;
        own.add(to);
        follow(to, false);
      }
    };
    follow(main, true);
    return [...own];
  });
}

/** The steps from each resource to others among these, by its name. */
function stepsOf(
  { definitions, baseUrls }: Services,
  includes: readonly Include[],
  resources: readonly Resource[],
): Map<string, Step[]> {
  const context = { definitions, baseUrls };
  const byName = new Map(resources.map((resource) => [nameOf(resource), resource]));
  const steps = new Map<string, Step[]>();
  const add = (from: string, to: Resource, iterate: boolean) => {
    const some = steps.get(from);
    if (some) some.push({ to, iterate });
    else steps.set(from, [{ to, iterate }]);
  };
  for (const include of includes) {
    const { reverse, iterate } = include;
    const ahead = [{ ...include, reverse: false }];
    const paths = new Map<string, ReturnType<typeof followedPaths>>();
    for (const resource of resources) {
      const { resourceType } = resource;
      const followed = paths.get(resourceType) ?? followedPaths(definitions, ahead, resourceType);
      paths.set(resourceType, followed);
      for (const target of targetsOf(resource, followed, context)) {
        if (target.kind === 'canonical') continue;
        const other = byName.get(`${target.type}/${target.id}`);
        if (!other) continue;
        if (reverse) add(nameOf(other), resource, iterate);
        else add(nameOf(resource), other, iterate);
      }
    }
  }
  return steps;
}
