// read and vread (http.html#read, #vread).
import { refuse } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { readCurrent, readVersion, type StoredVersion } from '../store/resources.ts';
import { missing } from './planChange.ts';

/** @throws FhirError 404 when the identity was never used, 410 when it is deleted */
export async function read(
  services: Services,
  type: string,
  id: string,
  db: Database = services.db,
): Promise<StoredVersion> {
  const stored = await readCurrent(db, type, id);
  if (!stored || stored.deleted) throw missing(type, id, stored);
  return stored;
}

/** @throws FhirError 404 when there is no such version, 410 when that version is the deletion */
export async function vread(
  services: Services,
  type: string,
  id: string,
  versionId: string,
  db: Database = services.db,
): Promise<StoredVersion> {
  const version = /^[1-9]\d{0,8}$/.test(versionId) ? Number(versionId) : 0;
  const stored = version > 0 ? await readVersion(db, type, id, version) : undefined;
  if (!stored) throw refuse(404, 'not-found', `There is no version ${versionId} of ${type}/${id}.`);
  if (stored.deleted) {
    throw refuse(
      410,
      'deleted',
      `Version ${versionId} of ${type}/${id} is its deletion; read an earlier one.`,
    );
  }
  return stored;
}
