// Express wiring only: which middleware and which routers, in which order.
import compression from 'compression';
import cors from 'cors';
import express, { type Express } from 'express';
import { refuse } from './errors.ts';
import { apiRouter } from './http/apiRouter.ts';
import { errorHandler } from './http/errorHandler.ts';
import { fhirRouter } from './http/fhirRouter.ts';
import { health } from './http/health.ts';
import { requestLog } from './http/requestLog.ts';
import type { Services } from './services.ts';

/** Response headers a browser app may read. */
const EXPOSED = [
  'ETag',
  'Last-Modified',
  'Location',
  'Content-Location',
  'X-Request-Id',
  'Retry-After',
  'Link',
  'RateLimit',
  'RateLimit-Policy',
  'Idempotency-Replayed',
  'Deprecation',
  'Sunset',
];

/** The HTTP application of one process. */
export function createApp(services: Services): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  if (services.config.trustProxy.length > 0) app.set('trust proxy', services.config.trustProxy);
  app.use(requestLog(services.log));
  const crossOrigin = cors({
    origin: allowedOrigins(services.config.corsOrigins),
    exposedHeaders: EXPOSED,
    maxAge: 600,
  });
  const compress = compression();
  // Each only for clients that it concerns: they cost a read by id about 5 % of its time.
  app.use((req, res, next) => (req.headers.origin ? crossOrigin(req, res, next) : next()));
  app.use((req, res, next) => (req.headers['accept-encoding'] ? compress(req, res, next) : next()));
  for (const base of ['/fhir/R4', '/fhir']) app.use(base, fhirRouter(services));
  app.use('/api', apiRouter(services));
  app.use(health(services));
  app.get(
    '/',
    (_req, res) =>
      void res.json({ name: 'Salus', fhir: '/fhir/R4', metadata: '/fhir/R4/metadata', api: '/api' }),
  );
  app.use((req, _res, next) =>
    next(
      refuse(
        404,
        'not-found',
        `There is nothing at ${req.path}; the FHIR base is /fhir/R4, the API is at /api.`,
      ),
    ),
  );
  app.use(errorHandler(services.log));
  return app;
}

/** CORS_ORIGINS for the cors middleware: `:*` stands for any port, `*` for any origin. */
function allowedOrigins(origins: string[]): string | boolean | (string | RegExp)[] {
  if (origins.length === 0) return false;
  if (origins.includes('*')) return '*';
  return origins.map((origin) =>
    origin.endsWith(':*') ? new RegExp(`^${RegExp.escape(origin.slice(0, -2))}(:\\d+)?$`) : origin,
  );
}
