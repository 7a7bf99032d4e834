// `salus validate` as a process: without a database, with definitions from files and packages, and with a database.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from '@jest/globals';
import tar from 'tar-stream';
import { cleanUp, startSalus, temporaryFolder } from '../runtime/serverProcess.ts';
import { send, startTestServer } from '../support/testServer.ts';
import { type Json, writeFiles } from './importSupport.ts';

afterAll(cleanUp);

async function validate(args: string[], settings: Record<string, string> = {}) {
  const started = startSalus(['validate', ...args], {
    // Nothing listens there, and no database is in the folder of data.
    ...{ DATA_DIR: 'node_modules/.cache/salus-test', PORT: '1' },
    ...settings,
  });
  const code = await started.ended;
  const lines = started
    .stdout()
    .split('\n')
    .filter((line) => line !== '');
  return { code, lines, stderr: started.stderr() };
}

const narrative = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' };
const good = { resourceType: 'Patient', text: narrative, name: [{ family: 'Vale' }] };
const bad = { resourceType: 'Patient', text: narrative, gender: 'mail' };

const PROFILE = 'https://example.org/fhir/StructureDefinition/coloured';
const coloured = {
  ...{ resourceType: 'StructureDefinition', id: 'coloured', url: PROFILE, version: '2.0', name: 'Coloured' },
  ...{ status: 'active', kind: 'resource', abstract: false, type: 'Basic', derivation: 'constraint' },
  baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Basic',
  differential: {
    element: [
      {
        id: 'Basic.code',
        path: 'Basic.code',
        binding: { strength: 'required', valueSet: 'urn:example:colours' },
      },
    ],
  },
};
const narrower = {
  ...coloured,
  ...{ id: 'narrower', url: `${PROFILE}-narrower`, name: 'Narrower', baseDefinition: PROFILE },
  differential: { element: [{ id: 'Basic.author', path: 'Basic.author', min: 1 }] },
};
const colours = {
  ...{ resourceType: 'ValueSet', id: 'colours', url: 'urn:example:colours', status: 'active' },
  compose: { include: [{ system: 'urn:example:colour' }] },
};
const colour = {
  ...{ resourceType: 'CodeSystem', id: 'colour', url: 'urn:example:colour', status: 'active' },
  ...{ content: 'complete', concept: [{ code: 'red' }, { code: 'blue' }] },
};
const basic = (code: string, more: object = {}) => ({
  ...{ resourceType: 'Basic', text: narrative, code: { coding: [{ system: 'urn:example:colour', code }] } },
  ...more,
});

describe('salus validate', () => {
  it('says nothing of what is valid, and ends with 0', async () => {
    const folder = writeFiles({ 'a.json': good, 'b.ndjson.gz': [good, good], 'notes.txt': 'a' });
    const { code, lines, stderr } = await validate([folder, '--no-advice']);
    expect({ code, lines }).toEqual({ code: 0, lines: [] });
    expect(stderr).toContain('3 judged, 0 invalid');
    expect(stderr).toContain('notes.txt');
  });

  it('names file, line, place, severity and code of each issue, and ends with 3', async () => {
    const folder = writeFiles({
      'a.ndjson': [good, '', bad, '{"resourceType":', good],
      'b.json.gz': {
        resourceType: 'Bundle',
        type: 'collection',
        entry: [{ resource: good }, { resource: bad }],
      },
      'c.json': '5',
      'd.json.gz': good,
    });
    writeFileSync(join(folder, 'd.json.gz'), 'no gzip at all');
    const { code, lines, stderr } = await validate([folder, '--no-advice']);
    const cut = lines.map((line) =>
      line
        .slice(folder.length + 1)
        .split(' ')
        .slice(0, 4)
        .join(' '),
    );
    expect({ code, cut }).toEqual({
      code: 3,
      cut: [
        'a.ndjson:3 Patient.gender error code-invalid',
        expect.stringMatching(/^a\.ndjson:4 \S+ error structure$/),
        'b.json.gz Bundle.entry[1].resource.gender error code-invalid',
        expect.stringMatching(/^c\.json \S+ error structure$/),
        'd.json.gz - error structure',
      ],
    });
    expect(stderr).toContain('7 judged, 5 invalid');
  });

  it('gives advice unless told not to; advice is no error', async () => {
    const folder = writeFiles({ 'a.json': { resourceType: 'Patient' } });
    const { code, lines } = await validate([folder]);
    expect(code).toBe(0);
    expect(lines.join()).toMatch(/Patient warning invariant dom-6/);
    expect((await validate([folder, '--no-advice'])).lines).toEqual([]);
  });

  it('prints OperationOutcomes with --json, which are valid themselves', async () => {
    const folder = writeFiles({ 'a.ndjson': [good, bad] });
    const { code, lines } = await validate([folder, '--json', '--no-advice']);
    const outcomes: Json[] = lines.map((line) => JSON.parse(line));
    expect(code).toBe(3);
    expect(outcomes.map(({ extension }) => extension[0].valueString)).toEqual([
      `${folder}/a.ndjson:1`,
      `${folder}/a.ndjson:2`,
    ]);
    expect(outcomes[0].issue).toEqual([expect.objectContaining({ severity: 'information' })]);
    expect(outcomes[1].issue[0]).toMatchObject({ severity: 'error', expression: ['Patient.gender'] });
    const again = writeFiles({ 'outcomes.ndjson': lines });
    const { code: ofOutcomes, lines: issues } = await validate([again]);
    // The extension is known and in its place: advice would say otherwise.
    expect({ ofOutcomes, extension: issues.filter((line) => line.includes('extension')) }).toEqual({
      ofOutcomes: 0,
      extension: [],
    });
  });

  it('keeps to one line what a file would break', async () => {
    const folder = writeFiles({ 'a.json': { resourceType: 'Patient', 'x\ny': 1, gender: 'a\u001b[31m\nb' } });
    const { lines } = await validate([folder, '--no-advice']);
    expect(lines).toHaveLength(2);
    for (const line of lines) expect(line).toMatch(/^\P{Cc}+$/u);
  });

  it('judges by published profiles, several of them', async () => {
    const folder = writeFiles({ 'a.json': good });
    const us = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';
    const own = 'https://salus.example/fhir/StructureDefinition/salus-patient';
    const { code, lines } = await validate([folder, '--no-advice', '--profile', us, '--profile', own]);
    expect(code).toBe(3);
    for (const profile of [us, own]) {
      expect(
        lines.filter((line) => line.includes('Patient.identifier') && line.includes(profile)),
      ).toHaveLength(1);
    }
    const unknown = await validate([folder, '--profile', 'urn:example:unknown']);
    expect(unknown.code).toBe(3);
    expect(unknown.lines.join()).toContain('error not-found');
  });

  it.each([
    ['no file', ['missing.json'], 1, 'no file or folder'],
    ['another kind of file', ['package.json', '--structures', 'README.md'], 1, 'README.md'],
    ['structures that are not there', ['package.json', '--structures', 'missing'], 1, 'no file or folder'],
    ['nothing', [], 2, 'path'],
    ['an unknown option', ['package.json', '--strict'], 2, '--strict'],
  ])('fails for %s', async (_, args, expected, said) => {
    const { code, stderr } = await validate(args);
    expect({ code, said: stderr.includes(said), stderr }).toEqual({ code: expected, said: true, stderr });
  });
});

describe('--structures', () => {
  const lines = [
    basic('red', { meta: { profile: [PROFILE] } }),
    basic('green', { meta: { profile: [PROFILE] } }),
    basic('blue', { meta: { profile: [`${PROFILE}|2.0`] } }),
    basic('blue', { meta: { profile: [`${PROFILE}-narrower`] } }),
  ];
  const definitions = [coloured, narrower, colours, colour];

  async function invalidLines(args: string[], settings: Record<string, string> = {}): Promise<number[]> {
    const folder = writeFiles({ 'a.ndjson': lines });
    const { code, lines: said, stderr } = await validate([folder, '--no-advice', ...args], settings);
    expect({ code, stderr: code === 1 ? stderr : '' }).toEqual({ code: said.length > 0 ? 3 : 0, stderr: '' });
    return said.map((line) => Number(/ndjson:(\d+)/.exec(line)![1]));
  }

  it('has profiles, value sets and code systems from a folder, a Bundle or a package', async () => {
    expect(await invalidLines([])).toEqual([]);
    const asFiles = Object.fromEntries(definitions.map((each) => [`${each.id}.json`, each]));
    const folder = writeFiles(asFiles);
    const bundle = {
      resourceType: 'Bundle',
      type: 'collection',
      entry: definitions.map((resource) => ({ resource })),
    };
    const bundled = join(writeFiles({ 'all.json': bundle }), 'all.json');
    const packed = await packageOf(asFiles);
    for (const path of [folder, bundled, packed]) {
      expect(await invalidLines(['--structures', path])).toEqual([2, 4]);
    }
    const [first, second] = [
      writeFiles({ 'a.json': coloured }),
      writeFiles({ 'a.json': colours, 'b.json': colour }),
    ];
    expect(await invalidLines(['--structures', first, '--structures', second])).toEqual([2]);
  });

  it('comes before the definitions of a database, and builds on them', async () => {
    const server = await startTestServer();
    try {
      for (const each of [coloured, colours, colour]) {
        await send('PUT', `${server.base}/${each.resourceType}/${each.id}`, each);
      }
      const settings = { DATABASE_URL: server.databaseUrl };
      expect(await invalidLines([], settings)).toEqual([2]);
      const added = writeFiles({ 'a.json': narrower });
      expect(await invalidLines(['--structures', added], settings)).toEqual([2, 4]);
      const green = { ...colour, concept: [...colour.concept, { code: 'green' }] };
      const replaced = writeFiles({ 'a.json': green });
      expect(await invalidLines(['--structures', replaced], settings)).toEqual([]);
    } finally {
      await server.stop();
    }
  });

  it('names a package that cannot be read', async () => {
    const folder = writeFiles({ 'broken.tgz': 'no gzip', 'syntax.json': '{' });
    for (const name of ['broken.tgz', 'syntax.json']) {
      const { code, stderr } = await validate(['package.json', '--structures', join(folder, name)]);
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(name) });
    }
  });
});

/** A FHIR package: its files in the folder `package`, with an index and an example that would not do. */
async function packageOf(files: Record<string, Json>): Promise<string> {
  const pack = tar.pack();
  const all = { ...files, '.index.json': { files: [] }, 'package.json': { name: 'example', version: '1' } };
  for (const [name, content] of Object.entries(all)) {
    pack.entry({ name: `package/${name}` }, JSON.stringify(content));
  }
  pack.entry({ name: 'package/example/coloured.json' }, JSON.stringify({ ...coloured, differential: {} }));
  pack.finalize();
  const parts: Buffer[] = [];
  for await (const part of pack) parts.push(part as Buffer);
  const path = join(temporaryFolder(), 'example.tgz');
  writeFileSync(path, gzipSync(Buffer.concat(parts)));
  return path;
}
