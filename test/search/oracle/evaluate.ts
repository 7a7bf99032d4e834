// Whether a resource meets one search parameter: plain, chained (search.html#chaining) or reverse chained (#has).
import type { SearchParameter } from '@medplum/fhirtypes';
import { compartmentParameters } from './compartments.ts';
import type { DataSet } from './dataSet.ts';
import { parameterByUrl, parameterOf } from './definitions.ts';
import { matchDate } from './matchDate.ts';
import { matchNear } from './matchNear.ts';
import { matchNumber, matchQuantity } from './matchNumber.ts';
import { matchString } from './matchString.ts';
import { matchToken } from './matchToken.ts';
import { matchUri } from './matchUri.ts';
import { matchReference, targetOf } from './references.ts';
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
  if (code === '_list')
    return splitAt(',', text).some((id) => isListed(resource, unescapeValue(id), setting));
  const parameter = parameterOf(resource.resourceType, code);
  if (!parameter) return false;
  const values = valuesOf(resource, parameter);
  if (modifier === 'missing') return (values.length === 0) === (text === 'true');
  const found = splitAt(',', text).some((search) =>
    values.some((value) => matches(value, parameter, modifier, search, resource, setting)),
  );
  return modifier === 'not' || modifier === 'not-in' ? !found : found;
}

/** Whether one value of a parameter matches one search value. */
function matches(
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

/** Resources that a reference parameter leads to: stored here, contained, or nested (Bundle.entry.resource). */
export function targetsOf(
  resource: Resource,
  parameter: SearchParameter,
  { data }: Pick<Setting, 'data'>,
): Resource[] {
  return valuesOf(resource, parameter).flatMap((value) => {
    if (value.value?.resourceType) return [value.value as Resource];
    if (value.type === 'Reference' && value.value.reference?.startsWith('#'))
      return containedIn(resource, value.value.reference) ?? [];
    const target = targetOf(value, data.base);
    return target?.id === undefined ? [] : (data.find(target.type!, target.id) ?? []);
  });
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
  const [, type, code, rest] = /^_has:([^:]+):([^:]+):(.+)$/.exec(name)!;
  const parameter = parameterOf(type!, code!);
  return (
    parameter !== undefined &&
    setting.data
      .ofType(type!)
      .some((one) => refersTo(one, parameter, resource, setting) && meets(one, rest!, text, setting))
  );
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

/** Whether the list with an id has the resource among its items (search.html#list). */
function isListed(resource: Resource, id: string, { data }: Setting): boolean {
  const list = data.find('List', id);
  return list !== undefined && refersTo(list, parameterOf('List', 'item')!, resource, { data });
}

/** Whether a resource belongs to the compartment of another (compartmentdefinition.html). */
export function isInCompartment(resource: Resource, of: Resource, { data }: Pick<Setting, 'data'>): boolean {
  return compartmentParameters(of.resourceType, resource.resourceType).some((code) => {
    if (code === '{def}') return resource === of;
    const parameter = parameterOf(resource.resourceType, code);
    return parameter !== undefined && refersTo(resource, parameter, of, { data });
  });
}
