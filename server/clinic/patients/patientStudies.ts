// GET /patients?include=studies: each patient with its newest studies.
import { cursorAt } from '../../fhir/search.ts';
import type { Cursor } from '../../search/searchPlan.ts';
import type { Resource, Services } from '../../services.ts';
import type { Database } from '../../store/database.ts';
import { studies } from '../studies/studies.ts';
import type { ClinicEmbed, Json, SearchTerms } from '../things/clinicResource.ts';
import { searchThings } from '../things/thing.ts';

/** Studies of all patients of an answer, and of one of them. */
const MOST = 5_000;
const MOST_OF_ONE = 1_000;
/** Patients whose studies are searched at once, studies that are looked at at once, and that are read at once. */
const CHUNK = 100;
const PAGE = 250;
const BATCH = 500;
/** Reports alone, which tell whose they are. */
const reports = { ...studies, parts: [] };

export const patientStudies: ClinicEmbed = {
  description: `The studies of the patient, newest first; of an answer with several patients, which has at most ${MOST}, the newest of each.`,
  schema: { type: 'array', items: studies.schema },
  isPartial: true,
  load: async (services, db, mains) => {
    const most = Math.min(MOST_OF_ONE, Math.floor(MOST / Math.max(mains.length, 1)));
    const newest: string[][] = [];
    for (let start = 0; start < mains.length; start += CHUNK) {
      const ids = mains.slice(start, start + CHUNK).map(({ id }) => id!);
      newest.push(...(await newestOf(services, db, ids, most + 1)));
    }
    const wanted = newest.flatMap((ids) => ids.slice(0, most));
    const found = new Map<string, Json>();
    for (let start = 0; start < wanted.length; start += BATCH) {
      const terms: SearchTerms = [['_id', wanted.slice(start, start + BATCH).join()]];
      const { things } = await searchThings(services, studies, { terms, count: BATCH }, db);
      for (const { main, json } of things) found.set(main.id!, json);
    }
    return newest.map((ids) => ({
      value: ids.flatMap((id) => found.get(id) ?? []),
      hasMore: ids.length > most,
    }));
  },
};

/** The ids of the newest reports of each of some patients: page by page, from then on without those that have enough. */
async function newestOf(
  services: Services,
  db: Database,
  patients: readonly string[],
  most: number,
): Promise<string[][]> {
  const found = new Map(patients.map((id): [string, string[]] => [id, []]));
  let wanted = patients;
  for (let cursor: Cursor | undefined; wanted.length > 0; ) {
    const terms: SearchTerms = [['subject', wanted.map((id) => `Patient/${id}`).join()]];
    const search = { terms, count: PAGE, ...(cursor && { cursor }) };
    const { things, matches, plan } = await searchThings(services, reports, search, db);
    for (const { main } of things) {
      const theirs = found.get(subjectOf(main) ?? '');
      if (theirs && theirs.length < most) theirs.push(main.id!);
    }
    if (matches.length <= things.length) break;
    cursor = cursorAt(matches[things.length - 1]!, plan, Date.now());
    wanted = wanted.filter((id) => found.get(id)!.length < most);
  }
  return patients.map((id) => found.get(id)!);
}

const subjectOf = ({ subject }: Resource): string | undefined =>
  /(?:^|\/)Patient\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/|$)/.exec(
    (subject as { reference?: string } | undefined)?.reference ?? '',
  )?.[1];
