// The record that a person is known by today: a Patient who was merged into another leads to it (patient.html#links).
import { patientIdIn } from '../../fhir/followUpOf.ts';
import { parseJson } from '../../json/parseJson.ts';
import type { Resource, Services } from '../../services.ts';
import { readCurrent } from '../../store/resources.ts';
import { token } from '../things/searchTerms.ts';
import type { Seen } from '../things/seen.ts';

/** Identifier system of records that were merged into others, by their FHIR id: a record with one stands for nobody. */
export const mergedSystem = 'https://salus.example/fhir/sid/merged-people';

/** Merges that are followed one after the other. */
const MOST_STEPS = 20;

interface Link {
  type?: string;
  other?: { reference?: string };
}

/** Where a Patient that was merged into another leads: a reference; undefined for one that stands for itself. */
export function mergedInto({ active, link = [] }: Resource): string | undefined {
  if (active !== false) return undefined;
  return (link as Link[]).find(({ type }) => type === 'replaced-by')?.other?.reference;
}

/**
 * The Patient that a reference, or a Patient, leads to when merges are followed; undefined where that is no Patient of this
 * server, or is deleted.
 */
export async function currentRecord(
  services: Services,
  from: string | Resource,
  { follow = true } = {},
): Promise<Resource | undefined> {
  let record = typeof from === 'string' ? await patientAt(services, from) : from;
  for (let step = 0; follow && record && step < MOST_STEPS; step++) {
    const next = mergedInto(record);
    if (next === undefined) return record;
    record = await patientAt(services, next);
  }
  return record;
}

/**
 * What whoever writes something about a person has seen: that the record stands for the person. Who merges it meanwhile waits, or is
 * waited for; then the write is planned again, about the survivor.
 * @param reference `Patient/[id]`; nothing else is merged
 */
export function stillStands(reference: string): Seen[] {
  const [type, id = ''] = reference.split('/');
  if (type !== 'Patient') return [];
  return [{ type, query: `identifier=${encodeURIComponent(token(mergedSystem, id))}`, ids: [] }];
}

async function patientAt(services: Services, reference: string): Promise<Resource | undefined> {
  const id = patientIdIn(services, reference);
  const stored = id === undefined ? undefined : await readCurrent(services.db, 'Patient', id);
  return stored?.content ? (parseJson(stored.content) as Resource) : undefined;
}
