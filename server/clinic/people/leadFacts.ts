// What the parts of leads say: of a form and of a stored Patient as likeness.ts compares them, of states, calls and conditions.
import type { Resource } from '../../services.ts';
import { BOOKED_CALL, instant } from '../care/bookingAppointment.ts';
import { VERIFICATION } from '../care/conditionResource.ts';
import { shippedConditions } from '../care/conditionTerms.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { codeSystem, profileUrl, type Reference } from '../fhirParts.ts';
import type { Identifier } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { type PersonFacts, plainPhone, plainWordsOf } from './likeness.ts';

interface Concept {
  coding?: { system?: string; code?: string; display?: string }[];
  text?: string;
}
interface Extension {
  url?: string;
  valueDateTime?: string;
}

export const STATES = codeSystem('person-states');
export const CONSULTATION = 'Initial consultation';

/** Who has no state counts as a patient: records of other systems have none. */
export const stateOf = ({ meta }: Resource): 'lead' | 'patient' =>
  tagsOf(meta).some(({ system, code }) => system === STATES && code === 'lead') ? 'lead' : 'patient';

export const tagsOf = (meta: Resource['meta']) => (meta?.tag ?? []) as { system?: string; code?: string }[];

export const momentOf = ({ extension = [] }: Resource, name: string): string | undefined =>
  (extension as Extension[]).find(({ url }) => url === profileUrl(name))?.valueDateTime;

/** A form as it is compared. */
export const factsOfForm = ({ first_name, last_name, email, phone, birth_date, booking_date }: Json) =>
  ({
    names: [{ first: plainWordsOf(String(first_name ?? '')), last: plainWordsOf(String(last_name ?? '')) }],
    emails: email === undefined ? [] : [plainEmail(String(email))],
    phones: phone === undefined ? [] : [plainPhone(String(phone))],
    birthDate: birth_date as string | undefined,
    calls: booking_date === undefined ? [] : [Date.parse(instant(String(booking_date)))],
  }) satisfies PersonFacts;

/** A Patient, with former names and addresses, and the calls among its parts. */
export function factsOfPatient(main: Resource, parts: readonly Resource[]): PersonFacts {
  const names = (main.name ?? []) as { family?: string; given?: string[]; text?: string }[];
  const telecom = (main.telecom ?? []) as { system?: string; value?: string }[];
  const valuesOf = (...systems: string[]) =>
    telecom.flatMap(({ system, value }) => (systems.includes(system ?? '') && value ? [value] : []));
  return {
    names: names.map(({ family, given = [], text = '' }) => {
      // Of a text, the last word is taken for the last name.
      const words = plainWordsOf(text);
      return family === undefined && given.length === 0
        ? { first: words.slice(0, -1), last: words.slice(-1) }
        : { first: plainWordsOf(given.join(' ')), last: plainWordsOf(family ?? '') };
    }),
    emails: valuesOf('email').map(plainEmail),
    phones: valuesOf('phone', 'sms').map(plainPhone),
    birthDate: main.birthDate as string | undefined,
    calls: parts.filter(isCall).flatMap((call) => startOf(call) ?? []),
  };
}

const plainEmail = (text: string): string => text.trim().toLowerCase();

/** Whether it is an Appointment for a call, as leads book them. */
export const isCall = ({ resourceType, serviceType = [], status }: Resource): boolean =>
  resourceType === 'Appointment' &&
  status !== 'entered-in-error' &&
  (serviceType as Concept[]).some(({ text }) => text === BOOKED_CALL);

/** Milliseconds of when it begins; undefined as long as it is only asked for. */
export const startOf = ({ start }: Resource): number | undefined =>
  start === undefined ? undefined : Date.parse(start as string);

/** The call that is shown: the latest that is not cancelled; one that is only asked for where there is no other. */
export function shownCall(parts: readonly Resource[]): Resource | undefined {
  const calls = parts.filter((part) => isCall(part) && part.status !== 'cancelled');
  const age = (call: Resource) => startOf(call) ?? Number.NEGATIVE_INFINITY;
  return calls.sort((a, b) => age(b) - age(a) || newerFirst(a, b))[0];
}

/** When a call is, as it was told. */
export const dateOfCall = ({ requestedPeriod = [], start }: Resource): string | undefined =>
  (requestedPeriod as { start?: string }[])[0]?.start ?? (start as string | undefined);

const newerFirst = (a: Resource, b: Resource): number =>
  (b.meta?.lastUpdated ?? '').localeCompare(a.meta?.lastUpdated ?? '') || (a.id! < b.id! ? -1 : 1);

/**
 * The conditions among the parts that are of the terms or of a CRM; none that turned out to be wrong. What only the person says comes
 * after what others do, the newest first.
 */
export const conditionsOf = (parts: readonly Resource[]): Resource[] =>
  parts
    .filter(
      (part) =>
        part.resourceType === 'Condition' &&
        !['refuted', 'entered-in-error'].includes(verificationOf(part) ?? '') &&
        (codeOf(part) !== undefined ||
          ((part.identifier ?? []) as Identifier[]).some(({ system }) => system === crmSystems.conditions)),
    )
    .sort((a, b) => Number(isOwnWord(a)) - Number(isOwnWord(b)) || newerFirst(a, b));

export const verificationOf = ({ verificationStatus }: Resource): string | undefined =>
  ((verificationStatus ?? {}) as Concept).coding?.find(({ system }) => system === VERIFICATION)?.code;

/** Only the person says so. */
export const isOwnWord = (condition: Resource): boolean => verificationOf(condition) === 'unconfirmed';

/** Its code among the terms. */
export const codeOf = ({ code }: Resource): string | undefined =>
  ((code ?? {}) as Concept).coding?.find(({ system }) => system === shippedConditions.url)?.code;

/** How it is called. */
export const nameOfCondition = ({ code }: Resource): string | undefined => {
  const { coding = [], text } = (code ?? {}) as Concept;
  const own = coding.find(({ system }) => system === shippedConditions.url) ?? coding[0];
  return text ?? own?.display ?? own?.code;
};

/** `Type/[id]` of whom or what the person is looked after by. */
export const carersOf = ({ generalPractitioner = [] }: Resource): Reference[] =>
  generalPractitioner as Reference[];

export const isHospital = ({ reference }: Reference): boolean =>
  reference?.startsWith('Organization/') ?? false;
