// The validator: the structural gate, then, for what passed it, the rules of the specification and of profiles. Pure and
// synchronous: what a judgement needs to know is loaded before and handed in.
import type { Definitions } from '../definitions/definitions.ts';
import type { FindStructure, Structure } from '../definitions/structure.ts';
import type { Issue } from '../errors.ts';
import type { BoundSet } from './binding.ts';
import { compileRules } from './compileRules.ts';
import { createStructureValidator } from './createStructureValidator.ts';
import { environmentOf } from './insideResource.ts';
import { createInvariantCompiler } from './invariants.ts';
import { judgeResource } from './judgeResource.ts';
import { type FindSent, isTooCostly, type JudgeScope, type Knowledge, type Question } from './judgeScope.ts';
import type { ObjectRules } from './rules.ts';
import { type JsonObject, newWalk, reportIssue, reportTotal } from './structureIssues.ts';

/** What a validator judges by. */
export interface ValidatorSources {
  readonly definitions: Definitions;
  /** the structures of the specification */
  readonly find: FindStructure;
  /** value sets that the specification binds */
  readonly boundSet: (canonical: string) => BoundSet | undefined;
  /** whether an extension's definition is held here */
  readonly knowsExtension: (url: string) => boolean;
  /** errors listed before the rest is only counted (default 100) */
  readonly maxIssues?: number;
}

/** What is known beyond the specification at the moment of a judgement. */
export interface Loaded {
  /** profiles and extension definitions; a sentence says why one cannot be used */
  readonly find: (canonical: string) => Structure | string | undefined;
  /** value sets that profiles bind */
  readonly boundSet: (canonical: string) => BoundSet | undefined;
  readonly codingAdvice?: Knowledge['codingAdvice'];
  /** what was compiled of what `find` finds: to be emptied when it finds more */
  readonly rules: Map<string, ObjectRules | string | undefined>;
}

export interface Validator {
  /** What keeps a resource from being stored: errors against the specification; empty when there are none. */
  validate(resource: unknown, sent?: FindSent): Issue[];
  /** Everything that can be said about a resource: profiles as asked for, warnings where advice is wanted. */
  judge(resource: unknown, question: Question, loaded: Loaded, sent?: FindSent): Issue[];
  /** Makes what the first resource of each of these types would have to wait for. */
  prepare(types: Iterable<string>): void;
}

/** Two or three seconds of work at most; a resource of the size that is accepted takes a small part of it. */
const MOST_VISITS = 10_000_000;
/** For judgements by rules that came from outside, in milliseconds: nobody else is served meanwhile. */
const LONGEST = 2_000;

const restUnjudged: Issue = {
  severity: 'information',
  code: 'informational',
  diagnostics: 'Invariants, bindings, references and profiles were not judged: mend the structure first.',
};

const refusalsOnly: Question = { profiles: [], claimed: false, extensions: false, advice: false };

/** Creates a validator; rules are compiled as types are met. */
export function createValidator({
  definitions,
  find,
  boundSet,
  knowsExtension,
  maxIssues = 100,
}: ValidatorSources): Validator {
  const structure = createStructureValidator(definitions, { maxIssues });
  const compileInvariants = createInvariantCompiler(definitions);
  const types = new Map<string, ObjectRules | undefined>();
  const rulesOfType = (type: string): ObjectRules | undefined => {
    if (!types.has(type)) {
      const found = definitions.types.has(type)
        ? find(`http://hl7.org/fhir/StructureDefinition/${type}`)
        : undefined;
      const compiler = { definitions, base: true, rulesOfType, compileInvariants, find };
      types.set(type, found && compileRules(found, compiler));
    }
    return types.get(type);
  };
  const profileCompiler = ({
    find: finder,
    rules,
  }: Pick<Loaded, 'find' | 'rules'>): Knowledge['rulesOfProfile'] => {
    const known = (canonical: string): Structure | undefined => {
      const found = finder(canonical);
      return typeof found === 'object' ? found : undefined;
    };
    const compile = (found: Structure | string | undefined): ObjectRules | string | undefined => {
      if (typeof found !== 'object') return found;
      try {
        return compileRules(found, { definitions, base: false, rulesOfType, compileInvariants, find: known });
      } catch (error) {
        return (error as Error).message;
      }
    };
    return (canonical) => {
      if (!rules.has(canonical)) rules.set(canonical, compile(finder(canonical)));
      return rules.get(canonical);
    };
  };
  const specification = { definitions, rulesOfType, specifiedSet: boundSet, knowsExtension };
  const published: Knowledge = {
    ...specification,
    rulesOfProfile: profileCompiler({ find, rules: new Map() }),
    boundSet: () => undefined,
  };
  const knowledgeOf = (loaded: Loaded): Knowledge => ({
    ...specification,
    rulesOfProfile: profileCompiler(loaded),
    boundSet: loaded.boundSet,
    codingAdvice: loaded.codingAdvice,
  });

  const judge = (resource: unknown, question: Question, knowledge: Knowledge, sent?: FindSent): Issue[] => {
    const issues = structure.validate(resource);
    if (issues.length > 0) return question.advice ? [...issues, restUnjudged] : issues;
    const sound = resource as JsonObject;
    const until = knowledge === published ? undefined : performance.now() + LONGEST;
    const scope = {
      ...newWalk([String(sound.resourceType)], maxIssues),
      ...{ depth: 0, following: false, start: 1, budget: { visited: MOST_VISITS, until } },
      ...{ knowledge, question, sent, resource: sound, root: sound },
    } as JudgeScope;
    scope.environment = environmentOf(scope);
    try {
      judgeResource(sound, scope);
    } catch (error) {
      if (!isTooCostly(error)) throw error;
      const diagnostics = `It takes too long to judge the resource by all that it is to meet: ${(error as Error).message}`;
      scope.path.length = 1;
      reportIssue(scope, { severity: 'error', code: 'too-costly', diagnostics });
    }
    reportTotal(scope);
    return scope.issues;
  };

  return {
    validate: (resource, sent) => judge(resource, refusalsOnly, published, sent),
    judge: (resource, question, loaded, sent) => judge(resource, question, knowledgeOf(loaded), sent),
    prepare(names) {
      const list = [...names];
      structure.prepare(list);
      for (const type of list) rulesOfType(type);
    },
  };
}
