// Handlers of the plain JSON API: what the clinic interactions give, as HTTP answers.
import { alertJson } from '../clinic/alertJson.ts';
import { alertPage, oneAlert, readAcknowledgement } from '../clinic/alerts.ts';
import { readParameters } from '../clinic/readParameters.ts';
import { acknowledgeAlert } from '../monitor/acknowledgeAlert.ts';
import { type ApiHandler, type ApiReply, apiJson } from './apiRequest.ts';

/** Versions of the API, the newest last. */
const VERSIONS = ['v1'];

/** GET /api */
export const versions: ApiHandler = (_services, { base, query }) => {
  readParameters(query, {});
  const root = base.slice(0, base.lastIndexOf('/'));
  return found({
    versions: VERSIONS.map((version) => {
      return { version, status: 'current', _links: { self: { href: `${root}/${version}` } } };
    }),
    _links: { self: { href: root } },
  });
};

/** GET /api/v1 */
export const index: ApiHandler = (services, { base, fhirBase, query }) => {
  readParameters(query, {});
  return found({
    name: 'Salus',
    version: services.release.version,
    _links: {
      self: { href: base },
      alerts: { href: `${base}/alerts` },
      alertStream: { href: `${base}/alerts/stream` },
      vitals: { href: `${base}/vitals` },
      fhir: { href: fhirBase },
      metadata: { href: `${fhirBase}/metadata` },
    },
  });
};

/** GET /api/v1/alerts */
export const alerts: ApiHandler = async (services, { query, base, fhirBase }) => {
  const page = await alertPage(services, query, { base, fhirBase });
  const next = page._links.next;
  return { ...found(page), ...(next ? { headers: { Link: `<${next.href}>; rel="next"` } } : {}) };
};

/** GET /api/v1/alerts/{id} */
export const alert: ApiHandler = async (services, { params, query, base, fhirBase }) => {
  readParameters(query, {});
  return found(alertJson(await oneAlert(services, params.id!), { base, fhirBase }));
};

/** POST /api/v1/alerts/{id}/acknowledge */
export const acknowledge: ApiHandler = async (services, request) => {
  const { params, query, base, fhirBase } = request;
  readParameters(query, {});
  const given = readAcknowledgement(apiJson(request));
  return found(alertJson(await acknowledgeAlert(services, params.id!, given), { base, fhirBase }));
};

const found = (body: unknown): ApiReply => ({ status: 200, body });
