// What the record says of a patient, as vital signs are judged with it: pregnancies, flags, answers; whatever came first.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import knex from 'knex';
import pg from 'pg';
import { type Json, post, transaction } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  await untilShipped(server);
});
afterAll(() => server.stop());

const untilShipped = async ({ base }: TestServer) => {
  const until = Date.now() + 20_000;
  const total = async () => (await send('GET', `${base}/ObservationDefinition?_summary=count`)).body.total;
  while ((await total()) < 16 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
};

const snomed = (code: string) => ({ coding: [{ system: 'http://snomed.info/sct', code }] });
const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] });
const patient = (id: string, more: Json = {}) => ({
  ...{ resourceType: 'Patient', id, gender: 'female', birthDate: '1990-02-28' },
  ...more,
});
const clinical = (code: string) => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code }],
});
const condition = (of: string, code: string, more: Json = {}) => ({
  ...{ resourceType: 'Condition', subject: { reference: of }, code: snomed(code) },
  clinicalStatus: clinical('active'),
  ...more,
});
const scale2 = (of: string, more: Json = {}) => ({
  ...{ resourceType: 'Flag', status: 'active', subject: { reference: of } },
  code: { coding: [{ system: 'https://salus.example/fhir/CodeSystem/scores', code: 'spo2-scale-2' }] },
  ...more,
});
const answer = (of: string, code: string, when: string) => ({
  ...{ resourceType: 'Observation', status: 'final', subject: { reference: of }, code: loinc('82810-3') },
  ...{ effectiveDateTime: when, valueCodeableConcept: loinc(code) },
});
const reading = (of: string, code: string, value: number, unit: string, more: Json = {}) => ({
  ...{ resourceType: 'Observation', status: 'final', subject: { reference: of }, code: loinc(code) },
  effectiveDateTime: '2024-06-01T10:00:00Z',
  valueQuantity: { value, unit, system: 'http://unitsofmeasure.org', code: unit },
  ...more,
});
const heartRate = (of: string, value: number, more: Json = {}) => reading(of, '8867-4', value, '/min', more);

const create = async (resource: Json): Promise<Json> => {
  const { status, body } = await send('POST', `${server.base}/${resource.resourceType}`, resource);
  expect({ status, issue: body.issue }).toEqual({ status: 201, issue: undefined });
  return body;
};
const update = async (resource: Json): Promise<Json> => {
  const { body } = await send('PUT', `${server.base}/${resource.resourceType}/${resource.id}`, resource);
  expect(body.issue).toBeUndefined();
  return body;
};
const rangeOf = ({ referenceRange: [{ low, high }] }: Json) => `${low?.value ?? ''}-${high?.value ?? ''}`;
const contextsOf = async (id: string): Promise<string[]> => {
  const { status, body } = await send('GET', `${server.base}/Observation/${id}/$evaluate`);
  expect(status).toBe(200);
  const { part } = body.parameter.find(({ name }: Json) => name === 'patient');
  return part
    .filter(({ name }: Json) => name === 'context')
    .map(({ part: [code] }: Json) => code.valueCoding.code);
};

describe('the range that decides', () => {
  it('is that of pregnancy while a Condition says so', async () => {
    const of = 'Patient/pregnant';
    await update(patient('pregnant'));
    const before = rangeOf(await create(heartRate(of, 72)));
    const stored = await create(condition(of, '77386006', { onsetDateTime: '2024-01-15' }));
    const during = rangeOf(await create(heartRate(of, 72)));
    expect(during).not.toBe(before);
    expect(rangeOf(await create(heartRate(of, 72, { effectiveDateTime: '2024-01-14' })))).toBe(before);
    await update({ ...stored, clinicalStatus: clinical('resolved'), abatementDateTime: '2024-05-20' });
    expect(rangeOf(await create(heartRate(of, 72)))).toBe(before);
    expect(rangeOf(await create(heartRate(of, 72, { effectiveDateTime: '2024-05-20T09:00:00Z' })))).toBe(
      during,
    );
    const system = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
    await update({ ...stored, verificationStatus: { coding: [{ system, code: 'refuted' }] } });
    expect(rangeOf(await create(heartRate(of, 72)))).toBe(before);
    await update(stored);
    expect(rangeOf(await create(heartRate(of, 72)))).toBe(during);
    await send('DELETE', `${server.base}/Condition/${stored.id}`);
    expect(rangeOf(await create(heartRate(of, 72)))).toBe(before);
  });

  it('is that of the latest answer', async () => {
    const of = 'Patient/asked';
    await update(patient('asked'));
    const before = rangeOf(await create(heartRate(of, 72)));
    await create(answer(of, 'LA26683-5', '2024-05-01'));
    await create(answer(of, 'LA15173-0', '2024-03-01'));
    expect(rangeOf(await create(heartRate(of, 72)))).toBe(before);
    expect(rangeOf(await create(heartRate(of, 72, { effectiveDateTime: '2024-04-01' })))).not.toBe(before);
    await create(answer(of, 'LA15173-0', '2024-05-20'));
    expect(rangeOf(await create(heartRate(of, 72)))).not.toBe(before);
  });

  it('is that of SpO2 scale 2 where a clinician flagged it', async () => {
    const of = 'Patient/hypercapnic';
    await update(patient('hypercapnic'));
    const spo2 = () => reading(of, '59408-5', 90, '%');
    const before = rangeOf(await create(spo2()));
    const flag = await create(scale2(of, { period: { start: '2024-01-01' } }));
    const after = rangeOf(await create(spo2()));
    expect(after).not.toBe(before);
    await update({ ...flag, status: 'inactive' });
    expect(rangeOf(await create(spo2()))).toBe(before);
    await create(
      scale2(of, { identifier: [{ system: 'https://salus.example/fhir/sid/alerts', value: 'x' }] }),
    );
    expect(rangeOf(await create(spo2()))).toBe(before);
  });

  it('is that of a gestational age at birth, where ranges ask for one', async () => {
    const weeks = (value: number) => ({ value, system: 'http://unitsofmeasure.org', code: 'wk' });
    const definition = {
      ...{ resourceType: 'ObservationDefinition', id: 'preterm-rate', code: loinc('8867-4') },
      quantitativeDetails: { unit: { coding: [{ system: 'http://unitsofmeasure.org', code: '/min' }] } },
      qualifiedInterval: [
        { category: 'reference', range: { low: { value: 111 } }, gestationalAge: { high: weeks(36) } },
      ],
    };
    const of = 'Patient/preterm';
    await update(patient('preterm', { birthDate: '2024-05-31' }));
    const birth = { effectiveDateTime: '2024-05-31' };
    await create(reading(of, '76516-4', 35.5, 'wk', birth));
    const before = rangeOf(await create(heartRate(of, 150)));
    await update(definition);
    expect(rangeOf(await create(heartRate(of, 150)))).toMatch(/^111-/);
    await create(reading(of, '76516-4', 259, 'd', { effectiveDateTime: '2024-06-01' }));
    expect(rangeOf(await create(heartRate(of, 150)))).toBe(before);
    await send('DELETE', `${server.base}/ObservationDefinition/preterm-rate`);
  });

  it('is not that of another patient', async () => {
    await update(patient('other'));
    await update(patient('expecting'));
    await create(condition('Patient/expecting', '77386006'));
    const [one, two] = [
      await create(heartRate('Patient/other', 72)),
      await create(heartRate('Patient/expecting', 72)),
    ];
    expect(rangeOf(one)).not.toBe(rangeOf(two));
    const together = transaction([
      post(heartRate('Patient/other', 72)),
      post(heartRate('Patient/expecting', 72)),
    ]);
    const { body } = await send('POST', server.base, together, { prefer: 'return=representation' });
    expect(body.entry.map(({ resource }: Json) => rangeOf(resource))).toEqual([rangeOf(one), rangeOf(two)]);
  });

  it('is that of what is written beside it', async () => {
    const [urn, conditionUrn] = [1, 2].map((n) => `urn:uuid:4b2b7f6e-8c1d-4a7e-9f51-0a9f6d1f0b0${n}`);
    const entries = [
      post(heartRate(urn!, 72), 'urn:uuid:4b2b7f6e-8c1d-4a7e-9f51-0a9f6d1f0b03'),
      post(condition(urn!, '77386006'), conditionUrn),
      post({ resourceType: 'Patient', gender: 'female', birthDate: '1990-02-28' }, urn),
    ];
    const { body } = await send('POST', server.base, transaction(entries), {
      prefer: 'return=representation',
    });
    const [stored, { id }] = body.entry.map(({ resource }: Json) => resource);
    const of = stored.subject.reference;
    expect(rangeOf(await create(heartRate(of, 72)))).toBe(rangeOf(stored));
    const ending = transaction([
      { request: { method: 'DELETE', url: `Condition/${id}` } },
      post(heartRate(of, 72)),
    ]);
    const after = await send('POST', server.base, ending, { prefer: 'return=representation' });
    const later = rangeOf(after.body.entry[1].resource);
    expect(later).not.toBe(rangeOf(stored));
    expect(rangeOf(await create(heartRate(of, 72)))).toBe(later);
  });
});

it('is the same whatever was written first', async () => {
  const writes = (of: string) => [
    condition(of, '165517008'),
    condition(of, '77386006', { clinicalStatus: clinical('resolved'), abatementDateTime: '2024-02-01' }),
    scale2(of),
    answer(of, 'LA15173-0', '2024-05-01'),
    answer(of, 'LA26683-5', '2023-05-01'),
  ];
  const found: string[][] = [];
  for (const [turn, order] of [
    [0, 1, 2, 3, 4],
    [4, 3, 2, 1, 0],
    [2, 4, 1, 0, 3],
  ].entries()) {
    const id = `any-order-${turn}`;
    await update(patient(id));
    const all = writes(`Patient/${id}`);
    for (const place of order) await create(all[place]);
    found.push(await contextsOf((await create(heartRate(`Patient/${id}`, 72))).id));
  }
  expect(found[0]!.toSorted()).toEqual(['165517008', 'LA15173-0', 'spo2-scale-2']);
  expect(found).toEqual([found[0], found[0], found[0]]);
});

it('is known of what was stored before there were rows for it', async () => {
  const of = 'Patient/earlier';
  await update(patient('earlier'));
  await create(condition(of, '72892002', { subject: { reference: `${of}/_history/1` } }));
  await create(scale2(of));
  await create(answer(of, 'LA15173-0', '2024-05-01'));
  const { id } = await create(heartRate(of, 72));
  const known = await contextsOf(id);
  expect(known).toHaveLength(3);
  const client = new pg.Client({ connectionString: server.databaseUrl });
  const database = knex({ client: 'pg', connection: server.databaseUrl });
  await client.connect();
  try {
    const rows = async () =>
      (
        await client.query(
          "SELECT hash, key FROM search_token JOIN resource USING (key) WHERE type <> 'Patient' ORDER BY 1, 2",
        )
      ).rows;
    const lists = async () =>
      (
        await client.query(
          'SELECT id, (SELECT array_agg(t ORDER BY t) FROM unnest(tokens) t) FROM resource ORDER BY id',
        )
      ).rows;
    const before = [await rows(), await lists()];
    const hashes = `SELECT search_hash('Patient', 'fact', s || '|' || c) AS hash FROM unnest($1::text[]) s, unnest($2::text[]) c`;
    const subjects = (
      await client.query("SELECT 'Patient/' || id AS name FROM resource WHERE type = 'Patient'")
    ).rows;
    const codes = ['77386006', '165517008'].map((code) => `http://snomed.info/sct|${code}`);
    codes.push('http://loinc.org|82810-3', 'https://salus.example/fhir/CodeSystem/scores|spo2-scale-2');
    const values = [subjects.map(({ name }) => name), codes];
    const removed = await client.query(`DELETE FROM search_token WHERE hash IN (${hashes})`, values);
    expect(removed.rowCount).toBeGreaterThan(10);
    await client.query(
      `UPDATE resource SET tokens = (SELECT coalesce(array_agg(t), '{}') FROM unnest(tokens) t WHERE t NOT IN (${hashes}))`,
      values,
    );
    expect(await contextsOf(id)).toEqual([]);
    const { up } = await import('../../migrations/0007_facts_of_patients.ts');
    await database.transaction((tx) => up(tx as never));
    expect(await contextsOf(id)).toEqual(known);
    expect([await rows(), await lists()]).toEqual(before);
  } finally {
    await client.end();
    await database.destroy();
  }
});

it('is known under an absolute reference too', async () => {
  await update(patient('absolute'));
  const before = rangeOf(await create(heartRate('Patient/absolute', 72)));
  // One of the addresses that a server on PORT 0 takes for its own.
  const of = 'http://localhost:0/fhir/R4/Patient/absolute';
  await create(condition(of, '77386006'));
  expect(rangeOf(await create(heartRate('Patient/absolute', 72)))).not.toBe(before);
  expect(rangeOf(await create(heartRate(of, 72)))).not.toBe(before);
});

it('is read again where the patient has changed since a reading before', async () => {
  const of = 'Patient/changing';
  await update({ ...patient('changing'), birthDate: '1980-02-29' });
  const judged = async () => rangeOf(await create(heartRate(of, 72)));
  const adult = await judged();
  expect(await judged()).toEqual(adult);
  await update({ ...patient('changing'), birthDate: '2024-01-10' });
  const infant = await judged();
  expect(infant).not.toEqual(adult);
  await update({ ...patient('changing'), birthDate: '1980-02-29' });
  expect(await judged()).toEqual(adult);
  await create(condition(of, '77386006'));
  expect(await judged()).not.toEqual(adult);
});
