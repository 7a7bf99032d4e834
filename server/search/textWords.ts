// The words of a resource for `_text` and `_content`: its narrative, then every other text in it. Text is what has the data
// type string or markdown: no ids, codes, uris and references, and no identifiers, telephone numbers and units, which have
// parameters of their own.

import { boundedCache } from '../boundedCache.ts';
import type { Definitions } from '../definitions/definitions.ts';
import { propertyOf } from '../definitions/resolveElement.ts';
import type { Words } from './indexRows.ts';
import { narrativeText } from './narrativeText.ts';
import { splitWords } from './splitWords.ts';

/** Bits of a tsvector position that make its weight A; D has none. */
const weightA = 0xc000;
/** Postgres keeps no higher position, no more positions of a word, and no more than a megabyte of both in a tsvector. */
const lastPosition = 16_383;
const mostPositions = 255;
const mostBytes = 900_000;
/** Longest text whose words are remembered. */
const longestRemembered = 120;

const textTypes = new Set(['string', 'markdown']);
/** Types whose values are no text, though another element of the same name may be. */
const otherTypes = new Set([
  'id',
  'code',
  'uri',
  'url',
  'canonical',
  'oid',
  'uuid',
  'base64Binary',
  'dateTime',
]);
const notText = new Set(['unit', 'value', 'reference']);

/** Collects the words of a resource. Beyond `mostBytes` (some 50,000 distinct words) further ones are left out. */
export type WordCollector = (resource: Record<string, unknown>) => Words;

/** A collector that knows the text properties of all types. */
export function wordCollector(definitions: Definitions): WordCollector {
  const properties = textProperties(definitions);
  const wordsOf = boundedCache(4096, (text) => splitWords(text));
  const wordsIn = (text: string) => (text.length <= longestRemembered ? wordsOf(text) : splitWords(text));

  return (resource) => {
    const words = new Vector();
    const div = (resource.text as { div?: unknown } | undefined)?.div;
    if (typeof div === 'string') words.add(splitWords(narrativeText(div)), weightA);

    const visit = (object: Record<string, unknown>): void => {
      for (const property in object) {
        const value = object[property];
        if (typeof value === 'string') take(property, value);
        else if (Array.isArray(value)) {
          for (const item of value) {
            if (typeof item === 'string') take(property, item);
            else if (typeof item === 'object' && item !== null) visit(item);
          }
        } else if (typeof value === 'object' && value !== null) visit(value as Record<string, unknown>);
      }
    };
    const take = (property: string, text: string): void => {
      const kind = properties.get(property);
      if (kind === 'always' || (kind === 'spaced' && text.includes(' '))) words.add(wordsIn(text), 0);
      else if (property === 'div' && text !== div) words.add(splitWords(narrativeText(text)), 0);
    };
    visit(resource);
    return words.places;
  };
}

/** Names of properties that hold text: always, or where the same name also holds codes or uris, when it has a space. */
function textProperties(definitions: Definitions): Map<string, 'always' | 'spaced'> {
  const [texts, others] = [new Set<string>(), new Set<string>()];
  for (const { elements } of definitions.types.values()) {
    for (const element of elements.values()) {
      for (const type of element.types) {
        if (textTypes.has(type)) texts.add(propertyOf(element, type));
        else if (otherTypes.has(type)) others.add(propertyOf(element, type));
      }
    }
  }
  const names = [...texts].filter((name) => !notText.has(name));
  return new Map(names.map((name) => [name, others.has(name) ? 'spaced' : 'always']));
}

/** A tsvector in the making. */
class Vector {
  readonly places = new Map<string, number[]>();
  private position = 0;
  private bytes = 0;

  /** Adds the words of one text, which no phrase can leave. */
  add(words: readonly string[], weight: number): void {
    for (const word of words) {
      if (this.position < lastPosition) this.position++;
      const place = this.position | weight;
      const known = this.places.get(word);
      if (known === undefined) {
        this.bytes += word.length * 3 + 6;
        if (this.bytes <= mostBytes) this.places.set(word, [place]);
      } else if (
        known.length < mostPositions &&
        (known.at(-1)! & lastPosition) < this.position &&
        this.bytes + 2 <= mostBytes
      ) {
        this.bytes += 2;
        known.push(place);
      }
    }
    if (words.length > 0 && this.position < lastPosition) this.position++;
  }
}
