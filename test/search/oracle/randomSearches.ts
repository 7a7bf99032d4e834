// Random searches for one family: a criterion of the family, up to three of others beside it, and an order.
import type { DataSet } from './dataSet.ts';
import { parametersOf } from './definitions.ts';
import { type Criterion, type FamilyName, families } from './families.ts';
import type { Random } from './random.ts';

/** Families that other criteria are combined with: those that nearly every type has values for. */
const COMPANIONS: readonly FamilyName[] = ['token', 'date', 'reference', 'string', ':missing', 'token :not'];

/** A search below the base, such as `Observation?code=1&date=ge2020`; undefined where the data allow none. */
export function randomSearch(family: FamilyName, random: Random, data: DataSet): string | undefined {
  for (let tries = 0; tries < 200; tries++) {
    const type = randomType(random, data);
    const first = families[family](type, random, data);
    if (!first) continue;
    const criteria: Criterion[] = [first];
    while (criteria.length < 4 && random.chance(0.3)) {
      const companion = families[random.pick(COMPANIONS)](type, random, data);
      if (companion) criteria.push(companion);
    }
    return `${type}?${written(criteria)}`;
  }
  return undefined;
}

/** Often a type of which there is much, as often any type. */
export const randomType = (random: Random, data: DataSet): string =>
  random.chance(0.5)
    ? random.pick(data.resources).resourceType
    : random.pick([...new Set(data.resources.map(({ resourceType }) => resourceType))]);

/** `_sort` with one to three keys that the type has. */
export function randomSort(type: string, random: Random): string {
  const codes = parametersOf(type)
    .filter(({ type: kind, expression }) => expression && !['composite', 'special'].includes(kind!))
    .map(({ code }) => code!);
  const rules = [random.pick(codes)];
  while (rules.length < 3 && random.chance(0.4)) rules.push(random.pick(codes));
  return [...new Set(rules)].map((code) => `${random.pick(['', '-'])}${code}`).join(',');
}

/** A query with its characters escaped. */
export const written = (criteria: readonly Criterion[]): string =>
  criteria.map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`).join('&');
