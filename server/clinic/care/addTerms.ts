// Terms that a CRM brings → the code system of conditions, whatever others add to it at the same time.
import { FhirError, refuse } from '../../errors.ts';
import { writeAll } from '../../fhir/write.ts';
import type { Services } from '../../services.ts';
import { type Concept, codingOf, termsOf, withConcepts } from './conditionTerms.ts';
import { currentSystem, systemWrite } from './storeTerms.ts';

const MOST_ATTEMPTS = 8;

/**
 * Adds concepts, those that are there already left alone; `dryRun` only tells what would become of the code system.
 * @throws FhirError 409 where others have used their words for other terms meanwhile
 */
export async function addTerms(
  services: Services,
  concepts: readonly Concept[],
  { dryRun }: { dryRun: boolean },
): Promise<'created' | 'updated' | 'unchanged'> {
  for (let attempt = 1; ; attempt++) {
    const { base, version } = await currentSystem(services);
    const terms = termsOf(base);
    const missing = concepts.filter((concept) => {
      const { code, display } = codingOf(concept);
      const held = [terms.find(code), terms.find(display)].find((each) => each !== undefined);
      if (!held) return true;
      if (held.code === code) return false;
      const what = `"${display}" (${code}) is the term "${held.code}" meanwhile`;
      throw refuse(409, 'conflict', `${what}: start the migration again.`);
    });
    if (missing.length === 0) return 'unchanged';
    const change = version === 0 ? 'created' : 'updated';
    if (dryRun) return change;
    try {
      const system = withConcepts(base, [...(base.concept ?? []), ...missing]);
      await writeAll(services, [systemWrite(system, version)], { atomic: true });
      return change;
    } catch (error) {
      const isRace = error instanceof FhirError && error.status === 412;
      if (!isRace || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}
