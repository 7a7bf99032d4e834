// Handlers of the things of any kind: lists, one by one, actions. Each is of the kind that the request is about.
import type { Bases } from '../clinic/alerts/alertJson.ts';
import type { ClinicResource } from '../clinic/things/clinicResource.ts';
import { linkHeader } from '../clinic/things/pageStyles.ts';
import type { Intent } from '../clinic/things/planThings.ts';
import { checkLive } from '../clinic/things/preconditions.ts';
import { readParameters } from '../clinic/things/readParameters.ts';
import { findThing } from '../clinic/things/thing.ts';
import {
  includeParameter,
  type ThingPage,
  thingJson,
  thingPage,
  thingsJson,
} from '../clinic/things/thingLists.ts';
import { carryOutOne, type Outcome } from '../clinic/things/things.ts';
import type { Services } from '../services.ts';
import type { ApiHandler, ApiReply, ApiRequest } from './apiRequest.ts';
import {
  askedOnce,
  jsonBody,
  type KeepReply,
  once,
  patchBody,
  type ResourceOf,
  target,
} from './thingRequest.ts';

export const list =
  (of: ResourceOf): ApiHandler =>
  async (services, request) =>
    pageReply(await thingPage(services, await of(services, request), request.query, request));

/** The things of another kind that belong to one. */
export const sublist =
  (resource: ClinicResource, segment: string, other: ClinicResource, filter: string): ApiHandler =>
  async (services, request) => {
    const { id, main } = await findThing(services, resource, request.params.id!, services.searchDb);
    const path = `${resource.name}/${encodeURIComponent(id)}/${segment}`;
    const within = { [filter]: `${main.resourceType}/${main.id}` };
    return pageReply(await thingPage(services, other, request.query, request, { path, within }));
  };

/** A page, its links in the Link header too. */
export function pageReply(page: Pick<ThingPage, '_links'>): ApiReply {
  const link = linkHeader(page._links);
  return { status: 200, body: page, ...(link ? { headers: { Link: link } } : {}) };
}

export const read =
  (of: ResourceOf): ApiHandler =>
  async (services, request) => {
    const resource = await of(services, request);
    const { include } = readParameters(request.query, includeParameter(resource));
    const thing = await findThing(services, resource, target(request).id, services.searchDb);
    checkLive(resource, thing);
    if (!include) return shown(resource, { id: thing.id, isNew: false, thing }, request);
    const [body] = await thingsJson(services, resource, [thing], include, request);
    // What is included has versions of its own: the ETag is made of the whole.
    return { status: 200, body };
  };

export const create =
  (of: ResourceOf): ApiHandler =>
  async (services, request) => {
    const resource = await of(services, request);
    const data = jsonBody(resource, request);
    return once(services, askedOnce(resource.name, request), (keep) =>
      carry(services, resource, request, { op: 'create', at: '#', data }, keep),
    );
  };

export const replace =
  (of: ResourceOf): ApiHandler =>
  async (services, request) => {
    const resource = await of(services, request);
    const data = jsonBody(resource, request);
    const ifNoneMatch = request.headers['if-none-match'];
    const unless = ifNoneMatch === undefined ? {} : { ifNoneMatch };
    return carry(services, resource, request, {
      op: 'replace',
      at: '#',
      data,
      ...target(request),
      ...unless,
    });
  };

export const change =
  (of: ResourceOf): ApiHandler =>
  async (services, request) => {
    const resource = await of(services, request);
    const patch = patchBody(resource, request);
    return carry(services, resource, request, { op: 'change', at: '#', patch, ...target(request) });
  };

export const act =
  (of: ResourceOf, action: string): ApiHandler =>
  async (services, request) => {
    const resource = await of(services, request);
    const data = jsonBody(resource, request);
    const { id, ...rest } = target(request);
    return once(services, askedOnce(`${resource.name}/${id}:${action}`, request), (keep) =>
      carry(services, resource, request, { op: 'act', action, at: '#', data, id, ...rest }, keep),
    );
  };

export const remove =
  (of: ResourceOf): ApiHandler =>
  async (services, request) =>
    carry(services, await of(services, request), request, { op: 'delete', at: '#', ...target(request) });

async function carry(
  services: Services,
  resource: ClinicResource,
  request: ApiRequest,
  intent: Intent,
  keep?: KeepReply,
): Promise<ApiReply> {
  readParameters(request.query, {});
  const hook =
    keep && ((db: Parameters<typeof keep>[0], done: Outcome) => keep(db, shown(resource, done, request)));
  return shown(resource, await carryOutOne(services, resource, intent, hook), request);
}

/** The answer to one operation: the thing with its ETag; where it is new, its address. */
function shown(resource: ClinicResource, { id, isNew, thing }: Outcome, { base, fhirBase }: Bases): ApiReply {
  if (!thing) return { status: 204 };
  const body = thingJson(resource, thing, { base, fhirBase });
  return {
    status: isNew ? 201 : 200,
    body,
    headers: {
      ETag: thing.tag,
      ...(isNew && { Location: `${base}/${resource.name}/${encodeURIComponent(id)}` }),
    },
  };
}
