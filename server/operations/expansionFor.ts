// The expansion of the value set that an operation is about.
import { FhirError } from '../errors.ts';
import type { Expansion } from '../terminology/expandValueSet.ts';
import type { SystemVersions } from '../terminology/systemVersions.ts';
import type { TerminologyView } from '../terminology/terminology.ts';
import type { FoundValueSet } from './findInTerminology.ts';

/**
 * Remembered for one that was looked up, worked out for one that was sent.
 * @throws FhirError 422 (too-costly) for one that is too large. A search that asks for too many codes is at fault itself,
 *   which is why the terminology says 400.
 */
export async function expansionFor(
  view: TerminologyView,
  { definition, canonical }: FoundValueSet,
  versions: SystemVersions | undefined,
): Promise<Expansion> {
  try {
    const found = canonical === undefined ? undefined : await view.expansion(canonical, versions);
    return found ?? (await view.expansionOf(definition, versions));
  } catch (error) {
    if (!(error instanceof FhirError) || error.issues[0]?.code !== 'too-costly') throw error;
    throw new FhirError(422, error.issues);
  }
}
