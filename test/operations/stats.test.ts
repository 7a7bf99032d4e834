// Observation/$stats (observation-operation-stats.html) over HTTP: which measurements count, units, errors, and every number
// against what Postgres and plain formulas make of the same values.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'fhir-kit-client';
import pg from 'pg';
import { accepted, type Json, statuses } from '../bundles/bundleSupport.ts';
import { seeded } from '../search/oracle/random.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { observation, store } from './everythingSupport.ts';

const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';
const EXAMPLES = '../shared/data/hl7-r4-examples';
const ALL = [
  ...['average', 'maximum', 'minimum', 'count', 'total-count', 'median', 'std-dev', 'sum', 'variance'],
  ...['20-percent', '80-percent', '4-lower', '4-upper', '4-dev', '5-1', '5-2', '5-3', '5-4'],
  ...['skew', 'kurtosis', 'regression'],
];

let server: TestServer;
let base: string;
let sql: pg.Client;

beforeAll(async () => {
  server = await startTestServer();
  base = server.base;
  sql = new pg.Client({ connectionString: server.databaseUrl });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await server.stop();
});

const code = (...codes: string[]) => ({ coding: codes.map((each) => ({ system: LOINC, code: each })) });
const quantity = (value: number, unit: string) => ({ value, unit, system: UCUM, code: unit });

let stored = 0;
/** An Observation of a patient: its code, value and time. */
const reading = (patient: string, of: string, value: object | undefined, when?: string, more = {}) =>
  observation(`o${++stored}`, `Patient/${patient}`, {
    code: code(of),
    ...(value ? { valueQuantity: value } : {}),
    ...(when === undefined ? {} : { effectiveDateTime: when }),
    ...more,
  });

async function patientWith(id: string, ...readings: Json[]): Promise<void> {
  const answer = await store(base, { resourceType: 'Patient', id }, ...readings);
  expect(statuses(answer).filter((status) => status >= 300)).toEqual([]);
}

const ask = (parameters: [string, string][]) =>
  send('GET', `${base}/Observation/$stats?${new URLSearchParams(parameters)}`);

/** Statistics of codes of LOINC. */
async function stats(subject: string, codes: string[], names: string[], more: [string, string][] = []) {
  const { status, body } = await ask([
    ['subject', subject],
    ['system', LOINC],
    ...codes.map((each): [string, string] => ['code', each]),
    ...names.map((each): [string, string] => ['statistic', each]),
    ...more,
  ]);
  expect({ status, issue: body.issue }).toEqual({ status: 200 });
  return body as Json;
}

const resources = (body: Json, name: string): Json[] =>
  body.parameter.filter((each: Json) => each.name === name).map((each: Json) => each.resource);

/** Numbers of a statistics Observation by name; null where there is none, `gradient` and `intercept` by themselves. */
const numbers = ({ component }: Json): Record<string, number | null> =>
  Object.fromEntries(
    component.map(({ code: { coding }, valueQuantity, dataAbsentReason }: Json) => {
      expect(dataAbsentReason === undefined).toBe(valueQuantity !== undefined);
      return [(coding[1] ?? coding[0]).code, valueQuantity?.value ?? null];
    }),
  );
const units = ({ component }: Json): Record<string, string> =>
  Object.fromEntries(
    component.map(({ code: { coding }, valueQuantity }: Json) => [
      (coding[1] ?? coding[0]).code,
      valueQuantity?.code,
    ]),
  );

/** The statistics of the only code in the answer. */
const only = (body: Json): Json => {
  expect(resources(body, 'statistics')).toHaveLength(1);
  return resources(body, 'statistics')[0];
};

/** The same numbers from Postgres, and skew and kurtosis from their formulas. */
async function expected(values: number[], hours: number[]): Promise<Record<string, number | null>> {
  const percentile = (name: string, part: number) =>
    `percentile_cont(${part}) WITHIN GROUP (ORDER BY y) AS "${name}"`;
  const { rows } = await sql.query(
    'SELECT avg(y) AS average, max(y) AS maximum, min(y) AS minimum, count(*)::float8 AS count, ' +
      'count(*)::float8 AS "total-count", stddev_samp(y) AS "std-dev", sum(y) AS sum, var_samp(y) AS variance, ' +
      `${percentile('median', 0.5)}, ${percentile('20-percent', 0.2)}, ${percentile('80-percent', 0.8)}, ` +
      `${percentile('4-lower', 0.25)}, ${percentile('4-upper', 0.75)}, ${percentile('5-1', 0.2)}, ` +
      `${percentile('5-2', 0.4)}, ${percentile('5-3', 0.6)}, ${percentile('5-4', 0.8)}, ` +
      'regr_slope(y, x) AS gradient, regr_intercept(y, x) AS intercept ' +
      'FROM unnest($1::float8[], $2::float8[]) AS v(y, x)',
    [values, hours],
  );
  const found = rows[0];
  const n = values.length;
  const z = values.map((each) => (each - found.average) / found['std-dev']);
  const power = (p: number) => z.reduce((sum, each) => sum + each ** p, 0);
  return {
    ...found,
    '4-dev': (found['4-upper'] - found['4-lower']) / 2,
    skew: n < 3 ? null : (n / ((n - 1) * (n - 2))) * power(3),
    kurtosis:
      n < 4
        ? null
        : ((n * (n + 1)) / ((n - 1) * (n - 2) * (n - 3))) * power(4) -
          (3 * (n - 1) ** 2) / ((n - 2) * (n - 3)),
  };
}

function expectNumbers(found: Record<string, number | null>, wanted: Record<string, number | null>) {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, value] of Object.entries(wanted)) {
    const got = found[name]!;
    if (value === null) expect({ name, got }).toEqual({ name, got: null });
    else
      expect({ name, off: Math.abs(got - value) > 6e-6 * Math.abs(value) + 1e-9 ? [got, value] : 0 }).toEqual(
        { name, off: 0 },
      );
  }
}

describe('numbers', () => {
  it('every statistic of random values is what Postgres makes of them', async () => {
    const { below } = seeded(99);
    for (const n of [1, 2, 3, 4, 5, 6, 11, 37, 100]) {
      const list = Array.from({ length: n }, (_, i) => ({
        value: (below(2_000) + 300) / 10,
        when: Date.UTC(2024, 0, 1) + (i * 50 + below(40)) * 60_000,
      }));
      const patient = `rnd${n}`;
      await patientWith(
        patient,
        ...list.map(({ value, when }) =>
          reading(patient, '8867-4', quantity(value, '/min'), new Date(when).toISOString()),
        ),
      );
      const found = only(await stats(`Patient/${patient}`, ['8867-4'], ALL));
      const origin = Math.min(...list.map(({ when }) => when));
      const hours = list.map(({ when }) => (when - origin) / 3_600_000);
      const wanted = await expected(
        list.map(({ value }) => value),
        hours,
      );
      expectNumbers(numbers(found), wanted);
      expect(found.effectivePeriod.start).toBe(new Date(origin).toISOString());
    }
  });

  it('equal values have no skew, and a flat line is flat', async () => {
    const times = [
      '2024-01-01T00:00:00Z',
      '2024-01-01T01:00:00Z',
      '2024-01-01T02:00:00Z',
      '2024-01-01T03:00:00Z',
    ];
    await patientWith('flat', ...times.map((when) => reading('flat', '8310-5', quantity(36.6, 'Cel'), when)));
    const found = numbers(
      only(await stats('Patient/flat', ['8310-5'], ['skew', 'kurtosis', 'regression', 'std-dev', 'sum'])),
    );
    expect(found).toEqual({
      skew: null,
      kurtosis: null,
      gradient: 0,
      intercept: 36.6,
      'std-dev': 0,
      sum: 146.4,
    });
  });

  it('nothing measured: counts of 0, and a reason for every other number', async () => {
    const found = only(await stats('Patient/flat', ['9279-1'], ALL));
    expect(found).toMatchObject({
      status: 'final',
      code: code('9279-1'),
      subject: { reference: 'Patient/flat' },
    });
    expect(found).not.toHaveProperty('effectivePeriod');
    const { count, 'total-count': total, ...others } = numbers(found);
    expect([count, total, new Set(Object.values(others))]).toEqual([0, 0, new Set([null])]);
    const average = found.component[0];
    expect(average.dataAbsentReason.text).toBe('Needs at least one value.');
  });
});

describe('the answer', () => {
  it('is one valid Observation for each code, with the statistics in the order asked for', async () => {
    await patientWith(
      'two',
      reading('two', '8867-4', quantity(70, '/min'), '2024-01-01T10:00:00Z'),
      reading('two', '8867-4', quantity(80, '/min'), '2024-01-02T10:00:00Z'),
      reading('two', '9279-1', quantity(15, '/min'), '2024-01-02T10:00:00Z'),
    );
    const body = await stats(
      'Patient/two',
      ['9279-1', '8867-4', '8867-4'],
      ['max', 'average', 'maximum', 'count'],
    );
    const [breaths, pulse, ...others] = resources(body, 'statistics');
    expect(others).toEqual([]);
    expect([breaths.code, pulse.code]).toEqual([code('9279-1'), code('8867-4')]);
    expect(Object.entries(numbers(pulse))).toEqual([
      ['maximum', 80],
      ['average', 75],
      ['count', 2],
    ]);
    expect(pulse.component[1]).toEqual({
      code: {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-statistics',
            code: 'average',
            display: 'Average',
          },
        ],
      },
      valueQuantity: { value: 75, unit: '/min', system: UCUM, code: '/min' },
    });
    for (const resource of resources(await stats('Patient/two', ['8867-4', '9279-1'], ALL), 'statistics')) {
      const { body: outcome } = await send('POST', `${base}/Observation/$validate`, resource);
      expect(
        outcome.issue.filter(({ severity }: Json) => severity !== 'information' && severity !== 'warning'),
      ).toEqual([]);
    }
  });

  it('gives the sources, newest first, where they are asked for', async () => {
    const ids = (body: Json) => resources(body, 'source').map(({ effectiveDateTime }) => effectiveDateTime);
    const include: [string, string] = ['include', 'true'];
    const all = await stats('Patient/two', ['8867-4', '9279-1'], ['count'], [include]);
    expect(ids(all)).toEqual(['2024-01-02T10:00:00Z', '2024-01-02T10:00:00Z', '2024-01-01T10:00:00Z']);
    const { resourceType, id } = resources(all, 'source')[0];
    expect(resources(all, 'source')[0]).toEqual((await send('GET', `${base}/${resourceType}/${id}`)).body);
    expect(ids(await stats('Patient/two', ['8867-4'], ['count'], [include, ['limit', '1']]))).toEqual([
      '2024-01-02T10:00:00Z',
    ]);
    for (const value of ['false', undefined]) {
      const more: [string, string][] = value === undefined ? [] : [['include', value]];
      expect(ids(await stats('Patient/two', ['8867-4'], ['count'], [...more, ['limit', '1']]))).toEqual([]);
    }
  });

  it('a period has both its ends, the first and last years there are too', async () => {
    const at = '2024-01-01T10:00:00Z';
    await patientWith(
      'ends',
      reading('ends', '8867-4', quantity(70, '/min'), at),
      reading('ends', '8867-4', quantity(90, '/min')),
    );
    const count = async (valuePeriod: object) => {
      const { body } = await send('POST', `${base}/Observation/$stats`, {
        resourceType: 'Parameters',
        parameter: [
          { name: 'subject', valueUri: 'Patient/ends' },
          { name: 'coding', valueCoding: { system: LOINC, code: '8867-4' } },
          { name: 'period', valuePeriod },
          { name: 'statistic', valueCode: 'count' },
        ],
      });
      return numbers(only(body)).count;
    };
    for (const valuePeriod of [
      { start: at },
      { end: at },
      { start: at, end: at },
      { start: '2024-01-01T10:00:00.999Z' },
      { end: '2024-01-01T10:00:00.000Z' },
      { start: '2024', end: '2024' },
      { start: '0001', end: '9999' },
    ]) {
      expect({ valuePeriod, count: await count(valuePeriod) }).toEqual({ valuePeriod, count: 1 });
    }
    expect(await count({ start: '2024-01-01T10:00:01Z' })).toBe(0);
    expect(await count({ end: '2024-01-01T09:59:59.999Z' })).toBe(0);
  });

  it('duration is the hours up to now, period what it says', async () => {
    const ago = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    await patientWith(
      'now',
      ...[0.1, 0.9, 1.1, 30, -2].map((hours, i) =>
        reading('now', '8867-4', quantity(60 + i, '/min'), ago(hours)),
      ),
      reading('now', '8867-4', quantity(99, '/min')),
    );
    const count = async (...more: [string, string][]) =>
      numbers(only(await stats('Patient/now', ['8867-4'], ['count'], more))).count;
    expect(await count(['duration', '1'])).toBe(2);
    expect(await count(['duration', '1.5'])).toBe(3);
    expect(await count(['duration', '48'])).toBe(4);
    expect(await count()).toBe(6);
    const { body } = await send('POST', `${base}/Observation/$stats`, {
      resourceType: 'Parameters',
      parameter: [
        { name: 'subject', valueUri: 'Patient/two' },
        { name: 'coding', valueCoding: { system: LOINC, code: '8867-4', display: 'Pulse' } },
        { name: 'period', valuePeriod: { start: '2024-01-02', end: '2024-01-02' } },
        { name: 'statistic', valueCode: 'count' },
        { name: 'statistic', valueCode: 'regression' },
      ],
    });
    const found = only(body);
    expect(found).toMatchObject({
      code: { coding: [{ system: LOINC, code: '8867-4', display: 'Pulse' }] },
      effectivePeriod: { start: '2024-01-02', end: '2024-01-02' },
    });
    expect(numbers(found)).toEqual({ count: 1, gradient: null, intercept: null });
    expect(found.component[2].code.text).toContain('2024-01-02T00:00:00.000Z');
  });
});

describe('what counts', () => {
  it('components as well as Observations, and of a panel each of its parts', async () => {
    const bp = (systolic: number, diastolic: object) => ({
      code: code('85354-9'),
      component: [
        { code: code('8480-6'), valueQuantity: quantity(systolic, 'mm[Hg]') },
        { code: code('8462-4'), ...diastolic },
      ],
    });
    const missing = { dataAbsentReason: { text: 'cuff too small' } };
    await patientWith(
      'bp',
      reading('bp', '', undefined, '2024-01-01', bp(120, { valueQuantity: quantity(80, 'mm[Hg]') })),
      reading('bp', '', undefined, '2024-01-02', bp(140, missing)),
      reading('bp', '', undefined, '2024-01-03', { ...bp(300, missing), status: 'entered-in-error' }),
      reading('bp', '', undefined, '2024-01-03', { ...bp(300, missing), status: 'cancelled' }),
      reading('bp', '8480-6', quantity(160, 'mm[Hg]'), '2024-01-04'),
    );
    const names = ['average', 'count', 'total-count'];
    const alone = only(await stats('Patient/bp', ['8480-6'], names));
    expect(numbers(alone)).toEqual({ average: 140, count: 3, 'total-count': 3 });
    const panel = resources(await stats('Patient/bp', ['85354-9'], names), 'statistics');
    expect(panel.map((each) => [each.code.coding[0].code, numbers(each)])).toEqual([
      ['8480-6', { average: 130, count: 2, 'total-count': 2 }],
      ['8462-4', { average: 80, count: 1, 'total-count': 2 }],
    ]);
    expect(panel[1].note[0].text).toBe('1 of 2 measurements were left out: 1 without a value.');
    const both = resources(await stats('Patient/bp', ['85354-9', '8480-6'], ['count']), 'statistics');
    expect(both.map((each) => [each.code.coding[0].code, numbers(each).count])).toEqual([
      ['8480-6', 3],
      ['8462-4', 1],
    ]);
  });

  it('members of panels, panels within panels too, of the same patient and time', async () => {
    const members = (...list: Json[]) => ({
      hasMember: list.map(({ id }) => ({ reference: `Observation/${id}` })),
    });
    const day = '2024-01-01';
    const pulse = reading('pan', '8867-4', quantity(70, '/min'), day);
    const late = reading('pan', '8867-4', quantity(90, '/min'), '2024-02-01');
    const wrong = reading('pan', '8867-4', quantity(500, '/min'), day, { status: 'entered-in-error' });
    const foreign = reading('flat', '8867-4', quantity(200, '/min'), day);
    const sitting = reading('pan', 'X2', undefined, day, members(late));
    const inner = reading('pan', 'X1', undefined, day, members(pulse, sitting));
    const panel = reading('pan', 'X0', undefined, day, members(inner, wrong, foreign));
    const loop = { ...sitting, ...members(late, panel) };
    const unrelated = reading('pan', '8867-4', quantity(10, '/min'), day);
    await patientWith('pan', pulse, late, wrong, foreign, sitting, inner, panel, loop, unrelated);
    const found = only(await stats('Patient/pan', ['X0'], ['count', 'average']));
    expect([found.code, numbers(found)]).toEqual([code('8867-4'), { count: 2, average: 80 }]);
    const { body } = await send('POST', `${base}/Observation/$stats`, {
      resourceType: 'Parameters',
      parameter: [
        { name: 'subject', valueUri: 'Patient/pan' },
        { name: 'coding', valueCoding: { system: LOINC, code: 'X0' } },
        { name: 'period', valuePeriod: { end: '2024-01-31' } },
        { name: 'statistic', valueCode: 'average' },
      ],
    });
    expect(numbers(only(body))).toEqual({ average: 70 });
  });

  it('what is no exact amount is left out, counted and named', async () => {
    const other = { url: 'http://hl7.org/fhir/StructureDefinition/request-doNotPerform', valueBoolean: true };
    await patientWith(
      'odd',
      reading('odd', '2339-0', quantity(90, 'mg/dL'), '2024-01-01'),
      reading('odd', '2339-0', quantity(1.1, 'g/L'), '2024-01-02'),
      reading('odd', '2339-0', { ...quantity(20, 'mg/dL'), comparator: '<' }, '2024-01-03'),
      reading('odd', '2339-0', quantity(5.5, 'mmol/L'), '2024-01-04'),
      reading('odd', '2339-0', { value: 95, unit: 'mg/dl' }, '2024-01-05'),
      reading('odd', '2339-0', undefined, '2024-01-06', { valueString: 'high' }),
      reading('odd', '2339-0', undefined, '2024-01-07', { dataAbsentReason: { text: 'lost' } }),
      reading('odd', '2339-0', quantity(92, 'mg/dL'), '2024-01-08', { modifierExtension: [other] }),
      reading('odd', '2339-0', quantity(100, 'mg/dL')),
    );
    const found = only(
      await stats('Patient/odd', ['2339-0'], ['count', 'total-count', 'average', 'regression']),
    );
    expect(numbers(found)).toEqual({
      count: 3,
      'total-count': 9,
      average: 100,
      gradient: 0.833333,
      intercept: 90,
    });
    const text = found.note[0].text;
    for (const part of [
      '6 of 9 measurements were left out',
      '1 with a comparator',
      '1 in mmol/L, which cannot be converted to mg/dL',
      '1 without a UCUM unit',
      '1 with a value that is no Quantity',
      '1 without a value',
      '1 with a modifier extension',
      'Without a time, and so not in the regression: 1.',
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe('units', () => {
  it('are converted to the most frequent one', async () => {
    await patientWith(
      'kg',
      reading('kg', '29463-7', quantity(70, 'kg'), '2024-01-01T00:00:00Z'),
      reading('kg', '29463-7', quantity(154.323584, '[lb_av]'), '2024-01-01T01:00:00Z'),
      reading('kg', '29463-7', quantity(70_000, 'g'), '2024-01-01T02:00:00Z'),
      reading('kg', '29463-7', quantity(71, 'kg'), '2024-01-01T03:00:00Z'),
    );
    const found = only(
      await stats('Patient/kg', ['29463-7'], ['median', 'maximum', 'variance', 'regression', 'skew']),
    );
    expect(numbers(found)).toMatchObject({ median: 70, maximum: 71, variance: 0.25 });
    expect(units(found)).toEqual({
      median: 'kg',
      maximum: 'kg',
      variance: 'kg2',
      gradient: 'kg/h',
      intercept: 'kg',
      skew: '1',
    });
  });

  it('differences of temperatures are in kelvin, whichever scale', async () => {
    const times = ['2024-01-01T00:00:00Z', '2024-01-01T01:00:00Z', '2024-01-01T02:00:00Z'];
    const rows = (patient: string, unit: string, values: number[]) =>
      values.map((value, i) => reading(patient, '8310-5', quantity(value, unit), times[i]));
    await patientWith('cel', ...rows('cel', 'Cel', [36, 37, 38]));
    await patientWith('fah', ...rows('fah', '[degF]', [96.8, 98.6, 100.4]));
    const names = ['average', 'std-dev', 'variance', 'regression'];
    const cel = only(await stats('Patient/cel', ['8310-5'], names));
    const fah = only(await stats('Patient/fah', ['8310-5'], names));
    expect(numbers(cel)).toEqual({ average: 37, 'std-dev': 1, variance: 1, gradient: 1, intercept: 36 });
    expect(numbers(fah)).toEqual({ average: 98.6, 'std-dev': 1, variance: 1, gradient: 1, intercept: 96.8 });
    const spread = { 'std-dev': 'K', variance: 'K2', gradient: 'K/h' };
    expect(units(cel)).toEqual({ average: 'Cel', intercept: 'Cel', ...spread });
    expect(units(fah)).toEqual({ average: '[degF]', intercept: '[degF]', ...spread });
  });

  it('the unit of a measurement does not matter', async () => {
    const { below, pick } = seeded(7);
    const pressures = Array.from({ length: 20 }, (_, i) => ({
      mmHg: 60 + below(100),
      when: `2024-01-${10 + i}T08:00:00Z`,
    }));
    const rows = (patient: string, units: readonly string[]) =>
      pressures.map(({ mmHg, when }) => {
        const unit = pick(units);
        return reading(patient, '8480-6', quantity(unit === 'kPa' ? mmHg * 0.133322 : mmHg, unit), when);
      });
    await patientWith('mm', ...rows('mm', ['mm[Hg]']));
    await patientWith('mix', ...rows('mix', ['mm[Hg]', 'mm[Hg]', 'kPa']));
    const [same, mixed] = await Promise.all(
      ['mm', 'mix'].map(async (id) => only(await stats(`Patient/${id}`, ['8480-6'], ALL))),
    );
    expect(units(mixed!)).toEqual(units(same!));
    const wanted = numbers(same!);
    for (const [name, value] of Object.entries(numbers(mixed!))) {
      expect({
        name,
        close: Math.abs(value! - wanted[name]!) < 1e-4 * Math.abs(wanted[name]!) + 1e-4,
      }).toEqual({ name, close: true });
    }
  });
});

describe('the request', () => {
  const good: Record<string, string | string[]> = {
    subject: 'Patient/two',
    system: LOINC,
    code: '8867-4',
    statistic: 'average',
  };
  it.each<[object, string, RegExp]>([
    [{ subject: [] }, 'required', /subject/],
    [{ subject: 'two' }, 'value', /Patient\/123/],
    [{ subject: ['Patient/1', 'Patient/2'] }, 'value', /once/],
    [{ system: [] }, 'required', /system/],
    [{ code: [] }, 'required', /code/],
    [{ code: [], system: [] }, 'required', /coding/],
    [{ statistic: [] }, 'required', /kurtosis/],
    [{ statistic: 'mode' }, 'code-invalid', /mode.*average/],
    [{ duration: '0' }, 'value', /duration/],
    [{ duration: 'soon' }, 'value', /duration/],
    [{ duration: '1e99' }, 'value', /duration/],
    [{ period: '2024' }, 'value', /Period/],
    [{ limit: '0' }, 'value', /limit/],
    [{ include: 'yes' }, 'value', /include/],
    [{ patient: 'two' }, 'not-supported', /patient/],
    [{ code: Array.from({ length: 101 }, (_, i) => `c${i}`) }, 'too-costly', /100/],
  ])('%j is refused', async (change, issue, text) => {
    const parameters = Object.entries({ ...good, ...change }).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    );
    const { status, body } = await ask(parameters);
    expect({ status, ...body.issue[0] }).toMatchObject({
      status: 400,
      code: issue,
      diagnostics: expect.stringMatching(text),
    });
  });

  it.each<[Json[], RegExp]>([
    [
      [
        { name: 'duration', valueDecimal: 1 },
        { name: 'period', valuePeriod: { start: '2024' } },
      ],
      /not both/,
    ],
    [[{ name: 'period', valuePeriod: {} }], /start or an end/],
    [[{ name: 'period', valuePeriod: { start: '2025', end: '2024' } }], /after/],
    [[{ name: 'period', valuePeriod: { start: 'May' } }], /period.start/],
    [[{ name: 'coding', valueCoding: { code: 'x' } }], /system/],
  ])('a body with %j is refused', async (parameter, text) => {
    const query = new URLSearchParams(good as Record<string, string>);
    const url = `${base}/Observation/$stats?${query}`;
    const { status, body } = await send('POST', url, { resourceType: 'Parameters', parameter });
    expect([status, body.issue[0].diagnostics]).toEqual([400, expect.stringMatching(text)]);
  });

  it('codes with signs that mean something in a search are taken as they are', async () => {
    const system = 'http://x/a,b|c$d\\e';
    const own = { code: { coding: [{ system, code: 'p,q|r$s\\t' }] } };
    await patientWith('sign', reading('sign', '', quantity(5, 'mg'), '2024-01-01', own));
    const { body } = await ask([
      ['subject', `${base}/Patient/sign`],
      ['system', system],
      ['code', 'p,q|r$s\\t'],
      ['statistic', 'sum'],
    ]);
    expect(numbers(only(body))).toEqual({ sum: 5 });
    expect(only(body).subject).toEqual({ reference: 'Patient/sign' });
  });

  it('fhir-kit-client asks for it by GET and POST', async () => {
    const client = new Client({ baseUrl: base });
    const operation = { resourceType: 'Observation', name: 'stats' };
    const got = await client.operation({ ...operation, method: 'GET', input: good as Json });
    expect(numbers(only(got))).toEqual({ average: 75 });
    const parameter = Object.entries(good).map(([name, valueString]) => ({ name, valueString }));
    const posted = await client.operation({ ...operation, input: { resourceType: 'Parameters', parameter } });
    expect(numbers(only(posted))).toEqual({ average: 75 });
  });
});

describe('patients of the sample', () => {
  it('every quantity they have, against a recount of what a search finds', async () => {
    const folder = 'synthea-data/sample';
    const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
    const rank = (file: string) => (/hospital|practitioner/.test(file) ? 0 : 1);
    for (const file of files.sort((a, b) => rank(a) - rank(b))) {
      await accepted(base, JSON.parse(readFileSync(join(folder, file), 'utf8')));
    }
    const { body } = await send('GET', `${base}/Patient?identifier:missing=false&_elements=id`);
    let compared = 0;
    for (const { resource } of body.entry) {
      const subject = `Patient/${resource.id}`;
      const all = await send('GET', `${base}/Observation?subject=${subject}&_count=1000`);
      expect(all.body.link.map(({ relation }: Json) => relation)).toEqual(['self']);
      const values = new Map<string, number[]>();
      for (const { resource: one } of all.body.entry ?? []) {
        for (const part of [one, ...(one.component ?? [])]) {
          if (part.valueQuantity?.system !== UCUM) continue;
          const own = part.code.coding[0].code;
          values.set(own, [...(values.get(own) ?? []), part.valueQuantity.value]);
        }
      }
      const codes = [...values.keys()].slice(0, 100);
      if (codes.length === 0) continue;
      const found = resources(
        await stats(subject, codes, ['count', 'average', 'minimum', 'maximum']),
        'statistics',
      );
      expect(found.map((each) => each.code.coding[0].code)).toEqual(codes);
      for (const each of found) {
        const list = values.get(each.code.coding[0].code)!;
        expectNumbers(numbers(each), {
          count: list.length,
          average: list.reduce((sum, value) => sum + value, 0) / list.length,
          minimum: Math.min(...list),
          maximum: Math.max(...list),
        });
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(20);
  });
});

const names = ['vitals-panel', 'respiratory-rate', 'heart-rate', 'blood-pressure', 'body-temperature'];
const examples = [...names, 'blood-pressure-cancel', 'blood-pressure-dar', 'satO2'].map(
  (name) => `${EXAMPLES}/Observation-${name}.json`,
);
const available = examples.every(existsSync);
if (!available) console.warn(`skipped: no examples in ${EXAMPLES}`);

(available ? describe : describe.skip)('the examples of the specification', () => {
  it('the vital signs panel, blood pressures and saturations', async () => {
    const read = examples.map((file) => JSON.parse(readFileSync(file, 'utf8')));
    const plain = read.map(({ resourceType, id, status, code: own, subject, ...more }: Json) => ({
      ...{ resourceType, id, status, code: own, subject },
      ...Object.fromEntries(
        Object.entries(more).filter(([name]) =>
          /^(?:value|effective|component|hasMember|dataAbsent)/.test(name),
        ),
      ),
    }));
    await patientWith('example', ...plain);
    const found = resources(
      await stats('Patient/example', ['85353-1'], ['average', 'total-count']),
      'statistics',
    );
    expect(
      Object.fromEntries(found.map((each) => [each.code.coding[0].code, numbers(each).average])),
    ).toEqual({
      '9279-1': 26,
      '8867-4': 44,
      '8310-5': 36.5,
      '8480-6': 107,
      '8462-4': 60,
    });
    const pressures = resources(
      await stats('Patient/example', ['85354-9'], ['count', 'total-count']),
      'statistics',
    );
    expect(pressures.map(numbers)).toEqual([
      { count: 2, 'total-count': 2 },
      { count: 1, 'total-count': 2 },
    ]);
    expect(numbers(only(await stats('Patient/example', ['59408-5'], ['maximum'])))).toEqual({ maximum: 95 });
  });
});
