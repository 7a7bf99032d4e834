// What the OpenAPI document says of a version of the API that goes away: its operations are deprecated, and all their answers may have
// the headers that say so.
import type { Json } from '../things/clinicResource.ts';
import { ref } from './openApiParts.ts';

/** A version as the document tells of it. */
export interface DocumentedVersion {
  /** as it is in paths: `v1` */
  version: string;
  /** since when it should not be used for anything new: ISO 8601 */
  deprecated?: string;
  /** when it will be gone: ISO 8601 */
  sunset?: string;
}

const text = (description: string, example: string): Json => ({
  description,
  schema: { type: 'string', examples: [example] },
});

const HEADERS: Json = {
  Deprecation: text(
    'Since when this version should not be used any more, in seconds since 1970 (RFC 9745).',
    '@1798761600',
  ),
  Sunset: text('When this version will be gone (RFC 8594).', 'Fri, 01 Jan 2027 00:00:00 GMT'),
};

type Item = Record<string, { responses?: Record<string, Json> }>;

/** The document, told so of the versions that go away. */
export function withVersions(document: Json, versions: readonly DocumentedVersion[]): Json {
  const leaving = versions.filter(
    ({ deprecated, sunset }) => deprecated !== undefined || sunset !== undefined,
  );
  if (leaving.length === 0) return document;
  const { headers, responses, ...components } = document.components as {
    [name: string]: Record<string, Json>;
  };
  const paths = Object.entries(document.paths as Record<string, Item>).map(([path, item]) => {
    const version = leaving.find((each) => path.split('/')[2] === each.version);
    return [path, version ? itemOf(item, version) : item];
  });
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: {
      ...components,
      headers: { ...headers, ...HEADERS },
      // Versions share these: whichever of them goes away, its answers have the headers.
      responses: Object.fromEntries(Object.entries(responses!).map(([name, one]) => [name, telling(one)])),
    },
  };
}

const itemOf = (item: Item, { deprecated }: DocumentedVersion): Json =>
  Object.fromEntries(
    Object.entries(item).map(([name, operation]) => {
      if (!operation.responses) return [name, operation];
      const responses = Object.entries(operation.responses).map(([status, one]) => [status, telling(one)]);
      return [
        name,
        {
          ...operation,
          ...(deprecated !== undefined && { deprecated: true }),
          responses: Object.fromEntries(responses),
        },
      ];
    }),
  );

const telling = (response: Json): Json =>
  '$ref' in response
    ? response
    : {
        ...response,
        headers: {
          ...(response.headers as Json),
          ...Object.fromEntries(Object.keys(HEADERS).map((name) => [name, ref('headers', name)])),
        },
      };
