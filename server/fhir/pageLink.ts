// Links from page to page. A next link says where the page before ended; it is signed, so that nobody can make a cursor
// for another search, and it needs nothing to be stored.
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { refuse } from '../errors.ts';
import type { Cursor, SearchPlan } from '../search/searchPlan.ts';

/** Name of the parameter that holds the cursor. */
export const CURSOR = '_cursor';

/** Presentation only: a link stays valid with or without them. */
const UNSIGNED = new Set(['_format', '_pretty']);

type Query = readonly (readonly [string, string])[];

/** The URL of a page of the plan's search: the first, or the one after `cursor`. */
export function pageUrl(
  base: string,
  { path, applied }: Pick<SearchPlan, 'path' | 'applied'>,
  cursor: Cursor | undefined,
  secret: KeyObject,
): string {
  const query: [string, string][] = cursor
    ? [...applied, [CURSOR, signed(path, applied, cursor, secret)]]
    : applied;
  const url = path === '' ? base : `${base}/${path}`;
  return query.length > 0 ? `${url}?${new URLSearchParams(query)}` : url;
}

function signed(path: string, query: Query, { values, key, since }: Cursor, secret: KeyObject): string {
  const payload = Buffer.from(JSON.stringify([key, since ?? null, ...values])).toString('base64url');
  return `${payload}.${signature(path, query, payload, secret).toString('base64url')}`;
}

function signature(path: string, query: Query, payload: string, secret: KeyObject): Buffer {
  const what = query.filter(([name]) => !UNSIGNED.has(name));
  return createHmac('sha256', secret)
    .update(JSON.stringify([path, what, payload]))
    .digest()
    .subarray(0, 16);
}

/**
 * Takes the cursor out of the query of a request for `path`.
 * @throws FhirError 400 when it was not made by this server for exactly this search
 */
export function takeCursor(path: string, query: Query, secret: KeyObject): { query: Query; cursor?: Cursor } {
  const given = query.filter(([name]) => name === CURSOR);
  const rest = query.filter(([name]) => name !== CURSOR);
  const [first, ...more] = given;
  if (!first) return { query };
  const [payload = '', mac = ''] = first[1].split('.');
  const expected = signature(path, rest, payload, secret);
  const actual = Buffer.from(mac, 'base64url');
  if (more.length > 0 || actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw refuse(
      400,
      'value',
      `The page link is not one of this server's for this search: follow links as they are, or start again without ${CURSOR}.`,
    );
  }
  const [key, since, ...values] = JSON.parse(Buffer.from(payload, 'base64url').toString()) as [
    string,
    number | null,
    ...(string | null)[],
  ];
  return { query: rest, cursor: { key, values, ...(since === null ? {} : { since }) } };
}
