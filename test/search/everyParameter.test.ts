// Every published search parameter of every type finds something: in the examples that HL7 publishes with R4, or where no
// example has a value for it, in a small resource made from the definitions. What is found must be what the oracle finds.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SearchParameter } from '@medplum/fhirtypes';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { dataSetOf, identity } from './oracle/dataSet.ts';
import { parametersOf, resourceTypes } from './oracle/definitions.ts';
import type { Setting } from './oracle/evaluate.ts';
import { exactText } from './oracle/exactText.ts';
import { publishedExamples } from './oracle/loadData.ts';
import { sampleResource } from './oracle/sampleResource.ts';
import { search } from './oracle/search.ts';
import { terminologyOf } from './oracle/terminology.ts';
import { type Resource, valuesOf } from './oracle/values.ts';
import { walk } from './oracle/walk.ts';

const FOLDER = '../shared/data/hl7-r4-examples';

/** Parameters that are no criteria on an element, so that no value of a resource can be asked for. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  _query: 'names a stored query, of which there are none',
  _text: 'is a full-text search',
  _content: 'is a full-text search',
};

let server: TestServer;
let setting: Setting;
let pairs: { type: string; parameter: SearchParameter; example: Resource }[];
beforeAll(async () => {
  server = await startTestServer();
  const examples = existsSync(FOLDER) ? publishedExamples(['hl7-r4-examples']) : [];
  const resources = new Map(examples.map((example) => [identity(example), example]));
  const byType = Map.groupBy(examples, ({ resourceType }): string => resourceType);
  pairs = resourceTypes.flatMap((type) =>
    parametersOf(type)
      .filter(({ code }) => !(code! in EXCEPTIONS))
      .map((parameter) => {
        const example = byType.get(type)?.find((one) => findable(parameter, one) !== undefined);
        const resource = example ?? sampleResource(type, parameter);
        resources.set(identity(resource), resource);
        return { type, parameter, example: resource };
      }),
  );
  const refused: string[] = [];
  await inTurn([...resources.values()], async (resource) => {
    const { status, text } = await send('PUT', `${server.base}/${identity(resource)}`, resource);
    if (status !== 201) refused.push(`${identity(resource)} ${status} ${text}`);
  });
  expect(refused).toEqual([]);
  const stored = await Promise.all(
    resourceTypes.map(async (type) => (await walk(`${server.base}/${type}?_count=1000`, 1000)).resources),
  );
  setting = {
    data: dataSetOf(stored.flat(), server.base),
    terminology: terminologyOf({ members: {}, parents: {} }),
    now: Date.now(),
  };
}, 120_000);
afterAll(() => server.stop());

/** Carries out a task for each item, four at a time. */
async function inTurn<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    [1, 2, 3, 4].map(async () => {
      for (const item of queue) await task(item);
    }),
  );
}

/** A search value that finds a resource by a parameter, if it has one. */
const findable = (parameter: SearchParameter, resource: Resource): string | undefined =>
  valuesOf(resource, parameter)
    .map((value) => exactText(parameter, value, resource))
    .find((text) => text !== undefined);

/** What is wrong with what the server finds; `among` narrows what is looked at to some resources. */
async function wrongIn(
  type: string,
  name: string,
  text: string,
  example: Resource,
  among?: string[],
): Promise<string[]> {
  const url = `${type}?${name}=${encodeURIComponent(text)}`;
  const expected = among ?? search(url, setting).matches.map(identity);
  const said = `${type}?${name}=${text}`;
  if (!expected.includes(identity(example))) return [`${said}: the oracle misses ${example.id}`];
  const { pages, refused } = await walk(`${server.base}/${url}&_count=1000&_elements=id`, 1000);
  if (refused !== undefined) return [`${said}: ${refused}`];
  const found = pages.flat().filter((one) => among?.includes(one) ?? true);
  const asExpected = found.toSorted().join() === expected.toSorted().join();
  return asExpected ? [] : [`${said}: found ${found}, expected ${expected}`];
}

describe('every published search parameter', () => {
  it('finds the resources that have a value', async () => {
    expect(new Set(pairs.map(({ type }) => type)).size).toBe(146);
    expect(pairs.length).toBeGreaterThan(2_500);
    const wrong: string[] = [];
    await inTurn(pairs, async ({ type, parameter, example }) => {
      const stored = setting.data.find(type, example.id)!;
      const text = findable(parameter, stored);
      // How names sound alike is the server's choice, but each sounds like itself.
      const among = parameter.xpathUsage === 'phonetic' ? [identity(stored)] : undefined;
      if (text === undefined) wrong.push(`${type}.${parameter.code}: no value in ${example.id}`);
      else wrong.push(...(await wrongIn(type, parameter.code!, text, stored, among)));
    });
    expect(wrong).toEqual([]);
  }, 120_000);

  it('knows whether there is a value (:missing)', async () => {
    const wrong: string[] = [];
    const single = pairs.filter(({ parameter }) => !['composite', 'special'].includes(parameter.type!));
    await inTurn(single, async ({ type, parameter, example }) => {
      const stored = setting.data.find(type, example.id)!;
      wrong.push(...(await wrongIn(type, `${parameter.code}:missing`, 'false', stored)));
    });
    expect(wrong).toEqual([]);
  }, 120_000);
});

(existsSync(FOLDER) ? describe : describe.skip)(`full-text parameters (skipped without ${FOLDER})`, () => {
  it.each(['_text', '_content'])(
    '%s finds a word of the narrative in every type that has an example',
    async (name) => {
      const wrong: string[] = [];
      const withNarrative = setting.data.resources.filter((one) => wordOf(one) !== undefined);
      const byType = new Map(withNarrative.map((one) => [one.resourceType, one]));
      expect(byType.size).toBeGreaterThan(90);
      await inTurn([...byType], async ([type, example]) => {
        wrong.push(...(await wrongIn(type, name, wordOf(example)!, example, [identity(example)])));
      });
      expect(wrong).toEqual([]);
    },
  );
});

/** A long word of a resource's narrative. */
function wordOf(resource: Resource): string | undefined {
  const { text } = resource as { text?: { div?: string } };
  return text?.div?.replace(/<[^>]*>|&[^;]+;/g, ' ').match(/(?<=\s)\p{L}{6,}(?=\s)/u)?.[0];
}
