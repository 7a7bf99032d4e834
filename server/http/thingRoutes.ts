// The routes of every kind of thing in server/clinic/clinicResources.ts: lists, one by one, batches, actions.
import type { ClinicBelow, ClinicResource } from '../clinic/things/clinicResource.ts';
import type { ApiHandler } from './apiRequest.ts';
import { thingBatch } from './thingBatchHandler.ts';
import * as things from './thingHandlers.ts';
import type { ResourceOf } from './thingRequest.ts';

type Methods = Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', ApiHandler>>;
type Routes = [path: string, methods: Methods][];

/** The routes of each kind, below /api; of those below others first. */
export const thingRoutes = (resources: readonly ClinicResource[], below: readonly ClinicBelow[]): Routes => [
  ...below.flatMap(({ parent, name, id, example, of }) =>
    routesOf(`/v1/${parent}/:id/${name}`, id, example, (services, { params }) => of(services, params.id!)),
  ),
  ...resources.flatMap((resource) => [
    ...routesOf(`/v1/${resource.name}`, 'id', resource, () => resource),
    ...sublistsOf(resource, resources),
  ]),
];

/** @param kind what all that `of` gives have in common */
function routesOf(path: string, id: string, kind: ClinicResource, of: ResourceOf): Routes {
  const one = `${path}/:${id}`;
  const actions = Object.keys(kind.actions ?? {});
  return [
    [path, { GET: things.list(of), ...(!kind.readOnly && { POST: things.create(of) }) }],
    // The colon is one, and begins no parameter.
    ...(kind.readOnly ? [] : ([[`${path}\\:batch`, { POST: thingBatch(of) }]] satisfies Routes)),
    ...actions.map((action): Routes[number] => [`${one}\\:${action}`, { POST: things.act(of, action) }]),
    [
      one,
      {
        GET: things.read(of),
        ...(!kind.readOnly && {
          ...{ PUT: things.replace(of), PATCH: things.change(of), DELETE: things.remove(of) },
        }),
      },
    ],
  ];
}

const sublistsOf = (resource: ClinicResource, resources: readonly ClinicResource[]): Routes =>
  Object.entries(resource.sublists ?? {}).map(([segment, { of, filter }]) => {
    const other = resources.find(({ name }) => name === of);
    if (!other?.filters[filter])
      throw new Error(`There is no filter ${filter} of ${of} for ${resource.name}`);
    return [`/v1/${resource.name}/:id/${segment}`, { GET: things.sublist(resource, segment, other, filter) }];
  });
