// The OpenAPI 3.1 document of the plain JSON API, made of the same data as its routes and validation.
import type { Bases } from '../alerts/alertJson.ts';
import type { ClinicResource, Json } from '../things/clinicResource.ts';
import { alertPaths, alertSchemas } from './openApiAlerts.ts';
import { csvPaths, csvSchemas } from './openApiCsv.ts';
import { fixedPaths, fixedSchemas } from './openApiFixed.ts';
import { interactionPaths, interactionSchemas } from './openApiInteractions.ts';
import { sharedHeaders, sharedResponses, sharedSchemas } from './openApiParts.ts';
import { thingSchemas } from './openApiSchemas.ts';
import { thingPaths } from './openApiThings.ts';
import { type DocumentedVersion, withVersions } from './openApiVersions.ts';

/** What the document says of the server. */
export interface DocumentedServer {
  version: string;
  maxPageSize: number;
  /** requests per minute; 0 for no limit */
  apiRateLimit: number;
  versions?: readonly DocumentedVersion[];
}

/** The document, for clients that know the server by these bases. */
export function openApiDocument(
  resources: readonly ClinicResource[],
  { base, fhirBase }: Bases,
  { version, maxPageSize, apiRateLimit, versions = [] }: DocumentedServer,
): Json {
  const root = base.replace(/\/api\/v1$/, '');
  const bases = { base, fhirBase, maxPageSize };
  const limit =
    apiRateLimit === 0
      ? ''
      : ` A client may make ${apiRateLimit} requests in a minute to each of the server’s processes.`;
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Salus clinic API',
      version,
      description:
        'Plain JSON for clinics, doctors and front ends. Everything written here is a FHIR R4 resource in the same store: ' +
        `the \`fhir\` link of each thing leads to it, and the FHIR endpoint is [${fhirBase}](${fhirBase}/metadata).\n\n` +
        'Refusals are problem details (RFC 9457) that name each fault and its place. ETags are on all that is read; ' +
        '`If-Match` keeps a change from undoing another. `Idempotency-Key` makes a POST safe to repeat for 24 hours. ' +
        'A version that will go away says so in every answer, by `Deprecation` and `Sunset`.' +
        limit,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    externalDocs: { description: 'The FHIR endpoint says what it offers', url: `${fhirBase}/metadata` },
    servers: [{ url: root, description: 'This server' }],
    tags: [
      ...resources.map(({ name, description, types: [type] }) => ({
        name,
        description,
        externalDocs: { description: `As FHIR: ${type}`, url: `${fhirBase}/${type}` },
      })),
      { name: 'interactions', description: 'What doctors document of meeting a patient.' },
      { name: 'csv', description: 'Lists of patients and studies as CSV files.' },
      { name: 'vitals', description: 'Vital signs in bulk.' },
      { name: 'alerts', description: 'What vital signs gave rise to.' },
      { name: 'api', description: 'Versions and documentation.' },
    ],
    security: [],
    paths: Object.assign(
      {},
      ...resources.map((resource) => thingPaths(resource, resources, bases)),
      interactionPaths(bases),
      csvPaths,
      alertPaths,
      fixedPaths(base),
    ),
    components: {
      schemas: Object.assign(
        {},
        ...resources.map(thingSchemas),
        interactionSchemas,
        csvSchemas,
        alertSchemas,
        fixedSchemas,
        sharedSchemas,
      ),
      responses: sharedResponses,
      headers: sharedHeaders,
      parameters: {
        IdempotencyKey: header(
          'Idempotency-Key',
          'A key of your own for this request: who sends it again with the same key gets the same answer, for 24 hours.',
          'b1e7a0f2-2f5e-4b5a-9d55-0f4e3a6d1c77',
        ),
        IfMatch: header('If-Match', 'ETag that it must still have.', 'W/"1"'),
        IfNoneMatch: header(
          'If-None-Match',
          'ETag of what the client has: 304 if it is still that.',
          'W/"1"',
        ),
      },
    },
  };
  return withVersions(document, versions);
}

const header = (name: string, description: string, example: string): Json => ({
  ...{ name, in: 'header', required: false, description },
  schema: { type: 'string', examples: [example] },
});
