// PROFILE_POLICY: what the profiles that a resource claims mean for its write, over every way to write.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { batch, type Json, post, put, transaction } from '../bundles/bundleSupport.ts';
import { typeCounts } from '../support/rowCounts.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';

const US_CORE_PATIENT = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';
const UNKNOWN = 'https://example.org/fhir/StructureDefinition/unknown';
const OUTCOME = { prefer: 'return=OperationOutcome' };

const patient = (profile: string, more: object = {}): Json => ({
  resourceType: 'Patient',
  meta: { profile: [profile] },
  name: [{ family: 'Vale' }],
  gender: 'female',
  ...more,
});
const identified = { identifier: [{ system: 'urn:example:mrn', value: '1' }] };
const whole = patient(US_CORE_PATIENT, identified);
/** without the identifier that the profile asks for */
const lacking = patient(US_CORE_PATIENT);

type Issue = { severity: string; code: string; diagnostics: string; expression?: string[] };
const issuesOf = (answer: Answer): Issue[] => answer.body.issue;
const about = (issues: Issue[], text: string) =>
  issues.filter(({ diagnostics, expression }) => [diagnostics, ...(expression ?? [])].join().includes(text));
/** those that say a required element is missing */
const required = (issues: Issue[], name: string) =>
  about(issues, name).filter(({ code }) => code === 'required');
const severities = (issues: Issue[]) => [...new Set(issues.map(({ severity }) => severity))].sort();

let server: TestServer;
let base: string;
const onServer = (policy: string) => {
  beforeAll(async () => {
    server = await startTestServer({ PROFILE_POLICY: policy });
    base = server.base;
  });
  afterAll(() => server.stop());
};
const lackingOnes = (): Json => [post(whole), post(lacking)];

describe('warn', () => {
  onServer('');

  it('stores, and says nothing to those who do not ask', async () => {
    const { status, body } = await send('POST', `${base}/Patient`, lacking);
    expect({ status, type: body.resourceType }).toEqual({ status: 201, type: 'Patient' });
  });

  it.each([
    ['POST', 'Patient', {}, 201],
    ['PUT', 'Patient/w', { id: 'w' }, 201],
  ])(
    'answers %s with warnings where an OperationOutcome is asked for',
    async (method, path, more, status) => {
      const answer = await send(method, `${base}/${path}`, { ...lacking, ...more }, OUTCOME);
      expect(answer.status).toBe(status);
      const issues = issuesOf(answer);
      expect(severities(required(issues, 'identifier'))).toEqual(['warning']);
      expect(severities(issues)).not.toContain('error');
      expect(issues[0]!.diagnostics).toContain('was created');
      const unknown = issuesOf(await send('POST', `${base}/Patient`, patient(UNKNOWN), OUTCOME));
      expect(severities(about(unknown, UNKNOWN))).toEqual(['warning']);
    },
  );

  it('has no warning of a profile that is met, nor of best practice', async () => {
    const issues = issuesOf(await send('POST', `${base}/Patient`, whole, OUTCOME));
    expect(about(issues, 'narrative')).toEqual([]);
    expect(about(issuesOf(await send('POST', `${base}/Patient/$validate`, whole)), 'narrative')).not.toEqual(
      [],
    );
    expect(about(issues, 'identifier').filter(({ severity }) => severity !== 'information')).toEqual([]);
  });

  it('warns of what a patch has made', async () => {
    await send('PUT', `${base}/Patient/patched`, { ...whole, id: 'patched' });
    const removal = [{ op: 'remove', path: '/identifier' }];
    const type = { 'content-type': 'application/json-patch+json', ...OUTCOME };
    const answer = await send('PATCH', `${base}/Patient/patched`, JSON.stringify(removal), type);
    expect(answer.status).toBe(200);
    expect(severities(required(issuesOf(answer), 'identifier'))).toEqual(['warning']);
  });

  it.each([
    ['transaction', transaction],
    ['batch', batch],
  ])('puts the warnings of a %s into its entries, at their places', async (_, bundle) => {
    const answer = await send('POST', base, bundle(lackingOnes()), OUTCOME);
    const outcomes: Issue[][] = answer.body.entry.map(({ response }: Json) => response.outcome.issue);
    const [first, second] = outcomes.map((issues) =>
      about(issues, 'identifier').filter(({ severity }) => severity === 'warning'),
    );
    expect(first).toEqual([]);
    expect(second).not.toEqual([]);
    for (const { expression } of second!) {
      for (const path of expression!) expect(path).toMatch(/^Bundle\.entry\[1\]\.resource/);
    }
  });

  it('does not warn of a resource that a conditional create leaves aside', async () => {
    await send('PUT', `${base}/Patient/there`, {
      ...{
        resourceType: 'Patient',
        id: 'there',
        identifier: [{ system: 'urn:example:mrn', value: 'there' }],
      },
    });
    const answer = await send('POST', `${base}/Patient`, lacking, {
      ...OUTCOME,
      'if-none-exist': 'identifier=urn:example:mrn|there',
    });
    expect(answer.status).toBe(200);
    expect(severities(issuesOf(answer))).toEqual(['information']);
  });
});

describe('ignore', () => {
  onServer('ignore');

  it('does not look at what is claimed, neither in a write nor in $validate', async () => {
    const written = await send('POST', `${base}/Patient`, lacking, OUTCOME);
    expect(written.status).toBe(201);
    const judged = await send('POST', `${base}/Patient/$validate`, patient(UNKNOWN));
    for (const answer of [written, judged]) {
      expect(about(issuesOf(answer), 'identifier')).toEqual([]);
      expect(about(issuesOf(answer), UNKNOWN)).toEqual([]);
    }
  });

  it('looks at what is asked for', async () => {
    const path = `${base}/Patient/$validate?profile=${encodeURIComponent(US_CORE_PATIENT)}`;
    expect(severities(issuesOf(await send('POST', path, lacking)))).toContain('error');
  });
});

describe('enforce', () => {
  onServer('enforce');
  const json = { 'content-type': 'application/json-patch+json' };

  it('refuses what breaks a claimed profile with 422, and stores the rest', async () => {
    expect((await send('POST', `${base}/Patient`, whole)).status).toBe(201);
    expect((await send('POST', `${base}/Patient`, { resourceType: 'Patient' })).status).toBe(201);
    for (const [method, path, headers] of [
      ['POST', 'Patient', {}],
      ['PUT', 'Patient/e', {}],
      ['POST', 'Patient', { 'if-none-exist': 'identifier=urn:example:mrn|none' }],
      ['PUT', 'Patient?identifier=urn:example:mrn|none', {}],
    ] as const) {
      const answer = await send(method, `${base}/${path}`, { ...lacking, id: 'e' }, headers);
      expect({ method, path, status: answer.status }).toEqual({ method, path, status: 422 });
      expect(severities(about(issuesOf(answer), 'identifier'))).toContain('error');
    }
    expect((await send('GET', `${base}/Patient/e`)).status).toBe(404);
  });

  it('refuses what the specification forbids with 400, whatever it claims', async () => {
    expect((await send('POST', `${base}/Patient`, { ...lacking, gender: 'mail' })).status).toBe(400);
  });

  it('refuses a profile that is not known here, and says what to do', async () => {
    const answer = await send('POST', `${base}/Patient`, patient(UNKNOWN, identified));
    expect(answer.status).toBe(422);
    const [issue] = about(issuesOf(answer), UNKNOWN);
    expect(issue).toMatchObject({ severity: 'error', code: 'not-found' });
    expect(issue!.diagnostics).toMatch(/StructureDefinition/);
  });

  it('says so in $validate with a mode', async () => {
    const judge = async (path: string) =>
      severities(about(issuesOf(await send('POST', `${base}/Patient/${path}`, patient(UNKNOWN))), UNKNOWN));
    expect(await judge('$validate')).toEqual(['warning']);
    expect(await judge('$validate?mode=create')).toEqual(['error']);
  });

  it('refuses a transaction as a whole, naming the entry', async () => {
    const before = await typeCounts(server.databaseUrl);
    const answer = await send('POST', base, transaction(lackingOnes()));
    expect(answer.status).toBe(422);
    const errors = about(issuesOf(answer), 'identifier').filter(({ severity }) => severity === 'error');
    expect(errors.flatMap(({ expression }) => expression).join()).toContain('Bundle.entry[1].resource');
    expect(await typeCounts(server.databaseUrl)).toEqual(before);
  });

  it('refuses entries of a batch one by one', async () => {
    const { status, body } = await send('POST', base, batch(lackingOnes()));
    expect(status).toBe(200);
    const statuses = body.entry.map(({ response }: Json) => response.status.slice(0, 3));
    expect(statuses).toEqual(['201', '422']);
  });

  it('refuses a patch that breaks a profile, and lets one mend it', async () => {
    await send('PUT', `${base}/Patient/patched`, { ...whole, id: 'patched' });
    const patch = (body: object) => send('PATCH', `${base}/Patient/patched`, JSON.stringify(body), json);
    const refused = await patch([{ op: 'remove', path: '/identifier' }]);
    expect(refused.status).toBe(422);
    expect(severities(about(issuesOf(refused), 'identifier'))).toContain('error');
    expect((await send('GET', `${base}/Patient/patched`)).body.meta.versionId).toBe('1');
    expect((await patch([{ op: 'add', path: '/active', value: true }])).status).toBe(200);
    const inBundle = {
      resource: {
        resourceType: 'Parameters',
        parameter: [
          {
            name: 'operation',
            part: [
              { name: 'type', valueCode: 'delete' },
              { name: 'path', valueString: 'Patient.identifier' },
            ],
          },
        ],
      },
      request: { method: 'PATCH', url: 'Patient/patched' },
    };
    expect((await send('POST', base, transaction([inBundle, post(whole)]))).status).toBe(422);
    const { body } = await send('POST', base, batch([inBundle, post(whole)]));
    expect(body.entry.map(({ response }: Json) => response.status.slice(0, 3))).toEqual(['422', '201']);
  });

  it('goes by a profile that was stored a moment ago, here or through another process', async () => {
    const url = 'https://example.org/fhir/StructureDefinition/active-patient';
    const profile = {
      resourceType: 'StructureDefinition',
      id: 'active-patient',
      url,
      name: 'ActivePatient',
      status: 'active',
      kind: 'resource',
      abstract: false,
      type: 'Patient',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
      derivation: 'constraint',
      differential: { element: [{ id: 'Patient.active', path: 'Patient.active', min: 1 }] },
    };
    const other = await startTestServer({ DATABASE_URL: server.databaseUrl, PROFILE_POLICY: 'enforce' });
    try {
      const statuses = async (resource: object) => [
        (await send('POST', `${base}/Patient`, resource)).status,
        (await send('POST', `${other.base}/Patient`, resource)).status,
      ];
      expect(await statuses(patient(url))).toEqual([422, 422]);
      await send('POST', base, transaction([put(profile)]));
      expect(await statuses(patient(url))).toEqual([422, 422]);
      expect(await statuses(patient(url, { active: true }))).toEqual([201, 201]);
      const named = structuredClone(profile);
      named.differential.element = [{ id: 'Patient.telecom', path: 'Patient.telecom', min: 1 }];
      await send('PUT', `${base}/StructureDefinition/active-patient`, named);
      expect(await statuses(patient(url, { active: true }))).toEqual([422, 422]);
      expect(await statuses(patient(url, { telecom: [{ system: 'phone', value: '1' }] }))).toEqual([
        201, 201,
      ]);
      await send('DELETE', `${base}/StructureDefinition/active-patient`);
      expect(await statuses(patient(url, { telecom: [{ system: 'phone', value: '1' }] }))).toEqual([
        422, 422,
      ]);
    } finally {
      await other.stop();
    }
  });
});
