// The two page styles that every list has: `limit` and `offset`, or `pageSize` and the `pageToken` of a `next` link.
import { FhirError, type Issue } from '../../errors.ts';
import type { Links } from '../alerts/alertJson.ts';
import { anyText, type readParameters, truth, wholeNumber } from './readParameters.ts';

/** Entries of a page where the request does not say. */
export const PAGE_SIZE = 50;
export const MOST_PER_PAGE = 1_000;
/** Entries that a page may leave out before it: they are walked. */
export const MOST_OFFSET = 10_000;

/** The parameters of a list whose pages have at most so many entries. */
export const pageParameters = (largest: number) => ({
  total: truth,
  limit: wholeNumber(1, largest),
  offset: wholeNumber(0, MOST_OFFSET),
  pageSize: wholeNumber(1, largest),
  pageToken: anyText,
});

/** The page that is asked for. */
export interface PageAsked {
  /** most entries on it */
  count: number;
  /** entries to leave out first; 0 in the other style too */
  offset: number;
  byOffset: boolean;
  /** where the page before ended */
  token?: string;
  /** whether all pages are to be counted */
  total: boolean;
}

/**
 * Reads what {@link readParameters} gave.
 * @throws FhirError 400 where both styles are used
 */
export function pageAsked(
  query: readonly (readonly [string, string])[],
  given: Partial<Record<keyof ReturnType<typeof pageParameters>, unknown>>,
  largest: number,
): PageAsked {
  const { limit, offset, pageSize, pageToken, total } = given as ReturnType<
    typeof readParameters<ReturnType<typeof pageParameters>>
  >;
  const byOffset = limit !== undefined || offset !== undefined;
  if (byOffset && (pageSize !== undefined || pageToken !== undefined)) throw mixed(query);
  return {
    count: Math.min(limit ?? pageSize ?? PAGE_SIZE, largest),
    ...{ offset: offset ?? 0, byOffset, total: total === true },
    ...(pageToken !== undefined && { token: pageToken }),
  };
}

/** Of the two page styles, a request uses one. */
function mixed(query: readonly (readonly [string, string])[]): FhirError {
  const names = query.map(([name]) => name).filter((name) => name === 'pageSize' || name === 'pageToken');
  return new FhirError(
    400,
    names.map(
      (name): Issue => ({
        severity: 'error',
        code: 'invalid',
        diagnostics: `Parameter "${name}" belongs to the other page style: use limit and offset, or pageSize and pageToken.`,
        expression: [`http.${name}`],
      }),
    ),
  );
}

/** Members of a page beside its data and links. */
export const pageMembers = ({ byOffset, count, offset }: PageAsked, total: number | undefined) => ({
  ...(total === undefined ? {} : { total }),
  ...(byOffset ? { limit: count, offset } : {}),
});

/**
 * Links to this page and others, each with all other parameters of the request.
 * @param list URL of the list, without query
 * @param page how many entries are on it; where more follow, the token of the page that does
 */
export function pageLinks(
  list: string,
  query: readonly (readonly [string, string])[],
  { count, offset, byOffset, token }: PageAsked,
  { given, nextToken }: { given: number; nextToken?: () => string },
): Links {
  const url = (changes: Record<string, string | undefined>): { href: string } => {
    const pairs = query.filter(([name]) => !Object.hasOwn(changes, name)).map((pair) => [...pair]);
    for (const [name, value] of Object.entries(changes)) if (value !== undefined) pairs.push([name, value]);
    const text = new URLSearchParams(pairs as [string, string][]).toString();
    return { href: `${list}${text === '' ? '' : `?${text}`}` };
  };
  const links: Links = { self: url({}) };
  if (byOffset) {
    const next = offset + given;
    // Further on, pages begin where the page before ended.
    if (nextToken && next > MOST_OFFSET) {
      const place = { pageSize: String(count), pageToken: nextToken() };
      links.next = url({ limit: undefined, offset: undefined, ...place });
    } else if (nextToken) links.next = url({ offset: String(next) });
    if (offset) links.prev = url({ offset: String(Math.max(0, offset - count)) });
  } else if (nextToken) links.next = url({ pageToken: nextToken() });
  if (token !== undefined || offset) links.first = url({ pageToken: undefined, offset: undefined });
  return links;
}

/** The Link header (RFC 8288) of a page. */
export function linkHeader(links: Links): string | undefined {
  const relations = ['next', 'prev', 'first'].filter((name) => links[name]);
  if (relations.length === 0) return undefined;
  return relations.map((name) => `<${links[name]!.href}>; rel="${name}"`).join(', ');
}
