// The FHIR routes: which handler answers which method on which path. Anything else on a known path is 405 with Allow.
import express, { type Router } from 'express';
import { refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import { wantsRaw } from './binary.ts';
import { capabilities } from './capabilities.ts';
import { type FhirRequest, fhirRequest } from './fhirRequest.ts';
import type { Handler } from './handlers.ts';
import * as handlers from './handlers.ts';
import { negotiate } from './negotiate.ts';
import { runOperation } from './operationHandler.ts';
import { refuseMethod } from './refuseMethod.ts';
import { respond } from './respond.ts';

type Methods = Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', Handler>>;

/** Every path below the service base. Express answers HEAD where GET is. */
const ROUTES: [path: string, methods: Methods][] = [
  // First, because it is asked for most and Express tries one after the other; it lets `_search`, `$everything` … pass.
  [
    '/:type/:id',
    { GET: handlers.read, PUT: handlers.update, PATCH: handlers.patch, DELETE: handlers.remove },
  ],
  ['/', { POST: handlers.bundle, GET: handlers.search }],
  ['/metadata', { GET: capabilities }],
  ['/_history', { GET: handlers.history }],
  ['/_search', { POST: handlers.search }],
  ['/$:operation', { GET: runOperation, POST: runOperation }],
  [
    '/:type',
    {
      GET: handlers.search,
      POST: handlers.create,
      PUT: handlers.update,
      PATCH: handlers.patch,
      DELETE: handlers.remove,
    },
  ],
  ['/:type/_search', { POST: handlers.search }],
  ['/:type/_history', { GET: handlers.history }],
  ['/:type/$:operation', { GET: runOperation, POST: runOperation }],
  ['/:type/:id/_history', { GET: handlers.history }],
  ['/:type/:id/_history/:vid', { GET: handlers.vread }],
  ['/:type/:id/$:operation', { GET: runOperation, POST: runOperation }],
  ['/:type/:id/_search', { POST: handlers.search }],
  ['/:type/:id/:inner', { GET: handlers.search }],
  ['/:type/:id/:inner/_search', { POST: handlers.search }],
];

/** What stands where an id may stand and is none. */
const RESERVED = /^[_$]/;

/** The router of one service base. */
export function fhirRouter(services: Services): Router {
  const router = express.Router();
  const readBody = express.raw({ limit: services.config.bodyLimit, type: () => true });
  for (const [path, methods] of ROUTES) {
    const route = router.route(path);
    route.all((req, res, next) => {
      const { type, id, inner, operation } = req.params as Record<string, string | undefined>;
      if ([id, inner].some((name) => name !== undefined && RESERVED.test(name))) return next('route');
      res.locals.route = path.replace(':type', type ?? '').replace(':operation', operation ?? '');
      // Else a browser guesses from Last-Modified how long it may show an answer without asking again.
      res.setHeader('Cache-Control', 'private, no-cache');
      checkType(services, type);
      next();
    });
    for (const [method, handler] of Object.entries(methods)) {
      const answer = async (req: express.Request, res: express.Response) => {
        const request = fhirRequest(services, req);
        const { pretty } = general(request);
        const reply = await handler(services, request, res);
        if (reply) respond(res, reply, { base: request.base, pretty, head: req.method === 'HEAD' });
      };
      if (method === 'GET') route.get(answer);
      else route[method.toLowerCase() as 'post'](readBody, answer);
    }
    route.all(refuseMethod(Object.keys(methods)));
  }
  router.use((req) => {
    throw refuse(
      404,
      'not-found',
      `There is nothing at ${req.path}; see metadata for what this server offers.`,
    );
  });
  return router;
}

function checkType(services: Services, type: string | undefined): void {
  if (type !== undefined && !services.definitions.resourceTypes.has(type)) {
    throw refuse(404, 'not-supported', `"${type.slice(0, 80)}" is no FHIR R4 resource type.`);
  }
}

/** The general parameters of every interaction: `_format` (with Accept) and `_pretty`. */
function general(request: FhirRequest): { pretty: boolean } {
  const value = (name: string) => request.query.findLast(([key]) => key === name)?.[1];
  if (!wantsRaw(request)) negotiate(request.headers.accept, value('_format'));
  return { pretty: value('_pretty') === 'true' };
}
