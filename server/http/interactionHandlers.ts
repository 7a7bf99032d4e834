// Handlers of what an interaction was, and of a patient's timeline, below /api/v1/patients/{id}.
import { interactionsOf, patientOf } from '../clinic/interactions/interactions.ts';
import { interactionVersions } from '../clinic/interactions/interactionVersions.ts';
import { patientHistory } from '../clinic/interactions/patientHistory.ts';
import { readParameters } from '../clinic/things/readParameters.ts';
import type { ApiHandler } from './apiRequest.ts';
import { pageReply } from './thingHandlers.ts';

/** GET /api/v1/patients/{id}/interactions/{iid}/versions */
export const versionsOfInteraction: ApiHandler = async (services, request) => {
  readParameters(request.query, {});
  const resource = interactionsOf(await patientOf(services, request.params.id!));
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
  return pageReply(await patientHistory(services, patient, request.query, request));
};
