// CSV → FHIR → CSV gives back the same rows, whatever they say; white space at the ends of a cell is not part of it.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvLine } from '../../../server/clinic/csv/csvTable.ts';
import { exportList, importList } from '../../clinic/clinicLists.ts';
import '../../support/propertySeed.ts';
import { send, startTestServer, type TestServer } from '../../support/testServer.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

type Row = string[];

/** What separates, quotes, looks like a formula, is white space, or is beyond ASCII. */
const pieces = [
  'a',
  'Zo',
  'ñ',
  '李',
  '\u{1f9b4}',
  ',',
  ';',
  '"',
  '""',
  "'",
  '|',
  '\\',
  '$',
  '=',
  '+1',
  '-',
  '@',
  '\n',
  '\r\n',
  '\t',
  ' ',
  '  ',
  '%',
  '&',
  '<b>',
  '0',
  '#',
];
const text = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join('').trim())
  .filter((cell) => cell !== '');
const maybe = fc.oneof(text, fc.constant(''));
const id = fc
  .array(fc.constantFrom(...pieces.filter((piece) => !/\s/.test(piece))), { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join(''));

const patient = fc.tuple(
  maybe,
  text,
  fc.constantFrom('', '1955-04-10', '2000-02-29', '1970-01', '1931'),
  fc.constantFrom('', 'a@b', 'josé,"x"@ejemplo.com'),
  id,
);
const study = fc.tuple(
  fc.constantFrom('HIGH', 'MID', 'LOW'),
  fc.oneof(text, fc.constantFrom('CHEST', 'Chest', 'breasts')),
  maybe,
  fc.oneof(text, fc.constantFrom('XRAY', 'x-ray', 'MRI')),
);

const PATIENTS = ['first_name', 'last_name', 'birth_date', 'email', 'id'];
const STUDIES = ['urgency_level', 'body_part', 'description', 'type', 'patient_id'];
const csv = (rows: Row[], end: string) => rows.map((row) => csvLine(row)).join(end);
const rowsOf = (list: string): Row[] => parse(list) as Row[];
const sorted = (rows: Row[]) => rows.map((row) => JSON.stringify(row)).sort();

describe('rows of any content', () => {
  it('come back as they were', async () => {
    const patients = new Map<string, Row>();
    const studies: Row[] = [];
    let round = 0;
    const drawn = fc.record({
      people: fc.uniqueArray(patient, { minLength: 1, maxLength: 25, selector: (row) => row[4] }),
      what: fc.array(study, { minLength: 1, maxLength: 40 }),
      end: fc.constantFrom('\n', '\r\n'),
    });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ people, what, end }) => {
        round++;
        // Rows of studies that are the same in two files are one study.
        const own = people.map((row) => row.with(4, `${round}-${row[4]}`).map((cell) => cell ?? ''));
        const theirs = what.map((row, i): Row => [...row, own[i % own.length]![4]!]);
        for (const row of own) patients.set(row[4]!, row);
        studies.push(...theirs);
        const none = { updated: 0, unchanged: 0, refused: 0, errors: [] };
        const first = await importList(server, 'patients', csv([PATIENTS, ...own], end));
        expect(first.body).toMatchObject({ ...none, created: own.length });
        const second = await importList(server, 'studies', csv([STUDIES, ...theirs], end));
        expect(second.body).toMatchObject({ ...none, created: theirs.length });
        const again = await importList(server, 'studies', csv([STUDIES, ...theirs], end));
        expect(again.body).toMatchObject({ ...none, created: 0, unchanged: theirs.length });
      }),
      { numRuns: 12 },
    );
    const exportedPatients = await exportList(server, 'patients');
    expect(rowsOf(exportedPatients)).toEqual([PATIENTS, ...patients.values()]);
    const exportedStudies = await exportList(server, 'studies');
    expect(sorted(rowsOf(exportedStudies).slice(1))).toEqual(sorted(studies));
    // What was exported is what would be imported.
    const again = await importList(server, 'patients', exportedPatients);
    expect(again.body).toMatchObject({ created: 0, updated: 0, unchanged: patients.size, refused: 0 });
    const withIds = (
      await send('GET', `${server.base.replace('/fhir/R4', '/api/v1')}/export/studies.csv?ids=true`)
    ).text;
    const ids = await importList(server, 'studies', withIds);
    expect(ids.body).toMatchObject({ created: 0, updated: 0, unchanged: studies.length, refused: 0 });
  });

  it('white space at the ends of a cell is left out', async () => {
    const list = 'id , first_name, last_name\n z1 ,"  Ann  Lee ",\u00a0Moss\u00a0\n';
    await importList(server, 'patients', list);
    expect((await exportList(server, 'patients')).split('\r\n')).toContain('Ann  Lee,Moss,,,z1');
  });
});

describe('an export', () => {
  it('says what it is, and takes no other parameters', async () => {
    const url = `${server.base.replace('/fhir/R4', '/api/v1')}/export/studies.csv`;
    const { status, headers } = await send('GET', url);
    expect([status, headers.get('content-type'), headers.get('content-disposition')]).toEqual([
      200,
      'text/csv; charset=utf-8; header=present',
      'attachment; filename="studies.csv"',
    ]);
    expect((await send('GET', `${url}?sort=type`)).status).toBe(400);
    expect((await send('POST', url)).status).toBe(405);
  });
});
