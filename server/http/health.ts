// /healthz: the process answers. /readyz: the database answers and has this version's schema.
import express, { type Router } from 'express';
import type { Services } from '../services.ts';
import { isMigrated } from '../store/migrate.ts';

export function health(services: Services): Router {
  const router = express.Router();
  router.get('/healthz', (_req, res) => void res.json({ status: 'ok' }));
  router.get('/readyz', async (_req, res) => {
    try {
      const ready = await isMigrated(services.db);
      res.status(ready ? 200 : 503).json(ready ? { status: 'ready' } : { status: 'not migrated' });
    } catch (error) {
      services.log.warn('not ready', { reason: (error as Error).message });
      res.status(503).json({ status: 'the database cannot be used; the log says why' });
    }
  });
  return router;
}
