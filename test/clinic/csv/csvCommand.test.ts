// `salus import-csv` as a process of its own: the acceptance rows, refused rows by line and column, and how it ends.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { writeFiles } from '../../import/importSupport.ts';
import { cleanUp, startSalus } from '../../runtime/serverProcess.ts';
import { startTestServer, type TestServer } from '../../support/testServer.ts';
import { exported, exportList, patientList, studyList } from '../clinicLists.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await cleanUp();
  await server?.stop();
});

async function run(args: string[]) {
  const started = startSalus(['import-csv', ...args], {
    DATABASE_URL: server.databaseUrl,
    DATA_DIR: 'node_modules/.cache/salus-test',
  });
  return { code: await started.ended, stdout: started.stdout(), stderr: started.stderr() };
}

describe('salus import-csv', () => {
  it('imports the acceptance rows, patients first whatever the order; again, nothing changes', async () => {
    const folder = writeFiles({ 'studies.csv': studyList, 'patients.csv': patientList });
    const files = [`${folder}/studies.csv`, `${folder}/patients.csv`];
    const said = (what: string) => `${files[1]}: patients: ${what}\n${files[0]}: studies: ${what}\n`;
    expect(await run(files)).toMatchObject({
      ...{ code: 0, stdout: said('4 created, 0 updated, 0 unchanged, 0 refused') },
    });
    expect(await run(files)).toMatchObject({
      ...{ code: 0, stdout: said('0 created, 0 updated, 4 unchanged, 0 refused') },
    });
    expect(await exportList(server, 'patients')).toBe(exported(patientList));
    expect(await exportList(server, 'studies')).toBe(exported(studyList));
  });

  it('lists refused rows by file, line and column, and ends with 3', async () => {
    const folder = writeFiles({
      'a.csv': 'last_name,id,email\nLee,a1,none\nMoss,a2,a@b\n',
      'b.csv': `${studyList.split('\n')[0]}\nSOON, TOE, x, XRAY, a2\n\nLOW, TOE, x, XRAY, nobody\nLOW, TOE, x, XRAY, a2\n`,
    });
    const { code, stdout } = await run([`${folder}/a.csv`, `${folder}/b.csv`]);
    expect(code).toBe(3);
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/a\.csv:2: email: "email" must look like/),
      expect.stringMatching(/a\.csv: patients: 1 created, 0 updated, 0 unchanged, 1 refused$/),
      expect.stringMatching(/b\.csv:2: urgency_level: .*must be one of LOW, MID, HIGH, not "SOON"/),
      `${folder}/b.csv:4: patient_id: There is no Patient with the id "nobody".`,
      expect.stringMatching(/b\.csv: studies: 1 created, 0 updated, 0 unchanged, 2 refused$/),
    ]);
  });

  it('reads on after a row that cannot be read', async () => {
    const folder = writeFiles({ 'a.csv': 'last_name,id\nLee,d1\nM"oss,d2\n"Hill,d3\nPike,d4\n' });
    const { code, stdout } = await run([`${folder}/a.csv`]);
    expect(code).toBe(3);
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/a\.csv:3: last_name: A quote stands inside of a cell/),
      expect.stringMatching(/a\.csv:4: last_name: A quote that is opened here is never closed\.$/),
      expect.stringMatching(/a\.csv: patients: 2 created, 0 updated, 0 unchanged, 2 refused$/),
    ]);
    expect(await exportList(server, 'patients')).toContain('d4');
  });

  it('stores nothing of a file with a refused row, where it is all or nothing', async () => {
    const folder = writeFiles({ 'a.csv': 'last_name,id\nLee,b1\n,b2\n' });
    const { code, stdout } = await run(['--mode', 'all-or-nothing', `${folder}/a.csv`]);
    expect([code, stdout]).toEqual([
      3,
      expect.stringContaining('0 created, 0 updated, 0 unchanged, 1 refused; nothing was stored'),
    ]);
    expect(await exportList(server, 'patients')).not.toContain('b1');
    const dry = await run(['--dry-run', `${folder}/a.csv`]);
    expect([dry.code, dry.stdout]).toEqual([
      3,
      expect.stringContaining('1 created, 0 updated, 0 unchanged, 1 refused; nothing was stored'),
    ]);
    expect(await exportList(server, 'patients')).not.toContain('b1');
  });

  it('stores nothing when a file is not there or is of neither kind', async () => {
    const folder = writeFiles({ 'a.csv': 'last_name,id\nLee,c1\n', 'x.csv': 'colour\nred\n' });
    const missing = await run([`${folder}/a.csv`, `${folder}/missing.csv`]);
    expect([missing.code, missing.stderr]).toEqual([
      1,
      expect.stringContaining(`There is no file ${folder}/missing.csv.`),
    ]);
    const dir = await run([folder]);
    expect([dir.code, dir.stderr]).toEqual([1, expect.stringContaining(`${folder} is a folder`)]);
    for (const path of ['-', '/dev/null']) {
      const none = await run([`${folder}/a.csv`, path]);
      expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/to a file/)]);
    }
    const other = await run([`${folder}/a.csv`, `${folder}/x.csv`]);
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringContaining('x.csv has the heading of no list'),
    ]);
    expect(await exportList(server, 'patients')).not.toContain('c1');
    expect((await run([])).code).toBe(2);
  });
});
