// POST /api/v1/vitals: readings in bulk, as JSON or CSV. Each row is answered for by itself; only where none could be stored the
// whole is refused.
import { STATUS_CODES } from 'node:http';
import { type RowResult, registerVitals } from '../clinic/readings/registerVitals.ts';
import { readVitalCsv } from '../clinic/readings/vitalCsv.ts';
import { readVitalList } from '../clinic/readings/vitalJson.ts';
import type { VitalRow } from '../clinic/readings/vitalRow.ts';
import { readParameters, truth } from '../clinic/things/readParameters.ts';
import { refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import { type ApiReply, type ApiRequest, apiJson } from './apiRequest.ts';
import { checkContentType, mediaType } from './fhirRequest.ts';
import { PROBLEM_TYPES } from './problemDetails.ts';
import { askedOnce, once } from './thingRequest.ts';

/** Rows of one request. */
const MOST_ROWS = 10_000;
/** Errors told as those of the whole; the results have all of them. */
const MOST_ERRORS = 100;

const PARAMETERS = { dryRun: truth };

/** Where rows and their cells are told to be. */
interface Places {
  row: (place: number) => { line: number } | { index: number };
  cell: (place: number, column: string | undefined) => { column?: string } | { pointer: string };
}

/**
 * Registers the readings of a request: 200 with what became of each row, 422 where none is stored and none was known. Readings are
 * known by what they say: an Idempotency-Key only brings the same answer again.
 * @throws FhirError 400 for parameters and what is no list of rows, 413 for too many rows, 415 for other media types
 */
export async function postVitals(services: Services, request: ApiRequest): Promise<ApiReply> {
  const { dryRun = false } = readParameters(request.query, PARAMETERS);
  const path = dryRun ? 'vitals?dryRun=true' : 'vitals';
  return once(services, askedOnce(path, request), async (keep) => {
    const reply = await register(services, request, dryRun);
    if (reply.status === 200) await keep?.(services.db, reply);
    return reply;
  });
}

async function register(services: Services, request: ApiRequest, dryRun: boolean): Promise<ApiReply> {
  const { rows, places } = await readRows(request);
  if (rows.length === 0) throw refuse(400, 'required', 'There are no readings in the request.');
  const counts = { created: 0, known: 0, refused: 0 };
  const results: ReturnType<typeof shown>[] = [];
  for await (const batch of registerVitals(services, rows, { dryRun })) {
    for (const result of batch) {
      counts[result.status]++;
      results.push(shown(result, places));
    }
  }
  const outcome = { ...(dryRun && { dryRun }), ...counts, results };
  if (counts.refused < rows.length) return { status: 200, body: outcome };
  const problem = {
    type: `${PROBLEM_TYPES}processing`,
    title: STATUS_CODES[422],
    status: 422,
    detail: `${rows.length === 1 ? 'The reading was' : `All ${rows.length} readings were`} refused: see results.`,
    instance: `${new URL(request.base).pathname}/vitals`,
    errors: results.flatMap(errorsOf).slice(0, MOST_ERRORS),
    requestId: request.requestId,
    ...outcome,
  };
  return { status: 422, headers: { 'Content-Type': 'application/problem+json' }, body: problem };
}

async function readRows({ headers, body }: ApiRequest): Promise<{ rows: VitalRow[]; places: Places }> {
  checkContentType(headers['content-type'], ['application/json', 'text/csv']);
  if (mediaType(headers['content-type']) !== 'text/csv') {
    const { rows, pointer } = readVitalList(apiJson({ headers, body }));
    if (rows.length > MOST_ROWS) throw tooMany();
    return { rows, places: inJson(pointer) };
  }
  if (!body || body.length === 0) throw refuse(400, 'required', 'The request needs a body.');
  const rows: VitalRow[] = [];
  for await (const row of readVitalCsv([body])) if (rows.push(row) > MOST_ROWS) throw tooMany();
  return { rows, places: inCsv };
}

const tooMany = () =>
  refuse(
    413,
    'too-costly',
    `A request takes ${MOST_ROWS} readings at most, and nothing of this one was stored: use several, or \`salus vitals\`.`,
  );

const inCsv: Places = {
  row: (line) => ({ line }),
  cell: (_line, column) => (column === undefined ? {} : { column }),
};

/** Pointers as URI fragments (RFC 6901 section 6), as the problem details of this API have them. */
const inJson = (list: string): Places => ({
  row: (index) => ({ index }),
  cell: (index, member) => ({
    pointer: `#${list}/${index}${member === undefined ? '' : `/${encodeURIComponent(member.replaceAll('~', '~0').replaceAll('/', '~1'))}`}`,
  }),
});

function shown({ place, status, id, errors }: RowResult, places: Places) {
  return {
    ...places.row(place),
    status,
    ...(id !== undefined && { id }),
    ...(errors && {
      errors: errors.map(({ column, detail }) => ({ ...places.cell(place, column), detail })),
    }),
  };
}

/** The errors of a row as those of a problem: with the line of a CSV in front. */
function errorsOf(row: ReturnType<typeof shown>) {
  const { errors = [] } = row;
  const line = 'line' in row ? `Line ${row.line}: ` : '';
  return errors.map((error) => ({
    detail: `${line}${'column' in error && error.column !== undefined ? `${error.column}: ` : ''}${error.detail}`,
    code: 'processing',
    ...('pointer' in error && { pointer: error.pointer }),
  }));
}
