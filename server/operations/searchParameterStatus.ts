// SearchParameter/$status: which of the search parameters stored here can be searched by, and how far the others are.
import { refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import { readParameters, type StoredParameter } from '../store/customParameters.ts';
import type { Database } from '../store/database.ts';
import { type Job, readJobs } from '../store/jobs.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { type Parameter, parametersText } from './parametersText.ts';

export const searchParameterStatus: Operation = {
  name: 'status',
  definition: 'urn:salus:operation:search-parameter-status',
  levels: { type: ['SearchParameter'], instance: [] },
  run,
};

async function* run(_services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const asked = request.query.filter(([name]) => name !== '_format' && name !== '_pretty');
  const unknown = asked.find(([name]) => name !== 'url');
  if (unknown) {
    throw refuse(400, 'not-supported', `$status has no parameter "${unknown[0]}" here; known: url.`);
  }
  const urls = new Set(asked.map(([, value]) => value));
  const { parameters } = await readParameters(db);
  const wanted = parameters.filter(({ definition }) => urls.size === 0 || urls.has(definition.url));
  const parts: Parameter[] = [];
  for (const parameter of wanted) {
    const [job] = parameter.job === null ? [] : await readJobs(db, 'reindex', { id: parameter.job });
    parts.push({ name: 'searchParameter', part: described(parameter, job) });
  }
  yield parametersText(parts);
}

function described({ id, definition, state, reason }: StoredParameter, job: Job | undefined): Parameter[] {
  return [
    { name: 'id', valueString: id },
    { name: 'url', valueUri: definition.url },
    { name: 'code', valueCode: definition.code },
    ...definition.base.map((type) => ({ name: 'base', valueCode: type })),
    { name: 'state', valueCode: state },
    ...(reason ? [{ name: 'reason', valueString: reason }] : []),
    ...(state === 'building' && job
      ? [
          { name: 'job', valueInteger: job.id },
          { name: 'processed', valueInteger: job.processed },
          ...(job.total === null
            ? []
            : [{ name: 'total', valueInteger: Math.max(job.total, job.processed) }]),
        ]
      : []),
  ];
}
