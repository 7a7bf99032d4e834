// The value set or code system that a terminology operation is about: the stored one of the URL, one that came with the
// request, or one named by its canonical url.
import { reduceCodeSystem, reduceValueSet } from '../definitions/reduceTerminology.ts';
import type { ValueSetDefinition } from '../definitions/terminology.ts';
import { FhirError, refuse } from '../errors.ts';
import { missing } from '../fhir/planChange.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readCurrent } from '../store/resources.ts';
import { type CodeSystem, codeSystemOf } from '../terminology/codeSystem.ts';
import { splitCanonical } from '../terminology/findValueSet.ts';
import type { TerminologyView } from '../terminology/terminology.ts';
import type { NamedParameters, ParameterKind } from './namedParameters.ts';
import type { OperationRequest } from './operationRequest.ts';

/** Parameters that say which value set is meant. */
export const VALUE_SET_PARAMETERS: Readonly<Record<string, ParameterKind>> = {
  url: { kind: 'text', type: 'uri' },
  valueSet: { kind: 'resource', type: 'ValueSet' },
  valueSetVersion: { kind: 'text', type: 'string' },
  context: { kind: 'text', refused: 'value sets are named by url, or sent as valueSet' },
  contextDirection: { kind: 'text', refused: 'it goes with "context", which cannot be used either' },
};

/** Stands in for the url of a value set or code system that is sent without one. */
const SENT = '#sent';

/** What definitions were in force at another time is not known. */
export const DATE: ParameterKind = {
  kind: 'text',
  refused:
    'what code systems and value sets were like at another time is not known; name their versions instead',
};

/** A value set: either looked up by a canonical url or reference, or sent with the request. */
export type FoundValueSet = { definition: ValueSetDefinition } & (
  | { canonical: string; sent?: undefined }
  | { canonical?: undefined; sent: Resource }
);

/**
 * The value set that a request is about.
 * @throws FhirError 400 when none is named or several are, or the one that was sent is malformed; 404 or 410 when it is
 *   not known here
 */
export async function findValueSet(
  services: Services,
  db: Database,
  view: TerminologyView,
  { id }: OperationRequest,
  given: NamedParameters,
): Promise<FoundValueSet> {
  if (id !== undefined) {
    onlyInstance(given, ['url', 'valueSet', 'valueSetVersion']);
    const canonical = `ValueSet/${id}`;
    const definition = await view.valueSet(canonical);
    if (!definition) throw missing('ValueSet', id, await readCurrent(db, 'ValueSet', id));
    return { definition, canonical };
  }
  const sent = given.resource('valueSet');
  const url = given.text('url');
  const version = given.text('valueSetVersion');
  if (sent) {
    for (const other of ['url', 'valueSetVersion']) {
      if (given.has(other)) throw refuse(400, 'value', `"${other}" has no meaning beside "valueSet".`, other);
    }
    refuseMalformed(services, sent);
    return { definition: reduceValueSet(sent, SENT), sent };
  }
  if (url === undefined)
    throw refuse(400, 'required', 'Name the value set by "url", or send it as "valueSet".');
  const canonical = version === undefined ? url : `${url}|${version}`;
  const definition = await view.valueSet(canonical);
  if (!definition) {
    throw refuse(404, 'not-found', `The value set ${canonical} is not known here.`, 'url');
  }
  return { definition, canonical };
}

/** A code system, or only its url where it is not held here, as a whole or in the version asked for. */
export interface FoundCodeSystem {
  url: string;
  version?: string;
  system?: CodeSystem;
}

/**
 * The code system that a request is about; undefined when it is not held here.
 * @throws FhirError 400, 404 and 410 as `findValueSet`; an unknown url is no error
 */
export async function findCodeSystem(
  services: Services,
  db: Database,
  view: TerminologyView,
  { id }: OperationRequest,
  given: NamedParameters,
): Promise<FoundCodeSystem> {
  const version = given.text('version');
  const sent = given.resource('codeSystem');
  const url = given.text('url');
  if (id !== undefined) {
    onlyInstance(given, ['url', 'codeSystem']);
    const system = await view.codeSystem(`CodeSystem/${id}`);
    if (system) return inVersion(system, version);
    const current = await readCurrent(db, 'CodeSystem', id);
    if (!current?.content || current.deleted) throw missing('CodeSystem', id, current);
    const kept = (JSON.parse(current.content) as Resource).content;
    throw refuse(422, 'not-found', `CodeSystem/${id} (content: ${kept}) has no codes of its own here.`);
  }
  if (sent) {
    if (url !== undefined) throw refuse(400, 'value', '"url" has no meaning beside "codeSystem".', 'url');
    refuseMalformed(services, sent);
    return inVersion(codeSystemOf(reduceCodeSystem(sent, SENT)), version);
  }
  if (url === undefined) {
    throw refuse(400, 'required', 'Name the code system by "url", or send it as "codeSystem".');
  }
  const [plain, named] = splitCanonical(url);
  const wanted = version ?? named;
  const system = await view.codeSystem(wanted === undefined ? plain : `${plain}|${wanted}`);
  return {
    url: plain,
    ...(wanted === undefined ? {} : { version: wanted }),
    ...(system ? { system } : {}),
  };
}

function inVersion(system: CodeSystem, version: string | undefined): FoundCodeSystem {
  const { url } = system.definition;
  if (version === undefined) return { url, system };
  return { url, version, ...(system.definition.version === version ? { system } : {}) };
}

function onlyInstance(given: NamedParameters, names: string[]): void {
  const name = names.find((each) => given.has(each));
  if (name) throw refuse(400, 'value', `"${name}" has no meaning where the URL names the resource.`, name);
}

/** A resource that came with the request is held to the rules of one that is stored. */
function refuseMalformed({ validate }: Services, resource: Resource): void {
  const issues = validate(resource).filter(({ severity }) => severity === 'error' || severity === 'fatal');
  if (issues.length > 0) throw new FhirError(400, issues);
}
