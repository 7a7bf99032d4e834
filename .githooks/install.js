// Makes git use the hooks in this folder; runs after `npm ci`. Does nothing outside a checkout of this repository.
import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = realpathSync(dirname(dirname(fileURLToPath(import.meta.url))));
const git = (...args) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();

try {
  // Not where this folder merely lies inside some other repository.
  if (realpathSync(git('rev-parse', '--show-toplevel')) === root)
    git('config', 'core.hooksPath', '.githooks');
} catch {
  // No git, or no checkout: nothing to hook into.
}
