// `salus explain` as a process on a database of its own.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { cleanUp, startSalus } from './serverProcess.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  await send('PUT', `${server.base}/Patient/p`, { resourceType: 'Patient', id: 'p', gender: 'male' });
});
afterAll(async () => {
  await cleanUp();
  await server.stop();
});

async function explain(...args: string[]) {
  const command = startSalus(['explain', ...args], {
    DATABASE_URL: server.databaseUrl,
    DATA_DIR: 'node_modules/.cache/salus-test',
  });
  const code = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

describe('salus explain', () => {
  it('prints plan, SQL, values and what Postgres makes of it', async () => {
    const { code, stdout, stderr } = await explain('Patient?gender=male&_sort=-birthdate');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const plan = JSON.parse(stdout.slice('plan '.length, stdout.indexOf('\n\nhash ')));
    expect(plan).toMatchObject({
      path: 'Patient',
      searches: [{ type: 'Patient', criteria: [{ kind: 'token', parameter: 'gender' }] }],
      sort: [{ parameter: 'birthdate', descending: true }],
    });
    expect(stdout).toMatch(/\nhash [0-9a-f]{12}\n\n-- page\nWITH .*\n-- \$1 = .*cost=.*\n-- count\nSELECT /s);
    expect(stdout).not.toContain('actual time');
  });

  it('measures with --analyze, and says which searches read all', async () => {
    const { code, stdout } = await explain('--analyze', '/Patient?gender:not=female&_summary=count');
    expect(code).toBe(0);
    expect(stdout).toContain(
      'reads more than it finds: Patient: no criterion narrows the search (gender:not)',
    );
    expect(stdout).toMatch(/-- count.*actual time/s);
    expect(stdout).not.toContain('-- page');
  });

  it('takes compartments and all types', async () => {
    expect((await explain('Patient/p/Observation?code=a')).code).toBe(0);
    expect((await explain('?_type=Patient,Group&_id=p')).code).toBe(0);
  });

  it('says in one line what is wrong with the search', async () => {
    for (const [search, message] of [
      ['Patient?nam=x', "Unknown search parameter 'nam' for Patient"],
      ['Nothing?code=x', '"Nothing?code=x" is no search'],
      ['Patient/p', '"Patient/p" is no search'],
      ['http://127.0.0.1:8080/fhir/R4/Patient?gender=male', 'without the service base'],
    ] as const) {
      const { code, stdout, stderr } = await explain(search);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^salus: .*\n$/);
      expect(stderr).toContain(message);
    }
    expect((await explain()).code).toBe(2);
  });
});
