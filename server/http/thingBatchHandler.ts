// POST /api/v1/{kind}:batch: many operations on things of one kind in one request.
import { STATUS_CODES } from 'node:http';
import type { Bases } from '../clinic/alerts/alertJson.ts';
import type { ClinicResource, Json } from '../clinic/things/clinicResource.ts';
import { readParameters } from '../clinic/things/readParameters.ts';
import { carryOutAll, carryOutEach, type Operation, readBatch } from '../clinic/things/thingBatch.ts';
import { thingJson } from '../clinic/things/thingLists.ts';
import type { Outcome } from '../clinic/things/things.ts';
import type { ApiHandler, ApiReply } from './apiRequest.ts';
import { problemErrors } from './problemDetails.ts';
import { askedOnce, jsonBody, type KeepReply, once, type ResourceOf } from './thingRequest.ts';

export const thingBatch =
  (of: ResourceOf): ApiHandler =>
  async (services, request) => {
    const resource = await of(services, request);
    readParameters(request.query, {});
    const { operations, atomic } = readBatch(jsonBody(resource, request));
    const asked = askedOnce(`${resource.name}:batch`, request);
    return once(services, asked, async (keep) => {
      const answerOf = (outcome: Outcome): Json => done(resource, outcome, request);
      if (atomic) {
        const replyOf = (outcomes: readonly Outcome[]) =>
          batchReply(true, operations, outcomes.map(answerOf));
        const hook =
          keep &&
          ((db: Parameters<NonNullable<KeepReply>>[0], outcomes: Outcome[]) => keep(db, replyOf(outcomes)));
        return replyOf(await carryOutAll(services, resource, operations, hook));
      }
      const results = await carryOutEach(services, resource, operations, asked, answerOf);
      const reply = batchReply(
        false,
        operations,
        results.map((result) => {
          if ('done' in result) return result.done;
          const { status, issues } = result.refusal;
          return { status, title: STATUS_CODES[status], errors: problemErrors(issues) };
        }),
      );
      await keep?.(services.db, reply);
      return reply;
    });
  };

function done(resource: ClinicResource, outcome: Outcome, bases: Bases): Json {
  const { thing, id, isNew } = outcome;
  if (!thing) return { status: 204, id };
  return {
    status: isNew ? 201 : 200,
    id,
    etag: thing.tag,
    data: thingJson(resource, thing, bases),
  };
}

function batchReply(atomic: boolean, operations: readonly Operation[], items: readonly Json[]): ApiReply {
  const failed = items.filter(({ status }) => (status as number) >= 400).length;
  const results = items.map((item, index) => ({ index, op: operations[index]!.op, ...item }));
  return { status: 200, body: { atomic, succeeded: items.length - failed, failed, results } };
}
