// Everything counted again: what a naive evaluator makes of imported and made-up vital signs is what is stored of them.
import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { resultOf } from '../import/importSupport.ts';
import { cleanUp, startSalus } from '../runtime/serverProcess.ts';
import { startTestServer, type TestServer } from '../support/testServer.ts';
import {
  annotationsExpected,
  annotationsStored,
  countLevels,
  readingsExpected,
  readingsStored,
  readStored,
  type Stored,
  scoresExpected,
  scoresStored,
} from './recount/recount.ts';
import { registerSets } from './recount/registerSets.ts';
import { registerValues } from './recount/registerValues.ts';
import { untilFollowedUp, untilShipped } from './ward.ts';

afterAll(cleanUp);

async function withServer(run: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await startTestServer({ VITALS: 'annotate' });
  try {
    await untilShipped(server);
    await run(server);
  } finally {
    await server.stop();
  }
}

/** Compares all that is stored with what it should be, and gives it back. */
async function expectRecounted(server: TestServer): Promise<Stored> {
  await untilFollowedUp(server);
  const stored = await readStored(server);
  expect(annotationsStored(stored)).toEqual(annotationsExpected(stored));
  expect(await readingsStored(server)).toEqual(readingsExpected(stored));
  expect(scoresStored(stored)).toEqual(scoresExpected(stored));
  return stored;
}

const total = (counts: Record<string, Record<string, number>>, level: string): number =>
  Object.values(counts).reduce((sum, of) => sum + (of[level] ?? 0), 0);

describe.each([
  ['synthea-data/sample', 200],
  ['../shared/data/synthea-embedded', 250],
  ['../shared/data/synthea-legacy', 450],
])('%s', (folder, least) => {
  const test = existsSync(folder) ? it : it.skip;

  test(`is annotated by an import as it should be (needs ${folder})`, async () => {
    await withServer(async (server) => {
      const { code } = await resultOf(
        startSalus(['import', folder], {
          ...{ DATABASE_URL: server.databaseUrl, DATA_DIR: 'node_modules/.cache/salus-test' },
          ...{ WORKERS: '2', VITALS: 'annotate' },
        }),
      );
      expect(code).toBe(0);
      const counts = countLevels(await expectRecounted(server));
      const judged = ['LL', 'L', 'N', 'H', 'HH'].map((level) => total(counts, level));
      expect(judged.reduce((sum, count) => sum + count)).toBeGreaterThan(least);
    });
  });
});

it('values at and beside all limits, for all ages, in many units, are judged as they should be', async () => {
  await withServer(async (server) => {
    await registerValues(server);
    const counts = countLevels(await expectRecounted(server));
    for (const level of ['LL', 'L', 'N', 'H', 'HH']) expect(total(counts, level)).toBeGreaterThan(50);
    expect(total(counts, 'impossible')).toBeGreaterThan(5);
  });
});

it('scores of full, partial and overlapping sets, corrected and deleted, are what they should be', async () => {
  await withServer(async (server) => {
    await registerSets(server);
    const { scores } = await expectRecounted(server);
    const current = scores.filter(({ status }) => status !== 'entered-in-error');
    expect(current.length).toBeGreaterThan(100);
    expect(scores.length - current.length).toBeGreaterThan(10);
  });
});
