// Stored records by id, many at once.
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { readContents } from '../../store/resources.ts';

const AT_ONCE = 1_000;

/** The records of a type that there are of these; deleted ones are left out. */
export async function readRecords(
  services: Services,
  type: string,
  ids: readonly string[],
): Promise<Map<string, Resource>> {
  const wanted = [...new Set(ids)];
  const records = new Map<string, Resource>();
  for (let at = 0; at < wanted.length; at += AT_ONCE) {
    for (const { id, content } of await readContents(services.db, type, wanted.slice(at, at + AT_ONCE))) {
      records.set(id, parseJson(content) as Resource);
    }
  }
  return records;
}
