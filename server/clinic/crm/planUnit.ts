// A unit, what is stored of it and what the CRM told of it the last time → what is to be written and remembered. Whatever was
// changed or deleted here stays so, as long as the CRM tells nothing new of it.
import type { WriteRequest } from '../../fhir/planChange.ts';
import type { Resource } from '../../services.ts';
import { withoutStates } from '../care/referralMerge.ts';
import { codeSystem } from '../fhirParts.ts';
import type { CrmUnit } from './crmUnit.ts';
import { type Clash, isSame, mergeTold } from './mergeTold.ts';

/** What becomes of one resource of a unit. */
export interface Step {
  /** absent where nothing is to be written */
  request?: WriteRequest;
  /** all that the CRM has told of it, where that is more than is remembered */
  remember?: Resource;
  clashes: Clash[];
}

/** What is known of a resource: as it is stored, or as it was told; undefined where it is not. */
export type Lookup = (resource: Resource) => Resource | undefined;

const STATES = codeSystem('person-states');

/** The steps of a unit, in the order of its resources. */
export function planUnit({ resources }: CrmUnit, stored: Lookup, before: Lookup): Step[] {
  const told = withoutStates(resources, stored).map((each) => converted(each, stored(each)));
  const steps = told.map((each) => stepOf(each, stored(each), before(each)));
  const [main] = told;
  // Something new is told of whom or what was deleted here.
  const isBack = !stored(main!) && steps.some(({ request }) => request !== undefined);
  return isBack ? [created(main!), ...steps.slice(1)] : steps;
}

function stepOf(told: Resource, stored: Resource | undefined, before: Resource | undefined): Step {
  const remembered = before ? mergeTold(before, before, told).resource : told;
  const isNews = !before || !isSame(remembered, before);
  if (!stored) return isNews ? created(told) : { clashes: [] };
  const { resource, clashes } = mergeTold(before, before ? stored : promoted(stored, told), told);
  return {
    clashes,
    ...(isNews && { remember: remembered }),
    ...(!isSame(resource, stored) && {
      request: { ...put(resource), ifMatch: Number(stored.meta?.versionId) },
    }),
  };
}

const created = (told: Resource): Step => ({
  request: { ...put(told), ifNoneMatchAny: true },
  remember: told,
  clashes: [],
});

/** To write a resource as it is. */
export const put = (resource: Resource): WriteRequest => ({
  ...{ method: 'PUT', type: resource.resourceType, id: resource.id!, resource: structuredClone(resource) },
});

/** A conversion is not undone by an export that does not tell of it. */
function converted(told: Resource, stored: Resource | undefined): Resource {
  const isPatient = tagsOf(stored).some(({ system, code }) => system === STATES && code === 'patient');
  const tags = tagsOf(told).filter(({ system }) => system !== STATES);
  return isPatient ? ({ ...told, meta: { ...told.meta, tag: tags } } as Resource) : told;
}

/** Whom the CRM tells of for the first time, as a patient, was a lead here until now. */
function promoted(stored: Resource, told: Resource): Resource {
  const [state] = tagsOf(told).filter(({ system, code }) => system === STATES && code === 'patient');
  if (!state || !tagsOf(stored).some(({ system }) => system === STATES)) return stored;
  const tag = tagsOf(stored).map((each) => (each.system === STATES ? state : each));
  return { ...stored, meta: { ...stored.meta, tag } } as Resource;
}

const tagsOf = (resource: Resource | undefined) =>
  (resource?.meta?.tag ?? []) as { system?: string; code?: string }[];
