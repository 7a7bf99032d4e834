// Which extensions this server holds definitions of: the published ones, and those stored as StructureDefinitions. The
// validator asks while it cannot wait; what it asked for in vain is looked up before a refusal stands.
import { parametersOf } from '../definitions/parametersOf.ts';
import type { PublishedStructures } from '../definitions/publishedStructures.ts';
import { matchUri } from '../search/parameters/uri.ts';
import type { Services } from '../services.ts';
import { versionsOf } from '../store/terminology.ts';

export interface KnownExtensions {
  /** whether its definition is held, as far as this process knows */
  has(url: string): boolean;
  /** looks up what was asked for in vain; whether something was found */
  learn(services: Services): Promise<boolean>;
}

/** Urls that may be waiting to be looked up; more than one bundle names. */
const MOST_ASKED = 1_000;

export function createKnownExtensions(published: PublishedStructures): KnownExtensions {
  let stored = new Set<string>();
  let revision = -1;
  const asked = new Set<string>();
  return {
    has(url) {
      if (published.find(url) || stored.has(url)) return true;
      if (asked.size < MOST_ASKED) asked.add(url);
      return false;
    },
    async learn(services) {
      if (asked.size === 0) return false;
      if (services.definitionsRevision !== revision) stored = new Set();
      revision = services.definitionsRevision;
      const urls = [...asked];
      asked.clear();
      const { paths } = parametersOf(services.definitions, 'StructureDefinition').get('url')!;
      for (const url of urls) {
        const hashes = matchUri('url', paths, url.replace(/[\\,$|]/g, '\\$&'));
        const [found] = await versionsOf(services.db, 'StructureDefinition', hashes, 1);
        if (found) stored.add(url);
      }
      return urls.some((url) => stored.has(url));
    },
  };
}
