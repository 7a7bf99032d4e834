// Vital signs as they are written: judged by the ranges in force, annotated where the client says nothing.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Json, post, transaction } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let one: TestServer;
let two: TestServer;
beforeAll(async () => {
  one = await startTestServer({ VITALS: 'annotate' });
  two = await startTestServer({ VITALS: 'annotate', DATABASE_URL: one.databaseUrl });
  const until = Date.now() + 20_000;
  const shipped = async () =>
    (await send('GET', `${one.base}/ObservationDefinition?_summary=count`)).body.total;
  while ((await shipped()) < 16 && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const patient = { resourceType: 'Patient', gender: 'female', birthDate: '1980-02-29' };
  await send('PUT', `${one.base}/Patient/adult`, { ...patient, id: 'adult' });
  await send('PUT', `${one.base}/Patient/infant`, { ...patient, id: 'infant', birthDate: '2024-01-10' });
});
afterAll(async () => {
  await two.stop();
  await one.stop();
});

const heartRate = (value: number, more: Json = {}): Json => ({
  ...{ resourceType: 'Observation', status: 'final', subject: { reference: 'Patient/adult' } },
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  effectiveDateTime: '2024-06-01T10:00:00Z',
  valueQuantity: { value, unit: 'beats/minute', system: 'http://unitsofmeasure.org', code: '/min' },
  ...more,
});
const codeOf = ({ interpretation }: Json) => interpretation?.[0]?.coding?.[0]?.code;
const create = async (server: TestServer, observation: Json) => {
  const { status, body } = await send('POST', `${server.base}/Observation`, observation);
  expect({ status, issue: body.issue }).toEqual({ status: 201, issue: undefined });
  return body;
};

describe('an Observation of a vital sign', () => {
  it('gets interpretation and reference range, said to be computed, which are found by search', async () => {
    const stored = await create(one, heartRate(72));
    expect(codeOf(stored)).toBe('N');
    expect(stored.referenceRange).toHaveLength(1);
    expect(stored.meta.tag).toContainEqual(expect.objectContaining({ code: 'computed' }));
    expect(JSON.stringify(stored.interpretation)).toContain('ObservationDefinition/salus-heart-rate');
    const high = await create(two, heartRate(190));
    expect(codeOf(high)).toBe('HH');
    const { body } = await send('GET', `${one.base}/Observation?combo-code=8867-4&_elements=interpretation`);
    expect(body.entry.map(({ resource }: Json) => codeOf(resource)).sort()).toEqual(['HH', 'N']);
  });

  it('is judged by the age of the patient, of the same transaction too', async () => {
    const infant = heartRate(140, { subject: { reference: 'Patient/infant' } });
    expect(codeOf(await create(one, infant))).toBe('N');
    const fullUrl = 'urn:uuid:4b2b7f6e-8c1d-4a7e-9f51-0a9f6d1f0a01';
    const newborn = { resourceType: 'Patient', birthDate: '2024-01-10' };
    const entries = [post(newborn, fullUrl), post(heartRate(140, { subject: { reference: fullUrl } }))];
    const { body } = await send('POST', one.base, transaction(entries), { prefer: 'return=representation' });
    expect(codeOf(body.entry[1].resource)).toBe('N');
    expect(codeOf(await create(one, heartRate(140)))).toMatch(/^HH?$/);
  });

  it('keeps what the client says, and is as it was when it is sent back', async () => {
    const own = [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: 'N' }],
      },
    ];
    const stored = await create(one, heartRate(190, { interpretation: own }));
    expect(stored.interpretation).toEqual(own);
    const computed = await create(one, heartRate(80));
    const { status, body } = await send('PUT', `${one.base}/Observation/${computed.id}`, computed);
    expect({ status, version: body.meta.versionId }).toEqual({ status: 200, version: '1' });
    const corrected = { ...computed, valueQuantity: { ...computed.valueQuantity, value: 190 } };
    expect(codeOf((await send('PUT', `${two.base}/Observation/${computed.id}`, corrected)).body)).toBe('HH');
    const mistaken = { ...corrected, status: 'entered-in-error' };
    const { body: withdrawn } = await send('PUT', `${one.base}/Observation/${computed.id}`, mistaken);
    expect(withdrawn.interpretation).toBeUndefined();
    expect(withdrawn.meta.tag).toBeUndefined();
  });
});

it('leaves Observations that meet the definitions of what is added', async () => {
  const own = [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code: 'N' }] },
  ];
  for (const observation of [heartRate(72), heartRate(190), heartRate(190, { interpretation: own })]) {
    const stored = await create(one, observation);
    const { body } = await send('POST', `${one.base}/Observation/$validate`, stored);
    expect(
      body.issue.filter(({ severity, code }: Json) => severity === 'error' || code === 'extension'),
    ).toEqual([]);
  }
  const panel = {
    ...{ resourceType: 'Observation', status: 'final', subject: { reference: 'Patient/adult' } },
    ...{
      code: { coding: [{ system: 'http://loinc.org', code: '85354-9' }] },
      effectiveDateTime: '2024-06-01',
    },
    component: [
      ['8480-6', 190],
      ['8462-4', 80],
    ].map(([code, value]) => ({
      code: { coding: [{ system: 'http://loinc.org', code }] },
      valueQuantity: { value, system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
    })),
  };
  const stored = await create(two, panel);
  expect(stored.component.map(codeOf)).toEqual(['HH', 'N']);
  const { body } = await send('POST', `${two.base}/Observation/$validate`, stored);
  expect(
    body.issue.filter(({ severity, code }: Json) => severity === 'error' || code === 'extension'),
  ).toEqual([]);
});

describe('ranges', () => {
  it('count at once in every process when they change, and say their version', async () => {
    const { body: definition } = await send('GET', `${one.base}/ObservationDefinition/salus-heart-rate`);
    for (const [turn, high] of [
      [1, 65],
      [2, 100],
    ] as const) {
      const changed = structuredClone(definition);
      for (const interval of changed.qualifiedInterval) {
        const adult = interval.age?.low?.value >= 16 || interval.age === undefined;
        const { low } = interval.range;
        if (interval.category === 'reference' && adult && low.value < high) interval.range.high.value = high;
      }
      const put = await send('PUT', `${one.base}/ObservationDefinition/salus-heart-rate`, changed);
      expect({ turn, status: put.status, issue: put.body.issue }).toEqual({
        turn,
        status: 200,
        issue: undefined,
      });
      for (const server of [two, one]) {
        const stored = await create(server, heartRate(80));
        expect({ turn, code: codeOf(stored) }).toEqual({ turn, code: high === 65 ? 'H' : 'N' });
        expect(JSON.stringify(stored.interpretation)).toContain(put.body.meta.versionId);
      }
    }
  });
});
