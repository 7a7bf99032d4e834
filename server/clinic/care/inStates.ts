// Referrals by their states, as a search of ServiceRequests.
import type { SearchTerms } from '../things/clinicResource.ts';
import { byStatus, kindToken, STATES, stateToken } from './referralParts.ts';
import { firstState, referralStates, stateOf } from './referralStates.ts';

/** The ServiceRequests in one of these states: by their tag, where no EHR has changed their status since; else by that. */
export function inStates(names: readonly string[]): SearchTerms {
  const tag = (name: string) => `_tag eq "${stateToken(name)}"`;
  const stored = names.map((name) => {
    const others = (['completed', 'revoked'] as const).filter((status) => requestOf(name) !== status);
    return `(${tag(name)} and not (${others.map((status) => `status eq "${status}"`).join(' or ')}))`;
  });
  const changed = (['ct', 'eap'] as const).flatMap((kind) => {
    const of = `category eq "${kindToken(kind)}"`;
    const meant = (['completed', 'revoked'] as const).filter((status) =>
      names.includes(byStatus[kind][status]),
    );
    const first = `(${of} and not (_tag eq "${STATES}|") and not (status eq "completed" or status eq "revoked"))`;
    return [
      ...meant.map((status) => {
        const own = Object.keys(referralStates[kind]).filter((name) => requestOf(name) === status);
        return `(${of} and status eq "${status}" and not (${own.map(tag).join(' or ')}))`;
      }),
      ...(names.includes(firstState(kind)) ? [first] : []),
    ];
  });
  return [['_filter', [...stored, ...changed].join(' or ')]];
}

/** ServiceRequest.status of a state, which is the same for both kinds. */
const requestOf = (name: string) => (stateOf('ct', name) ?? stateOf('eap', name))?.request;
