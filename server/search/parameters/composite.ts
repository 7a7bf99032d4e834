// Composite parameters (search.html#composite): the values of one element are bound together by hashing the first
// component's token into the path that the others are indexed under.

import { boundedCache } from '../../boundedCache.ts';
import type {
  ComponentPath,
  CompositeComponent,
  IndexPath,
  SearchParameter,
} from '../../definitions/searchParameter.ts';
import { refuse } from '../../errors.ts';
import { collectValues } from '../collectValues.ts';
import { hashPath } from '../hash64.ts';
import type { IndexRows } from '../indexRows.ts';
import type { Criterion, Group } from '../searchPlan.ts';
import { splitValue } from '../splitValue.ts';
import { parseDate } from './date.ts';
import { dateRangeOf } from './dateRangeOf.ts';
import { bareCodes, bareLookups, codeInSystem } from './letterCase.ts';
import { numberRangeOf, parseNumber } from './number.ts';
import { parseQuantity, quantitiesOf, quantityGroups } from './quantity.ts';
import { matchReference, type ReferenceContext, referenceEmitter } from './reference.ts';
import { parseString, stringRowOf } from './string.ts';
import { matchToken, parseToken, type Token, tokenForm, tokenHashes, tokensOf } from './token.ts';

/** Emits the rows of a composite for one element; `resource` is what `%resource` refers to. */
export type CompositeEmitter = (focus: unknown, rows: IndexRows, resource: unknown) => void;

/** A path for the values of component number `position`, under one form of the first component's token. */
function boundPath(composite: string, position: number, form: string, token: string): string {
  return `${composite}\0${position}\0${form}\0${token}`;
}

/** The forms that a first token is searched by: `system|code` and `code`; `|code` where it has no system. */
function boundForms({ system, code }: Token): [form: string, token: string][] {
  if (code === undefined) return [];
  return [
    system === undefined
      ? [tokenForm.codeWithoutSystem, code]
      : [tokenForm.systemAndCode, `${system}\0${codeInSystem(system, code)}`],
    ...bareCodes(system, code).map((bare): [string, string] => [tokenForm.code, bare]),
  ];
}

/** The emitter of a composite path. Composites start with a token, as all published ones do. */
export function compositeEmitter(path: IndexPath, context: ReferenceContext): CompositeEmitter {
  const [first, ...others] = path.components!;
  if (first?.kind !== 'token' || others.length === 0 || others.length > 2) {
    throw new Error(`${path.id}: a composite is a token and one or two other values`);
  }
  if (others.length === 2 && others.some((other) => other.kind !== 'number')) {
    throw new Error(`${path.id}: a composite of three binds two numbers`);
  }
  const emitters = others.map((other, index) => componentEmitter(path.id, other, index + 1, context));

  return (focus, rows, resource) => {
    const found = others.map((other) => valuesOf(other, focus, resource));
    if (found.some((values) => values.length === 0)) return;
    const forms = valuesOf(first, focus, resource)
      .flatMap(({ value, from }) => tokensOf(value, from))
      .flatMap(boundForms);
    // Numbers of one element share a mark, so that start and end are not taken from different elements.
    const element = BigInt(rows.quantities.length);
    for (const [form, token] of forms) {
      emitters.forEach((emit, index) => {
        for (const { value, from } of found[index]!) emit(value, from, form, token, rows, element);
      });
    }
  };
}

function valuesOf(
  component: CompositeComponent,
  focus: unknown,
  resource: unknown,
): { value: unknown; from: ComponentPath }[] {
  return component.alternatives.flatMap((from) =>
    collectValues(from.fromResource ? resource : focus, from.steps).map((value) => ({ value, from })),
  );
}

type ComponentEmitter = (
  value: unknown,
  from: ComponentPath,
  form: string,
  token: string,
  rows: IndexRows,
  element: bigint,
) => void;

function componentEmitter(
  composite: string,
  { kind }: CompositeComponent,
  position: number,
  context: ReferenceContext,
): ComponentEmitter {
  const paths = new Map<string, (token: string) => bigint>();
  const pathFor = (form: string, token: string): bigint => {
    let known = paths.get(form);
    if (!known) {
      known = boundedCache(1024, (text) => hashPath(boundPath(composite, position, form, text)));
      paths.set(form, known);
    }
    return known(token);
  };
  switch (kind) {
    case 'token':
      return (value, from, form, token, rows) => {
        const path = boundPath(composite, position, form, token);
        for (const bound of tokensOf(value, from)) {
          rows.tokens.push(...tokenHashes(path, bound, from.dataType));
        }
      };
    case 'reference':
      return (value, from, form, token, rows) =>
        referenceEmitter(componentPath(kind, from, boundPath(composite, position, form, token)), context)(
          value,
          rows.tokens,
        );
    case 'quantity':
      return (value, from, form, token, rows) => {
        const path = pathFor(form, token);
        for (const quantity of quantitiesOf(value, from.dataType))
          rows.quantities.push({ path, ...quantity });
      };
    case 'number':
      return (value, from, form, token, rows, element) => {
        const range = numberRangeOf(value, from.dataType);
        if (range)
          rows.quantities.push({ path: pathFor(form, token), ...range, unit: element, unitCode: 0n });
      };
    case 'date':
      return (value, from, form, token, rows) => {
        const range = dateRangeOf(value, from.dataType);
        if (range) rows.dates.push({ path: pathFor(form, token), ...range });
      };
    case 'string':
      return (value, _from, form, token, rows) => {
        const row = stringRowOf(value);
        if (row) rows.strings.push({ path: pathFor(form, token), ...row });
      };
    default:
      throw new Error(`${composite}: a composite cannot bind a ${kind}`);
  }
}

/** The index path of one component: as indexed by itself, or under another id. */
export function componentPath(
  kind: CompositeComponent['kind'],
  from: ComponentPath,
  id = from.id,
): IndexPath {
  const { steps, dataType, targets, systems } = from;
  // Under another id nobody asks whether it is missing, so there are no presence rows.
  return { id, kind, steps, dataType, mandatory: id === from.id ? from.mandatory : true, targets, systems };
}

/**
 * Parses `token$value`, one text per alternative, into criteria that all have to hold.
 * @throws FhirError 400 when the number of components or one of them is malformed
 */
export function parseComposite(
  parameter: SearchParameter,
  texts: readonly string[],
  context: ReferenceContext,
  now: number,
): Criterion[] {
  const values = texts.map((text) => splitComponents(parameter, text));
  const kind = parameter.components![1]!.type;
  if (kind === 'token' || kind === 'reference') return parseTokenPairs(parameter, values, context);

  const { code, paths } = parameter;
  /** ids of the paths that component number `position` is indexed under */
  const idsAt = ({ form, tokens }: Components, position: number): string[] =>
    paths.flatMap(({ path }) => tokens.map((token) => boundPath(path.id, position, form, token)));
  const groupsOf = <T>(parse: (text: string) => T): Group<T>[] =>
    values.map((value) => {
      const group = (position: number): Group<T> => ({
        paths: idsAt(value, position).map(hashPath),
        bound: true,
        tests: [parse(value.rest[position - 1]!)],
      });
      return value.rest.length === 1 ? group(1) : { ...group(1), boundTo: group(2) };
    });
  const criterion = { parameter: code, negated: false };
  switch (kind) {
    case 'date':
      return [{ kind, ...criterion, groups: groupsOf((text) => parseDate(code, text, now)) }];
    case 'string':
      return [{ kind, ...criterion, groups: groupsOf((text) => parseString(code, 'starts', text)) }];
    case 'number':
      return [
        {
          kind: 'quantity',
          ...criterion,
          groups: groupsOf((text) => ({ ...parseNumber(code, text), unitCode: 0n })),
        },
      ];
    case 'quantity': {
      const groups = values.flatMap((value) =>
        quantityGroups(idsAt(value, 1), parseQuantity(code, value.rest[0]!)).map((group) => ({
          ...group,
          bound: true,
        })),
      );
      return [{ kind, ...criterion, groups }];
    }
    default:
      throw refuse(400, 'not-supported', `Search parameter '${code}' is not supported.`);
  }
}

/** Token with token or reference: rows of the composite, or of its components where it is separable. */
function parseTokenPairs(
  parameter: SearchParameter,
  values: Components[],
  context: ReferenceContext,
): Criterion[] {
  const { code } = parameter;
  const hashesAt = (component: CompositeComponent, text: string, id?: string): bigint[] => {
    const paths = component.alternatives.map((from) => ({ path: componentPath(component.kind, from, id) }));
    return component.kind === 'token'
      ? matchToken(code, paths, parseToken(code, text)).hashes
      : matchReference({ ...parameter, paths, targets: undefined }, text, context);
  };
  const criterion = (hashes: bigint[]): Criterion => ({
    kind: 'token',
    parameter: code,
    hashes,
    negated: false,
  });

  const bound: bigint[] = [];
  const separate: Criterion[][] = [];
  for (const { first, form, tokens, rest } of values) {
    for (const { path } of parameter.paths) {
      const [one, two] = path.components as [CompositeComponent, CompositeComponent];
      if (path.separable)
        separate.push([criterion(hashesAt(one, first)), criterion(hashesAt(two, rest[0]!))]);
      else {
        for (const token of tokens)
          bound.push(...hashesAt(two, rest[0]!, boundPath(path.id, 1, form, token)));
      }
    }
  }
  const alternatives = bound.length > 0 ? [...separate, [criterion([...new Set(bound)])]] : separate;
  return alternatives.length === 1 ? alternatives[0]! : [{ kind: 'either', parameter: code, alternatives }];
}

/** A composite value taken apart: `first` as written, and as the form and tokens it is bound by. */
interface Components {
  first: string;
  form: string;
  tokens: string[];
  rest: string[];
}

function splitComponents({ code, components = [] }: SearchParameter, text: string): Components {
  const [first = '', ...rest] = splitValue(text, '$');
  if (rest.length !== components.length - 1 || first === '' || rest.includes('')) {
    const shape = components.map((component) => component.code).join('$');
    throw refuse(400, 'value', `Search parameter '${code}' takes ${shape}, not '${text}'.`);
  }
  const { system, code: value } = parseToken(code, first);
  if (value === undefined) {
    throw refuse(400, 'not-supported', `Search parameter '${code}' needs a code before the '$'.`);
  }
  if (system === undefined) return { first, form: tokenForm.code, tokens: bareLookups(value), rest };
  if (system === '') return { first, form: tokenForm.codeWithoutSystem, tokens: [value], rest };
  const tokens = [`${system}\0${codeInSystem(system, value)}`];
  return { first, form: tokenForm.systemAndCode, tokens, rest };
}
