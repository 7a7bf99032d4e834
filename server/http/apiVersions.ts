// Versions of the plain JSON API. One that goes away says so in every answer: Deprecation (RFC 9745), Sunset (RFC 8594).

export interface ApiVersion {
  /** as it is in paths: `v1` */
  version: string;
  /** since when it should not be used for anything new: ISO 8601 */
  deprecated?: string;
  /** when it will be gone: ISO 8601 */
  sunset?: string;
  /** URL of a page that says what to do about it */
  notice?: string;
}

/** The newest last. */
export const API_VERSIONS: readonly ApiVersion[] = [{ version: 'v1' }];

/** The headers of every answer of a version. */
export function versionHeaders({ deprecated, sunset, notice }: ApiVersion): Record<string, string> {
  return {
    ...(deprecated && { Deprecation: `@${Math.floor(Date.parse(deprecated) / 1000)}` }),
    ...(sunset && { Sunset: new Date(sunset).toUTCString() }),
    ...(notice && { Link: `<${notice}>; rel="${deprecated ? 'deprecation' : 'sunset'}"; type="text/html"` }),
  };
}
