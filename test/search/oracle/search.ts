// The oracle: what a search must find, evaluated in memory by going through all resources, straight from the
// specification (search.html of R4) and from nothing of the server.
import { compartmentParameters } from './compartments.ts';
import { isInCompartment, meets, type Setting } from './evaluate.ts';
import { includesOf, readIncludes } from './includes.ts';
import { sortResources } from './sort.ts';
import { splitAt } from './splitValue.ts';
import { containedResources, type Resource } from './values.ts';

export interface Found {
  /** all matches, in the order in which pages show them */
  readonly matches: readonly Resource[];
  /** what a page with these matches brings with it, in no particular order */
  includes(page: readonly Resource[]): Resource[];
}

/** Parameters that say how results are shown, not which. */
const RESULT_PARAMETERS =
  /^_(sort|count|total|summary|elements|format|pretty|include|revinclude|contained)(:|$)/;

/** Evaluates a search: path and query below the base, as in `Observation?code=1` or `Patient/1/*?_type=Condition`. */
export function search(url: string, setting: Setting): Found {
  const [path, queryText = ''] = url.split('?') as [string, string?];
  const query = new URLSearchParams(queryText);
  const criteria = [...query].filter(([name]) => name !== '_type' && !RESULT_PARAMETERS.test(name));
  const types = query.get('_type')?.split(',');
  const isWanted = (resource: Resource): boolean =>
    (types?.includes(resource.resourceType) ?? true) &&
    criteria.every(([name, text]) => meets(resource, name, text, setting));
  const contained = query.get('_contained');
  const found = [
    ...(contained === 'true' ? [] : candidates(path, setting).filter(isWanted)),
    ...(contained === 'true' || contained === 'both' ? containersOf(path, isWanted, setting) : []),
  ];
  const rules = query.getAll('_sort').flatMap((text) => splitAt(',', text));
  const includes = readIncludes(query);
  return {
    matches: sortResources([...new Set(found)], rules, setting.data),
    includes: (page) => includesOf(page, includes, setting.data),
  };
}

/** The resources that contain one of a type that is wanted (search.html#contained). */
const containersOf = (
  type: string,
  isWanted: (resource: Resource) => boolean,
  { data }: Setting,
): Resource[] =>
  data.resources.filter((container) =>
    containedResources(container).some((one) => one.resourceType === type && isWanted(one)),
  );

/** The resources that the path of a search speaks of: all, those of a type, or those of a compartment. */
function candidates(path: string, { data }: Setting): readonly Resource[] {
  const [type, id, member] = path.split('/') as [string, string?, string?];
  if (type === '') return data.resources;
  if (id === undefined) return data.ofType(type);
  const owner = data.find(type, id);
  if (!owner || !member) throw new Error(`no such compartment: ${path}`);
  const members = member === '*' ? data.resources : data.ofType(member);
  return members
    .filter(({ resourceType }) => compartmentParameters(type, resourceType).length > 0)
    .filter((resource) => isInCompartment(resource, owner, { data }));
}
