// Tokens of list pages: where the page before ended, signed, so that nobody makes one or takes it to another list. Nothing
// is stored.
import { createHmac, type KeyObject, timingSafeEqual } from 'node:crypto';
import { refuse } from '../../errors.ts';

/** What a token is for: the list and how it is restricted. */
export type PageScope = readonly unknown[];

/** The token of the page that follows `last`, which is what the list is ordered by. */
export function pageToken(secret: KeyObject, scope: PageScope, last: readonly (string | number)[]): string {
  const payload = Buffer.from(JSON.stringify(last)).toString('base64url');
  return `${payload}.${signature(secret, scope, payload).toString('base64url')}`;
}

/**
 * What {@link pageToken} was given.
 * @throws FhirError 400 when it was not made by this server for exactly this list
 */
export function readPageToken(secret: KeyObject, scope: PageScope, token: string): (string | number)[] {
  const [payload = '', mac = '', ...more] = token.split('.');
  const expected = signature(secret, scope, payload);
  const actual = Buffer.from(mac, 'base64url');
  if (more.length > 0 || actual.length !== expected.length || !timingSafeEqual(actual, expected)) {
    throw refuse(
      400,
      'value',
      'The page token is not one of this server for this list: follow the links as they are, or start again without pageToken.',
      'http.pageToken',
    );
  }
  return JSON.parse(Buffer.from(payload, 'base64url').toString()) as (string | number)[];
}

function signature(secret: KeyObject, scope: PageScope, payload: string): Buffer {
  return createHmac('sha256', secret)
    .update(JSON.stringify(['page', scope, payload]))
    .digest()
    .subarray(0, 16);
}
