// Where an extension may be used (defining-extensions.html#context).
import type { Definitions } from '../definitions/definitions.ts';
import { nameOfPlace, type Place, placeOf, resolveElement } from '../definitions/resolveElement.ts';
import type { ExtensionContext } from '../definitions/structure.ts';
import type { JudgeScope } from './judgeScope.ts';
import type { JsonObject } from './structureIssues.ts';

/** Whether the extension at the current place stands where one of the contexts allows it. FHIRPath contexts are not judged. */
export function isAllowedIn(contexts: readonly ExtensionContext[], scope: JudgeScope): boolean {
  const names = namesOfHolder(scope);
  const urls = urlsAround(scope);
  return contexts.some(({ type, expression }) => {
    if (type === 'fhirpath') return true;
    if (type === 'extension') return urls.has(expression) || urls.has(expression.split('#')[0]!);
    // `Patient.contact`, `HumanName`, or the url of a structure with `#` and the path.
    return names.has(
      expression
        .slice(expression.lastIndexOf('/') + 1)
        .replace(/^.*#/, '')
        .replace(/\[x\]$/, ''),
    );
  });
}

/** Every name of the element that holds the extension: its type, those the type specialises, its path below each of them. */
function namesOfHolder({ resource, path, start, knowledge: { definitions } }: JudgeScope): Set<string> {
  let places: Place[] = [{ type: resource.resourceType as string, path: '' }];
  let names = ancestorsOf(resource.resourceType as string, definitions);
  // The last two steps are `extension` and its index.
  for (const step of path.slice(start, -2)) {
    if (typeof step === 'number') continue;
    const next: Place[] = [];
    const nextNames = new Set([...names].map((name) => `${name}.${step}`));
    for (const place of places) {
      const element = resolveElement(definitions, place, step);
      for (const type of element?.types.length === 0 ? [''] : (element?.types ?? [])) {
        const inside = placeOf(place, element!, type);
        next.push(inside);
        nextNames.add(nameOfPlace(inside));
        for (const name of ancestorsOf(type, definitions)) nextNames.add(name);
      }
    }
    places = next;
    names = nextNames;
  }
  return names;
}

function ancestorsOf(type: string, { types }: Definitions): Set<string> {
  const names = new Set<string>();
  for (let name: string | undefined = type; name && !names.has(name); name = types.get(name)?.base)
    names.add(name);
  // Every place is one: primitives are, and resources count as one here.
  names.add('Element');
  return names;
}

/** Urls of the extensions that the current one stands in. */
function urlsAround({ resource, path, start }: JudgeScope): Set<unknown> {
  const urls = new Set<unknown>();
  let at: unknown = resource;
  for (const step of path.slice(start, -2)) {
    const holder = at as JsonObject | undefined;
    at = holder?.[step] ?? (typeof step === 'string' ? holder?.[`_${step}`] : undefined);
    if (typeof at === 'object' && at !== null && 'url' in at) urls.add(at.url);
  }
  return urls;
}
