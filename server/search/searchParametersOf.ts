// Which search parameters of a type work, as the CapabilityStatement lists them.

import type { Definitions, SearchParameterType } from '../definitions/definitions.ts';
import { parametersOf } from '../definitions/parametersOf.ts';
import { notSearchable } from '../definitions/searchDataTypes.ts';

/** One entry of CapabilityStatement.rest.resource.searchParam. */
export interface SupportedParameter {
  name: string;
  type: SearchParameterType;
  /** canonical url of the SearchParameter */
  definition: string;
  documentation?: string;
}

/** The parameters that can be searched, by name. */
export function searchParametersOf(definitions: Definitions, type: string): SupportedParameter[] {
  return [...parametersOf(definitions, type).values()]
    .filter((parameter) => !notSearchable.has(parameter.url))
    .map(({ code, type: kind, url, description }) => ({
      name: code,
      type: kind,
      definition: url,
      ...(description ? { documentation: description } : {}),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
