// What an element of a differential changes about the element of the base (elementdefinition.html#interpretation).
import type { StatedElement } from './reduceElement.ts';
import type { Constraint, Slicing, StructureElement } from './structure.ts';

/** The element with what is stated about it in the structure `url`: constraints are added, all else is replaced. */
export function mergeElement(base: StructureElement, stated: StatedElement, url: string): StructureElement {
  const {
    id: _,
    path: __,
    sliceName: ___,
    slicing,
    constraints,
    contentReference: ____,
    ...replaced
  } = stated;
  return {
    ...base,
    ...replaced,
    ...(slicing ? { slicing: mergeSlicing(base.slicing, slicing) } : {}),
    ...(constraints ? { constraints: mergeConstraints(base.constraints ?? [], constraints, url) } : {}),
  };
}

/** Who only changes the rules need not say again by what slices are told apart. */
function mergeSlicing(base: Slicing | undefined, stated: Slicing): Slicing {
  return stated.discriminators.length > 0 || !base
    ? stated
    : { ...stated, discriminators: base.discriminators };
}

/** A constraint of the base stays as it is: a profile cannot weaken it. */
function mergeConstraints(
  base: readonly Constraint[],
  stated: readonly Constraint[],
  url: string,
): Constraint[] {
  const known = new Set(base.map(({ key }) => key));
  const added = stated.filter(({ key }) => !known.has(key));
  return [...base, ...added.map((constraint) => ({ ...constraint, source: constraint.source ?? url }))];
}
