// Leads who may be known already, put in through the FHIR endpoint as the server makes them.
import type { Candidate } from '../../../server/clinic/people/leadReviewJson.ts';
import { reviewTask } from '../../../server/clinic/people/leadReviews.ts';
import { type Answer, send, type TestServer } from '../../support/testServer.ts';

const BASE = 'https://salus.example/fhir/';
export const contacts = `${BASE}sid/crm-contacts`;
export const clinicPatients = `${BASE}sid/clinic-patients`;
export const states = `${BASE}CodeSystem/person-states`;

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

/** A Patient in the state of a lead, or of a patient, known to the CRM by its id. */
export const person = (id: string, state: 'lead' | 'patient', members: object = {}): Json => ({
  resourceType: 'Patient',
  id,
  meta: { profile: [`${BASE}StructureDefinition/salus-patient`], tag: [{ system: states, code: state }] },
  identifier: [{ system: contacts, value: `c-${id}` }],
  ...members,
});

export interface Reviews {
  /** Stores resources; answers with the last. */
  put(...resources: Json[]): Promise<Json>;
  fhir(path: string): Promise<Answer>;
  /** A review of `Patient/[fresh]`: its id. */
  review(fresh: string, ...candidates: (string | Partial<Candidate>)[]): Promise<string>;
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  resolve(id: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** What the server finds wrong with a stored resource, and advises otherwise. */
  faults(path: string): Promise<unknown[]>;
}

export function reviewsOf({ base }: TestServer): Reviews {
  const api = base.replace('/fhir/R4', '/api/v1');
  const stored = ({ status, body, text }: Answer): Json => {
    if (status >= 300) throw new Error(text);
    return body;
  };
  const fhir = (path: string) => send('GET', `${base}/${path}`);
  return {
    fhir,
    put: async (...resources) => {
      let last: Json;
      for (const resource of resources) {
        const { resourceType, id } = resource;
        last = stored(await send('PUT', `${base}/${resourceType}/${id}`, resource));
      }
      return last;
    },
    review: async (fresh, ...candidates) => {
      const all = candidates.map((one) => ({
        ...{ score: 60, because: ['The e-mail is the same.'] },
        ...(typeof one === 'string' ? { reference: `Patient/${one}` } : (one as Candidate)),
      }));
      const task = reviewTask({ reference: `Patient/${fresh}` }, all, '2026-01-31T10:20:00.000Z');
      return stored(await send('POST', `${base}/Task`, task)).id;
    },
    get: (path, headers = {}) =>
      send('GET', path.startsWith('http') ? path : `${api}/${path}`, undefined, headers),
    resolve: (id, body, headers = {}) =>
      send('POST', `${api}/lead-reviews/${id}:resolve`, body, {
        'content-type': 'application/json',
        ...headers,
      }),
    faults: async (path) => {
      const { body } = await fhir(path);
      const judged = await send('POST', `${base}/${body.resourceType}/$validate`, body);
      // Nobody writes a narrative here.
      const isTelling = ({ severity, details }: Json) =>
        severity !== 'information' && details?.coding?.[0]?.code !== 'dom-6';
      return judged.body.issue.filter(isTelling);
    },
  };
}
