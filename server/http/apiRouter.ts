// The routes of the plain JSON API: which handler answers which method on which path. Anything else on a known path is 405
// with Allow; every refusal is problem details.
import { createHash } from 'node:crypto';
import express, { type Response, type Router } from 'express';
import { clinicBelow, clinicResources } from '../clinic/clinicResources.ts';
import { refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import { alertStream } from './alertStream.ts';
import { docsFile, openApi } from './apiDocs.ts';
import * as handlers from './apiHandlers.ts';
import { type ApiHandler, type ApiReply, apiRequest } from './apiRequest.ts';
import { API_VERSIONS, versionHeaders } from './apiVersions.ts';
import * as csv from './csvHandlers.ts';
import { errorHandler } from './errorHandler.ts';
import * as visits from './interactionHandlers.ts';
import { renderProblem } from './problemDetails.ts';
import { rateLimiter } from './rateLimiter.ts';
import { refuseMethod } from './refuseMethod.ts';
import { thingRoutes } from './thingRoutes.ts';
import { postVitals } from './vitalsHandler.ts';

type Methods = Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', ApiHandler>>;

/** Every path below /api. Express answers HEAD where GET is. */
export const routesOf = (services: Services): [path: string, methods: Methods][] => [
  ['/', { GET: handlers.versions }],
  ['/openapi.json', { GET: openApi }],
  ['/docs', { GET: docsFile }],
  ['/docs/:file', { GET: docsFile }],
  ['/v1', { GET: handlers.index }],
  ['/v1/alerts', { GET: handlers.alerts }],
  ['/v1/alerts/stream', { GET: alertStream(services) }],
  ['/v1/alerts/:id', { GET: handlers.alert }],
  ['/v1/alerts/:id/acknowledge', { POST: handlers.acknowledge }],
  ['/v1/vitals', { POST: postVitals }],
  ['/v1/import/patients', { POST: csv.importPatients }],
  ['/v1/import/studies', { POST: csv.importStudies }],
  ['/v1/export/patients.csv', { GET: csv.exportPatients }],
  ['/v1/export/studies.csv', { GET: csv.exportStudies }],
  ['/v1/patients/:id/interactions/:iid/versions', { GET: visits.versionsOfInteraction }],
  ['/v1/patients/:id/history', { GET: visits.historyOfPatient }],
  ...thingRoutes(clinicResources, clinicBelow),
];

/** The router of /api. */
export function apiRouter(services: Services): Router {
  const router = express.Router();
  // What the page loads is beside it.
  router.get(/^\/docs\/$/, (_req, res) => res.redirect(308, '../docs'));
  for (const version of API_VERSIONS) {
    const headers = Object.entries(versionHeaders(version));
    router.use(`/${version.version}`, (_req, res, next) => {
      for (const [name, value] of headers) res.setHeader(name, value);
      next();
    });
  }
  const limiter = rateLimiter(services.config);
  if (limiter) router.use(limiter);
  const readBody = express.raw({ limit: services.config.bodyLimit, type: () => true });
  for (const [path, methods] of routesOf(services)) {
    const route = router.route(path);
    route.all((_req, res, next) => {
      res.locals.route = `/api${path.replace('\\', '')}`;
      res.setHeader('Cache-Control', 'private, no-cache');
      next();
    });
    for (const [method, handler] of Object.entries(methods)) {
      const answer = async (req: express.Request, res: Response) =>
        respond(req, res, await handler(services, apiRequest(services, req)));
      if (method === 'GET') route.get(answer);
      else if (handler.streams) route.post(answer);
      else route[method.toLowerCase() as 'post'](readBody, answer);
    }
    route.all(refuseMethod(Object.keys(methods)));
  }
  router.use((req) => {
    throw refuse(404, 'not-found', `There is nothing at ${req.originalUrl.split('?', 1)[0]}; see /api/v1.`);
  });
  router.use(errorHandler(services.log, renderProblem));
  return router;
}

/** Sends a reply. What GET finds has an ETag, and is not sent again to a client that has it (RFC 9110 section 13.1.2). */
function respond(req: express.Request, res: Response, { status, body, headers, stream }: ApiReply): void {
  res.statusCode = status;
  for (const [name, value] of Object.entries(headers ?? {})) {
    // The links of the answer come after those of the version.
    if (name === 'Link') res.appendHeader(name, value);
    else res.setHeader(name, value);
  }
  const head = req.method === 'HEAD';
  if (stream) {
    if (head) res.end();
    else stream(res);
    return;
  }
  if (body === undefined) {
    res.end();
    return;
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  if (status === 200 && (head || req.method === 'GET')) {
    if (!res.hasHeader('ETag')) res.setHeader('ETag', etagOf(text));
    if (isKnown(String(res.getHeader('ETag')), req.headers['if-none-match'])) {
      res.statusCode = 304;
      res.end();
      return;
    }
  }
  if (!res.hasHeader('Content-Type')) res.setHeader('Content-Type', 'application/json; charset=utf-8');
  res.setHeader('Content-Length', Buffer.byteLength(text));
  res.end(head ? undefined : text);
}

/** Weak: the answer may be compressed. */
const etagOf = (text: string): string =>
  `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;

/** Whether If-None-Match names this tag; weak and strong forms are compared alike. */
function isKnown(tag: string, ifNoneMatch: string | undefined): boolean {
  const plain = (text: string) => text.trim().replace(/^W\//, '');
  return ifNoneMatch?.split(',').some((one) => one.trim() === '*' || plain(one) === plain(tag)) ?? false;
}
