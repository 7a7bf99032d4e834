// An expansion that may lack codes is refused (valueset-operation-expand.html: what cannot be expanded correctly is an
// error), naming each part that is not known here.
import { FhirError, type Issue } from '../errors.ts';
import type { Unresolved } from '../terminology/codeSets.ts';
import type { Expansion } from '../terminology/expandValueSet.ts';

const CODES: Record<Unresolved['reason'], Issue['code']> = {
  'value-set': 'not-found',
  'code-system': 'not-found',
  filter: 'not-supported',
  cycle: 'business-rule',
  incomplete: 'incomplete',
};

/**
 * @param excluded code systems that are left out; only as a whole they leave no doubt
 * @throws FhirError 422 with one issue for each part
 */
export function refuseUnresolved(
  expansion: Expansion,
  excluded: readonly { system: string; version?: string }[],
): void {
  const out = new Set(excluded.filter(({ version }) => version === undefined).map(({ system }) => system));
  const problems = new Map<string, Issue['code']>();
  for (const { system, message, reason } of expansion.unresolved) {
    if (system === undefined || !out.has(system)) problems.set(message, CODES[reason]);
  }
  const partial = new Set(expansion.partial);
  for (const [system, { whole }] of expansion.systems) {
    if (out.has(system)) continue;
    if (partial.has(system)) {
      problems.set(`Of the code system ${system}, only a part is known here`, 'incomplete');
    } else if (whole) {
      problems.set(`The codes of ${system} are not known here: this server does not hold them`, 'not-found');
    }
  }
  if (problems.size === 0) return;
  const issues = [...problems].map(([diagnostics, code]): Issue => {
    return {
      severity: 'error',
      code,
      diagnostics: `${diagnostics}, so the value set ${named(expansion.url)} is not expanded.`,
    };
  });
  throw new FhirError(422, issues);
}

/** One that was sent without a url has no name. */
const named = (url: string): string => (url.startsWith('#') ? 'that was sent' : url);
