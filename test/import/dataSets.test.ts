// The published data sets load with every entry accepted, by HTTP and by `salus import`, with equal results.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { cleanUp } from '../runtime/serverProcess.ts';
import { cloneDatabase } from '../support/postgres.ts';
import { rowCounts, typeCounts } from '../support/rowCounts.ts';
import { send, startTestServer } from '../support/testServer.ts';
import { type Json, runImport } from './importSupport.ts';
import { storedContent } from './storedContent.ts';

afterAll(cleanUp);

const SETS: [folder: string, resources?: number][] = [
  ['synthea-data/sample'],
  ['../shared/data/synthea-conditional', 14_434],
  ['../shared/data/synthea-legacy', 4_164],
  ['../shared/data/synthea-embedded', 1_982],
  ['../shared/data/bulk-ndjson', 7_160],
];
const LINES_PER_BATCH = 500;

/** The bundles to post, hospitals and practitioners first. */
function* bundlesOf(folder: string): Generator<string> {
  const phase = (file: string) =>
    [/hospital|^Organization|^Location/, /practitioner/i].findIndex((p) => p.test(file)) >>> 0;
  const files = readdirSync(folder).filter((file) => /json$/.test(file) && file !== 'log.ndjson');
  for (const file of files.sort((a, b) => phase(a) - phase(b))) {
    const text = readFileSync(join(folder, file), 'utf8');
    if (file.endsWith('.json')) {
      yield text;
      continue;
    }
    const entries = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const { resourceType, id } = JSON.parse(line);
        return `{"resource":${line},"request":{"method":"PUT","url":"${resourceType}/${id}"}}`;
      });
    for (let start = 0; start < entries.length; start += LINES_PER_BATCH) {
      const part = entries.slice(start, start + LINES_PER_BATCH);
      yield `{"resourceType":"Bundle","type":"batch","entry":[${part.join()}]}`;
    }
  }
}

describe.each(SETS)('%s', (folder, resources) => {
  const test = existsSync(folder) ? it : it.skip;

  test(`loads whole, by HTTP and by import (needs ${folder})`, async () => {
    const server = await startTestServer();
    const database = await cloneDatabase();
    try {
      let sent = 0;
      for (const bundle of bundlesOf(folder)) {
        const { status, body } = await send('POST', server.base, bundle);
        expect({ status, issue: body.issue }).toEqual({ status: 200, issue: undefined });
        const refused = body.entry.filter((entry: Json) => !/^20[01] /.test(entry.response.status));
        expect(refused).toEqual([]);
        sent += body.entry.length;
      }
      expect(sent).toBe(resources ?? sent);
      const imported = await runImport(database.url, [folder]);
      expect({ code: imported.code, stderr: imported.stderr.replace(/^\{.*\n/gm, '') }).toEqual({
        code: 0,
        stderr: '',
      });
      const { all } = imported.counts;
      expect(all![0] + all![2]).toBe(sent);
      expect(all![1] + all![3]).toBe(0);
      const types = await typeCounts(server.databaseUrl);
      expect(await typeCounts(database.url)).toEqual(types);
      for (const [type, count] of Object.entries(types)) expect(imported.counts[type]![0]).toBe(count);
      expect(await rowCounts(database.url)).toEqual(await rowCounts(server.databaseUrl));
      expect(await storedContent(database.url)).toEqual(await storedContent(server.databaseUrl));
    } finally {
      await server.stop();
      await database.drop();
    }
  });
});

describe('all data sets at once', () => {
  const folders = SETS.map(([folder]) => folder).filter((folder) => folder.startsWith('..'));
  const test = folders.every((folder) => existsSync(folder)) ? it : it.skip;

  test('load whole, though their hospitals carry the same identifiers (needs ../shared/data)', async () => {
    const database = await cloneDatabase();
    try {
      const { code, counts } = await runImport(database.url, folders);
      expect({ code, refused: counts.all?.[3] }).toEqual({ code: 0, refused: 0 });
    } finally {
      await database.drop();
    }
  });
});
