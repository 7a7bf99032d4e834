// The sets of normal, abnormal and critical codes of an ObservationDefinition (observationdefinition-definitions.html,
// normalCodedValueSet and its kin). Only sets that list their codes one by one can be read without a terminology.
import type { JsonObject } from './observation.ts';
import type { Code, VitalSign } from './vitalSign.ts';

type CodeLists = Pick<VitalSign, 'normalCodes' | 'abnormalCodes' | 'criticalCodes'>;

const listElements = {
  normalCodedValueSet: 'normalCodes',
  abnormalCodedValueSet: 'abnormalCodes',
  criticalCodedValueSet: 'criticalCodes',
} as const;

interface ValueSet {
  readonly resourceType?: string;
  readonly id?: string;
  readonly compose?: {
    readonly include?: readonly {
      readonly system?: string;
      readonly concept?: readonly { readonly code?: string }[];
      readonly filter?: readonly unknown[];
      readonly valueSet?: readonly unknown[];
    }[];
    readonly exclude?: readonly unknown[];
  };
}

/** The codes of each set there is; sentences on those that cannot be read go to `problems`. */
export function readCodeLists(
  resource: JsonObject,
  name: string,
  problems: string[],
  findValueSet?: (reference: string) => unknown,
): CodeLists {
  const lists: { -readonly [K in keyof CodeLists]: CodeLists[K] } = {};
  for (const [element, list] of Object.entries(listElements)) {
    const reference = (resource[element] as { reference?: string } | undefined)?.reference;
    if (resource[element] === undefined) continue;
    const set = reference === undefined ? undefined : findSet(resource, reference, findValueSet);
    const codes = set ? codesListed(set as ValueSet) : undefined;
    if (codes) lists[list] = codes;
    else {
      const why = set ? 'does not list its codes one by one' : 'is not found';
      problems.push(
        `${name}.${element} is not used: the value set ${reference ?? 'without reference'} ${why}.`,
      );
    }
  }
  return lists;
}

function findSet(
  { contained }: JsonObject,
  reference: string,
  findValueSet: ((reference: string) => unknown) | undefined,
): unknown {
  if (!reference.startsWith('#')) return findValueSet?.(reference);
  return (contained as readonly ValueSet[] | undefined)?.find(
    ({ resourceType, id }) => resourceType === 'ValueSet' && id === reference.slice(1),
  );
}

/** Undefined where the set says more than a list of codes. */
function codesListed({ resourceType, compose }: ValueSet): Code[] | undefined {
  const includes = compose?.include ?? [];
  if (resourceType !== 'ValueSet' || includes.length === 0 || compose?.exclude?.length) return undefined;
  const codes: Code[] = [];
  for (const { system, concept, filter, valueSet } of includes) {
    if (system === undefined || !concept?.length || filter?.length || valueSet?.length) return undefined;
    for (const { code } of concept) if (code !== undefined) codes.push({ system, code });
  }
  return codes;
}
