// Reads JSON text slowly and exactly to say what is wrong with it and where: RFC 8259 syntax, duplicate keys, nesting,
// and text or numbers that the database cannot hold. Own messages, because those of JSON.parse change with V8.
import { type FhirError, type IssueCode, refuse } from '../errors.ts';
import { isStorableNumber } from './jsonNumber.ts';

/**
 * The refusal (400) that describes the first fault of the text: line, column and, inside an object, the FHIRPath-like
 * location.
 * @throws Error when there is no fault
 */
export function explainJson(text: string, maxDepth: number): FhirError {
  const reader: Reader = { text, at: 0, path: [], root: '', depth: 0, maxDepth };
  try {
    readText(reader);
  } catch (fault) {
    if (fault instanceof Fault) return fault.toRefusal();
    throw fault;
  }
  throw new Error('explainJson was asked about JSON text that has no fault');
}

interface Reader {
  text: string;
  at: number;
  path: (string | number)[];
  /** resourceType of the outermost object, once it has been read */
  root: string;
  depth: number;
  maxDepth: number;
}

class Fault extends Error {
  readonly reader: Reader;
  readonly code: IssueCode;
  readonly offset: number;

  constructor(reader: Reader, code: IssueCode, message: string, offset: number) {
    super(message);
    this.reader = reader;
    this.code = code;
    this.offset = offset;
  }

  toRefusal(): FhirError {
    const { text } = this.reader;
    const expression = locationOf(this.reader);
    let line = 1;
    let lineStart = 0;
    for (let end = text.indexOf('\n'); end >= 0 && end < this.offset; end = text.indexOf('\n', end + 1)) {
      line++;
      lineStart = end + 1;
    }
    const where = `line ${line}, column ${this.offset - lineStart + 1}`;
    return refuse(400, this.code, `${this.message} (${where})`, expression || undefined);
  }
}

function syntax(reader: Reader, message: string, offset = reader.at): Fault {
  return new Fault(reader, 'structure', `Invalid JSON: ${message}`, offset);
}

/** Empty where FHIRPath has no way to say it (an array outside of any object). */
function locationOf({ path, root }: Reader): string {
  if (typeof path[0] === 'number') return '';
  let location = root;
  for (const step of path) {
    if (typeof step === 'number') location += `[${step}]`;
    else
      location += (location && '.') + (/^[A-Za-z_]\w{0,99}$/.test(step) ? step : `\`${step.slice(0, 100)}\``);
  }
  return location;
}

function readText(reader: Reader): void {
  skipSpace(reader);
  if (reader.at >= reader.text.length) {
    throw new Fault(reader, 'structure', 'The body is empty: a JSON object was expected', 0);
  }
  readValue(reader);
  skipSpace(reader);
  if (reader.at < reader.text.length) {
    throw syntax(reader, `${found(reader)} after the end of the value; nothing may follow it`);
  }
}

function skipSpace(reader: Reader): void {
  const { text } = reader;
  for (;;) {
    const code = text.charCodeAt(reader.at);
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
    reader.at++;
  }
}

/** What stands at the current place, for a message. */
function found({ text, at }: Reader): string {
  const code = text.codePointAt(at);
  if (code === undefined) return 'the text ends';
  if (code > 32 && code < 127) return `found ${code === 34 ? 'a string' : `'${text[at]}'`}`;
  return `found U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
}

function readValue(reader: Reader): void {
  const { text, at } = reader;
  const first = text[at];
  if (first === '{') readObject(reader);
  else if (first === '[') readArray(reader);
  else if (first === '"') readString(reader);
  else if (first === '-' || (first >= '0' && first <= '9')) readNumber(reader);
  else {
    const word = ['true', 'false', 'null'].find((literal) => text.startsWith(literal, at));
    if (!word) throw syntax(reader, `expected a value, but ${found(reader)}`);
    reader.at += word.length;
  }
}

/** Steps over the opening bracket. */
function enter(reader: Reader): void {
  if (++reader.depth > reader.maxDepth) {
    const message = `The JSON is nested more than ${reader.maxDepth} levels deep`;
    throw new Fault(reader, 'too-costly', message, reader.at);
  }
  reader.at++;
  skipSpace(reader);
}

/** After an item: true when a comma says that another one follows, false past the closing bracket. */
function another(reader: Reader, close: '}' | ']', opened: number): boolean {
  skipSpace(reader);
  const { text } = reader;
  const next = text[reader.at];
  if (next === undefined) throw unclosed(reader, close, opened);
  if (next !== ',' && next !== close)
    throw syntax(reader, `expected ',' or '${close}', but ${found(reader)}`);
  const comma = reader.at++;
  if (next === close) {
    reader.depth--;
    return false;
  }
  skipSpace(reader);
  if (text[reader.at] === close) throw syntax(reader, `a comma may not stand before '${close}'`, comma);
  return true;
}

function unclosed(reader: Reader, close: '}' | ']', opened: number): Fault {
  const kind = close === '}' ? 'object' : 'array';
  return syntax(reader, `the text ends before the ${kind} that begins here is closed`, opened);
}

function readObject(reader: Reader): void {
  const opened = reader.at;
  const keys = new Set<string>();
  const { text, path } = reader;
  enter(reader);
  if (text[reader.at] === '}') {
    reader.at++;
    reader.depth--;
    return;
  }
  do {
    const keyAt = reader.at;
    if (keyAt >= text.length) throw unclosed(reader, '}', opened);
    if (text[keyAt] !== '"')
      throw syntax(reader, `expected a property name in double quotes, but ${found(reader)}`);
    const key = readString(reader);
    path.push(key);
    if (keys.has(key)) {
      const message = `The property '${key.slice(0, 100)}' is given twice in the same object`;
      throw new Fault(reader, 'structure', message, keyAt);
    }
    if (key === '__proto__')
      throw new Fault(reader, 'structure', "A property may not be named '__proto__'", keyAt);
    keys.add(key);
    skipSpace(reader);
    if (text[reader.at] !== ':')
      throw syntax(reader, `expected ':' after the property name, but ${found(reader)}`);
    reader.at++;
    skipSpace(reader);
    const valueAt = reader.at;
    readValue(reader);
    if (key === 'resourceType' && path.length === 1 && text[valueAt] === '"') {
      const name = JSON.parse(text.slice(valueAt, reader.at)) as string;
      if (/^[A-Za-z]{1,64}$/.test(name)) reader.root = name;
    }
    path.pop();
  } while (another(reader, '}', opened));
}

function readArray(reader: Reader): void {
  const opened = reader.at;
  const { text, path } = reader;
  enter(reader);
  if (text[reader.at] === ']') {
    reader.at++;
    reader.depth--;
    return;
  }
  let index = 0;
  do {
    if (reader.at >= text.length) throw unclosed(reader, ']', opened);
    path.push(index++);
    readValue(reader);
    path.pop();
  } while (another(reader, ']', opened));
}

/** Steps over a string and returns its value. */
function readString(reader: Reader): string {
  const { text } = reader;
  const start = reader.at;
  let escapes = false;
  for (reader.at++; ; reader.at++) {
    const code = text.charCodeAt(reader.at);
    if (code === 34) break;
    if (code === 92) {
      escapes = true;
      readEscape(reader);
    } else if (code < 32) {
      const name = code === 10 ? 'a line break' : code === 9 ? 'a tab' : 'a control character';
      throw syntax(reader, `${name} inside a string must be written as an escape`);
    } else if (reader.at >= text.length)
      throw syntax(reader, 'the string that begins here is never closed', start);
  }
  reader.at++;
  const source = text.slice(start, reader.at);
  const value = escapes ? (JSON.parse(source) as string) : source.slice(1, -1);
  if (value.includes('\u0000')) {
    throw new Fault(reader, 'value', 'A string contains the character U+0000, which cannot be stored', start);
  }
  if (!value.isWellFormed()) {
    throw new Fault(
      reader,
      'value',
      'A string contains half of a surrogate pair, which is no character',
      start,
    );
  }
  return value;
}

/** Steps to the last character of an escape sequence. */
function readEscape(reader: Reader): void {
  const { text } = reader;
  const start = reader.at++;
  if (text[reader.at] === 'u') {
    if (!/^[0-9a-fA-F]{4}$/.test(text.slice(start + 2, start + 6))) {
      throw syntax(reader, "'\\u' must be followed by four hexadecimal digits", start);
    }
    reader.at += 4;
  } else if (reader.at >= text.length || !'"\\/bfnrt'.includes(text[reader.at])) {
    throw syntax(reader, 'unknown escape in a string; a backslash itself is written as two', start);
  }
}

function readNumber(reader: Reader): void {
  const { text } = reader;
  const start = reader.at;
  const digits = () => {
    const from = reader.at;
    while (text[reader.at] >= '0' && text[reader.at] <= '9') reader.at++;
    if (reader.at === from) throw syntax(reader, `expected a digit, but ${found(reader)}`);
  };
  if (text[reader.at] === '-') reader.at++;
  const zero = text[reader.at] === '0';
  const whole = reader.at;
  digits();
  if (zero && reader.at > whole + 1)
    throw syntax(reader, 'a number may not begin with a needless zero', start);
  if (text[reader.at] === '.') {
    reader.at++;
    digits();
  }
  if (text[reader.at] === 'e' || text[reader.at] === 'E') {
    reader.at++;
    if (text[reader.at] === '+' || text[reader.at] === '-') reader.at++;
    digits();
  }
  if (!isStorableNumber(text.slice(start, reader.at))) {
    throw new Fault(reader, 'value', 'A number has more digits than can be stored', start);
  }
}
