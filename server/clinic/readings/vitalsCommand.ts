// `salus vitals`: files of readings, row by row through registerVitals, in bounded memory; refused rows by file and line.
import { createReadStream } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import type { Config } from '../../config.ts';
import { storeShippedVitalSigns } from '../../fhir/shippedVitalSigns.ts';
import { createServices } from '../../services.ts';
import type { Logger } from '../../telemetry.ts';
import { registerVitals } from './registerVitals.ts';
import { readVitalCsv } from './vitalCsv.ts';

const SOME_REFUSED = 3;
/** Milliseconds between reports of progress. */
const REPORT_EVERY = 5_000;

/**
 * Registers the readings of CSV files (`-`: standard input) in `config.databaseUrl`.
 * @returns 0, or 3 when rows were refused
 * @throws Error when a file cannot be read or the database fails; doing it again changes nothing of what was stored
 */
export async function vitalsCommand(paths: readonly string[], config: Config, log: Logger): Promise<number> {
  const services = await createServices(config, log);
  const counts = { created: 0, known: 0, refused: 0 };
  try {
    // The database may never have been served.
    await storeShippedVitalSigns(services);
    let reported = performance.now();
    for (const path of paths) {
      const bytes: AsyncIterable<Uint8Array> = path === '-' ? process.stdin : createReadStream(path);
      for await (const batch of registerVitals(services, readVitalCsv(bytes))) {
        for (const { place, status, errors = [] } of batch) {
          counts[status]++;
          for (const { column, detail } of errors) {
            const where = `${path === '-' ? 'standard input' : path}:${place}`;
            console.log(`${where}: ${column === undefined ? '' : `${column}: `}${detail}`);
          }
        }
        if (performance.now() - reported < REPORT_EVERY) continue;
        reported = performance.now();
        log.info('readings registered so far', { path, ...counts });
      }
    }
  } finally {
    await services.close();
  }
  const { created, known, refused } = counts;
  console.log(`${created} created, ${known} already known, ${refused} refused`);
  return refused > 0 ? SOME_REFUSED : 0;
}

/** @throws Error for a file that cannot be read: before anything of the others is registered */
export async function checkReadable(paths: readonly string[]): Promise<void> {
  if (paths.filter((path) => path === '-').length > 1)
    throw new Error('standard input can be read only once');
  for (const path of paths) if (path !== '-') await access(path, constants.R_OK);
}
