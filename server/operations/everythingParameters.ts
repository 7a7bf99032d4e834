// Parameters of $everything (patient-operation-everything.html), read once and checked.
import { type FhirError, refuse } from '../errors.ts';
import { rangeParameter } from '../fhir/rangeParameter.ts';
import { careDatePaths } from '../search/careDatePaths.ts';
import type { Services } from '../services.ts';
import type { CareRange } from '../store/compartment.ts';
import type { OperationRequest } from './operationRequest.ts';

/** Where a page ended: among the members (type by type at type level) or among what they refer to. */
export interface Position {
  phase: 'member' | 'referred';
  type: string;
  key: number;
}

export interface EverythingParameters {
  /** size of a page; all at once when absent */
  count?: number;
  cursor?: Position;
  /** types to answer with */
  types?: Set<string>;
  /** only what was stored at or after this instant */
  since?: Date;
  /** when the care took place that the members are about */
  care?: CareRange;
}

/** @throws FhirError 400 that names the parameter */
export function readParameters(services: Services, { query }: OperationRequest): EverythingParameters {
  const parameters: EverythingParameters = {};
  let low = -Infinity;
  let high = Infinity;
  for (const [name, value] of query) {
    switch (name) {
      case '_count':
        parameters.count = pageSize(value, services.config.maxPageSize);
        break;
      case '_since':
        parameters.since = new Date(rangeParameter(name, value).low);
        break;
      case 'start':
        low = rangeParameter(name, value).low;
        break;
      case 'end':
        high = rangeParameter(name, value).high;
        break;
      case '_type':
        parameters.types ??= new Set();
        for (const type of value.split(',')) parameters.types.add(knownType(services, type.trim()));
        break;
      case '_cursor':
        parameters.cursor = readCursor(value);
        break;
      case '_format':
      case '_pretty':
        break;
      default:
        throw refuse(
          400,
          'not-supported',
          `$everything has no parameter "${name}": use start, end, _since, _type or _count.`,
        );
    }
  }
  if (low > high) throw refuse(400, 'value', 'start is after end.');
  if (low !== -Infinity || high !== Infinity) parameters.care = { paths: carePaths(services), low, high };
  return parameters;
}

/** A paging link that this server did not make. */
export function damagedCursor(): FhirError {
  return refuse(400, 'value', 'The paging link is damaged: take it from the Bundle as it is.');
}

function pageSize(value: string, most: number): number {
  const count = /^\d{1,9}$/.test(value) ? Number(value) : 0;
  if (count < 1) throw refuse(400, 'value', `_count must be a whole number above 0, not "${value}".`);
  return Math.min(count, most);
}

function knownType(services: Services, type: string): string {
  if (services.definitions.resourceTypes.has(type)) return type;
  throw refuse(400, 'value', `_type: "${type}" is no resource type.`);
}

function readCursor(value: string): Position {
  const match = /^([mr])\.([A-Za-z]*)\.(\d{1,15})$/.exec(value);
  if (!match) throw damagedCursor();
  return { phase: match[1] === 'm' ? 'member' : 'referred', type: match[2]!, key: Number(match[3]) };
}

/** Care dates of every type; their paths name the type, so that one list serves all. */
function carePaths({ definitions }: Services): bigint[] {
  return [...definitions.resourceTypes].flatMap((type) => careDatePaths(definitions, type));
}
