// Which identities a request concerns, given what its criteria match (http.html#ccreate, #cond-update, #cdelete).
import { refuse } from '../errors.ts';
import type { Identity } from '../store/resources.ts';
import type { Prepared } from './prepareWrites.ts';

/** An identity to write; `mustBeNew` where the criteria match nothing and the body names an id of its own. */
export interface WrittenIdentity extends Identity {
  mustBeNew?: true;
}

/**
 * @param found what the criteria match, undefined for an unconditional request
 * @param deleteMax most identities one conditional delete may remove (1: only single deletes)
 * @returns one identity, or several for a conditional delete of many, or none where a delete matches nothing
 * @throws FhirError 404 or 412 where the criteria do not select as the interaction needs, 400 for a wrong body id
 */
export function identitiesOf(
  prepared: Prepared,
  found: Identity[] | undefined,
  deleteMax: number,
): WrittenIdentity[] {
  const { request, freshId, criteria } = prepared;
  const { type, method } = request;
  if (!found) return [{ type, id: request.id ?? freshId }];
  if (method === 'DELETE') {
    if (found.length > deleteMax) throw tooMany(criteria!.text, deleteAdvice(deleteMax));
    return found.length > 0 ? found : [{ type, id: freshId }];
  }
  if (found.length > 1) throw tooMany(criteria!.text, 'Make the criteria more specific.');
  const match = found[0];
  const bodyId = request.resource?.id;
  switch (method) {
    case 'POST':
      return [match ?? { type, id: freshId }];
    case 'PUT':
      if (match && bodyId !== undefined && bodyId !== match.id) {
        throw refuse(
          400,
          'invalid',
          `The criteria match ${type}/${match.id}, the body has the id "${bodyId}": leave the id out or use the same.`,
          `${type}.id`,
        );
      }
      if (match) return [match];
      return [bodyId === undefined ? { type, id: freshId } : { type, id: bodyId, mustBeNew: true }];
    case 'PATCH':
      if (!match)
        throw refuse(404, 'not-found', `Nothing matches ${criteria!.text}, so there is nothing to patch.`);
      return [match];
  }
}

const deleteAdvice = (max: number) =>
  max === 1
    ? 'This server deletes one resource at a time: make the criteria more specific.'
    : `At most ${max} are deleted at once: make the criteria more specific.`;

function tooMany(criteria: string, advice: string) {
  return refuse(412, 'multiple-matches', `Several resources match ${criteria}. ${advice}`);
}
