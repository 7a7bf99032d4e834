// Walks through a search as a client does: page by page, by the links the server gives.

import { send } from '../../support/testServer.ts';
import { identity } from './dataSet.ts';
import type { Resource } from './values.ts';

export interface Walked {
  /** Type/id of the matches, page by page */
  readonly pages: readonly (readonly string[])[];
  /** Type/id of the includes, page by page */
  readonly included: readonly (readonly string[])[];
  /** numbers of the pages that the server says are without some of their includes */
  readonly cut: ReadonlySet<number>;
  /** the matches themselves */
  readonly resources: readonly Resource[];
  readonly total: number | undefined;
  /** what the server said instead of an answer */
  readonly refused?: string;
}

interface Entry {
  resource: Resource;
  search: { mode: string };
}

/** Follows a search to its end; a page may hold at most `count` matches. */
export async function walk(url: string, count: number): Promise<Walked> {
  const pages: string[][] = [];
  const included: string[][] = [];
  const resources: Resource[] = [];
  const cut = new Set<number>();
  let total: number | undefined;
  let next: string | undefined = url;
  while (next !== undefined) {
    const { status, body, text } = await get(next);
    if (status !== 200) return { pages, included, cut, resources, total, refused: `${status} ${text}` };
    const ofMode = (mode: string): Resource[] =>
      ((body.entry ?? []) as Entry[])
        .filter(({ search }) => search.mode === mode)
        .map(({ resource }) => resource);
    pages.push(ofMode('match').map(identity));
    included.push(ofMode('include').map(identity));
    resources.push(...ofMode('match'));
    if (JSON.stringify(ofMode('outcome')).includes('"too-costly"')) cut.add(pages.length - 1);
    if (pages.at(-1)!.length > count) throw new Error(`a page of more than ${count}: ${next}`);
    total = body.total ?? total;
    next = body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
    if (pages.length > 2000) throw new Error(`no end: ${url}`);
  }
  return { pages, included, cut, resources, total };
}

/**
 * Asks again when the connection was lost: while the oracle computes, the server in the same process cannot tell the
 * client in time that it has closed an idle connection.
 */
const get = async (url: string): ReturnType<typeof send> => {
  for (let tries = 1; tries < 5; tries++)
    try {
      return await send('GET', url);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
    }
  return send('GET', url);
};
