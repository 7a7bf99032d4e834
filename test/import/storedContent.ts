// What a database holds, in a form that two databases can be compared by: ids that the server made are replaced by labels that come
// from what the resources say and refer to.
import { hash } from 'node:crypto';
import { queryRows } from '../support/rowCounts.ts';

const REFERENCE = /"(reference|url)": "([A-Z][A-Za-z]+\/[A-Za-z0-9.-]+)(\/_history\/\d+)?"/g;
/** Rounds of labelling: resources are told apart by what they refer to, and what that refers to, and so on. */
const ROUNDS = 3;

interface Stored {
  type: string;
  id: string;
  version: number;
  content: string;
}

/** A label of each current resource, sorted; equal lists mean equal contents. */
export async function storedContent(databaseUrl: string): Promise<string[]> {
  const resources = await queryRows<Stored>(
    databaseUrl,
    `SELECT type, id, version, (content - 'id' #- '{meta,versionId}' #- '{meta,lastUpdated}')::text AS content
       FROM resource WHERE NOT deleted`,
  );
  let labels = new Map<string, string>();
  for (let round = 0; round <= ROUNDS; round++) {
    const next = new Map<string, string>();
    for (const { type, id, version, content } of resources) {
      const known = content.replace(REFERENCE, (whole, name, target, history = '') => {
        if (round === 0) return `"${name}": "${target.slice(0, target.indexOf('/'))}"`;
        const label = labels.get(target);
        return label === undefined ? whole : `"${name}": "${label}${history}"`;
      });
      next.set(`${type}/${id}`, hash('sha256', `${version} ${known}`, 'base64'));
    }
    labels = next;
  }
  return [...labels].map(([name, label]) => `${name.slice(0, name.indexOf('/'))} ${label}`).sort();
}
