// Copies of the benchmark's data: as many resources as asked for, no two copies with the same uuids, hospitals shared.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Corpus, prepareCorpus } from './corpus.ts';

const HOSPITAL = 'aaaaaaaa-0000-0000-0000-000000000001';
const PATIENT = 'bbbbbbbb-0000-0000-0000-000000000002';

const bundle = (resource: object, id: string) =>
  JSON.stringify({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [{ fullUrl: `urn:uuid:${id}`, resource: { ...resource, id } }],
  });

let folder: string;
let corpus: Corpus;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'salus-corpus-'));
  const sources = ['one', 'two'].map((name) => join(folder, name));
  for (const source of sources) {
    mkdirSync(source);
    writeFileSync(
      join(source, 'hospitalInformation1.json'),
      bundle({ resourceType: 'Organization' }, HOSPITAL),
    );
    const patient = {
      resourceType: 'Patient',
      identifier: [{ value: '999-12-3456' }],
      managingOrganization: { reference: `urn:uuid:${HOSPITAL}` },
    };
    writeFileSync(join(source, 'patient.json'), bundle(patient, PATIENT));
  }
  corpus = prepareCorpus(sources, join(folder, 'corpus'), 5);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const texts = (files: { path: string }[]) => files.map(({ path }) => readFileSync(path, 'utf8'));
const uuids = (text: string) => text.match(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)!;

describe('prepareCorpus', () => {
  it('copies the patients until there are enough', () => {
    expect(corpus).toMatchObject({ copies: 3, resources: 6 });
    expect(corpus.patients).toHaveLength(6);
    expect(corpus.info).toHaveLength(2);
  });

  it('gives every copy identities and identifiers of its own', () => {
    const own = texts(corpus.patients).map((text) => uuids(text).find((uuid) => uuid.startsWith('bbbb')));
    expect(new Set(own).size).toBe(6);
    expect(new Set(corpus.patients.map(({ patientIdentifier }) => patientIdentifier))).toEqual(
      new Set(['999-12-3456', '999-12-3456-1', '999-12-3456-2']),
    );
  });

  it('lets the copies of a source share its hospitals, which no other source has', () => {
    const hospitals = texts(corpus.info).map((text) => uuids(text)[0]!);
    expect(new Set(hospitals).size).toBe(2);
    const referred = texts(corpus.patients).map(
      (text) => uuids(text).find((uuid) => uuid.startsWith('aaaa'))!,
    );
    expect(new Set(referred)).toEqual(new Set(hospitals));
  });
});
