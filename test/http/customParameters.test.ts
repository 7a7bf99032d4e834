// SearchParameter resources (searchparameter.html): checked, indexed in the background while others write, then usable from
// every process; and never while their index is incomplete.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { readConfig } from '../../server/config.ts';
import { withCustomParameters } from '../../server/definitions/withCustomParameters.ts';
import { writeAll } from '../../server/fhir/write.ts';
import { createServices, type Services } from '../../server/services.ts';
import { createLogger } from '../../server/telemetry.ts';
import { queryRows } from '../support/rowCounts.ts';
import { type Answer, send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

let server: TestServer;
/** a second server on the same database, as another worker is */
let other: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  other = await startTestServer({ DATABASE_URL: server.databaseUrl });
});
afterAll(async () => {
  await other.stop();
  await server.stop();
});

const BLOOD = 'http://example.org/blood-group';

/** A SearchParameter over the extension `BLOOD` of Patient, but for `changes`. */
const parameter = (id: string, changes: Record<string, unknown> = {}) => ({
  resourceType: 'SearchParameter',
  id,
  url: `http://example.org/SearchParameter/${id}`,
  name: id,
  status: 'active',
  description: 'The blood group of a patient',
  code: id,
  base: ['Patient'],
  type: 'token',
  expression: `Patient.extension('${BLOOD}').value`,
  ...changes,
});
const put = (resource: { resourceType: string; id: string; [name: string]: unknown }, base = server.base) =>
  send('PUT', `${base}/${resource.resourceType}/${resource.id}`, resource);
const patient = (id: string, group: string, more: Record<string, unknown> = {}) => ({
  resourceType: 'Patient',
  id,
  extension: [{ url: BLOOD, valueCode: group }],
  ...more,
});
const statusUrl = (id: string, base = server.base) =>
  `${base}/SearchParameter/$status?url=http://example.org/SearchParameter/${id}`;

interface Part {
  name: string;
  [value: string]: unknown;
}

/** What $status says of a parameter: its state, reason, … */
async function statusOf(id: string, base = server.base): Promise<Record<string, unknown>> {
  const { body } = await send('GET', statusUrl(id, base));
  const parts: Part[] = body.parameter?.[0]?.part ?? [];
  return Object.fromEntries(
    parts.map(({ name, ...value }) => [name, Object.values(value)[0]] as [string, unknown]),
  );
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 20));

/** Waits until the parameter is being built no longer; returns its state. */
async function settled(id: string): Promise<unknown> {
  for (;;) {
    const { state } = await statusOf(id);
    if (state !== 'building') return state;
    await pause();
  }
}

/** Ids that a search finds, all pages, sorted. */
async function found(query: string, base = server.base): Promise<string[]> {
  const ids: string[] = [];
  for (let url: string | undefined = `${base}/${query}`; url; ) {
    const answer: Answer = await send('GET', url);
    expect(answer.status).toBe(200);
    for (const { resource } of answer.body.entry ?? []) ids.push(resource.id);
    url = answer.body.link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
  }
  return ids.sort();
}

const listed = async (id: string, base: string) => {
  const { body } = await send('GET', `${base}/metadata`);
  const { searchParam } = body.rest[0].resource.find(({ type }: { type: string }) => type === 'Patient');
  return searchParam.find(({ name }: { name: string }) => name === id);
};

/** The definitions of a process that knows of no custom parameter. */
function published({ current: { definitions, extractorFor } }: Services) {
  const without = withCustomParameters(definitions, []);
  return { definitions: without, extract: extractorFor(without) };
}

/** Runs `work` while a transaction is open that began before: until it ends, no index counts as complete. */
async function whileBuilding<T>(work: () => Promise<T>): Promise<T> {
  const rival = new pg.Client(server.databaseUrl);
  await rival.connect();
  await rival.query('BEGIN');
  await rival.query('SELECT 1 FROM resource LIMIT 1');
  try {
    return await work();
  } finally {
    await rival.query('COMMIT');
    await rival.end();
  }
}

/** The parameter is unknown to both servers, whatever they are asked. */
async function expectUnusable(id: string): Promise<void> {
  for (const { base } of [server, other]) {
    expectRefusal(await send('GET', `${base}/Patient?${id}=A`), 400, { code: 'invalid' });
    expect(await listed(id, base)).toBeUndefined();
    expectRefusal(
      await send('POST', `${base}/Patient`, { resourceType: 'Patient' }, { 'if-none-exist': `${id}=A` }),
      400,
    );
  }
}

describe('a custom search parameter', () => {
  it('finds what was stored before, in both processes, and is in the CapabilityStatement', async () => {
    await put(patient('old-a', 'A'));
    await put(patient('old-b', 'B'));
    expect((await put(parameter('blood'))).status).toBe(201);
    expect(await settled('blood')).toBe('ready');
    for (const { base } of [other, server]) {
      expect(await found('Patient?blood=A', base)).toEqual(['old-a']);
      expect(await listed('blood', base)).toEqual({
        name: 'blood',
        type: 'token',
        definition: 'http://example.org/SearchParameter/blood',
        documentation: 'The blood group of a patient',
      });
    }
    await put(patient('old-b', 'A'), other.base);
    expect(await found('Patient?blood=A')).toEqual(['old-a', 'old-b']);
    expect(await found('Patient?blood:missing=true&_id=old-a')).toEqual([]);
  });

  it('finds what a transaction stores that had begun before', async () => {
    await put(patient('slow', 'none'));
    const rival = new pg.Client(server.databaseUrl);
    await rival.connect();
    await rival.query("BEGIN; SELECT FROM resource WHERE id = 'slow' FOR UPDATE");
    const entry = [
      { resource: patient('slow', 'late'), request: { method: 'PUT', url: 'Patient/slow' } },
      { resource: patient('slow-2', 'late'), request: { method: 'PUT', url: 'Patient/slow-2' } },
    ];
    const write = send('POST', other.base, { resourceType: 'Bundle', type: 'transaction', entry });
    const blocked =
      "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while ((await queryRows(server.databaseUrl, blocked)).length === 0) await pause();
    await put(parameter('late'));
    await rival.query('COMMIT');
    await rival.end();
    expect((await write).status).toBe(200);
    expect(await settled('late')).toBe('ready');
    expect(await found('Patient?late=late')).toEqual(['slow', 'slow-2']);
  });

  it.each([1, 40])('finds what a process stores that had not heard of it: %i at a time', async (many) => {
    const config = readConfig({
      DATABASE_URL: server.databaseUrl,
      DATA_DIR: 'node_modules/.cache/salus-test',
      LOG_LEVEL: 'error',
    });
    const deaf = await createServices(config, createLogger('error'));
    const id = `deaf-${many}`;
    await put(patient(`${id}-changed`, 'before'));
    await put(parameter(id));
    expect(await settled(id)).toBe('ready');
    const fresh = Array.from({ length: many }, (_, i) => patient(`${id}-${i}`, id));
    const writes = [...(many > 1 ? [fresh] : fresh.map((one) => [one])), [patient(`${id}-changed`, id)]];
    for (const set of writes) {
      // Each time as if it had not heard.
      deaf.current = { ...deaf.current, ...published(deaf), revision: 0, index: 0 };
      const requests = set.map((resource) => ({
        method: 'PUT' as const,
        type: 'Patient',
        id: resource.id,
        resource,
      }));
      await writeAll(deaf, requests, { atomic: true });
    }
    await deaf.close();
    expect(await found(`Patient?${id}=${id}`)).toEqual(
      [`${id}-changed`, ...fresh.map((one) => one.id)].sort(),
    );
  });

  it('finds contained resources, which others than its types may hold', async () => {
    const inside = patient('p', 'inside');
    await put({
      resourceType: 'Observation',
      id: 'holder',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: '#p' },
      contained: [inside],
    });
    await put(parameter('inside'));
    expect(await settled('inside')).toBe('ready');
    expect(await found('Patient?inside=inside&_contained=true', other.base)).toEqual(['holder']);
    expect(await found('Patient?inside=inside', other.base)).toEqual([]);
  });

  it('that means something else now is built anew; another description or code changes nothing stored', async () => {
    await put(patient('two', 'X', { maritalStatus: { coding: [{ code: 'M' }] } }));
    await put(parameter('turn'));
    await settled('turn');
    expect(await found('Patient?turn=X')).toEqual(['two']);
    await whileBuilding(async () => {
      await put(parameter('turn', { description: 'Otherwise described' }));
      expect(await statusOf('turn')).toMatchObject({ state: 'ready' });
      expect(await found('Patient?turn=X', other.base)).toEqual(['two']);
      expect(await listed('turn', other.base)).toMatchObject({ documentation: 'Otherwise described' });
      await put(parameter('turn', { code: 'turned' }));
      expect(await found('Patient?turned=X', other.base)).toEqual(['two']);
      await expectUnusable('turn');

      await put(parameter('turn', { expression: 'Patient.maritalStatus' }));
      expect(await statusOf('turn', other.base)).toMatchObject({ state: 'building' });
      await expectUnusable('turn');
    });
    expect(await settled('turn')).toBe('ready');
    for (const { base } of [server, other]) {
      expect(await found('Patient?turn=M', base)).toEqual(['two']);
      expect(await found('Patient?turn=X', base)).toEqual([]);
    }
  });

  it('that changes again while it is built becomes usable with its last meaning only', async () => {
    await put(patient('thrice', 'Z', { gender: 'other' }));
    await whileBuilding(async () => {
      await put(parameter('thrice'));
      await put(parameter('thrice', { expression: 'Patient.gender' }), other.base);
    });
    expect(await settled('thrice')).toBe('ready');
    expect(await found('Patient?thrice=other&_id=thrice')).toEqual(['thrice']);
    expect(await found('Patient?thrice=Z')).toEqual([]);
    const { body } = await send('GET', `${server.base}/$reindex`);
    const reasons = body.parameter.flatMap(({ part }: { part: Part[] }) =>
      part.map((one) => one.valueString),
    );
    expect(reasons).toContain('Its search parameters were deleted, retired or changed again.');
  });

  it('is gone at once when it is deleted or retired, and complete when it comes back', async () => {
    await put(parameter('gone'));
    await settled('gone');
    expect((await send('DELETE', `${other.base}/SearchParameter/gone`)).status).toBe(204);
    await expectUnusable('gone');
    expect(await statusOf('gone')).toEqual({});
    await put(patient('back', 'back'));
    await put(parameter('gone'));
    await settled('gone');
    expect(await found('Patient?gone=back', other.base)).toEqual(['back']);
    await put(parameter('gone', { status: 'retired' }));
    await expectUnusable('gone');
    expect(await statusOf('gone')).toMatchObject({
      state: 'unused',
      reason: 'Its status is retired; only active parameters are used.',
    });
  });

  it('can be posted with what it finds, and with the parameters it is composed of, in one transaction', async () => {
    const entry = [
      parameter('pair', {
        type: 'composite',
        expression: 'Patient.contact',
        component: [
          { definition: 'http://example.org/SearchParameter/pair-kind', expression: 'relationship' },
          { definition: 'http://example.org/SearchParameter/pair-sex', expression: 'gender' },
        ],
      }),
      parameter('pair-kind', { expression: 'Patient.contact.relationship' }),
      parameter('pair-sex', { expression: 'Patient.contact.gender' }),
      {
        resourceType: 'Patient',
        id: 'paired',
        contact: [
          { relationship: [{ coding: [{ code: 'N' }] }], name: { text: 'Ann' }, gender: 'female' },
          { relationship: [{ coding: [{ code: 'C' }] }], name: { text: 'Ben' }, gender: 'male' },
        ],
      },
    ].map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    }));
    const answer = await send('POST', server.base, { resourceType: 'Bundle', type: 'transaction', entry });
    expect(answer.status).toBe(200);
    for (const id of ['pair', 'pair-kind', 'pair-sex']) expect(await settled(id)).toBe('ready');
    expect(await found('Patient?pair=N$female', other.base)).toEqual(['paired']);
    expect(await found('Patient?pair=N$male', other.base)).toEqual([]);
    expectRefusal(await send('DELETE', `${server.base}/SearchParameter/pair-sex`), 409, { code: 'conflict' });
    expectRefusal(
      await put(parameter('pair-sex', { expression: 'Patient.contact.gender', status: 'retired' })),
      409,
    );
    expect(await found('Patient?pair-sex=male', other.base)).toEqual(['paired']);
  });

  it('of a transaction that is undone leaves nothing; in a batch only what is wrong is refused', async () => {
    const entry = [parameter('undone'), parameter('undone-2', { expression: 'Patient.nonsense' })].map(
      (resource) => ({
        resource,
        request: { method: 'PUT', url: `SearchParameter/${resource.id}` },
      }),
    );
    const transaction = await send('POST', server.base, {
      resourceType: 'Bundle',
      type: 'transaction',
      entry,
    });
    expectRefusal(transaction, 422, { code: 'not-supported' });
    expect(transaction.body.issue[0].expression).toEqual(['Bundle.entry[1].resource.expression']);
    expect(await statusOf('undone')).toEqual({});
    const batch = await send('POST', server.base, { resourceType: 'Bundle', type: 'batch', entry });
    expect(
      batch.body.entry.map((one: { response: { status: string } }) => one.response.status.slice(0, 3)),
    ).toEqual(['201', '422']);
    expect(await settled('undone')).toBe('ready');
    expect((await send('GET', `${server.base}/SearchParameter/undone-2`)).status).toBe(404);
  });

  it('works in conditional requests and conditional references of the other process at once', async () => {
    await put(patient('wanted', 'rare'));
    await put(parameter('rare'));
    await settled('rare');
    const created = await send(
      'POST',
      `${other.base}/Patient`,
      { resourceType: 'Patient' },
      { 'if-none-exist': 'rare=rare' },
    );
    expect([created.status, created.body.id]).toEqual([200, 'wanted']);
    const { body } = await send('POST', `${other.base}/Observation`, {
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference: 'Patient?rare=rare' },
    });
    expect(body.subject.reference).toBe('Patient/wanted');
  });

  it('names the resource that cannot be indexed, is not used, and recovers by $reindex', async () => {
    await put(patient('broken', 'B'));
    await queryRows(server.databaseUrl, "UPDATE resource SET content = 'null' WHERE id = 'broken'");
    await put(parameter('brittle'));
    expect(await settled('brittle')).toBe('failed');
    expect((await statusOf('brittle')).reason).toMatch(/1 resources could not be indexed.*Patient\/broken/);
    await expectUnusable('brittle');
    await queryRows(server.databaseUrl, "UPDATE resource SET content = $1 WHERE id = 'broken'", [
      JSON.stringify(patient('broken', 'mended')),
    ]);
    await send('POST', `${server.base}/Patient/$reindex`);
    expect(await settled('brittle')).toBe('ready');
    expect(await found('Patient?brittle=mended', other.base)).toEqual(['broken']);
  });

  it('does not stop writers when terminology changes', async () => {
    const revision = async () =>
      (
        await queryRows<{ revision: string; index_revision: string }>(
          server.databaseUrl,
          'SELECT revision, index_revision FROM definitions_revision',
        )
      )[0]!;
    const before = await revision();
    await put({ resourceType: 'ValueSet', id: 'v', status: 'active' } as {
      resourceType: string;
      id: string;
    });
    const after = await revision();
    expect(Number(after.revision)).toBe(Number(before.revision) + 1);
    expect(after.index_revision).toBe(before.index_revision);
  });
});

/** Expressions over what a patient, an observation or both may hold, with a search that finds the resource. */
const KINDS: [
  id: string,
  changes: Record<string, unknown>,
  resource: Record<string, unknown>,
  search: string,
][] = [
  [
    'k-coding',
    { expression: `Patient.extension.where(url='${BLOOD}').value.as(Coding)` },
    { extension: [{ url: BLOOD, valueCoding: { system: 'urn:s', code: 'c' } }] },
    'urn:s|c',
  ],
  [
    'k-concept',
    { expression: `(Patient.extension('${BLOOD}').value as CodeableConcept)` },
    { extension: [{ url: BLOOD, valueCodeableConcept: { coding: [{ code: 'cc' }] } }] },
    'cc',
  ],
  ['k-any', {}, { extension: [{ url: BLOOD, valueBoolean: true }] }, 'true'],
  [
    'k-date',
    { type: 'date', expression: `Patient.extension('${BLOOD}').value.ofType(dateTime)` },
    { extension: [{ url: BLOOD, valueDateTime: '1871-03-04T10:00:00Z' }] },
    '1871-03',
  ],
  [
    'k-string',
    { type: 'string', expression: `Patient.extension('${BLOOD}').value` },
    { extension: [{ url: BLOOD, valueString: 'Ångström' }] },
    'angs',
  ],
  [
    'k-number',
    { type: 'number', expression: `Patient.extension('${BLOOD}').value` },
    { extension: [{ url: BLOOD, valueInteger: 4711 }] },
    '4711',
  ],
  [
    'k-quantity',
    { type: 'quantity', expression: `Patient.extension('${BLOOD}').value` },
    { extension: [{ url: BLOOD, valueQuantity: { value: 12.5, unit: 'furlong' } }] },
    '12.5',
  ],
  [
    'k-uri',
    { type: 'uri', expression: `Patient.extension('${BLOOD}').value` },
    { extension: [{ url: BLOOD, valueUri: 'urn:k:uri' }] },
    'urn:k:uri',
  ],
  [
    'k-reference',
    { type: 'reference', target: ['Organization'], expression: `Patient.extension('${BLOOD}').value` },
    { extension: [{ url: BLOOD, valueReference: { reference: 'Organization/o' } }] },
    'Organization/o',
  ],
  [
    'k-nested',
    { expression: "Patient.extension('urn:outer').extension('urn:inner').value.as(FHIR.Coding).code" },
    { extension: [{ url: 'urn:outer', extension: [{ url: 'urn:inner', valueCoding: { code: 'deep' } }] }] },
    'deep',
  ],
  [
    'k-primitive',
    { type: 'date', expression: "Patient.birthDate.extension('urn:time').value" },
    {
      birthDate: '1850-01-01',
      _birthDate: { extension: [{ url: 'urn:time', valueDateTime: '1850-01-01T03:00:00Z' }] },
    },
    '1850-01-01T03:00:00Z',
  ],
  [
    'k-inner',
    { base: ['DomainResource'], expression: "DomainResource.meta.extension('urn:m').value" },
    { meta: { extension: [{ url: 'urn:m', valueCode: 'in-meta' }] } },
    'in-meta',
  ],
  [
    'k-alternatives',
    {
      base: ['Patient', 'Observation'],
      expression: "Observation.method | Patient.extension('urn:alt').value",
    },
    { extension: [{ url: 'urn:alt', valueCode: 'alt' }] },
    'alt',
  ],
];

describe('expressions over', () => {
  it.each(KINDS)('%s', async (id, changes, resource, search) => {
    await put({ resourceType: 'Patient', id, ...resource });
    const answer = await put(parameter(id, changes));
    expect([answer.status, answer.body.issue]).toEqual([201, undefined]);
    expect(await settled(id)).toBe('ready');
    expect(await found(`Patient?${id}=${encodeURIComponent(search)}&_id=${id}`)).toEqual([id]);
    await send('DELETE', `${server.base}/Patient/${id}`);
    expect(await found(`Patient?${id}=${encodeURIComponent(search)}`)).not.toContain(id);
  });
});

describe('a search parameter that cannot be used', () => {
  const refusals: [
    what: string,
    changes: Record<string, unknown>,
    element: string,
    status: number,
    message: RegExp,
  ][] = [
    ['no expression', { expression: undefined }, 'expression', 422, /needs an expression/],
    ['a type of its own', { type: 'special' }, 'type', 422, /special/],
    ['a code that FHIR keeps', { code: '_sort' }, 'code', 422, /belong to FHIR/],
    ['a code that no URL can hold', { code: 'a:b' }, 'code', 422, /"a:b" cannot be searched by/],
    ['bad syntax', { expression: 'Patient.name.(' }, 'expression', 422, /character 13.*unexpected "\("/],
    [
      'an unknown element',
      { expression: 'Patient.name.fun' },
      'expression',
      422,
      /character 13 \("fun"\).*No such element/,
    ],
    ['another root', { expression: 'Practitioner.name' }, 'expression', 422, /Patient.*nothing to index/],
    [
      'a function',
      { expression: 'Patient.name.count() > 1' },
      'expression',
      422,
      /character 21.*Unsupported/,
    ],
    [
      'a filter by number',
      { expression: 'Patient.multipleBirth.where(value = 1)' },
      'expression',
      422,
      /Unsupported/,
    ],
    [
      'a filter by no element',
      { expression: "Patient.telecom.where(sistem = 'x').value" },
      'expression',
      422,
      /character 16/,
    ],
    [
      'two filters',
      { expression: "Patient.telecom.where(system = 'x').where(use = 'y').value" },
      'expression',
      422,
      /character 36/,
    ],
    [
      'an index into several lists',
      { expression: 'Patient.name.given[0]' },
      'expression',
      422,
      /Unsupported/,
    ],
    [
      'nothing of its type',
      { type: 'date', expression: 'Patient.name' },
      'expression',
      422,
      /nothing to index as date/,
    ],
    [
      'one base of two',
      { base: ['Patient', 'Observation'], expression: 'Patient.photo.title', type: 'string' },
      'expression',
      422,
      /for Observation/,
    ],
    [
      'an element few resources have',
      { base: ['Resource'], expression: "Resource.extension('urn:x').value" },
      'expression',
      422,
      /for Binary|for Bundle/,
    ],
    ['no components', { type: 'composite', expression: 'Patient' }, 'component', 422, /needs its components/],
    [
      'unknown components',
      {
        type: 'composite',
        expression: 'Patient',
        component: [{ definition: 'urn:none', expression: 'gender' }],
      },
      'component[0].definition',
      422,
      /no search parameter urn:none/,
    ],
    [
      'components in no order',
      {
        type: 'composite',
        expression: 'Patient',
        component: [
          { definition: 'http://hl7.org/fhir/SearchParameter/individual-birthdate', expression: 'birthDate' },
          { definition: 'http://hl7.org/fhir/SearchParameter/individual-gender', expression: 'gender' },
        ],
      },
      'component',
      422,
      /a composite is a token/,
    ],
    [
      'a published code',
      { code: 'birthdate' },
      'code',
      409,
      /already: http:\/\/hl7.org\/fhir\/SearchParameter\/individual-birthdate/,
    ],
    [
      'a published url',
      { url: 'http://hl7.org/fhir/SearchParameter/Patient-active' },
      'url',
      409,
      /that of another/,
    ],
  ];

  it.each(refusals)('for %s', async (_what, changes, element, status, message) => {
    const answer = await put(parameter('never', changes));
    expectRefusal(answer, status);
    expect(answer.body.issue[0].expression).toEqual([`SearchParameter.${element}`]);
    expect(answer.body.issue[0].diagnostics).toMatch(message);
    expect((await send('GET', `${server.base}/SearchParameter/never`)).status).toBe(404);
    expect((await put(parameter('draft', { ...changes, status: 'draft' }))).status).toBeLessThan(300);
    expect(await statusOf('draft')).toMatchObject(changes.url ? {} : { state: 'unused' });
  });

  it.each([
    ['an unknown base', { base: ['Patient', 'Patent'] }, 'base[1]', /'Patent' is not in the value set/],
    ['an unknown target', { type: 'reference', target: ['X'] }, 'target[0]', /'X' is not in the value set/],
  ])('for %s, as a draft either', async (_what, changes, element, diagnostics) => {
    const expression = [`SearchParameter.${element}`];
    expectRefusal(await put(parameter('never', changes)), 400, { expression, diagnostics });
    expectRefusal(await put(parameter('never', { ...changes, status: 'draft' })), 400, { expression });
  });

  it('for a code or url that another one has', async () => {
    await put(parameter('first', { code: 'shared' }));
    const code = await put(
      parameter('second', {
        code: 'shared',
        base: ['Observation', 'Patient'],
        expression: "DomainResource.extension('urn:x').value",
      }),
    );
    expectRefusal(code, 409, { code: 'duplicate' });
    expect(code.body.issue[0].diagnostics).toContain('http://example.org/SearchParameter/first');
    const url = await put(parameter('third', { url: 'http://example.org/SearchParameter/first' }));
    expectRefusal(url, 409, { code: 'duplicate' });
    const elsewhere = parameter('fourth', {
      code: 'shared',
      base: ['Observation'],
      expression: 'Observation.method',
    });
    expect((await put(elsewhere)).status).toBe(201);
  });

  it('but one that repeats a published parameter is kept as such', async () => {
    expect((await put(parameter('name', { type: 'string', expression: 'Patient.name' }))).status).toBe(201);
    expect(await statusOf('name')).toMatchObject({
      state: 'unused',
      reason: 'It means the same as http://hl7.org/fhir/SearchParameter/Patient-name, which is in use.',
    });
  });
});

// Last, because it leaves thousands of resources behind that every later index has to cover.
describe('while others write', () => {
  it('misses nothing that others write while it is built, and is unknown until then', async () => {
    const expected: string[] = [];
    let writing = true;
    const writer = async (n: number) => {
      const { base } = n % 2 === 0 ? server : other;
      for (let turn = 0; writing; turn++) {
        const id = `busy-${n}-${turn}`;
        const entry = Array.from({ length: 35 }, (_, i) => ({
          resource: patient(`${id}-${i}`, 'busy'),
          request: { method: 'PUT', url: `Patient/${id}-${i}` },
        }));
        const answers =
          turn % 3 === 0
            ? [await send('POST', base, { resourceType: 'Bundle', type: 'transaction', entry })]
            : [await put(patient(id, 'idle'), base), await put(patient(id, 'busy'), base)];
        for (const answer of answers) expect([200, 201]).toContain(answer.status);
        await pause();
        expected.push(...(turn % 3 === 0 ? entry.map(({ resource }) => resource.id) : [id]));
      }
    };
    const writers = Promise.all([0, 1, 2, 3].map(writer));
    try {
      await whileBuilding(async () => {
        expect((await put(parameter('busy'))).status).toBe(201);
        expect(await statusOf('busy', other.base)).toMatchObject({ state: 'building', code: 'busy' });
        await expectUnusable('busy');
      });
      expect(await settled('busy')).toBe('ready');
    } finally {
      writing = false;
      await writers;
    }
    expect(expected.length).toBeGreaterThan(40);
    for (const { base } of [server, other]) {
      expect(await found('Patient?busy=busy&_count=1000', base)).toEqual(expected.toSorted());
      expect(await found('Patient?busy=idle', base)).toEqual([]);
    }
  });
});
