// Which of the resources that came with a page of things belong to which of them: the includes are followed as the search has
// followed them.
import { followedPaths, targetsOf } from '../../fhir/includeTargets.ts';
import { includeTargets, referenceParameters } from '../../search/includesOf.ts';
import type { Include } from '../../search/searchPlan.ts';
import type { Resource, Services } from '../../services.ts';
import type { ClinicResource } from './clinicResource.ts';

/** `Type/id` */
export const nameOf = ({ resourceType, id }: Resource): string => `${resourceType}/${id}`;

/** Where an include leads from a resource. */
interface Step {
  to: Resource;
  /** whether it is followed from what was included, too */
  iterate: boolean;
}

/** Of the parts of a kind of thing of several types, those that things of some of these types can have. */
export function partsOfTypes(
  { definitions }: Services,
  parts: ClinicResource['parts'],
  types: readonly string[],
): ClinicResource['parts'] {
  return parts.filter(([kind, path]) => {
    if (kind.endsWith(':iterate')) return true;
    const [source, code] = path.split(':') as [string, string];
    if (kind === '_include') return types.includes(source);
    const parameter = referenceParameters(definitions, source).find((one) => one.code === code);
    const targets = parameter ? includeTargets(definitions, parameter) : new Set<string>();
    return types.some((type) => targets.has(type));
  });
}

/** The parts of each of the main resources, in their order. */
export function groupParts(
  services: Services,
  includes: readonly Include[],
  mains: readonly Resource[],
  parts: readonly Resource[],
): Resource[][] {
  if (includes.length === 0) return mains.map(() => []);
  const steps = stepsOf(services, includes, [...mains, ...parts]);
  // Another main resource of the page may be part of one: it is not read twice.
  const possible = new Set([...mains, ...parts]);
  return mains.map((main) => {
    const own = new Set<Resource>();
    const follow = (from: Resource, first: boolean) => {
      for (const { to, iterate } of steps.get(nameOf(from)) ?? []) {
        if (!(first || iterate) || own.has(to) || to === main || !possible.has(to)) continue;
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
