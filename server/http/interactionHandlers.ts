// Handlers of doctors' interactions and of a patient's timeline, below /api/v1/patients/{id}.
import type { ClinicResource } from '../clinic/clinicResource.ts';
import { answerOnce, onceOnly } from '../clinic/idempotency.ts';
import {
  findInteraction,
  interactionsOf,
  liveInteractionsOf,
  patientOf,
} from '../clinic/interactions/interactions.ts';
import { interactionVersions } from '../clinic/interactions/interactionVersions.ts';
import { patientHistory } from '../clinic/interactions/patientHistory.ts';
import { readInteraction } from '../clinic/interactions/readInteraction.ts';
import { readParameters } from '../clinic/readParameters.ts';
import { linkHeader, thingJson, thingPage } from '../clinic/thingLists.ts';
import { carryOutOne, type Outcome } from '../clinic/things.ts';
import { type ApiHandler, type ApiReply, type ApiRequest, apiJson } from './apiRequest.ts';

/** GET /api/v1/patients/{id}/interactions */
export const interactions: ApiHandler = async (services, request) => {
  const resource = liveInteractionsOf(await patientOf(services, request.params.id!));
  const isSorted = request.query.some(([name]) => name === 'sort');
  const query: [string, string][] = isSorted ? request.query : [...request.query, ['sort', '-time']];
  return paged(await thingPage(services, resource, query, request));
};

/** POST /api/v1/patients/{id}/interactions */
export const postInteraction: ApiHandler = async (services, request) => {
  readParameters(request.query, {});
  const patient = await patientOf(services, request.params.id!);
  const body = apiJson(request);
  const key = request.headers['idempotency-key'];
  const { name } = interactionsOf(patient);
  const once = onceOnly(`POST /v1/${name}`, Array.isArray(key) ? key.join() : key, request.body);
  const { answer, again } = await answerOnce<ApiReply>(services, once, async (keep) => {
    const resource = interactionsOf(patient, await readInteraction(services, patient, body));
    const intent = { op: 'create', at: '#', data: body } as const;
    const hook =
      keep &&
      ((db: Parameters<typeof keep>[0], outcome: Outcome) => keep(db, shown(resource, outcome, request)));
    return shown(resource, await carryOutOne(services, resource, intent, hook), request);
  });
  return again ? { ...answer, headers: { ...answer.headers, 'Idempotency-Replayed': 'true' } } : answer;
};

/** GET /api/v1/patients/{id}/interactions/{iid} */
export const interaction: ApiHandler = async (services, request) => {
  readParameters(request.query, {});
  const patient = await patientOf(services, request.params.id!);
  const thing = await findInteraction(services, patient, request.params.iid!);
  return shown(interactionsOf(patient), { id: thing.id, isNew: false, thing }, request);
};

/** PUT /api/v1/patients/{id}/interactions/{iid} */
export const putInteraction: ApiHandler = async (services, request) => {
  readParameters(request.query, {});
  const patient = await patientOf(services, request.params.id!);
  const { id } = await findInteraction(services, patient, request.params.iid!);
  const body = apiJson(request);
  const resource = interactionsOf(patient, await readInteraction(services, patient, body));
  const intent = { op: 'replace', at: '#', data: body, id, ...ifMatch(request) } as const;
  return shown(resource, await carryOutOne(services, resource, intent), request);
};

/** DELETE /api/v1/patients/{id}/interactions/{iid}: nothing is deleted, all of it becomes entered in error. */
export const deleteInteraction: ApiHandler = async (services, request) => {
  readParameters(request.query, {});
  const patient = await patientOf(services, request.params.id!);
  const { id } = await findInteraction(services, patient, request.params.iid!);
  await carryOutOne(services, interactionsOf(patient), { op: 'delete', at: '#', id, ...ifMatch(request) });
  return { status: 204 };
};

/** GET /api/v1/patients/{id}/interactions/{iid}/versions */
export const versionsOfInteraction: ApiHandler = async (services, request) => {
  readParameters(request.query, {});
  const patient = await patientOf(services, request.params.id!);
  const resource = interactionsOf(patient);
  const id = request.params.iid!;
  const data = await interactionVersions(services, resource, id);
  const own = `${request.base}/${resource.name}/${encodeURIComponent(id)}`;
  return {
    status: 200,
    body: { data, _links: { self: { href: `${own}/versions` }, interaction: { href: own } } },
  };
};

/** GET /api/v1/patients/{id}/history */
export const historyOfPatient: ApiHandler = async (services, request) => {
  const patient = await patientOf(services, request.params.id!);
  return paged(await patientHistory(services, patient, request.query, request));
};

const ifMatch = ({ headers }: ApiRequest): { ifMatch?: string } =>
  headers['if-match'] === undefined ? {} : { ifMatch: headers['if-match'] };

function shown(resource: ClinicResource, { id, isNew, thing }: Outcome, bases: ApiRequest): ApiReply {
  const { base, fhirBase } = bases;
  const location = `${base}/${resource.name}/${encodeURIComponent(id)}`;
  return {
    status: isNew ? 201 : 200,
    body: thingJson(resource, thing!, { base, fhirBase }),
    headers: { ETag: thing!.tag, ...(isNew && { Location: location }) },
  };
}

function paged(page: { _links: Parameters<typeof linkHeader>[0] }): ApiReply {
  const link = linkHeader(page._links);
  return { status: 200, body: page, ...(link ? { headers: { Link: link } } : {}) };
}
