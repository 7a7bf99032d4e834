// _include and _revinclude (search.html#include): what a page's matches bring with them.
import type { DataSet } from './dataSet.ts';
import { parameterOf, parametersOf } from './definitions.ts';
import { storedTargets } from './evaluate.ts';
import type { Resource } from './values.ts';

interface Rule {
  readonly reverse: boolean;
  readonly iterate: boolean;
  readonly source: string;
  /** code of a reference parameter, or `*` */
  readonly code: string;
  readonly target?: string | undefined;
}

/** Reads the include rules of a query. */
export function readIncludes(query: URLSearchParams): Rule[] {
  return [...query].flatMap(([name, value]) => {
    const [, reverse, iterate] = /^_(rev)?include(:iterate)?$/.exec(name) ?? [null];
    if (reverse === null) return [];
    const [source, code, target] = value.split(':') as [string, string, string?];
    return [{ reverse: reverse === 'rev', iterate: iterate !== undefined, source, code, target }];
  });
}

/** The resources that the rules add to a page's matches; none twice, and no match. */
export function includesOf(matches: readonly Resource[], rules: readonly Rule[], data: DataSet): Resource[] {
  const found = new Set<Resource>();
  const seen = new Set(matches);
  let from: readonly Resource[] = matches;
  for (let step = 0; from.length > 0; step++) {
    const added: Resource[] = [];
    for (const rule of rules.filter(({ iterate }) => step === 0 || iterate))
      for (const one of rule.reverse ? referringTo(from, rule, data) : referredBy(from, rule, data)) {
        if (seen.has(one)) continue;
        seen.add(one);
        found.add(one);
        added.push(one);
      }
    from = added;
  }
  return [...found];
}

const referenceParameters = (type: string, code: string) =>
  code === '*'
    ? parametersOf(type).filter((parameter) => parameter.type === 'reference')
    : [parameterOf(type, code)!].filter(Boolean);

const referredBy = (from: readonly Resource[], { source, code, target }: Rule, data: DataSet): Resource[] =>
  from
    .filter(({ resourceType }) => resourceType === source)
    .flatMap((one) =>
      referenceParameters(source, code).flatMap((parameter) => storedTargets(one, parameter, { data })),
    )
    .filter(({ resourceType }) => target === undefined || resourceType === target);

const referringTo = (to: readonly Resource[], { source, code, target }: Rule, data: DataSet): Resource[] => {
  const wanted = new Set(to.filter(({ resourceType }) => target === undefined || resourceType === target));
  return data
    .ofType(source)
    .filter((one) =>
      referenceParameters(source, code).some((parameter) =>
        storedTargets(one, parameter, { data }).some((other) => wanted.has(other)),
      ),
    );
};
