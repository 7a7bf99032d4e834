// The resources a search goes through, in the order in which they were created.
import type { Resource } from './values.ts';

export interface DataSet {
  /** in order of creation */
  readonly resources: readonly Resource[];
  /** the server's base URL, to which relative references belong */
  readonly base: string;
  ofType(type: string): readonly Resource[];
  find(type: string, id: string): Resource | undefined;
  /** place in the order of creation */
  rank(resource: Resource): number;
}

/** `Type/id` of a resource. */
export const identity = ({ resourceType, id }: Resource): string => `${resourceType}/${id}`;

/** Takes current resources in the order in which they were created. */
export function dataSetOf(resources: readonly Resource[], base: string): DataSet {
  const byIdentity = new Map(resources.map((resource) => [identity(resource), resource]));
  const ranks = new Map(resources.map((resource, rank) => [resource, rank]));
  const byType = Map.groupBy(resources, ({ resourceType }): string => resourceType);
  return {
    resources,
    base,
    ofType: (type) => byType.get(type) ?? [],
    find: (type, id) => byIdentity.get(`${type}/${id}`),
    rank: (resource) => ranks.get(resource)!,
  };
}
