// What the tests of the structural gate share: the gate, issues in short, and the published example data.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDefinitions } from '../../server/definitions/loadDefinitions.ts';
import type { Issue } from '../../server/errors.ts';
import { parseJson } from '../../server/json/parseJson.ts';
import { createStructureValidator } from '../../server/validation/createStructureValidator.ts';

export const definitions = loadDefinitions();
export const gate = createStructureValidator(definitions);

export type Resource = Record<string, unknown> & { resourceType: string };

/** Issues as `code expression`. */
export const brief = (issues: Issue[]): string[] =>
  issues.map((i) => `${i.code} ${i.expression?.[0] ?? ''}`.trim());

export const data = '../shared/data';
export const haveData = existsSync(data);

/** The resources of a data folder by file: bundles of the Synthea sets are taken apart. */
export function* resourcesIn(folder: string): Generator<{ file: string; resource: Resource }> {
  for (const file of readdirSync(join(data, folder)).sort()) {
    const text = () => readFileSync(join(data, folder, file), 'utf8');
    if (file.endsWith('.ndjson') && file !== 'log.ndjson') {
      for (const line of text().split('\n')) if (line) yield { file, resource: parseJson(line) as Resource };
    } else if (file.endsWith('.json')) {
      const resource = parseJson(text()) as Resource;
      if (folder.startsWith('synthea')) {
        for (const entry of resource.entry as { resource: Resource }[])
          yield { file, resource: entry.resource };
      } else yield { file, resource };
    }
  }
}
