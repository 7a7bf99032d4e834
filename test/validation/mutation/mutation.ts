// One thing that can be wrong with a resource, as data: a sound resource, what is changed in it, and what the validator has
// to say of it. The tables of mutations beside this file follow the order of the specification.
import type { IssueCode } from '../../../server/errors.ts';
import { parseJson } from '../../../server/json/parseJson.ts';

export type Json = Record<string, unknown> & { resourceType: string };

/** An error that has to be reported. */
export interface Expected {
  code: IssueCode;
  /** FHIRPath of the element it is about */
  at: string;
  /** key of the broken constraint */
  key?: string;
  /** words of the message */
  words?: string;
}

export interface Mutation {
  name: string;
  /** a resource without errors; never changed itself */
  of: Json;
  /** new values by path (`name[0].given`); undefined removes the property */
  set: Readonly<Record<string, unknown>>;
  expect: Expected;
  /** errors that rightly come with it: the same mistake breaks a second rule */
  also?: readonly Expected[];
}

/** The mutated resource, as the server's parser would read it. */
export function mutated({ of, set }: Pick<Mutation, 'of' | 'set'>): Json {
  const tree = JSON.parse(JSON.stringify(of)) as Record<string, unknown>;
  for (const [path, value] of Object.entries(set)) {
    const steps = path.match(/[^.[\]]+/g) as string[];
    const last = steps.pop() as string;
    const owner = steps.reduce((node, step) => node[step] as Record<string, unknown>, tree);
    if (value === undefined) delete owner[last];
    else owner[last] = value;
  }
  return parseJson(JSON.stringify(tree)) as Json;
}

/** A mutation that breaks the constraint `key` of the specification at `at`. */
export function breaking(key: string, of: Json, at: string, set: Mutation['set']): Mutation {
  return { name: `${key} of ${at}`, of, set, expect: { code: 'invariant', at, key } };
}

/** An XHTML narrative around `content`. */
export const div = (content: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;
