// How long it takes to extract all search values of a resource, without anything else: the server's own extractor on resources of
// a loaded database, in this process and warm.

import { loadDefinitions } from '../../server/definitions/loadDefinitions.ts';
import { parseJson } from '../../server/json/parseJson.ts';
import { createExtractor } from '../../server/search/createExtractor.ts';
import { withClient } from './benchServer.ts';
import { measureRounds } from './measureRounds.ts';
import { number } from './report.ts';
import type { Result } from './result.ts';
import type { SearchSide } from './searchWorkloads.ts';

const RESOURCES = 10_000;
const WARM_UP_ROUNDS = 3;

/** Mean time for a resource of the mixture that is in the database. */
export async function extraction({ server }: SearchSide, seconds: number): Promise<Result[]> {
  const resources = await withClient(server.databaseUrl(), async (client) => {
    const { rows } = await client.query<{ text: string }>(
      'SELECT content::text AS text FROM resource WHERE NOT deleted ORDER BY md5(id) LIMIT $1',
      [RESOURCES],
    );
    return rows.map(({ text }) => parseJson(text) as { resourceType: string });
  });
  const extract = createExtractor(loadDefinitions(), {
    baseUrls: [`http://127.0.0.1:${server.port}${server.base}`],
  });
  const round = () => {
    for (const resource of resources) extract(resource);
  };
  for (let n = 0; n < WARM_UP_ROUNDS; n++) round();
  const perResource = measureRounds(round, seconds / 3, resources.length);
  const byType = Map.groupBy(resources, ({ resourceType }) => resourceType);
  const types = [...byType].map(([type, some]) => ({
    type,
    share: some.length / resources.length,
    cost: measureRounds(() => some.forEach(extract), 0, some.length).own,
  }));
  return [
    {
      workload: 'extraction',
      title: 'extraction of all search values',
      unit: 'µs a resource',
      figure: perResource.own,
      target: { most: 40 },
      seconds: perResource.seconds,
      failures: 0,
      notes: [
        `processor time of the thread; ${number(perResource.all)} µs with the other threads of the process (garbage collection), ${number(perResource.waited)} µs by the clock`,
        `by type: ${types
          .toSorted((a, b) => b.share * b.cost - a.share * a.cost)
          .slice(0, 8)
          .map(({ type, share, cost }) => `${type} ${number(cost)} µs (${Math.round(share * 100)} %)`)
          .join(', ')}`,
      ],
    },
  ];
}
