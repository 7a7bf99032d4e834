// `salus install-package`: what of a package is stored, under which ids, what a second run does, and what is refused.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import tar from 'tar-stream';
import { readConfig } from '../../server/config.ts';
import { structuresNow } from '../../server/fhir/storedStructures.ts';
import { installPackage } from '../../server/import/installPackage.ts';
import { createServices, type Services } from '../../server/services.ts';
import { createLogger } from '../../server/telemetry.ts';
import { cleanUp, startSalus, temporaryFolder } from '../runtime/serverProcess.ts';
import { cloneDatabase, type TestDatabase } from '../support/postgres.ts';
import { queryRows, typeCounts } from '../support/rowCounts.ts';

const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const T = 'http://t.example/';
const DATA_DIR = 'node_modules/.cache/salus-test';

let database: TestDatabase;
let services: Services;
beforeEach(async () => {
  database = await cloneDatabase();
  const config = readConfig({ DATABASE_URL: database.url, DATA_DIR, LOG_LEVEL: 'error' });
  services = await createServices(config, createLogger(config.logLevel));
});
afterEach(async () => {
  await services.close();
  await database.drop();
});
afterAll(cleanUp);

/** Packs files (JSON values, or text) into a .tgz and gives its path. */
async function pack(files: Record<string, unknown>): Promise<string> {
  const packed = tar.pack();
  for (const [name, content] of Object.entries(files)) {
    packed.entry({ name }, typeof content === 'string' ? content : JSON.stringify(content));
  }
  packed.finalize();
  const parts: Buffer[] = [];
  for await (const part of packed) parts.push(part as Buffer);
  const path = join(temporaryFolder(), 'package.tgz');
  writeFileSync(path, gzipSync(Buffer.concat(parts)));
  return path;
}

const manifest = (more: Record<string, unknown> = {}) => ({
  name: 't.example.guide',
  version: '1.0.0',
  fhirVersions: ['4.0.1'],
  dependencies: { 'hl7.fhir.r4.core': '4.0.1' },
  ...more,
});

const patientProfile = (more: Record<string, unknown> = {}) => ({
  resourceType: 'StructureDefinition',
  id: 'named-patient',
  url: `${T}StructureDefinition/named-patient`,
  version: '1.0.0',
  name: 'NamedPatient',
  status: 'active',
  kind: 'resource',
  abstract: false,
  type: 'Patient',
  baseDefinition: `${R4}Patient`,
  derivation: 'constraint',
  differential: { element: [{ id: 'Patient.name', path: 'Patient.name', min: 1 }] },
  ...more,
});

const codeSystem = (more: Record<string, unknown> = {}) => ({
  resourceType: 'CodeSystem',
  id: 'colours',
  url: `${T}CodeSystem/colours`,
  version: '1.0.0',
  status: 'active',
  content: 'complete',
  concept: [{ code: 'red' }],
  ...more,
});

const naming = (more: Record<string, unknown> = {}) => ({
  resourceType: 'NamingSystem',
  id: 'mrn',
  name: 'Mrn',
  status: 'active',
  kind: 'identifier',
  date: '2024-01-01',
  uniqueId: [{ type: 'uri', value: `${T}mrn` }],
  ...more,
});

const guide = (name: string, version: string) => ({
  resourceType: 'ImplementationGuide',
  id: name,
  url: `${T}ImplementationGuide/${name}`,
  version,
  name: 'Guide',
  status: 'active',
  packageId: name,
  fhirVersion: ['4.0.1'],
});

const files = (more: Record<string, unknown> = {}) => ({
  'package/package.json': manifest(),
  'package/.index.json': { files: [] },
  'package/StructureDefinition-named-patient.json': patientProfile(),
  'package/CodeSystem-colours.json': codeSystem(),
  'package/NamingSystem-mrn.json': naming(),
  'package/Patient-one.json': { resourceType: 'Patient', id: 'one' },
  'package/example/StructureDefinition-other.json': patientProfile({ id: 'other', url: `${T}other` }),
  'package/readme.txt': 'not JSON',
  ...more,
});

describe('a package', () => {
  it('has its definitions stored under their own ids, and nothing else', async () => {
    const report = await installPackage(services, await pack(files()));
    expect(report).toMatchObject({
      manifest: { name: 't.example.guide', version: '1.0.0' },
      counts: { StructureDefinition: [1, 0, 0, 0], CodeSystem: [1, 0, 0, 0], NamingSystem: [1, 0, 0, 0] },
      ...{ refused: [], left: { Patient: 1 }, missing: [] },
    });
    const stored = await queryRows(database.url, 'SELECT type, id FROM resource ORDER BY type');
    expect(stored).toEqual([
      { type: 'CodeSystem', id: 'colours' },
      { type: 'NamingSystem', id: 'mrn' },
      { type: 'StructureDefinition', id: 'named-patient' },
    ]);
    const { url } = patientProfile();
    const { find } = await structuresNow(services, services.db, [url]);
    expect(find(url)!.elements.find(({ id }) => id === 'Patient.name')!.min).toBe(1);
  });

  it('changes nothing when it is installed again', async () => {
    const path = await pack(files());
    await installPackage(services, path);
    const { counts } = await installPackage(services, path);
    expect(counts).toEqual({
      ...{ StructureDefinition: [0, 0, 1, 0], CodeSystem: [0, 0, 1, 0], NamingSystem: [0, 0, 1, 0] },
    });
    const [versions] = await queryRows(database.url, 'SELECT max(version)::int AS most FROM resource');
    expect(versions).toEqual({ most: 1 });
  });

  it('replaces what has the same url and version, and leaves other versions alone', async () => {
    await installPackage(services, await pack(files()));
    const changed = await pack({
      'package/package.json': manifest({ version: '1.0.1' }),
      'package/CodeSystem-colours.json': codeSystem({ concept: [{ code: 'red' }, { code: 'blue' }] }),
      'package/StructureDefinition-named-patient.json': patientProfile({ version: '2.0.0' }),
    });
    const { counts } = await installPackage(services, changed);
    expect(counts).toEqual({ CodeSystem: [0, 1, 0, 0], StructureDefinition: [1, 0, 0, 0] });
    const profiles = await queryRows<{ id: string; version: string }>(
      database.url,
      "SELECT id, content->>'version' AS version FROM resource WHERE type = 'StructureDefinition' ORDER BY 2",
    );
    expect(profiles).toEqual([
      { id: 'named-patient', version: '1.0.0' },
      { id: expect.not.stringMatching('named-patient'), version: '2.0.0' },
    ]);
    expect((await installPackage(services, changed)).counts).toEqual({
      ...{ CodeSystem: [0, 0, 1, 0], StructureDefinition: [0, 0, 1, 0] },
    });
  });

  it('gives way to another resource that has its id', async () => {
    const first = codeSystem({ url: `${T}CodeSystem/first` });
    await installPackage(
      services,
      await pack({ 'package/package.json': manifest(), 'package/a.json': first }),
    );
    const { counts } = await installPackage(services, await pack(files()));
    expect(counts.CodeSystem).toEqual([1, 0, 0, 0]);
    expect(await typeCounts(database.url)).toMatchObject({ CodeSystem: 2 });
    const held = await queryRows(
      database.url,
      "SELECT content->>'url' AS url FROM resource WHERE type = 'CodeSystem' AND id = 'colours'",
    );
    expect(held).toEqual([{ url: first.url }]);
    const other = naming({ name: 'Other' });
    const refusing = await pack({ 'package/package.json': manifest(), 'package/n.json': other });
    expect(await installPackage(services, refusing)).toMatchObject({
      counts: { NamingSystem: [0, 0, 0, 1] },
      refused: [{ file: 'n.json', reason: expect.stringContaining('NamingSystem/mrn is another resource') }],
    });
  });

  it('may hold a resource twice', async () => {
    const twice = { 'package/again.json': codeSystem() };
    const { counts } = await installPackage(services, await pack(files(twice)));
    expect(counts.CodeSystem?.reduce((a, b) => a + b)).toBe(2);
    expect(await typeCounts(database.url)).toMatchObject({ CodeSystem: 1 });
  });

  it('names the packages it builds on that are not installed', async () => {
    const wanted = manifest({
      dependencies: { 'hl7.fhir.r4.core': '4.0.1', 't.base': '2.0.x', 't.more': '1.0.0', 't.newer': '3.0.0' },
    });
    const path = await pack({ 'package/package.json': wanted });
    expect((await installPackage(services, path)).missing).toEqual([
      't.base#2.0.x',
      't.more#1.0.0',
      't.newer#3.0.0',
    ]);
    const guides = [guide('t.base', '2.0.7'), guide('t.more', '1.0.0'), guide('t.newer', '2.9.0')];
    const held = Object.fromEntries(guides.map((one) => [`package/${one.id}.json`, one]));
    const report = await installPackage(
      services,
      await pack({ 'package/package.json': manifest(), ...held }),
    );
    expect(report.refused).toEqual([]);
    expect((await installPackage(services, path)).missing).toEqual(['t.newer#3.0.0']);
  });

  it('has what the server refuses reported, and the rest stored', async () => {
    const { counts, refused } = await installPackage(
      services,
      await pack(
        files({
          'package/broken.json': '{"resourceType":',
          'package/wrong.json': codeSystem({ id: 'wrong', url: `${T}wrong`, content: undefined }),
        }),
      ),
    );
    expect(counts).toMatchObject({ CodeSystem: [1, 0, 0, 1], unreadable: [0, 0, 0, 1] });
    expect(refused).toEqual([
      { file: 'broken.json', reason: expect.stringMatching(/JSON/) },
      { file: 'wrong.json', reason: expect.stringMatching(/content/) },
    ]);
  });

  it.each([
    [
      'of another version of FHIR',
      { 'package/package.json': manifest({ fhirVersions: ['5.0.0'] }) },
      /5\.0\.0.*R4/,
    ],
    [
      'of no version of FHIR',
      { 'package/package.json': manifest({ fhirVersions: undefined }) },
      /no version of FHIR/,
    ],
    ['without a manifest', { 'package/a.json': codeSystem() }, /no package\/package\.json/],
    ['without a name', { 'package/package.json': manifest({ name: undefined }) }, /no name/],
    ['with a manifest that is no JSON', { 'package/package.json': 'x' }, /package\.json: .*JSON/],
  ])('%s is refused whole', async (_what, content, reason) => {
    await expect(installPackage(services, await pack(content))).rejects.toThrow(reason);
    expect(await typeCounts(database.url)).toEqual({});
  });

  it('that is no gzip, no tar, cut short, too large, or not there is refused with the reason', async () => {
    const at = (bytes: Buffer) => {
      const path = join(temporaryFolder(), 'package.tgz');
      writeFileSync(path, bytes);
      return path;
    };
    const zeros = Buffer.alloc(65 * 1024 * 1024, ' ').toString();
    const whole = await pack(files());
    const cases: [string, RegExp][] = [
      [at(Buffer.from('plain')), /header/i],
      [at(gzipSync(Buffer.alloc(2048, 'x'))), /tar|header/i],
      [at((await import('node:fs')).readFileSync(whole).subarray(0, 300)), /end of (file|data)/i],
      [
        await pack({ 'package/package.json': manifest(), 'package/big.json': zeros }),
        /big\.json has 68157440 bytes/,
      ],
      [join(temporaryFolder(), 'missing.tgz'), /There is no file/],
    ];
    for (const [path, reason] of cases) await expect(installPackage(services, path)).rejects.toThrow(reason);
  });
});

describe('the command', () => {
  const install = async (paths: string[]) => {
    const started = startSalus(['install-package', ...paths], { DATABASE_URL: database.url, DATA_DIR });
    const code = await started.ended;
    return { code, stdout: started.stdout(), stderr: started.stderr() };
  };

  it('installs packages in turn and says what became of them', async () => {
    const second = await pack({
      'package/package.json': manifest({ name: 't.second', dependencies: { 't.none': '1.0.0' } }),
      'package/colours.json': codeSystem(),
    });
    const { code, stdout } = await install([await pack(files()), second]);
    expect(code).toBe(0);
    expect(stdout).toContain('t.example.guide#1.0.0');
    expect(stdout).toContain('left out, as no definitions: 1 Patient');
    expect(stdout).toContain('builds on t.none#1.0.0, which is not installed here');
    expect(stdout).toMatch(/^CodeSystem +0 +0 +1 +0$/m);
  });

  it('ends with 3 when something was refused, and with 1 when a package cannot be read', async () => {
    const partly = await install([
      await pack(files({ 'package/x.json': codeSystem({ id: 'x', status: 7 }) })),
    ]);
    expect(partly).toMatchObject({ code: 3, stdout: expect.stringMatching(/^refused x\.json: .*status/m) });
    const broken = await install(['/nowhere/package.tgz']);
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no file') });
  });
});
