// Whether a resource meets one search parameter: plain, chained (search.html#chaining) or reverse chained (#has).
import type { List, SearchParameter } from '@medplum/fhirtypes';
import { compartmentParameters } from './compartments.ts';
import { type DataSet, identity } from './dataSet.ts';
import { parameterByUrl, parameterOf } from './definitions.ts';
import { passes } from './filter.ts';
import { matchDate } from './matchDate.ts';
import { matchNear } from './matchNear.ts';
import { matchNumber, matchQuantity } from './matchNumber.ts';
import { matchString } from './matchString.ts';
import { matchToken } from './matchToken.ts';
import { matchUri } from './matchUri.ts';
import { matchReference, readReference, targetOf } from './references.ts';
import { isSearchable } from './searchableTypes.ts';
import { splitAt, unescapeValue } from './splitValue.ts';
import type { Terminology } from './terminology.ts';
import { componentValues, containedIn, type Resource, type Value, valuesOf } from './values.ts';

/** What a search is evaluated against. */
export interface Setting {
  readonly data: DataSet;
  readonly terminology: Terminology;
  /** milliseconds since 1970, for `ap` of dates */
  readonly now: number;
}

/** Whether a resource meets `name=text`, where the name may hold chains and a modifier and the text alternatives. */
export function meets(resource: Resource, name: string, text: string, setting: Setting): boolean {
  if (name.startsWith('_has:')) return meetsReverse(resource, name, text, setting);
  const [, link, rest] = /^([^.]+)\.(.+)$/.exec(name) ?? [];
  if (link && rest) return meetsChain(resource, link, rest, text, setting);
  const [code, modifier] = name.split(':') as [string, string?];
  if (code === '_filter') return passes(resource, text, setting);
  if (code === '_list')
    return splitAt(',', text).some((id) => isListed(resource, unescapeValue(id), setting));
  const parameter = parameterOf(resource.resourceType, code);
  if (!parameter) return false;
  const values = valuesOf(resource, parameter);
  if (modifier === 'missing')
    return !values.some((value) => isSearchable(parameter.type!, value)) === (text === 'true');
  const found = splitAt(',', text).some((search) =>
    values.some((value) => matches(value, parameter, modifier, search, resource, setting)),
  );
  return modifier === 'not' || modifier === 'not-in' ? !found : found;
}

/** Whether one value of a parameter matches one search value. */
export function matches(
  value: Value,
  parameter: SearchParameter,
  modifier: string | undefined,
  search: string,
  resource: Resource,
  setting: Setting,
): boolean {
  switch (parameter.type) {
    case 'token':
      return matchToken(value, search, modifier, setting.terminology);
    case 'string':
      return matchString(value, unescapeValue(search), modifier);
    case 'date':
      return matchDate(value, unescapeValue(search), setting.now);
    case 'number':
      return matchNumber(value, unescapeValue(search));
    case 'quantity':
      return matchQuantity(value, search);
    case 'uri':
      return matchUri(value, unescapeValue(search), modifier);
    case 'reference':
      return matchReference(
        value,
        modifier === 'identifier' ? search : unescapeValue(search),
        modifier,
        parameter,
        setting.data.base,
        setting.terminology,
      );
    case 'composite':
      return matchComposite(value, parameter, search, resource, setting);
    case 'special':
      return matchNear(value, search);
    default:
      throw new Error(`no such type of parameter: ${parameter.type}`);
  }
}

/** Every part matches within one and the same value (search.html#composite). */
function matchComposite(
  value: Value,
  parameter: SearchParameter,
  search: string,
  resource: Resource,
  setting: Setting,
): boolean {
  const parts = splitAt('$', search);
  return parameter.component!.every(({ definition, expression }, at) =>
    componentValues(value, expression!, resource).some((one) =>
      matches(one, parameterByUrl(definition!), undefined, parts[at]!, resource, setting),
    ),
  );
}

/** Resources that a reference parameter leads to: stored here, contained, nested (Bundle.entry.resource), or canonical. */
export function targetsOf(
  resource: Resource,
  parameter: SearchParameter,
  { data }: Pick<Setting, 'data'>,
): Resource[] {
  return valuesOf(resource, parameter).flatMap((value) => {
    if (value.value?.resourceType) return [value.value as Resource];
    if (typeof value.value === 'string') return withCanonical(value.value, parameter, data);
    if (value.type === 'Reference' && value.value.reference?.startsWith('#'))
      return containedIn(resource, value.value.reference) ?? [];
    const target = targetOf(value, data.base);
    return target?.id === undefined ? [] : (data.find(target.type!, target.id) ?? []);
  });
}

/** Stored resources that a canonical URL, perhaps with a version, means; a relative one is where it says. */
function withCanonical(canonical: string, { target }: SearchParameter, data: DataSet): Resource[] {
  const literal = readReference(canonical, data.base);
  if (literal.id !== undefined) return [data.find(literal.type!, literal.id) ?? []].flat();
  const [url, version] = canonical.split('|');
  return (target ?? [])
    .flatMap((type) => data.ofType(type) as (Resource & { url?: string; version?: string })[])
    .filter((one) => one.url === url && (version === undefined || one.version === version));
}

function meetsChain(resource: Resource, link: string, rest: string, text: string, setting: Setting): boolean {
  const [code, type] = link.split(':') as [string, string?];
  const parameter = parameterOf(resource.resourceType, code);
  if (!parameter) return false;
  return targetsOf(resource, parameter, setting)
    .filter(({ resourceType }) => type === undefined || resourceType === type)
    .filter(({ resourceType }) => understands(resourceType, rest))
    .some((target) => meets(target, rest, text, setting));
}

/** Whether a type has the parameter that the rest of a chain begins with. */
const understands = (type: string, rest: string): boolean =>
  /^_(has|list)\b/.test(rest) || parameterOf(type, /^[^.:]+/.exec(rest)![0]) !== undefined;

/** `_has:Type:reference:rest=text`: some resource of Type that refers to this one meets the rest. */
function meetsReverse(resource: Resource, name: string, text: string, setting: Setting): boolean {
  const known = reverse.get(setting) ?? new Map<string, Set<string>>();
  reverse.set(setting, known);
  const found = known.get(`${name}=${text}`) ?? referredBy(name, text, setting);
  known.set(`${name}=${text}`, found);
  return found.has(identity(resource));
}

/** What resources that meet the rest of a `_has` refer to; found once for all candidates. */
const reverse = new WeakMap<Setting, Map<string, Set<string>>>();
function referredBy(name: string, text: string, setting: Setting): Set<string> {
  const [, type, code, rest] = /^_has:([^:]+):([^:]+):(.+)$/.exec(name)!;
  const parameter = parameterOf(type!, code!)!;
  const referring = setting.data.ofType(type!).filter((one) => meets(one, rest!, text, setting));
  return new Set(referring.flatMap((one) => storedTargets(one, parameter, setting).map(identity)));
}

/** Stored resources that the references of a parameter lead to. */
export function storedTargets(
  from: Resource,
  parameter: SearchParameter,
  { data }: Pick<Setting, 'data'>,
): Resource[] {
  return targetsOf(from, parameter, { data }).filter((one) => data.find(one.resourceType, one.id) === one);
}

/** Whether a reference parameter of a resource leads to another one. */
export function refersTo(
  from: Resource,
  parameter: SearchParameter,
  to: Resource,
  { data }: Pick<Setting, 'data'>,
): boolean {
  return valuesOf(from, parameter).some((value) => {
    const target = value.type === 'Reference' ? targetOf(value, data.base) : undefined;
    return target?.type === to.resourceType && target.id === to.id;
  });
}

/** Whether the list with an id has the resource among its items, those marked as deleted aside (search.html#list). */
function isListed({ resourceType, id }: Resource, listId: string, { data }: Setting): boolean {
  const { entry = [] } = (data.find('List', listId) ?? {}) as List;
  return entry.some(({ deleted, item }) => {
    const target = readReference(item.reference ?? '', data.base);
    return !deleted && target.type === resourceType && target.id === id;
  });
}

/** Whether a resource belongs to the compartment of another, or is that other one (compartmentdefinition.html). */
export function isInCompartment(resource: Resource, of: Resource, { data }: Pick<Setting, 'data'>): boolean {
  return (
    resource === of ||
    compartmentParameters(of.resourceType, resource.resourceType).some((code) =>
      refersTo(resource, parameterOf(resource.resourceType, code)!, of, { data }),
    )
  );
}
