// Resolves a search expression against the element model into index paths, statically: choice types become JSON
// properties, `as`/`ofType` pick among them, predicates become item filters or planner filters.

import type { Definitions, ElementDefinition, SearchParameterType } from './definitions.ts';
import { ExpressionError } from './expressionError.ts';
import { nameOf, type Place, placeOf, propertyOf, resolveElement } from './resolveElement.ts';
import { searchDataTypes, stringParts } from './searchDataTypes.ts';
import type {
  CompositeComponent,
  IndexKind,
  ItemFilter,
  ParameterPath,
  PathStep,
} from './searchParameter.ts';
import { type ParsedPath, type ParsedStep, searchPaths } from './searchPaths.ts';

/** A partly resolved path: one per data type where a choice element branches. */
interface Branch {
  readonly place: Place;
  readonly id: string;
  readonly dataType: string;
  readonly steps: readonly PathStep[];
  readonly mandatory: boolean;
  /** no more than one value per resource */
  readonly single: boolean;
  /** so its parent: an index counts within one list */
  readonly oneList: boolean;
  readonly element?: ElementDefinition;
  readonly targetType?: string;
  readonly system?: string;
}

/** Data types whose `where(system = …)` the token forms already answer. */
const withSystem = new Set(['ContactPoint', 'Identifier', 'Coding']);

/**
 * The index paths of a (non-composite) search expression for one resource type; alternatives for other types are left
 * out.
 * @throws Error when the expression names an element that does not exist, or nothing that the kind can search
 */
export function compileIndexPaths(
  definitions: Definitions,
  type: string,
  kind: Exclude<IndexKind, 'composite'>,
  expression: string,
): ParameterPath[] {
  const root = rootOf(type);
  const paths = alternativesFor(definitions, type, expression).flatMap((parsed) => {
    const last = parsed.steps.at(-1);
    if (last?.step === 'presentAndNotFalse') {
      return [presentAndNotFalse(walk(definitions, root, parsed.steps.slice(0, -1), kind, expression))];
    }
    return searchable(definitions, walk(definitions, root, parsed.steps, kind, expression), kind).map(
      (branch) => toParameterPath(branch, kind),
    );
  });
  if (paths.length === 0) throw new ExpressionError(`${type}: nothing to index as ${kind} in: ${expression}`);
  return ranges.has(kind) ? mergeChoices(paths) : paths;
}

/** Kinds whose rows look the same whatever the data type was. */
const ranges: ReadonlySet<IndexKind> = new Set(['date', 'number', 'quantity']);

/** Gives the types of one choice element that a parameter searches a common id: one range of rows instead of several. */
function mergeChoices(paths: readonly ParameterPath[]): ParameterPath[] {
  const choice = (id: string): string => id.replace(/:\w+$/, '');
  const types = Map.groupBy(paths, ({ path }) => choice(path.id));
  return paths.map(({ path, ...filters }) => {
    const id = choice(path.id);
    if (id === path.id) return { path, ...filters };
    const merged = `${id}:${types
      .get(id)!
      .map((other) => other.path.dataType)
      .join('|')}`;
    return { path: { ...path, id: merged }, ...filters };
  });
}

/** The index paths of a composite: one per alternative of its expression, each with its components. */
export function compileComposite(
  definitions: Definitions,
  type: string,
  expression: string,
  components: readonly { type: SearchParameterType; expression: string }[],
): ParameterPath[] {
  return alternativesFor(definitions, type, expression).flatMap((parsed) =>
    walk(definitions, rootOf(type), parsed.steps, 'composite', expression).map((focus) => {
      const compiled = components.map((component) => compileComponent(definitions, type, focus, component));
      return {
        path: {
          id: `${focus.id}{${compiled.map((c) => c.id).join(',')}}`,
          kind: 'composite' as const,
          steps: focus.steps,
          dataType: focus.dataType,
          mandatory: false,
          components: compiled.map((c) => c.component),
          ...(focus.steps.length === 0 && compiled.every((c) => c.separable) ? { separable: true } : {}),
        },
      };
    }),
  );
}

function compileComponent(
  definitions: Definitions,
  type: string,
  focus: Branch,
  component: { type: SearchParameterType; expression: string },
): { id: string; separable: boolean; component: CompositeComponent } {
  const kind = component.type as CompositeComponent['kind'];
  const branches = searchPaths(component.expression).flatMap((parsed) => {
    const start = parsed.fromResource ? { ...rootOf(type), id: '%' } : { ...focus, id: '', steps: [] };
    return searchable(
      definitions,
      walk(definitions, start, parsed.steps, kind, component.expression),
      kind,
    ).map((branch) => ({ branch, fromResource: parsed.fromResource ?? false }));
  });
  if (branches.length === 0)
    throw new ExpressionError(`${type}: nothing to index as ${kind} in: ${component.expression}`);
  return {
    id: branches.map(({ branch }) => branch.id).join('|'),
    separable: (kind === 'token' || kind === 'reference') && branches.every(({ branch }) => branch.single),
    component: {
      kind,
      alternatives: branches.map(({ branch, fromResource }) => ({
        id: fromResource ? branch.id.replace('%', `${type}.`) : `${focus.id}.${branch.id}`,
        steps: branch.steps,
        fromResource,
        dataType: branch.dataType,
        mandatory: branch.mandatory,
        targets: branch.element?.targets,
        systems: systemsOf(branch),
      })),
    },
  };
}

function rootOf(type: string): Branch {
  return {
    place: { type, path: '' },
    id: type,
    dataType: type,
    steps: [],
    mandatory: true,
    single: true,
    oneList: true,
  };
}

/** The alternatives of an expression whose root is this type, one of its base types, or none at all. */
function alternativesFor(definitions: Definitions, type: string, expression: string): ParsedPath[] {
  const roots = new Set<string | undefined>([undefined]);
  for (let name: string | undefined = type; name; name = definitions.types.get(name)?.base) roots.add(name);
  return searchPaths(expression).filter((parsed) => roots.has(parsed.root));
}

function walk(
  definitions: Definitions,
  start: Branch,
  steps: readonly ParsedStep[],
  kind: IndexKind,
  expression: string,
): Branch[] {
  let branches = [start];
  steps.forEach((step, index) => {
    const last = index === steps.length - 1;
    const unsupported = () => new ExpressionError(`Unsupported search expression: ${expression}`, step.at);
    switch (step.step) {
      case 'child':
        branches = branches.flatMap((branch) => child(definitions, branch, step.name));
        break;
      case 'type': {
        // One published expression writes `DateTime` for `dateTime`.
        const wanted = step.name.toLowerCase();
        branches = branches.filter((branch) => branch.dataType.toLowerCase() === wanted);
        break;
      }
      case 'where':
        branches = branches.filter((branch) => hasChild(definitions, branch, step.property));
        if (branches.some(isFiltered)) throw unsupported();
        branches = branches.map((branch) =>
          last && kind === 'token' && step.property === 'system' && withSystem.has(branch.dataType)
            ? { ...branch, system: step.equals }
            : filtered(branch, { property: step.property, equals: step.equals }),
        );
        break;
      case 'index':
        if (branches.some((branch) => isFiltered(branch) || !branch.oneList)) throw unsupported();
        branches = branches.map((branch) => filtered(branch, { index: step.index }));
        break;
      case 'targetType':
        if (!last || kind !== 'reference') throw unsupported();
        branches = branches.map((branch) => ({ ...branch, targetType: step.name }));
        break;
      default:
        throw unsupported();
    }
    if (branches.length === 0)
      throw new ExpressionError(`No such element in ${start.dataType}: ${expression}`, step.at);
  });
  return branches;
}

function child(definitions: Definitions, branch: Branch, name: string): Branch[] {
  if (name === 'extension' && definitions.types.get(branch.dataType)?.kind === 'primitive-type')
    return primitiveExtension(definitions, branch);
  const element = resolveElement(definitions, branch.place, name);
  if (!element) return [];
  const types = element.contentReference !== undefined ? ['BackboneElement'] : element.types;
  const { choice } = element;
  return types.map((dataType) => ({
    place: placeOf(branch.place, element, dataType),
    id: `${branch.id}${branch.id === '' || branch.id === '%' ? '' : '.'}${name}${choice ? `:${dataType}` : ''}`,
    dataType,
    steps: [...branch.steps, { property: propertyOf(element, dataType) }],
    mandatory: branch.mandatory && element.min > 0 && !choice,
    single: branch.single && element.max === 1,
    oneList: branch.single,
    element,
  }));
}

/** `birthDate.extension`: in JSON it is under `_birthDate` (json.html#primitive). */
function primitiveExtension(definitions: Definitions, branch: Branch): Branch[] {
  const steps = [...branch.steps];
  const last = steps.pop();
  if (!last) return [];
  const inside = { ...branch, steps: [...steps, { ...last, property: `_${last.property}` }] };
  const place = { type: 'Element', path: '' };
  return child(definitions, { ...inside, place, dataType: 'Element' }, 'extension');
}

const hasChild = (definitions: Definitions, { place }: Branch, name: string): boolean =>
  resolveElement(definitions, place, name) !== undefined;

const isFiltered = ({ steps }: Branch): boolean => steps.at(-1)?.filter !== undefined;

function filtered(branch: Branch, filter: ItemFilter): Branch {
  const steps = [...branch.steps];
  steps.push({ ...steps.pop()!, filter });
  // What could be read as another path is escaped.
  const text = 'index' in filter ? '' : filter.equals.replace(/[[\]%]/g, encodeURIComponent);
  const label = 'index' in filter ? String(filter.index) : `${filter.property}=${text}`;
  return { ...branch, id: `${branch.id}[${label}]`, steps, mandatory: false };
}

/** The branches that a parameter of this kind can search; strings over HumanName or Address become their parts. */
function searchable(
  definitions: Definitions,
  branches: readonly Branch[],
  kind: Exclude<IndexKind, 'composite'>,
): Branch[] {
  return branches
    .filter((branch) => searchDataTypes[kind].has(branch.dataType))
    .flatMap((branch) => {
      const parts = kind === 'string' ? stringParts.get(branch.dataType) : undefined;
      return parts ? parts.flatMap((part) => child(definitions, branch, part)) : [branch];
    });
}

function toParameterPath(branch: Branch, kind: IndexKind): ParameterPath {
  const { id, steps, dataType, mandatory, targetType, system } = branch;
  return {
    path: {
      id,
      kind,
      steps,
      dataType,
      mandatory,
      targets: branch.element?.targets,
      systems: systemsOf(branch),
    },
    ...(targetType ? { targetType } : {}),
    ...(system ? { system } : {}),
  };
}

function presentAndNotFalse(branches: readonly Branch[]): ParameterPath {
  const first = branches[0]!;
  const name = first.element ? nameOf(first.element) : '';
  return {
    path: {
      id: `${first.id.slice(0, first.id.lastIndexOf('.') + 1)}${name}!`,
      kind: 'token',
      steps: [],
      dataType: 'boolean',
      mandatory: true,
      presentAndNotFalse: branches.map((branch) => branch.steps),
    },
  };
}

/** The code systems that a `code` element implies by its binding. */
function systemsOf({ dataType, element }: Branch): readonly string[] | undefined {
  const { binding } = element ?? {};
  return dataType === 'code' ? binding?.systems : undefined;
}
