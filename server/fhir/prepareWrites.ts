// The part of a write that needs no database: validation, ids, criteria and the links to rewrite.
import { FhirError, refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import { type Criteria, parseCriteria } from './criteria.ts';
import { refuseInvalid, type WriteRequest } from './planChange.ts';
import { conditionalReference, findLinks, type LinkSite } from './references.ts';
import { newId } from './resourceId.ts';

/** A request that passed every check that can be made without reading the store. */
export interface Prepared {
  request: WriteRequest;
  /** position among the requests, and so of its result */
  index: number;
  /** id to use when the request creates a resource and names none */
  freshId: string;
  criteria?: Criteria;
  links: LinkSite[];
  /** criteria of the conditional references among the links */
  references: Criteria[];
}

export type Prepare = (request: WriteRequest, index: number) => Prepared;

/** Makes the preparing function for one set of requests; `prepare` throws a FhirError for a refused request. */
export function preparing(services: Services, requests: WriteRequest[]): Prepare {
  const fullUrls = new Map(requests.flatMap((r, i) => (r.fullUrl === undefined ? [] : [[r.fullUrl, i]])));
  const parsed = new Map<string, Criteria>();
  const criteriaOf = (type: string, query: string) => {
    const text = `${type}?${query}`;
    const criteria = parsed.get(text) ?? parseCriteria(services, type, query);
    parsed.set(text, criteria);
    return criteria;
  };
  return (request, index) => {
    const { resource, type } = request;
    const links: LinkSite[] = [];
    const references: Criteria[] = [];
    if (resource) {
      if (resource.resourceType !== type) {
        throw refuse(
          400,
          'invalid',
          `The body is a ${resource.resourceType}, the URL asks for ${type}.`,
          'resourceType',
        );
      }
      refuseInvalid(services.validate(resource), 400);
      links.push(...findLinks(resource, fullUrls, services.uriProperties));
      for (const link of links) {
        const conditional = link.kind === 'reference' ? conditionalReference(link.original) : undefined;
        if (conditional) references.push(criteriaOf(conditional.type, conditional.criteria));
      }
    }
    const criteria = request.criteria === undefined ? undefined : criteriaOf(type, request.criteria);
    return { request, index, freshId: newId(), links, references, ...(criteria ? { criteria } : {}) };
  };
}

/** Points an entry's refusal at the entry: `Bundle.entry[3].resource…`. Errors of other kinds pass unchanged. */
export function atEntry(error: unknown, index: number): unknown {
  if (!(error instanceof FhirError)) return error;
  const entry = `Bundle.entry[${index}]`;
  const issues = error.issues.map((issue) => ({
    ...issue,
    diagnostics: `Entry ${index}: ${issue.diagnostics}`,
    expression: (issue.expression ?? ['']).map((path) => {
      const inside = path.replace(/^[A-Z][A-Za-z]*\.?/, '');
      return path === '' ? entry : `${entry}.resource${inside ? `.${inside}` : ''}`;
    }),
  }));
  return new FhirError(error.status, issues, error.headers);
}
