// How a slice is told apart (profiling.html#discriminator): each discriminator's path is followed through the slice's own
// definition, and what is fixed at its end decides.
import type { ElementDefinition } from '../definitions/definitions.ts';
import { type Place, placeOf, resolveElement } from '../definitions/resolveElement.ts';
import type { Discriminator, StructureElement } from '../definitions/structure.ts';
import type { Compilation } from './compileRules.ts';
import type { DiscriminatorRules, ValueRules } from './rules.ts';
import { type StructureNode, structureTree } from './structureTree.ts';

/** A node, and the element of the specification that it constrains below `parent`; the root of a profile has none. */
export interface NodeAt {
  readonly node: StructureNode;
  readonly child?: ElementDefinition;
  readonly parent: Place;
  readonly compilation: Compilation;
}

/** Compiles the discriminators of the slice at `at`; `valueRules` compiles what is asked of a value at a node. */
export function compileDiscriminators(
  discriminators: readonly Discriminator[],
  at: NodeAt,
  valueRules: (at: NodeAt) => ValueRules,
): DiscriminatorRules[] {
  return discriminators.map(({ type, path }) => {
    const steps = stepsOf(path);
    const ends = steps.reduce<NodeAt[]>((nodes, step) => nodes.flatMap((from) => follow(from, step)), [at]);
    const rules = { steps, alternatives: [], types: [], profiles: [] };
    switch (type) {
      case 'exists':
        return { ...rules, type, exists: existence(ends) };
      case 'type':
        return { ...rules, type, types: ends.flatMap(typesAt) };
      case 'profile':
        return { ...rules, type, profiles: ends.flatMap(profilesAt) };
      default:
        return { ...rules, type: 'value', alternatives: ends.map(valueRules) };
    }
  });
}

/** `code.coding`, `$this`, `resolve().code`, `extension('url').value`, `value.ofType(Quantity)` as steps. */
function stepsOf(path: string): string[] {
  const steps = path.match(/[^.(]+(?:\((?:'[^']*'|"[^"]*"|[^)'"]*)*\))?/g) ?? [];
  return steps
    .filter((step) => step !== '$this')
    .map((step) =>
      step
        .replace(/^extension\(['"](.*)['"]\)$/, 'extension($1)')
        .replace(/^(?:ofType|as)\((?:FHIR\.)?(\w+)\)$/, 'ofType($1)'),
    );
}

/** The nodes one step below; those of required slices too, since what is fixed may stand in them only. */
function follow(at: NodeAt, step: string): NodeAt[] {
  if (step.startsWith('ofType(')) return [at];
  if (step === 'resolve()')
    return at.node.element.types.flatMap(({ targetProfiles = [] }) =>
      targetProfiles.flatMap((url) => rootOf(url, at)),
    );
  const url = /^extension\((.*)\)$/.exec(step)?.[1];
  const name = url === undefined ? step : 'extension';
  return insides(at).flatMap(({ nodes, place, compilation }) => {
    const child = resolveElement(compilation.definitions, place, name);
    if (!child) return [];
    return nodes
      .filter(({ element: { path } }) => path.slice(path.lastIndexOf('.') + 1).replace(/\[x\]$/, '') === name)
      .flatMap((found) => [found, ...found.slices])
      .filter(({ element, children }) =>
        url === undefined
          ? element.sliceName === undefined || element.min > 0
          : element.types.some(({ profiles }) => profiles?.includes(url)) || hasUrl(children, url),
      )
      .map((node) => ({ node, child, parent: place, compilation }));
  });
}

/** Whether an extension is fixed to a url here. */
const hasUrl = (children: readonly StructureNode[], url: string): boolean =>
  children.some(
    ({ element: { path, fixed, pattern } }) => path.endsWith('.url') && (fixed ?? pattern) === url,
  );

/** Where the children of a node are defined: in the node itself, or in the profiles that its value has to conform to. */
function insides(at: NodeAt): { nodes: readonly StructureNode[]; place: Place; compilation: Compilation }[] {
  const { node, child, parent, compilation } = at;
  const { types, contentReference } = node.element;
  const type = types[0]?.code ?? child?.types[0] ?? '';
  const place = child ? placeOf(parent, child, type) : parent;
  const referred = contentReference === undefined ? undefined : compilation.tree.byId.get(contentReference);
  const nodes = node.children.length > 0 ? node.children : (referred?.children ?? []);
  if (nodes.length > 0) return [{ nodes, place, compilation }];
  return profilesAt(at)
    .flatMap((url) => rootOf(url, at))
    .map((root) => ({ nodes: root.node.children, place: root.parent, compilation: root.compilation }));
}

/** The root of a profile, where it is known. */
function rootOf(canonical: string, { compilation }: NodeAt): NodeAt[] {
  const structure = compilation.find(canonical);
  if (!structure) return [];
  const tree = structureTree(structure);
  const inside = { ...compilation, structure, tree, made: new Map() };
  return [{ node: tree.root, parent: { type: structure.type, path: '' }, compilation: inside }];
}

const typesAt = ({ node, child, parent }: NodeAt): string[] =>
  child ? node.element.types.map(({ code }) => code) : [parent.type];

const profilesAt = ({ node, child, compilation }: NodeAt): string[] =>
  child ? node.element.types.flatMap(({ profiles = [] }) => profiles) : [compilation.structure.url];

/** What `exists` asks: the element required, or not allowed. */
function existence(ends: readonly NodeAt[]): boolean | undefined {
  const some = (test: (element: StructureElement) => boolean) => ends.some(({ node }) => test(node.element));
  if (some(({ min }) => min > 0)) return true;
  return some(({ max }) => max === 0) ? false : undefined;
}
