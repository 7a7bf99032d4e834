// The state of one judgement: where the walk is, what it has found, and what it may ask.
import type { Definitions } from '../definitions/definitions.ts';
import type { Issue } from '../errors.ts';
import { type Environment, FhirPathError } from '../fhirpath/compileFhirPath.ts';
import type { Budget } from '../fhirpath/item.ts';
import type { BoundSet } from './binding.ts';
import type { ObjectRules } from './rules.ts';
import type { JsonObject, Walk } from './structureIssues.ts';

/** What a judgement may ask about what is known. All of it answers at once: what has to be loaded is loaded before. */
export interface Knowledge {
  readonly definitions: Definitions;
  /** rules of a type of the specification */
  rulesOfType(type: string): ObjectRules | undefined;
  /** rules of a profile; a sentence that says why it cannot be used; undefined where it is not known */
  rulesOfProfile(canonical: string): ObjectRules | string | undefined;
  /** a value set that the specification binds; undefined where the structural gate has checked its codes */
  specifiedSet(canonical: string): BoundSet | undefined;
  /** a value set that a profile binds */
  boundSet(canonical: string): BoundSet | undefined;
  /** whether the definition of an extension is known */
  knowsExtension(url: string): boolean;
  /** warnings about a Coding: its display, a code that its system does not have */
  codingAdvice?(coding: JsonObject): string[];
}

/** What is wanted to be known about a resource. */
export interface Question {
  /** canonicals of profiles that the outermost resource is to meet; not to know one is an error */
  readonly profiles: readonly string[];
  /** whether each resource is to meet what it claims in meta.profile; not to know one is worth a warning */
  readonly claimed: boolean;
  /** whether extensions are held against their definitions */
  readonly extensions: boolean;
  /** warnings and information too */
  readonly advice: boolean;
}

/** Finds resources that are sent along with the one that is judged: entries of one transaction. */
export type FindSent = (reference: string) => JsonObject | undefined;

export interface JudgeScope extends Walk {
  readonly knowledge: Knowledge;
  readonly question: Question;
  /** the innermost resource */
  resource: JsonObject;
  /** how many steps of the path lead to it */
  start: number;
  /** the one that is contained in no other, but perhaps in a Bundle */
  root: JsonObject;
  readonly sent?: FindSent;
  /** the innermost Bundle around it */
  bundle?: JsonObject;
  environment: Environment;
  /** what may still be visited, and until when: definitions come from outside too */
  readonly budget: Budget;
  /** profiles being applied to a value, to end definitions that lead back to themselves */
  depth: number;
  /** whether what a reference leads to is being judged: it is followed no further */
  following: boolean;
}

/** Severity of an issue that refuses a resource. */
export const refuses = ({ severity }: Issue): boolean => severity === 'error' || severity === 'fatal';

/** What `judge` finds without reporting it. */
export function privately(scope: JudgeScope, judge: (scope: JudgeScope) => void): Issue[] {
  const own: JudgeScope = {
    ...scope,
    issues: [],
    errors: 0,
    remarks: 0,
    question: { ...scope.question, advice: false },
  };
  judge(own);
  return own.issues;
}

export const isTooCostly = (error: unknown): boolean =>
  error instanceof FhirPathError && error.problem === 'too-costly';
