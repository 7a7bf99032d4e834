import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { processIdentity } from '../../server/store/processIdentity.ts';
import { cleanUp, type LogLine, type SalusProcess, startSalus, temporaryFolder } from './serverProcess.ts';

afterAll(cleanUp);

const origin = (ready: LogLine) => new URL(ready.url as string).origin;

describe('salus serve on the embedded database', () => {
  const dataDir = temporaryFolder();
  const settings = { DATA_DIR: dataDir, PORT: '0', WORKERS: '2' };
  let server: SalusProcess;
  let postgres = 0;

  it('starts on an empty folder and says how long each step took', async () => {
    server = startSalus(['serve'], settings);
    const ready = await server.logged('ready');
    expect(ready.steps).toEqual({
      database: expect.any(Number),
      migrations: expect.any(Number),
      specification: expect.any(Number),
      workers: expect.any(Number),
      load: expect.any(Number),
      services: expect.any(Number),
      listen: expect.any(Number),
    });
    expect(ready.workers).toHaveLength(2);
    expect((await fetch(`${origin(ready)}/healthz`)).status).toBe(200);
    expect((await fetch(`${origin(ready)}/readyz`)).status).toBe(200);
    postgres = (await server.logged('started the database')).pid as number;
  });

  it('keeps the password of the database to itself', () => {
    const path = join(dataDir, 'postgres/password');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(server.stdout()).not.toContain(readFileSync(path, 'utf8').trim());
  });

  it('refuses a second server on the same folder, in one line, and leaves the first alone', async () => {
    const second = startSalus(['serve'], settings);
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toBe(`salus: ${dataDir} is in use by \`salus serve\` (process ${server.pid})\n`);
    const ready = await server.logged('ready');
    expect((await fetch(`${origin(ready)}/readyz`)).status).toBe(200);
  });

  it('lets `salus migrate` use the database of the running server', async () => {
    const migrate = startSalus(['migrate'], settings);
    expect(await migrate.ended).toBe(0);
    expect(migrate.stdout()).toMatch(/^nothing to do: all \d+ migrations are there\n$/);
  });

  it('stops on SIGTERM, closing idle connections and the database', async () => {
    server.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(processIdentity(postgres)).toBeUndefined();
    expect(existsSync(join(dataDir, 'postgres/data/postmaster.pid'))).toBe(false);
    expect(server.stderr()).toBe('');
  });

  it('starts again on the folder, in one process, and stops on SIGINT', async () => {
    const again = startSalus(['serve'], { ...settings, WORKERS: '1' });
    const ready = await again.logged('ready');
    expect(ready.workers).toEqual([again.pid]);
    expect((await fetch(`${origin(ready)}/readyz`)).status).toBe(200);
    expect(again.log.some((line) => line.message === 'created the database')).toBe(false);
    again.kill('SIGINT');
    expect(await again.ended).toBe(0);
  });
});

describe('a start that cannot succeed', () => {
  it('names a taken port and leaves the data folder untouched', async () => {
    const dataDir = temporaryFolder();
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const server = startSalus(['serve'], { DATA_DIR: dataDir, PORT: String(port) });
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toBe(
      `salus: Port ${port} on 127.0.0.1 is taken: stop what uses it, or set PORT\n`,
    );
    expect(existsSync(join(dataDir, 'postgres'))).toBe(false);
    await new Promise((resolve) => other.close(resolve));
  });

  it('names an address that is not ours', async () => {
    const server = startSalus(['serve'], { DATA_DIR: temporaryFolder(), HOST: '192.0.2.1' });
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toBe('salus: HOST: 192.0.2.1 is not an address of this machine\n');
  });

  it('names a data folder that cannot be one', async () => {
    const file = join(temporaryFolder(), 'file');
    const server = startSalus(['serve'], { DATA_DIR: join('/dev/null', file) });
    expect(await server.ended).toBe(1);
    expect(server.stderr()).toMatch(/^salus: DATA_DIR \S+ cannot be used: ENOTDIR.*\n$/);
  });
});
