// From a StructureDefinition to rules (rules.ts). Nothing is compiled before a value needs it: a type's rules are made
// when the first of its kind is met, those of an element when it first has a value.
import type { Definitions, ElementDefinition } from '../definitions/definitions.ts';
import {
  childrenOf,
  nameOf,
  nameOfPlace,
  type Place,
  placeNamed,
  placeOf,
  propertyOf,
  resolveElement,
} from '../definitions/resolveElement.ts';
import type {
  Constraint,
  ElementType,
  FindStructure,
  Structure,
  StructureElement,
} from '../definitions/structure.ts';
import { compileDiscriminators, type NodeAt } from './compileDiscriminators.ts';
import type { CompileInvariants } from './invariants.ts';
import { primitiveTypes } from './primitiveTypes.ts';
import type {
  ElementRules,
  ObjectRules,
  PropertyRules,
  SliceRules,
  SlicingRules,
  Targets,
  TypeRules,
  ValueRules,
} from './rules.ts';
import { type StructureNode, type StructureTree, structureTree } from './structureTree.ts';

/** How structures are compiled. */
export interface RuleCompiler {
  readonly definitions: Definitions;
  /** whether the structures are those of the specification itself: then values follow the rules of their types too */
  readonly base: boolean;
  /** rules of a data type of the specification */
  readonly rulesOfType: (type: string) => ObjectRules | undefined;
  readonly compileInvariants: CompileInvariants;
  /** finds the type that a profile is of */
  readonly find: FindStructure;
}

/** The compilation of one structure. */
export interface Compilation extends RuleCompiler {
  readonly structure: Structure;
  readonly tree: StructureTree;
  readonly made: Map<StructureNode, ObjectRules>;
}

/** Compiles the rules of a structure. @throws Error for elements that do not fit together */
export function compileRules(structure: Structure, compiler: RuleCompiler): ObjectRules {
  const tree = structureTree(structure);
  const compilation = { ...compiler, structure, tree, made: new Map() };
  return objectRules(tree.root, { type: structure.type, path: '' }, compilation);
}

function objectRules(node: StructureNode, place: Place, compilation: Compilation): ObjectRules {
  const known = compilation.made.get(node);
  if (known) return known;
  const properties = new Map<string, PropertyRules>();
  const counted: ElementRules[] = [];
  const mustSupport: string[] = [];
  const atRoot = node === compilation.tree.root;
  for (const child of node.children) {
    const element = elementRules(child, place, compilation);
    if (!element) continue;
    for (const [name, property] of element.properties) properties.set(name, property);
    if (child.element.mustSupport) mustSupport.push(element.rules.name);
    const { min, max, slicing } = element.rules;
    if (min > 0 || Number.isFinite(max) || slicing) counted.push(element.rules);
  }
  const rules: ObjectRules = {
    structure: compilation.structure,
    base: compilation.base,
    place,
    invariants: atRoot
      ? compilation.compileInvariants(constraintsOf(node, compilation), nameOfPlace(place))
      : [],
    properties,
    counted,
    mustSupport,
  };
  compilation.made.set(node, rules);
  return rules;
}

/** An element's rules and the properties that carry it; undefined where there is nothing to ask. */
function elementRules(
  node: StructureNode,
  parent: Place,
  compilation: Compilation,
): { rules: ElementRules; properties: [string, PropertyRules][] } | undefined {
  const { element } = node;
  const published = publishedElement(element, parent, compilation.definitions);
  if (!published) return undefined;
  const { child, only } = published;
  const values = valueRules(node, child, parent, compilation);
  const carriers = (child.types.length > 0 ? child.types : ['']).filter(
    (type) => only === undefined || type === only,
  );
  // What the structural gate has counted need not be counted again.
  const min = compilation.base || element.min <= child.min ? 0 : element.min;
  const max =
    (compilation.base && element.max <= 1) || element.max >= child.max
      ? Number.POSITIVE_INFINITY
      : element.max;
  const rules: ElementRules = {
    ...values,
    name: nameOf(child),
    properties: carriers.map((type) => propertyOf(child, type)),
    min,
    max,
    slicing: slicingOf(node, child, parent, compilation),
  };
  const properties = carriers.flatMap((type): [string, PropertyRules][] => {
    const name = propertyOf(child, type);
    if (!primitiveTypes[type] || type === 'xhtml') {
      return [[name, { element: rules, type: nameOfPlace(placeOf(parent, child, type)), extended: false }]];
    }
    const twin = `_${name}`;
    return [
      [name, { element: rules, type, twin, extended: false }],
      [twin, { element: rules, type, twin: name, extended: true }],
    ];
  });
  return { rules, properties };
}

/** The element of the specification that an element constrains; `only` the type, where its path is `valueQuantity`. */
function publishedElement(
  { path }: StructureElement,
  parent: Place,
  definitions: Definitions,
): { child: ElementDefinition; only?: string } | undefined {
  const last = path.slice(path.lastIndexOf('.') + 1);
  const child = resolveElement(definitions, parent, last.replace(/\[x\]$/, ''));
  if (child) return { child };
  for (const choice of childrenOf(definitions, parent)) {
    if (!choice.choice) continue;
    const only = choice.types.find((type) => propertyOf(choice, type) === last);
    if (only !== undefined) return { child: choice, only };
  }
  return undefined;
}

/** Rules of a value of the element or slice at `node`. */
function valueRules(
  node: StructureNode,
  child: ElementDefinition,
  parent: Place,
  compilation: Compilation,
): ValueRules {
  const { element } = node;
  const { base } = compilation;
  const made = new Map<string, TypeRules | undefined>();
  const { fixed, pattern, minValue, maxValue, maxLength } = element;
  const { binding } = element;
  const isSaid =
    !base && binding?.strength === child.binding?.strength && binding?.valueSet === child.binding?.valueSet;
  return {
    definition: element,
    binding: isSaid ? undefined : binding,
    types: element.types.map(({ code }) => code),
    plain: [fixed, pattern, minValue, maxValue, maxLength].every((rule) => rule === undefined),
    typed(type) {
      if (!made.has(type)) made.set(type, typeRules(node, child, parent, type, compilation));
      return made.get(type);
    },
  };
}

function typeRules(
  node: StructureNode,
  child: ElementDefinition,
  parent: Place,
  type: string,
  compilation: Compilation,
): TypeRules | undefined {
  const { element } = node;
  const matching = element.types.filter(({ code }) => isCode(code, type, parent, child));
  if (element.types.length > 0 && matching.length === 0) return undefined;
  const profiles = matching.flatMap((each) => each.profiles ?? []);
  return {
    invariants: compilation.compileInvariants(constraintsOf(node, compilation), type),
    inside: insideOf(node, type, compilation),
    profiles: profiles.filter((profile) => !isBaseOf(profile, type)),
    targets: targetsOf(matching, compilation),
  };
}

/** Whether values of a FHIR type are of what an element names as its type; only a choice has values of several. */
function isCode(code: string, type: string, parent: Place, child: ElementDefinition): boolean {
  if (code === type || code === 'Resource' || code === 'DomainResource') return true;
  if (child.choice || child.types[0] === 'Resource')
    return nameOfPlace(placeOf(parent, child, code)) === type;
  return true;
}

const isBaseOf = (canonical: string, type: string) =>
  canonical === `http://hl7.org/fhir/StructureDefinition/${type}`;

/** What is asked of the inside of a value: here, or by the type itself. */
function insideOf(
  node: StructureNode,
  type: string,
  compilation: Compilation,
): (() => ObjectRules) | undefined {
  const { contentReference } = node.element;
  const referred = contentReference === undefined ? undefined : compilation.tree.byId.get(contentReference);
  const from = node.children.length > 0 ? node : referred;
  if (from && from.children.length > 0) {
    const place = primitiveTypes[type] ? { type: 'Element', path: '' } : placeNamed(type);
    return () => objectRules(from, place, compilation);
  }
  if (!compilation.base) return undefined;
  const { rulesOfType } = compilation;
  const inside = rulesOfType(primitiveTypes[type] ? 'Element' : type);
  return inside && (() => inside);
}

function slicingOf(
  node: StructureNode,
  child: ElementDefinition,
  parent: Place,
  compilation: Compilation,
): SlicingRules | undefined {
  if (compilation.base || node.slices.length === 0) return closedSlicing(node, compilation);
  const slicing = node.element.slicing ?? {
    // Slices of a choice by its type need no slicing entry (elementdefinition.html).
    discriminators: [{ type: 'type' as const, path: '$this' }],
    ordered: false,
    rules: 'open' as const,
  };
  const slices = node.slices.map((slice): SliceRules => {
    const { min, max, sliceName } = slice.element;
    return {
      ...valueRules(slice, child, parent, compilation),
      name: sliceName ?? slice.element.id,
      min,
      max,
      discriminators: compileDiscriminators(
        slicing.discriminators,
        { node: slice, child, parent, compilation },
        rulesAt,
      ),
      slicing: slicingOf(slice, child, parent, compilation),
    };
  });
  return { slicing, slices };
}

/** What is asked of a value at a place that a discriminator leads to. */
function rulesAt({ node, child, parent, compilation }: NodeAt): ValueRules {
  if (child) return valueRules(node, child, parent, compilation);
  const inside = () => objectRules(node, parent, compilation);
  const typed = (): TypeRules => ({ invariants: [], inside, profiles: [] });
  return { definition: node.element, types: [], plain: true, typed };
}

/** A closed slicing without slices allows nothing; any other says nothing. */
function closedSlicing(
  { element: { slicing } }: StructureNode,
  { base }: Compilation,
): SlicingRules | undefined {
  return !base && slicing?.rules === 'closed' ? { slicing, slices: [] } : undefined;
}

/** Constraints that are not said elsewhere: by the type of the value, or by the specification, which is always asked. */
function constraintsOf(
  node: StructureNode,
  { base, structure, find, tree }: Compilation,
): readonly Constraint[] {
  const { constraints: own = [], types, contentReference } = node.element;
  const referred = contentReference === undefined ? undefined : tree.byId.get(contentReference)?.element;
  const all = [...own, ...(referred?.constraints ?? [])];
  if (all.length === 0) return all;
  const sayers = [...(base ? [] : [structure.type]), ...types.map(({ code }) => code)];
  const said = sayers.map((type) => saidBy(find(SPECIFICATION + type)));
  return all.filter((constraint) => !said.some((constraints) => constraints.has(signature(constraint))));
}

const signature = ({ key, expression }: Constraint) => `${key}\n${expression}`;
const constraints = new WeakMap<Structure, Set<string>>();

/** Every constraint of a structure of the specification. */
function saidBy(structure: Structure | undefined): Set<string> {
  if (!structure) return new Set();
  const known = constraints.get(structure);
  if (known) return known;
  const said = new Set(structure.elements.flatMap((element) => (element.constraints ?? []).map(signature)));
  constraints.set(structure, said);
  return said;
}

const nameFrom = (canonical: string) => canonical.slice(canonical.lastIndexOf('/') + 1);

const SPECIFICATION = 'http://hl7.org/fhir/StructureDefinition/';

function targetsOf(types: readonly ElementType[], { definitions, find }: Compilation): Targets | undefined {
  const canonicals = types.flatMap(({ code, targetProfiles }) =>
    code === 'Reference' ? (targetProfiles ?? []) : [],
  );
  const bare = types.some(({ code, targetProfiles }) => code === 'Reference' && !targetProfiles?.length);
  if (canonicals.length === 0 || bare || canonicals.includes(`${SPECIFICATION}Resource`)) return undefined;
  const targets = { types: new Set<string>(), profiles: [] as string[], names: canonicals.map(nameFrom) };
  for (const canonical of canonicals) {
    const name = canonical.startsWith(SPECIFICATION) ? canonical.slice(SPECIFICATION.length) : '';
    if (definitions.resourceTypes.has(name)) targets.types.add(name);
    else {
      const type = find(canonical)?.type;
      // What is not known here cannot be refused.
      if (type === undefined) return undefined;
      targets.types.add(type);
      targets.profiles.push(canonical);
    }
  }
  return targets;
}
