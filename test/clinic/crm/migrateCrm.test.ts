// `salus migrate-crm` as a process of its own: every row is accounted for, the second time changes nothing, and what is stored can be
// read over FHIR and is valid.
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CrmReport } from '../../../server/clinic/crm/crmReport.ts';
import { writeFiles } from '../../import/importSupport.ts';
import { cleanUp, startSalus } from '../../runtime/serverProcess.ts';
import { queryRows } from '../../support/rowCounts.ts';
import { type Answer, send, startTestServer, type TestServer } from '../../support/testServer.ts';
import { crmFiles, makeCrm } from './generateCrm.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into arbitrary JSON
type Json = any;

const SID = 'https://salus.example/fhir/sid/';
let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await cleanUp();
  await server?.stop();
});

async function migrate(files: Record<string, string | Buffer>, ...options: string[]) {
  const folder = writeFiles(Object.fromEntries(Object.keys(files).map((name) => [name, ''])));
  for (const [name, content] of Object.entries(files)) writeFileSync(`${folder}/${name}`, content);
  const started = startSalus(['migrate-crm', folder, '--report', `${folder}/report`, ...options], {
    DATABASE_URL: server.databaseUrl,
    DATA_DIR: 'node_modules/.cache/salus-test',
    VITALS: 'off',
  });
  const code = await started.ended;
  const said = { code, stdout: started.stdout(), stderr: started.stderr() };
  if (code === 1) return { ...said, report: {} as CrmReport, text: '' };
  // They tell of patients.
  for (const kind of ['json', 'txt']) expect(statSync(`${folder}/report.${kind}`).mode & 0o777).toBe(0o600);
  const report = JSON.parse(readFileSync(`${folder}/report.json`, 'utf8')) as CrmReport;
  return { ...said, report, text: readFileSync(`${folder}/report.txt`, 'utf8') };
}

const get = (path: string): Promise<Answer> => send('GET', `${server.base}/${path}`);
const found = async (path: string): Promise<Json[]> =>
  ((await get(path)).body.entry ?? []).map(({ resource }: Json) => resource);
const errorsOf = ({ body }: Answer) =>
  body.issue.filter(({ severity }: Json) => severity === 'error' || severity === 'fatal');

/** How many resources and versions there are, by type. */
const stored = () =>
  queryRows(
    server.databaseUrl,
    'SELECT type, count(*)::int AS n, sum(version)::int AS versions FROM resource GROUP BY type ORDER BY type',
  );

const HEAD = {
  Contact:
    'contactid,firstname,lastname,email,contact_type,medical_condition,booking_date,reminder_date,no_show,job_title,specialization,medical_license_number,hospital',
  Patient:
    'patientid,firstname,lastname,email,first_contact_date,initial_consult_date,medical_condition,trial_id,eligible,ineligible_reason,ct_referral_date,eap_enrollment_date,contact_record,physician,ct_outcome',
  'EAP Dossier': 'eap_dossier_id,eap_number,patient,product,eap_enrollment_date',
  'Medical Condition': 'id,name,abbreviation',
  Hospital: 'id,name,city',
};
const tables = (rows: Partial<Record<keyof typeof HEAD, string[]>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(HEAD).map(([name, heading]) => [
      `${name}.csv`,
      [heading, ...(rows[name as keyof typeof HEAD] ?? []), ''].join('\n'),
    ]),
  );

describe('a generated CRM', () => {
  const { tables: rows, made } = makeCrm(1_000, 7);
  const files = crmFiles(rows);
  let first: Awaited<ReturnType<typeof migrate>>;
  let rehearsed: CrmReport;

  it('is rehearsed without storing anything', async () => {
    const before = await stored();
    const { report, stdout } = await migrate(files, '--dry-run');
    expect(stdout).toContain('Dry run: nothing was stored.');
    rehearsed = report;
    expect(await stored()).toEqual(before);
  });

  it('is accounted for to the row', async () => {
    first = await migrate(files);
    expect(first.code).toBe(3);
    expect({ ...rehearsed, dryRun: false }).toEqual(first.report);
    const { tables, duplicates, orphans, conflicts, rows: told } = first.report;
    expect(tables.Contact).toEqual({
      ...{ in: 1_000, created: made.leads + made.professionals, updated: 0, unchanged: 0 },
      ...{ merged: made.returning + made.repeats, refused: made.badRows },
    });
    expect(tables.Patient).toEqual({
      ...{ in: rows.Patient!.length, created: made.lonePatients, merged: made.conversions },
      ...{ updated: 0, unchanged: 0, refused: 0 },
    });
    expect(tables['EAP Dossier']).toMatchObject({
      ...{ in: rows['EAP Dossier']!.length, refused: made.lostDossiers },
      created: rows['EAP Dossier']!.length - made.lostDossiers,
    });
    expect(tables['Medical Condition']).toMatchObject({ in: 5, created: 2, unchanged: 3 });
    expect(tables.Hospital).toMatchObject({ in: 12, created: 12 });
    expect(duplicates).toHaveLength(made.sameNames);
    expect(orphans).toHaveLength(made.orphans);
    expect(conflicts.filter(({ field }) => field === 'lastname')).toHaveLength(made.renamed);
    const lines = Object.entries(rows).flatMap(([table, all]) => all.map((_, i) => `${table}:${i + 2}`));
    expect(told.map(({ table, line }) => `${table}:${line}`).sort()).toEqual(lines.sort());
    for (const count of Object.values(made)) expect(count).toBeGreaterThan(0);
  });

  it('is one Patient for each human, and one Appointment for each call', async () => {
    const total = async (path: string) =>
      (await get(`${path}${path.includes('?') ? '&' : '?'}_summary=count`)).body.total;
    const state = 'https://salus.example/fhir/CodeSystem/person-states';
    expect(await total('Patient')).toBe(made.leads + made.lonePatients);
    expect(await total(`Patient?_tag=${state}|patient`)).toBe(made.conversions + made.lonePatients);
    expect(await total(`Patient?_tag=${state}|lead`)).toBe(made.leads - made.conversions);
    expect(await total('Practitioner')).toBe(made.professionals);
    const type = 'https://salus.example/fhir/CodeSystem/contact-types';
    const [physicians, pharmacists] = await Promise.all(
      ['physician', 'pharmacist'].map((code) => total(`Practitioner?_tag=${type}|${code}`)),
    );
    expect(pharmacists).toBeGreaterThan(0);
    expect(physicians + pharmacists).toBe(made.professionals);
    const calls = made.leads + made.returning;
    expect(await total('Appointment')).toBe(calls + rows.Patient!.length);
    expect(await total('ResearchStudy')).toBe(3);
    const journeys = rows.Patient!.filter(({ trial_id }) => trial_id).length;
    expect(await total('ResearchSubject')).toBe(journeys);
    const dossiers = rows['EAP Dossier']!.length - made.lostDossiers;
    expect(await total('EpisodeOfCare')).toBe(dossiers);
    expect(await total('ServiceRequest')).toBe(journeys + dossiers);
  });

  it('changes nothing the second time', async () => {
    const before = await stored();
    const { report } = await migrate(files);
    expect(await stored()).toEqual(before);
    for (const [name, counts] of Object.entries(report.tables)) {
      const { refused } = first.report.tables[name as 'Contact'];
      const repeats = name === 'Contact' ? made.repeats : 0;
      expect(counts).toEqual({
        ...{ in: counts.in, created: 0, updated: 0, merged: repeats, refused },
        unchanged: counts.in - refused - repeats,
      });
    }
  });

  it('is valid, of each type', async () => {
    const types = Object.keys(first.report.resources);
    expect(types).toHaveLength(12);
    for (const type of types) {
      for (const resource of await found(`${type}?_count=15`)) {
        const answer = await send('POST', `${server.base}/${type}/$validate`, resource);
        expect([type, errorsOf(answer)]).toEqual([type, []]);
      }
    }
  });
});

describe('one human', () => {
  const lead =
    '900,Jo,Doe,jo@example.com,patient - lead,Idiopatic  pulmonary fibrosis,2024-03-01 10:00,2024-02-28,Yes,,,,';
  const doctor = '901,Ada,Who,ada@example.com,Physician,,,,,Head,Neurology,ML-900,H900';
  const patient =
    '950,Jo,Doe-Roe,jo@example.com,2024-01-05,2024-04-01,Rare Thing,NCT-9,no,Too old,2024-05-01,2024-06-01,900,901,Declined';
  const hospital = 'H900,Hospital,Bonn';

  it('begins as a lead', async () => {
    const { code, report } = await migrate(tables({ Contact: [lead, doctor], Hospital: [hospital] }));
    expect([code, report.orphans]).toEqual([0, []]);
    const [jo] = await found(`Patient?identifier=${SID}crm-contacts|900`);
    expect(jo.meta.tag).toMatchObject([{ code: 'lead' }]);
    const [call] = await found(`Appointment?patient=${jo.id}`);
    expect(call).toMatchObject({ status: 'noshow', start: '2024-03-01T10:00:00Z' });
    const [condition] = await found(`Condition?patient=${jo.id}`);
    expect(condition.code.coding).toMatchObject([{ code: 'IPF' }]);
    const [role] = await found(`PractitionerRole?practitioner.identifier=${SID}crm-contacts|901`);
    expect(role).toMatchObject({
      code: [{ coding: [{ code: 'physician' }], text: 'Head' }],
      specialty: [{ text: 'Neurology' }],
      organization: { reference: expect.stringMatching(/^Organization\//) },
    });
  });

  it('is converted by a later export: the same record, the older name in its history, all calls kept', async () => {
    const again = lead.replace('2024-03-01 10:00', '2024-07-01 11:00').replace('Yes', 'No');
    const { report } = await migrate(
      tables({ Contact: [again, doctor], Hospital: [hospital], Patient: [patient] }),
    );
    const [jo] = await found(`Patient?identifier=${SID}crm-patients|950`);
    expect(jo.meta.tag).toMatchObject([{ code: 'patient' }]);
    expect(jo.identifier).toHaveLength(2);
    expect(jo.generalPractitioner[0].reference).toMatch(/^Practitioner\//);
    // Booked after the referral: the contact is the newer of the two.
    expect(report.conflicts).toMatchObject([{ field: 'lastname', kept: 'Doe', older: 'Doe-Roe' }]);
    expect(report.tables.Patient).toMatchObject({ in: 1, merged: 1 });
    const history = (await get(`Patient/${jo.id}/_history`)).body.entry;
    expect(history.map(({ resource }: Json) => resource.meta.tag[0].code)).toEqual(['patient', 'lead']);
    const calls = await found(`Appointment?patient=${jo.id}&_sort=date`);
    expect(calls.map(({ start, status }) => [start, status])).toEqual([
      ['2024-03-01T10:00:00Z', 'noshow'],
      ['2024-04-01T00:00:00Z', 'fulfilled'],
      ['2024-07-01T11:00:00Z', 'fulfilled'],
    ]);
    expect(report.orphans).toMatchObject([{ table: 'Patient', column: 'medical_condition' }]);
    const conditions = await found(`Condition?patient=${jo.id}`);
    expect(conditions.map(({ code }) => code.text).sort()).toEqual([
      'Idiopathic Pulmonary Fibrosis',
      'Rare Thing',
    ]);
    const [subject] = await found(`ResearchSubject?patient=${jo.id}`);
    expect(subject.status).toBe('not-registered');
    const referrals = await found(`ServiceRequest?patient=${jo.id}`);
    const trial = referrals.find(({ category }) => category[0].coding[0].code === 'ct');
    expect(trial).toMatchObject({
      ...{ status: 'revoked', authoredOn: '2024-05-01' },
      meta: { tag: [{ code: 'declined' }] },
      extension: [
        ...[{ valueBoolean: false }, { valueString: 'Too old' }, { valueString: 'Declined' }],
        { extension: [{ valueCode: 'referred' }, { valueDateTime: '2024-05-01' }] },
        { extension: [{ valueCode: 'declined' }] },
      ],
    });
    const [episode] = await found(`EpisodeOfCare?patient=${jo.id}`);
    expect(episode).toMatchObject({ status: 'active', period: { start: '2024-06-01' } });
  });

  it('that is told of twice from the start has the older state as its first version', async () => {
    await migrate(
      tables({
        Contact: ['910,Al,Old,al@example.com,lead,,2024-01-01,,,,,,'],
        Patient: ['960,Al,New,al@example.com,2024-02-01,,,,,,,,910,,'],
      }),
    );
    const [al] = await found(`Patient?identifier=${SID}crm-patients|960`);
    const history = (await get(`Patient/${al.id}/_history`)).body.entry;
    expect(history.map(({ resource }: Json) => resource.name[0].family)).toEqual(['New', 'Old']);
  });

  it('keeps what the CRM does not know of', async () => {
    const [al] = await found(`Patient?identifier=${SID}crm-patients|960`);
    const identifier = [...al.identifier, { system: 'urn:ehr', value: '7' }];
    await send('PUT', `${server.base}/Patient/${al.id}`, { ...al, gender: 'male', identifier });
    await migrate(tables({ Patient: ['960,Al,Newer,al@example.com,2024-02-01,,,,,,,,910,,'] }));
    const now = (await get(`Patient/${al.id}`)).body;
    expect(now).toMatchObject({ gender: 'male', name: [{ family: 'Newer' }] });
    expect(now.identifier).toHaveLength(3);
  });
});

describe('what is doubtful or wrong', () => {
  it('takes apart again who turned out to be two, and says where both still are', async () => {
    const [a, b] = [
      '980,Kim,Lee,kim@example.com,lead,,2024-01-01,,,,,,',
      '981,Kim,Lee,kim@example.com,lead,,2024-01-02,,,,,,',
    ];
    const first = await migrate(tables({ Contact: [a!, b!] }));
    expect(first.report.tables.Contact).toMatchObject({ created: 1, merged: 1 });
    const apart = tables({ Contact: [a!, b!.replace('Kim', 'Tim').replace('kim@', 'tim@')] });
    const { report } = await migrate(apart);
    expect(report.tables.Contact).toMatchObject({ created: 1, unchanged: 1 });
    const named = async (key: string) =>
      (await found(`Patient?identifier=${SID}crm-contacts|${key}`)).map(({ name }) => name[0].given[0]);
    expect(await named('980')).toEqual(['Kim']);
    expect((await named('981')).sort()).toEqual(['Kim', 'Tim']);
    expect(report.duplicates).toMatchObject([{ because: expect.stringMatching(/also stored as Patient\//) }]);
    expect((await migrate(apart)).report.tables.Contact).toMatchObject({ unchanged: 2 });
  });

  it('does not undo a conversion', async () => {
    const lead = '985,Lu,Po,lu@example.com,lead,,,,,,,,';
    await migrate(tables({ Contact: [lead], Patient: ['986,Lu,Po,lu@example.com,,,,,,,,,985,,'] }));
    await migrate(tables({ Contact: [lead] }));
    const [lu] = await found(`Patient?identifier=${SID}crm-contacts|985`);
    expect(lu.meta.tag).toMatchObject([{ code: 'patient' }]);
  });

  it('keeps apart who may not be the same, and says so', async () => {
    const { report } = await migrate(
      tables({
        Contact: [
          '920,Max,One,family@example.com,lead,,,,,,,,',
          '921,Mia,One,family@example.com,lead,,,,,,,,',
          '922,Tom,Two,,lead,,,,,,,,',
        ],
        Patient: ['970,Sue,Else,sue@example.com,,,,,,,,,922,,'],
      }),
    );
    expect(report.tables).toMatchObject({ Contact: { created: 3 }, Patient: { created: 1 } });
    expect(report.duplicates).toMatchObject([
      { score: 75, because: 'the same e-mail', rows: [{ key: '920' }, { key: '921' }] },
      { score: 50, rows: [{ key: '922' }, { key: '970' }] },
    ]);
  });

  it('refuses cells by line and column, keys told twice, and dossiers of nobody', async () => {
    const { code, report, text } = await migrate(
      tables({
        Contact: [
          '930,Ok,Ok,ok@example.com,lead,,2024-02-30,,perhaps,,,,',
          '931,Ok,Ok,nowhere,nurse,,,,,,,,',
          ',A,B,,lead,,,,,,,,',
          '932,A,B,,lead,,,,,,,,',
          '932,A,C,,lead,,,,,,,,',
          '933,A,B,,lead',
          '934,L,Lead,,lead,,,2024-01-01,Yes,Boss,,,H-none',
        ],
        'EAP Dossier': ['E1,1,nobody,Drug,2024-01-01'],
      }),
    );
    expect(code).toBe(3);
    const refused = report.rows.filter(({ fate }) => fate === 'refused');
    expect(refused.map(({ table, line, reasons }) => [table, line, reasons])).toEqual([
      [
        'Contact',
        2,
        [
          'booking_date: "2024-02-30" is not a date: YYYY-MM-DD, or YYYY-MM-DD hh:mm.',
          'no_show: "perhaps" is not yes or no.',
        ],
      ],
      [
        'Contact',
        3,
        [
          'email: "nowhere" is not an e-mail address.',
          'contact_type: "nurse" is not patient - lead, physician or pharmacist.',
        ],
      ],
      ['Contact', 4, ['contactid: It is empty.']],
      ['Contact', 6, [expect.stringMatching(/^contactid: Line 5 has the same contactid/)]],
      ['Contact', 7, [expect.stringMatching(/5 cells, the heading 13/)]],
      ['EAP Dossier', 2, [expect.stringMatching(/^patient: There is no patient "nobody"/)]],
    ]);
    expect(report.leftOver.map(({ column, value }) => [column, value])).toEqual([
      ['job_title', 'Boss'],
      ['no_show', 'true'],
    ]);
    expect(report.orphans).toMatchObject([{ column: 'hospital' }, { table: 'EAP Dossier' }]);
    expect(text).toContain('Contact:2 (930): booking_date: "2024-02-30" is not a date');
    const [lead] = await found(`Patient?identifier=${SID}crm-contacts|934`);
    expect(lead.generalPractitioner).toEqual([
      { identifier: { system: `${SID}hospitals`, value: 'H-none' } },
    ]);
    const [reminder] = await found(`Appointment?patient=${lead.id}`);
    expect(reminder).toMatchObject({ status: 'proposed', extension: [{ valueDateTime: '2024-01-01' }] });
  });

  it('takes conditions by id, name and abbreviation, and says where an abbreviation is no code', async () => {
    const patient = (key: string, condition: string) => `${key},C,${key},,,,${condition},,,,,,,,`;
    const { report } = await migrate(
      tables({
        'Medical Condition': [
          '71,Glioblastoma,GB',
          '72,Fabry Disease,FD',
          '73,fabry  disease,FD',
          '74,Farber Disease,fd',
        ],
        Patient: [
          patient('991', '71'),
          patient('992', 'gb'),
          patient('993', 'Fabry Disease'),
          patient('994', '74'),
        ],
      }),
    );
    expect(report.tables['Medical Condition']).toEqual({
      ...{ in: 4, created: 2, updated: 0, merged: 1, unchanged: 1, refused: 0 },
    });
    expect(report.leftOver.map(({ key, value }) => [key, value])).toEqual([
      ['71', 'GB'],
      ['74', 'fd'],
    ]);
    expect(report.orphans).toEqual([]);
    const codes = await Promise.all(
      ['991', '992', '993', '994'].map(async (key) => {
        const [condition] = await found(`Condition?patient.identifier=${SID}crm-patients|${key}`);
        return condition.code.coding[0].code;
      }),
    );
    expect(codes).toEqual(['GBM', 'GBM', 'FD', 'farber-disease']);
    const answer = await get(
      'CodeSystem/$lookup?system=https://salus.example/fhir/CodeSystem/medical-conditions&code=FD',
    );
    expect(answer.body.parameter).toContainEqual({ name: 'display', valueString: 'Fabry Disease' });
  });

  it.each([
    ['a missing table', { 'Hospital.csv': undefined }, /has to hold one Hospital\.csv, but there is none/],
    ['an unknown column', { 'Hospital.csv': 'id,name,beds\n' }, /Hospital\.csv:1: .*"beds" is no column/],
    ['an open quote', { 'Hospital.csv': 'id,name\n1,"a\n' }, /Hospital\.csv:\d: .*[Qq]uote/],
    ['no UTF-8', { 'Hospital.csv': Buffer.from('id,name\n1,\xe4\n', 'latin1') }, /not UTF-8/],
  ])('stores nothing because of %s', async (_, change, reason) => {
    const before = await stored();
    const files = Object.fromEntries(
      Object.entries({ ...tables({ Contact: ['940,A,B,,lead,,,,,,,,'] }), ...change }).filter(
        ([, text]) => text !== undefined,
      ),
    ) as Record<string, string | Buffer>;
    const { code, stderr } = await migrate(files);
    expect(code).toBe(1);
    expect(stderr).toMatch(reason);
    expect(await stored()).toEqual(before);
  });

  it('takes other delimiters, spellings of headings and of file names', async () => {
    const { 'Hospital.csv': _, ...others } = tables({});
    const { report } = await migrate({ ...others, 'hospitals.CSV': '\ufeffID;Name;City\nH77;"a;b";Bonn\n' });
    expect(report.tables.Hospital).toMatchObject({ in: 1, created: 1 });
    const [hospital] = await found(`Organization?identifier=${SID}hospitals|H77`);
    expect(hospital.name).toBe('a;b');
  });
});
