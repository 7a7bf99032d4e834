// Reads a regular expression into the steps that pattern.ts runs: what the dialects of FHIRPath implementations share, that
// is characters, classes, groups, alternatives, repetitions and anchors. Lookaround and back references are refused.
import { FhirPathError } from './item.ts';

/** One step of a program. */
export type Step =
  | { kind: 'character'; accepts: (code: number) => boolean }
  | { kind: 'assert'; holds: (text: string, position: number) => boolean }
  | { kind: 'save'; slot: number }
  | { kind: 'jump'; to: number }
  /** goes on at `to` or, with lower priority, at `other` */
  | { kind: 'fork'; to: number; other: number }
  | { kind: 'match' };

/** A program, and how many groups it saves (the whole match is the first). */
export interface Program {
  steps: Step[];
  groups: number;
}

const mostSteps = 5000;
const deepest = 50;

type Node =
  | { kind: 'character'; accepts: (code: number) => boolean }
  | { kind: 'assert'; holds: (text: string, position: number) => boolean }
  | { kind: 'sequence'; parts: Node[] }
  | { kind: 'choice'; parts: Node[] }
  | { kind: 'group'; index: number; part: Node }
  | { kind: 'repeat'; part: Node; min: number; max: number; lazy: boolean };

interface Cursor {
  readonly source: string;
  at: number;
  groups: number;
  depth: number;
}

function malformed({ source }: Cursor, why: string): FhirPathError {
  return new FhirPathError('evaluation', `not a regular expression: ${why} in ${JSON.stringify(source)}`);
}

/** The program of a regular expression. Throws FhirPathError. */
export function parsePattern(source: string): Program {
  const cursor: Cursor = { source, at: 0, groups: 1, depth: 0 };
  const node = parseChoice(cursor);
  if (cursor.at < source.length) throw malformed(cursor, 'a ) too many');
  const steps: Step[] = [{ kind: 'save', slot: 0 }];
  emit(node, steps);
  steps.push({ kind: 'save', slot: 1 }, { kind: 'match' });
  return { steps, groups: cursor.groups };
}

function parseChoice(cursor: Cursor): Node {
  const { source } = cursor;
  if (++cursor.depth > deepest) throw malformed(cursor, 'groups nested too deeply');
  const parts = [parseSequence(cursor)];
  while (source[cursor.at] === '|') {
    cursor.at++;
    parts.push(parseSequence(cursor));
  }
  cursor.depth--;
  return parts.length === 1 ? parts[0]! : { kind: 'choice', parts };
}

function parseSequence(cursor: Cursor): Node {
  const { source } = cursor;
  const parts: Node[] = [];
  while (cursor.at < source.length && source[cursor.at] !== '|' && source[cursor.at] !== ')') {
    parts.push(parseRepeats(parseAtom(cursor), cursor));
  }
  return { kind: 'sequence', parts };
}

const repetition = /(?:[*+?]|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})(\?)?/y;

function parseRepeats(part: Node, cursor: Cursor): Node {
  repetition.lastIndex = cursor.at;
  const match = repetition.exec(cursor.source);
  if (!match) return part;
  if (part.kind === 'assert') throw malformed(cursor, 'an anchor that is repeated');
  const [text, least, comma, most, lazy] = match;
  cursor.at += text.length;
  const sign = text[0]!;
  const min = least === undefined ? (sign === '+' ? 1 : 0) : Number(least);
  const unbounded = sign === '*' || sign === '+' || (comma !== undefined && most === undefined);
  const max = unbounded ? Number.POSITIVE_INFINITY : sign === '?' ? 1 : Number(most ?? least);
  if (max < min) throw malformed(cursor, `${text} ends before it begins`);
  repetition.lastIndex = cursor.at;
  if (repetition.test(cursor.source)) throw malformed(cursor, 'a repetition that is repeated');
  return { kind: 'repeat', part, min, max, lazy: lazy !== undefined };
}

function parseAtom(cursor: Cursor): Node {
  const { source } = cursor;
  const character = source[cursor.at]!;
  cursor.at++;
  switch (character) {
    case '(':
      return parseGroup(cursor);
    case '[':
      return { kind: 'character', accepts: parseClass(cursor) };
    case '.':
      return { kind: 'character', accepts: () => true };
    case '^':
      return { kind: 'assert', holds: (_, position) => position === 0 };
    case '$':
      return { kind: 'assert', holds: (text, position) => position === text.length };
    case '\\':
      return parseEscape(cursor);
    case '*':
    case '+':
    case '?':
      throw malformed(cursor, `${character} behind nothing`);
    default:
      return only(character);
  }
}

function only(character: string): Node {
  const wanted = character.charCodeAt(0);
  return { kind: 'character', accepts: (code) => code === wanted };
}

function parseGroup(cursor: Cursor): Node {
  const { source } = cursor;
  let index = 0;
  if (source.startsWith('?:', cursor.at)) {
    cursor.at += 2;
  } else if (source[cursor.at] === '?') {
    throw new FhirPathError(
      'unsupported',
      'a regular expression that looks ahead or behind, or names its groups',
    );
  } else {
    index = cursor.groups++;
  }
  const part = parseChoice(cursor);
  if (source[cursor.at] !== ')') throw malformed(cursor, 'a ( without its )');
  cursor.at++;
  return index === 0 ? part : { kind: 'group', index, part };
}

const word = (code: number) =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
const digit = (code: number) => code >= 48 && code <= 57;
const space = (code: number) => /\s/.test(String.fromCharCode(code));
const not = (accepts: (code: number) => boolean) => (code: number) => !accepts(code);

const classes: Record<string, (code: number) => boolean> = {
  w: word,
  W: not(word),
  d: digit,
  D: not(digit),
  s: space,
  S: not(space),
};
const controls: Record<string, string> = { n: '\n', r: '\r', t: '\t', f: '\f', v: '\v', 0: '\0' };

const atBoundary = (text: string, position: number) => {
  const before = position > 0 && word(text.charCodeAt(position - 1));
  const after = position < text.length && word(text.charCodeAt(position));
  return before !== after;
};

function parseEscape(cursor: Cursor): Node {
  const character = cursor.source[cursor.at];
  if (character === 'b' || character === 'B') {
    cursor.at++;
    const wanted = character === 'b';
    return { kind: 'assert', holds: (text, position) => atBoundary(text, position) === wanted };
  }
  const escaped = readEscape(cursor);
  return typeof escaped === 'string' ? only(escaped) : { kind: 'character', accepts: escaped };
}

/** What stands behind a backslash: a character, or a class of them. */
function readEscape(cursor: Cursor): string | ((code: number) => boolean) {
  const { source } = cursor;
  const character = source[cursor.at];
  if (character === undefined) throw malformed(cursor, 'a \\ at the end');
  cursor.at++;
  if (Object.hasOwn(classes, character)) return classes[character]!;
  if (Object.hasOwn(controls, character)) return controls[character]!;
  if (character === 'p' || character === 'P') return unicodeClass(cursor, character);
  if (character === 'x' || character === 'u') {
    const length = character === 'x' ? 2 : 4;
    const hex = source.slice(cursor.at, cursor.at + length);
    if (!/^[0-9a-fA-F]+$/.test(hex) || hex.length < length) throw malformed(cursor, `\\${character}${hex}`);
    cursor.at += length;
    return String.fromCharCode(Number.parseInt(hex, 16));
  }
  if (/[1-9]/.test(character)) {
    throw new FhirPathError('unsupported', 'a regular expression that refers back to a group');
  }
  if (/[A-Za-z]/.test(character)) throw malformed(cursor, `\\${character}`);
  return character;
}

/** `\p{L}`: left to the engine, one character at a time. */
function unicodeClass(cursor: Cursor, sign: string): (code: number) => boolean {
  const end = cursor.source.indexOf('}', cursor.at);
  const name = cursor.source.slice(cursor.at, end + 1);
  if (!/^\{[\w=]{1,40}\}$/.test(name)) throw malformed(cursor, `\\${sign}${name}`);
  cursor.at = end + 1;
  try {
    const pattern = new RegExp(`\\${sign}${name}`, 'u');
    return (code) => pattern.test(String.fromCharCode(code));
  } catch {
    throw malformed(cursor, `\\${sign}${name}`);
  }
}

function parseClass(cursor: Cursor): (code: number) => boolean {
  const { source } = cursor;
  const negated = source[cursor.at] === '^';
  if (negated) cursor.at++;
  const ranges: [number, number][] = [];
  const others: ((code: number) => boolean)[] = [];
  while (source[cursor.at] !== ']') {
    const from = readMember(cursor);
    if (typeof from !== 'string') {
      others.push(from);
      continue;
    }
    const low = from.charCodeAt(0);
    if (source[cursor.at] !== '-' || source[cursor.at + 1] === ']') {
      ranges.push([low, low]);
      continue;
    }
    cursor.at++;
    const to = readMember(cursor);
    if (typeof to !== 'string') {
      ranges.push([low, low], [45, 45]);
      others.push(to);
      continue;
    }
    if (to.charCodeAt(0) < low) throw malformed(cursor, `the range ${from}-${to}`);
    ranges.push([low, to.charCodeAt(0)]);
  }
  cursor.at++;
  const accepts = (code: number) =>
    ranges.some(([low, high]) => code >= low && code <= high) || others.some((other) => other(code));
  // Nearly all texts are ASCII: one look into a table.
  const ascii = Uint8Array.from({ length: 128 }, (_, code) => Number(accepts(code) !== negated));
  return (code) => (code < 128 ? ascii[code] === 1 : accepts(code) !== negated);
}

function readMember(cursor: Cursor): string | ((code: number) => boolean) {
  const character = cursor.source[cursor.at];
  if (character === undefined) throw malformed(cursor, 'a [ without its ]');
  cursor.at++;
  if (character !== '\\') return character;
  if (cursor.source[cursor.at] === 'b') {
    cursor.at++;
    return '\b';
  }
  return readEscape(cursor);
}

function emit(node: Node, steps: Step[]): void {
  if (steps.length > mostSteps) {
    throw new FhirPathError('too-costly', 'a regular expression with too many repetitions');
  }
  switch (node.kind) {
    case 'sequence':
      for (const part of node.parts) emit(part, steps);
      break;
    case 'choice':
      emitChoice(node.parts, steps);
      break;
    case 'group':
      steps.push({ kind: 'save', slot: node.index * 2 });
      emit(node.part, steps);
      steps.push({ kind: 'save', slot: node.index * 2 + 1 });
      break;
    case 'repeat':
      emitRepeat(node, steps);
      break;
    default:
      steps.push(node);
  }
}

function emitChoice(parts: readonly Node[], steps: Step[]): void {
  const ends: Step[] = [];
  parts.forEach((part, index) => {
    if (index === parts.length - 1) {
      emit(part, steps);
      return;
    }
    const fork = { kind: 'fork' as const, to: steps.length + 1, other: 0 };
    steps.push(fork);
    emit(part, steps);
    const jump: Step = { kind: 'jump', to: 0 };
    steps.push(jump);
    ends.push(jump);
    fork.other = steps.length;
  });
  for (const jump of ends) (jump as { to: number }).to = steps.length;
}

/** The part as often as it has to be there; then as often as it may. */
function emitRepeat({ part, min, max, lazy }: Extract<Node, { kind: 'repeat' }>, steps: Step[]): void {
  for (let i = 0; i < min; i++) {
    const before = steps.length;
    emit(part, steps);
    // Nothing, a million times, is nothing.
    if (steps.length === before) return;
  }
  const forks: { to: number; other: number }[] = [];
  const fork = () => {
    const step = { kind: 'fork' as const, to: steps.length + 1, other: steps.length + 1 };
    steps.push(step);
    forks.push(step);
  };
  const end = (): void => {
    for (const step of forks) step[lazy ? 'to' : 'other'] = steps.length;
  };
  if (max === Number.POSITIVE_INFINITY) {
    const start = steps.length;
    fork();
    emit(part, steps);
    steps.push({ kind: 'jump', to: start });
    end();
    return;
  }
  for (let i = min; i < max; i++) {
    fork();
    emit(part, steps);
  }
  end();
}
