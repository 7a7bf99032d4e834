// Many operations on things of one kind in one request: all or nothing in one transaction, or each for itself.
import { FhirError, type Issue, refuse } from '../../errors.ts';
import type { Services } from '../../services.ts';
import type { ClinicResource, Json } from './clinicResource.ts';
import { answerOnce, type OnceOnly, partOf } from './idempotency.ts';
import type { Intent } from './planThings.ts';
import { RefusedIntents } from './refusedIntents.ts';
import { type BeforeCommit, carryOut, carryOutOne, type Outcome } from './things.ts';
import { checkThing } from './validateThing.ts';

/** Operations of one request. */
export const MOST_OPERATIONS = 1_000;
/** Errors that a refusal of all operations tells. */
const MOST_ERRORS = 100;

export interface Batch {
  operations: Operation[];
  atomic: boolean;
}

export interface Operation {
  op: 'create' | 'update' | 'delete';
  id?: string;
  data?: Json;
  ifMatch?: string;
}

/** JSON Schema of the body; `data` is judged by the schema of the kind. */
export const batchSchema: Json = {
  type: 'object',
  additionalProperties: false,
  required: ['operations'],
  properties: {
    operations: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_OPERATIONS,
      description: 'What to do, in this order.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['op'],
        properties: {
          op: { enum: ['create', 'update', 'delete'], description: 'What to do.', examples: ['create'] },
          id: { type: 'string', description: 'Of what is updated or deleted.', examples: ['h-12'] },
          data: { type: 'object', description: 'The whole of what is created or updated.' },
          ifMatch: {
            type: 'string',
            description: 'ETag that it must have to be updated or deleted.',
            examples: ['W/"1"'],
          },
        },
      },
    },
    atomic: {
      type: 'boolean',
      default: true,
      description: 'true: all of it is done, or nothing; false: each operation for itself.',
      examples: [true],
    },
  },
};

/**
 * Reads the body of a batch.
 * @throws FhirError 422 with an issue for each fault of its form
 */
export function readBatch(body: unknown): Batch {
  checkThing(batchSchema, body);
  const { operations, atomic = true } = body as unknown as Partial<Batch> & Pick<Batch, 'operations'>;
  const issues = operations.flatMap(formFaults);
  if (issues.length > 0) throw new FhirError(422, firstOf(issues));
  return { operations, atomic };
}

/** Which members an operation has depends on what it does. */
function formFaults({ op, id, data, ifMatch }: Operation, index: number): Issue[] {
  const needs = { create: ['data'], update: ['id', 'data'], delete: ['id'] }[op];
  const given = Object.entries({ id, data, ifMatch }).flatMap(([name, value]) =>
    value === undefined ? [] : [name],
  );
  const allowed = op === 'create' ? needs : [...needs, 'ifMatch'];
  const fault = (name: string, code: Issue['code'], what: string): Issue => ({
    severity: 'error',
    code,
    diagnostics: `Operation ${index}: "${op}" ${what}.`,
    expression: [`#/operations/${index}/${name}`],
  });
  return [
    ...needs
      .filter((name) => !given.includes(name))
      .map((name) => fault(name, 'required', `needs "${name}"`)),
    ...given
      .filter((name) => !allowed.includes(name))
      .map((name) =>
        fault(
          name,
          'structure',
          `takes no "${name}"${op === 'create' && name === 'id' ? ': an id of your own is a member of "data"' : ''}`,
        ),
      ),
  ];
}

/** What is asked for by an operation. */
export function intentOf({ op, id, data, ifMatch }: Operation, index: number): Intent {
  const at = `#/operations/${index}${op === 'delete' ? '' : '/data'}`;
  const match = ifMatch === undefined ? {} : { ifMatch };
  if (op === 'create') return { op, at, data };
  return op === 'update'
    ? { op: 'replace', at, id: id!, data, ...match }
    : { op: 'delete', at, id: id!, ...match };
}

/**
 * All operations in one transaction.
 * @throws FhirError for all that is wrong, each error with the place of its operation; nothing is stored then
 */
export async function carryOutAll(
  services: Services,
  resource: ClinicResource,
  operations: readonly Operation[],
  beforeCommit?: BeforeCommit,
): Promise<Outcome[]> {
  try {
    return await carryOut(services, resource, operations.map(intentOf), beforeCommit);
  } catch (error) {
    throw error instanceof RefusedIntents ? refusalOfAll(error) : error;
  }
}

/** One refusal for several: of their status where they agree, else 422. */
function refusalOfAll({ refusals }: RefusedIntents): FhirError {
  const statuses = new Set([...refusals.values()].map(({ status }) => status));
  const [status] = statuses;
  const issues = [...refusals].flatMap(([index, refusal]) =>
    refusal.issues.map((issue): Issue => {
      const place = issue.expression?.[0];
      return {
        ...issue,
        diagnostics: `Operation ${index}: ${issue.diagnostics}`,
        expression: [place?.startsWith('#') ? place : `#/operations/${index}`],
      };
    }),
  );
  return new FhirError(statuses.size === 1 ? status! : 422, firstOf(issues));
}

/** As many issues as are told, and how many more there are. */
function firstOf(issues: readonly Issue[]): Issue[] {
  if (issues.length <= MOST_ERRORS) return [...issues];
  const more = `There are ${issues.length - MOST_ERRORS} more errors: correct these first.`;
  return [...issues.slice(0, MOST_ERRORS), ...refuse(422, 'too-long', more, '#/operations').issues];
}

/** What became of one operation, as it is kept for who sends it again. */
export type ItemResult<T> = { index: number; done: T } | { index: number; refusal: FhirError };

/**
 * Each operation for itself, in their order. What was done for the same Idempotency-Key before is not done again.
 * @param answerOf what is told of an outcome
 */
export async function carryOutEach<T>(
  services: Services,
  resource: ClinicResource,
  operations: readonly Operation[],
  once: OnceOnly | undefined,
  answerOf: (outcome: Outcome) => T,
): Promise<ItemResult<T>[]> {
  const results: ItemResult<T>[] = [];
  for (const [index, operation] of operations.entries()) {
    const intent = intentOf(operation, index);
    try {
      const { answer } = await answerOnce<T>(services, once && partOf(once, index), async (keep) => {
        const outcome = await carryOutOne(
          services,
          resource,
          intent,
          keep && ((db, done) => keep(db, answerOf(done))),
        );
        return answerOf(outcome);
      });
      results.push({ index, done: answer });
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      results.push({ index, refusal: error });
    }
  }
  return results;
}
