// POST /api/v1/import/{patients,studies}: the acceptance rows, tolerance, errors by line and column, modes, and what is stored.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { api, exported, exportList, importList, patientList, studyList } from '../../clinic/clinicLists.ts';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const none = {
  ...{ created: 0, updated: 0, unchanged: 0, refused: 0 },
  ...{ complete: true, errors: [], moreErrors: 0 },
};
const all = async (path: string) =>
  // biome-ignore lint/suspicious/noExplicitAny: any resource
  ((await send('GET', `${server.base}/${path}`)).body.entry ?? []).map(({ resource }: any) => resource);
const countOf = async (type: string): Promise<number> =>
  (await send('GET', `${server.base}/${type}?_summary=count`)).body.total;
const problems = (resource: { resourceType: string }) =>
  send('POST', `${server.base}/${resource.resourceType}/$validate`, resource).then(({ body }) =>
    // biome-ignore lint/suspicious/noExplicitAny: an OperationOutcome
    body.issue.filter(({ severity }: any) => severity === 'error' || severity === 'fatal'),
  );

describe('the acceptance rows', () => {
  it('are imported, and again without a change', async () => {
    const studiesFirst = await importList(server, 'studies', studyList);
    expect(studiesFirst.status).toBe(422);
    expect(studiesFirst.body.errors[0]).toEqual({
      ...{ line: 2, column: 'patient_id', code: 'not-found' },
      detail: 'There is no Patient with the id "1".',
    });
    const first = await importList(server, 'patients', patientList);
    expect([first.status, first.body]).toEqual([
      200,
      { mode: 'valid-rows', dryRun: false, ...none, created: 4 },
    ]);
    expect((await importList(server, 'studies', studyList)).body).toMatchObject({ ...none, created: 4 });
    expect((await importList(server, 'patients', patientList)).body).toMatchObject({ ...none, unchanged: 4 });
    expect((await importList(server, 'studies', studyList)).body).toMatchObject({ ...none, unchanged: 4 });
    for (const type of ['DiagnosticReport', 'ServiceRequest', 'ImagingStudy', 'Patient'])
      expect([type, await countOf(type)]).toEqual([type, 4]);
  });

  it('come back as they were', async () => {
    expect(await exportList(server, 'patients')).toBe(exported(patientList));
    expect(await exportList(server, 'studies')).toBe(exported(studyList));
  });

  it('are FHIR resources that conform to the profiles they claim', async () => {
    const [diana] = await all('Patient?family=Del%20Toro');
    expect(diana).toMatchObject({
      identifier: [{ system: 'https://salus.example/fhir/sid/clinic-patients', value: '3' }],
      name: [{ family: 'Del Toro', given: ['Diana', 'Laura'] }],
      telecom: [{ system: 'email', value: 'diana@ejemplo.com' }],
      birthDate: '1988-08-29',
    });
    const [report, order, imaging] = await all(
      `DiagnosticReport?subject=Patient/${diana.id}&_include=DiagnosticReport:based-on&_revinclude:iterate=ImagingStudy:basedon`,
    );
    expect(report).toMatchObject({
      status: 'final',
      category: [{ coding: [{ code: 'RAD' }, { system: 'http://loinc.org', code: 'LP29684-5' }] }],
      code: {
        text: 'MAMMOGRAM BREASTS',
        coding: [
          { system: 'http://loinc.org', code: '36626-0' },
          { system: 'http://dicom.nema.org/resources/ontology/DCM', code: 'MG' },
          { code: 'MAMMOGRAM' },
        ],
      },
      conclusion: 'HIGH DENSITY ON LEFT SIDE',
      basedOn: [{ reference: `ServiceRequest/${order.id}` }],
      imagingStudy: [{ reference: `ImagingStudy/${imaging.id}` }],
    });
    expect(order).toMatchObject({
      priority: 'urgent',
      subject: { reference: `Patient/${diana.id}` },
      bodySite: [{ text: 'BREASTS', coding: [{ system: 'http://snomed.info/sct', code: '63762007' }, {}] }],
    });
    expect(imaging).toMatchObject({
      modality: [{ code: 'MG' }],
      series: [{ bodySite: { code: '63762007' } }],
    });
    for (const type of ['Patient', 'DiagnosticReport', 'ServiceRequest', 'ImagingStudy']) {
      const resources = await all(type);
      expect(resources).toHaveLength(4);
      for (const resource of resources) {
        expect(resource.meta.profile).toHaveLength(1);
        expect(await problems(resource)).toEqual([]);
      }
    }
  });

  it('are things of the API, patients with their studies', async () => {
    const list = await send('GET', `${api(server)}/patients/1/studies`);
    expect(partsOf(list.body).sort()).toEqual(['NECK', 'STOMACH']);
    const { body } = await send('GET', `${api(server)}/patients?include=studies&last_name=Ramirez`);
    expect(itemsOf(body)).toMatchObject([{ id: '2', studies: [{ body_part: 'CHEST', type: 'XRAY' }] }]);
  });

  it.each([
    ['type=X-ray', ['CHEST', 'NECK', 'STOMACH']],
    ['urgency_level=MID', ['BREASTS']],
    ['body_part=chest', ['CHEST']],
    ['patient_id=1&body_part=NECK', ['NECK']],
    ['patient_id=4', []],
  ])('studies are found by %s', async (query, found) => {
    const { body } = await send('GET', `${api(server)}/studies?${query}`);
    expect(partsOf(body).sort()).toEqual(found);
  });
});

// biome-ignore lint/suspicious/noExplicitAny: a list of the API
const itemsOf = (body: any): any[] => body.items ?? body.data;
// biome-ignore lint/suspicious/noExplicitAny: a list of the API
const partsOf = (body: any): string[] => itemsOf(body).map(({ body_part }) => body_part);

const people = (rows: string) => `first_name,last_name,birth_date,email,id\n${rows}`;

describe('a file', () => {
  it('may have another delimiter, a mark, quotes, and columns in another order', async () => {
    const semicolons =
      '\ufeffID;Last Name ; birth-date;FIRST_NAME;email\r\nf1; "O;Hara" ;1970-01-31;"A ""Bee""";\r\n';
    expect((await importList(server, 'patients', semicolons)).body).toMatchObject({ ...none, created: 1 });
    const { body } = await send('GET', `${api(server)}/patients/f1`);
    expect(body).toMatchObject({
      id: 'f1',
      last_name: 'O;Hara',
      first_name: 'A "Bee"',
      birth_date: '1970-01-31',
    });
    const tabs = 'id\tlast_name\nf2\tTab\n';
    expect((await importList(server, 'patients', tabs)).body).toMatchObject({ ...none, created: 1 });
  });

  it('says nothing about what has no column in it; an empty cell takes back', async () => {
    await importList(server, 'patients', people('Eva,Stone,1980-01-01,eva@example.com,g1'));
    const only = await importList(server, 'patients', 'id,last_name\ng1,Sand\n');
    expect(only.body).toMatchObject({ ...none, updated: 1 });
    const before = await send('GET', `${api(server)}/patients/g1`);
    expect(before.body).toMatchObject({ first_name: 'Eva', last_name: 'Sand', email: 'eva@example.com' });
    await importList(server, 'patients', 'id,last_name,email\ng1,Sand,\n');
    const after = await send('GET', `${api(server)}/patients/g1`);
    expect(after.body).toMatchObject({ first_name: 'Eva', birth_date: '1980-01-01' });
    expect(after.body).not.toHaveProperty('email');
  });

  it('that is not UTF-8 in places is told by line and column; the other rows are imported', async () => {
    const { status, body } = await importList(
      server,
      'patients',
      Buffer.from(people('A,Before,,,h1\nJos\u00e9,Latin,,,h2\nB,After,,,h3\n'), 'latin1'),
    );
    expect([status, body.created, body.refused, body.complete]).toEqual([200, 2, 1, true]);
    expect(body.errors).toEqual([
      {
        ...{ line: 3, column: 'first_name', code: 'structure' },
        detail: 'This is not UTF-8 text: save it as UTF-8.',
      },
    ]);
  });

  it('may have the character that stands for what cannot be read', async () => {
    expect(
      (await importList(server, 'patients', people('A,Was\ufffd,,,u1\nB,After,,,u2\n'))).body,
    ).toMatchObject({
      ...{ created: 2, refused: 0 },
    });
    expect((await send('GET', `${api(server)}/patients/u1`)).body.last_name).toBe('Was\ufffd');
  });

  it.each([
    ['a quote inside of a cell', 'A 5" b,Quote,,,v1', 'first_name', 'A quote stands inside of a cell'],
    ['text after a quote', '"A" b,Quote,,,v1', 'first_name', 'A quote stands inside of a cell'],
    ['a quote that is never closed', 'A,"Quote,,,v1', 'last_name', 'A quote'],
    ['a row that is too long', `A,${'x'.repeat(2_200_000)},,,v1`, undefined, 'more than 2162688 characters'],
  ])('with %s loses that row only', async (what, row, column, problem) => {
    const id = what.replaceAll(' ', '-');
    const more = Array.from({ length: 3 }, (_, i) => `B,After${i},,,${id}${i}\n`).join('');
    const { status, body } = await importList(
      server,
      'patients',
      people(`A,Before,,,${id}\n${row}\n${more}`),
    );
    expect([status, body.created, body.refused, body.complete]).toEqual([200, 4, 1, true]);
    expect(body.errors).toEqual([
      {
        ...{ line: 3, ...(column && { column }), code: 'structure' },
        detail: expect.stringContaining(problem),
      },
    ]);
  });

  it('with an open quote far from the next one loses no row between them', async () => {
    const between = Array.from({ length: 2_000 }, (_, i) => `B,Between,,,w${i}\n`).join('');
    const list = people(`A,"Open,,,wa\n${between}C,Clo"se,,,wb\nD,Last,,,wc\n`);
    const { body } = await importList(server, 'patients', list);
    expect([body.created, body.refused]).toEqual([2_001, 2]);
    // biome-ignore lint/suspicious/noExplicitAny: errors of a report
    expect(body.errors.map(({ line, column }: any) => [line, column])).toEqual([
      [2, 'last_name'],
      [2_003, 'last_name'],
    ]);
  });

  it.each([
    ['', 'There is no heading line.'],
    ['id,last_name,colour\n1,A,red\n', '"colour" is no column'],
    ['first_name,id\nA,1\n', 'there is no column last_name'],
    ['id,last_name,ID\n1,A,1\n', 'there are two columns id'],
  ])('with the heading of %j is refused', async (list, problem) => {
    const { status, body } = await importList(server, 'patients', list);
    expect(body).toMatchObject({
      ...{ title: 'Unprocessable Entity', type: 'https://salus.example/problems/processing', status: 422 },
      ...{ instance: '/api/v1/import/patients', requestId: expect.stringMatching(/./) },
      ...{ complete: false, created: 0, refused: 1, errors: [{ line: 1, code: 'structure' }] },
    });
    expect(status).toBe(422);
    expect(body.errors[0].detail).toContain(problem);
  });

  it('tells what is wrong by line and column; the other rows are imported', async () => {
    const { status, body } = await importList(
      server,
      'patients',
      people(
        'A,One,1955-02-30,a@b,i1\nB,"Two\nlines",,,i2\nC,Three,01/02/1955,none,i3\nD,,,,\nE,Five,,\nF,Six,,,i6\n',
      ),
    );
    expect([status, body.created, body.refused]).toEqual([200, 2, 4]);
    // biome-ignore lint/suspicious/noExplicitAny: errors of a report
    expect(body.errors.map(({ line, column }: any) => [line, column])).toEqual([
      [2, 'birth_date'],
      [5, 'birth_date'],
      [5, 'email'],
      [6, 'last_name'],
      [6, 'id'],
      [7, undefined],
    ]);
    expect(body.errors[0].detail).toMatch(/"birth_date" must be .* that exists.*, not "1955-02-30"\./);
  });

  it('tells the first thousand errors and counts the others', async () => {
    const { body } = await importList(server, 'patients', people('A,,,,x\n'.repeat(1_010)));
    expect([body.refused, body.errors.length, body.moreErrors]).toEqual([1_010, 1_000, 10]);
  });

  it('may have a row twice: of patients it is one, of studies two', async () => {
    const twice = await importList(server, 'patients', people('A,Twin,,,j1\nA , "Twin",,,j1\n'));
    expect(twice.body).toMatchObject({ ...none, created: 1, unchanged: 1 });
    const row = 'LOW, KNEE, SAME, XRAY, j1\n';
    const heading = studyList.slice(0, studyList.indexOf('\n') + 1);
    expect((await importList(server, 'studies', heading + row + row)).body).toMatchObject({ created: 2 });
    expect((await importList(server, 'studies', heading + row + row + row)).body).toMatchObject({
      ...{ created: 1, unchanged: 2 },
    });
    const own = 'id,urgency_level,body_part,type,patient_id\nk1,high,TOE,ODD,j1\n';
    expect((await importList(server, 'studies', own)).body).toMatchObject({ created: 1 });
    expect((await importList(server, 'studies', own.replace('TOE', 'NOSE'))).body).toMatchObject({
      updated: 1,
    });
    expect((await send('GET', `${api(server)}/studies/k1`)).body).toMatchObject({
      ...{ urgency_level: 'HIGH', body_part: 'NOSE', type: 'ODD', patient_id: 'j1' },
    });
  });

  it.each(['valid-rows', 'all-or-nothing'])('may not give an id to two things (%s)', async (mode) => {
    const id = `far-${mode}`;
    const more = Array.from({ length: 1_200 }, (_, i) => `B,More,,,${id}-${i}\n`).join('');
    const list = people(`A,One,,,${id}\n${more}A,Other,,,${id}\n`);
    const first = await importList(server, 'patients', list, `?mode=${mode}`);
    const refusal = {
      ...{ line: 1_203, column: 'id', code: 'duplicate' },
      detail: `The id "${id}" is on line 2 already, with other values: one of the two is wrong.`,
    };
    const isAll = mode === 'all-or-nothing';
    expect([first.status, first.body]).toMatchObject([
      isAll ? 422 : 200,
      { created: isAll ? 0 : 1_201, refused: 1, errors: [refusal] },
    ]);
    if (isAll) return;
    // Nothing is written again and again.
    const again = await importList(server, 'patients', list);
    expect(again.body).toMatchObject({ created: 0, updated: 0, unchanged: 1_201, errors: [refusal] });
    expect((await send('GET', `${api(server)}/patients/${id}`)).body.last_name).toBe('One');
    const studyRow = (part: string) => `k9,LOW,${part},XRAY,${id}\n`;
    const own = `id,urgency_level,body_part,type,patient_id\n${studyRow('TOE')}${studyRow('NOSE')}`;
    expect((await importList(server, 'studies', own)).body).toMatchObject({ created: 1, refused: 1 });
  });

  it('does not take a Patient that happens to have the id for the clinic’s', async () => {
    const other = { resourceType: 'Patient', id: 'l1', name: [{ family: 'Elsewhere' }] };
    await send('PUT', `${server.base}/Patient/l1`, other);
    expect((await importList(server, 'patients', people('A,Here,,,l1'))).body).toMatchObject({ created: 1 });
    expect((await send('GET', `${server.base}/Patient/l1`)).body).toMatchObject(other);
    expect((await send('GET', `${api(server)}/patients/l1`)).body.last_name).toBe('Here');
  });
});

describe('the same files from several clients at a time', () => {
  it('are stored once', async () => {
    const count = 1_200;
    const rows = people(Array.from({ length: count }, (_, i) => `A,Many${i},,,r${i}\n`).join(''));
    const heading = studyList.slice(0, studyList.indexOf('\n') + 1);
    const theirs = heading + Array.from({ length: count }, (_, i) => `LOW, KNEE, x, CT, r${i}\n`).join('');
    for (const [list, file] of [
      ['patients', rows],
      ['studies', theirs],
    ] as const) {
      const before = await countOf('DiagnosticReport');
      const answers = await Promise.all([1, 2, 3].map(() => importList(server, list, file)));
      for (const { status, body } of answers) {
        expect([status, body.refused, body.errors]).toEqual([200, 0, []]);
        expect(body.created + body.unchanged + body.updated).toBe(count);
      }
      if (list === 'studies') expect(await countOf('DiagnosticReport')).toBe(before + count);
    }
    expect((await importList(server, 'studies', theirs)).body).toMatchObject({ ...none, unchanged: count });
    expect((await importList(server, 'patients', rows)).body).toMatchObject({ ...none, unchanged: count });
  });
});

describe('modes', () => {
  it('all or nothing stores nothing when a row is refused', async () => {
    const before = await countOf('Patient');
    const bad = people('A,One,,,m1\nB,,,,m2\nC,Three,,,m3\n');
    const { status, body } = await importList(server, 'patients', bad, '?mode=all-or-nothing');
    expect([status, body.created, body.refused]).toEqual([422, 0, 1]);
    expect(await countOf('Patient')).toBe(before);
    // A row sees what a row before it has made, in the same transaction.
    const good = people('A,One,,,m1\nB,Two,,,m2\nA,One,,,m1\n');
    const stored = await importList(server, 'patients', good, '?mode=all-or-nothing');
    expect([stored.status, stored.body]).toMatchObject([200, { ...none, created: 2, unchanged: 1 }]);
    expect(await countOf('Patient')).toBe(before + 2);
  });

  it('all or nothing takes a hundred thousand rows', async () => {
    const before = await countOf('Patient');
    const rows = people(Array.from({ length: 100_001 }, (_, i) => `A,Many,,,q${i}\n`).join(''));
    const { status, body } = await importList(server, 'patients', rows, '?mode=all-or-nothing');
    expect([status, body.detail]).toEqual([413, expect.stringContaining('100000 rows at most')]);
    expect(await countOf('Patient')).toBe(before);
  });

  it.each(['valid-rows', 'all-or-nothing'])('a dry run of %s stores nothing', async (mode) => {
    const before = await countOf('Patient');
    const rows = people('A,New,,,o1\nJessica,Other,1971-07-01,jessica@ejemplo.com,2\n');
    const { body } = await importList(server, 'patients', rows, `?mode=${mode}&dryRun=true`);
    expect(body).toMatchObject({ mode, dryRun: true, created: 1, updated: 1, refused: 0 });
    expect(await countOf('Patient')).toBe(before);
    expect((await send('GET', `${api(server)}/patients/2`)).body.last_name).toBe('Ramirez');
  });

  it('there are no others', async () => {
    const { status, body } = await importList(server, 'patients', patientList, '?mode=most&dryrun=true');
    expect([status, body.errors.length]).toEqual([400, 2]);
  });
});

describe('a form', () => {
  const form = (...files: [name: string, content: string][]) => {
    const data = new FormData();
    for (const [name, content] of files) data.append('file', new Blob([content], { type: 'text/csv' }), name);
    return data;
  };
  const sendForm = async (data: FormData) => {
    const response = await fetch(`${api(server)}/import/patients`, { method: 'POST', body: data });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };

  it('brings one file', async () => {
    const one = await sendForm(form(['a.csv', people('A,Form,,,p1')]));
    expect([one.status, one.body.created]).toEqual([200, 1]);
  });

  it('is refused with another number of files, and nothing is stored', async () => {
    const before = await countOf('Patient');
    const two = await sendForm(form(['a.csv', people('A,Form,,,p2')], ['b.csv', people('B,Form,,,p3')]));
    expect([two.status, two.body.detail]).toEqual([400, expect.stringContaining('there are 2 files in it')]);
    const empty = new FormData();
    empty.append('mode', 'all-or-nothing');
    const noFile = await sendForm(empty);
    expect([noFile.status, noFile.body.detail]).toEqual([400, expect.stringContaining('"mode" is no file')]);
    expect(await countOf('Patient')).toBe(before);
  });

  it('that breaks off is refused', async () => {
    const headers = { 'content-type': 'multipart/form-data; boundary=x' };
    const body = `--x\r\nContent-Disposition: form-data; name="f"; filename="f.csv"\r\n\r\n${people('A,B,,,p4')}`;
    const broken = await send('POST', `${api(server)}/import/patients`, body, headers);
    expect(broken.status).toBe(400);
    const bare = await send('POST', `${api(server)}/import/patients`, body, {
      'content-type': 'multipart/form-data',
    });
    expect(bare.status).toBe(400);
  });

  it('other media types are 415', async () => {
    const json = await send('POST', `${api(server)}/import/patients`, '{}', {
      'content-type': 'application/json',
    });
    expect(json.status).toBe(415);
  });
});
