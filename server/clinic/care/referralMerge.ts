// What a CRM tells of referrals whose states were changed here: everything but the states, which are not undone by an export.
import type { Resource } from '../../services.ts';
import { refersTo } from './referralJson.ts';
import { entriesOf, extensionsOf, stateExtensions } from './referralParts.ts';

/**
 * The resources of one journey as a CRM tells them, without the states where these were changed here. `current` gives what is stored.
 */
export function withoutStates(
  told: readonly Resource[],
  current: (resource: Resource) => Resource | undefined,
): Resource[] {
  const held = told.flatMap((each) => {
    const known = each.resourceType === 'ServiceRequest' ? current(each) : undefined;
    return known && isChangedHere(known) ? [known] : [];
  });
  if (held.length === 0) return [...told];
  return told.map((each) => {
    const { resourceType } = each;
    if (resourceType === 'ServiceRequest' && held.some(({ id }) => id === each.id)) return stateless(each);
    const isOfOne = held.some(
      (request) => refersTo(each.referralRequest, request) || refersTo(request.supportingInfo, each),
    );
    if (!isOfOne || !['EpisodeOfCare', 'ResearchSubject'].includes(resourceType)) return each;
    const { status: _, period: __, ...rest } = each;
    return rest as Resource;
  });
}

const isChangedHere = (request: Resource): boolean =>
  entriesOf(request).some(({ recorded, undone }) => recorded !== undefined || undone !== undefined);

function stateless({ status: _, authoredOn: __, meta, ...request }: Resource): Resource {
  const { tag: ___, ...rest } = (meta ?? {}) as Record<string, unknown>;
  const extension = extensionsOf(request as Resource).filter(({ url }) => !stateExtensions.includes(url));
  return { ...request, meta: rest, extension } as Resource;
}
