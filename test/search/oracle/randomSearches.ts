// Random searches: for each family of criteria, and for what can be asked beside criteria: order, includes,
// compartments, several types at once.
import type { Observation, SearchParameter } from '@medplum/fhirtypes';
import { compartmentParameters } from './compartments.ts';
import { type DataSet, dataSetOf } from './dataSet.ts';
import { parameterOf, parametersOf } from './definitions.ts';
import { storedTargets, targetsOf } from './evaluate.ts';
import { type Criterion, type FamilyName, families, isExact } from './families.ts';
import type { Random } from './random.ts';
import { convertUnit } from './units.ts';
import { containedResources, type Resource, valuesOf } from './values.ts';

/** A search below the base, such as `Observation?code=1&date=ge2020`; undefined where the data allow none. */
export type SearchMaker = (random: Random, data: DataSet) => string | undefined;

/** Families that other criteria are combined with: those that nearly every type has values for. */
const COMPANIONS: readonly FamilyName[] = ['token', 'date', 'reference', 'string', ':missing', 'token :not'];

/** A query with its characters escaped. */
const written = (criteria: readonly Criterion[]): string =>
  criteria.map(([name, text]) => `${encodeURIComponent(name)}=${encodeURIComponent(text)}`).join('&');

const typesOf = (data: DataSet): string[] => [
  ...new Set(data.resources.map(({ resourceType }) => resourceType)),
];

/** Often a type of which there is much, as often any type. */
const randomType = (random: Random, data: DataSet): string =>
  random.chance(0.5) ? random.pick(data.resources).resourceType : random.pick(typesOf(data));

/** Criteria of the families most used, as many as chance wants, up to three. */
function companions(type: string, random: Random, data: DataSet, probability = 0.3): Criterion[] {
  const criteria: Criterion[] = [];
  while (criteria.length < 3 && random.chance(probability)) {
    const companion = families[random.pick(COMPANIONS)](type, random, data);
    if (companion) criteria.push(companion);
  }
  return criteria;
}

/** A criterion of the family with up to three of others beside it. */
const ofFamily =
  (family: FamilyName): SearchMaker =>
  (random, data) => {
    const type = randomType(random, data);
    const first = families[family](type, random, data);
    return first && `${type}?${written([first, ...companions(type, random, data)])}`;
  };

/** One to three keys that the type has. */
const sorted: SearchMaker = (random, data) => {
  const type = randomType(random, data);
  const examples = [1, 2, 3, 4].map(() => random.pick(data.ofType(type)));
  const codes = parametersOf(type)
    .filter(isSortable)
    .filter((one) => random.chance(0.1) || examples.some((example) => valuesOf(example, one).length > 0))
    .map(({ code }) => code!);
  const rules = [random.pick(codes)];
  while (rules.length < 3 && random.chance(0.4)) rules.push(random.pick(codes));
  const order = [...new Set(rules)].map((code) => `${random.pick(['', '-'])}${code}`).join(',');
  return `${type}?${written([...companions(type, random, data), ['_sort', order]])}`;
};

const isSortable = (parameter: SearchParameter): boolean =>
  parameter.expression !== undefined &&
  isExact(parameter) &&
  !['composite', 'special', 'quantity'].includes(parameter.type!);

/** Amounts of one kind, in whatever units: of observations with one code, or how long encounters were. */
const sortedByAmount: SearchMaker = (random, data) => {
  const direction = random.pick(['', '-']);
  const rest = random.chance(0.3) ? ',-date' : '';
  if (random.chance(0.1)) return `Encounter?_sort=${direction}length${rest}`;
  const example = random.pick(data.ofType('Observation'));
  const [value] = valuesOf(example, parameterOf('Observation', 'value-quantity')!);
  const [code] = valuesOf(example, parameterOf('Observation', 'code')!);
  const { system, code: wanted } = code?.value.coding?.[0] ?? {};
  const ofCode = data.ofType('Observation').filter((one) => JSON.stringify(one).includes(`"${wanted}"`));
  const units = ofCode.map((one) => (one as Observation).valueQuantity?.code);
  if (!value?.value.code || !wanted) return undefined;
  if (!units.every((unit) => unit && convertUnit(1, unit, value.value.code) !== undefined)) return undefined;
  const criteria: Criterion[] = [
    ['code', `${system ?? ''}|${wanted}`],
    ['_sort', `${direction}value-quantity${rest}`],
  ];
  return `Observation?${written(criteria)}`;
};

/** A reference parameter of a resource that leads somewhere, and where it leads. */
function link(from: Resource, random: Random, data: DataSet): [SearchParameter, Resource] | undefined {
  const parameters = parametersOf(from.resourceType).filter(({ type }) => type === 'reference');
  const links = parameters.flatMap((parameter): [SearchParameter, Resource][] =>
    targetsOf(from, parameter, { data })
      .filter((one) => data.find(one.resourceType, one.id) === one)
      .map((one) => [parameter, one]),
  );
  return links.length > 0 ? random.pick(links) : undefined;
}

/** `_include`, sometimes of one type of target, of everything, or further on. */
const including: SearchMaker = (random, data) => {
  const from = random.pick(data.ofType(randomType(random, data)));
  const [parameter, to] = link(from, random, data) ?? [];
  if (!parameter || !to) return undefined;
  const rule = `${from.resourceType}:${parameter.code}`;
  const rules: Criterion[] = [
    ['_include', random.pick([rule, rule, `${rule}:${to.resourceType}`, `${from.resourceType}:*`])],
  ];
  const [next] = link(to, random, data) ?? [];
  if (next && random.chance(0.5)) rules.push(['_include:iterate', `${to.resourceType}:${next.code}`]);
  return `${from.resourceType}?${written([...companions(from.resourceType, random, data, 0.6), ...rules])}`;
};

/** `_revinclude`, sometimes further on, forwards or backwards. */
const revincluding: SearchMaker = (random, data) => {
  const from = random.pick(data.ofType(randomType(random, data)));
  const [parameter, to] = link(from, random, data) ?? [];
  if (!parameter || !to) return undefined;
  const rule = `${from.resourceType}:${parameter.code}`;
  const rules: Criterion[] = [['_revinclude', random.pick([rule, `${rule}:${to.resourceType}`])]];
  const [next] = link(from, random, data) ?? [];
  if (next && random.chance(0.4)) rules.push(['_include:iterate', `${from.resourceType}:${next.code}`]);
  return `${to.resourceType}?${written([...companions(to.resourceType, random, data, 0.6), ...rules])}`;
};

/** One type, or all, in the compartment of a patient. */
const inCompartment: SearchMaker = (random, data) => {
  const member = random.pick(data.ofType(randomType(random, data)));
  const type = member.resourceType;
  const parameters = compartmentParameters('Patient', type).map((code) => parameterOf(type, code)!);
  const patients = parameters
    .flatMap((parameter) => storedTargets(member, parameter, { data }))
    .filter(({ resourceType }) => resourceType === 'Patient');
  if (patients.length === 0) return undefined;
  const path = `Patient/${random.pick(patients).id}`;
  if (random.chance(0.2)) return `${path}/*?${written(commonCriteria(random, data))}`;
  return `${path}/${type}?${written(companions(type, random, data, 0.5))}`;
};

/** Parameters that all types have. */
function commonCriteria(random: Random, data: DataSet): Criterion[] {
  const codes = ['_tag', '_profile', '_security', '_source', '_id', '_lastUpdated'];
  for (let tries = 0; tries < 100; tries++) {
    const criterion = families[random.pick(['token', 'uri', 'date'] as const)](
      randomType(random, data),
      random,
      data,
    );
    if (criterion && codes.includes(criterion[0])) return [criterion];
  }
  return [];
}

/** Several types at once, by a parameter that all of them have. */
const ofSeveralTypes: SearchMaker = (random, data) => {
  const types = [...new Set([1, 2, 3].map(() => randomType(random, data)))];
  const common = random.chance(0.3) ? commonCriteria(random, data) : [];
  const [criterion] =
    common.length > 0 ? common : [families[random.pick(COMPANIONS)](types[0]!, random, data)];
  if (!criterion) return undefined;
  const code = criterion[0].split(/[:.]/)[0]!;
  const kinds = types.map((type) => parameterOf(type, code)?.type);
  if (kinds.some((kind) => kind !== kinds[0])) return undefined;
  return `?${written([['_type', types.join(',')], criterion])}`;
};

/** Resources by what they contain, sometimes beside those that are stored on their own. */
const ofContained: SearchMaker = (random, data) => {
  const container = random.pick(data.resources);
  const contained = containedResources(container);
  if (contained.length === 0) return undefined;
  const inside = dataSetOf(contained, data.base);
  const type = random.pick(contained).resourceType;
  const kinds: FamilyName[] = ['token', 'token', 'string', 'date', 'token :not', ':missing'];
  const criterion = families[random.pick(kinds)](type, random, inside);
  if (!criterion || criterion[0].startsWith('_')) return undefined;
  return `${type}?${written([criterion, ['_contained', random.pick(['true', 'both'])]])}`;
};

/** Makers of searches by the name of what they are about. */
export const searches: Readonly<Record<string, SearchMaker>> = {
  ...Object.fromEntries((Object.keys(families) as FamilyName[]).map((family) => [family, ofFamily(family)])),
  _sort: sorted,
  '_sort by quantity': sortedByAmount,
  _include: including,
  _revinclude: revincluding,
  'compartment of a patient': inCompartment,
  'several types': ofSeveralTypes,
  _contained: ofContained,
};

/** A search of one kind, tried until the data allow one. */
export function randomSearch(kind: string, random: Random, data: DataSet): string | undefined {
  for (let tries = 0; tries < 2000; tries++) {
    const url = searches[kind]!(random, data);
    if (url !== undefined) return url;
  }
  return undefined;
}
