// Judging in process, by what is published, for tests of many resources.
import type { Issue } from '../../server/errors.ts';
import { judgeWith, nothingKnown } from '../../server/fhir/validateResource.ts';
import { refuses } from '../../server/validation/judgeScope.ts';
import { specification } from './testValidator.ts';

export interface PublishedJudge {
  /** errors against the base specification */
  base(resource: unknown): Issue[];
  /** errors against the base specification and the profiles that the resource claims */
  claimed(resource: unknown): Promise<Issue[]>;
  /** errors against the base specification and these profiles */
  against(resource: unknown, profiles: readonly string[]): Promise<Issue[]>;
  /** whether a profile is published here */
  knows(canonical: string): boolean;
}

/** Creates the judge. */
export async function createPublishedJudge(): Promise<PublishedJudge> {
  const { structures, validator, bindings } = specification;
  const sources = {
    validator,
    known: nothingKnown(),
    structure: async (canonical: string) => structures.find(canonical) ?? structures.problem(canonical),
    boundSet: async (canonical: string) => bindings(canonical),
    system: async () => undefined,
  };
  return {
    base: (resource) => validator.validate(resource).filter(refuses),
    knows: (canonical) => structures.find(canonical) !== undefined,
    against: async (resource, profiles) =>
      (await judgeWith(sources, resource, { profiles, claimed: false, advice: false })).filter(refuses),
    claimed: async (resource) =>
      (await judgeWith(sources, resource, { claimed: true, advice: false })).filter(refuses),
  };
}
