// The search workloads: six families by themselves, all of them mixed, a clinical mix, and how much dearer a page is on ten times
// the data; each beside a bare Express route that reads a page of the same types off one index.
import { type BenchServer, withClient } from './benchServer.ts';
import { clinicalRequests } from './clinicalMix.ts';
import { randomNumbers } from './corpus.ts';
import { type FloorFigure, type FloorServer, startFloorServer } from './floors.ts';
import { type Measured, runLoad } from './load.ts';
import type { WorkloadName } from './options.ts';
import { number } from './report.ts';
import type { Result } from './result.ts';
import type { SearchCorpus } from './searchCorpus.ts';
import { FAMILIES, familyRequests, type SearchRequest } from './searchFamilies.ts';
import type { Samples } from './searchSamples.ts';
import { fromLoad } from './writeWorkloads.ts';

/** A loaded database, a server on it, and what values are drawn from. */
export interface SearchSide {
  corpus: SearchCorpus;
  server: BenchServer;
  samples: Samples;
}

const CLIENTS = 4;
const MIX_CLIENTS = 16;
const WARM_UP_SECONDS = 1;
/** For asking every search once. */
const CHECK_SECONDS = 60;
const KEYS = 100;
const FLOOR = 'bare Express route, one page of 20 rows off an index';

/** Six families at 4 clients, and all of them at 16. */
export async function search(side: SearchSide, seconds: number): Promise<Result[]> {
  const requests = familyRequests(side.samples);
  const notes = await check(side, requests);
  const results: Result[] = [];
  for (const family of FAMILIES) {
    const some = requests.filter(({ group }) => group === family);
    const { ours, floors } = await besideFloor(side, some, CLIENTS, seconds / 3, false);
    results.push({
      workload: 'search',
      title: `search, ${family}, ${CLIENTS} clients`,
      unit: 'requests/s',
      figure: ours.requests / ours.seconds,
      target: { least: 500 },
      floor: { what: FLOOR, figures: floors },
      ...fromLoad(ours),
      latency: ours.latency,
      notes: [bySearch(ours)],
    });
  }
  const { ours, floors } = await besideFloor(side, requests, MIX_CLIENTS, seconds, true);
  results.push({
    workload: 'search',
    title: `search, all families mixed, ${MIX_CLIENTS} clients`,
    unit: 'requests/s',
    figure: ours.requests / ours.seconds,
    target: { least: 1800, p99: 50 },
    floor: { what: FLOOR, figures: floors },
    ...fromLoad(ours),
    latency: ours.latency,
    notes: [...notes, perPage(ours)],
  });
  return results;
}

/** What an application that shows a patient's record asks for. */
export async function clinical(side: SearchSide, seconds: number): Promise<Result[]> {
  const requests = clinicalRequests(side.samples);
  const notes = await check(side, requests);
  const { ours, floors } = await besideFloor(side, requests, MIX_CLIENTS, seconds, true);
  return [
    {
      workload: 'clinical',
      title: `clinical mix, ${MIX_CLIENTS} clients`,
      unit: 'requests/s',
      figure: ours.requests / ours.seconds,
      target: { least: 1800, p99: 50 },
      floor: { what: FLOOR, figures: floors },
      ...fromLoad(ours),
      latency: ours.latency,
      notes: [...notes, perPage(ours), bySearch(ours)],
    },
  ];
}

/** By how much the processor time of a page grows with the database, family by family. */
export async function growth(small: SearchSide, large: SearchSide, seconds: number): Promise<Result[]> {
  const sides = await Promise.all(
    [small, large].map(async (side) => ({ side, requests: familyRequests(side.samples) })),
  );
  for (const { side, requests } of sides) await check(side, requests);
  const results: Result[] = [];
  for (const family of FAMILIES) {
    const loads: Measured[][] = [[], []];
    // Turn about, so that what others do to the machine meets both.
    for (const part of [0, 1, 0, 1]) {
      const { side, requests } = sides[part]!;
      const some = requests.filter(({ group }) => group === family);
      loads[part]!.push(await ask(side, some, CLIENTS, seconds / 10));
    }
    const [before, after] = loads.map(pageCost) as [PageCost, PageCost];
    results.push({
      workload: 'growth',
      title: `growth of a page, ${family}`,
      unit: '× time of a page',
      figure: after.total / before.total,
      target: { most: 1.5 },
      seconds: loads.flat().reduce((sum, load) => sum + load.seconds, 0),
      failures: loads.flat().reduce((sum, load) => sum + load.failures, 0),
      notes: [before, after].map(
        ({ text }, n) => `${sides[n]!.side.corpus.resources.toLocaleString('en')} resources: ${text}`,
      ),
    });
  }
  return results;
}

/** Every search of the named workloads some times, one after the other, with times of its own in the order of `requests`. */
export async function eachSearch(
  side: SearchSide,
  only: readonly WorkloadName[],
  seconds: number,
): Promise<{ requests: SearchRequest[]; load: Measured }> {
  const requests = [
    ...(only.includes('search') ? familyRequests(side.samples) : []),
    ...(only.includes('clinical') ? clinicalRequests(side.samples) : []),
  ];
  return { requests, load: await ask(side, requests, 1, seconds * 6, 3) };
}

/** Asks each search once, which also warms up, and says where an answer is not what the value promises. */
async function check(side: SearchSide, requests: SearchRequest[]): Promise<string[]> {
  const {
    searches,
    failures,
    firstFailure,
    requests: asked,
  } = await ask(side, requests, CLIENTS, CHECK_SECONDS, 1);
  const isEmpty = (n: number) => searches![n]!.times.length > 0 && searches![n]!.empty > 0;
  const lost = requests.filter(({ hit }, n) => hit && isEmpty(n));
  const found = requests.filter(({ hit }, n) => !hit && searches![n]!.times.length > 0 && !isEmpty(n));
  const examples = (list: SearchRequest[]) => list.slice(0, 5).map(({ path }) => `    ${path}`);
  const hits = requests.filter(({ hit }) => hit).length;
  return [
    `${asked} of ${requests.length} different searches asked once beforehand`,
    ...(failures > 0 ? [`${failures} of them FAILED, the first with: ${firstFailure}`] : []),
    `${lost.length} of ${hits} searches for values of the data found nothing`,
    ...examples(lost),
    ...(requests.length > hits
      ? [`${found.length} of ${requests.length - hits} searches for other values found something`]
      : []),
    ...examples(found),
  ];
}

function ask(
  { server }: SearchSide,
  requests: SearchRequest[],
  clients: number,
  seconds: number,
  rounds?: number,
): Promise<Measured> {
  const searches = requests.map(({ path, search: label }) => ({ path: `${server.base}/${path}`, label }));
  return runLoad(
    { kind: 'search', port: server.port, clients, seconds, searches, ...(rounds ? { rounds } : {}) },
    server.watched,
  );
}

/** The floor, the searches, and for `twice` the floor again; each after a warm-up. */
async function besideFloor(
  side: SearchSide,
  requests: SearchRequest[],
  clients: number,
  seconds: number,
  twice: boolean,
): Promise<{ ours: Measured; floors: FloorFigure[] }> {
  const floors: FloorFigure[] = [];
  const paths = await floorPaths(side, requests);
  const floor = async () => {
    const bare = await startFloorServer(side.server);
    try {
      await floorLoad(bare, paths, clients, WARM_UP_SECONDS);
      const { requests: pages, seconds: took, cpu } = await floorLoad(bare, paths, clients, seconds / 3);
      const each = (used: number) => (used / pages) * 1e6;
      floors.push({
        rate: pages / took,
        cpu: cpu && { node: each(cpu.server), postgres: each(cpu.postgres) },
      });
    } finally {
      await bare.stop();
    }
  };
  await floor();
  await ask(side, requests, clients, WARM_UP_SECONDS);
  const ours = await ask(side, requests, clients, seconds);
  if (twice) await floor();
  return { ours, floors };
}

function floorLoad(bare: FloorServer, paths: string[], clients: number, seconds: number): Promise<Measured> {
  return runLoad({ kind: 'get', port: bare.port, clients, seconds, paths }, bare.watched);
}

/** Pages of the types that are searched, as often as they are searched. */
async function floorPaths({ server }: SearchSide, requests: SearchRequest[]): Promise<string[]> {
  const typeOf = ({ path }: SearchRequest) => path.slice(0, path.indexOf('?'));
  const random = randomNumbers(5);
  return withClient(server.databaseUrl(), async (client) => {
    const keys = new Map<string, string[]>();
    for (const type of new Set(requests.map(typeOf))) {
      const { rows } = await client.query<{ key: string }>(
        'SELECT key FROM resource WHERE type = $1 ORDER BY md5(id) LIMIT $2',
        [type, KEYS],
      );
      keys.set(
        type,
        rows.map(({ key }) => key),
      );
    }
    return requests.map((request) => {
      const own = keys.get(typeOf(request))!;
      return `/page/${typeOf(request)}/${own[Math.floor(random() * own.length)]}`;
    });
  });
}

interface PageCost {
  total: number;
  text: string;
}

/** Microseconds of processor time for a page; of waiting where that is unknown. */
function pageCost(loads: Measured[]): PageCost {
  const sum = (read: (load: Measured) => number) => loads.reduce((total, load) => total + read(load), 0);
  const pages = sum(({ requests }) => requests);
  const waited = sum(({ seconds }) => seconds * CLIENTS * 1e6) / pages;
  const times = `${number(waited)} µs for its client`;
  if (loads.some(({ cpu }) => !cpu)) return { total: waited, text: times };
  const node = sum(({ cpu }) => cpu!.server * 1e6) / pages;
  const postgres = sum(({ cpu }) => cpu!.postgres * 1e6) / pages;
  return {
    total: node + postgres,
    text: `${number(node)} µs of Node and ${number(postgres)} µs of Postgres for a page, ${times}`,
  };
}

const bySearch = ({ latencies }: Measured) =>
  `mean / p99 in ms: ${Object.entries(latencies)
    .map(([name, { mean, p99 }]) => `${name} ${number(mean)} / ${number(p99)}`)
    .join(', ')}`;

const perPage = ({ requests, bytes, seconds, searches = [] }: Measured) =>
  `${number(bytes / requests / 1000)} kB a page, ${number(bytes / seconds / 1e6)} MB/s; ` +
  `${number((searches.reduce((sum, one) => sum + one.empty, 0) / requests) * 100)} % of the pages empty`;
