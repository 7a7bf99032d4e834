// A transaction with one entry that is refused, among entries that would all be carried out: nothing may be stored.
import { expect } from '@jest/globals';
import { rowCounts } from '../support/rowCounts.ts';
import { send, type TestServer } from '../support/testServer.ts';
import {
  accepted,
  ask,
  batch,
  expectRefusedEntry,
  identified,
  type Json,
  observation,
  post,
  put,
  transaction,
  urn,
} from './bundleSupport.ts';

/** Stores the patients that the entries are about: p1, p2, known, and two with the identifier `twice`. */
export async function storeKnown(base: string): Promise<void> {
  const patients = [
    { resourceType: 'Patient', id: 'p1' },
    { resourceType: 'Patient', id: 'p2' },
    { ...identified('Patient', 'known'), id: 'known' },
    { ...identified('Patient', 'twice'), id: 'twice-1' },
    { ...identified('Patient', 'twice'), id: 'twice-2' },
  ];
  await accepted(base, batch(patients.map((patient) => put(patient))));
}

/** The entries, after one and before many that would be carried out. */
export const around = (...entries: Json[]) =>
  transaction([
    put({ resourceType: 'Patient', id: 'p1', active: true }),
    ...entries,
    post({ resourceType: 'Patient', name: [{ family: 'Unseen' }] }, urn(900)),
    ask('DELETE', 'Patient/p2'),
    ...Array.from({ length: 40 }, () => post(observation(urn(900)))),
  ]);

/** Expects the entry with this index to be named in text and expression, and no row to be left behind. */
export async function expectRefusedWhole(
  { base, databaseUrl }: TestServer,
  index: number,
  status: number,
  says: string | RegExp,
  expression: string | RegExp,
  ...entries: Json[]
): Promise<void> {
  const before = await rowCounts(databaseUrl);
  expectRefusedEntry(await send('POST', base, around(...entries)), status, index, says, expression);
  expect(await rowCounts(databaseUrl)).toEqual(before);
}
