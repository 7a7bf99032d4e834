// The routes of the plain JSON API: which handler answers which method on which path. Anything else on a known path is 405
// with Allow; every refusal is problem details.
import { createHash } from 'node:crypto';
import express, { type Response, type Router } from 'express';
import { refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import { alertStream } from './alertStream.ts';
import * as handlers from './apiHandlers.ts';
import { type ApiHandler, type ApiReply, apiRequest } from './apiRequest.ts';
import { errorHandler } from './errorHandler.ts';
import { renderProblem } from './problemDetails.ts';
import { postVitals } from './vitalsHandler.ts';

type Methods = Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', ApiHandler>>;

/** Every path below /api. Express answers HEAD where GET is. */
const routesOf = (services: Services): [path: string, methods: Methods][] => [
  ['/', { GET: handlers.versions }],
  ['/v1', { GET: handlers.index }],
  ['/v1/alerts', { GET: handlers.alerts }],
  ['/v1/alerts/stream', { GET: alertStream(services) }],
  ['/v1/alerts/:id', { GET: handlers.alert }],
  ['/v1/alerts/:id/acknowledge', { POST: handlers.acknowledge }],
  ['/v1/vitals', { POST: postVitals }],
];

/** The router of /api. */
export function apiRouter(services: Services): Router {
  const router = express.Router();
  const readBody = express.raw({ limit: services.config.bodyLimit, type: () => true });
  for (const [path, methods] of routesOf(services)) {
    const allow = Object.keys(methods).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]));
    const route = router.route(path);
    route.all((_req, res, next) => {
      res.locals.route = `/api${path}`;
      res.setHeader('Cache-Control', 'private, no-cache');
      next();
    });
    for (const [method, handler] of Object.entries(methods)) {
      const answer = async (req: express.Request, res: Response) =>
        respond(req, res, await handler(services, apiRequest(services, req)));
      if (method === 'GET') route.get(answer);
      else route[method.toLowerCase() as 'post'](readBody, answer);
    }
    route.all((req) => {
      const refusal = refuse(
        405,
        'not-supported',
        `${req.method} is not possible here; possible: ${allow.join(', ')}.`,
      );
      refusal.headers.Allow = allow.join(', ');
      throw refusal;
    });
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
  for (const [name, value] of Object.entries(headers ?? {})) res.setHeader(name, value);
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
  const text = JSON.stringify(body);
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
