// Whom a form of the landing page is of: somebody who is known, somebody new, or somebody new who may be one of those known.
// Candidates are found by searches, scored by likeness.ts; two people must never become one record.
import type { Resource, Services } from '../../services.ts';
import type { ClinicResource, Json, SearchTerms } from '../clinicResource.ts';
import { exactly } from '../searchTerms.ts';
import type { Seen } from '../seen.ts';
import { searchThings, type Thing } from '../thing.ts';
import { nameOf } from '../thingParts.ts';
import { isAskedAlready } from './leadCare.ts';
import { factsOfForm, factsOfPatient } from './leadFacts.ts';
import type { Candidate } from './leadReviewJson.ts';
import { likenessOf, plainPhone, thresholds } from './likeness.ts';

/** Records that one search may find: what is beyond keeps a match from being certain, and the review says so. */
const MOST_FOUND = 100;

/** Who only has it in common is never certain: what is beyond cannot be either. */
const NAME = 'this name';
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

/**
 * @param leads the kind of thing: what is read of each
 * @param at now, a FHIR instant
 */
export async function whoseForm(
  services: Services,
  leads: ClinicResource,
  form: Json,
  at: string,
): Promise<Intake> {
  // Whoever is known counts, also patients of records without a state.
  const anybody: ClinicResource = { ...leads, scope: [] };
  const found = new Map<string, Thing>();
  const seen: Seen[] = [];
  const beyond: string[] = [];
  for (const { what, terms } of searchesFor(form)) {
    const { things, matches } = await searchThings(
      services,
      anybody,
      { terms, count: MOST_FOUND },
      services.db,
    );
    for (const thing of things) found.set(nameOf(thing.main), thing);
    if (matches.length > things.length) beyond.push(what);
    else seen.push(seenBy(terms, things));
  }
  if (beyond.length > 0) {
    services.log.warn('more people are like a lead than are compared', { most: MOST_FOUND, beyond });
  }
  return { ...decide(form, [...found.values()], beyond, at), seen };
}

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
  people: readonly Thing[],
  beyond: readonly string[],
  at: string,
): Omit<Intake, 'seen'> {
  const asked = factsOfForm(form);
  const scored = people
    .filter(({ main }) => !isMerged(main))
    .map((thing) => {
      const { score, because } = likenessOf(asked, factsOfPatient(thing.main, thing.parts));
      if (thing.main.active !== false) return { thing, score, because };
      const most = Math.min(score, thresholds.certain - 1);
      return { thing, score: most, because: [...because, 'The record is not in use.'] };
    })
    .filter(({ score }) => score >= thresholds.doubtful)
    .sort((a, b) => b.score - a.score);
  const certain = scored.filter(({ score }) => score >= thresholds.certain);
  // Of several who could be meant, the one who has booked this very call is: the form was sent twice.
  const booked = certain.filter(({ thing }) => isAskedAlready(form, thing.parts, at));
  const [one, another] = certain.length > 1 && booked.length === 1 ? booked : certain;
  // Somebody who was not looked at could be as like.
  const isOpen = beyond.some((what) => what !== NAME);
  if (one && !another && !isOpen) return { same: one.thing, candidates: [] };
  const note = beyond.map(
    (what) => `More than ${MOST_FOUND} people have ${what}: not all of them were looked at.`,
  );
  if (scored.length > MOST_TOLD) {
    note.push(
      `${scored.length - MOST_TOLD} more people are likely too, but less so: they are left out here.`,
    );
  }
  return {
    candidates: scored.slice(0, MOST_TOLD).map(({ thing, score, because }) => ({
      ...{ reference: nameOf(thing.main), score },
      because: [...because, ...note],
    })),
  };
}
