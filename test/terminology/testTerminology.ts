// The published terminology for tests, cached between runs, and sources made of resources.
import { join } from 'node:path';
import { loadTerminology } from '../../server/definitions/loadTerminology.ts';
import { reduceCodeSystem, reduceValueSet } from '../../server/definitions/reduceTerminology.ts';
import { codeSystemOf, conceptOf } from '../../server/terminology/codeSystem.ts';
import type { Expansion } from '../../server/terminology/expandValueSet.ts';
import {
  createTerminology,
  type TerminologySource,
  type TerminologyView,
} from '../../server/terminology/terminology.ts';

export const published = loadTerminology(join(import.meta.dirname, '../../node_modules/.cache/salus'));

/** Only what is published. */
export const publishedView = createTerminology({ published: () => published }).at(undefined);

type Resource = Record<string, unknown>;

/** A CodeSystem resource at http://t/[name]; `concepts` are codes, or resources' own concepts. */
export const codeSystem = (name: string, concepts: (string | Resource)[], more: Resource = {}): Resource => ({
  resourceType: 'CodeSystem',
  url: `http://t/${name}`,
  status: 'active',
  content: 'complete',
  concept: concepts.map((concept) => (typeof concept === 'string' ? { code: concept } : concept)),
  ...more,
});

/** A ValueSet resource at http://t/vs/[name]. */
export const valueSet = (
  name: string,
  include: Resource[],
  exclude: Resource[] = [],
  more: Resource = {},
): Resource => ({
  resourceType: 'ValueSet',
  url: `http://t/vs/${name}`,
  status: 'active',
  compose: { include, ...(exclude.length > 0 ? { exclude } : {}), ...(more.compose as Resource) },
  ...Object.fromEntries(Object.entries(more).filter(([key]) => key !== 'compose')),
});

/** A source that holds these resources, and counts how often it is asked. */
export function sourceOf(...resources: Resource[]): TerminologySource & { asked: number } {
  const find = (type: string, url: string, version?: string) =>
    resources.find(
      (r) => r.resourceType === type && r.url === url && (version === undefined || r.version === version),
    );
  return {
    asked: 0,
    async codeSystem(url, version) {
      this.asked++;
      const found = find('CodeSystem', url, version);
      return found && reduceCodeSystem(found);
    },
    async valueSet(url, version) {
      this.asked++;
      const found = find('ValueSet', url, version);
      return found && reduceValueSet(found);
    },
    async codeSystemsWith(code) {
      return resources
        .filter((r) => r.resourceType === 'CodeSystem' && conceptOf(codeSystemOf(reduceCodeSystem(r)), code))
        .map((r) => r.url as string);
    },
  };
}

/** These resources before what is published. */
export function viewOf(...resources: Resource[]): TerminologyView {
  return createTerminology({ published: () => published }).at(undefined, sourceOf(...resources));
}

/** An expansion as texts: `system|code`, `system|*` for a whole system, `system|!code` for an exception of it. */
export function textsOf(expansion: Pick<Expansion, 'systems'> | undefined): string[] {
  if (!expansion) throw new Error('no such value set');
  return [...expansion.systems].flatMap(([system, { whole, codes, except }]) =>
    whole
      ? [`${system}|*`, ...[...except.keys()].map((code) => `${system}|!${code}`)]
      : [...codes.keys()].map((code) => `${system}|${code}`),
  );
}
