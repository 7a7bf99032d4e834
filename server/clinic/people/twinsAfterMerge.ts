// What is there twice once two records are of one person: open referrals to one trial or product, conditions and calls. Nothing of it
// is removed; whoever merges is told.
import { find } from '../../fhir/search.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { instant } from '../care/bookingAppointment.ts';
import { bookingJson } from '../care/bookingJson.ts';
import { isOff } from '../care/bookingStatus.ts';
import { conditionJson } from '../care/conditionJson.ts';
import { referralJson } from '../care/referralJson.ts';
import { kindToken } from '../care/referralParts.ts';
import { plainWords } from '../plainWords.ts';
import type { Json } from '../things/clinicResource.ts';
import { nameOf } from '../things/thingParts.ts';

/** Resources of a kind that are looked at, of one person. */
const MOST = 1_000;
/** Twins of a kind that are told one by one. */
const MOST_TOLD = 20;

/** What may be there twice: how it is found, and what two of them have in common. */
interface Kind {
  type: string;
  /** search parameters beside whose it is */
  terms: readonly [string, string][];
  /** what it is, by which two are twins, and in words; undefined for what may be there twice */
  sameness(json: Json): { key: string; words: string } | undefined;
  toJson(main: Resource): Json;
}

const isStanding = ({ status, verification }: Json): boolean =>
  ['active', 'recurrence', 'relapse'].includes(String(status)) && verification !== 'refuted';

const KINDS: readonly Kind[] = [
  {
    type: 'ServiceRequest',
    terms: [
      ['category', `${kindToken('ct')},${kindToken('eap')}`],
      ['status:not', 'entered-in-error'],
    ],
    toJson: (main) => referralJson(main, []),
    sameness: ({ kind, trial_id, product, next_states }) => {
      const to = (kind === 'ct' ? trial_id : product) as string | undefined;
      if (to === undefined || (next_states as unknown[]).length === 0) return undefined;
      const what = kind === 'ct' ? `the trial "${to}"` : `"${to}"`;
      return { key: `${kind}|${plainWords(to)}`, words: `an open referral to ${what}` };
    },
  },
  {
    type: 'Condition',
    terms: [],
    toJson: (main) => conditionJson(main, []),
    sameness: (json) => {
      if (!isStanding(json) || json.code === undefined) return undefined;
      return { key: `${json.code_system}|${json.code}`, words: `the condition "${json.medical_condition}"` };
    },
  },
  {
    type: 'Appointment',
    terms: [],
    toJson: (main) => bookingJson(main, []),
    sameness: (json) => {
      if (isOff(json) || json.booking_date === undefined) return undefined;
      const at = String(json.booking_date);
      const key = at.includes('T')
        ? String(Math.floor(Date.parse(instant(at)) / 60_000))
        : `${at}|${json.kind}`;
      return { key, words: `a call ${at.includes('T') ? 'at' : 'on'} ${at}` };
    },
  },
];

/**
 * Sentences on what both records have.
 * @param survivor, fresh as they are before the merge
 */
export async function twinsAfterMerge(
  services: Services,
  survivor: Resource,
  fresh: Resource,
): Promise<string[]> {
  const told = await Promise.all(
    KINDS.map(async (kind) => {
      const [older, newer] = await Promise.all([survivor, fresh].map((of) => thingsOf(services, kind, of)));
      const found = older!.flatMap(({ key, id, words }) =>
        newer!.flatMap((other) =>
          other.key === key
            ? [`Both records have ${words}: "${id}" of the older one, "${other.id}" of the newer one.`]
            : [],
        ),
      );
      const more = found.length - MOST_TOLD;
      return more > 0 ? [...found.slice(0, MOST_TOLD), `${more} more of this kind are there twice.`] : found;
    }),
  );
  return told.flat();
}

async function thingsOf(services: Services, { type, terms, toJson, sameness }: Kind, of: Resource) {
  const query: [string, string][] = [['patient', nameOf(of)], ...terms, ['_count', String(MOST)]];
  const base = services.baseUrls[0]!;
  const request = { type, query, base, handling: 'strict' as const, maxCount: MOST };
  const { matches } = await find(services, request, services.db);
  return matches.flatMap(({ resource }) => {
    const json = toJson(parseJson(resource.content!) as Resource);
    const same = sameness(json);
    return same ? [{ ...same, id: String(json.id) }] : [];
  });
}
