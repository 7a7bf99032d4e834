import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { DataDirInUse, lockDataDir } from '../../server/store/dataDirLock.ts';
import { processIdentity } from '../../server/store/processIdentity.ts';
import { cleanUp, temporaryFolder } from './serverProcess.ts';

afterAll(cleanUp);

const MODULE = new URL('../../server/store/dataDirLock.ts', import.meta.url).href;

describe('lockDataDir', () => {
  it('refuses a second holder while the first lives, and says who that is', () => {
    const folder = temporaryFolder();
    const lock = lockDataDir(folder, 'serve');
    expect(() => lockDataDir(folder, 'import')).toThrow(
      new DataDirInUse(folder, { pid: process.pid, identity: '', purpose: 'serve' }),
    );
    lock.release();
    lockDataDir(folder, 'import').release();
  });

  it('takes the lock of a process that is gone, though its pid is in use again', () => {
    const folder = temporaryFolder();
    const [, ticks] = processIdentity(process.pid)!.split('/');
    writeFileSync(
      join(folder, 'lock.7'),
      JSON.stringify({ pid: process.pid, identity: `another-boot/${ticks}`, purpose: 'serve' }),
    );
    lockDataDir(folder, 'serve').release();
    expect(readdirSync(folder)).toEqual(['lock.8']);
  });

  it('takes a lock whose file a power cut emptied', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'lock.1'), '');
    lockDataDir(folder, 'serve').release();
  });

  it('has one winner among processes that find a dead lock at the same moment', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'lock.3'), JSON.stringify({ pid: 1, identity: 'gone', purpose: 'serve' }));
    const startAt = Date.now() + 800;
    const script = `
      const { lockDataDir } = await import(${JSON.stringify(MODULE)});
      while (Date.now() < ${startAt});
      try { lockDataDir(${JSON.stringify(folder)}, 'serve'); console.log('won'); } catch (error) { console.log(error.name); }
      await new Promise((resolve) => process.stdin.once('close', resolve).resume());`;
    const contenders = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    const answers = await Promise.all(
      contenders.map(
        (child) =>
          new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(`${data}`.trim()))),
      ),
    );
    for (const child of contenders) child.stdin.end();
    expect(answers.sort()).toEqual([
      'DataDirInUse',
      'DataDirInUse',
      'DataDirInUse',
      'DataDirInUse',
      'DataDirInUse',
      'won',
    ]);
    const [file] = readdirSync(folder);
    expect(contenders.map((child) => child.pid)).toContain(
      JSON.parse(readFileSync(join(folder, file!), 'utf8')).pid,
    );
  });
});
