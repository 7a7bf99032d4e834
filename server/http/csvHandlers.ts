// POST /api/v1/import/patients and /import/studies: a CSV file, as the body or in a form (RFC 7578). GET /api/v1/export/patients.csv and
// /export/studies.csv: all there are, as a stream.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import busboy from 'busboy';
import type { CsvTable } from '../clinic/csv/csvTable.ts';
import { csvTables } from '../clinic/csv/csvTable.ts';
import { exportCsv } from '../clinic/csv/exportCsv.ts';
import { type ImportMode, type ImportReport, importCsv } from '../clinic/csv/importCsv.ts';
import { type Parameter, readParameters, truth } from '../clinic/things/readParameters.ts';
import { FhirError, refuse } from '../errors.ts';
import type { ApiHandler, ApiRequest } from './apiRequest.ts';
import { checkContentType, mediaType } from './fhirRequest.ts';
import { problemDetails } from './problemDetails.ts';

/** Bytes of a file. */
const MOST_BYTES = 512 * 1024 * 1024;

const mode: Parameter<ImportMode> = {
  takes: 'valid-rows or all-or-nothing',
  parse: (text) => (text === 'valid-rows' || text === 'all-or-nothing' ? text : undefined),
};

/** Handlers by list; those of POST read their body as a stream. */
export const importPatients = importing('patients', csvTables.patients);
export const importStudies = importing('studies', csvTables.studies);
export const exportPatients = exporting('patients', csvTables.patients);
export const exportStudies = exporting('studies', csvTables.studies);

/**
 * The handler of an import: 200 with what became of the rows; 422 where rows were refused and none was stored or known.
 * Throws FhirError 400 for parameters and what is no form with one file, 413 for too much, 415 for other media types.
 */
function importing(name: string, table: CsvTable): ApiHandler {
  const handler: ApiHandler = async (services, request) => {
    const options = readParameters(request.query, { mode, dryRun: truth });
    const folder = await mkdtemp(join(tmpdir(), 'salus-import-'));
    try {
      // The whole file first: a connection that breaks has imported nothing, and a slow import keeps no client from sending.
      const path = join(folder, 'rows.csv');
      await receive(request, path);
      const report = await importCsv(services, table, () => createReadStream(path), options);
      const { mode: how = 'valid-rows', dryRun = false } = options;
      const outcome = { mode: how, dryRun, ...report };
      const isRefused =
        !report.complete ||
        (report.refused > 0 &&
          (how === 'all-or-nothing' || report.created + report.updated + report.unchanged === 0));
      if (!isRefused) return { status: 200, body: outcome };
      const problem = problemDetails(
        problemOf(report),
        `${new URL(request.base).pathname}/import/${name}`,
        request.requestId,
      );
      return {
        status: 422,
        headers: { 'Content-Type': 'application/problem+json' },
        // Its errors are those of the file, by line and column.
        body: { ...problem, ...outcome },
      };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return Object.assign(handler, { streams: true as const });
}

/** What an import is refused with. */
function problemOf({ complete, refused }: ImportReport): FhirError {
  if (!complete) return refuse(422, 'processing', 'The file could not be read: see errors.');
  const rows = refused === 1 ? '1 row was' : `${refused} rows were`;
  return refuse(422, 'processing', `${rows} refused and nothing was stored: see errors.`);
}

/** Writes the file of a request to `path`. */
async function receive({ headers, stream }: ApiRequest, path: string): Promise<void> {
  checkContentType(headers['content-type'], ['text/csv', 'multipart/form-data']);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity')
    throw refuse(415, 'not-supported', `Send the file without Content-Encoding, not as ${encoding}.`);
  if (Number(headers['content-length'] ?? 0) > MOST_BYTES) throw tooLarge();
  if (mediaType(headers['content-type']) !== 'text/csv') return receiveForm(headers, stream!, path);
  try {
    await pipeline(stream!, bounded(), createWriteStream(path));
  } catch (error) {
    if (error instanceof FhirError || isOfSystem(error)) throw error;
    throw refuse(400, 'structure', `The file did not come in as a whole: ${(error as Error).message}.`);
  }
}

/** The one file of a form. */
async function receiveForm(headers: ApiRequest['headers'], stream: Readable, path: string): Promise<void> {
  let files = 0;
  let field: string | undefined;
  let written: Promise<void> | undefined;
  try {
    const form = busboy({ headers, limits: { fields: 20, fieldSize: 1_024, parts: 30 } });
    form.on('file', (_name, file) => {
      files++;
      if (files > 1) {
        file.resume();
        return;
      }
      written = pipeline(file, createWriteStream(path));
      // Waited for below; nobody hearing of it here would end the process.
      written.catch(() => file.resume());
    });
    form.on('field', (name) => {
      field ??= name.slice(0, 80);
    });
    await pipeline(stream, bounded(), form);
    await written;
  } catch (error) {
    if (error instanceof FhirError || isOfSystem(error)) throw error;
    throw notAForm((error as Error).message);
  }
  if (field !== undefined) throw notAForm(`"${field}" is no file; parameters belong in the query`);
  if (files !== 1) throw notAForm(`there are ${files} files in it`);
}

const notAForm = (reason: string) => refuse(400, 'structure', `This is no form with one file: ${reason}.`);

/** A full disk, a folder that cannot be written to. */
const isOfSystem = (error: unknown): boolean => (error as { syscall?: string }).syscall !== undefined;

const tooLarge = () =>
  refuse(
    413,
    'too-long',
    `A file may have ${MOST_BYTES} bytes at most: divide it, or use \`salus import-csv\`.`,
  );

function bounded(): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) done(tooLarge());
      else done(null, chunk);
    },
  });
}

/** The handler of an export. What fails after the first batch of lines ends the connection, so that nobody takes a part for the whole. */
function exporting(name: string, table: CsvTable): ApiHandler {
  return async (services, { query }) => {
    const options = readParameters(query, { ids: truth });
    const lines = exportCsv(services, table, options);
    // The heading and the first batch: what is wrong from the beginning is told by a status.
    const first = [await lines.next(), await lines.next()].flatMap(({ value }) => value ?? []);
    return {
      status: 200,
      headers: {
        'Content-Type': 'text/csv; charset=utf-8; header=present',
        'Content-Disposition': `attachment; filename="${name}.csv"`,
      },
      stream: (res) => {
        pipeline(Readable.from(chained(first, lines), { objectMode: false }), res).catch((error: Error) => {
          if (!res.destroyed) res.destroy();
          if (!res.writableFinished && (error as { code?: string }).code !== 'ERR_STREAM_PREMATURE_CLOSE')
            services.log.error('an export was cut off', { list: name, reason: error.message });
        });
      },
    };
  };
}

async function* chained<T>(first: readonly T[], others: AsyncIterable<T>): AsyncGenerator<T> {
  yield* first;
  yield* others;
}
