// A referral as FHIR resources, as they are but for what the plain form tells otherwise: ServiceRequest, and ResearchSubject with its
// ResearchStudy, or EpisodeOfCare.
import type { WriteRequest } from '../../fhir/planChange.ts';
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { referralKind } from '../crm/crmUnit.ts';
import { defined, identified, profileUrl, type Reference, referenceTo } from '../fhirParts.ts';
import type { Identifier } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { referralJson, referralParts, refersTo } from './referralJson.ts';
import {
  ELIGIBLE,
  eligibleBy,
  episodeStatus,
  extensionsOf,
  INELIGIBLE_REASON,
  keptStatus,
  OUTCOME,
  referralSystem,
  subjectStatus,
  trialUri,
  withEntries,
} from './referralParts.ts';
import { currentEntry, type Entry, type ReferralKind } from './referralStates.ts';

/** What looking things up has told of a referral that is to be written. */
export interface ReferralPlan {
  kind: ReferralKind;
  entries: readonly Entry[];
  /** those that it had; absent of a new one */
  former?: readonly Entry[];
  /** whether they are others than they were, and all that follows from them */
  isMoved: boolean;
  /** `Patient/[id]` */
  patient: string;
  /** `Practitioner/[id]`; absent where it stays as it is */
  physician?: string;
  /** absent where it stays as it is */
  condition?: Reference;
  trial?: Trial;
}

/** A trial. */
export interface Trial {
  id: string;
  study: Resource;
  /** where the study has to be written: whether there is none yet */
  write?: 'new' | 'changed';
}

const text = { ct: 'Referral to a clinical trial', eap: 'Referral to expanded access' };

/** What every ServiceRequest of a kind of referral has. */
export const requestParts = (kind: ReferralKind): Record<string, unknown> => {
  const coding = referralKind(kind);
  return { intent: 'order', category: [{ coding: [coding] }], code: { coding: [coding], text: text[kind] } };
};

/** How a ServiceRequest tells which trial it is about. */
export const trialParts = (trialId: string, subject: Resource, study: Resource) => ({
  instantiatesUri: [trialUri(trialId)],
  supportingInfo: [referenceTo(subject), referenceTo(study)],
});

/** The writes of a referral, that of the ServiceRequest first. */
export function referralWrites(
  input: Json,
  id: string,
  known: readonly Resource[],
  plan: ReferralPlan,
): WriteRequest[] {
  const parts = referralParts(known);
  const { request } = parts;
  const before = request ?? {
    ...identified('ServiceRequest', referralSystem, id),
    ...requestParts(plan.kind),
    subject: { reference: plan.patient },
  };
  const told = request ? referralJson(request, known.slice(1)) : {};
  const main = withIdentity(requestOf(input, told, before, plan), id, 'salus-referral');
  if (plan.kind === 'eap') {
    const episode = episodeOf(input, id, main, parts.episode, plan);
    return [put(main), put(episode)];
  }
  const { trial } = plan;
  if (!trial) return [put(main), ...(parts.subject ? [put(subjectOf(id, parts.subject, plan))] : [])];
  const { study, write } = trial;
  const subject = subjectOf(id, parts.subject, plan);
  const others = ((main.supportingInfo ?? []) as Reference[]).filter(
    (each) => ![subject, study].some((own) => refersTo([each], own)),
  );
  const { instantiatesUri, supportingInfo } = trialParts(trial.id, subject, study);
  const uris = ((main.instantiatesUri ?? []) as string[]).filter((uri) => !instantiatesUri.includes(uri));
  return [
    put({
      ...main,
      instantiatesUri: [...instantiatesUri, ...uris],
      supportingInfo: [...supportingInfo, ...others],
    } as Resource),
    put(subject),
    ...(write === 'new' ? [{ ...put(study), ifNoneMatchAny: true }] : []),
    ...(write === 'changed' ? [{ ...put(study), ifMatch: Number(study.meta?.versionId) }] : []),
  ];
}

/** The writes that take back a state. */
export function undoneWrites(known: readonly Resource[], plan: ReferralPlan): WriteRequest[] {
  const { request, subject, episode } = referralParts(known);
  const former = plan.former!;
  const status = currentEntry(former).status;
  const eligible = eligibleBy(plan.kind, plan.entries);
  const wasTold = eligibleBy(plan.kind, former) !== eligible;
  const gone = [...(wasTold ? [ELIGIBLE] : []), ...(status === 'ineligible' ? [INELIGIBLE_REASON] : [])];
  const kept = extensionsOf(request).filter(({ url }) => !gone.includes(url));
  const extension =
    wasTold && eligible !== undefined ? [{ url: ELIGIBLE, valueBoolean: eligible }, ...kept] : kept;
  return [
    put(withEntries({ ...request, extension }, plan.kind, plan.entries)),
    ...(subject ? [put(subjectOf('', subject, plan))] : []),
    ...(episode ? [put(withEpisode(episode, plan))] : []),
  ];
}

const put = (resource: Resource): WriteRequest => ({
  ...{ method: 'PUT', type: resource.resourceType, id: resource.id!, resource },
});

/** With our identifier and profile. */
function withIdentity(resource: Resource, id: string, profile: string): Resource {
  const identifiers = (resource.identifier ?? []) as Identifier[];
  const { meta = {} } = resource;
  const claimed = ((meta as { profile?: string[] }).profile ?? []) as string[];
  const url = profileUrl(profile);
  return {
    ...resource,
    meta: { ...meta, profile: claimed.includes(url) ? claimed : [...claimed, url] },
    identifier: identifiers.length > 0 ? identifiers : [{ system: referralSystem, value: id }],
  } as Resource;
}

function requestOf(
  input: Json,
  told: Json,
  before: Resource,
  { kind, entries, isMoved, physician, condition }: ReferralPlan,
): Resource {
  const extensions = new Map<string, Record<string, unknown> | undefined>();
  const state = currentEntry(entries).status;
  const eligible = eligibleBy(kind, entries);
  if (isMoved && kind === 'ct' && eligible !== undefined)
    extensions.set(ELIGIBLE, { valueBoolean: eligible });
  const reason =
    state === 'ineligible' ? input.ineligible_reason : told.ineligible_reason && input.ineligible_reason;
  if (kind === 'ct') extensions.set(INELIGIBLE_REASON, reason ? { valueString: reason } : undefined);
  const outcome = kind === 'ct' ? input.ct_outcome : input.eap_outcome;
  extensions.set(OUTCOME, outcome === undefined ? undefined : { valueString: outcome });
  const others = extensionsOf(before).filter(({ url }) => !extensions.has(url));
  const own = [...extensions].flatMap(([url, value]) => (value ? [{ url, ...value }] : []));
  const { extension: _, requester, reasonReference, orderDetail, ...kept } = before;
  const [, ...moreDetails] = (orderDetail ?? []) as unknown[];
  const [, ...moreReasons] = (reasonReference ?? []) as unknown[];
  const details = input.product === undefined ? moreDetails : [{ text: input.product }, ...moreDetails];
  const all = [...own, ...others];
  const isUntold = (name: string) => told[name] === undefined && input[name] === undefined;
  const isSame = (name: string) => told[name] === input[name];
  const resource = {
    ...kept,
    ...defined({
      extension: all,
      requester:
        isUntold('physician_id') || isSame('physician_id')
          ? requester
          : physician && { reference: physician },
      reasonReference:
        isUntold('condition_id') || isSame('condition_id')
          ? reasonReference
          : [...(condition ? [condition] : []), ...moreReasons],
      orderDetail: kind === 'ct' || isSame('product') ? orderDetail : details,
    }),
  } as Resource;
  return isMoved ? withEntries(resource, kind, entries) : resource;
}

function subjectOf(id: string, known: Resource | undefined, plan: ReferralPlan): Resource {
  const before =
    known ??
    withIdentity(
      {
        ...identified('ResearchSubject', referralSystem, id),
        study: referenceTo(plan.trial!.study),
        individual: { reference: plan.patient },
      },
      id,
      'salus-trial-subject',
    );
  if (known && !plan.isMoved) return known;
  const { period: _, ...rest } = before;
  return { ...rest, ...subjectStatus(plan.entries), ...keptOf(known, plan) } as Resource;
}

function episodeOf(
  input: Json,
  id: string,
  request: Resource,
  known: Resource | undefined,
  plan: ReferralPlan,
): Resource {
  const before = known ?? {
    ...identified('EpisodeOfCare', referralSystem, id),
    type: [{ coding: [referralKind('eap')] }],
    patient: { reference: plan.patient },
    referralRequest: [referenceTo(request)],
  };
  const others = ((before.identifier ?? []) as Identifier[]).filter(
    ({ system }) => system !== crmSystems.eapNumbers,
  );
  const number = input.eap_number as string | undefined;
  const identifier =
    number === undefined ? others : [...others, { system: crmSystems.eapNumbers, value: number }];
  const { identifier: _, ...rest } = plan.isMoved || !known ? withEpisode(before, plan) : before;
  return withIdentity({ ...rest, ...defined({ identifier }) } as Resource, id, 'salus-access-episode');
}

function withEpisode(episode: Resource, plan: ReferralPlan): Resource {
  const { period: _, statusHistory, ...rest } = episode;
  const status = episodeStatus(plan.entries, statusHistory as never);
  return { ...rest, ...status, ...keptOf(episode, plan) } as Resource;
}

/** The status that an EHR gave what is there already, where it stays. */
const keptOf = (journey: Resource | undefined, { kind, former, entries }: ReferralPlan) =>
  journey && former ? keptStatus(kind, journey, former, entries) : {};

/** What is deleted with a referral: what was made for it alone. The trial is everybody's. */
export function referralDeletes(known: readonly Resource[]): WriteRequest[] {
  const { request, subject, episode } = referralParts(known);
  const isOnly = ((episode?.referralRequest ?? []) as unknown[]).length === 1;
  return [subject, isOnly ? episode : undefined, request].flatMap((each): WriteRequest[] =>
    each ? [{ method: 'DELETE', type: each.resourceType, id: each.id! }] : [],
  );
}
