// What a referral refers to: a condition of the patient, a trial, and the patient's other referrals to that trial.
import { refuse } from '../../errors.ts';
import { find } from '../../fhir/search.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { readContents } from '../../store/resources.ts';
import { study as newStudy } from '../crm/crmJourneys.ts';
import { crmSystems } from '../crm/crmTables.ts';
import type { Reference } from '../fhirParts.ts';
import type { Identifier } from '../patients/patientIds.ts';
import { plainWords } from '../plainWords.ts';
import { exactly, token } from '../things/searchTerms.ts';
import type { Seen } from '../things/seen.ts';
import { fhirIdIn } from '../things/thingIds.ts';
import { nameOf } from '../things/thingParts.ts';
import { conditionSystem } from './conditionResource.ts';
import { referralIdOf, refersTo, titleOf } from './referralJson.ts';
import {
  conditionReference,
  entriesOf,
  kindOf,
  kindToken,
  stateToken,
  taggedState,
  trialUri,
} from './referralParts.ts';
import type { Trial } from './referralResources.ts';
import { currentEntry, nextStates, openStates } from './referralStates.ts';

/** Referrals of one patient to one trial. */
const MOST_REFERRALS = 1_000;

async function search(
  services: Services,
  type: string,
  query: [string, string][],
  count: number,
): Promise<Resource[]> {
  const { matches } = await find(
    services,
    {
      ...{ type, query: [...query, ['_count', String(count)]], base: services.baseUrls[0]! },
      ...{ handling: 'strict', maxCount: count },
    },
    services.db,
  );
  return matches.slice(0, count).map(({ resource }) => parseJson(resource.content!) as Resource);
}

/**
 * A reference to the condition of the patient that /conditions knows by an id.
 * @param patient `Patient/[id]`
 * @throws FhirError 422 for an id that no condition of the patient has
 */
export async function findCondition(
  services: Services,
  id: string,
  patient: string,
  at: string,
): Promise<Reference> {
  const isOwn = (condition: Resource) =>
    ((condition.identifier ?? []) as Identifier[]).some(({ system }) => system === conditionSystem);
  const identified = await search(services, 'Condition', [['identifier', token(conditionSystem, id)]], 2);
  const fhirId = fhirIdIn(id);
  const stored = fhirId === undefined ? [] : await readContents(services.db, 'Condition', [fhirId]);
  const unnamed = stored.map(({ content }) => parseJson(content) as Resource).filter((each) => !isOwn(each));
  const condition = [...identified, ...unnamed].find((each) => refersTo([each.subject], asResource(patient)));
  if (!condition) {
    const message = `"condition_id": the patient has no condition "${id.slice(0, 80)}". GET /api/v1/conditions lists those there are.`;
    throw refuse(422, 'not-found', message, `${at}/condition_id`);
  }
  return conditionReference(condition);
}

const asResource = (reference: string): Resource => {
  const [resourceType, id] = reference.split('/');
  return { resourceType: resourceType!, id: id! };
};

/**
 * The study that a trial id stands for; a new one for an id that is not known yet.
 * @param known where it is at hand
 * @throws FhirError 409 for another title than it has, and an id of several
 */
export async function findTrial(
  services: Services,
  id: string,
  known: Resource | undefined,
  title: unknown,
  at: string,
): Promise<Pick<Trial, 'study' | 'write'>> {
  const query: [string, string][] = [['identifier', token(crmSystems.trials, id)]];
  const [study, other] = known ? [known] : await search(services, 'ResearchStudy', query, 2);
  if (other) {
    const message = `ResearchStudy/${study!.id} and ResearchStudy/${other.id} both have the id "${id.slice(0, 80)}": take the identifier ${crmSystems.trials} from one of them through the FHIR endpoint.`;
    throw refuse(409, 'multiple-matches', message, `${at}/trial_id`);
  }
  if (!study) {
    const made = newStudy(id);
    return { study: title === undefined ? made : ({ ...made, title } as Resource), write: 'new' };
  }
  const has = titleOf(study);
  if (title === undefined || title === has) return { study };
  if (has === undefined) return { study: { ...study, title } as Resource, write: 'changed' };
  const message = `The trial "${id.slice(0, 80)}" is called "${has}", for everybody who is referred to it: leave "trial_title" out. Its title is changed in ResearchStudy/${study.id}.`;
  throw refuse(409, 'business-rule', message, `${at}/trial_title`);
}

/** What two open referrals of one patient may not both be to. */
export type Aim =
  | { kind: 'ct'; patient: string; trialId: string }
  | { kind: 'eap'; patient: string; product: string };

/** A referral that can go on. */
export interface OpenReferral {
  id: string;
  status: string;
}

/**
 * The open referrals of a patient to a trial or product.
 * @param but FHIR id of the one that is asked for
 * @returns those, and the search that found them
 */
export async function openReferrals(
  services: Services,
  aim: Aim,
  but: string | undefined,
): Promise<{ open: OpenReferral[]; seen: Seen }> {
  const { kind } = aim;
  const terms: [string, string][] = [
    ['category', kindToken(kind)],
    ['subject', aim.patient],
    ...(aim.kind === 'ct' ? [['instantiates-uri', exactly(trialUri(aim.trialId))] as [string, string]] : []),
    ['status:not', 'entered-in-error'],
  ];
  const all = await search(services, 'ServiceRequest', terms, MOST_REFERRALS);
  const query = new URLSearchParams([...terms, ['_tag', openStates.map(stateToken).join()]]).toString();
  const ids = all.filter((each) => openStates.includes(taggedState(each) ?? '')).map(({ id }) => id!);
  const others = all.filter((each) => each.id !== but && (aim.kind === 'ct' || isFor(each, aim.product)));
  const journeys = kind === 'ct' ? await subjectsOf(services, others) : await episodesOf(services, others);
  return {
    open: others.flatMap((each) =>
      openAs(
        each,
        journeys.find((one) => isJourney(one, each)),
      ),
    ),
    seen: { type: 'ServiceRequest', query, ids },
  };
}

const isFor = ({ orderDetail = [] }: Resource, product: string): boolean =>
  plainWords((orderDetail as { text?: string }[])[0]?.text ?? '') === plainWords(product);

const isJourney = (journey: Resource, request: Resource): boolean =>
  refersTo(request.supportingInfo, journey) || refersTo(journey.referralRequest, request);

/** The referral, if it can go on. */
function openAs(request: Resource, journey: Resource | undefined): OpenReferral[] {
  const { status } = currentEntry(entriesOf(request, journey));
  return nextStates(kindOf(request), status).length > 0 ? [{ id: referralIdOf(request), status }] : [];
}

async function subjectsOf(services: Services, requests: readonly Resource[]): Promise<Resource[]> {
  const references = requests.flatMap(({ supportingInfo = [] }) => supportingInfo as Reference[]);
  const ids = references.flatMap(
    ({ reference }) => /^ResearchSubject\/(.+)$/.exec(reference ?? '')?.[1] ?? [],
  );
  const read = await readContents(services.db, 'ResearchSubject', ids);
  return read.map(({ content }) => parseJson(content) as Resource);
}

async function episodesOf(services: Services, requests: readonly Resource[]): Promise<Resource[]> {
  if (requests.length === 0) return [];
  const names = requests.map(({ id }) => `ServiceRequest/${id}`).join();
  return search(services, 'EpisodeOfCare', [['incoming-referral', names]], MOST_REFERRALS);
}

/**
 * The open referrals with the number of a dossier, whosever they are; an episode that follows from none is told by its FHIR id.
 * @param but FHIR id of the one that is asked for
 */
export async function openDossiers(
  services: Services,
  number: string,
  but: string | undefined,
): Promise<{ open: OpenReferral[]; seen: Seen }> {
  const terms: [string, string][] = [['identifier', token(crmSystems.eapNumbers, number)]];
  const episodes = await search(services, 'EpisodeOfCare', terms, MOST_REFERRALS);
  const open: OpenReferral[] = [];
  for (const episode of episodes) {
    const references = (episode.referralRequest ?? []) as Reference[];
    const ids = references.flatMap(
      ({ reference }) => /^ServiceRequest\/(.+)$/.exec(reference ?? '')?.[1] ?? [],
    );
    if (but !== undefined && ids.includes(but)) continue;
    const read = await readContents(services.db, 'ServiceRequest', ids);
    const requests = read.map(({ content }) => parseJson(content) as Resource);
    const live = requests.filter(({ status }) => status !== 'entered-in-error');
    open.push(...live.flatMap((request) => openAs(request, episode)));
    const status = String(episode.status);
    const isOver = ['finished', 'cancelled', 'entered-in-error'].includes(status);
    if (requests.length === 0 && !isOver) open.push({ id: nameOf(episode), status });
  }
  const query = new URLSearchParams(terms).toString();
  return { open, seen: { type: 'EpisodeOfCare', query, ids: episodes.map(({ id }) => id!) } };
}
