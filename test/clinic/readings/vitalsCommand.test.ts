// `salus vitals` as a process of its own: what is stored, what is said of rows by line, and how it ends.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFiles } from '../../import/importSupport.ts';
import { cleanUp, startSalus } from '../../runtime/serverProcess.ts';
import { queryRows } from '../../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';

const TIME = '2026-01-31T08:30:00Z';
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  await send('PUT', `${server.base}/Patient/ada`, {
    ...{ resourceType: 'Patient', id: 'ada', birthDate: '1980-05-05' },
    identifier: [{ system: 'urn:mrn', value: '1001' }],
  });
});
afterAll(async () => {
  await cleanUp();
  await server.stop();
});

const settings = () => ({
  DATABASE_URL: server.databaseUrl,
  DATA_DIR: 'node_modules/.cache/salus-test',
  VITALS: 'annotate',
});
async function run(args: string[]) {
  const started = startSalus(['vitals', ...args], settings());
  return { code: await started.ended, stdout: started.stdout(), stderr: started.stderr() };
}
const stored = async () =>
  (
    await queryRows<{ n: number }>(
      server.databaseUrl,
      "SELECT count(*)::int AS n FROM resource WHERE type = 'Observation' AND content->'identifier'->0->>'system' = 'https://salus.example/fhir/sid/vitals' AND NOT deleted",
    )
  )[0]!.n;

describe('salus vitals', () => {
  it('registers files; again, nothing changes', async () => {
    const many = Array.from({ length: 1_300 }, (_, i) => `1001,hr,${60 + (i % 50)},${TIME},${i}`);
    const folder = writeFiles({
      'a.csv': ['patient,code,value,time,id', ...many].join('\n'),
      'b.csv': `patient;name;value;timestamp\n1001;temp;40.50;${TIME}\n`,
    });
    const first = await run([`${folder}/a.csv`, `${folder}/b.csv`]);
    expect(first).toMatchObject({ code: 0, stdout: '1301 created, 0 already known, 0 refused\n' });
    expect(await stored()).toBe(1_301);
    const [fever] = (await send('GET', `${server.base}/Observation?code=8310-5`)).body.entry;
    expect(fever.resource).toMatchObject({
      subject: { reference: 'Patient/ada' },
      // Judged by the shipped ranges, which the command has stored.
      interpretation: [{ coding: [{ code: expect.stringMatching(/^H/) }] }],
    });
    const second = await run([`${folder}/b.csv`, `${folder}/a.csv`]);
    expect(second).toMatchObject({ code: 0, stdout: '0 created, 1301 already known, 0 refused\n' });
    expect(await stored()).toBe(1_301);
  });

  it('lists refused rows by file and line, and ends with 3', async () => {
    const folder = writeFiles({
      'a.csv': `patient,code,value,unit,time\n1001,hr,80,kg,${TIME}\n\n1001,hr,81,,${TIME}\nnobody,x,82,,${TIME}\n`,
      'b.csv': `patient,code,value,time\n1001,hr,83,${TIME}\n1001,hr,"84,${TIME}\n`,
    });
    const { code, stdout } = await run([`${folder}/a.csv`, `${folder}/b.csv`]);
    expect(code).toBe(3);
    expect(stdout.trim().split('\n')).toEqual([
      `${folder}/a.csv:2: unit: "kg" cannot be converted into /min, the unit of Heart rate.`,
      expect.stringMatching(/a\.csv:5: code: "x" is no vital sign/),
      expect.stringMatching(/a\.csv:5: patient: No Patient has the identifier "nobody"/),
      expect.stringMatching(
        /b\.csv:3: A quote that is opened here is never closed\. Nothing after this was read\./,
      ),
      '2 created, 0 already known, 3 refused',
    ]);
  });

  it('reads standard input', async () => {
    const salus = fileURLToPath(new URL('../../../bin/salus.js', import.meta.url));
    const child = spawn(process.execPath, [salus, 'vitals', '-'], {
      env: { PATH: process.env.PATH, ...settings() },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stdin.end(`patient\tcode\tvalue\ttime\n1001\thr\t99\t${TIME}\n1001\thr\tx\t${TIME}\n`);
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, stdout]).toEqual([
      3,
      'standard input:3: value: "x" is not a number.\n1 created, 0 already known, 1 refused\n',
    ]);
  });

  it('stores nothing when one of the files is not there', async () => {
    const folder = writeFiles({ 'a.csv': `patient,code,value,time\n1001,hr,55,${TIME}\n` });
    const before = await stored();
    const { code, stderr } = await run([`${folder}/a.csv`, `${folder}/missing.csv`]);
    expect(code).toBe(1);
    expect(stderr).toContain('missing.csv');
    expect(await stored()).toBe(before);
    expect((await run([])).code).toBe(2);
  });
});
