// Loads the conformance resources of a FHIR package through the one write path. A resource is known by its url and
// version, so that installing twice changes nothing; it keeps the package's id where that is free.
import { FhirError, refuse } from '../errors.ts';
import type { WriteRequest } from '../fhir/planChange.ts';
import { findVersions } from '../fhir/readCanonical.ts';
import { writeAll } from '../fhir/write.ts';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';
import type { Resource, Services } from '../services.ts';
import { installedGuides } from '../store/canonicals.ts';
import { readMany } from '../store/resources.ts';
import { type PackageManifest, packageFiles, readManifest } from './readPackage.ts';

/** What became of a package. */
export interface InstallReport {
  manifest: PackageManifest;
  /** packages it builds on that are not installed here, as `name#version` */
  missing: string[];
  /** per resource type: created, updated, unchanged, refused */
  counts: Record<string, [created: number, updated: number, unchanged: number, refused: number]>;
  refused: { file: string; reason: string }[];
  /** resources of types that are no definitions, by type */
  left: Record<string, number>;
}

/** What is loaded; examples of other types stay where they are. */
const DEFINITIONS = new Set([
  ...['StructureDefinition', 'ValueSet', 'CodeSystem', 'ConceptMap', 'NamingSystem'],
  ...['SearchParameter', 'OperationDefinition', 'CapabilityStatement', 'ImplementationGuide'],
]);

/** The packages whose content every server of ours has. */
const BUILT_IN = /^hl7\.fhir\.r4\.(?:core|expansions|examples)$/;

/** What is read before it is written. */
const BATCH_RESOURCES = 100;
const BATCH_BYTES = 16 * 1024 * 1024;

interface Item {
  file: string;
  resource: Resource;
}

/**
 * Installs one package. What the server refuses is reported, everything else (no such file, no database) is thrown.
 * @throws Error when it is no FHIR package, or not one for R4
 */
export async function installPackage(services: Services, path: string): Promise<InstallReport> {
  const manifest = await readManifest(path);
  const { name, version, fhirVersions } = manifest;
  if (!fhirVersions.some((supported) => /^4\.0(?:\.\d+)?$/.test(supported))) {
    const versions = fhirVersions.length > 0 ? `FHIR ${fhirVersions.join(', ')}` : 'no version of FHIR';
    throw new Error(`${path}: ${name}#${version} is for ${versions}; this server is for R4 (4.0.1)`);
  }
  const report: InstallReport = {
    ...{ manifest, missing: await missingOf(services, manifest) },
    ...{ counts: {}, refused: [], left: {} },
  };
  let batch: Item[] = [];
  let bytes = 0;
  const flush = async () => {
    await storeBatch(services, batch, report);
    [batch, bytes] = [[], 0];
  };
  for await (const file of packageFiles(path)) {
    if (file.name === 'package.json') continue;
    let resource: Resource | undefined;
    try {
      resource = parseJson(decodeUtf8(file.bytes)) as Resource | undefined;
    } catch (error) {
      if (!(error instanceof FhirError)) throw error;
      refuseItem(report, file.name, 'unreadable', error);
      continue;
    }
    const type = resource?.resourceType;
    if (typeof type !== 'string') continue;
    if (!DEFINITIONS.has(type)) {
      report.left[type] = (report.left[type] ?? 0) + 1;
      continue;
    }
    batch.push({ file: file.name, resource: resource! });
    bytes += file.bytes.length;
    if (batch.length >= BATCH_RESOURCES || bytes >= BATCH_BYTES) await flush();
  }
  await flush();
  return report;
}

const COLUMN = { created: 0, updated: 1, deleted: 1, unchanged: 2, matched: 2, absent: 2 };

async function storeBatch(services: Services, batch: Item[], report: InstallReport): Promise<void> {
  if (batch.length === 0) return;
  const requests = await requestsFor(services, batch);
  const work: { item: Item; request: WriteRequest }[] = [];
  requests.forEach((request, i) => {
    const item = batch[i]!;
    if (request instanceof FhirError) refuseItem(report, item.file, item.resource.resourceType, request);
    else work.push({ item, request });
  });
  if (work.length === 0) return;
  const results = await writeAll(
    services,
    work.map(({ request }) => request),
    { atomic: false },
  );
  results.forEach((result, i) => {
    const { file, resource } = work[i]!.item;
    const type = resource.resourceType;
    if (result instanceof FhirError) refuseItem(report, file, type, result);
    else countsOf(report, type)[COLUMN[result.change]]!++;
  });
}

/** The update of what has the same url and version, or else a creation; an error where the id is all there is, and taken. */
async function requestsFor(
  services: Services,
  batch: readonly Item[],
): Promise<(WriteRequest | FhirError)[]> {
  const { db } = services;
  const stored = new Map<Item, string>();
  for (const [type, items] of Map.groupBy(batch, ({ resource }) => resource.resourceType)) {
    const urls = items.flatMap(({ resource: { url } }) => (typeof url === 'string' ? [url] : []));
    const versions = await findVersions(services, db, type, urls);
    for (const item of items) {
      const { url, version } = item.resource as { url?: string; version?: string };
      const same = versions.find((other) => other.url === url && other.version === version);
      if (same) stored.set(item, same.id);
    }
  }
  const named = batch.flatMap(({ resource: { resourceType: type, id } }) => (isId(id) ? [{ type, id }] : []));
  const holders = new Map(
    (await readMany(db, named)).map(({ type, id, content }) => [`${type}/${id}`, content] as const),
  );
  /** ids given in this batch: what comes twice in it is the same */
  const given = new Map<string, string>();
  return batch.map((item) => {
    const { resource } = item;
    const { resourceType: type, id, url, version } = resource;
    const key = JSON.stringify([type, url, version]);
    const same = stored.get(item) ?? (typeof url === 'string' ? given.get(key) : undefined);
    if (same !== undefined) return { method: 'PUT', type, id: same, resource: { ...resource, id: same } };
    const holder = isId(id) ? holders.get(`${type}/${id}`) : undefined;
    if (isId(id) && !holder) {
      holders.set(`${type}/${id}`, JSON.stringify(resource));
      given.set(key, id);
      return { method: 'PUT', type, id, resource, ifNoneMatchAny: true };
    }
    if (typeof url !== 'string' && isId(id)) {
      // A NamingSystem has neither url nor version: its name has to do.
      if (JSON.parse(holder!).name === resource.name) return { method: 'PUT', type, id, resource };
      return refuse(
        409,
        'conflict',
        `${type}/${id} is another resource, and this one has no url to know it by.`,
      );
    }
    const { id: _, ...rest } = resource;
    if (typeof url !== 'string') return { method: 'POST', type, resource: rest };
    const criteria = `url=${escaped(url)}&${
      typeof version === 'string' ? `version=${escaped(version)}` : 'version:missing=true'
    }`;
    return { method: 'POST', type, resource: rest, criteria };
  });
}

const isId = (id: unknown): id is string => typeof id === 'string' && /^[A-Za-z0-9\-.]{1,64}$/.test(id);

/** A value of a search parameter as it stands in a query. */
const escaped = (value: string): string => encodeURIComponent(value.replace(/[\\,$|]/g, '\\$&'));

const countsOf = (report: InstallReport, type: string): number[] => {
  report.counts[type] ??= [0, 0, 0, 0];
  return report.counts[type];
};

function refuseItem(report: InstallReport, file: string, type: string, error: FhirError): void {
  const reason = error.issues
    .map(({ diagnostics, expression }) => [diagnostics, ...(expression ?? [])].join(' @ '))
    .join('; ');
  report.refused.push({ file, reason });
  countsOf(report, type)[3]!++;
}

/** A package is installed where its ImplementationGuide is stored: each has one, which names the package. */
async function missingOf({ db }: Services, { dependencies }: PackageManifest): Promise<string[]> {
  const wanted = Object.entries(dependencies).filter(([name]) => !BUILT_IN.test(name));
  const installed = await installedGuides(
    db,
    wanted.map(([name]) => name),
  );
  return wanted
    .filter(([name, version]) => !installed.some((one) => one.name === name && fits(one.version, version)))
    .map(([name, version]) => `${name}#${version}`);
}

/** `3.1.1` fits `3.1.1`, `3.1.x` and `latest`. */
const fits = (version: string | undefined, wanted: string): boolean =>
  wanted === 'latest' ||
  wanted === version ||
  (wanted.endsWith('.x') && (version ?? '').startsWith(wanted.slice(0, -1)));
