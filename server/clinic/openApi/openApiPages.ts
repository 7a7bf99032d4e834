// What lists have in common in the OpenAPI document: the parameters of both page styles.
import type { Json } from '../things/clinicResource.ts';
import { MOST_OFFSET, PAGE_SIZE } from '../things/pageStyles.ts';

/** A query parameter. */
export const query = (name: string, description: string, schema: Json): Json => ({
  ...{ name, in: 'query', required: false, description, schema },
});

/** How pages are asked for, in sentences. */
export const PAGES =
  'Pages are asked for by `pageSize` and the `next` link, which has a `pageToken` and is complete whatever others add ' +
  `meanwhile, or by \`limit\` and \`offset\` (up to ${MOST_OFFSET}).`;

/** The parameters of a list whose pages have at most so many entries. */
export function pageParametersOf(largest: number): Json[] {
  const size = (description: string): Json => ({
    ...{ type: 'integer', minimum: 1, maximum: largest },
    // A default of both would be sent by both: clients fill in what they find.
    description: `${description} ${Math.min(PAGE_SIZE, largest)} where neither is given.`,
  });
  return [
    query('total', 'Whether to count all pages.', { type: 'boolean', default: false }),
    query('limit', 'Most on a page.', size('Cannot be combined with pageSize and pageToken.')),
    query('offset', 'How many to leave out first.', { type: 'integer', minimum: 0, maximum: MOST_OFFSET }),
    query('pageSize', 'Most on a page.', size('Cannot be combined with limit and offset.')),
    query('pageToken', 'Where the page before ended; from its `next` link.', { type: 'string' }),
  ];
}

/** Members of a page beside `data` and `_links`. */
export const pageMembers: Json = {
  total: { type: 'integer', description: 'Of all pages; with `total=true`.' },
  limit: { type: 'integer', description: 'Where pages are asked for by `limit` and `offset`.' },
  offset: { type: 'integer', description: 'How many are left out before this page.' },
};
