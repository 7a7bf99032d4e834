// The CapabilityStatement (http.html#capabilities), generated from what the routes, the search registry and the
// operations really offer.
import { OPERATIONS } from '../operations/registry.ts';
import { searchParametersOf } from '../search/searchParametersOf.ts';
import type { Services } from '../services.ts';

/** Interactions of every resource type, as the router offers them. */
const INTERACTIONS = [
  'read',
  'vread',
  'update',
  'patch',
  'delete',
  'history-instance',
  'history-type',
  'create',
  'search-type',
];

/** JSON text of the CapabilityStatement of this server at `base`. */
export function capabilityStatement(services: Services, base: string): string {
  const { definitions, config } = services;
  return JSON.stringify({
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: services.release.date,
    publisher: 'Salus',
    kind: 'instance',
    software: { name: 'Salus', version: services.release.version },
    implementation: { description: 'Salus, a FHIR R4 server on Postgres', url: base },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    patchFormat: ['application/json-patch+json', 'application/fhir+json'],
    rest: [
      {
        mode: 'server',
        security: { cors: config.corsOrigins.length > 0 },
        resource: [...definitions.resourceTypes].sort().map((type) => resourceCapability(services, type)),
        interaction: [{ code: 'transaction' }, { code: 'batch' }, { code: 'history-system' }],
        operation: [],
      },
    ],
  }).replace(',"operation":[]', '');
}

function resourceCapability({ definitions, config }: Services, type: string) {
  const operation = OPERATIONS.filter(
    ({ levels }) => levels.type.includes(type) || levels.instance.includes(type),
  ).map(({ name, definition }) => ({ name, definition }));
  return {
    type,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    interaction: INTERACTIONS.map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: 'full-support',
    conditionalUpdate: true,
    conditionalDelete: config.conditionalDelete,
    referencePolicy: ['literal', 'logical', 'local'],
    searchParam: searchParametersOf(definitions, type).map(
      ({ name, type: kind, definition, documentation }) => ({
        name,
        ...(definition === undefined ? {} : { definition }),
        type: kind,
        ...(documentation ? { documentation } : {}),
      }),
    ),
    ...(operation.length > 0 ? { operation } : {}),
  };
}
