// In a file of its own: code that has met deliberately malformed resources before would be slower.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createExtractor } from '../../server/search/createExtractor.ts';
import { definitions } from '../definitions/testDefinitions.ts';

type Resource = Record<string, unknown> & { resourceType: string };

const data = join(import.meta.dirname, '../../../shared/data');
const describeWithData = existsSync(data) ? describe : describe.skip;

function resourcesIn(folder: string): Resource[] {
  return readdirSync(join(data, folder))
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(data, folder, name), 'utf8')))
    .flatMap((bundle: { entry: { resource: Resource }[] }) => bundle.entry.map((entry) => entry.resource));
}

describeWithData('extraction (skipped without ../shared/data)', () => {
  const extract = createExtractor(definitions, { baseUrls: [] });

  it.each(['synthea-conditional', 'synthea-legacy', 'synthea-embedded'])(
    '%s: at most 40 µs per resource on average, hashing included',
    (folder) => {
      const resources = resourcesIn(folder);
      // CPU time, and the best of a few rounds: the machine may be busy with other tests.
      const rounds = Array.from({ length: 4 }, () => {
        const start = process.cpuUsage();
        for (const resource of resources) extract(resource);
        return process.cpuUsage(start).user / resources.length;
      });
      expect(Math.min(...rounds)).toBeLessThan(40);
    },
  );
});
