// Numbers of medical licences: no two people have the same, whatever the case. Identifiers are found by their very value, so that each
// spelling is looked for.
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { readContents } from '../../store/resources.ts';
import { crmSystems } from '../crm/crmTables.ts';
import type { Identifier } from '../patients/patientIds.ts';
import { seenNow } from '../things/refuseNamed.ts';
import { token } from '../things/searchTerms.ts';
import type { Seen } from '../things/seen.ts';
import { isLicence, type Qualification } from './professionalJson.ts';

/** With so many letters, all spellings are looked for; with more, capitals only, small letters only, and as it is written. */
const MOST_LETTERS = 6;

/** All licences of a Practitioner, as they are written. */
export function licencesOf({ identifier, qualification }: Resource): string[] {
  const own = (identifier ?? []) as Identifier[];
  const proven = ((qualification ?? []) as Qualification[]).flatMap(({ identifier: of = [] }) => of);
  return [...new Set([...own, ...proven].filter(isLicence).map(({ value }) => value!))];
}

export const isSameLicence = (one: string, other: string): boolean =>
  one.toLowerCase() === other.toLowerCase();

/** The Practitioners with a licence, and the searches that found them: the first is the same for all spellings. */
export async function holdersOf(
  services: Services,
  licence: string,
): Promise<{ found: Resource[]; seen: Seen[] }> {
  const all = spellingsOf(licence);
  const queries = [all, ...(all.includes(licence) ? [] : [[licence]])].map((spellings) => {
    const tokens = spellings.map((spelling) => token(crmSystems.licences, spelling));
    return `identifier=${encodeURIComponent(tokens.join())}`;
  });
  const seen = await Promise.all(queries.map((query) => seenNow(services, 'Practitioner', query)));
  const ids = [...new Set(seen.flatMap((each) => each.ids))];
  const read = await readContents(services.db, 'Practitioner', ids);
  return { found: read.map(({ content }) => parseJson(content) as Resource), seen };
}

/** The spellings of a licence, in one order whichever it is. */
function spellingsOf(licence: string): string[] {
  const pairs = [...licence].map((char) => [...new Set([char.toLowerCase(), char.toUpperCase()])]);
  if (pairs.filter(({ length }) => length > 1).length > MOST_LETTERS) {
    return [...new Set([licence.toLowerCase(), licence.toUpperCase()])];
  }
  return pairs.reduce<string[]>(
    (spellings, pair) => spellings.flatMap((spelling) => pair.map((char) => spelling + char)),
    [''],
  );
}
