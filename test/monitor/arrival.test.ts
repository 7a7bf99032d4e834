// The order in which readings arrive does not matter: whoever writes them, whenever, scores and alerts come out the same, and
// asking again changes nothing.
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Client } from 'pg';
import { queryRows } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { alertsOf, courses, gradesOf, register, type Way } from './recount/course.ts';
import {
  expectResourcesToAgree,
  followedUp,
  gradesOfScores,
  naiveTerms,
  outcomeOf,
} from './recount/outcome.ts';
import { admit, create, found, reading, untilFollowedUp, untilShipped } from './ward.ts';

let one: TestServer;
let two: TestServer;
beforeAll(async () => {
  one = await startTestServer({ VITALS: 'annotate' });
  two = await startTestServer({ VITALS: 'annotate', DATABASE_URL: one.databaseUrl });
  await untilShipped(one);
});
afterAll(async () => {
  await two.stop();
  await one.stop();
});

const ways: readonly Way[] = ['forward', 'backward', 'any order', 'at once'];
const seen = { scores: 0, alerts: 0 };
let cases = 0;

it('readings of one patient in different orders, by two servers, come to the same scores and alerts', async () => {
  await fc.assert(
    fc.asyncProperty(courses, async (course) => {
      cases++;
      const patients = ways.map((way) => ({ way, id: `case-${cases}-${way.replace(' ', '-')}` }));
      await Promise.all(patients.map(({ id }) => admit(one, id)));
      await Promise.all(patients.map(({ id, way }) => register([one, two], id, course, way)));
      await untilFollowedUp(one);
      const outcomes = [];
      for (const { id, way } of patients) outcomes.push({ way, ...(await outcomeOf(one, id)) });
      const [first] = outcomes;
      expect(outcomes).toEqual(ways.map((way) => ({ ...first, way })));
      const expected = [...alertsOf(gradesOf(course), 2), ...alertsOf(gradesOfScores(first!), 1)];
      const byCode = (a: { code: string }, b: { code: string }) => (a.code < b.code ? -1 : 1);
      expect(naiveTerms(first!)).toEqual(expected.sort(byCode));
      seen.scores += first!.scores.length;
      seen.alerts += first!.alerts.length;
    }),
    { numRuns: 10, endOnFailure: true },
  );
  expect(seen.scores).toBeGreaterThan(10);
  expect(seen.alerts).toBeGreaterThan(10);
});

it('each alert is shown by its Flag and its DetectedIssue as it is', async () => {
  await expectResourcesToAgree(one);
});

it('to follow up the same readings again changes nothing', async () => {
  const before = await followedUp(one);
  await queryRows(
    one.databaseUrl,
    'INSERT INTO vital_queue (rank, patient, type, id) ' +
      "SELECT 3, split_part(content->'subject'->>'reference', '/', 2), 'Observation', id FROM resource " +
      "WHERE type = 'Observation' AND NOT deleted AND id NOT LIKE 'score-%' ORDER BY md5(id)",
  );
  await untilFollowedUp(one);
  expect(await followedUp(one)).toEqual(before);
});

it.each([
  ['the right', 'wrong'],
  ['the wrong', 'right'],
])('a reading that was another patient’s is followed up for %s one first', async (_, later) => {
  const [wrong, right] = [`wrong-till-${later}`, `right-till-${later}`];
  await admit(one, wrong);
  await admit(one, right);
  const {
    meta: _meta,
    interpretation: _interpretation,
    ...stored
  } = await create(one, reading(wrong, 'pulse', 190, 5));
  await untilFollowedUp(one);
  // Nobody follows it up before the one of the two entries waits for its time.
  const blocker = new Client({ connectionString: one.databaseUrl });
  await blocker.connect();
  await blocker.query(
    'CREATE FUNCTION wait_an_hour() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ' +
      `NEW.due := CASE WHEN NEW.patient = '${later === 'wrong' ? wrong : right}' THEN now() + interval '1 hour' END; RETURN NEW; END $$`,
  );
  await blocker.query(
    'CREATE TRIGGER wait_an_hour BEFORE INSERT ON vital_queue FOR EACH ROW EXECUTE FUNCTION wait_an_hour()',
  );
  try {
    const moved = { ...stored, subject: { reference: `Patient/${right}` } };
    expect((await send('PUT', `${one.base}/Observation/${stored.id}`, moved)).status).toBe(200);
    await untilFollowedUp(one);
  } finally {
    await blocker.query('DROP FUNCTION wait_an_hour CASCADE');
    await blocker.query('UPDATE vital_queue SET due = NULL');
    await blocker.end();
  }
  await untilFollowedUp(one);
  const sql = 'SELECT patient, value FROM vital_reading WHERE observation = $1';
  expect(await queryRows(one.databaseUrl, sql, [stored.id])).toEqual([{ patient: right, value: 190 }]);
  expect(await found(one, `Flag?patient=${wrong}`)).toMatchObject([{ status: 'entered-in-error' }]);
  expect(await found(one, `Flag?patient=${right}`)).toMatchObject([{ status: 'active' }]);
});
