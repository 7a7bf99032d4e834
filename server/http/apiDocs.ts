// The OpenAPI document and Swagger UI, whose files come from the installed package: nothing is loaded from elsewhere.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import swaggerUi from 'swagger-ui-dist';
import { clinicResources } from '../clinic/clinicResources.ts';
import { openApiDocument } from '../clinic/openApi/openApi.ts';
import { readParameters } from '../clinic/things/readParameters.ts';
import { refuse } from '../errors.ts';
import type { ApiHandler } from './apiRequest.ts';
import { API_VERSIONS } from './apiVersions.ts';

/** GET /api/openapi.json */
export const openApi: ApiHandler = (services, { base, fhirBase, query }) => {
  readParameters(query, {});
  const { version } = services.release;
  const { maxPageSize, apiRateLimit } = services.config;
  const settings = { version, maxPageSize, apiRateLimit, versions: API_VERSIONS };
  return {
    status: 200,
    body: openApiDocument(clinicResources, { base, fhirBase }, settings),
  };
};

const ASSETS = swaggerUi.getAbsoluteFSPath();

/** Files of the package, by the name that is asked for. */
const FILES: Record<string, string> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Salus API</title>
<link rel="icon" type="image/png" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  validatorUrl: null,
});
`;

/** Swagger UI styles its elements one by one and has its icons in data: URLs; scripts are files of this server only. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** GET /api/docs and what its page loads. */
export const docsFile: ApiHandler = async (_services, { params, query }) => {
  const headers = {
    'Content-Security-Policy': POLICY,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  };
  const { file } = params;
  if (file === undefined) {
    readParameters(query, {});
    return { status: 200, body: PAGE, headers: { ...headers, 'Content-Type': 'text/html; charset=utf-8' } };
  }
  if (file === 'start.js') {
    return {
      status: 200,
      body: START,
      headers: { ...headers, 'Content-Type': 'text/javascript; charset=utf-8' },
    };
  }
  const type = Object.hasOwn(FILES, file) ? FILES[file] : undefined;
  if (!type)
    throw refuse(404, 'not-found', `There is nothing at /api/docs/${file.slice(0, 80)}; see /api/docs.`);
  const bytes = await readFile(join(ASSETS, file));
  return {
    status: 200,
    headers: {
      ...headers,
      'Content-Type': type,
      'Content-Length': String(bytes.length),
      'Cache-Control': 'public, max-age=86400',
    },
    stream: (res) => void res.end(bytes),
  };
};
