// Full text: `_text` (narrative), `_content` (all of a resource) and the token modifier `:text`, as tsquery text
// (search.html#content). Language-neutral: no stemming, no stop words.

import { refuse } from '../errors.ts';
import { splitValue, unescapeValue } from './splitValue.ts';
import { isLoneCharacter, splitWords } from './splitWords.ts';
import { quoteLexeme } from './textVector.ts';

/** A tsquery, made of quoted lexemes and operators only. */
export interface TextTest {
  query: string;
}

const mostWords = 100;
const deepest = 50;

/** A query as it is put together: whether it asks for any word to be there. */
interface Part {
  query: string;
  positive: boolean;
}

interface Writer {
  parameter: string;
  /** weight label of the words looked for */
  weight: string;
  words: number;
}

/**
 * Parses a value of `_text`, `_content`, or (any other parameter) `:text`; commas separate alternatives. `_text` and
 * `_content` take words that all have to occur, `"adjacent words"`, `beginn*`, `AND`, `OR`, `NOT` and parentheses. `:text`
 * takes words, the last of which may be the beginning of one, so that it finds every text that begins with the value.
 * @throws FhirError 400 when no word is left, or the value is malformed or too long
 */
export function parseText(parameter: string, value: string): TextTest {
  const writer = { parameter, weight: parameter === '_text' ? 'A' : '', words: 0 };
  const isTerm = parameter !== '_text' && parameter !== '_content';
  const parts = splitValue(value, ',').map((escaped) => {
    const text = unescapeValue(escaped);
    const part = isTerm ? termPart(writer, text) : new Expression(writer, text).parse();
    if (!part) {
      throw refuse(400, 'value', `Search parameter '${parameter}' needs a word, and '${text}' has none.`);
    }
    if (!part.positive) {
      throw refuse(400, 'value', `Search parameter '${parameter}' needs a word without NOT in '${text}'.`);
    }
    return part;
  });
  return { query: join(parts, '|').query };
}

/** The condition of a test on a row of `search_text`. */
export function textCondition(test: TextTest, row: string, bind: (value: unknown) => string): string {
  return `${row}.words @@ ${bind(test.query)}::tsquery`;
}

function termPart(writer: Writer, text: string): Part | undefined {
  const words = splitWords(text, { searched: true });
  return words.length === 0 ? undefined : join(lexemes(writer, words, true), '&');
}

/** The words as parts, the last one perhaps the beginning of a word. */
function lexemes(writer: Writer, words: string[], prefix: boolean): Part[] {
  writer.words += words.length;
  if (writer.words > mostWords) {
    throw refuse(
      400,
      'too-costly',
      `Search parameter '${writer.parameter}' takes at most ${mostWords} words.`,
    );
  }
  return words.map((word, i) => {
    const open = (prefix && i === words.length - 1) || isLoneCharacter(word);
    const label = `${open ? '*' : ''}${writer.weight}`;
    return { query: quoteLexeme(word) + (label === '' ? '' : `:${label}`), positive: true };
  });
}

function join(parts: readonly Part[], operator: '&' | '|' | '<->'): Part {
  const positive =
    operator === '|' ? parts.every((part) => part.positive) : parts.some((part) => part.positive);
  if (parts.length === 1) return parts[0]!;
  return { query: `(${parts.map(({ query }) => query).join(` ${operator} `)})`, positive };
}

/** Reads one expression: alternatives of conjunctions of words, phrases, negations and groups. */
class Expression {
  private readonly writer: Writer;
  private readonly tokens: string[];
  private at = 0;
  private depth = 0;

  constructor(writer: Writer, text: string) {
    this.writer = writer;
    this.tokens = text.match(/"[^"]*"\*?|[()"]|[^\s()"]+/gu) ?? [];
  }

  /** Undefined when it has no word. */
  parse(): Part | undefined {
    const part = this.alternatives();
    if (this.at < this.tokens.length) throw this.malformed("')' closes nothing");
    return part;
  }

  private alternatives(): Part | undefined {
    if (++this.depth > deepest) throw this.malformed('parentheses and NOT are nested too deeply');
    const parts = [this.conjunction()];
    while (this.tokens[this.at] === 'OR') {
      this.at++;
      parts.push(this.conjunction());
    }
    this.depth--;
    const present = parts.filter((part) => part !== undefined);
    return present.length === 0 ? undefined : join(present, '|');
  }

  private conjunction(): Part | undefined {
    const parts: Part[] = [];
    for (;;) {
      const token = this.tokens[this.at];
      if (token === undefined || token === ')' || token === 'OR') break;
      // In any case, as in the specification's own example.
      if (token.toUpperCase() === 'AND') {
        this.at++;
        continue;
      }
      const part = this.term();
      if (part) parts.push(part);
    }
    return parts.length === 0 ? undefined : join(parts, '&');
  }

  private term(): Part | undefined {
    const token = this.tokens[this.at++];
    if (token === 'NOT') {
      const next = this.tokens[this.at];
      if (next === undefined || next === ')' || next === 'OR')
        throw this.malformed('NOT needs a word after it');
      if (++this.depth > deepest) throw this.malformed('parentheses and NOT are nested too deeply');
      const part = this.term();
      this.depth--;
      return part && { query: `!${part.query}`, positive: false };
    }
    if (token === '(') {
      const part = this.alternatives();
      if (this.tokens[this.at++] !== ')') throw this.malformed("'(' is not closed");
      return part;
    }
    if (token === '"') throw this.malformed("a quotation mark is not closed (write a comma inside as '\\,')");
    // Words that are written together (x-ray) stand together.
    const words = splitWords(token!, { searched: true });
    return words.length === 0 ? undefined : join(lexemes(this.writer, words, token!.endsWith('*')), '<->');
  }

  private malformed(what: string) {
    return refuse(400, 'value', `Search parameter '${this.writer.parameter}': ${what}.`);
  }
}
