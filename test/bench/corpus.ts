// The data of the write workloads: Synthea bundles copied until there is enough, each copy with its own uuids and identifiers,
// written as files so that the load generator and `salus import` take the same bytes.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { generatePopulation, writeBundle } from '../../synthea-data/generatePopulation.ts';

/** One bundle file of the corpus. */
export interface BundleFile {
  path: string;
  bytes: number;
  resources: number;
  /** the value by which its patient is found again */
  patientIdentifier?: string;
}

/** Files of hospitals and practitioners in the order of loading, then those of patients in a mixed order. */
export interface Corpus {
  folder: string;
  origin: string;
  info: BundleFile[];
  patients: BundleFile[];
  /** patient resources of all copies */
  resources: number;
  copies: number;
}

interface BundleTree {
  entry: { fullUrl?: string; resource: ResourceTree }[];
}
interface ResourceTree {
  resourceType: string;
  identifier?: { value?: string }[];
}
interface Original {
  /** number of the source folder */
  source: number;
  name: string;
  text: string;
  tree: BundleTree;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const INFO = [/^hospitalInformation/i, /^practitionerInformation/i];
const GENERATED_PATIENTS = 40;
// A uuid's second group holds four hexadecimal digits: one to tell sources apart, three for copies.
const COPIES_MAX = 0x1000;

/** Writes the corpus into `folder`: at least `wanted` patient resources. @throws Error when there is no usable data */
export function prepareCorpus(sources: string[], folder: string, wanted: number): Corpus {
  const originals = sources.length > 0 ? sources.flatMap(readSource) : generated();
  const isInfo = ({ name }: Original) => INFO.findIndex((pattern) => pattern.test(name)) + 1;
  const info = originals.filter(isInfo).sort((a, b) => isInfo(a) - isInfo(b));
  const patients = originals.filter((file) => !isInfo(file));
  const perCopy = patients.reduce((sum, { tree }) => sum + tree.entry.length, 0);
  if (perCopy === 0) throw new Error(`No patient bundles in ${sources.join(', ')}`);
  const copies = Math.ceil(wanted / perCopy);
  if (copies > COPIES_MAX) throw new Error(`Too little data: it would take ${copies} copies of it`);
  const shared = new Set(info.flatMap(({ text }) => text.match(UUID) ?? []));
  mkdirSync(join(folder, 'info'), { recursive: true });
  mkdirSync(join(folder, 'patients'));
  const write = (place: string, text: string, tree: BundleTree): BundleFile => {
    const path = join(folder, place);
    writeFileSync(path, text);
    return { path, bytes: Buffer.byteLength(text), resources: tree.entry.length };
  };
  const written: BundleFile[] = [];
  for (let copy = 0; copy < copies; copy++) {
    for (const [n, original] of patients.entries()) {
      const rename = renaming(original, shared, copy);
      const patient = original.tree.entry.find(
        ({ resource }) => resource.resourceType === 'Patient',
      )?.resource;
      const identifier = patient?.identifier?.find(({ value }) => value)?.value;
      written.push({
        ...write(`patients/copy${copy}-${n}.json`, rename(original.text), original.tree),
        ...(identifier === undefined ? {} : { patientIdentifier: rename(`"${identifier}"`).slice(1, -1) }),
      });
    }
  }
  return {
    folder,
    origin: sources.length > 0 ? sources.map((path) => basename(path)).join(' + ') : 'generated population',
    info: info.map((file, n) =>
      write(
        `info/${file.name.replace('.json', `-${n}.json`)}`,
        renaming(file, shared, 0)(file.text),
        file.tree,
      ),
    ),
    patients: mixed(written),
    resources: perCopy * copies,
    copies,
  };
}

/** The resources of one bundle file as minified JSON texts. */
export function resourceTexts(file: BundleFile): string[] {
  const { entry } = JSON.parse(readFileSync(file.path, 'utf8')) as BundleTree;
  return entry.map(({ resource }) => JSON.stringify(resource));
}

/** A deterministic source of numbers from 0 up to 1 (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function readSource(folder: string, source: number): Original[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return names.sort().map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    return { source, name, text, tree: JSON.parse(text) as BundleTree };
  });
}

function generated(): Original[] {
  const population = generatePopulation({ patients: GENERATED_PATIENTS, seed: 1 });
  return Array.from(population, ({ fileName: name, bundle }) => ({
    source: 0,
    name,
    text: writeBundle(bundle),
    tree: bundle as BundleTree,
  }));
}

/**
 * Gives every uuid another one of the same length: those of hospitals and practitioners by source, since two sources may hold
 * the same ones, all others by source and copy. The patient's own identifiers get a suffix.
 */
function renaming({ tree, source }: Original, shared: Set<string>, copy: number): (text: string) => string {
  const values = tree.entry.flatMap(({ resource }) =>
    resource.resourceType === 'Patient'
      ? (resource.identifier ?? []).flatMap(({ value }) => value ?? [])
      : [],
  );
  const own = copy === 0 ? [] : values.filter((value) => value.search(UUID) < 0);
  const common = source * COPIES_MAX;
  return (text) => {
    const renamed = text.replace(UUID, (uuid) => {
      const mixedIn = Number.parseInt(uuid.slice(9, 13), 16) ^ (shared.has(uuid) ? common : common + copy);
      return uuid.slice(0, 9) + mixedIn.toString(16).padStart(4, '0') + uuid.slice(13);
    });
    return own.reduce((sofar, value) => sofar.replaceAll(`"${value}"`, `"${value}-${copy}"`), renamed);
  };
}

function mixed<T>(items: T[]): T[] {
  const random = randomNumbers(1);
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
