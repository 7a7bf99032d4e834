// What follows from a vital sign: scores and alerts, stored, escalated, corrected and withdrawn.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import type { Json } from '../bundles/bundleSupport.ts';
import { queryRows } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { admit, create, found, fullSet, reading, untilFollowedUp, untilShipped } from './ward.ts';

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

const scoresOf = (patient: string) => found(one, `Observation?patient=${patient}&category=survey`);
const flagsOf = (patient: string) => found(one, `Flag?patient=${patient}`);
const issuesOf = (patient: string) => found(one, `DetectedIssue?patient=${patient}`);

describe('early-warning scores', () => {
  it('are stored for a full set, updated with a correction and withdrawn with a deletion', async () => {
    await admit(one, 'scored');
    const set = fullSet('scored', 5, { pulse: 95 });
    const stored: Json[] = [];
    for (const each of set) stored.push(await create(stored.length % 2 ? one : two, each));
    await untilFollowedUp(one);
    const [score, ...more] = await scoresOf('scored');
    expect(more).toEqual([]);
    expect(score).toMatchObject({ status: 'final', valueInteger: 1, code: { text: 'NEWS2 total score' } });
    expect(score!.component).toHaveLength(7);
    expect(score!.derivedFrom).toHaveLength(7);

    const pulse = stored[4]!;
    const faster = { ...pulse, valueQuantity: { ...pulse.valueQuantity, value: 135 } };
    delete faster.interpretation;
    expect((await send('PUT', `${two.base}/Observation/${pulse.id}`, faster)).status).toBe(200);
    await untilFollowedUp(one);
    expect(await scoresOf('scored')).toMatchObject([
      { id: score!.id, valueInteger: 3, meta: { versionId: '2' } },
    ]);

    expect((await send('DELETE', `${one.base}/Observation/${pulse.id}`)).status).toBe(204);
    await untilFollowedUp(one);
    expect(await scoresOf('scored')).toMatchObject([{ id: score!.id, status: 'entered-in-error' }]);
  });

  it('are not computed from a part, nor for animals', async () => {
    await admit(one, 'partly');
    for (const each of fullSet('partly').slice(1)) await create(one, each);
    const animal = 'http://hl7.org/fhir/StructureDefinition/patient-animal';
    const species = { url: 'species', valueCodeableConcept: { text: 'dog' } };
    await admit(one, 'dog', { extension: [{ url: animal, extension: [species] }] });
    for (const each of fullSet('dog')) await create(one, each);
    await untilFollowedUp(one);
    expect(await scoresOf('partly')).toEqual([]);
    expect(await scoresOf('dog')).toEqual([]);
  });
});

describe('alerts', () => {
  it('are raised by a critical value, once, with the range that decided, and ended by normal ones', async () => {
    await admit(one, 'alarmed');
    const first = await create(one, reading('alarmed', 'pulse', 190, 30));
    await create(two, reading('alarmed', 'pulse', 192, 29));
    await untilFollowedUp(one);
    const [flag, ...flags] = await flagsOf('alarmed');
    const [issue, ...issues] = await issuesOf('alarmed');
    expect([...flags, ...issues]).toEqual([]);
    expect(flag).toMatchObject({ status: 'active', subject: { reference: 'Patient/alarmed' } });
    expect(issue).toMatchObject({
      status: 'preliminary',
      severity: 'high',
      patient: { reference: 'Patient/alarmed' },
    });
    expect(issue!.implicated).toContainEqual({ reference: `Observation/${first.id}` });
    expect(JSON.stringify(issue!.evidence)).toContain('ObservationDefinition/salus-heart-rate/_history/');
    expect(issue!.detail).toContain('critically high');
    for (const minutes of [20, 19]) await create(one, reading('alarmed', 'pulse', 80, minutes));
    await untilFollowedUp(one);
    expect(await flagsOf('alarmed')).toMatchObject([{ id: flag!.id, status: 'inactive' }]);
    expect(await issuesOf('alarmed')).toMatchObject([{ id: issue!.id, status: 'final' }]);
  });

  it('are withdrawn when the reading was entered in error', async () => {
    await admit(one, 'mistyped');
    const { meta: _meta, ...stored } = await create(one, reading('mistyped', 'pulse', 270, 3));
    await untilFollowedUp(one);
    expect(await flagsOf('mistyped')).toMatchObject([{ status: 'active' }]);
    await send('PUT', `${one.base}/Observation/${stored.id}`, { ...stored, status: 'entered-in-error' });
    await untilFollowedUp(one);
    expect(await flagsOf('mistyped')).toMatchObject([{ status: 'entered-in-error' }]);
    expect(await issuesOf('mistyped')).toMatchObject([{ status: 'entered-in-error' }]);
  });

  it('go with a reading that was the wrong patient’s', async () => {
    await admit(one, 'wrong');
    await admit(one, 'right');
    const stored = await create(one, reading('wrong', 'pulse', 20, 3));
    await untilFollowedUp(one);
    await send('PUT', `${one.base}/Observation/${stored.id}`, {
      ...stored,
      subject: { reference: 'Patient/right' },
    });
    await untilFollowedUp(one);
    expect(await flagsOf('wrong')).toMatchObject([{ status: 'entered-in-error' }]);
    expect(await flagsOf('right')).toMatchObject([{ status: 'active' }]);
  });

  it('are raised by the band of a score, and by a trend', async () => {
    await admit(one, 'ill');
    for (const each of fullSet('ill', 10, { pulse: 135, temperature: 39.5 })) await create(one, each);
    await create(one, reading('ill', 'weight', 70, 20 * 24 * 60));
    await create(one, reading('ill', 'weight', 66, 15));
    await untilFollowedUp(one);
    const flags = await flagsOf('ill');
    expect(flags.map(({ code }) => code.text)).toEqual(
      expect.arrayContaining([expect.stringContaining('NEWS2 5'), expect.stringContaining('against 70 kg')]),
    );
  });

  it('are not raised by what is long past, or in the future, or only stored for testing', async () => {
    await admit(one, 'past');
    await create(one, reading('past', 'pulse', 190, 3 * 24 * 60));
    await create(one, reading('past', 'pulse', 190, -60));
    const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }];
    await create(one, reading('past', 'pulse', 190, 1, { meta: { security } }));
    await untilFollowedUp(one);
    expect(await flagsOf('past')).toEqual([]);
  });
});

describe('lanes', () => {
  it('a reading of now is followed up while those of a patient who is being followed up wait', async () => {
    await admit(one, 'occupied');
    await admit(one, 'free');
    const other = new Client({ connectionString: one.databaseUrl });
    await other.connect();
    await other.query('BEGIN');
    await other.query("SELECT pg_advisory_xact_lock(hashtextextended('vital signs of occupied', 0))");
    await create(one, reading('occupied', 'pulse', 190, 60));
    await create(one, reading('occupied', 'pulse', 190));
    await create(two, reading('free', 'pulse', 190));
    while ((await flagsOf('free')).length === 0) await new Promise((resolve) => setTimeout(resolve, 25));
    expect(await flagsOf('occupied')).toEqual([]);
    await other.query('COMMIT');
    await other.end();
    await untilFollowedUp(one);
    expect(await flagsOf('occupied')).toHaveLength(1);
  });

  it('critical values of now come first, then those of now, of today, and what is past', async () => {
    const { base, databaseUrl, stop } = await startTestServer({ VITALS: 'annotate' }, { monitors: false });
    const quiet = { base, databaseUrl, stop };
    await untilShipped(quiet);
    await admit(quiet, 'ranked');
    await create(quiet, reading('ranked', 'pulse', 72, 3 * 24 * 60));
    await create(quiet, reading('ranked', 'pulse', 190, 30));
    await create(quiet, reading('ranked', 'pulse', 72));
    await create(quiet, reading('ranked', 'pulse', 190));
    const rows = await queryRows<{ rank: number }>(databaseUrl, 'SELECT rank FROM vital_queue ORDER BY seq');
    expect(rows.map(({ rank }) => rank)).toEqual([3, 2, 1, 0]);
    await stop();
  });
});
