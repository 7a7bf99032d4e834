// Patient/[id]/$vitals-summary: what was measured is followed up by the server, then asked for.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../server/config.ts';
import { type Monitor, startMonitor } from '../../server/monitor/startMonitor.ts';
import { createServices, type Services } from '../../server/services.ts';
import { createLogger } from '../../server/telemetry.ts';
import type { Json } from '../bundles/bundleSupport.ts';
import { queryRows } from '../support/rowCounts.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { expectRefusal } from './expectRefusal.ts';

const HOUR = 3_600_000;
const NOW = Date.now();
const ago = (hours: number) => new Date(NOW - hours * HOUR).toISOString();
const ucum = 'http://unitsofmeasure.org';

let server: TestServer;
let services: Services;
let monitor: Monitor;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  services = await createServices(
    readConfig({
      DATABASE_URL: server.databaseUrl,
      DATA_DIR: 'node_modules/.cache/salus-test',
      LOG_LEVEL: 'error',
      VITALS: 'annotate',
    }),
    createLogger('error'),
  );
  monitor = startMonitor(services);
  await until(async () => {
    const [signs, policies] = await Promise.all(
      ['ObservationDefinition', 'PlanDefinition'].map(
        async (type) => (await send('GET', `${server.base}/${type}?_summary=count`)).body.total,
      ),
    );
    return signs >= 16 && policies >= 1;
  });
  for (const [id, birthDate] of [
    ['adult', '1980-02-29'],
    ['empty', '1980-02-29'],
    ['unborn', undefined],
    ['child', `${new Date().getUTCFullYear() - 8}-01-01`],
  ]) {
    await put({ resourceType: 'Patient', id, gender: 'female', ...(birthDate && { birthDate }) });
  }
});
afterAll(async () => {
  await monitor.stop();
  await services.close();
  await server.stop();
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('It did not come to that.');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
const put = async (resource: Json): Promise<Json> => {
  const { resourceType, id } = resource;
  const { status, body } = await send('PUT', `${server.base}/${resourceType}/${id}`, resource);
  expect({ ok: status === 200 || status === 201, issue: body.issue }).toEqual({ ok: true, issue: undefined });
  return body;
};
const concept = (system: string, code: string) => ({ coding: [{ system, code }] });
const loinc = (code: string) => concept('http://loinc.org', code);
const quantity = (value: number, unit: string) => ({
  valueQuantity: { value, unit, system: ucum, code: unit },
});
const observation = (patient: string, id: string, hours: number, more: Json): Json => ({
  ...{ resourceType: 'Observation', id: `${patient}-${id}`, status: 'final' },
  ...{ subject: { reference: `Patient/${patient}` }, effectiveDateTime: ago(hours) },
  ...more,
});
const heartRate = (patient: string, id: string, hours: number, value: number) =>
  observation(patient, id, hours, { code: loinc('8867-4'), ...quantity(value, '/min') });
/** All that NEWS2 asks for but the pulse. */
const others = (patient: string, hours: number): Json[] => [
  observation(patient, 'rr', hours, { code: loinc('9279-1'), ...quantity(18, '/min') }),
  observation(patient, 'spo2', hours, {
    code: loinc('59408-5'),
    ...quantity(95, '%'),
  }),
  observation(patient, 'o2', hours, {
    code: loinc('3150-0'),
    ...quantity(21, '%'),
  }),
  observation(patient, 'bp', hours, {
    code: loinc('85354-9'),
    component: [
      { code: loinc('8480-6'), ...quantity(120, 'mm[Hg]') },
      { code: loinc('8462-4'), ...quantity(70, 'mm[Hg]') },
    ],
  }),
  observation(patient, 'temp', hours, { code: loinc('8310-5'), ...quantity(99.5, '[degF]') }),
  observation(patient, 'acvpu', hours, {
    code: loinc('80288-4'),
    valueCodeableConcept: concept('http://snomed.info/sct', '248234008'),
  }),
];

async function followedUp(): Promise<void> {
  await until(async () => (await queryRows(server.databaseUrl, 'SELECT FROM vital_queue')).length === 0);
}

interface Part {
  name: string;
  part?: Part[];
  [value: string]: unknown;
}
/** Parameters as lists by name; of parts the same again. */
function read(parameters: Part[]): Json {
  const value = ({ name: _, part, ...rest }: Part) => (part ? read(part) : Object.values(rest)[0]);
  const groups = Map.groupBy(parameters, ({ name }) => name);
  return Object.fromEntries([...groups].map(([name, all]) => [name, all.map(value)]));
}
async function summary(patient: string): Promise<Json> {
  const { status, body } = await send('GET', `${server.base}/Patient/${patient}/$vitals-summary`);
  expect({ status, issue: body.issue }).toEqual({ status: 200, issue: undefined });
  const validated = await send('POST', `${server.base}/Parameters/$validate`, {
    resourceType: 'Parameters',
    parameter: [{ name: 'resource', resource: body }],
  });
  expect(validated.body.issue.filter(({ severity }: Json) => severity === 'error')).toEqual([]);
  return read(body.parameter);
}
const sign = ({ vitalSign = [] }: Json, code: string): Json =>
  vitalSign.find((each: Json) => each.code[0].code === code);

describe('$vitals-summary', () => {
  beforeAll(async () => {
    for (const [hours, value] of [
      [24 * 30, 200],
      [24 * 6, 66],
      [20, 70],
      [3, 76],
      [0.2, 135],
    ] as const) {
      await put(heartRate('adult', `hr-${hours}`, hours, value));
    }
    for (const each of others('adult', 0.3)) await put(each);
    await put(observation('adult', 'no-vital', 0.1, { code: loinc('718-7'), ...quantity(14, 'g/dL') }));
    await followedUp();
  });

  it('tells the latest of each vital sign, the range that decided, and where it was found', async () => {
    const { body: definition } = await send('GET', `${server.base}/ObservationDefinition/salus-heart-rate`);
    const all = await summary('adult');
    expect(all.patient).toEqual([{ reference: 'Patient/adult' }]);
    expect(Date.parse(all.at[0])).toBeGreaterThanOrEqual(NOW);
    const found = sign(all, '8867-4');
    expect(found).toMatchObject({
      value: [{ value: 135, unit: '/min', system: ucum, code: '/min' }],
      effective: [ago(0.2)],
      interpretation: [{ code: 'HH' }],
      observation: [{ reference: 'Observation/adult-hr-0.2/_history/1' }],
    });
    const [range] = found.range;
    const version = definition.meta.versionId;
    expect(range.definition).toEqual([
      { reference: `ObservationDefinition/salus-heart-rate/_history/${version}` },
    ]);
    expect([range.category, range.source]).toEqual([['critical'], ['population']]);
    const interval = definition.qualifiedInterval[range.interval[0]];
    expect(interval.range.high.value).toBe(range.high[0].value);
    expect(found.normal[0].high[0].value).toBeLessThan(range.high[0].value);
    expect(found.text).toEqual(['Heart rate 135 /min: critically high']);
  });

  it('tells values of components, converted ones and coded ones', async () => {
    const all = await summary('adult');
    expect(sign(all, '8480-6')).toMatchObject({
      value: [{ value: 120, unit: 'mm[Hg]' }],
      interpretation: [{ code: 'N' }],
      observation: [{ reference: 'Observation/adult-bp/_history/1' }],
    });
    expect(sign(all, '8462-4').value).toMatchObject([{ value: 70 }]);
    expect(sign(all, '8310-5').value).toMatchObject([{ value: 37.5, code: 'Cel' }]);
    const codes = all.vitalSign.map((each: Json) => each.code[0].code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes).not.toContain('718-7');
    expect(codes).not.toContain('85354-9');
    expect(all.vitalSign.map((each: Json) => each.value[0])).toContain('248234008');
  });

  it('tells what was before, and how far the readings went in a day and a week', async () => {
    const found = sign(await summary('adult'), '8867-4');
    expect(found.previous.map((each: Json) => each.value[0].value)).toEqual([76, 70, 66, 200]);
    expect(found.previous[0]).toMatchObject({
      effective: [ago(3)],
      observation: [{ reference: 'Observation/adult-hr-3/_history/1' }],
    });
    expect(found.change).toMatchObject([{ value: 59, code: '/min' }]);
    const trends = found.trend.map((each: Json) => [
      ...[each.hours[0], each.readings[0], each.lowest[0].value, each.highest[0].value],
      ...[each.first[0].value, each.change[0].value, each.firstEffective[0]],
    ]);
    expect(trends).toEqual([
      [24, 3, 70, 135, 70, 65, ago(20)],
      [168, 4, 66, 135, 66, 69, ago(24 * 6)],
    ]);
    expect(sign(await summary('adult'), '8310-5').trend).toBeUndefined();
  });

  it('tells the score with what it is made of', async () => {
    const { score, scoreMissing } = await summary('adult');
    expect(scoreMissing).toBeUndefined();
    expect(score).toHaveLength(1);
    // Pulse 131 and more is 3, SpO2 95 is 1.
    expect(score[0]).toMatchObject({ name: ['NEWS2'], total: [4], band: [{ code: 'low-medium' }] });
    expect(score[0].subscore.map((each: Json) => each.score[0]).sort()).toEqual([0, 0, 0, 0, 0, 1, 3]);
    const { reference } = score[0].observation[0];
    const { body } = await send('GET', `${server.base}/${reference}`);
    expect([body.valueInteger, Date.parse(body.effectiveDateTime)]).toEqual([4, Date.parse(ago(0.2))]);
    expect(score[0].effective).toEqual([ago(0.2)]);
  });

  it('tells the alerts that last, with their resources', async () => {
    const { alert } = await summary('adult');
    const found = alert.find((each: Json) => each.code[0].code === '8867-4');
    expect(found).toMatchObject({ severity: ['high'], acknowledged: [false], last: [ago(0.2)] });
    for (const name of ['flag', 'detectedIssue']) {
      const { status, body } = await send('GET', `${server.base}/${found[name][0].reference}`);
      expect(status).toBe(200);
      expect(JSON.stringify(body)).toContain(found.id[0]);
    }
    await put(heartRate('adult', 'hr-calm1', 0.15, 72));
    await put(heartRate('adult', 'hr-calm2', 0.1, 72));
    await put(heartRate('adult', 'hr-calm3', 0.05, 72));
    await followedUp();
    const after = await summary('adult');
    expect((after.alert ?? []).map((each: Json) => each.code[0].code)).not.toContain('8867-4');
    expect(sign(after, '8867-4').interpretation).toMatchObject([{ code: 'N' }]);
  });

  it('goes by corrections and deletions', async () => {
    await send('DELETE', `${server.base}/Observation/adult-hr-calm3`);
    const wrong = heartRate('adult', 'hr-calm2', 0.1, 72);
    await put({ ...wrong, status: 'entered-in-error' });
    await put(heartRate('adult', 'hr-calm1', 0.15, 73));
    // At once: what is not followed up yet must not be told as it was.
    const expected = {
      value: [{ value: 73 }],
      observation: [{ reference: expect.stringMatching(/calm1\/_history\/2$/) }],
    };
    expect(sign(await summary('adult'), '8867-4')).toMatchObject(expected);
    await followedUp();
    expect(sign(await summary('adult'), '8867-4')).toMatchObject(expected);
  });

  it('says what is not followed up yet', async () => {
    expect((await summary('adult')).waiting).toBeUndefined();
    // An entry that failed too often stays where it is.
    await queryRows(
      server.databaseUrl,
      "INSERT INTO vital_queue (rank, patient, type, id, failures) VALUES (3, 'adult', 'Observation', 'x', 1000)",
    );
    expect([(await summary('adult')).waiting, (await summary('empty')).waiting]).toEqual([[1], undefined]);
    await queryRows(server.databaseUrl, 'DELETE FROM vital_queue WHERE failures = 1000');
  });

  it('says what is missing for a score, or why there is none', async () => {
    const [nothing] = (await summary('empty')).scoreMissing;
    expect([nothing.name, nothing.missing.length]).toEqual([['NEWS2'], 7]);
    for (const each of others('empty', 0.3)) await put(each);
    // Too old for a score of now.
    await put(heartRate('empty', 'hr', 5, 70));
    await followedUp();
    const { scoreMissing, score } = await summary('empty');
    expect([score, scoreMissing[0].missing]).toEqual([undefined, ['pulse']]);
    expect((await summary('unborn')).scoreMissing).toMatchObject([{ reason: ['age-unknown'] }]);
    expect((await summary('child')).scoreMissing[0].name).not.toEqual(['NEWS2']);
  });

  it('keeps the latest score that is over, and says what a new one lacks', async () => {
    const old = others('child', 5).map((each) => ({
      ...each,
      id: `past-${each.id}`,
      subject: { reference: 'Patient/empty' },
    }));
    for (const each of old) await put(each);
    await followedUp();
    const { score, scoreMissing } = await summary('empty');
    expect(score).toMatchObject([{ effective: [ago(5)], name: ['NEWS2'] }]);
    expect(scoreMissing[0].missing).toEqual(['pulse']);
  });

  it('leaves aside what is dated ahead, and says so; says why a value is not judged', async () => {
    await put({ ...heartRate('empty', 'ahead', -24 * 400, 80) });
    await put(observation('empty', 'weight', 1, { code: loinc('29463-7'), ...quantity(70, 'cm') }));
    await followedUp();
    const all = await summary('empty');
    expect(sign(all, '8867-4')).toMatchObject({
      value: [{ value: 70 }],
      datedAhead: [{ reference: 'Observation/empty-ahead' }],
    });
    const weight = sign(all, '29463-7');
    expect([weight.value, weight.interpretation]).toEqual([undefined, undefined]);
    expect(weight.notJudged[0]).toMatch(/^Body weight: /);
  });

  it('names the trend rules that hold', async () => {
    for (const [days, kg] of [
      [28, 80],
      [14, 78],
      [0, 74],
    ] as const) {
      const weight = { code: loinc('29463-7'), ...quantity(kg, 'kg') };
      await put(observation('unborn', `weight-${days}`, 24 * days + 0.5, weight));
    }
    await put(observation('child', 'weight', 0.5, { code: loinc('29463-7'), ...quantity(25, 'kg') }));
    await followedUp();
    const { trendRule } = sign(await summary('unborn'), '29463-7');
    expect(trendRule.map(({ title }: Json) => title[0])).toEqual([expect.stringMatching(/weight/i)]);
    expect(trendRule[0].text[0]).toContain('-7.5 %');
    expect(sign(await summary('child'), '29463-7').trendRule).toBeUndefined();
  });

  it('is answered in a batch, and offered in the CapabilityStatement', async () => {
    const entry = [{ request: { method: 'GET', url: 'Patient/adult/$vitals-summary' } }];
    const { body } = await send('POST', server.base, { resourceType: 'Bundle', type: 'batch', entry });
    expect(body.entry[0].resource.parameter[0].valueReference).toEqual({ reference: 'Patient/adult' });
    const { rest } = (await send('GET', `${server.base}/metadata`)).body;
    const patient = rest[0].resource.find(({ type }: Json) => type === 'Patient');
    expect(patient.operation).toContainEqual(expect.objectContaining({ name: 'vitals-summary' }));
  });

  it('is refused for nobody, for the deleted, with parameters, and where nothing is evaluated', async () => {
    await put({ resourceType: 'Patient', id: 'dead' });
    await send('DELETE', `${server.base}/Patient/dead`);
    const ask = (path: string) => send('GET', `${server.base}/${path}`);
    expectRefusal(await ask('Patient/none/$vitals-summary'), 404, { code: 'not-found' });
    expectRefusal(await ask('Patient/dead/$vitals-summary'), 410, { code: 'deleted' });
    expectRefusal(await ask('Patient/adult/$vitals-summary?at=2024'), 400, { code: 'not-supported' });
    expectRefusal(await ask('Patient/$vitals-summary'), 404, { code: 'not-supported' });
    const off = await startTestServer();
    await send('PUT', `${off.base}/Patient/x`, { resourceType: 'Patient', id: 'x' });
    expectRefusal(await send('GET', `${off.base}/Patient/x/$vitals-summary`), 422, {
      diagnostics: 'VITALS=off',
    });
    await off.stop();
  });
});
