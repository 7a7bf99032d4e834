// Whom a form of the landing page is of: somebody who is known, somebody new, or somebody new who may be one of those known.
// Candidates are found by searches, scored by likeness.ts; two people must never become one record.
import { refuse } from '../../errors.ts';
import { find } from '../../fhir/search.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { instant } from '../care/bookingAppointment.ts';
import type { Reference } from '../fhirParts.ts';
import type { ClinicResource, Json, SearchTerms } from '../things/clinicResource.ts';
import { exactly, token } from '../things/searchTerms.ts';
import type { Seen } from '../things/seen.ts';
import { searchThings, type Thing } from '../things/thing.ts';
import { nameOf } from '../things/thingParts.ts';
import { callAsked } from './leadCare.ts';
import { factsOfForm, factsOfPatient } from './leadFacts.ts';
import type { Candidate } from './leadReviewJson.ts';
import { likenessOf, plainPhone, thresholds } from './likeness.ts';

/** Records that one search may find: what is beyond keeps a match from being certain, and the review says so. */
const MOST_FOUND = 100;

/** Who only has it in common is never certain: what is beyond cannot be either. */
const NAME = 'this name';
/** Calls that are read of all of them. */
const MOST_CALLS = 1_000;
/** Candidates that a review tells of. */
const MOST_TOLD = 50;

export interface Intake {
  /** who it certainly is */
  same?: Thing;
  /** who it may be, the likeliest first; none where it certainly is somebody */
  candidates: Candidate[];
  /** what was searched and found */
  seen: Seen[];
}

/** @param leads the kind of thing: what is read of each */
export async function whoseForm(services: Services, leads: ClinicResource, form: Json): Promise<Intake> {
  // Whoever is known counts, also patients of records without a state. What they are made of is read of one of them alone.
  const anybody: ClinicResource = { ...leads, scope: [] };
  const people = new Map<string, Resource>();
  const seen: Seen[] = [];
  const beyond: string[] = [];
  for (const { what, terms } of searchesFor(form)) {
    const search = { terms, count: MOST_FOUND };
    const { things, matches } = await searchThings(services, { ...anybody, parts: [] }, search, services.db);
    for (const { main } of things) people.set(main.id!, main);
    if (matches.length > things.length) beyond.push(what);
    else seen.push(seenBy(terms, things));
  }
  if (beyond.length > 0) {
    services.log.warn('more people are like a lead than are compared', { most: MOST_FOUND, beyond });
  }
  const known = await withCalls(services, form, [...people.values()]);
  const { same, candidates } = decide(form, known, beyond);
  if (!same) return { candidates, seen };
  const terms: SearchTerms = [['_id', same.id!]];
  const { things } = await searchThings(services, anybody, { terms, count: 1 }, services.db);
  // Deleted meanwhile: it is planned anew.
  if (!things[0]) throw refuse(412, 'conflict', `Patient/${same.id} has been deleted meanwhile.`);
  return { same: things[0], candidates, seen };
}

/**
 * The search that makes sure that nobody else has the id that a client gives.
 * @throws FhirError 409 where somebody has, who is no lead
 */
export async function freeId(
  services: Services,
  leads: ClinicResource,
  id: string,
  at: string,
): Promise<Seen> {
  const terms: SearchTerms = [['identifier', token(leads.system, id)]];
  const anybody = { ...leads, scope: [], parts: [] };
  const { things } = await searchThings(services, anybody, { terms, count: 1 }, services.db);
  const [other] = things;
  if (!other) return seenBy(terms, []);
  const message = `${nameOf(other.main)} has the id "${id}" already: leave "id" out, or choose another.`;
  throw refuse(409, 'duplicate', message, `${at}/id`);
}

/** Somebody who may be meant, with the call that the form asks for, if it is there already. */
export interface Known {
  main: Resource;
  call?: Resource | undefined;
}

async function withCalls(services: Services, form: Json, people: readonly Resource[]): Promise<Known[]> {
  const { booking_date } = form;
  if (people.length === 0 || booking_date === undefined) return people.map((main) => ({ main }));
  const begins = Date.parse(instant(booking_date as string));
  const second = (ms: number) => `${new Date(ms).toISOString().slice(0, 19)}Z`;
  const query: [string, string][] = [
    ['patient', people.map(({ id }) => `Patient/${id}`).join()],
    ['date', `ge${second(begins)}`],
    ['date', `lt${second(begins + 1_000)}`],
    ['_count', String(MOST_CALLS)],
  ];
  const request = { type: 'Appointment', query, base: services.baseUrls[0]!, handling: 'strict' as const };
  const { matches } = await find(services, { ...request, maxCount: MOST_CALLS }, services.db);
  const calls = matches.map(({ resource }) => parseJson(resource.content!) as Resource);
  return people.map((main) => ({
    main,
    call: callAsked(
      form,
      calls.filter((call) => isWith(call, main)),
    ),
  }));
}

const isWith = ({ participant = [] }: Resource, { id }: Resource): boolean =>
  (participant as { actor?: Reference }[]).some(({ actor }) => actor?.reference === `Patient/${id}`);

function searchesFor({ first_name, last_name, email, phone, birth_date }: Json) {
  const born: SearchTerms = birth_date === undefined ? [] : [['birthdate', String(birth_date)]];
  const last: SearchTerms = [['family', exactly(String(last_name))]];
  const [word] = first_name === undefined ? [] : String(first_name).trim().split(/\s+/);
  const first: SearchTerms = word === undefined ? [] : [['given', exactly(word)]];
  const spellings = phone === undefined ? [] : [...new Set([String(phone), plainPhone(String(phone))])];
  const searches: { what: string; terms: SearchTerms }[] = [];
  const add = (what: string, terms: SearchTerms) => searches.push({ what, terms });
  if (email !== undefined) add('this e-mail', [['email', exactly(String(email))]]);
  if (phone !== undefined) add('this phone number', [['phone', spellings.map(exactly).join()]]);
  if (born.length > 0) add('this date of birth and last name', [...born, ...last]);
  if (born.length > 0 && first.length > 0) add('this date of birth and first name', [...born, ...first]);
  if (first.length > 0) add(NAME, [...first, ...last]);
  return searches;
}

const seenBy = (terms: SearchTerms, things: readonly Thing[]): Seen => ({
  type: 'Patient',
  query: terms.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&'),
  ids: things.map(({ main }) => main.id!),
});

/** Records that were merged into others lead nowhere of their own; others out of use are never certain. */
const isMerged = ({ link = [] }: Resource): boolean =>
  (link as { type?: string }[]).some(({ type }) => type === 'replaced-by');

/**
 * @param beyond what more was found by than was read
 */
export function decide(
  form: Json,
  people: readonly Known[],
  beyond: readonly string[],
): { same?: Resource; candidates: Candidate[] } {
  const asked = factsOfForm(form);
  const scored = people
    .filter(({ main }) => !isMerged(main))
    .map((known) => {
      const { main, call } = known;
      const { score, because } = likenessOf(asked, factsOfPatient(main, call ? [call] : []));
      if (main.active !== false) return { ...known, score, because };
      const most = Math.min(score, thresholds.certain - 1);
      return { ...known, score: most, because: [...because, 'The record is not in use.'] };
    })
    .filter(({ score }) => score >= thresholds.doubtful)
    .sort((a, b) => b.score - a.score);
  const certain = scored.filter(({ score }) => score >= thresholds.certain);
  // Of several who could be meant, the one who has this very call is: the form was sent twice.
  const asking = certain.filter(({ call }) => call !== undefined);
  const [one, another] = certain.length > 1 && asking.length === 1 ? asking : certain;
  // Somebody who was not looked at could be as like.
  const isOpen = beyond.some((what) => what !== NAME);
  if (one && !another && !isOpen) return { same: one.main, candidates: [] };
  const note = beyond.map(
    (what) => `More than ${MOST_FOUND} people have ${what}: not all of them were looked at.`,
  );
  if (scored.length > MOST_TOLD) {
    note.push(
      `${scored.length - MOST_TOLD} more people are likely too, but less so: they are left out here.`,
    );
  }
  return {
    candidates: scored.slice(0, MOST_TOLD).map(({ main, score, because }) => ({
      ...{ reference: nameOf(main), score },
      because: [...because, ...note],
    })),
  };
}
