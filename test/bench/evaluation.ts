// What judging vital signs adds to the time of `salus import`, on fresh databases in turn so that the noise of the machine shows,
// and how fast a server then follows up what was imported.
import { createDatabase, withClient } from './benchServer.ts';
import { cores, measureCpu } from './cpuTime.ts';
import { number } from './report.ts';
import { mean, type Result } from './result.ts';
import { drain, queued, serveWard, type Vitals, type WardRun } from './wardServer.ts';
import { corpusPaths, runImport } from './writeWorkloads.ts';

const TURNS: Vitals[] = ['off', 'annotate', 'off', 'annotate'];
const MOST_PERCENT = 8;
/** The backlog is given this many times the length of a measurement; the rate is of what was done by then. */
const PATIENCE = 4;

/** Import with VITALS=annotate against VITALS=off, and the follow-up of the backlog. */
export async function evaluation(run: WardRun): Promise<Result[]> {
  const { options, folder, keeper, say } = run;
  const corpus = run.corpus();
  const done = { off: [], annotate: [] } as Record<Vitals, Awaited<ReturnType<typeof runImport>>[]>;
  const backlog = 'bench_evaluation_1';
  for (const [n, mode] of TURNS.entries()) {
    say(`evaluation: import with VITALS=${mode}`);
    const database = `bench_evaluation_${n}`;
    const url = await createDatabase(keeper, database);
    const underTest = { env: { ...options.env, VITALS: mode } };
    done[mode].push(await runImport({ folder, server: keeper, underTest }, url, corpusPaths({ corpus })));
    if (database !== backlog) await dropDatabase(run, database);
  }
  const seconds = (mode: Vitals) => done[mode].map((one) => one.seconds);
  const processor = (mode: Vitals) =>
    done[mode].map(({ cpu, resources }) =>
      cpu ? ((cpu.server + cpu.postgres) / resources) * 1e6 : Number.NaN,
    );
  const disturbed = (mode: Vitals) =>
    done[mode].map(({ cpu, wallSeconds }) =>
      cpu ? ((cpu.others + cpu.stolen) / (wallSeconds * cores)) * 100 : Number.NaN,
    );
  const more = (of: (mode: Vitals) => number[]) => (mean(of('annotate')) / mean(of('off')) - 1) * 100;
  const each = (of: (mode: Vitals) => number[]) =>
    TURNS.map((mode, n) => `${mode} ${number(of(mode)[Math.floor(n / 2)]!)}`).join(', ');
  const all = Object.values(done).flat();
  return [
    {
      workload: 'evaluation',
      title: 'evaluation of vital signs in salus import',
      unit: '% more time',
      figure: more(seconds),
      target: { most: MOST_PERCENT },
      seconds: all.reduce((sum, one) => sum + one.seconds, 0),
      failures: all.reduce((sum, one) => sum + one.refused, 0),
      notes: [
        `${all[0]!.resources} resources each time; seconds by its report, in turn: ${each(seconds)}`,
        `µs of processor time a resource (import and Postgres): ${each(processor)}: ${number(more(processor))} % more`,
        `% of the processors that others took: ${each(disturbed)}`,
      ],
    },
    await followUp(run, backlog),
  ];
}

/** Starts a server on what was imported, and waits until nothing of it is left to follow up. */
async function followUp(run: WardRun, database: string): Promise<Result> {
  run.say('evaluation: follow-up of what was imported');
  const url = run.keeper.databaseUrl(database);
  const total = await withClient(url, async (client) =>
    Number((await client.query('SELECT count(*) AS n FROM vital_queue')).rows[0].n),
  );
  const { server } = await serveWard(run, database, 'annotate');
  const endCpu = measureCpu(server.watched);
  const began = await queued(server);
  const { seconds, left } = await drain(server, PATIENCE * run.options.seconds + 10);
  const cpu = endCpu();
  await server.stop();
  return {
    workload: 'evaluation',
    title: 'follow-up of imported vital signs',
    unit: 'readings/s',
    figure: (began - left) / seconds,
    target: {},
    seconds,
    failures: 0,
    ...(cpu ? { cpu } : {}),
    notes: [
      `${total.toLocaleString('en')} readings were queued by the import, ${left.toLocaleString('en')} left after ${number(seconds)} s`,
    ],
  };
}

const dropDatabase = ({ keeper }: WardRun, name: string): Promise<unknown> =>
  withClient(keeper.databaseUrl(), (client) => client.query(`DROP DATABASE ${name}`));
