// Regular expressions of matches() and replaceMatches() (http://hl7.org/fhirpath/N1/#matchesregex-string-boolean).
import type { Frame } from './expression.ts';
import { evaluationError } from './item.ts';

/** A compiled regular expression. */
export interface Pattern {
  matches(text: string, frame: Frame): boolean;
  matchesAll(text: string, frame: Frame): boolean;
  replace(text: string, by: string, frame: Frame): string;
}

/** Compiles a regular expression. Throws FhirPathError for one that is malformed. */
export function compilePattern(source: string): Pattern {
  let part: RegExp;
  let whole: RegExp;
  let all: RegExp;
  try {
    part = new RegExp(source, 's');
    whole = new RegExp(`^(?:${source})$`, 's');
    all = new RegExp(source, 'gs');
  } catch (error) {
    throw evaluationError(`not a regular expression: ${(error as Error).message}`);
  }
  return {
    matches: (text) => part.test(text),
    matchesAll: (text) => whole.test(text),
    replace: (text, by) => text.replace(all, by),
  };
}
