// Regular expressions of matches() and replaceMatches() (http://hl7.org/fhirpath/N1/#matchesregex-string-boolean). Patterns come
// from profiles that anybody may post, so they are not left to a backtracking engine: a pattern becomes a program of at most
// a few thousand steps that is run on all its possible states at once (R. Cox, "Regular Expression Matching: the Virtual
// Machine Approach"), in time proportional to the text and the program, and charged to the budget.
import { type Frame, spend } from './expression.ts';
import { evaluationError, FhirPathError } from './item.ts';
import { parsePattern, type Step } from './parsePattern.ts';

/** A compiled regular expression; a dot matches line ends too. */
export interface Pattern {
  /** Whether any part of the text matches. */
  matches(text: string, frame: Frame): boolean;
  /** Whether the text as a whole matches. */
  matchesAll(text: string, frame: Frame): boolean;
  /** The text with every match replaced, `$1` standing for what the first group matched. */
  replace(text: string, by: string, frame: Frame): string;
}

/** A pattern that is no literal is compiled each time. */
export function patternFor(source: string, frame: Frame): Pattern {
  spend(frame, 100 + source.length * 10);
  return compilePattern(source);
}

const longestPattern = 1000;
const longestText = 100_000;

/** Compiles a regular expression. Throws FhirPathError for one that is malformed, too long, or looks around or back. */
export function compilePattern(source: string): Pattern {
  if (source.length > longestPattern) {
    throw new FhirPathError('too-costly', `a regular expression of more than ${longestPattern} characters`);
  }
  const { steps, groups } = parsePattern(source);
  const find = (text: string, from: number, mode: Mode, frame: Frame) => {
    if (text.length > longestText)
      throw evaluationError(`a text of more than ${longestText} characters to match`);
    return run(steps, mode === 'groups' ? groups : 0, text, from, mode, frame);
  };
  return {
    matches: (text, frame) => find(text, 0, 'any', frame) !== undefined,
    matchesAll: (text, frame) => find(text, 0, 'whole', frame) !== undefined,
    replace(text, by, frame) {
      let result = '';
      let from = 0;
      while (from <= text.length) {
        const match = find(text, from, 'groups', frame);
        if (!match) break;
        const [start, end] = [match[0]!, match[1]!];
        result += text.slice(from, start) + substituted(by, text, match);
        spend(frame, 1 + (by.length >> 6));
        if (result.length > longestText * 10) throw evaluationError('replaceMatches() makes too long a text');
        if (end > start) from = end;
        else {
          result += text.slice(start, start + 1);
          from = start + 1;
        }
      }
      return result + text.slice(from);
    },
  };
}

/** `$1`, `$2` … and `\$` in a replacement. */
function substituted(by: string, text: string, match: readonly number[]): string {
  return by.replace(/\$(\d{1,2})|\\(.)/g, (written, group?: string, escaped?: string) => {
    if (escaped !== undefined) return escaped;
    const at = Number(group) * 2;
    const [start, end] = [match[at], match[at + 1]];
    return at >= match.length
      ? written
      : start === undefined || end === undefined || start < 0
        ? ''
        : text.slice(start, end);
  });
}

/** Whether any match will do, only one of the whole text, or the groups of the first are wanted. */
type Mode = 'any' | 'whole' | 'groups';

/** A state of the program: where it is, and where groups begin and end. */
interface Threads {
  readonly at: number[];
  readonly saved: (readonly number[])[];
  /** position at which each step was last put on the list */
  readonly marks: Int32Array;
}

const nothingSaved: readonly number[] = [];

/** Runs the program from `from` on. Begin and end of the match and of its groups; undefined when there is none. */
function run(
  steps: readonly Step[],
  groups: number,
  text: string,
  from: number,
  mode: Mode,
  frame: Frame,
): readonly number[] | undefined {
  let now: Threads = { at: [], saved: [], marks: new Int32Array(steps.length).fill(-1) };
  let next: Threads = { at: [], saved: [], marks: new Int32Array(steps.length).fill(-1) };
  const unsaved = groups > 0 ? new Array<number>(groups * 2).fill(-1) : nothingSaved;
  let found: readonly number[] | undefined;
  for (let position = from; position <= text.length; position++) {
    if (!found && (mode !== 'whole' || position === from)) add(steps, now, 0, unsaved, text, position);
    if (now.at.length === 0 && (found || mode === 'whole')) break;
    spend(frame, 1 + (now.at.length >> 4) + (steps.length >> 7));
    const code = position < text.length ? text.charCodeAt(position) : -1;
    for (let i = 0; i < now.at.length; i++) {
      const at = now.at[i]!;
      const step = steps[at]!;
      if (step.kind === 'match') {
        if (mode === 'whole' && position < text.length) continue;
        found = now.saved[i]!;
        if (mode !== 'groups') return found;
        // Threads further down the list have lower priority.
        break;
      }
      if (step.kind === 'character' && code >= 0 && step.accepts(code)) {
        add(steps, next, at + 1, now.saved[i]!, text, position + 1);
      }
    }
    [now, next] = [next, now];
    next.at.length = 0;
    next.saved.length = 0;
  }
  return found;
}

/** Puts the state on the list, or those that it leads to without reading a character, in the order of their priority. */
function add(
  steps: readonly Step[],
  threads: Threads,
  start: number,
  saved: readonly number[],
  text: string,
  position: number,
): void {
  const stack: [number, readonly number[]][] = [[start, saved]];
  while (stack.length > 0) {
    const [at, groups] = stack.pop()!;
    if (threads.marks[at] === position) continue;
    threads.marks[at] = position;
    const step = steps[at]!;
    switch (step.kind) {
      case 'jump':
        stack.push([step.to, groups]);
        break;
      case 'fork':
        stack.push([step.other, groups], [step.to, groups]);
        break;
      case 'save': {
        const changed = groups.length > step.slot ? groups.with(step.slot, position) : groups;
        stack.push([at + 1, changed]);
        break;
      }
      case 'assert':
        if (step.holds(text, position)) stack.push([at + 1, groups]);
        break;
      default:
        threads.at.push(at);
        threads.saved.push(groups);
    }
  }
}
