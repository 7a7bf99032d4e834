// Which version of a code system counts, where a request says so: the parameters system-version, check-system-version and
// force-system-version of $expand (valueset-operation-expand.html).

import { refuse } from '../errors.ts';
import type { TerminologyLookup } from './findValueSet.ts';

/** Versions by the code system's url. */
export interface SystemVersions {
  /** for where the value set names none */
  readonly otherwise?: Readonly<Record<string, string>>;
  /** the same, and the value set may name no other */
  readonly check?: Readonly<Record<string, string>>;
  /** whatever the value set names */
  readonly force?: Readonly<Record<string, string>>;
}

/**
 * A lookup that finds code systems in the versions asked for.
 * @throws FhirError 422 (conflict) from its `codeSystem` where a value set names another version than `check` does
 */
export function withVersions(lookup: TerminologyLookup, versions: SystemVersions): TerminologyLookup {
  const { otherwise = {}, check = {}, force = {} } = versions;
  const versionOf = (url: string, named: string | undefined): string | undefined => {
    const forced = own(force, url);
    if (forced !== undefined) return forced;
    const checked = own(check, url);
    if (checked !== undefined && named !== undefined && named !== checked) {
      const message = `The value set uses version ${named} of ${url}, and check-system-version asks for ${checked}.`;
      throw refuse(422, 'conflict', message);
    }
    return named ?? checked ?? own(otherwise, url);
  };
  return { ...lookup, codeSystem: (url, version) => lookup.codeSystem(url, versionOf(url, version)) };
}

const own = (versions: Readonly<Record<string, string>>, url: string): string | undefined =>
  Object.hasOwn(versions, url) ? versions[url] : undefined;
