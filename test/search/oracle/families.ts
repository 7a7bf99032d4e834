// Families of random searches: each makes one criterion for a type, from values that resources of the type have.
import type { SearchParameter } from '@medplum/fhirtypes';
import type { DataSet } from './dataSet.ts';
import { parameterByUrl, parametersOf } from './definitions.ts';
import { targetsOf } from './evaluate.ts';
import { ownTerminology } from './ownRecords.ts';
import type { Random } from './random.ts';
import type { Text } from './searchTexts.ts';
import * as texts from './searchTexts.ts';
import { componentValues, type Resource, type Value, valuesOf } from './values.ts';

/** A parameter with its modifier or chain, and the text after the equals sign. */
export type Criterion = readonly [name: string, text: string];

/** Makes a criterion that fits a type; undefined where the data have nothing for it. */
export type Family = (type: string, random: Random, data: DataSet) => Criterion | undefined;

const TEXTS: Readonly<Record<string, Text>> = {
  token: texts.token,
  string: texts.beginning,
  date: texts.date,
  number: texts.number,
  quantity: texts.quantity,
  reference: texts.reference,
  uri: texts.uri,
};

interface Sample {
  readonly resource: Resource;
  readonly parameter: SearchParameter;
  readonly value: Value;
}

/** Whether what a parameter finds follows from the specification alone: phonetic matching does not. */
export const isExact = ({ xpathUsage }: SearchParameter): boolean => xpathUsage !== 'phonetic';

/** A parameter of one kind, seldom one that all types have, and a value of it in some resource of the type. */
function sample(type: string, kind: string, random: Random, data: DataSet): Sample | undefined {
  const parameters = parametersOf(type).filter((one) => one.type === kind && isExact(one));
  const [common, own] = [true, false].map((isCommon) =>
    parameters.filter(({ code }) => code!.startsWith('_') === isCommon),
  );
  for (let tries = 0; tries < 30; tries++) {
    const parameter = random.pick(random.chance(0.1) ? common! : own!);
    const resource = random.pick(data.ofType(type));
    const values = parameter ? valuesOf(resource, parameter) : [];
    if (values.length === 0) continue;
    return { resource, parameter, value: random.pick(values) };
  }
  return undefined;
}

/** One value, or several alternatives of one parameter. */
function alternatives(first: Sample, text: Text, random: Random, data: DataSet): string | undefined {
  const found = [text(first.value, random, data.base)];
  while (random.chance(0.25)) {
    const values = valuesOf(random.pick(data.ofType(first.resource.resourceType)), first.parameter);
    if (values.length > 0) found.push(text(random.pick(values), random, data.base));
  }
  const usable = found.filter((one) => one !== undefined);
  if (usable.length === 0) return undefined;
  // What is about now depends on when it is asked.
  return usable.join(',').replace(first.parameter.code === '_lastUpdated' ? /\bap/g : /^$/, '');
}

/** A family for parameters of one type, with a modifier or without. */
const plain =
  (kind: string, text: Text, modifier = ''): Family =>
  (type, random, data) => {
    for (let tries = 0; tries < 10; tries++) {
      const found = sample(type, kind, random, data);
      const value = found && alternatives(found, text, random, data);
      if (value !== undefined) return [`${found!.parameter.code}${modifier}`, value];
    }
    return undefined;
  };

const missing: Family = (type, random, data) => {
  const parameters = parametersOf(type).filter(
    (parameter) =>
      parameter.expression && isExact(parameter) && !['composite', 'special'].includes(parameter.type!),
  );
  const code = random.chance(0.7)
    ? sample(type, random.pick(Object.keys(TEXTS)), random, data)?.parameter.code
    : random.pick(parameters).code;
  return code && code !== '_id' ? [`${code}:missing`, random.pick(['true', 'false'])] : undefined;
};

const composite: Family = (type, random, data) => {
  const found = sample(type, 'composite', random, data);
  if (!found) return undefined;
  const parts = found.parameter.component!.map(({ definition, expression }) => {
    const from = random.chance(0.8) ? found.value : random.pick(valuesOf(found.resource, found.parameter));
    const values = componentValues(from, expression!, found.resource);
    if (values.length === 0) return undefined;
    return TEXTS[parameterByUrl(definition!).type!]!(random.pick(values), random, data.base);
  });
  // The server refuses `system|` in front, because a composite is indexed under its code.
  if (parts[0]?.endsWith('|')) return undefined;
  return parts.every((part) => part !== undefined) ? [found.parameter.code!, parts.join('$')] : undefined;
};

const typed: Family = (type, random, data) => {
  const found = sample(type, 'reference', random, data);
  const text = found && texts.referencedId(found.value, random, data.base);
  const [, to] = /([A-Z]\w+)\//.exec(found?.value.value.reference ?? '') ?? [];
  return text && to ? [`${found!.parameter.code}:${to}`, text] : undefined;
};

/** A chain of one to three links, often naming the type. */
const chain: Family = (type, random, data) => {
  const found = sample(type, 'reference', random, data);
  const target = found && random.pick(targetsOf(found.resource, found.parameter, { data }));
  if (!target || data.find(target.resourceType, target.id) !== target) return undefined;
  const rest = (random.chance(0.3) ? chain : anyPlain)(target.resourceType, random, data);
  if (!rest) return undefined;
  const mustName = (found.parameter.target?.length ?? 2) > 1;
  const name = mustName || random.chance(0.5) ? `:${target.resourceType}` : '';
  return [`${found.parameter.code}${name}.${rest[0]}`, rest[1]];
};

/** `_has`, sometimes nested or with a chain behind it. */
const reverseChain: Family = (type, random, data) => {
  for (let tries = 0; tries < 200; tries++) {
    const from = random.pick(data.resources).resourceType;
    const found = sample(from, 'reference', random, data);
    const target = found && targetsOf(found.resource, found.parameter, { data })[0];
    if (target?.resourceType !== type || data.find(type, target.id) !== target) continue;
    const inner = random.pick([anyPlain, anyPlain, anyPlain, chain, reverseChain]);
    const rest = inner(from, random, data);
    if (rest) return [`_has:${from}:${found!.parameter.code}:${rest[0]}`, rest[1]];
  }
  return undefined;
};

const anyPlain: Family = (type, random, data) => {
  const kind = random.pick(['token', 'token', 'string', 'date', 'quantity', 'reference', 'uri']);
  return plain(kind, TEXTS[kind]!)(type, random, data);
};

const listed: Family = (type, random, data) => {
  const lists = data.ofType('List').filter((list) => JSON.stringify(list).includes(`"${type}/`));
  return lists.length > 0 ? ['_list', random.pick(lists).id] : undefined;
};

/** Conditions by the value sets and the hierarchy of codes that the data bring with them. */
const byTerminology =
  (modifier: string, table: object): Family =>
  (type, random) =>
    type === 'Condition' ? [`code${modifier}`, random.pick(Object.keys(table))] : undefined;

const near: Family = (type, random, data) => {
  const found = sample(type, 'special', random, data);
  const { latitude, longitude } = found?.value.value ?? {};
  if (latitude === undefined) return undefined;
  const distance = random.pick(['0.5', '12', '300|km', '20|[mi_us]', '900000|m', '9000|km']);
  const off = random.pick([0, 0.02, -0.3]);
  return ['near', `${latitude + off}|${longitude}|${distance}`];
};

const FILTER_OPERATORS: Readonly<Record<string, readonly string[]>> = {
  token: ['eq', 'eq', 'ne'],
  reference: ['eq', 're'],
  uri: ['eq', 'ne'],
  date: ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'po'],
  number: ['eq', 'ne', 'gt', 'lt', 'ge', 'le'],
  quantity: ['eq', 'gt', 'lt', 'ge', 'le'],
};

/** One comparison of a filter; texts as strings, the rest as tokens where they can be. */
function comparison(type: string, random: Random, data: DataSet): string | undefined {
  const kind = random.pick(['string', ...Object.keys(FILTER_OPERATORS)]);
  const found = sample(type, kind, random, data);
  if (!found) return undefined;
  const code = found.parameter.code!;
  if (random.chance(0.1)) return `${code} pr ${random.pick(['true', 'false'])}`;
  if (kind === 'string') {
    const [operator, text] = random.pick([
      ['eq', texts.wholeText],
      ['ne', texts.wholeText],
      ['sw', texts.beginning],
      ['co', texts.piece],
    ] as const);
    const value = text(found.value, random, data.base);
    return value && !/[\\,]/.test(value) ? `${code} ${operator} ${JSON.stringify(value)}` : undefined;
  }
  const value = TEXTS[kind]!(found.value, random, data.base)?.replace(/^[a-z]{2}(?=[-.\d])/, '');
  if (!value || /[\\,"]/.test(value)) return undefined;
  const written = /[\s()[\]]/.test(value) || random.chance(0.2) ? `"${value}"` : value;
  return `${code} ${random.pick(FILTER_OPERATORS[kind]!)} ${written}`;
}

/** One to four comparisons, joined, negated and grouped at random. */
const filter: Family = (type, random, data) => {
  let text = comparison(type, random, data);
  while (text !== undefined && random.chance(0.5)) {
    const next = comparison(type, random, data);
    if (next === undefined) return undefined;
    const joined = `${text} ${random.pick(['and', 'or'])} ${next}`;
    text = random.pick([joined, joined, `(${joined})`, `not (${joined})`]);
  }
  return text === undefined ? undefined : ['_filter', text];
};

/** All families by name. */
export const families = {
  token: plain('token', texts.token),
  'token :not': plain('token', texts.token, ':not'),
  'token :text': plain('token', texts.display, ':text'),
  'token :of-type': plain('token', texts.ofType, ':of-type'),
  'token :in': byTerminology(':in', ownTerminology.members),
  'token :not-in': byTerminology(':not-in', ownTerminology.members),
  'token :above': byTerminology(':above', ownTerminology.parents),
  'token :below': byTerminology(':below', ownTerminology.parents),
  string: plain('string', texts.beginning),
  'string :exact': plain('string', texts.wholeText, ':exact'),
  'string :contains': plain('string', texts.piece, ':contains'),
  date: plain('date', texts.date),
  number: plain('number', texts.number),
  quantity: plain('quantity', texts.quantity),
  'quantity in another unit': plain('quantity', texts.otherUnit),
  reference: plain('reference', texts.reference),
  'reference :[type]': typed,
  'reference :identifier': plain('reference', texts.referencedIdentifier, ':identifier'),
  uri: plain('uri', texts.uri),
  'uri :below': plain('uri', texts.shorterUri, ':below'),
  'uri :above': plain('uri', texts.longerUri, ':above'),
  ':missing': missing,
  composite,
  chain,
  _has: reverseChain,
  _list: listed,
  near,
  _filter: filter,
} satisfies Record<string, Family>;

export type FamilyName = keyof typeof families;
