// Query parameters of the plain JSON API: a table says which there are and what each takes; all that is wrong is told at once.
import { FhirError, type Issue } from '../../errors.ts';

/** What a parameter takes. */
export interface Parameter<T> {
  /** completes "it takes …" */
  readonly takes: string;
  /** undefined for what it does not take */
  parse(text: string): T | undefined;
}

type Table = Readonly<Record<string, Parameter<unknown>>>;
type Values<S extends Table> = { [K in keyof S]?: S[K] extends Parameter<infer T> ? T : never };

const LONGEST_SHOWN = 80;

/**
 * The values of the parameters that are given.
 * @throws FhirError 400 with an issue for each that is unknown, repeated or takes another value; `expression` is `http.[name]`
 */
export function readParameters<S extends Table>(
  query: readonly (readonly [string, string])[],
  table: S,
): Values<S> {
  const issues: Issue[] = [];
  const values: Record<string, unknown> = {};
  const names = Object.keys(table);
  const known = names.length === 0 ? 'it takes none' : `known are ${names.join(', ')}`;
  for (const [name, text] of query) {
    const wrong = (diagnostics: string) =>
      issues.push({ severity: 'error', code: 'value', diagnostics, expression: [`http.${short(name)}`] });
    const parameter = Object.hasOwn(table, name) ? table[name] : undefined;
    if (!parameter) wrong(`There is no parameter "${short(name)}" here; ${known}.`);
    else if (Object.hasOwn(values, name)) wrong(`Parameter "${name}" is given more than once.`);
    else {
      values[name] = parameter.parse(text);
      if (values[name] === undefined)
        wrong(`Parameter "${name}" takes ${parameter.takes}, not "${short(text)}".`);
    }
  }
  if (issues.length > 0) throw new FhirError(400, issues);
  return values as Values<S>;
}

const short = (text: string): string =>
  text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;

/** One or more of some words, separated by commas. */
export function anyOf<T extends string>(...words: readonly T[]): Parameter<T[]> {
  return {
    takes: `one or more of ${words.join(', ')}, separated by commas`,
    parse: (text) => {
      const given = text.split(',') as T[];
      return given.every((word) => words.includes(word)) ? [...new Set(given)] : undefined;
    },
  };
}

/** `true` or `false`. */
export const truth: Parameter<boolean> = {
  takes: 'true or false',
  parse: (text) => (text === 'true' ? true : text === 'false' ? false : undefined),
};

/** A whole number between two others. */
export function wholeNumber(least: number, most: number): Parameter<number> {
  return {
    takes: `a whole number from ${least} to ${most}`,
    parse: (text) => {
      const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
      return value >= least && value <= most ? value : undefined;
    },
  };
}

/** A resource of one type, as `[id]` or `[type]/[id]`; the value is the latter. */
export function resourceOf(type: string): Parameter<string> {
  return {
    takes: `the id of a ${type}, as [id] or ${type}/[id]`,
    parse: (text) => {
      const id = text.startsWith(`${type}/`) ? text.slice(type.length + 1) : text;
      return /^[A-Za-z0-9\-.]{1,64}$/.test(id) ? `${type}/${id}` : undefined;
    },
  };
}

/** Any text but none. */
export const anyText: Parameter<string> = { takes: 'a text', parse: (text) => text || undefined };
