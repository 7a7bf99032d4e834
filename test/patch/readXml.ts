// Reads the XML of the published FHIRPath Patch cases: enough XML for that file, and its resources as JSON (json.html, xml.html).
import type { Definitions } from '../../server/definitions/definitions.ts';
import { childShape, isPrimitiveType, type Member } from '../../server/patch/elementShape.ts';
import { type Item, writeItems } from '../../server/patch/location.ts';

export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  /** elements and text, in order */
  children: (XmlElement | string)[];
}

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decode(text: string): string {
  return text.replace(/&(#x?[0-9a-f]+|\w+);/gi, (_, entity: string) =>
    entity.startsWith('#')
      ? String.fromCodePoint(Number(entity.replace(/^#x?/i, (mark) => (mark.length > 1 ? '0x' : ''))))
      : entities[entity],
  );
}

/** The document element. */
export function readXml(source: string): XmlElement {
  const document: XmlElement = { name: '', attributes: {}, children: [] };
  const open = [document];
  const token =
    /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<(\/?)([\w:]+)((?:\s+[\w:]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|[^<]+/g;
  for (const [text, closing, name, attributes, empty] of source.replace(/\r\n?/g, '\n').matchAll(token)) {
    if (name === undefined) {
      if (!text.startsWith('<')) {
        open.at(-1)!.children.push(decode(text));
      }
    } else if (closing) {
      open.pop();
    } else {
      const pairs = [...attributes.matchAll(/([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)];
      const element: XmlElement = {
        name,
        attributes: Object.fromEntries(pairs.map((pair) => [pair[1], decode(pair[2] ?? pair[3])])),
        children: [],
      };
      open.at(-1)!.children.push(element);
      if (!empty) {
        open.push(element);
      }
    }
  }
  return elementsOf(document)[0];
}

export function elementsOf(element: XmlElement, name?: string): XmlElement[] {
  return element.children.filter(
    (child): child is XmlElement => typeof child !== 'string' && (name === undefined || child.name === name),
  );
}

function writeXml(node: XmlElement | string): string {
  if (typeof node === 'string') {
    return node.replace(/[&<]/g, (character) => (character === '&' ? '&amp;' : '&lt;'));
  }
  const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}="${value}"`);
  return `<${node.name}${attributes.join('')}>${node.children.map(writeXml).join('')}</${node.name}>`;
}

/** The resource that an element is. */
export function resourceOf(element: XmlElement, definitions: Definitions): Record<string, unknown> {
  return { resourceType: element.name, ...contentOf(element, element.name, definitions) };
}

function contentOf(element: XmlElement, type: string, definitions: Definitions): Record<string, unknown> {
  const content: Record<string, unknown> = {};
  const children = elementsOf(element);
  for (const name of ['id', 'url']) {
    if (name in element.attributes) {
      content[name] = element.attributes[name];
    }
  }
  for (const [name, members] of Map.groupBy(children, (child) => child.name)) {
    const { array, member } = shapeOf(type, name, definitions);
    const childType = member.type;
    const items = members.map((member): Item => {
      if (childType === 'xhtml') {
        return { value: writeXml(member) };
      }
      const { value, ...attributes } = member.attributes;
      const inner = contentOf(
        { ...member, attributes },
        isPrimitiveType(childType) ? 'Element' : childType,
        definitions,
      );
      if (!isPrimitiveType(childType)) {
        return { value: inner };
      }
      return {
        value: primitiveOf(value, childType),
        ...(Object.keys(inner).length > 0 ? { companion: inner } : {}),
      };
    });
    writeItems(content, member, items, array);
  }
  return content;
}

function primitiveOf(text: string | undefined, type: string): unknown {
  return text !== undefined && ['boolean', 'integer', 'decimal', 'positiveInt', 'unsignedInt'].includes(type)
    ? JSON.parse(text)
    : text;
}

/** The definition of an XML name, which for choices ends with the type. */
function shapeOf(parent: string, name: string, definitions: Definitions): { array: boolean; member: Member } {
  const ends = [name.length, ...[...name.matchAll(/[A-Z]/g)].map(({ index }) => index)];
  for (const end of ends) {
    const shape = childShape(definitions, parent, name.slice(0, end));
    const member = shape?.memberNamed.get(name);
    if (shape && member) {
      return { array: shape.array, member };
    }
  }
  throw new Error(`${parent} has no element '${name}'`);
}
