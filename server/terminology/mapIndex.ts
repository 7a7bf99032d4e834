// A group of a concept map that can be asked in both directions. Codes are compared as their code system does, where it
// is held here: without regard to case where that says so.

import type { ConceptMapGroup, MappedElement, MappedTarget } from '../definitions/conceptMap.ts';
import type { CodeSystem } from './codeSystem.ts';

/** By code, folded. A code may be listed more than once. */
export interface MapIndex {
  readonly elements: ReadonlyMap<string, readonly MappedElement[]>;
  readonly targets: ReadonlyMap<string, readonly (readonly [MappedElement, MappedTarget])[]>;
}

const exact = new WeakMap<ConceptMapGroup, MapIndex>();
const lowered = new WeakMap<ConceptMapGroup, MapIndex>();

/** A code in the form it is indexed by. */
export function folded(code: string, held: CodeSystem | undefined): string {
  return held?.definition.caseSensitive === false ? code.toLowerCase() : code;
}

/** The index of a group for codes of a code system; worked out once per group. */
export function indexOf(group: ConceptMapGroup, held: CodeSystem | undefined): MapIndex {
  const known = held?.definition.caseSensitive === false ? lowered : exact;
  let index = known.get(group);
  if (!index) {
    index = makeIndex(group, (code) => folded(code, held));
    known.set(group, index);
  }
  return index;
}

function makeIndex({ elements }: ConceptMapGroup, fold: (code: string) => string): MapIndex {
  const byCode = new Map<string, MappedElement[]>();
  const byTarget = new Map<string, [MappedElement, MappedTarget][]>();
  const add = <V>(map: Map<string, V[]>, code: string, value: V): void => {
    const list = map.get(fold(code));
    if (list) list.push(value);
    else map.set(fold(code), [value]);
  };
  for (const element of elements) {
    if (element.code !== undefined) add(byCode, element.code, element);
    for (const target of element.targets) {
      if (target.code !== undefined) add(byTarget, target.code, [element, target]);
    }
  }
  return { elements: byCode, targets: byTarget };
}
