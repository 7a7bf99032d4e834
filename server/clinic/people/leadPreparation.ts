// What has to be known before a lead is written: what its words and ids mean, and, of a form, whose it is.
import { refuse } from '../../errors.ts';
import type { Services } from '../../services.ts';
import { instant } from '../care/bookingAppointment.ts';
import { readConditionTerms } from '../care/conditionTerms.ts';
import { callsAt, refuseImpossible } from '../care/prepareBooking.ts';
import { type Coding, type Reference, referenceTo } from '../fhirParts.ts';
import { hospitals } from '../hospitals.ts';
import type { ClinicResource, Json, Prepared, Wanted } from '../things/clinicResource.ts';
import { stillThere } from '../things/refuseNamed.ts';
import type { Seen } from '../things/seen.ts';
import { findThings, type Thing } from '../things/thing.ts';
import { nameOf } from '../things/thingParts.ts';
import { conditionsOf, isOwnWord, nameOfCondition, startOf } from './leadFacts.ts';
import { freeId, whoseForm } from './leadIntake.ts';
import { leadJson } from './leadJson.ts';
import type { Candidate } from './leadReviewJson.ts';

export interface LeadContext {
  /** now, a FHIR instant */
  at: string;
  /** the condition that is told */
  coding?: Coding | undefined;
  /** whether that is another than the one that was shown, or none any more */
  isOtherCondition?: boolean;
  hospital?: Reference | undefined;
  /** a form of somebody who is known */
  isReturning: boolean;
  /** who a new lead may be */
  candidates: Candidate[];
}

/** @throws FhirError 422 for words and ids that mean nothing, and for what is changed elsewhere */
export async function prepareLead(
  services: Services,
  leads: ClinicResource,
  { op, input, known, at }: Wanted,
): Promise<Prepared> {
  const now = new Date().toISOString();
  const [main, ...parts] = known;
  const told = main ? leadJson(main, parts) : {};
  if (main) refuseCalls(op, input, told, at);
  refuseImpossible(input, main && told, at);
  refuseNoDays(input, at, told);
  const coding = await codingOf(services, input, at, told);
  const isOtherCondition =
    main !== undefined && input.medical_condition !== told.medical_condition && !isShown(coding, parts);
  if (isOtherCondition) refuseConfirmed(parts, told, at);
  const hospital = await hospitalOf(services, input, told, at);
  const context: LeadContext = {
    at: now,
    coding,
    hospital,
    isOtherCondition,
    isReturning: false,
    candidates: [],
  };
  const named = hospital ? stillThere(hospital.reference!) : [];
  if (op !== 'create') return { context, seen: named };
  const free = input.id === undefined ? [] : [await freeId(services, leads, input.id as string, at)];
  const intake = await whoseForm(services, leads, input);
  const { same, candidates } = intake;
  const seen = [...named, ...free, ...intake.seen];
  if (!same) return { context: { ...context, candidates }, seen };
  const booked = await callOf(services, same, input);
  return { same, context: { ...context, isReturning: true }, seen: [...seen, ...booked] };
}

/** Dates that no calendar has, and such that cannot be; what is as it was told stays. @throws FhirError 422 */
export function refuseNoDays(input: Json, at: string, told: Json = {}): void {
  for (const name of DATES) {
    const text = String(input[name] ?? '');
    const fault = text === '' || input[name] === told[name] ? undefined : faultOfDate(name, text);
    if (fault) throw refuse(422, 'value', `"${name}": ${fault}`, `${at}/${name}`);
  }
}

const DATES = ['birth_date', 'first_contact_date', 'initial_consult_date', 'booking_date', 'reminder_date'];
/** Before it nobody got in touch, or booked anything. */
const EARLIEST = '1900';
const HOUR_MS = 3_600_000;

function faultOfDate(name: string, text: string): string | undefined {
  const now = Date.now();
  const day = text.slice(0, 10);
  if (name === 'birth_date') {
    // Where the day begins first, it is 14 hours ahead of UTC.
    const today = new Date(now + 14 * HOUR_MS).toISOString().slice(0, text.length);
    return text > today ? `${text} is after today.` : undefined;
  }
  if (!new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)) return `there is no day ${day}.`;
  if (text < EARLIEST) return `${day} is before ${EARLIEST}, which cannot be.`;
  const isToCome = Date.parse(instant(text)) > now + 24 * HOUR_MS;
  return name === 'first_contact_date' && isToCome ? `${text} is in the future.` : undefined;
}

/**
 * Somebody else may book the same call at the same time: what was read of the person, and nothing else, must be what is found when it
 * is committed.
 */
async function callOf(services: Services, { main, parts }: Thing, { booking_date }: Json): Promise<Seen[]> {
  if (booking_date === undefined) return [];
  const { seen } = await callsAt(services, nameOf(main), booking_date as string);
  const second = (ms: number | undefined) => ms !== undefined && Math.floor(ms / 1_000);
  const wanted = second(Date.parse(instant(booking_date as string)));
  const read = parts.filter(
    (part) => part.resourceType === 'Appointment' && second(startOf(part)) === wanted,
  );
  return [{ ...seen, ids: read.map(({ id }) => id!) }];
}

/** Calls are things of their own. */
function refuseCalls(op: Wanted['op'], input: Json, told: Json, at: string): void {
  for (const name of ['booking_date', 'reminder_date']) {
    const isLeftOut = op === 'replace' && input[name] === undefined;
    if (isLeftOut || input[name] === told[name]) continue;
    const message = `"${name}" is told of the latest call, ${told[name] ?? 'which has none'}: change the call at /api/v1/bookings, or book another there; leave it out here.`;
    throw refuse(422, 'business-rule', message, `${at}/${name}`);
  }
}

/** What `medical_condition` means. @throws FhirError 422 for what is none of the terms */
export async function codingOf(
  services: Services,
  { medical_condition: text }: Json,
  at: string,
  told: Json = {},
): Promise<Coding | undefined> {
  if (text === undefined) return undefined;
  const coding = (await readConditionTerms(services)).find(text as string);
  if (coding || text === told.medical_condition) return coding;
  const message = `"medical_condition": "${String(text).slice(0, 80)}" is no condition that is known: GET /api/v1/medical-conditions lists them, POST /api/v1/medical-conditions adds one.`;
  throw refuse(422, 'not-found', message, `${at}/medical_condition`);
}

const isShown = (coding: Coding | undefined, parts: Wanted['known']): boolean => {
  const [shown] = conditionsOf(parts);
  return coding !== undefined && shown !== undefined && nameOfCondition(shown) === coding.display;
};

function refuseConfirmed(parts: Wanted['known'], { medical_condition }: Json, at: string): void {
  const [shown] = conditionsOf(parts);
  if (!shown || isOwnWord(shown)) return;
  const message = `"${medical_condition}" is more than what the person says: change it at /api/v1/conditions, and send "medical_condition" as it is told.`;
  throw refuse(422, 'business-rule', message, `${at}/medical_condition`);
}

async function hospitalOf(
  services: Services,
  { hospital_id }: Json,
  told: Json,
  at: string,
): Promise<Reference | undefined> {
  if (hospital_id === undefined || hospital_id === told.hospital_id) return undefined;
  const id = hospital_id as string;
  const found = (await findThings(services, hospitals, [id])).get(id);
  if (found) return referenceTo(found.main);
  const message = `"hospital_id": there is no hospital "${id.slice(0, 80)}": GET /api/v1/hospitals lists those there are.`;
  throw refuse(422, 'not-found', message, `${at}/hospital_id`);
}
