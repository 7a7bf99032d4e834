// GET and HEAD by relative URL, as bundle entries ask: read, vread, history, searches and operations.
import { refuse } from '../errors.ts';
import { wholeText } from '../operations/operation.ts';
import { operationRequest } from '../operations/operationRequest.ts';
import { findOperation } from '../operations/registry.ts';
import { parseQuery } from '../search/parseQuery.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import type { ReadRequest } from './bundleEntries.ts';
import { capabilityStatement } from './capabilityStatement.ts';
import { notModified } from './etag.ts';
import { history } from './history.ts';
import { read, vread } from './read.ts';
import { type Reply, readReply } from './reply.ts';
import { checkId } from './resourceId.ts';
import { searchType } from './search.ts';
import { searchScope } from './searchScope.ts';
import { subset, subsetRequest } from './subset.ts';
import { supportedProfiles } from './supportedProfiles.ts';

/**
 * Answers one GET or HEAD.
 * @param db the pool, or the transaction whose writes it must see
 * @throws FhirError as the interaction does; 404 for a URL that is none
 */
export async function readUrl(
  services: Services,
  request: ReadRequest,
  base: string,
  db: Database,
): Promise<Reply> {
  const reply = await answer(services, request, base, db);
  const { version, lastUpdated } = reply;
  const { ifNoneMatch, ifModifiedSince } = request;
  if (
    version !== undefined &&
    lastUpdated &&
    notModified(version, lastUpdated, ifNoneMatch, ifModifiedSince)
  ) {
    reply.status = 304;
    delete reply.body;
  }
  if (request.method === 'HEAD') delete reply.body;
  return reply;
}

async function answer(services: Services, request: ReadRequest, base: string, db: Database): Promise<Reply> {
  const url = request.url.startsWith(`${base}?`) ? request.url.slice(base.length) : request.url;
  const at = url.indexOf('?');
  const query = at < 0 ? [] : parseQuery(url.slice(at + 1));
  const [type, ...rest] = segmentsOf(at < 0 ? url : url.slice(0, at));
  if (type === '_history' && rest.length === 0) {
    return { status: 200, body: await history(services, { base, query }, db) };
  }
  if (type === 'metadata' && rest.length === 0) {
    const profiles = await supportedProfiles(services, db);
    return { status: 200, body: capabilityStatement(services, base, profiles) };
  }
  const search = async (scope: Parameters<typeof searchScope>[1]): Promise<Reply> => {
    const where = searchScope(services, scope, query);
    return {
      status: 200,
      body: await searchType(services, { ...where, query, base, handling: 'strict' }, db),
    };
  };
  if (type === undefined && at >= 0) return search({});
  if (type?.startsWith('$') && rest.length === 0) {
    const operation = findOperation(type.slice(1), '', 'system');
    const chunks = operation.run(services, operationRequest({ type: '', base }, query), db);
    return { status: 200, body: await wholeText(chunks, services.config.bodyLimit) };
  }
  if (type === undefined || !services.definitions.resourceTypes.has(type)) {
    throw refuse(404, 'not-found', `request.url "${url}" is nothing that can be read here.`, 'request.url');
  }
  const [id, what, version] = rest;
  if (id === undefined) return search({ type });
  if (id === '_history' && what === undefined) {
    return { status: 200, body: await history(services, { type, base, query }, db) };
  }
  const name = id.startsWith('$') ? id : what;
  if (name?.startsWith('$') && version === undefined) {
    const operation = findOperation(name.slice(1), type, id === name ? 'type' : 'instance');
    const target = { type, base, ...(id === name ? {} : { id: checkId(id) }) };
    const chunks = operation.run(services, operationRequest(target, query), db);
    return { status: 200, body: await wholeText(chunks, services.config.bodyLimit) };
  }
  checkId(id, 'request.url');
  if (what === '_history' && version === undefined) {
    return { status: 200, body: await history(services, { type, id, base, query }, db) };
  }
  if (what !== undefined && !/^[_$]/.test(what) && version === undefined) {
    return search({ type, id, inner: what });
  }
  if (what !== undefined && what !== '_history') {
    throw refuse(404, 'not-found', `request.url "${url}" is nothing that can be read here.`, 'request.url');
  }
  const stored =
    what === undefined ? await read(services, type, id, db) : await vread(services, type, id, version!, db);
  const wanted = subsetRequest(query);
  const reply = readReply(stored);
  return wanted ? { ...reply, body: subset(services, reply.body!, wanted) } : reply;
}

/** The decoded segments of a path. @throws FhirError 400 for an escape that is none */
function segmentsOf(path: string): string[] {
  const segments = path.split('/').filter((part) => part !== '');
  if (!path.includes('%')) return segments;
  try {
    return segments.map(decodeURIComponent);
  } catch {
    throw refuse(400, 'value', `request.url has a malformed %-escape: "${path}".`, 'request.url');
  }
}
