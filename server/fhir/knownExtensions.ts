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
  /** how often something was learnt: what was refused under another count may be judged again */
  readonly learnt: number;
  /** how often a stored definition let an extension pass: it may have been deleted by another process */
  readonly trusted: number;
  /** looks up what was asked for in vain */
  learn(services: Services): Promise<void>;
  /** forgets what is stored: definitions have changed */
  forget(): void;
}

/** Urls that may be waiting to be looked up; more than one bundle names. */
const MOST_ASKED = 1_000;

export function createKnownExtensions(published: PublishedStructures): KnownExtensions {
  const stored = new Set<string>();
  const asked = new Set<string>();
  let learnt = 0;
  let trusted = 0;
  return {
    get learnt() {
      return learnt;
    },
    get trusted() {
      return trusted;
    },
    has(url) {
      if (published.find(url)) return true;
      if (stored.has(url)) {
        trusted++;
        return true;
      }
      if (asked.size < MOST_ASKED) asked.add(url);
      return false;
    },
    async learn(services) {
      const { paths } = parametersOf(services.definitions, 'StructureDefinition').get('url')!;
      // Others may be asking for the same meanwhile: it stays asked for until it is known.
      for (const url of [...asked]) {
        const hashes = matchUri('url', paths, url.replace(/[\\,$|]/g, '\\$&'));
        const [found] = await versionsOf(services.db, 'StructureDefinition', hashes, 1);
        asked.delete(url);
        if (!found || stored.has(url)) continue;
        stored.add(url);
        learnt++;
      }
    },
    forget() {
      stored.clear();
    },
  };
}
