// The name, the e-mail address and the phone number of a Patient or Practitioner that the plain form tells: which of several is
// shown, and how it is changed while the others stay.
import type { Resource } from '../../services.ts';
import type { ClinicFilter, Json } from '../things/clinicResource.ts';
import { exactly } from '../things/searchTerms.ts';
import { plainPhone } from './likeness.ts';

interface HumanName {
  use?: string;
  text?: string;
  family?: string;
  given?: string[];
}
interface ContactPoint {
  system?: string;
  value?: string;
  use?: string;
}

const namesOf = (main: Resource | undefined) => (main?.name ?? []) as HumanName[];
const pointsOf = (main: Resource | undefined) => (main?.telecom ?? []) as ContactPoint[];

/** Which of the names is the one to show: the official one, else the first that is not out of use. */
function nameAt(main: Resource | undefined): number {
  const names = namesOf(main);
  const official = names.findIndex(({ use }) => use === 'official');
  const inUse = names.findIndex(({ use }) => use !== 'old');
  return official >= 0 ? official : Math.max(inUse, 0);
}

/** `first_name` and `last_name`, where they are known; the whole name of whoever has only a text is the last name. */
export function toldName(main: Resource): Json {
  const name = namesOf(main)[nameAt(main)];
  const first = name?.given?.join(' ');
  const last = name?.family ?? (first === undefined ? name?.text : undefined);
  return {
    ...(first !== undefined && { first_name: first }),
    ...(last !== undefined && { last_name: last }),
  };
}

/** How somebody is called, in one text. */
export const fullName = (main: Resource): string => Object.values(toldName(main)).join(' ');

/** The names as they are, but for the one that is shown. */
export function withName(main: Resource | undefined, { first_name, last_name }: Json): HumanName[] {
  const names = namesOf(main);
  const told = main ? toldName(main) : {};
  if (main && told.first_name === first_name && told.last_name === last_name) return names;
  const at = nameAt(main);
  // A text of the whole name is no longer true.
  const { text: _, family: __, given, ...rest } = names[at] ?? { use: 'official' };
  const name = {
    ...rest,
    ...(last_name !== undefined && { family: last_name as string }),
    ...(first_name !== undefined && {
      given: told.first_name === first_name && given ? given : givenNames(first_name as string),
    }),
  };
  return names.length === 0 ? [name] : names.map((each, i) => (i === at ? name : each));
}

/** People by phone number: leads keep theirs without blanks and signs, other systems as they please. */
export const phoneFilter: ClinicFilter = {
  description: 'Phone number, as it was given or without blanks and signs between the digits.',
  schema: { type: 'string', examples: ['+52 81 8000 0000'] },
  search: (value) => [['phone', [...new Set([value, plainPhone(value)])].map(exactly).join()]],
};

const SYSTEMS = ['email', 'phone'] as const;

const inUse = (main: Resource | undefined, wanted: string): ContactPoint[] =>
  pointsOf(main).filter(
    ({ system, use, value }) => system === wanted && use !== 'old' && value !== undefined,
  );

/** `email` and `phone`, where they are known: the first of each that is in use. */
export const toldPoints = (main: Resource): Json =>
  Object.fromEntries(
    SYSTEMS.flatMap((system) => {
      const value = inUse(main, system)[0]?.value;
      return value === undefined ? [] : [[system, value]];
    }),
  );

/**
 * The contact points as they are, but for those that are shown. Where there is to be none, all of the kind are out of use: none of
 * them comes to light in its place.
 * @param systems those that the plain form has a member for
 */
export function withPoints(
  main: Resource | undefined,
  input: Json,
  systems: readonly ('email' | 'phone')[] = SYSTEMS,
): ContactPoint[] {
  let points = pointsOf(main);
  for (const system of systems) {
    const value = input[system] as string | undefined;
    const used = inUse(main, system);
    const [shown] = used;
    if (shown?.value === value) continue;
    if (!shown) points = [...points, { system, value: value! }];
    else if (value !== undefined) points = points.map((each) => (each === shown ? { ...each, value } : each));
    else points = points.map((each) => (used.includes(each) ? { ...each, use: 'old' } : each));
  }
  return points;
}

/** One name for each word; a text with other white space between them stays as it is, so that none of it is lost. */
export function givenNames(text: string): string[] {
  const words = text.split(' ');
  return words.every((word) => /^\S+$/.test(word)) ? words : [text];
}
