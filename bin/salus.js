#!/usr/bin/env node
// Runs the command line on the Node that npm installed with Salus, whatever Node this file was started with (20 or newer).
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_MAJOR = 24;

if (Number(process.versions.node.split('.')[0]) >= OLDEST_MAJOR) {
  // Compiled code is kept, which spares each process of the next start about half of its loading time.
  process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('../node_modules/.cache/salus', import.meta.url));
  module.enableCompileCache(process.env.NODE_COMPILE_CACHE);
  await import('../server/cli.ts');
} else {
  runOnPinnedNode();
}

function runOnPinnedNode() {
  let node = '';
  try {
    const folder = dirname(module.createRequire(import.meta.url).resolve('node/package.json'));
    node = join(folder, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  } catch {
    // Reported below.
  }
  if (!existsSync(node)) {
    console.error(
      `salus: needs Node ${OLDEST_MAJOR}, which \`npm ci\` installs with it (this is Node ${process.versions.node})`,
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}
