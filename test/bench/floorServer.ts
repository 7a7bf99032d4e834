// A bare Express server on the tables of the server under test, with as many processes: one prepared statement per request, no
// checks, no log, no headers of its own. Nothing that goes through Express and pg can be faster by much.
import cluster from 'node:cluster';
import express, { type Response } from 'express';
import pg from 'pg';

const { DATABASE_URL, WORKERS } = process.env;

if (cluster.isPrimary) {
  process.on('disconnect', () => process.exit());
  const count = Number(WORKERS);
  const pids: number[] = [];
  cluster.on('listening', (worker, { port }) => {
    if (pids.push(worker.process.pid!) === count) process.send!({ port, pids });
  });
  cluster.on('exit', () => process.exit(1));
  for (let n = 0; n < count; n++) cluster.fork();
} else {
  serve();
}

function serve(): void {
  const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10 });
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const body = express.text({ type: () => true, limit: '1mb' });
  const run = (name: string, text: string, values: unknown[]) => pool.query({ name, text, values });
  const send = (res: Response, text: string) => {
    res.setHeader('Content-Type', 'application/fhir+json; charset=utf-8');
    res.end(text);
  };

  app.get('/fhir/R4/:type/:id', async (req, res) => {
    const { type, id } = req.params;
    const { rows } = await run(
      'read',
      'SELECT content::text AS t FROM resource WHERE type = $1 AND id = $2',
      [type, id],
    );
    send(res, rows[0].t);
  });

  // One table in place of resource, history and index: see workloads.ts.
  app.post('/cycle/:type', body, async (req, res) => {
    const { rows } = await run('create', 'INSERT INTO floor_cycle (content) VALUES ($1) RETURNING id', [
      req.body,
    ]);
    res.statusCode = 201;
    res.setHeader('Location', `/cycle/${req.params.type}/${rows[0].id}`);
    send(res, req.body);
  });
  app.get('/cycle/:type/:id', async (req, res) => {
    const { rows } = await run('get', 'SELECT content::text AS t FROM floor_cycle WHERE id = $1', [
      req.params.id,
    ]);
    send(res, rows[0].t);
  });
  app.put('/cycle/:type/:id', body, async (req, res) => {
    await run('put', 'UPDATE floor_cycle SET content = $2 WHERE id = $1', [req.params.id, req.body]);
    send(res, req.body);
  });
  app.delete('/cycle/:type/:id', async (req, res) => {
    await run('delete', 'DELETE FROM floor_cycle WHERE id = $1', [req.params.id]);
    res.statusCode = 204;
    res.end();
  });

  // The keys of a patient's resources are known beforehand: see workloads.ts.
  app.get('/everything/:patient', async (req, res) => {
    const { rows } = await run(
      'everything',
      'SELECT r.content::text AS t FROM floor_everything f JOIN resource r USING (type, key) WHERE f.patient = $1',
      [req.params.patient],
    );
    send(res, `{"entry":[${rows.map(({ t }) => `{"resource":${t}}`).join(',')}]}`);
  });

  // One range of an index, 20 rows: see searchWorkloads.ts.
  app.get('/page/:type/:key', async (req, res) => {
    const { rows } = await run(
      'page',
      'SELECT content::text AS t FROM resource WHERE type = $1 AND key <= $2 AND NOT deleted ORDER BY key DESC LIMIT 20',
      [req.params.type, req.params.key],
    );
    send(res, `{"entry":[${rows.map(({ t }) => `{"resource":${t}}`).join(',')}]}`);
  });

  app.listen(0, '127.0.0.1');
}
