// How much of the plain JSON API one client gets: RateLimit headers (draft-ietf-httpapi-ratelimit-headers, version 8), 429
// with Retry-After beyond.
import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Config } from '../config.ts';
import { refuse } from '../errors.ts';

/** Counts requests by client address, IPv6 by network, in windows of a minute; undefined where there is no limit. */
export function rateLimiter({ apiRateLimit }: Config): RequestHandler | undefined {
  if (apiRateLimit === 0) return undefined;
  return rateLimit({
    windowMs: 60_000,
    limit: apiRateLimit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: 'per-minute',
    // Which proxies tell the addresses of their clients is a setting, TRUST_PROXY.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_req, _res, next) =>
      next(
        refuse(
          429,
          'throttled',
          `More than ${apiRateLimit} requests in a minute: wait as long as Retry-After says, and send several changes in one request with :batch.`,
        ),
      ),
  });
}
