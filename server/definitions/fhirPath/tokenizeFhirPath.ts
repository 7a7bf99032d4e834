// Splits a FHIRPath expression into tokens: the lexical rules of http://hl7.org/fhirpath/N1/grammar.html.

/** An expression that does not follow the grammar; `position` is the offset in the source where it stops making sense. */
export class FhirPathSyntaxError extends Error {
  readonly position: number;

  constructor(message: string, position: number) {
    super(`${message} at position ${position}`);
    this.name = 'FhirPathSyntaxError';
    this.position = position;
  }
}

export type TokenKind =
  | 'identifier'
  | 'delimited'
  | 'string'
  | 'number'
  | 'date'
  | 'dateTime'
  | 'time'
  | 'symbol'
  | 'end';

/** One token; `text` is unescaped and without its delimiters (`'`, backtick, `@`). */
export interface Token {
  kind: TokenKind;
  text: string;
  position: number;
}

const spaceOrComment = /(?:[ \t\r\n]+|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/)*/y;
const identifier = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /[0-9]+(?:\.[0-9]+)?/y;
const symbol = /<=|>=|!=|!~|[.,()[\]{}|&+\-*/=~<>%$]/y;
const date = /@[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?/y;
const time = /T[0-9]{2}(?::[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?/y;
const zone = /Z|[+-][0-9]{2}:[0-9]{2}/y;

const escapes: Record<string, string> = {
  '`': '`',
  "'": "'",
  '"': '"',
  '\\': '\\',
  '/': '/',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** What a sticky pattern matches at `position`, or undefined. */
function matchAt(pattern: RegExp, source: string, position: number): string | undefined {
  pattern.lastIndex = position;
  return pattern.exec(source)?.[0];
}

/** The tokens of an expression, closed by one of kind `end`. Throws FhirPathSyntaxError. */
export function tokenizeFhirPath(source: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (true) {
    position += matchAt(spaceOrComment, source, position)?.length ?? 0;
    if (position >= source.length) {
      tokens.push({ kind: 'end', text: '', position });
      return tokens;
    }
    const [token, end] = readToken(source, position);
    tokens.push(token);
    position = end;
  }
}

/** The token that starts at `position` and the offset behind it. */
function readToken(source: string, position: number): [Token, number] {
  const first = source[position];
  if (first === "'" || first === '`') {
    const [text, end] = readQuoted(source, position, first);
    return [{ kind: first === "'" ? 'string' : 'delimited', text, position }, end];
  }
  if (first === '@') {
    return readDateOrTime(source, position);
  }
  for (const [kind, pattern] of [
    ['identifier', identifier],
    ['number', number],
    ['symbol', symbol],
  ] as const) {
    const text = matchAt(pattern, source, position);
    if (text !== undefined) {
      return [{ kind, text, position }, position + text.length];
    }
  }
  throw new FhirPathSyntaxError(`unexpected character ${JSON.stringify(first)}`, position);
}

/** A string or delimited identifier, unescaped, and the offset behind its closing quote. */
function readQuoted(source: string, start: number, quote: string): [string, number] {
  let text = '';
  let position = start + 1;
  while (position < source.length) {
    const character = source[position];
    if (character === quote) {
      return [text, position + 1];
    }
    if (character !== '\\') {
      text += character;
      position += 1;
      continue;
    }
    const escaped = source[position + 1] ?? '';
    const hex = /^u([0-9a-fA-F]{4})/.exec(source.slice(position + 1, position + 6))?.[1];
    if (hex !== undefined) {
      text += String.fromCharCode(Number.parseInt(hex, 16));
      position += 6;
    } else if (Object.hasOwn(escapes, escaped)) {
      text += escapes[escaped];
      position += 2;
    } else {
      throw new FhirPathSyntaxError(`unknown escape ${JSON.stringify(`\\${escaped}`)}`, position);
    }
  }
  throw new FhirPathSyntaxError(
    `${quote === "'" ? 'string' : 'identifier'} without a closing ${quote}`,
    start,
  );
}

/** `@2015-02`, `@2015-02-04T14:30Z`, `@2015T`, `@T14:30`: the text keeps a `dateTime`'s `T` and drops a `time`'s. */
function readDateOrTime(source: string, position: number): [Token, number] {
  const day = matchAt(date, source, position);
  if (day === undefined) {
    const clock = matchAt(time, source, position + 1);
    if (clock === undefined) {
      throw new FhirPathSyntaxError('expected a date, dateTime or time after @', position);
    }
    return [{ kind: 'time', text: clock.slice(1), position }, position + 1 + clock.length];
  }
  let end = position + day.length;
  if (source[end] !== 'T') {
    return [{ kind: 'date', text: day.slice(1), position }, end];
  }
  const clock = matchAt(time, source, end);
  end += clock?.length ?? 1;
  if (clock !== undefined) {
    end += matchAt(zone, source, end)?.length ?? 0;
  }
  return [{ kind: 'dateTime', text: source.slice(position + 1, end), position }, end];
}
