// The routes of every kind of thing in server/clinic/clinicResources.ts: lists, one by one, batches.
import { STATUS_CODES } from 'node:http';
import type { Bases } from '../clinic/alertJson.ts';
import type { ClinicResource, Json } from '../clinic/clinicResource.ts';
import { answerOnce, type OnceOnly, onceOnly } from '../clinic/idempotency.ts';
import type { Intent } from '../clinic/planThings.ts';
import { readParameters } from '../clinic/readParameters.ts';
import { findThing } from '../clinic/thing.ts';
import { carryOutAll, carryOutEach, type Operation, readBatch } from '../clinic/thingBatch.ts';
import {
  includeParameter,
  linkHeader,
  type ThingPage,
  thingJson,
  thingPage,
  thingsJson,
} from '../clinic/thingLists.ts';
import { carryOutOne, type Outcome } from '../clinic/things.ts';
import { FhirError, refuse } from '../errors.ts';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Services } from '../services.ts';
import type { ApiHandler, ApiReply, ApiRequest } from './apiRequest.ts';
import { checkContentType } from './fhirRequest.ts';
import { problemErrors } from './problemDetails.ts';

export type ThingMethods = Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', ApiHandler>>;

export const MERGE_PATCH = 'application/merge-patch+json';

/** The routes of each kind, below /api. */
export function thingRoutes(resources: readonly ClinicResource[]): [path: string, methods: ThingMethods][] {
  return resources.flatMap((resource): [string, ThingMethods][] => [
    [`/v1/${resource.name}`, { GET: list(resource), ...(!resource.readOnly && { POST: create(resource) }) }],
    // The colon is one, and begins no parameter.
    ...(resource.readOnly ? [] : [batchRoute(resource)]),
    ...Object.keys(resource.actions ?? {}).map((action): [string, ThingMethods] => [
      `/v1/${resource.name}/:id\\:${action}`,
      { POST: act(resource, action) },
    ]),
    [
      `/v1/${resource.name}/:id`,
      {
        GET: read(resource),
        ...(!resource.readOnly && {
          PUT: replace(resource),
          PATCH: change(resource),
          DELETE: remove(resource),
        }),
      },
    ],
    ...Object.entries(resource.sublists ?? {}).map(([segment, { of, filter }]): [string, ThingMethods] => {
      const other = resources.find(({ name }) => name === of);
      if (!other?.filters[filter])
        throw new Error(`There is no filter ${filter} of ${of} for ${resource.name}`);
      return [`/v1/${resource.name}/:id/${segment}`, { GET: sublist(resource, segment, other, filter) }];
    }),
  ]);
}

const batchRoute = (resource: ClinicResource): [path: string, methods: ThingMethods] => [
  `/v1/${resource.name}\\:batch`,
  { POST: batch(resource) },
];

const list =
  (resource: ClinicResource): ApiHandler =>
  async (services, request) =>
    pageReply(await thingPage(services, resource, request.query, request));

/** The things of another kind that belong to one. */
const sublist =
  (resource: ClinicResource, segment: string, other: ClinicResource, filter: string): ApiHandler =>
  async (services, request) => {
    const { id, main } = await findThing(services, resource, request.params.id!, services.searchDb);
    const path = `${resource.name}/${encodeURIComponent(id)}/${segment}`;
    const within = { [filter]: `${main.resourceType}/${main.id}` };
    return pageReply(await thingPage(services, other, request.query, request, { path, within }));
  };

function pageReply(page: ThingPage): ApiReply {
  const link = linkHeader(page._links);
  return { status: 200, body: page, ...(link ? { headers: { Link: link } } : {}) };
}

const read =
  (resource: ClinicResource): ApiHandler =>
  async (services, request) => {
    const { include } = readParameters(request.query, includeParameter(resource));
    const thing = await findThing(services, resource, request.params.id!, services.searchDb);
    if (!include) return shown(resource, { id: thing.id, isNew: false, thing }, request);
    const [body] = await thingsJson(services, resource, [thing], include, request);
    // What is included has versions of its own: the ETag is made of the whole.
    return { status: 200, body };
  };

const create =
  (resource: ClinicResource): ApiHandler =>
  (services, request) => {
    const data = jsonBody(request, 'application/json');
    return once(services, askedOnce(resource.name, request), (keep) =>
      carry(services, resource, request, { op: 'create', at: '#', data }, keep),
    );
  };

const replace =
  (resource: ClinicResource): ApiHandler =>
  (services, request) => {
    const data = jsonBody(request, 'application/json');
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

const change =
  (resource: ClinicResource): ApiHandler =>
  (services, request) => {
    const patch = patchBody(request);
    return carry(services, resource, request, { op: 'change', at: '#', patch, ...target(request) });
  };

const act =
  (resource: ClinicResource, action: string): ApiHandler =>
  (services, request) => {
    const data = jsonBody(request, 'application/json');
    const { id, ...rest } = target(request);
    return once(services, askedOnce(`${resource.name}/${id}:${action}`, request), (keep) =>
      carry(services, resource, request, { op: 'act', action, at: '#', data, id, ...rest }, keep),
    );
  };

const remove =
  (resource: ClinicResource): ApiHandler =>
  (services, request) =>
    carry(services, resource, request, { op: 'delete', at: '#', ...target(request) });

function target({ params, headers }: ApiRequest): { id: string; ifMatch?: string } {
  const ifMatch = headers['if-match'];
  return { id: params.id!, ...(ifMatch === undefined ? {} : { ifMatch }) };
}

type KeepReply =
  | ((db: Parameters<typeof findThing>[3] & object, reply: ApiReply) => Promise<void>)
  | undefined;

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

/** What a POST with an Idempotency-Key asks for, once. */
function askedOnce(path: string, { headers, body }: ApiRequest): OnceOnly | undefined {
  const key = headers['idempotency-key'];
  return onceOnly(`POST /v1/${path}`, Array.isArray(key) ? key.join() : key, body);
}

/** Carries out a POST, or gives the answer that its Idempotency-Key had before. */
async function once(
  services: Services,
  asked: OnceOnly | undefined,
  work: (keep: KeepReply) => Promise<ApiReply>,
): Promise<ApiReply> {
  const { answer, again } = await answerOnce(services, asked, work);
  return again ? { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': 'true' } } : answer;
}

const batch =
  (resource: ClinicResource): ApiHandler =>
  (services, request) => {
    readParameters(request.query, {});
    const { operations, atomic } = readBatch(jsonBody(request, 'application/json'));
    const asked = askedOnce(`${resource.name}:batch`, request);
    return once(services, asked, async (keep) => {
      const answerOf = (outcome: Outcome): Json => done(resource, outcome, request);
      if (atomic) {
        const replyOf = (outcomes: readonly Outcome[]) =>
          batchReply(true, operations, outcomes.map(answerOf));
        const hook =
          keep && ((db: Parameters<typeof keep>[0], outcomes: Outcome[]) => keep(db, replyOf(outcomes)));
        return replyOf(await carryOutAll(services, resource, operations, hook));
      }
      const results = await carryOutEach(services, resource, operations, asked, answerOf);
      const reply = batchReply(
        false,
        operations,
        results.map((result) => {
          if ('done' in result) return result.done;
          const { status, issues } = result.refusal;
          return { status, title: STATUS_CODES[status], errors: problemErrors(issues) };
        }),
      );
      await keep?.(services.db, reply);
      return reply;
    });
  };

function done(resource: ClinicResource, outcome: Outcome, bases: Bases): Json {
  const { thing, id, isNew } = outcome;
  if (!thing) return { status: 204, id };
  return {
    status: isNew ? 201 : 200,
    id,
    etag: thing.tag,
    data: thingJson(resource, thing, bases),
  };
}

function batchReply(atomic: boolean, operations: readonly Operation[], items: readonly Json[]): ApiReply {
  const failed = items.filter(({ status }) => (status as number) >= 400).length;
  const results = items.map((item, index) => ({ index, op: operations[index]!.op, ...item }));
  return { status: 200, body: { atomic, succeeded: items.length - failed, failed, results } };
}

/** A merge patch. Refusals of other media types say what is taken (RFC 5789 section 3.1). */
function patchBody(request: ApiRequest): unknown {
  try {
    return jsonBody(request, MERGE_PATCH);
  } catch (error) {
    if (error instanceof FhirError && error.status === 415) {
      throw new FhirError(415, error.issues, { ...error.headers, 'Accept-Patch': MERGE_PATCH });
    }
    throw error;
  }
}

/** The JSON body, with plain numbers. @throws FhirError 400 for what is no JSON, 415 for another media type */
function jsonBody({ headers, body }: ApiRequest, type: string): unknown {
  checkContentType(headers['content-type'], [type]);
  if (!body || body.length === 0) throw refuse(400, 'required', 'The request needs a body.');
  const text = decodeUtf8(body);
  parseJson(text);
  return JSON.parse(text);
}
