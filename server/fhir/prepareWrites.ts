// The part of a write that needs no database: validation, ids, criteria and the links to rewrite.
import { FhirError, type Issue, refuse } from '../errors.ts';
import type { Resource, Services } from '../services.ts';
import { type Criteria, parseCriteria } from './criteria.ts';
import { refuseInvalid, type WriteRequest } from './planChange.ts';
import { conditionalReference, findLinks, type LinkSite } from './references.ts';
import { newId } from './resourceId.ts';
import { sentResources } from './sentResources.ts';
import { type ValidationLevel, writeGate } from './writeGate.ts';

/** The links of a resource. */
export interface Linked {
  links: LinkSite[];
  /** criteria of the conditional references among the links */
  references: Criteria[];
}

/** A request that passed every check that can be made without reading the store. */
export interface Prepared extends Linked {
  request: WriteRequest;
  /** position among the requests, and so of its result */
  index: number;
  /** id to use when the request creates a resource and names none */
  freshId: string;
  criteria?: Criteria;
  /** what its profiles and the advice say of the resource; of a patched one, once it is known */
  warnings?: Issue[];
}

export type Prepare = (request: WriteRequest, index: number) => Prepared;

/** Makes the preparing function for one set of requests; `prepare` throws a FhirError for a refused request. */
export function preparing(services: Services, requests: WriteRequest[], level?: ValidationLevel): Prepare {
  const gate = writeGate(services, level);
  const fullUrls = new Map(requests.flatMap((r, i) => (r.fullUrl === undefined ? [] : [[r.fullUrl, i]])));
  const criteriaOf = criteriaParser(services);
  const sent = sentResources(requests);
  return (request, index) => {
    const { resource, type } = request;
    let linked: Linked = { links: [], references: [] };
    if (resource) {
      if (resource.resourceType !== type) {
        throw refuse(
          400,
          'invalid',
          `The body is of type ${resource.resourceType}, the URL asks for ${type}.`,
          'resourceType',
        );
      }
      refuseInvalid(gate(resource, sent), 400);
      linked = linksOf(services, resource, fullUrls, criteriaOf);
    }
    const criteria = request.criteria === undefined ? undefined : criteriaOf(type, request.criteria);
    return { request, index, freshId: newId(), ...linked, ...(criteria ? { criteria } : {}) };
  };
}

/**
 * Parses the criteria of a prepared request again, after the definitions have changed.
 * @throws FhirError 400 for criteria that cannot be searched by any longer
 */
export function refreshCriteria(services: Services, prepared: Prepared): void {
  const { request, references } = prepared;
  if (request.criteria !== undefined)
    prepared.criteria = parseCriteria(services, request.type, request.criteria);
  prepared.references = references.map(({ type, text }) => parseCriteria(services, type, text));
}

/** Parses criteria, each once: the bundles of one hospital repeat the same few thousands of times. */
function criteriaParser(services: Services): (type: string, query: string) => Criteria {
  const parsed = new Map<string, Criteria>();
  return (type, query) => {
    const text = `${type}?${query}`;
    const criteria = parsed.get(text) ?? parseCriteria(services, type, query);
    parsed.set(text, criteria);
    return criteria;
  };
}

/**
 * Finds the links of a resource and parses the criteria of conditional references.
 * @throws FhirError 400 for criteria that cannot be searched by
 */
export function linksOf(
  services: Services,
  resource: Resource,
  fullUrls: ReadonlyMap<string, unknown>,
  criteriaOf = criteriaParser(services),
): Linked {
  const links = findLinks(resource, fullUrls, services.uriProperties);
  const references: Criteria[] = [];
  for (const link of links) {
    const conditional = link.kind === 'reference' ? conditionalReference(link.original) : undefined;
    if (!conditional) continue;
    const criteria = criteriaOf(conditional.type, conditional.criteria);
    link.criteria = criteria.text;
    references.push(criteria);
  }
  return { links, references };
}

/** Points an entry's refusal at the entry: `Bundle.entry[3].resource…`. Errors of other kinds pass unchanged. */
export function atEntry(error: unknown, index: number): unknown {
  if (!(error instanceof FhirError)) return error;
  return new FhirError(error.status, issuesAtEntry(error.issues, index), error.headers);
}

/** The same issues, each pointing at the entry or into it. */
export function issuesAtEntry(issues: readonly Issue[], index: number): Issue[] {
  const entry = `Bundle.entry[${index}]`;
  return issues.map((issue) => ({
    ...issue,
    diagnostics: `Entry ${index}: ${issue.diagnostics}`,
    expression: (issue.expression ?? ['']).map((path) => {
      if (path === '') return entry;
      // Paths inside the resource begin with its type.
      if (/^[a-z_`]/.test(path) && path !== 'resourceType') return `${entry}.${path}`;
      const inside = path.replace(/^[A-Z][A-Za-z]*\.?/, '');
      return `${entry}.resource${inside ? `.${inside}` : ''}`;
    }),
  }));
}
