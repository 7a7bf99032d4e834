// FHIR packages as the package registry of FHIR gives them out (https://hl7.org/fhir/packages.html): a .tgz with a
// manifest, package/package.json, and one JSON file for each resource beside it.
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import tar from 'tar-stream';
import { decodeUtf8 } from '../json/decodeUtf8.ts';
import { parseJson } from '../json/parseJson.ts';

/** What a package says of itself. */
export interface PackageManifest {
  name: string;
  version: string;
  fhirVersions: string[];
  /** by name, the version it asks for */
  dependencies: Record<string, string>;
}

export interface PackageFile {
  /** without the folder: `StructureDefinition-us-core-patient.json` */
  name: string;
  bytes: Uint8Array;
}

/** Of one file; the largest published resources have 10 MB. */
const MOST_BYTES = 64 * 1024 * 1024;
/** Of a package: one that unpacks to more is no set of definitions. */
const MOST_BYTES_UNPACKED = 512 * 1024 * 1024;

/**
 * The manifest of a package.
 * @throws Error that says why it is none: no such file, not packed so, without manifest, name or version
 */
export async function readManifest(path: string): Promise<PackageManifest> {
  for await (const { name, bytes } of packageFiles(path)) {
    if (name === 'package.json') return toManifest(path, bytes);
  }
  throw new Error(`${path} is no FHIR package: it has no package/package.json`);
}

function toManifest(path: string, bytes: Uint8Array): PackageManifest {
  let manifest: Record<string, unknown>;
  try {
    manifest = parseJson(decodeUtf8(bytes)) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`${path}: package.json: ${(error as Error).message}`);
  }
  const { name, version } = manifest;
  if (typeof name !== 'string' || typeof version !== 'string') {
    throw new Error(`${path}: package.json has no name or no version`);
  }
  // Older packages call it fhir-version-list.
  const versions = manifest.fhirVersions ?? manifest['fhir-version-list'];
  const { dependencies } = manifest;
  return {
    name,
    version,
    fhirVersions: Array.isArray(versions) ? versions.map(String) : [],
    dependencies:
      typeof dependencies === 'object' && dependencies !== null
        ? Object.fromEntries(Object.entries(dependencies).map(([other, wanted]) => [other, String(wanted)]))
        : {},
  };
}

/**
 * The JSON files in a package's own folder, one at a time; examples and others are in folders beside or below it, and
 * files that begin with a dot are indexes.
 * @throws Error that names what is wrong: no such file, not gzip, not tar, too large
 */
export async function* packageFiles(path: string): AsyncGenerator<PackageFile> {
  const raw = createReadStream(path);
  const extract = tar.extract();
  // Where it fails, so does the iteration: the failure comes out there.
  const unpacking = pipeline(raw, createGunzip(), bounded(), extract).catch((error: Error) => {
    extract.destroy(error);
  });
  try {
    for await (const entry of extract) {
      const { name, type, size = 0 } = entry.header;
      const match = /^(?:\.\/)?package\/([^./][^/]*\.json)$/.exec(name);
      if (type !== 'file' || !match) {
        entry.resume();
        continue;
      }
      if (size > MOST_BYTES) throw new Error(`${name} has ${size} bytes, more than ${MOST_BYTES}`);
      const parts: Buffer[] = [];
      for await (const part of entry) parts.push(part as Buffer);
      yield { name: match[1]!, bytes: Buffer.concat(parts) };
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(
      code === 'ENOENT'
        ? `There is no file ${path}`
        : `${path} cannot be unpacked as a .tgz (${message}): it may be cut off, so fetch it again`,
    );
  } finally {
    // Also when nobody wants the rest.
    raw.destroy();
    extract.destroy();
    await unpacking;
  }
}

/** Passes on what is unpacked, up to the bound: a small file can unpack to any size. */
function bounded(): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.length;
      if (total > MOST_BYTES_UNPACKED)
        done(new Error(`it unpacks to more than ${MOST_BYTES_UNPACKED} bytes`));
      else done(null, chunk);
    },
  });
}
