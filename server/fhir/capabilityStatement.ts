// The CapabilityStatement (http.html#capabilities), generated from what the routes, the search registry and the
// operations really offer.
import { isOffered } from '../operations/operation.ts';
import { OPERATIONS } from '../operations/registry.ts';
import { includesOf, revIncludesOf } from '../search/includesOf.ts';
import { type SupportedParameter, searchParametersOf } from '../search/searchParametersOf.ts';
import type { Services } from '../services.ts';
import type { SupportedProfiles } from './supportedProfiles.ts';

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
export function capabilityStatement(services: Services, base: string, profiles: SupportedProfiles): string {
  const { definitions, config } = services;
  const types = [...definitions.resourceTypes].sort();
  const revIncludes = revIncludesOf(definitions);
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
        resource: types.map((type) =>
          resourceCapability(services, type, revIncludes.get(type) ?? [], profiles.get(type) ?? []),
        ),
        interaction: ['transaction', 'batch', 'search-system', 'history-system'].map((code) => ({ code })),
        searchParam: [...commonParameters(services, types), TYPE].map(searchParam),
        operation: OPERATIONS.filter((operation) => isOffered(operation, 'system', '')).map(
          ({ name, definition }) => ({ name, definition }),
        ),
        compartment: [...definitions.compartments.keys()]
          .sort()
          .map((name) => `http://hl7.org/fhir/CompartmentDefinition/${name.toLowerCase()}`),
      },
    ],
  });
}

/** `_type` of a search across types (search.html#type); no SearchParameter is published for it. */
const TYPE: Omit<SupportedParameter, 'definition'> = {
  name: '_type',
  type: 'token',
  documentation: 'The resource types to search, separated by commas',
};

/** The parameters of a type that work with the settings of this server. */
function offered({ definitions, config }: Services, type: string): SupportedParameter[] {
  const parameters = searchParametersOf(definitions, type);
  return config.textSearch
    ? parameters
    : parameters.filter(({ name }) => name !== '_text' && name !== '_content');
}

/** What a search across all types can search by: the parameters that every type has. */
function commonParameters(services: Services, types: string[]): SupportedParameter[] {
  const [first = [], ...others] = types.map((type) => offered(services, type));
  const names = others.map((parameters) => new Set(parameters.map(({ name }) => name)));
  return first.filter(({ name }) => name !== TYPE.name && names.every((known) => known.has(name)));
}

function searchParam({ name, type, definition, documentation }: Partial<SupportedParameter>) {
  return {
    name,
    ...(definition === undefined ? {} : { definition }),
    type,
    ...(documentation ? { documentation } : {}),
  };
}

function resourceCapability(
  services: Services,
  type: string,
  searchRevInclude: string[],
  supportedProfile: readonly string[],
) {
  const { definitions, config } = services;
  const operation = OPERATIONS.filter(
    (each) => isOffered(each, 'type', type) || isOffered(each, 'instance', type),
  ).map(({ name, definition }) => ({ name, definition }));
  const searchInclude = includesOf(definitions, type);
  return {
    type,
    profile: `http://hl7.org/fhir/StructureDefinition/${type}`,
    ...(supportedProfile.length > 0 ? { supportedProfile } : {}),
    interaction: INTERACTIONS.map((code) => ({ code })),
    versioning: 'versioned-update',
    readHistory: true,
    updateCreate: true,
    conditionalCreate: true,
    conditionalRead: 'full-support',
    conditionalUpdate: true,
    conditionalDelete: config.conditionalDelete,
    referencePolicy: ['literal', 'logical', 'local'],
    ...(searchInclude.length > 0 ? { searchInclude } : {}),
    ...(searchRevInclude.length > 0 ? { searchRevInclude } : {}),
    searchParam: offered(services, type).map(searchParam),
    ...(operation.length > 0 ? { operation } : {}),
  };
}
