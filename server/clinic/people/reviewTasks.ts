// What becomes of the Task of a review: it is decided, or goes on about the record that another review has left.
import type { Resource } from '../../services.ts';
import { crmSystems } from '../crm/crmTables.ts';
import { defined, type Reference } from '../fhirParts.ts';
import { type Identifier, patientSystem } from '../patients/patientIds.ts';
import { nameOf } from '../things/thingParts.ts';
import {
  type Candidate,
  candidateMembers,
  candidatesOf,
  type Decision,
  reviewConcept,
  withoutCandidates,
} from './leadReviewJson.ts';

interface Closing {
  decision: Decision;
  /** FHIR instant */
  at: string;
  /** the lead, as it was before the merge */
  fresh?: Resource;
  /** `Patient/[id]` that the lead is merged into */
  survivor?: string;
  differences?: readonly string[];
  decided_by?: string;
  note?: string;
}

const list = (value: unknown): unknown[] => (value ?? []) as unknown[];

/** The Task once it is decided. The references to the lead keep the ids by which it was known. */
export function closed(task: Resource, closing: Closing): Resource {
  const { decision, at, fresh, survivor, differences = [], decided_by, note } = closing;
  const basedOn = list(task.basedOn) as Reference[];
  const isNamed = survivor === undefined || basedOn.some(({ reference }) => reference === survivor);
  const output = [
    ...list(task.output),
    ...(survivor ? [{ type: reviewConcept('survivor'), valueReference: { reference: survivor } }] : []),
    ...differences.map((valueString) => ({ type: reviewConcept('difference'), valueString })),
  ];
  return {
    ...task,
    ...{ status: 'completed', businessStatus: reviewConcept(decision), lastModified: at },
    executionPeriod: { ...(task.executionPeriod as object | undefined), end: at },
    ...(!isNamed && { basedOn: [...basedOn, { reference: survivor }] }),
    ...(fresh && {
      focus: known(task.focus, fresh, crmSystems.Contact),
      for: known(task.for, fresh, patientSystem),
    }),
    ...defined({
      owner: decided_by === undefined ? task.owner : { display: decided_by },
      note: [...(note === undefined ? [] : [{ text: note, time: at }]), ...list(task.note)],
      output,
    }),
  };
}

function known(reference: unknown, { identifier = [] }: Resource, wanted: string) {
  const own = (identifier as Identifier[]).find(({ system }) => system === wanted);
  const { system, value } = own ?? {};
  return { ...(reference as Reference), ...(value !== undefined && { identifier: { system, value } }) };
}

/**
 * An open review once a Patient has been merged into `to` (`Patient/[id]`) by another: it is about `to` in its place. Where nobody else
 * may be the same person, that has decided it.
 * @param merged as it was before
 */
export function reviewAfterMerge(task: Resource, merged: Resource, to: string, at: string): Resource {
  const from = nameOf(merged);
  const moved = (reference: string | undefined) => (reference === from ? to : reference);
  const { focus, for: subject } = task as Resource & Record<'focus' | 'for', Reference | undefined>;
  const about = moved(subject?.reference);
  const candidates = new Map<string, Candidate>();
  for (const candidate of candidatesOf(task)) {
    const reference = moved(candidate.reference)!;
    if (reference === about) continue;
    const { score = 0, because = [] } = candidates.get(reference) ?? {};
    candidates.set(reference, {
      reference,
      score: Math.max(score, candidate.score),
      because: [...new Set([...because, ...candidate.because])],
    });
  }
  if (candidates.size === 0) {
    const note = 'Another review has decided it.';
    const isFresh = subject?.reference === from;
    return closed(task, { decision: 'same', at, survivor: to, note, ...(isFresh && { fresh: merged }) });
  }
  const { basedOn, input } = candidateMembers([...candidates.values()]);
  const rest = withoutCandidates(task);
  return {
    ...task,
    ...{ basedOn: [...basedOn, ...rest.basedOn], input: [...input, ...rest.input], lastModified: at },
    focus: { ...focus, reference: moved(focus?.reference) },
    for: { ...subject, reference: about },
  };
}
