// The 718 example resources that HL7 publishes with R4: stored under their ids and read back as they were sent, but for
// those that break the specification.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseJson } from '../../server/json/parseJson.ts';
import { invalidExamples } from '../support/invalidExamples.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

const FOLDER = '../shared/data/hl7-r4-examples';
const FHIR = { accept: 'application/fhir+json' };
const whereAvailable = existsSync(FOLDER) ? describe : describe.skip;

type Json = Record<string, unknown>;

/** A resource as canonical text without what the server sets: keys sorted, numbers as they were written. */
function content(text: string): string {
  const { meta, ...rest } = parseJson(text) as Json;
  const { versionId: _, lastUpdated: __, ...kept } = (meta ?? {}) as Json;
  const sorted = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value;
    if (Array.isArray(value)) return value.map(sorted);
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((key) => [key, sorted((value as Json)[key])]),
    );
  };
  return JSON.stringify(sorted({ ...rest, ...(Object.keys(kept).length > 0 ? { meta: kept } : {}) }));
}

whereAvailable(`published examples (skipped without ${FOLDER})`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());

  it.each(Object.entries(invalidExamples))('%s is refused', async (file, [where, diagnostics]) => {
    const [type] = file.split('-');
    const refused = await send('POST', `${server.base}/${type}`, readFileSync(`${FOLDER}/${file}`, 'utf8'));
    expectRefusal(refused, 400, { expression: [`${type}.${where}`], diagnostics });
  });

  it('the others are taken, and come back from read and search as they were sent', async () => {
    const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json') && !(name in invalidExamples));
    expect(files.length).toBeGreaterThan(700);
    const problems: unknown[] = [];
    const identities = new Map<string, string>();
    const putOne = async (file: string): Promise<void> => {
      const text = readFileSync(`${FOLDER}/${file}`, 'utf8');
      const { resourceType, id } = JSON.parse(text);
      const url = `${server.base}/${resourceType}/${id}`;
      identities.set(url, text);
      const { status, body } = await send('PUT', url, text);
      if (status !== 201) problems.push([file, status, body.issue]);
      else if (content((await send('GET', url, undefined, FHIR)).text) !== content(text))
        problems.push([file, 'read differs']);
    };
    const queue = [...files];
    const client = async () => {
      for (let file = queue.pop(); file; file = queue.pop()) await putOne(file);
    };
    await Promise.all([client(), client(), client(), client()]);
    expect(problems).toEqual([]);
    expect(identities.size).toBe(files.length);

    const types = new Set([...identities.keys()].map((url) => url.split('/').at(-2)!));
    const found = new Set<string>();
    for (const type of types) {
      let next: string | undefined = `${server.base}/${type}?_count=100`;
      while (next) {
        const { body } = await send('GET', next);
        for (const { fullUrl } of body.entry) found.add(fullUrl);
        next = body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
      }
    }
    expect([...found].toSorted()).toEqual([...identities.keys()].toSorted());
  });
});
