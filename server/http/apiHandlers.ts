// Handlers of the plain JSON API: what the clinic interactions give, as HTTP answers.
import { alertJson } from '../clinic/alerts/alertJson.ts';
import { alertPage, oneAlert, readAcknowledgement } from '../clinic/alerts/alerts.ts';
import { clinicResources } from '../clinic/clinicResources.ts';
import { readParameters } from '../clinic/things/readParameters.ts';
import { acknowledgeAlert } from '../monitor/acknowledgeAlert.ts';
import { type ApiHandler, type ApiReply, apiJson } from './apiRequest.ts';
import { API_VERSIONS } from './apiVersions.ts';
import { pageReply } from './thingHandlers.ts';
import { askedOnce, once } from './thingRequest.ts';

/** GET /api */
export const versions: ApiHandler = (_services, { base, query }) => {
  readParameters(query, {});
  const root = base.slice(0, base.lastIndexOf('/'));
  return found({
    versions: API_VERSIONS.map(({ version, deprecated, sunset }) => ({
      version,
      status: deprecated ? 'deprecated' : 'current',
      ...(deprecated && { deprecated }),
      ...(sunset && { sunset }),
      _links: { self: { href: `${root}/${version}` } },
    })),
    _links: {
      self: { href: root },
      openapi: { href: `${root}/openapi.json` },
      docs: { href: `${root}/docs` },
    },
  });
};

/** GET /api/v1 */
export const index: ApiHandler = (services, { base, fhirBase, query }) => {
  readParameters(query, {});
  const root = base.slice(0, base.lastIndexOf('/'));
  return found({
    name: 'Salus',
    version: services.release.version,
    _links: {
      self: { href: base },
      alerts: { href: `${base}/alerts` },
      alertStream: { href: `${base}/alerts/stream` },
      ...Object.fromEntries(clinicResources.map(({ name }) => [name, { href: `${base}/${name}` }])),
      openapi: { href: `${root}/openapi.json` },
      docs: { href: `${root}/docs` },
      fhir: { href: `${fhirBase}/metadata` },
    },
  });
};

/** GET /api/v1/alerts */
export const alerts: ApiHandler = async (services, { query, base, fhirBase }) =>
  pageReply(await alertPage(services, query, { base, fhirBase }));

/** GET /api/v1/alerts/{id} */
export const alert: ApiHandler = async (services, { params, query, base, fhirBase }) => {
  readParameters(query, {});
  return found(alertJson(await oneAlert(services, params.id!), { base, fhirBase }));
};

/** POST /api/v1/alerts/{id}/acknowledge */
export const acknowledge: ApiHandler = (services, request) => {
  const { params, query, base, fhirBase } = request;
  readParameters(query, {});
  const id = params.id!;
  const given = readAcknowledgement(apiJson(request));
  const replyOf = (alert: Parameters<typeof alertJson>[0]) => found(alertJson(alert, { base, fhirBase }));
  return once(services, askedOnce(`alerts/${id}/acknowledge`, request), async (keep) =>
    replyOf(await acknowledgeAlert(services, id, given, keep && ((db, alert) => keep(db, replyOf(alert))))),
  );
};

const found = (body: unknown): ApiReply => ({ status: 200, body });
