// What the value sets that $translate is given mean for a concept map and for what it translates to. With `reverse` they
// change places, as the sides of the map do.
import type { ConceptMapDefinition } from '../definitions/conceptMap.ts';
import { membership } from '../terminology/codeSets.ts';
import { splitCanonical } from '../terminology/findValueSet.ts';
import type { TerminologyView } from '../terminology/terminology.ts';
import type { Match } from '../terminology/translation.ts';
import type { TranslateParameters } from './translateParameters.ts';

/** Tests for the value sets of a request; a text says why one is not passed. */
export interface ValueSetTest {
  /** canonical url, without version, of the value set the code was chosen from */
  readonly source: string | undefined;
  applies(map: ConceptMapDefinition, named: boolean): Promise<true | string>;
  belongs(map: ConceptMapDefinition, match: Match): Promise<true | string>;
}

const LOGICAL_ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** Reads which value sets a request means: by canonical url, `ValueSet/[id]` or id. */
export async function valueSetTest(
  view: TerminologyView,
  { source: from, target: to, reverse }: TranslateParameters,
): Promise<ValueSetTest> {
  /** A reference as the canonical of what it leads to; what is not known here stays as it is. */
  const canonical = async (reference: string): Promise<[url: string, version?: string]> => {
    const [url, version] = splitCanonical(reference);
    const known =
      (await view.valueSet(reference)) ??
      (LOGICAL_ID.test(url) ? await view.valueSet(`ValueSet/${reference}`) : undefined);
    const found = known?.url ?? url;
    return version === undefined ? [found] : [found, version];
  };
  const [source, target] = [from && (await canonical(from)), to && (await canonical(to))];
  const same = async (declared: string, [url, version]: [string, string?]): Promise<boolean> => {
    const [declaredUrl, declaredVersion] = splitCanonical(declared);
    if (version !== undefined && declaredVersion !== undefined && version !== declaredVersion) return false;
    return declaredUrl === url || (await canonical(declared))[0] === url;
  };
  const sides = (map: ConceptMapDefinition): [string?, string?] =>
    reverse ? [map.target, map.source] : [map.source, map.target];
  const nameOf = ({ url }: ConceptMapDefinition) =>
    url === '' ? 'The concept map' : `The concept map ${url}`;

  return {
    source: source ? source[0] : undefined,
    applies: async (map, named) => {
      const [declaredFrom, declaredTo] = sides(map);
      if (source && declaredFrom !== undefined && !(await same(declaredFrom, source))) {
        return `${nameOf(map)} translates codes of ${declaredFrom}, not of ${source[0]}.`;
      }
      // A map that is named may be used for another purpose; one that is found may not.
      if (target && !named && declaredTo !== undefined && !(await same(declaredTo, target))) {
        return `${nameOf(map)} translates to ${declaredTo}, not to ${target[0]}.`;
      }
      return true;
    },
    belongs: async (map, { concept }) => {
      const [, declaredTo] = sides(map);
      if (!target || !concept || (declaredTo !== undefined && (await same(declaredTo, target)))) return true;
      const expansion = await view.expansion(target.join('|'));
      if (!expansion) {
        return `The value set ${target[0]} is not known here, so it cannot be said whether '${concept.code}' belongs to it.`;
      }
      const belongs = membership(expansion, concept.system, concept.code);
      if (belongs === true) return true;
      return belongs === false
        ? `'${concept.code}' does not belong to the value set ${target[0]}.`
        : `It cannot be said here whether '${concept.code}' belongs to the value set ${target[0]}.`;
    },
  };
}
