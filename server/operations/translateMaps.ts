// The concept maps that $translate works by: the one that is named or sent, or else all in force for a code.
import type { ConceptMapDefinition } from '../definitions/conceptMap.ts';
import { reduceConceptMap } from '../definitions/reduceConceptMap.ts';
import { FhirError, refuse } from '../errors.ts';
import { missing } from '../fhir/planChange.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readCurrent } from '../store/resources.ts';
import { canonicalOf } from '../terminology/findValueSet.ts';
import type { TerminologyView } from '../terminology/terminology.ts';
import type { NamedParameters } from './namedParameters.ts';
import type { OperationRequest } from './operationRequest.ts';
import type { TranslateParameters } from './translateParameters.ts';

/**
 * The map that a request names or sends; undefined when it does neither.
 * @throws FhirError 400 when it does both or what it sends is malformed, 404 or 410 when the map is not known here
 */
export async function namedMap(
  services: Services,
  db: Database,
  view: TerminologyView,
  { id }: OperationRequest,
  given: NamedParameters,
): Promise<ConceptMapDefinition | undefined> {
  const refuseBeside = (names: string[], why: string) => {
    const name = names.find((each) => given.has(each));
    if (name) throw refuse(400, 'value', `"${name}" has no meaning ${why}.`, name);
  };
  if (id !== undefined) {
    refuseBeside(['url', 'conceptMap', 'conceptMapVersion'], 'where the URL names the concept map');
    const map = await view.conceptMap(`ConceptMap/${id}`);
    if (!map) throw missing('ConceptMap', id, await readCurrent(db, 'ConceptMap', id));
    return map;
  }
  const sent = given.resource('conceptMap');
  const version = given.text('conceptMapVersion');
  if (sent) {
    refuseBeside(['url', 'conceptMapVersion'], 'beside "conceptMap"');
    const issues = services
      .validate(sent)
      .filter(({ severity }) => severity === 'error' || severity === 'fatal');
    if (issues.length > 0) throw new FhirError(400, issues);
    return reduceConceptMap(sent);
  }
  const url = given.text('url');
  if (url === undefined) {
    refuseBeside(['conceptMapVersion'], 'without "url"');
    return undefined;
  }
  const canonical = canonicalOf(url, version);
  const map = await view.conceptMap(canonical);
  if (!map) throw refuse(404, 'not-found', `The concept map ${canonical} is not known here.`, 'url');
  return map;
}

/** The maps in force that have groups of a system, or are of the value set the code was chosen from. */
export function unnamedMaps(
  view: TerminologyView,
  { reverse }: TranslateParameters,
  system: string,
  valueSet: string | undefined,
): Promise<ConceptMapDefinition[]> {
  const side = reverse ? 'target' : 'source';
  return view.conceptMapsWith({ side, system, ...(valueSet === undefined ? {} : { valueSet }) });
}
