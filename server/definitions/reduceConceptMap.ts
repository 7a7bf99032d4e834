// Reduces ConceptMap resources, published or stored, to what the server works with (conceptmap.html).
import type { ConceptMapDefinition, ConceptMapGroup, MappedElement, OtherElement } from './conceptMap.ts';

type Json = Record<string, unknown>;

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
const list = (value: unknown): Json[] => (Array.isArray(value) ? (value as Json[]) : []);

/** Without undefined properties, which most have many of. */
function dense<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

/** Reduces a ConceptMap resource. `url` stands in for one that has none. */
export function reduceConceptMap(resource: Json, url = ''): ConceptMapDefinition {
  return dense({
    url: text(resource.url) ?? url,
    version: text(resource.version),
    status: text(resource.status),
    source: text(resource.sourceCanonical) ?? text(resource.sourceUri),
    target: text(resource.targetCanonical) ?? text(resource.targetUri),
    groups: list(resource.group).map(reduceGroup),
  });
}

function reduceGroup(group: Json): ConceptMapGroup {
  const unmapped = group.unmapped as Json | undefined;
  return dense({
    source: text(group.source),
    sourceVersion: text(group.sourceVersion),
    target: text(group.target),
    targetVersion: text(group.targetVersion),
    elements: list(group.element).map(reduceElement),
    unmapped:
      unmapped &&
      dense({
        mode: text(unmapped.mode) ?? '',
        code: text(unmapped.code),
        display: text(unmapped.display),
        url: text(unmapped.url),
      }),
  });
}

function reduceElement({ code, display, target }: Json): MappedElement {
  return dense({
    code: text(code),
    display: text(display),
    targets: list(target).map((each) =>
      dense({
        code: text(each.code),
        display: text(each.display),
        // Validation asks for one; what is stored without may be related in any way.
        equivalence: text(each.equivalence) ?? 'relatedto',
        comment: text(each.comment),
        dependsOn: otherElements(each.dependsOn),
        products: otherElements(each.product),
      }),
    ),
  });
}

function otherElements(value: unknown): OtherElement[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return list(value).map((other) =>
    dense({
      property: text(other.property) ?? '',
      system: text(other.system),
      value: text(other.value) ?? '',
      display: text(other.display),
    }),
  );
}
