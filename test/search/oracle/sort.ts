// The order of results (search.html#sort): the rules of _sort one after another, then newest created first.
import type { Quantity, SearchParameter } from '@medplum/fhirtypes';
import type { DataSet } from './dataSet.ts';
import { parameterOf } from './definitions.ts';
import { targetIntervals } from './matchDate.ts';
import { quantityEnds } from './matchNumber.ts';
import { fold, textsOf } from './matchString.ts';
import { tokensOf } from './matchToken.ts';
import { targetOf } from './references.ts';
import { baseAmount, UCUM } from './units.ts';
import { type Resource, type Value, valuesOf } from './values.ts';

/** What values of a parameter are ordered by. */
function sortValues(parameter: SearchParameter, value: Value, base: string): (string | number)[] {
  switch (parameter.type) {
    case 'date':
      return targetIntervals(value).map(({ low }) => low);
    case 'string':
      return textsOf(value).map(fold);
    case 'token':
      return tokensOf(value).flatMap(({ code }) => code ?? []);
    case 'number':
      return [value.value];
    case 'quantity':
      return (quantityEnds(value) ?? []).flatMap((end) => (end ? amountOf(end) : []));
    case 'reference':
      return referenceKey(value, base);
    case 'uri':
      return [value.value];
    default:
      return [];
  }
}

/** Type/id, or the reference as it is written; nested resources have no place in an order. */
function referenceKey(value: Value, base: string): string[] {
  if (typeof value.value === 'string') return [value.value];
  if (value.value.resourceType) return [];
  const { type, id } = targetOf(value, base) ?? {};
  return [type ? `${type}/${id}` : value.value.reference].filter(Boolean);
}

/** Amounts of one kind are ordered whatever their units; how amounts of different kinds are, is up to the server. */
const amountOf = ({ value, system, code }: Quantity): number =>
  system === UCUM && code ? baseAmount(value!, code) : value!;

/** Sorts by rules like `-date`. Of several values the one that comes first in the order asked for counts; none comes last. */
export function sortResources(
  found: readonly Resource[],
  rules: readonly string[],
  data: DataSet,
): Resource[] {
  const keys = rules.map((rule) => {
    const descending = rule.startsWith('-');
    const code = rule.slice(descending ? 1 : 0);
    const first = new Map(
      found.map((resource) => [resource, firstValue(resource, code, descending, data.base)]),
    );
    return (a: Resource, b: Resource): number => {
      const [left, right] = [first.get(a), first.get(b)];
      if (left === undefined || right === undefined)
        return Number(left === undefined) - Number(right === undefined);
      return compare(left, right) * (descending ? -1 : 1);
    };
  });
  const newestFirst = (a: Resource, b: Resource): number => data.rank(b) - data.rank(a);
  return found.toSorted((a, b) => {
    for (const key of [...keys, newestFirst]) {
      const order = key(a, b);
      if (order !== 0) return order;
    }
    return 0;
  });
}

function firstValue(
  resource: Resource,
  code: string,
  descending: boolean,
  base: string,
): string | number | undefined {
  const parameter = parameterOf(resource.resourceType, code);
  if (!parameter) return undefined;
  const values = valuesOf(resource, parameter).flatMap((value) => sortValues(parameter, value, base));
  return values.sort(compare).at(descending ? -1 : 0);
}

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0);
