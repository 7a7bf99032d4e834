#!/usr/bin/env node
// `npm run demo`: a server with 50 made-up patients, in a data folder of its own (.data/demo, or DATA_DIR).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const SALUS = fileURLToPath(new URL('./salus.js', import.meta.url));

process.env.DATA_DIR ||= '.data/demo';
const bundles = resolve(`${process.env.DATA_DIR}-bundles`);

if (!existsSync(bundles)) {
  // Renamed once it is complete: a demo that was interrupted starts over.
  const unfinished = `${bundles}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(unfinished), { recursive: true });
  run('generate', '--patients', '50', '--seed', '1', '--out', unfinished);
  renameSync(unfinished, bundles);
}
run('import', bundles);
process.argv.splice(2, process.argv.length, 'serve');
await import('./salus.js');

function run(...args) {
  const { status } = spawnSync(process.execPath, [SALUS, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
