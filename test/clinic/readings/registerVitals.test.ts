// POST /api/v1/vitals: what is stored of rows, what is told of each, and that sending them again changes nothing.
import '../../support/propertySeed.ts';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';

const VITALS = 'http://hl7.org/fhir/StructureDefinition/';
const SYSTEM = 'https://salus.example/fhir/sid/vitals';
const TIME = '2026-01-31T08:30:00+01:00';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  // The shipped definitions, which a server stores when it starts.
  while ((await send('GET', `${server.base}/ObservationDefinition/salus-heart-rate`)).status !== 200);
  for (const [id, ...values] of [
    ['ada', 'urn:mrn|1001', 'urn:pas|7'],
    ['bob', 'urn:mrn|1002', 'urn:other|1001'],
    ['eve', 'urn:mrn|x,y$z\\', 'urn:mrn|1002b'],
  ]) {
    await put('Patient', id!, {
      birthDate: '1980-05-05',
      identifier: values.map((text) => ({ system: text.split('|')[0], value: text.split('|')[1] })),
    });
  }
  const visit = { status: 'in-progress', class: { code: 'IMP' }, subject: { reference: 'Patient/ada' } };
  await put('Encounter', 'visit', { ...visit, identifier: [{ system: 'urn:visit', value: 'V1' }] });
  await put('Device', 'monitor', {});
});
afterAll(() => server.stop());

async function put(resourceType: string, id: string, more: object): Promise<void> {
  const { status, text } = await send('PUT', `${server.base}/${resourceType}/${id}`, {
    ...{ resourceType, id },
    ...more,
  });
  if (status !== 201) throw new Error(text);
}

const api = () => server.base.replace('/fhir/R4', '/api/v1/vitals');
const post = (rows: unknown, query = ''): Promise<Answer> =>
  send('POST', `${api()}${query}`, rows, { 'content-type': 'application/json' });
const postCsv = (csv: string, query = ''): Promise<Answer> =>
  send('POST', `${api()}${query}`, csv, { 'content-type': 'text/csv; charset=utf-8' });
const read = async (id: string) => (await send('GET', `${server.base}/Observation/${id}`)).body;
const total = async (query = '') =>
  (await send('GET', `${server.base}/Observation?_summary=count${query}`)).body.total as number;
const reading = (more: Record<string, unknown> = {}) => ({
  ...{ patient: 'urn:mrn|1001', code: 'heart rate', value: 80, time: TIME },
  ...more,
});
/** Details of the errors of each row. */
const details = ({ body }: Answer): string[][] =>
  body.results.map(({ errors = [] }: { errors?: { detail: string }[] }) =>
    errors.map(({ detail }) => detail),
  );

describe('a reading', () => {
  it('becomes an Observation that is judged like any other', async () => {
    const answer = await post(
      `[{"patient": "urn:mrn|1001", "code": "heart rate", "value": 105.50, "unit": "bpm", "time": "${TIME}", "id": "one",
      "device": "Device/monitor", "note": "restless", "encounter": "V1"}]`,
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      ...{ created: 1, known: 0, refused: 0 },
      results: [{ index: 0, status: 'created', id: expect.any(String) }],
    });
    const { id } = answer.body.results[0];
    const { text } = await send('GET', `${server.base}/Observation/${id}`);
    expect(text).toMatch(/"value":\s?105\.50/);
    expect(JSON.parse(text)).toMatchObject({
      status: 'final',
      identifier: [{ system: SYSTEM, value: 'one' }],
      category: [{ coding: [{ code: 'vital-signs' }] }],
      code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }], text: 'Heart rate' },
      subject: { reference: 'Patient/ada' },
      encounter: { reference: 'Encounter/visit' },
      effectiveDateTime: TIME,
      valueQuantity: { unit: 'bpm', system: 'http://unitsofmeasure.org', code: '/min' },
      device: { reference: 'Device/monitor' },
      note: [{ text: 'restless' }],
      interpretation: [{ coding: [{ code: 'H' }] }],
    });
  });

  it.each([
    ['heartrate', { code: 'hr', value: '80', unit: 'bpm' }],
    ['resprate', { code: 'rr', value: 18 }],
    ['bodytemp', { code: 'temp', value: '98.6', unit: 'F' }],
    ['oxygensat', { code: 'spo2', value: 97 }],
    ['bp', { code: 'bp', value: '120/80' }],
    ['bodyweight', { code: 'weight', value: '70.5', unit: 'kg' }],
    ['bodyheight', { code: 'height', value: 180 }],
    ['bmi', { code: 'bmi', value: 22 }],
    ['headcircum', { code: 'head circumference', value: 55 }],
    ['vitalsigns', { code: 'avpu', value: 'A' }],
    ['vitalsigns', { code: 'on oxygen', value: true }],
    ['vitalsigns', { code: 'FiO2', value: '28' }],
    ['vitalsigns', { code: 'effort', value: 'mild' }],
    ['vitalsigns', { code: 'capillary refill', value: '>3' }],
    ['vitalsigns', { code: 'glucose', value: '5.5', unit: 'mmol/l' }],
    ['vitalsigns', { code: 'systolic', value: 120 }],
  ])('conforms to the profile %s: %j', async (profile, more) => {
    const answer = await post([
      reading({ ...more, id: `profile ${JSON.stringify(more)}`, device: 'bedside' }),
    ]);
    expect(details(answer)).toEqual([[]]);
    const resource = await read(answer.body.results[0].id);
    for (const url of [`${VITALS}${profile}`, `${VITALS}vitalsigns`]) {
      const judged = await send(
        'POST',
        `${server.base}/Observation/$validate?profile=${encodeURIComponent(url)}`,
        resource,
      );
      const problems = judged.body.issue.filter(({ severity }: { severity: string }) =>
        ['error', 'fatal'].includes(severity),
      );
      expect(problems).toEqual([]);
    }
  });
});

describe('the patient', () => {
  it.each([
    ['urn:mrn|1001', 'ada'],
    ['7', 'ada'],
    ['1002', 'bob'],
    ['urn:mrn|1002', 'bob'],
    ['Patient/bob', 'bob'],
    ['urn:mrn|x,y$z\\', 'eve'],
    ['x,y$z\\', 'eve'],
  ])('%s', async (patient, id) => {
    const answer = await post([reading({ patient, id: `of ${patient}` })]);
    expect(details(answer)).toEqual([[]]);
    expect((await read(answer.body.results[0].id)).subject).toEqual({ reference: `Patient/${id}` });
  });

  it.each([
    ['1001', 'Several Patient resources have the identifier "1001": name its system too, as system|value.'],
    ['urn:mrn|7', 'No Patient has the identifier "urn:mrn|7".'],
    ['nobody', 'No Patient has the identifier "nobody". Name a resource as Patient/[id].'],
    ['Patient/nobody', 'There is no Patient/nobody.'],
    ['Patient/../x', 'No Patient has the identifier "Patient/../x". Name a resource as Patient/[id].'],
    ['urn:pas|', '"urn:pas|" names a system without a value: write system|value.'],
    ['|', '"|" names a system without a value: write system|value.'],
    ['|7', 'No Patient has the identifier "|7".'],
    ['*', 'No Patient has the identifier "*". Name a resource as Patient/[id].'],
    ['7,1002', 'No Patient has the identifier "7,1002". Name a resource as Patient/[id].'],
    ['100', 'No Patient has the identifier "100". Name a resource as Patient/[id].'],
  ])('%s is refused', async (patient, detail) => {
    const before = await total();
    const answer = await post([reading({ patient })]);
    expect(answer.status).toBe(422);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      ...{ status: 422, instance: '/api/v1/vitals', detail: 'The reading was refused: see results.' },
      ...{ created: 0, known: 0, refused: 1 },
      results: [{ index: 0, status: 'refused', errors: [{ pointer: '#/0/patient', detail }] }],
      errors: [{ pointer: '#/0/patient', detail, code: 'processing' }],
      requestId: answer.headers.get('x-request-id'),
    });
    expect(await total()).toBe(before);
  });

  it('an encounter has to be theirs, a device has to be there', async () => {
    const answer = await post([
      reading({ patient: 'Patient/bob', encounter: 'Encounter/visit' }),
      reading({ encounter: 'V2', device: 'Device/none' }),
    ]);
    expect(answer.status).toBe(422);
    expect(answer.body.results.map(({ errors }: { errors: unknown }) => errors)).toEqual([
      [{ pointer: '#/0/encounter', detail: 'Encounter/visit is not an encounter of Patient/bob.' }],
      [
        { pointer: '#/1/encounter', detail: expect.stringContaining('No Encounter has the identifier "V2"') },
        { pointer: '#/1/device', detail: 'There is no Device/none.' },
      ],
    ]);
  });
});

describe('sent again', () => {
  it('a reading is known, with an id and without', async () => {
    const rows = [reading({ value: 71 }), reading({ value: 72, id: 'again' })];
    const first = await post(rows);
    expect(first.body).toMatchObject({ created: 2, known: 0 });
    const before = await total();
    const second = await post([...rows, { ...rows[0], patient: '7', unit: 'bpm', code: '8867-4' }]);
    expect(second.status).toBe(200);
    expect(second.body).toMatchObject({ created: 0, known: 3, refused: 0 });
    const ids = second.body.results.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([...first.body.results.map(({ id }: { id: string }) => id), ids[0]]);
    expect(await total()).toBe(before);
  });

  it('with other values under its id it is refused, and stays as it was', async () => {
    const { body } = await post([reading({ id: 'fixed', value: 64 })]);
    const { id } = body.results[0];
    const answer = await post([
      reading({ id: 'fixed', value: 64.5, patient: 'Patient/bob' }),
      reading({ id: 'fixed', value: '64.0' }),
      reading({ id: 'fixed', value: 64, note: 'x' }),
    ]);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ created: 0, known: 1, refused: 2 });
    expect(answer.body.results[0].errors).toEqual([
      {
        pointer: '#/0/id',
        detail:
          `"fixed" is known as Observation/${id} with another patient, value or unit. If that has to be corrected, ` +
          `update it with PUT Observation/${id}; a new reading needs an id of its own.`,
      },
    ]);
    expect(details(answer)[2]).toEqual([expect.stringContaining('with another note')]);
    expect(await read(id)).toMatchObject({ meta: { versionId: '1' }, valueQuantity: { value: 64 } });
  });

  it('what was corrected by hand is not undone', async () => {
    const row = reading({ id: 'corrected', value: 64 });
    const { id } = (await post([row])).body.results[0];
    const corrected = { ...(await read(id)), status: 'entered-in-error' };
    await send('PUT', `${server.base}/Observation/${id}`, corrected);
    expect((await post([row])).body).toMatchObject({ known: 1, results: [{ id }] });
    expect((await read(id)).status).toBe('entered-in-error');
  });

  it('rows of one request that have the same id take turns', async () => {
    const answer = await post([
      reading({ id: 'twice', value: 60 }),
      reading({ id: 'twice', value: 60 }),
      reading({ id: 'twice', value: 61 }),
    ]);
    expect(answer.body).toMatchObject({ created: 1, known: 1, refused: 1 });
    expect(await total(`&identifier=${SYSTEM}|twice`)).toBe(1);
  });

  it('without an id, and with another device, it is told to have one', async () => {
    const row = reading({ value: 73, device: 'left monitor' });
    const { id } = (await post([row])).body.results[0];
    const answer = await post([{ ...row, device: 'right monitor' }]);
    expect(answer.body.results[0].errors).toEqual([
      {
        pointer: '#/0',
        detail: `The same reading is known as Observation/${id} with another device. Give readings an id that tells them apart.`,
      },
    ]);
    const told = await post([{ ...row, device: 'right monitor', id: 'right' }]);
    expect(told.body).toMatchObject({ created: 1, refused: 0 });
  });

  it('by several at the same time, it is stored once', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => reading({ id: `race ${i}`, value: 60 + i }));
    const answers = await Promise.all(
      [rows, rows.toReversed(), rows, rows.toReversed()].map((each) => post(each)),
    );
    const sum = (of: 'created' | 'known') => answers.reduce((all, { body }) => all + body[of], 0);
    expect([sum('created'), sum('known')]).toEqual([40, 120]);
    for (let i = 0; i < 40; i++) expect(await total(`&identifier=${SYSTEM}|race ${i}`)).toBe(1);
  });

  it('a reading that was deleted is registered anew', async () => {
    const row = reading({ id: 'deleted' });
    const first = (await post([row])).body.results[0].id;
    await send('DELETE', `${server.base}/Observation/${first}`);
    const { body } = await post([row]);
    expect(body).toMatchObject({ created: 1 });
    expect(body.results[0].id).not.toBe(first);
  });

  it('ids keep what searches would take for something else', async () => {
    const odd = ['a|b', 'a,b', 'a$b', 'a\\b', 'a&b=c', 'a%7Cb', 'a b+c', '|', 'ä#'];
    const rows = odd.map((id, i) => reading({ id, value: 50 + i }));
    expect((await post(rows)).body).toMatchObject({ created: odd.length });
    expect((await post(rows)).body).toMatchObject({ created: 0, known: odd.length });
  });
});

describe('an Idempotency-Key', () => {
  it('brings the same answer again, and is refused for other readings', async () => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'round-1' };
    const ask = (rows: unknown, query = '') => send('POST', `${api()}${query}`, rows, headers);
    const rows = [reading({ value: 81, time: '2026-02-01T08:00:00Z' }), reading({ patient: 'urn:mrn|none' })];
    const first = await ask(rows);
    expect(first.body).toMatchObject({ created: 1, refused: 1 });
    const again = await ask(rows);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect((await ask([reading({ value: 82 })])).status).toBe(422);
    // What only would be stored is another question; what was refused is asked anew.
    expect((await ask(rows, '?dryRun=true')).body).toMatchObject({ dryRun: true, known: 1 });
    const none = { ...headers, 'idempotency-key': 'round-2' };
    const refused = () => send('POST', api(), [reading({ patient: 'urn:mrn|none' })], none);
    expect((await refused()).status).toBe(422);
    expect((await refused()).headers.get('idempotency-replayed')).toBeNull();
  });
});

describe('dryRun=true', () => {
  it('judges as if it were stored, and stores nothing', async () => {
    await post([reading({ id: 'dry known', value: 60 })]);
    const before = await total();
    const rows = [
      reading({ id: 'dry known', value: 60 }),
      reading({ id: 'dry known', value: 61 }),
      reading({ id: 'dry new', value: 62 }),
      reading({ id: 'dry new', value: 62 }),
      reading({ id: 'dry new', value: 63 }),
      reading({ unit: 'kg' }),
    ];
    const answer = await post(rows, '?dryRun=true');
    expect(answer.body).toMatchObject({ dryRun: true, created: 1, known: 2, refused: 3 });
    expect(answer.body.results[2]).toEqual({ index: 2, status: 'created' });
    expect(await total()).toBe(before);
    const statuses = (body: { results: { status: string }[] }) => body.results.map(({ status }) => status);
    expect(statuses((await post(rows)).body)).toEqual(statuses(answer.body));
  });

  it('holds over the batches that a request is stored in', async () => {
    const rows = Array.from({ length: 1_100 }, (_, i) => reading({ id: `dry ${i % 1_050}`, value: 60 }));
    const before = await total();
    expect((await post(rows, '?dryRun=true')).body).toMatchObject({ created: 1_050, known: 50, refused: 0 });
    expect(await total()).toBe(before);
  });
});

describe('CSV', () => {
  it('is answered for by line', async () => {
    const answer = await postCsv(
      [
        'MRN;Vital;Result;Units;Taken at;Note',
        `urn:mrn|1001;SpO2;96;%;${TIME};"two`,
        'lines"',
        `urn:mrn|1001;SpO2;96,5;%;2026-01-31T08:31:00;`,
        `urn:mrn|1001;SpO2;97;%`,
        `urn:mrn|1001;bp;120/80;mmHg;${TIME};`,
      ].join('\r\n'),
    );
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ created: 2, known: 0, refused: 2 });
    expect(answer.body.results).toEqual([
      { line: 2, status: 'created', id: expect.any(String) },
      {
        ...{ line: 4, status: 'refused' },
        errors: [
          { column: 'Taken at', detail: expect.stringContaining('time zone') },
          { column: 'Result', detail: '"96,5" is not a number. The decimal point is a point.' },
        ],
      },
      { line: 5, status: 'refused', errors: [{ detail: expect.stringContaining('has 4 cells') }] },
      { line: 6, status: 'created', id: expect.any(String) },
    ]);
    expect((await read(answer.body.results[0].id)).note).toEqual([{ text: 'two\r\nlines' }]);
  });

  it('that ends in the middle has the rows before stored', async () => {
    const csv = `patient,code,value,time\n7,hr,66,${TIME}\n7,hr,"67,${TIME}\n7,hr,68,${TIME}\n`;
    expect((await postCsv(csv)).body).toMatchObject({
      ...{ created: 1, known: 0, refused: 1 },
      results: [
        { line: 2, status: 'created' },
        {
          line: 3,
          errors: [{ detail: expect.stringContaining('never closed. Nothing after this was read.') }],
        },
      ],
    });
  });

  it('with an unknown column is refused as a whole', async () => {
    const answer = await postCsv(`patient,code,value,time,ward\n7,hr,66,${TIME},3\n`);
    expect(answer.status).toBe(422);
    expect(details(answer)).toEqual([[expect.stringContaining('"ward" is no column')]]);
  });
});

describe('JSON', () => {
  it('may be {"vitals": [...]}', async () => {
    const answer = await post({ vitals: [reading({ value: 81 }), reading({ unit: 'kg' })] });
    expect(answer.body).toMatchObject({ created: 1, refused: 1 });
    expect(answer.body.results[1].errors[0].pointer).toBe('#/vitals/1/unit');
  });

  it('has its members told by pointer', async () => {
    const answer = await post([
      reading({ ward: 3, 'a/b': 1 }),
      reading({ value: { value: 3 } }),
      reading({ mrn: '7' }),
      'x',
      {},
      reading({ note: null, value: 82 }),
    ]);
    expect(answer.body).toMatchObject({ created: 1, refused: 5 });
    const pointers = answer.body.results.map(({ errors = [] }: { errors?: { pointer: string }[] }) =>
      errors.map(({ pointer }) => pointer),
    );
    expect(pointers).toEqual([
      ['#/0/ward', '#/0/a~1b'],
      ['#/1/value'],
      ['#/2/mrn'],
      ['#/3'],
      ['#/4/patient', '#/4/code', '#/4/value', '#/4/time'],
      [],
    ]);
  });

  it.each([
    ['[]', 'application/json', '', 400],
    ['{}', 'application/json', '', 400],
    ['3', 'application/json', '', 400],
    ['{"vitals":[], "x":1}', 'application/json', '', 400],
    ['[{"value":1,"value":2}]', 'application/json', '', 400],
    ['[', 'application/json', '', 400],
    ['', 'application/json', '', 400],
    ['', 'text/csv', '', 400],
    ['[{}]', 'application/fhir+json', '', 415],
    ['[{}]', 'text/csv; charset=latin1', '', 415],
    ['[{}]', 'application/json', '?dryrun=true', 400],
    ['[{}]', 'application/json', '?dryRun=yes', 400],
  ])('%s as %s%s is %d', async (body, type, query, status) => {
    const answer = await send('POST', `${api()}${query}`, body, { 'content-type': type });
    expect([answer.status, answer.body.status]).toEqual([status, status]);
  });

  it('more than 10,000 rows are refused before anything is stored', async () => {
    const before = await total();
    const row = `7,hr,66,2026-02-01T00:00:00Z`;
    const csv = await postCsv(`patient,code,value,time\n${`${row}\n`.repeat(10_001)}`);
    const json = await post(`[${'{},'.repeat(10_000)}{}]`);
    for (const answer of [csv, json]) {
      expect(answer.status).toBe(413);
      expect(answer.body.detail).toContain('10000 readings at most');
    }
    expect(await total()).toBe(before);
  });
});

it('many rows are stored in batches, each with its result', async () => {
  const rows = Array.from({ length: 1_234 }, (_, i) =>
    reading({ id: `many ${i}`, value: i % 100 === 7 ? 'x' : 60 }),
  );
  const answer = await post(rows);
  expect(answer.body).toMatchObject({ created: 1_221, known: 0, refused: 13 });
  expect(answer.body.results.map(({ index }: { index: number }) => index)).toEqual(rows.map((_, i) => i));
  expect((await post(rows)).body).toMatchObject({ created: 0, known: 1_221, refused: 13 });
});

describe('whatever rows there are', () => {
  const rows = fc.uniqueArray(
    fc.record({
      patient: fc.constantFrom('urn:mrn|1001', '1002', 'Patient/eve', '1001'),
      code: fc.constantFrom('hr', 'temp', 'bp', 'spo2', 'avpu', 'on oxygen', 'nonsense'),
      value: fc.constantFrom('36.6', '98', '120/80', 'A', 'yes', '<30', '96.50'),
      unit: fc.constantFrom(undefined, 'bpm', 'F', '%'),
      minute: fc.integer({ min: 0, max: 59 }),
    }),
    { minLength: 1, maxLength: 12, selector: (row) => JSON.stringify(row) },
  );

  it('their order does not matter, and sending them twice changes nothing', async () => {
    let run = 0;
    const order = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(rows, order, async (drawn, ranks) => {
        const time = `20${String(10 + Math.floor(run / 24)).padStart(2, '0')}-01-01T${String(run++ % 24).padStart(2, '0')}`;
        const sent = drawn.map(({ minute, ...row }) => ({
          ...row,
          time: `${time}:${String(minute).padStart(2, '0')}:00Z`,
        }));
        const shuffled = sent.map((row, i) => ({ row, i, rank: ranks[i]! })).sort((a, b) => a.rank - b.rank);
        const rehearsed = await post(
          shuffled.map(({ row }) => row),
          '?dryRun=true',
        );
        const first = await post(sent);
        const before = await total();
        const second = await post(shuffled.map(({ row }) => row));
        expect(await total()).toBe(before);
        const { created, known, refused } = first.body;
        expect(rehearsed.body).toMatchObject({ created, known, refused });
        expect(second.body).toMatchObject({ created: 0, known: created + known, refused });
        shuffled.forEach(({ i }, position) => {
          const [mine, other] = [first.body.results[i], second.body.results[position]];
          expect([mine.id, mine.errors?.[0].detail]).toEqual([other.id, other.errors?.[0].detail]);
        });
      }),
      { numRuns: 25 },
    );
  });
});
