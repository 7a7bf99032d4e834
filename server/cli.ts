// The command line: `salus serve | migrate | import | import-csv | install-package | vitals | migrate-crm | seed | validate | explain | generate`. Commands load their code when they run, so that `--help` is fast.
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { MigrateCrmOptions } from './clinic/crm/migrateCrmCommand.ts';
import type { CsvCommandOptions } from './clinic/csv/csvCommand.ts';
import { type Config, ConfigError, processEnvironment, readConfig, SETTINGS } from './config.ts';
import type { Logger } from './telemetry.ts';

const EXIT_CODES = `
Exit codes:
  0    done
  1    failed; standard error says why
  2    wrong usage or wrong settings
  3    done, but some entries were refused (import, import-csv, install-package, vitals, migrate-crm) or invalid (validate)
  130  interrupted`;

const FAILED = 1;
const WRONG_USAGE = 2;
const INTERRUPTED = 130;

// The reader of our output may go away; that is no reason to stop serving.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

const program = new Command('salus')
  .description('A FHIR R4 server on Postgres.')
  .addHelpText('after', `${EXIT_CODES}\n\nSettings come from the environment: see \`salus serve --help\`.`)
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, 'salus: ')) });

program
  .command('serve')
  .description('Start the server, and the embedded database unless DATABASE_URL names another.')
  .addHelpText('after', () => `\n${settingsHelp()}\n${EXIT_CODES}`)
  .action(() =>
    run(process.stdout, async (config, log) => {
      const { main } = await import('./main.ts');
      return main(config, log, complain);
    }),
  );

program
  .command('migrate')
  .description("Bring the database to this version's schema and say what was done. `serve` does so itself.")
  .addHelpText('after', EXIT_CODES)
  .action(() =>
    run(process.stderr, (config, log) =>
      withDatabase('migrate', config, log, async (_config, report) => {
        for (const name of report.applied) console.log(`applied ${name}`);
        if (report.applied.length === 0)
          console.log(`nothing to do: all ${report.before} migrations are there`);
        return 0;
      }),
    ),
  );

program
  .command('import')
  .description(
    'Load bundles (transaction, batch, collection) and NDJSON, plain or .gz, into the database of the running server, or of DATABASE_URL.',
  )
  .argument('<path...>', 'files or folders')
  .option(
    '--create-placeholders',
    'make a minimal resource where a conditional reference matches none',
    false,
  )
  .option('--rejects <file>', 'where to write refused entries and why', 'rejects.ndjson')
  .option('--workers <n>', 'processes that read and check', positiveNumber)
  .option(
    '--force',
    'load again what the journal says was loaded; what creates without a condition is then created twice',
    false,
  )
  .addOption(
    new Option(
      '--validate <level>',
      'what is asked of a resource: off (only what storing it takes: a known resourceType, a well-formed id, an object as meta; definitions are checked all the same), base (the FHIR specification), profiles (also what it claims in meta.profile). By default base, and profiles with PROFILE_POLICY=enforce',
    ).choices(['off', 'base', 'profiles']),
  )
  .addHelpText('after', EXIT_CODES)
  .action((paths: string[], options: ImportOptions) =>
    run(process.stderr, async (config, log) => {
      const { findFiles } = await import('./import/findFiles.ts');
      const found = await findFiles(paths);
      return withDatabase('import', config, log, async (withUrl) => {
        const { importCommand } = await import('./import/importCommand.ts');
        return importCommand(found, options, withUrl, log);
      });
    }),
  );

program
  .command('install-package')
  .description(
    'Load the definitions of FHIR packages (profiles, value sets, search parameters …) into the database of the running server, or of DATABASE_URL. Doing so again changes nothing.',
  )
  .argument('<file...>', 'packages (.tgz) for FHIR R4')
  .addHelpText('after', EXIT_CODES)
  .action((paths: string[]) =>
    run(process.stderr, (config, log) =>
      withDatabase('install-package', config, log, async (withUrl) => {
        const { installCommand } = await import('./import/installCommand.ts');
        return installCommand(paths, withUrl, log);
      }),
    ),
  );

program
  .command('vitals')
  .description(
    'Register readings of vital signs from CSV files with the columns patient, code, value and time, and also unit, id, device, note, encounter; in the database of the running server, or of DATABASE_URL. Refused rows are listed by line; doing so again changes nothing.',
  )
  .argument('<file...>', 'CSV files; - is standard input')
  .addHelpText('after', EXIT_CODES)
  .action((paths: string[]) =>
    run(process.stderr, async (config, log) => {
      const { checkReadable, vitalsCommand } = await import('./clinic/readings/vitalsCommand.ts');
      await checkReadable(paths);
      return withDatabase('vitals', config, log, (withUrl) => vitalsCommand(paths, withUrl, log));
    }),
  );

program
  .command('import-csv')
  .description(
    "Load a clinic's lists of patients and studies from CSV files into the database of the running server, or of DATABASE_URL; patients first. Refused rows are listed by line and column; doing so again changes nothing.",
  )
  .argument('<file...>', 'CSV files with the columns of patients or of studies')
  .addOption(
    new Option('--mode <mode>', 'store the rows that are valid, or of each file all or nothing')
      .choices(['valid-rows', 'all-or-nothing'])
      .default('valid-rows'),
  )
  .option('--dry-run', 'judge the rows by what is stored, and store nothing', false)
  .addHelpText('after', EXIT_CODES)
  .action((paths: string[], options: CsvCommandOptions) =>
    run(process.stderr, async (config, log) => {
      const { csvCommand, csvFiles } = await import('./clinic/csv/csvCommand.ts');
      const files = await csvFiles(paths);
      return withDatabase('import-csv', config, log, (withUrl) => csvCommand(files, options, withUrl, log));
    }),
  );

program
  .command('migrate-crm')
  .description(
    'Load a CRM export into the database of the running server, or of DATABASE_URL: a folder with Contact.csv, Patient.csv, EAP Dossier.csv, Medical Condition.csv and Hospital.csv. Every row is accounted for in a report; doing so again changes nothing.',
  )
  .argument('<folder>', 'where the tables are')
  .option('--dry-run', 'say what would be done, and store nothing', false)
  .option(
    '--report <path>',
    'where to write the report, which tells of patients: [path].json and [path].txt (default: crm-report in the folder)',
  )
  .addHelpText('after', EXIT_CODES)
  .action((folder: string, options: MigrateCrmOptions) =>
    run(process.stderr, (config, log) =>
      withDatabase('migrate-crm', config, log, async (withUrl) => {
        const { migrateCrmCommand } = await import('./clinic/crm/migrateCrmCommand.ts');
        return migrateCrmCommand(folder, options, withUrl, log);
      }),
    ),
  );

program
  .command('seed')
  .description(
    'Store one doctor and one patient to try the API with, in the database of the running server, or of DATABASE_URL. Doing so again changes nothing.',
  )
  .addHelpText('after', EXIT_CODES)
  .action(() =>
    run(process.stderr, (config, log) =>
      withDatabase('seed', config, log, async (withUrl) => {
        const { seedCommand } = await import('./clinic/seedCommand.ts');
        return seedCommand(withUrl, log);
      }),
    ),
  );

program
  .command('validate')
  .description(
    'Say what is wrong with the resources in files (.json, .ndjson, also .gz), by the FHIR specification and their profiles. Without DATABASE_URL no database is needed: definitions are the published ones.',
  )
  .argument('<path...>', 'files or folders')
  .option(
    '--profile <url>',
    'canonical that each resource has to conform to, a Bundle as a whole; repeatable',
    repeated,
    [],
  )
  .option(
    '--structures <path>',
    'folder, file or package (.tgz) with more definitions; repeatable',
    repeated,
    [],
  )
  .option('--no-advice', 'errors only, without warnings and information')
  .option('--json', 'one OperationOutcome a line, also for what is valid', false)
  .addHelpText('after', EXIT_CODES)
  .action((paths: string[], { profile, structures, advice, json }: ValidateOptions) =>
    run(process.stderr, async (config, log) => {
      const [{ findFiles }, { validateCommand }] = await Promise.all([
        import('./import/findFiles.ts'),
        import('./import/validateCommand.ts'),
      ]);
      return validateCommand(await findFiles(paths), { profile, structures, advice, json }, config, log);
    }),
  );

program
  .command('explain')
  .description('Print how a search is carried out: its plan, its SQL, and what the database makes of it.')
  .argument('<search>', "below the service base, as in 'Observation?code=1234-5&_sort=-date'")
  .option('--analyze', 'run the statements and measure them; nothing is changed', false)
  .addHelpText('after', EXIT_CODES)
  .action((search: string, options: { analyze: boolean }) =>
    run(process.stderr, (config, log) =>
      withDatabase('explain', config, log, async ({ databaseUrl }) => {
        const { explainCommand } = await import('./fhir/explainCommand.ts');
        // With the server's own time limits: what it would not do is not done here.
        return explainCommand(search, options, { ...config, databaseUrl }, log);
      }),
    ),
  );

program
  .command('generate')
  .description('Write a made-up population as Synthea-shaped bundles; the same seed gives the same files.')
  .requiredOption('--patients <n>', 'how many patients', positiveNumber)
  .option('--seed <n>', 'what the population depends on', wholeNumber, 1)
  .option('--out <folder>', 'where to write', 'synthea-out')
  .option('--years <n>', 'years of history for each patient (10 by default)', yearCount)
  .addHelpText('after', EXIT_CODES)
  .action(async (options: { patients: number; seed: number; out: string; years?: number }) => {
    const { generateCommand } = await import('../synthea-data/generateCommand.ts');
    process.exitCode = await generateCommand(options);
  });

/** Options of `salus import`. */
export interface ImportOptions {
  createPlaceholders: boolean;
  rejects: string;
  workers?: number;
  force: boolean;
  validate?: 'off' | 'base' | 'profiles';
}

/** Options of `salus validate`. */
interface ValidateOptions {
  profile: string[];
  structures: string[];
  advice: boolean;
  json: boolean;
}

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : WRONG_USAGE);
  complain((error as Error).message);
  process.exit(FAILED);
}

/** Runs a command with settings and a log, and ends the process with its exit code. */
async function run(
  logTo: NodeJS.WritableStream,
  command: (config: Config, log: Logger) => Promise<number>,
): Promise<void> {
  try {
    const config = readConfig(processEnvironment());
    const { createLogger } = await import('./telemetry.ts');
    process.exit(await command(config, createLogger(config.logLevel, {}, logTo)));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) complain(problem);
    process.exit(WRONG_USAGE);
  }
}

/** Lends a command a migrated database: that of DATABASE_URL, of the running server, or the embedded one started for it. */
async function withDatabase(
  purpose: string,
  config: Config,
  log: Logger,
  use: (config: Config, report: { applied: string[]; before: number }) => Promise<number>,
): Promise<number> {
  const [{ openDatabase }, { migrate }] = await Promise.all([
    import('./store/embeddedPostgres.ts'),
    import('./store/migrate.ts'),
  ]);
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(INTERRUPTED));
  const database = await openDatabase({ ...config, purpose, maxConnections: 50, log });
  try {
    // STATEMENT_TIMEOUT guards a server against its clients; a command may take the time it needs.
    const unhurried = { ...config, databaseUrl: database.url, statementTimeout: 0 };
    return await use(unhurried, await migrate(database.url));
  } finally {
    await database.close();
  }
}

function settingsHelp(): string {
  const lines = Object.values(SETTINGS).map(({ name, default: value, meaning }) => {
    return `  ${name.padEnd(20)}${meaning.replaceAll('`', '')}${value ? ` (default ${value})` : ''}`;
  });
  return ['Settings, read from the environment:', ...lines].join('\n');
}

function repeated(value: string, before: string[]): string[] {
  return [...before, value];
}

function yearCount(text: string): number {
  const years = Number(text);
  if (years > 0 && years <= 110) return years;
  throw new InvalidArgumentError('It must be a number above 0 and at most 110.');
}

function positiveNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1.');
}

function wholeNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 0.');
}

function complain(reason: string): void {
  console.error(`salus: ${reason}`);
}
