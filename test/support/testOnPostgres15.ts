// `npm run test:pg15`: runs the tests that need a database on a Postgres 15 of this machine, the oldest version supported.
// Further arguments go to jest. Tests of the embedded database (test/runtime) are left out, folders whose tests ask no database
// anything, and most kinds of things of the plain JSON API, which all ask in the same way.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = [
  process.env.TEST_POSTGRES_BIN,
  '/usr/lib/postgresql/15/bin',
  '/usr/pgsql-15/bin',
  '/opt/homebrew/opt/postgresql@15/bin',
  '/usr/local/opt/postgresql@15/bin',
];

const LEFT_OUT =
  'test/(?:(?:runtime|fhirpath|validation|definitions|units|json|patch|vitals)/|http/api/(?!hospital|thing|csv|leads|alert))';

const bin = FOLDERS.find((folder) => folder && isPostgres15(folder));
if (bin) {
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
  ];
  const { status } = spawnSync(
    process.execPath,
    [...args, ...process.argv.slice(2), `--testPathIgnorePatterns=${LEFT_OUT}`],
    { stdio: 'inherit', env: { ...process.env, TEST_POSTGRES_BIN: bin } },
  );
  process.exitCode = status ?? 1;
} else {
  console.log(
    `skipped: no Postgres 15 in ${FOLDERS.filter(Boolean).join(', ')} (TEST_POSTGRES_BIN names another folder)`,
  );
}

function isPostgres15(folder: string): boolean {
  const program = join(folder, 'postgres');
  return existsSync(program) && / 15\./.test(execFileSync(program, ['--version'], { encoding: 'utf8' }));
}
