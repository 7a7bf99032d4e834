// Functions of texts (http://hl7.org/fhirpath/N1/#string-manipulation, and those that build.fhir.org has added since).
import { joined, longestText } from '../arithmetic.ts';
import { type Frame, ofItems, spend } from '../expression.ts';
import { evaluationError, noItems, stringItems, valueItem } from '../item.ts';
import { compilePattern, patternFor } from '../pattern.ts';
import {
  argument,
  type FunctionRule,
  integerIn,
  isLiteral,
  systemShapes,
  textFunction,
  textIn,
  textNumber,
  textQuestion,
  textsOf,
} from './functionRule.ts';

/** substring(): from a position, to the end or as many characters as are wanted. */
const substring: FunctionRule = {
  arity: [1, 2],
  compile(call) {
    const { target } = call;
    const start = argument(call, 0)!;
    const length = argument(call, 1);
    return ofItems(
      (frame) => {
        const text = textIn(target.items(frame), frame, 'substring()');
        const from = integerIn(start.items(frame), 'substring()');
        const wanted = length && integerIn(length.items(frame), 'substring()');
        if (text === undefined || from === undefined || from < 0 || from >= text.length) return noItems;
        if (length && wanted === undefined) return stringItems(text.slice(from));
        return stringItems(
          wanted === undefined ? text.slice(from) : text.slice(from, from + Math.max(wanted, 0)),
        );
      },
      {
        single: true,
        shapes: systemShapes(call, 'String'),
        fixed: target.fixed && call.node.args.every(isLiteral),
      },
    );
  },
};

/** replace(): every occurrence, whatever characters it has; an empty text occurs around every character. */
function replaceAll(frame: Frame, text: string, part: string, by: string): string {
  const occurrences = part === '' ? text.length + 1 : Math.floor(text.length / part.length);
  if (text.length + occurrences * by.length > longestText)
    throw evaluationError('replace() makes too long a text');
  spend(frame, (text.length + occurrences * by.length) >> 6);
  return text.replaceAll(part, () => by);
}

/** matches(), matchesFull() and replaceMatches(): a pattern written in the expression is compiled with it. */
function matching(whole: boolean): FunctionRule {
  return {
    arity: [1, 2],
    compile(call) {
      const read = textsOf(call, 2, 1);
      const fixedPattern = literalText(call.node.args[0]!);
      const known = fixedPattern === undefined ? undefined : compilePattern(fixedPattern);
      return {
        ...ofItems(
          (frame) => {
            const texts = read(frame);
            if (!texts) return noItems;
            const pattern = known ?? patternFor(texts[1]!, frame);
            return [
              valueItem(
                whole ? pattern.matchesAll(texts[0], frame) : pattern.matches(texts[0], frame),
                'System.Boolean',
              ),
            ];
          },
          { single: true, shapes: systemShapes(call, 'Boolean') },
        ),
        logical: true,
      };
    },
  };
}

const replaceMatches: FunctionRule = {
  arity: [2, 3],
  compile(call) {
    const read = textsOf(call, 2);
    const fixedPattern = literalText(call.node.args[0]!);
    const known = fixedPattern === undefined ? undefined : compilePattern(fixedPattern);
    return ofItems(
      (frame) => {
        const texts = read(frame);
        if (!texts) return noItems;
        const [text, source, by] = texts as [string, string, string];
        return stringItems(
          source === '' ? text : (known ?? patternFor(source, frame)).replace(text, by, frame),
        );
      },
      { single: true, shapes: systemShapes(call, 'String') },
    );
  },
};

function literalText(node: { kind: string; type?: string; text?: string }): string | undefined {
  return node.kind === 'literal' && node.type === 'string' ? node.text : undefined;
}

const encodings: Record<string, (text: string) => string> = {
  hex: (text) => Buffer.from(text).toString('hex'),
  base64: (text) => Buffer.from(text).toString('base64'),
  urlbase64: (text) => Buffer.from(text).toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
};

const decodings: Record<string, (text: string) => string> = {
  hex: (text) => Buffer.from(text, 'hex').toString(),
  base64: (text) => Buffer.from(text, 'base64').toString(),
  urlbase64: (text) => Buffer.from(text, 'base64url').toString(),
};

const htmlEntities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const htmlCharacters = new Map(
  Object.entries(htmlEntities).map(([character, entity]) => [entity, character]),
);

const escapes: Record<string, (text: string) => string> = {
  html: (text) => text.replace(/[&<>"']/g, (character) => htmlEntities[character]!),
  json: (text) => JSON.stringify(text).slice(1, -1),
};

const unescapes: Record<string, (text: string) => string> = {
  html: (text) => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => htmlCharacters.get(entity)!),
  json: (text) =>
    text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex?: string, character?: string) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (jsonEscapes[character!] ?? character!),
    ),
};
const jsonEscapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

/** encode('hex') and its like: empty for a format that is not known. */
function byFormat(formats: Record<string, (text: string) => string>): FunctionRule {
  return textFunction(1, (frame, text, format) => {
    spend(frame, text.length >> 4);
    return Object.hasOwn(formats, format!) ? formats[format!]!(text) : undefined;
  });
}

const split: FunctionRule = {
  arity: [1, 1],
  compile(call) {
    const read = textsOf(call, 1);
    return ofItems(
      (frame) => {
        const texts = read(frame);
        if (!texts) return noItems;
        const parts = texts[0].split(texts[1]!);
        spend(frame, parts.length);
        return parts.map((part) => valueItem(part, 'System.String'));
      },
      { shapes: systemShapes(call, 'String') },
    );
  },
};

const toChars: FunctionRule = {
  arity: [0, 0],
  compile(call) {
    const read = textsOf(call, 0);
    return ofItems(
      (frame) => {
        const texts = read(frame);
        if (!texts) return noItems;
        spend(frame, texts[0].length);
        return [...texts[0]].map((character) => valueItem(character, 'System.String'));
      },
      { shapes: systemShapes(call, 'String') },
    );
  },
};

const join: FunctionRule = {
  arity: [0, 1],
  compile(call) {
    const { target } = call;
    const separator = argument(call, 0);
    return ofItems(
      (frame) => {
        const between = separator ? (textIn(separator.items(frame), frame, 'join()') ?? '') : '';
        const texts = target.items(frame).flatMap((item) => textIn([item], frame, 'join()') ?? []);
        if (texts.length === 0) return noItems;
        return stringItems(
          joined(
            frame,
            texts.flatMap((text, index) => (index === 0 ? [text] : [between, text])),
          ),
        );
      },
      { single: true, shapes: systemShapes(call, 'String') },
    );
  },
};

export const strings: Record<string, FunctionRule> = {
  indexOf: textNumber(1, (text, part) => text.indexOf(part!)),
  lastIndexOf: textNumber(1, (text, part) => text.lastIndexOf(part!)),
  length: textNumber(0, (text) => text.length),
  startsWith: textQuestion(1, (text, part) => text.startsWith(part!)),
  endsWith: textQuestion(1, (text, part) => text.endsWith(part!)),
  contains: textQuestion(1, (text, part) => text.includes(part!)),
  upper: textFunction(0, (_, text) => text.toUpperCase()),
  lower: textFunction(0, (_, text) => text.toLowerCase()),
  trim: textFunction(0, (_, text) => text.trim()),
  replace: textFunction(2, (frame, text, part, by) => replaceAll(frame, text, part!, by!)),
  matches: matching(false),
  matchesFull: matching(true),
  replaceMatches,
  substring,
  split,
  join,
  toChars,
  encode: byFormat(encodings),
  decode: byFormat(decodings),
  escape: byFormat(escapes),
  unescape: byFormat(unescapes),
};
