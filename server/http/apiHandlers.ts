// Handlers of the plain JSON API: what the clinic interactions give, as HTTP answers.
import { alertJson } from '../clinic/alertJson.ts';
import { alertPage, oneAlert } from '../clinic/alerts.ts';
import { readParameters } from '../clinic/readParameters.ts';
import type { ApiHandler, ApiReply } from './apiRequest.ts';

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

const found = (body: unknown): ApiReply => ({ status: 200, body });
