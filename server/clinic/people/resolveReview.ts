// POST /lead-reviews/{id}:resolve: two records are of different people and stay as they are, or of one and become one, with all that
// refers to them, in one transaction.
import { refuse } from '../../errors.ts';
import type { WriteRequest } from '../../fhir/planChange.ts';
import type { Resource, Services } from '../../services.ts';
import { namingSchema, patientIdOf } from '../patients/patientIds.ts';
import type { ClinicAction, Json, Prepared, Wanted } from '../things/clinicResource.ts';
import { nameOf } from '../things/thingParts.ts';
import { currentRecord, stillStands } from './currentRecord.ts';
import { candidatesOf, decisionOf, isReview, leadIdOf, survivorOf } from './leadReviewJson.ts';
import { contradictions, mergePeople } from './mergePeople.ts';
import { referrersTo, repointed, seenOf } from './repointReferences.ts';
import { closed, reviewAfterMerge } from './reviewTasks.ts';
import { twinsAfterMerge } from './twinsAfterMerge.ts';

interface Resolution {
  decision: 'same' | 'different';
  patient_id?: string;
  despite_differences?: boolean;
  decided_by?: string;
  note?: string;
}

const TEXT = { type: 'string', minLength: 1, pattern: '\\S' };

export const resolveReview: ClinicAction = {
  summary: 'Decide whether a lead is somebody who is known already',
  description:
    'Where they are `different`, both records stay. Where they are the `same`, the older record gets what the new one knows: a new name, ' +
    'e-mail or telephone number is shown, what it stands in for is kept as old. What referred to the new record refers to the older one, and ' +
    'the new one is in no list any more; what both had, such as two open referrals to one trial, stays and is told in `differences`; the FHIR endpoint has it, with a link to the other, and every earlier version. A merge is not ' +
    'undone here. To decide the same again does no harm.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['decision'],
    properties: {
      decision: {
        ...{ enum: ['same', 'different'], examples: ['same'] },
        description: 'Whether they are the same person.',
      },
      patient_id: {
        ...{ ...namingSchema, examples: ['3'] },
        description: 'Which of the candidates is the same person; needed where there are several.',
      },
      despite_differences: {
        ...{ type: 'boolean', examples: [false] },
        description:
          'Merge them though dates of birth or sexes contradict each other: those of the older record are kept.',
      },
      decided_by: { ...TEXT, maxLength: 200, description: 'Who decides.', examples: ['Ana Pérez, records'] },
      note: {
        ...{ ...TEXT, maxLength: 10_000, examples: ['She called: it is her new address.'] },
        description: 'What is to be known of the decision.',
      },
    },
  },
  prepare,
  toFhir: (_input, _id, _known, writes) => writes as WriteRequest[],
};

async function prepare(services: Services, { input, known, at: pointer }: Wanted): Promise<Prepared> {
  const [task] = known as [Resource];
  const resolution = input as Json & Resolution;
  refuseOther(task, resolution);
  if (resolution.decision === 'different') {
    for (const member of ['patient_id', 'despite_differences'] as const) {
      if (resolution[member] === undefined) continue;
      throw refuse(
        422,
        'business-rule',
        `"${member}" says how records are merged, and different people are not merged: leave it out.`,
        `${pointer}/${member}`,
      );
    }
    const writes = [put(decisionOf(task) ? task : closed(task, { ...resolution, at: now(task) }))];
    return { context: writes };
  }
  const fresh = await recordOf(services, known, task.for);
  if (!fresh) throw gone('The lead that it is about', pointer);
  const isDone = decisionOf(task) === 'same';
  const survivor = isDone
    ? await survivorOfMerge(services, task, resolution, pointer)
    : await chosen(services, known, resolution, pointer);
  return merge(services, task, { fresh, survivor, resolution, isDone });
}

interface Merge {
  fresh: Resource;
  survivor: Resource;
  resolution: Resolution;
  /** what has come to refer to the merged record since is put right */
  isDone: boolean;
}

async function merge(
  services: Services,
  task: Resource,
  { fresh, survivor, resolution, isDone }: Merge,
): Promise<Prepared> {
  const at = now(task);
  const [from, to] = [nameOf(fresh), nameOf(survivor)];
  const current = await currentRecord(services, fresh);
  const isOne = current?.id === survivor.id;
  if (!isOne && current?.id !== fresh.id) {
    throw refuse(
      409,
      'conflict',
      `${from} has been merged into Patient/${current?.id} meanwhile, which this review is not about: decide "different", and merge by the review of that one.`,
    );
  }
  const differences = isOne ? [] : contradictions(survivor, fresh);
  if (differences.length > 0 && !resolution.despite_differences) {
    throw refuse(
      409,
      'business-rule',
      `${differences.join(' ')} Make sure that it is one person, and say "despite_differences": true; what the older record says is kept. Or correct one of them first.`,
    );
  }
  const seen = fresh.id === survivor.id ? [] : await seenOf(services, from);
  const referrers = fresh.id === survivor.id ? [] : await referrersTo(services, fresh);
  const others = referrers.filter((one) => !isReview(one) && nameOf(one) !== to);
  const reviews = referrers.filter((one) => isReview(one) && one.id !== task.id && !decisionOf(one));
  const merged = isOne ? undefined : mergePeople(survivor, fresh);
  const stand = isOne ? [] : [from, to].flatMap(stillStands);
  const twins = isOne ? [] : await twinsAfterMerge(services, survivor, fresh);
  const told = { at, fresh, survivor: to, differences: [...differences, ...twins] };
  const main = isDone ? task : closed(task, { ...resolution, ...told });
  return {
    context: [
      put(main),
      ...(merged ? [put(merged.survivor), put(merged.merged)] : []),
      ...repointed(services, others, fresh.id!, survivor.id!),
      ...reviews.map((review) => put(reviewAfterMerge(review, fresh, to, at))),
    ],
    seen: [...seen, ...stand],
  };
}

const put = (resource: Resource): WriteRequest => ({
  ...{ method: 'PUT', type: resource.resourceType, id: resource.id!, resource },
  ifMatch: Number(resource.meta?.versionId),
});

/** Now, and not before the review was made. */
function now({ authoredOn }: Resource): string {
  const made = Date.parse(String(authoredOn));
  return new Date(Math.max(Date.now(), Number.isNaN(made) ? 0 : made)).toISOString();
}

/** @throws FhirError 409 where something else was decided before */
function refuseOther(task: Resource, { decision, decided_by, note }: Resolution): void {
  const before = decisionOf(task);
  if (before === undefined) return;
  const {
    owner,
    executionPeriod,
    note: notes,
  } = task as Resource & {
    owner?: { display?: string };
    executionPeriod?: { end?: string };
    note?: { text?: string }[];
  };
  const isSame =
    before === decision &&
    (decided_by ?? owner?.display) === owner?.display &&
    (note ?? notes?.[0]?.text) === notes?.[0]?.text;
  if (isSame) return;
  const by = owner?.display === undefined ? '' : ` by ${owner.display}`;
  const when = executionPeriod?.end === undefined ? '' : ` on ${executionPeriod.end}`;
  const what = before === decision ? ', with other words' : '';
  throw refuse(
    409,
    'conflict',
    `It was decided${by}${when} that they are ${before}${what}: a decision is not changed here.`,
  );
}

/** The Patient that a reference leads to, as it is; undefined where it is deleted. */
function recordOf(
  services: Services,
  known: readonly Resource[],
  to: unknown,
): Promise<Resource | undefined> | Resource {
  const { reference = '' } = (to ?? {}) as { reference?: string };
  const read = known.find((one) => nameOf(one) === reference);
  return read ?? currentRecord(services, reference, { follow: false });
}

/** The record that the lead was merged into. @throws FhirError 409 where another is asked for now */
async function survivorOfMerge(
  services: Services,
  task: Resource,
  { patient_id }: Resolution,
  pointer: string,
): Promise<Resource> {
  const survivor = await currentRecord(services, survivorOf(task) ?? '');
  if (!survivor) throw gone('The record that the lead was merged into', pointer);
  if (patient_id !== undefined && patient_id !== patientIdOf(survivor)) {
    throw refuse(
      409,
      'conflict',
      `The lead was merged into the patient "${patientIdOf(survivor)}" already: a decision is not changed here.`,
      `${pointer}/patient_id`,
    );
  }
  return survivor;
}

/** The record that is kept. @throws FhirError 422 where it is none of the candidates, 409 where it is deleted */
async function chosen(
  services: Services,
  known: readonly Resource[],
  { patient_id }: Resolution,
  pointer: string,
): Promise<Resource> {
  const found: Resource[] = [];
  for (const { reference } of candidatesOf(known[0]!)) {
    const record = await currentRecord(services, (await recordOf(services, known, { reference })) ?? '');
    if (record && !found.some(({ id }) => id === record.id)) found.push(record);
  }
  if (found.length === 0) throw gone('Whoever may be the same person', pointer);
  const ids = found.map((record) => `"${patientIdOf(record)}"`).join(', ');
  if (patient_id === undefined) {
    const [only] = found;
    if (found.length === 1) return only!;
    const message = `"patient_id" is missing: it may be any of ${ids}; say which.`;
    throw refuse(422, 'required', message, `${pointer}/patient_id`);
  }
  const match =
    found.find((record) => patientIdOf(record) === patient_id) ??
    found.find((record) => leadIdOf(record) === patient_id);
  if (match) return match;
  const message = `"patient_id": the patient "${patient_id}" is none of the candidates, which are ${ids}.`;
  throw refuse(422, 'value', message, `${pointer}/patient_id`);
}

const gone = (what: string, pointer: string) =>
  refuse(
    409,
    'deleted',
    `${what} has been deleted: there is nothing to merge. Decide "different".`,
    `${pointer}/decision`,
  );
