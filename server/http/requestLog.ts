// Request ids and one log line per request: method, route, status, duration, bytes, id. Never a query or a body.
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from '../telemetry.ts';

const GIVEN_ID = /^[\w.:=+/-]{1,128}$/;

/** Takes a well-formed X-Request-Id or makes one, echoes it, and logs the request when its answer is out. */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const started = performance.now();
    const given = req.headers['x-request-id'];
    const id = typeof given === 'string' && GIVEN_ID.test(given) ? given : randomUUID();
    res.setHeader('X-Request-Id', id);
    const before = req.socket.bytesWritten;
    res.once('close', () => {
      log.info('request', {
        id,
        method: req.method,
        route: res.locals.route ?? 'none',
        status: res.statusCode,
        ms: Math.round((performance.now() - started) * 100) / 100,
        bytes: req.socket.bytesWritten - before,
        ...(res.writableFinished ? {} : { aborted: true }),
      });
    });
    next();
  };
}
