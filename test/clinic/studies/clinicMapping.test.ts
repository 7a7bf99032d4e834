// The table of fhir-profiles/clinic/mapping.json is what the code does; what the plain form does not tell is kept; the maps are
// valid resources.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { patients } from '../../../server/clinic/patients/patients.ts';
import { studies } from '../../../server/clinic/studies/studies.ts';
import type { ClinicResource, Json } from '../../../server/clinic/things/clinicResource.ts';
import type { Resource } from '../../../server/services.ts';
import { valuesOf } from '../../fhirpath/fhirPathSupport.ts';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { api } from '../clinicLists.ts';

const folder = 'fhir-profiles/clinic/';
const read = (name: string) => JSON.parse(readFileSync(`${folder}${name}`, 'utf8'));
const mapping = read('mapping.json');
const maps = readdirSync(folder).filter((name) => name.startsWith('clinic-'));

interface Row {
  column: string;
  type: string;
  element: string;
  map?: string;
}

const things: [ClinicResource, Json][] = [
  [
    patients,
    { id: 'p/1|$', first_name: 'Diana Laura', last_name: 'Del Toro', birth_date: '1988-08', email: 'd@x' },
  ],
  [
    studies,
    { id: 's', urgency_level: 'HIGH', body_part: 'CHEST', description: 'x', type: 'XRAY', patient_id: '2' },
  ],
  [
    studies,
    {
      id: 's',
      urgency_level: 'MID',
      body_part: 'BREASTS',
      description: 'x',
      type: 'MAMMOGRAM',
      patient_id: '2',
    },
  ],
  [
    studies,
    { id: 's', urgency_level: 'LOW', body_part: 'TOE', description: 'x', type: 'ODD', patient_id: '2' },
  ],
];

const written = ({ toFhir }: ClinicResource, input: Json, known: Resource[] = []): Resource[] =>
  toFhir(input, String(input.id), known).map(({ resource }) => resource!);
const plainOf = ({ toJson }: ClinicResource, [main, ...parts]: Resource[]) => toJson(main!, parts);

/** What a map makes of a code: the first of its targets. */
function mapped(url: string, code: unknown): string | undefined {
  const map = read(`${url.split('/').at(-1)}.json`);
  // biome-ignore lint/suspicious/noExplicitAny: a ConceptMap
  return map.group[0].element.find((element: any) => element.code === code)?.target[0].code;
}

describe('the table', () => {
  it.each(things)('is what is written of %#', (resource, input) => {
    const resources = written(resource, input);
    const { columns } = mapping[resource.name] as { columns: Row[] };
    for (const { column, type, element, map } of columns) {
      const values = valuesOf(element, resources.find(({ resourceType }) => resourceType === type)!);
      const expected = map ? mapped(map, input[column]) : input[column];
      expect([element, values]).toEqual([element, expected === undefined ? [] : [expected]]);
    }
    const named = new Set(columns.map(({ column }) => column));
    expect([...named, 'id'].sort()).toEqual(expect.arrayContaining(Object.keys(input).sort()));
    expect(resources.map(({ resourceType }) => resourceType)).toEqual(
      mapping[resource.name].resources.map(({ type }: { type: string }) => type),
    );
    expect(plainOf(resource, resources)).toEqual(input);
  });
});

describe('of several names and e-mail addresses', () => {
  const name = (use: string | undefined, family: string) => ({
    ...(use && { use }),
    family,
    given: ['A', family],
  });
  const email = (use: string | undefined, value: string) => ({
    ...{ system: 'email', value },
    ...(use && { use }),
  });
  it.each([
    ['the official one', [name(undefined, 'x'), name('official', 'y')], [email('work', 'x@x')]],
    [
      'the first that is not old',
      [name('old', 'x'), name(undefined, 'y'), name('usual', 'z')],
      [email('old', 'x@x'), email(undefined, 'y@x')],
    ],
    ['none but the first name', [name('old', 'x'), name('old', 'y')], [email('old', 'x@x')]],
    [
      'the first in use',
      [name('maiden', 'x')],
      [{ system: 'phone', value: '1' }, email('home', 'x@x'), email('work', 'y@x')],
    ],
  ])('the table tells the one that is shown: %s', (_which, names, telecom) => {
    const patient: Resource = { resourceType: 'Patient', id: 'x', name: names, telecom };
    const told = patients.toJson(patient, []);
    const shown = (mapping.patients.columns as Row[])
      .filter(({ column }) => column !== 'id')
      .map(({ column, element }) => [column, valuesOf(element, patient)[0]]);
    expect(shown).toEqual(shown.map(([column]) => [column, told[column as string]]));
    expect(told.first_name).toMatch(/^A /);
  });
});

describe('what the plain form does not tell', () => {
  it('is kept in a Patient', () => {
    const known: Resource = {
      ...{ resourceType: 'Patient', id: 'x', gender: 'female', birthDate: '1980-01-01' },
      _birthDate: { extension: [{ url: 'urn:time', valueDateTime: '1980-01-01T10:00:00Z' }] },
      name: [
        { use: 'old', family: 'Before' },
        { use: 'official', text: 'Dr Ann Lee', prefix: ['Dr'], given: ['Ann'], family: 'Lee' },
      ],
      telecom: [
        { system: 'phone', value: '1' },
        { system: 'email', value: 'a@x', use: 'work' },
      ],
    };
    const told = patients.toJson(known, []);
    expect(told).toEqual({
      ...{ id: 'fhir:x', first_name: 'Ann', last_name: 'Lee', birth_date: '1980-01-01', email: 'a@x' },
    });
    const [same] = written(patients, { ...told, id: 'x' }, [known]);
    expect(same).toEqual(known);
    const [changed] = written(patients, { id: 'x', last_name: 'Moss', first_name: 'Ann', email: 'b@x' }, [
      known,
    ]);
    const { birthDate: _, _birthDate: __, ...rest } = known;
    expect(changed).toEqual({
      ...rest,
      name: [
        { use: 'old', family: 'Before' },
        { use: 'official', prefix: ['Dr'], given: ['Ann'], family: 'Moss' },
      ],
      telecom: [
        { system: 'phone', value: '1' },
        { system: 'email', value: 'b@x', use: 'work' },
      ],
    });
  });

  it('is kept in the resources of a study, and a changed report is amended', () => {
    const [, input] = things[1]!;
    const [report, order, imaging] = written(studies, input) as [Resource, Resource, Resource];
    const known: Resource[] = [
      {
        ...report,
        issued: '2026-01-01T00:00:00Z',
        subject: { ...(report.subject as object), reference: 'Patient/7' },
      },
      { ...order, priority: 'asap', requester: { display: 'Dr No' } },
      { ...imaging, series: [...(imaging.series as object[]), { uid: '1.2.3', modality: { code: 'CT' } }] },
    ];
    const told = plainOf(studies, known);
    expect(told.urgency_level).toBe('MID');
    expect(written(studies, told, known)).toEqual(known);
    const changed = written(studies, { ...told, type: 'MRI', description: 'y' }, known);
    expect(changed[0]).toMatchObject({ status: 'amended', conclusion: 'y', code: { text: 'MRI CHEST' } });
    expect(changed[0]).toMatchObject({ issued: '2026-01-01T00:00:00Z', subject: { reference: 'Patient/7' } });
    expect(changed[1]).toMatchObject({
      priority: 'asap',
      requester: { display: 'Dr No' },
      code: { text: 'MRI' },
    });
    expect(changed[2]).toMatchObject({
      modality: [{ code: 'MR' }],
      series: [{ modality: { code: 'MR' }, bodySite: { code: '51185008' } }, { uid: '1.2.3' }],
    });
    const { description: _, ...open } = told;
    const [takenBack] = written(studies, open, known);
    expect(takenBack).toMatchObject({ status: 'amended' });
    expect(takenBack).not.toHaveProperty('conclusion');
  });
});

describe('on a server', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ PROFILE_POLICY: 'enforce' });
  });
  afterAll(() => server?.stop());
  const json = { 'content-type': 'application/json' };
  const call = (method: string, path: string, body?: unknown) =>
    send(method, `${api(server)}/${path}`, body, body === undefined ? {} : json);

  it.each(maps)('%s is a valid ConceptMap', async (name) => {
    const { body } = await send('POST', `${server.base}/ConceptMap/$validate`, read(name));
    // biome-ignore lint/suspicious/noExplicitAny: an OperationOutcome
    expect(body.issue.filter(({ severity }: any) => severity === 'error')).toEqual([]);
  });

  it('the maps answer $translate', async () => {
    const url = 'https://salus.example/fhir/ConceptMap/clinic-study-type-modality';
    const system = 'https://salus.example/fhir/CodeSystem/clinic-study-types';
    const query = `url=${url}&system=${system}&code=MAMMOGRAM`;
    const { body } = await send('GET', `${server.base}/ConceptMap/$translate?${query}`);
    expect(body.parameter).toContainEqual({ name: 'result', valueBoolean: true });
    expect(JSON.stringify(body)).toContain('"code":"MG"');
  });

  it('studies are created, changed and deleted with all that they are', async () => {
    await call('POST', 'patients', { id: '7', last_name: 'Lee' });
    const [, input] = things[1]!;
    const created = await call('POST', 'studies', { ...input, patient_id: '7' });
    expect(created.status).toBe(201);
    const changed = await call('PUT', 'studies/s', { ...input, urgency_level: 'LOW', patient_id: '7' });
    expect(changed.status).toBe(200);
    const orders = async () => (await send('GET', `${server.base}/ServiceRequest`)).body.entry ?? [];
    expect((await orders())[0].resource.priority).toBe('routine');
    expect((await call('DELETE', 'studies/s')).status).toBe(204);
    for (const type of ['DiagnosticReport', 'ServiceRequest', 'ImagingStudy'])
      expect((await send('GET', `${server.base}/${type}?_summary=count`)).body.total).toBe(0);
    expect((await call('POST', 'studies', { ...input, patient_id: '7' })).status).toBe(201);
  });

  it('reports that others wrote are studies too, of patients that others wrote', async () => {
    const patient = (
      await send('POST', `${server.base}/Patient`, { resourceType: 'Patient', name: [{ text: 'A B' }] })
    ).body;
    const report = {
      resourceType: 'DiagnosticReport',
      status: 'final',
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'RAD' }] }],
      code: { coding: [{ system: 'http://loinc.org', code: '24627-2', display: 'CT Chest' }] },
      subject: { reference: `Patient/${patient.id}` },
      conclusion: 'clear',
    };
    const { id } = (await send('POST', `${server.base}/DiagnosticReport`, report)).body;
    const there = await call('GET', `studies/${id}`);
    expect(there.body).toMatchObject({ id, type: 'CT Chest', description: 'clear', patient_id: patient.id });
    const list = await call('GET', `patients/${patient.id}/studies`);
    expect((list.body.items ?? list.body.data).map((each: Json) => each.id)).toEqual([id]);
    const full = {
      urgency_level: 'HIGH',
      body_part: 'CHEST',
      type: 'CT',
      description: 'clear',
      patient_id: patient.id,
    };
    expect((await call('PUT', `studies/${id}`, full)).body).toMatchObject({ id, ...full });
    expect((await send('GET', `${server.base}/DiagnosticReport/${id}`)).body).toMatchObject({
      status: 'final',
      subject: { reference: `Patient/${patient.id}` },
    });
    expect((await call('POST', 'studies', full)).status).toBe(201);
    const unknown = await call('POST', 'studies', { ...full, patient_id: 'nobody' });
    expect([unknown.status, unknown.headers.get('content-type')]).toEqual([
      422,
      expect.stringContaining('application/problem+json'),
    ]);
  });
});
