// Observation/[id]/$evaluate: why a vital sign is judged as it is, or is not; what a score was computed from.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ask, batch, type Json } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
let off: TestServer;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  off = await startTestServer();
  const until = Date.now() + 20_000;
  const total = async () =>
    (await send('GET', `${server.base}/ObservationDefinition?_summary=count`)).body.total;
  while ((await total()) < 16 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  const patient = { resourceType: 'Patient', gender: 'female', birthDate: '1980-02-29' };
  for (const { base } of [server, off])
    await send('PUT', `${base}/Patient/adult`, { ...patient, id: 'adult' });
  await send('PUT', `${server.base}/Patient/infant`, { ...patient, id: 'infant', birthDate: '2024-01-10' });
});
afterAll(async () => {
  await server.stop();
  await off.stop();
});

const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] });
const quantity = (value: number, code: string) => ({
  valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code },
});
const reading = (code: string, more: Json) => ({
  ...{ resourceType: 'Observation', status: 'final', subject: { reference: 'Patient/adult' } },
  ...{ code: loinc(code), effectiveDateTime: '2024-06-01T10:00:00Z' },
  ...more,
});
const create = async (resource: Json, { base } = server): Promise<Json> => {
  const { status, body } = await send('POST', `${base}/${resource.resourceType}`, resource);
  expect({ status, issue: body.issue }).toEqual({ status: 201, issue: undefined });
  return body;
};
/** Parameters as an object; names that repeat as lists. */
const asObject = (parameters: Json[]): Json => {
  const found: Json = {};
  for (const { name, part, resource, ...value } of parameters) {
    const told = part ? asObject(part) : (resource ?? Object.values(value)[0]);
    found[name] = name in found ? [found[name], told].flat() : told;
  }
  return found;
};
const evaluate = async (id: string, { base } = server): Promise<Json> => {
  const { status, body } = await send('GET', `${base}/Observation/${id}/$evaluate`);
  expect({ status, type: body.resourceType }).toEqual({ status: 200, type: 'Parameters' });
  return asObject(body.parameter);
};
const beats = (value: number) => ({ value, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' });

describe('of a vital sign', () => {
  it('names value, unit, interval, definition and version', async () => {
    const { id } = await create(reading('8867-4', quantity(2, 'Hz')));
    expect(await evaluate(id)).toEqual({
      observation: { reference: `Observation/${id}/_history/1` },
      effective: '2024-06-01T10:00:00Z',
      patient: {
        reference: { reference: 'Patient/adult' },
        birthDate: '1980-02-29',
        age: '44 years',
        gender: 'female',
      },
      value: {
        element: 'Observation',
        name: 'Heart rate',
        measured: { value: 2, unit: 'Hz', system: 'http://unitsofmeasure.org', code: 'Hz' },
        result: {
          system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
          code: 'H',
        },
        compared: beats(120),
        decidedBy: {
          source: 'population',
          definition: { reference: 'ObservationDefinition/salus-heart-rate/_history/1' },
          interval: 6,
          category: 'reference',
          low: beats(60),
          high: beats(100),
        },
        normal: {
          definition: { reference: 'ObservationDefinition/salus-heart-rate/_history/1' },
          interval: 6,
          low: beats(60),
          high: beats(100),
        },
        stored: {
          result: {
            system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
            code: 'H',
          },
          definition: { reference: 'ObservationDefinition/salus-heart-rate/_history/1' },
          interval: 6,
          normal: {
            definition: { reference: 'ObservationDefinition/salus-heart-rate/_history/1' },
            interval: 6,
            low: beats(60),
            high: beats(100),
          },
        },
      },
    });
  });

  it('tells each component, what is not judged and why', async () => {
    const component = [
      { code: loinc('8480-6'), ...quantity(24, 'kPa') },
      { code: loinc('8462-4'), ...quantity(80, 'kg') },
    ];
    const { id } = await create(reading('85354-9', { component }));
    const { value } = await evaluate(id);
    expect(value).toEqual([
      expect.objectContaining({
        element: 'Observation.component[0]',
        compared: expect.objectContaining({ code: 'mm[Hg]', value: expect.closeTo(180.01, 1) }),
        decidedBy: expect.objectContaining({ category: expect.stringMatching(/^(?:critical|reference)$/) }),
      }),
      {
        element: 'Observation.component[1]',
        name: 'Diastolic blood pressure',
        measured: expect.objectContaining({ value: 80 }),
        notJudged: { reason: 'unit', message: expect.stringContaining('kg is not converted into mm[Hg]') },
      },
    ]);
  });

  it('tells what the sender said, and what was computed beside it', async () => {
    const system = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
    const interpretation = [{ coding: [{ system, code: 'N' }] }];
    const { id } = await create(reading('8867-4', { ...quantity(190, '/min'), interpretation }));
    expect((await evaluate(id)).value).toMatchObject({ result: { code: 'HH' }, sent: 'N', agrees: false });
    const own = await create(reading('8867-4', quantity(190, '/min')));
    expect((await evaluate(own.id)).value).not.toHaveProperty('sent');
  });

  it('goes by the patient, the time, the version and the ranges there are now', async () => {
    const subject = { reference: 'Patient/infant' };
    const { id, ...stored } = await create(reading('8867-4', { ...quantity(140, '/min'), subject }));
    expect(await evaluate(id)).toMatchObject({
      patient: { age: '4 months' },
      value: { result: { code: 'N' } },
    });
    await send('PUT', `${server.base}/Observation/${id}`, { ...stored, id, ...quantity(230, '/min') });
    expect(await evaluate(id)).toMatchObject({
      observation: { reference: `Observation/${id}/_history/2` },
      value: { result: { code: 'HH' } },
    });
    const own = {
      ...{ resourceType: 'ObservationDefinition', id: 'infant-rate', code: loinc('8867-4') },
      extension: [
        {
          url: 'https://salus.example/fhir/StructureDefinition/range-patient',
          valueReference: subject,
        },
      ],
      quantitativeDetails: { unit: { coding: [{ system: 'http://unitsofmeasure.org', code: '/min' }] } },
      qualifiedInterval: [{ category: 'reference', range: { high: { value: 240 } } }],
    };
    expect((await send('PUT', `${server.base}/ObservationDefinition/infant-rate`, own)).status).toBe(201);
    expect((await evaluate(id)).value).toMatchObject({
      result: { code: 'N' },
      decidedBy: {
        source: 'patient',
        definition: { reference: 'ObservationDefinition/infant-rate/_history/1' },
      },
    });
  });

  it.each<[string, Json, RegExp]>([
    ['what is entered in error', { status: 'entered-in-error' }, /entered-in-error/],
    ['what is about a device', { subject: { reference: 'Device/1' } }, /no patient/],
    ['what is no vital sign', { code: loinc('718-7') }, /ranges for its codes/],
  ])('says why %s is not judged', async (_, more, why) => {
    const { id } = await create(reading('8867-4', { ...quantity(72, '/min'), ...more }));
    const told = await evaluate(id);
    expect(told.notEvaluated).toMatch(why);
    expect(told).not.toHaveProperty('value');
  });

  it('says that nothing is judged with VITALS=off', async () => {
    const { id } = await create(reading('8867-4', quantity(72, '/min')), off);
    expect((await evaluate(id, off)).notEvaluated).toContain('VITALS=off');
  });
});

it('of a score tells its table, its parts and the readings', async () => {
  const consciousness = {
    valueCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code: '248234008' }] },
  };
  const readings: [string, Json][] = [
    ['9279-1', quantity(22, '/min')],
    ['59408-5', quantity(97, '%')],
    ['3151-8', quantity(0, 'L/min')],
    ['8480-6', quantity(120, 'mm[Hg]')],
    ['8867-4', quantity(72, '/min')],
    ['80288-4', consciousness],
    ['8310-5', quantity(37, 'Cel')],
  ];
  const effectiveDateTime = '2024-07-01T10:00:00Z';
  const stored: Json[] = [];
  for (const [code, value] of readings)
    stored.push(await create(reading(code, { ...value, effectiveDateTime })));
  const score = async () => {
    const { body } = await send(
      'GET',
      `${server.base}/Observation?code=http://snomed.info/sct|1104051000000101&patient=adult`,
    );
    return body.entry?.[0]?.resource;
  };
  const until = Date.now() + 20_000;
  while (!(await score()) && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  const { id } = await score();
  const told = await evaluate(id);
  expect(told).toMatchObject({
    observation: { reference: expect.stringContaining(`Observation/${id}/_history/`) },
    effective: '2024-07-01T10:00:00.000Z',
    patient: { reference: 'Patient/adult' },
    score: { table: 'news2', version: '2017.1', total: 2, source: expect.stringContaining('Royal College') },
  });
  expect(told.subscore.map((part: Json) => part.score)).toEqual([2, 0, 0, 0, 0, 0, 0]);
  expect(told.input.map(({ observation }: Json) => observation.reference).sort()).toEqual(
    stored.map((each) => `Observation/${each.id}/_history/1`).sort(),
  );
  expect(told.input.map((input: Json) => [input.reading.parameter, input.reading.value]).sort()).toEqual(
    [
      ['consciousness', 'A'],
      ['oxygen', 'air'],
      ['pulse', 72],
      ['respiration', 22],
      ['spo2', 97],
      ['systolic', 120],
      ['temperature', 37],
    ].sort(),
  );
});

describe('is asked', () => {
  it('with GET, POST and in a batch, and changes nothing', async () => {
    const { id } = await create(reading('8867-4', quantity(72, '/min')));
    const url = `Observation/${id}/$evaluate`;
    const got = await send('GET', `${server.base}/${url}`);
    expect((await send('POST', `${server.base}/${url}`)).body).toEqual(got.body);
    const inBundle = await send('POST', server.base, batch([ask('GET', url)]));
    expect(inBundle.body.entry[0].resource).toEqual(got.body);
    expect((await send('GET', `${server.base}/Observation/${id}/_history`)).body.total).toBe(1);
  });

  it('of what there is, without parameters', async () => {
    const { id } = await create(reading('8867-4', quantity(72, '/min')));
    const statusOf = async (path: string) => (await send('GET', `${server.base}/${path}`)).status;
    expect(await statusOf('Observation/nobody/$evaluate')).toBe(404);
    expect(await statusOf('Patient/adult/$evaluate')).toBe(404);
    expect(await statusOf(`Observation/${id}/$evaluate?code=1`)).toBe(400);
    await send('DELETE', `${server.base}/Observation/${id}`);
    expect(await statusOf(`Observation/${id}/$evaluate`)).toBe(410);
  });
});

describe('beside what is judged now, what is stored', () => {
  const system = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';
  const said = (code: string) => ({ interpretation: [{ coding: [{ system, code }] }] });
  const definitionOf = async (id: string): Promise<Json> =>
    (await send('GET', `${server.base}/ObservationDefinition/${id}`)).body;
  const change = async (id: string, edit: (definition: Json) => void): Promise<string> => {
    const definition = await definitionOf(id);
    edit(definition);
    const { status, body } = await send('PUT', `${server.base}/ObservationDefinition/${id}`, definition);
    expect(status).toBe(200);
    return body.meta.versionId;
  };

  it('is named with its version, where the range has changed since', async () => {
    const { id } = await create(reading('9279-1', quantity(23, '/min')));
    const before = await evaluate(id);
    expect(before.value).toMatchObject({ result: { code: 'H' }, stored: { result: { code: 'H' } } });
    expect(before.value).not.toHaveProperty('difference');
    const place = before.value.stored.interval;
    const version = await change('salus-respiratory-rate', ({ qualifiedInterval }) => {
      qualifiedInterval[place].range.high.value = 24;
    });
    const { value } = await evaluate(id);
    expect(value).toMatchObject({
      result: { code: 'N' },
      stored: {
        result: { system, code: 'H' },
        definition: { reference: 'ObservationDefinition/salus-respiratory-rate/_history/1' },
        interval: place,
      },
    });
    expect(value.difference).toContain(
      `Stored is H by ObservationDefinition/salus-respiratory-rate version 1, qualifiedInterval[${place}]; ` +
        `now it is N by ObservationDefinition/salus-respiratory-rate version ${version}, qualifiedInterval[${place}]: ` +
        `ObservationDefinition/salus-respiratory-rate was in version 1 then and is in version ${version} now.`,
    );
    expect(value.difference).toMatch(/The normal range that is stored is \d+ to 20 .*; now it is \d+ to 24 /);
  });

  it('is named of components, and of what the sender said otherwise', async () => {
    const component = [
      { code: loinc('8480-6'), ...quantity(150, 'mm[Hg]'), ...said('N') },
      { code: loinc('8462-4'), ...quantity(70, 'mm[Hg]') },
    ];
    const { id } = await create(reading('85354-9', { component }));
    const [systolic] = (await evaluate(id)).value;
    expect(systolic).toMatchObject({
      result: { code: 'H' },
      sent: 'N',
      agrees: false,
      stored: { result: { code: 'H' } },
    });
    expect(systolic).not.toHaveProperty('difference');
    await change('salus-systolic-blood-pressure', ({ qualifiedInterval }) => {
      qualifiedInterval[systolic.stored.interval].range.high.value = 155;
    });
    const [now, other] = (await evaluate(id)).value;
    expect(now).toMatchObject({
      result: { code: 'N' },
      sent: 'N',
      agrees: true,
      stored: { result: { code: 'H' } },
    });
    expect(now.difference).toMatch(/^The normal range|^Stored is H by .*; now it is N by /);
    expect(other).not.toHaveProperty('difference');
  });

  it('is none where the sender said the same, and that is told once it is another', async () => {
    const { id } = await create(reading('8310-5', { ...quantity(38.6, 'Cel'), ...said('H') }));
    const { value } = await evaluate(id);
    expect(value).toMatchObject({ result: { code: 'H' }, sent: 'H', agrees: true });
    expect(value.stored).not.toHaveProperty('result');
    await change('salus-body-temperature', ({ qualifiedInterval }) => {
      qualifiedInterval[value.decidedBy.interval].range.high.value = 39;
    });
    const now = (await evaluate(id)).value;
    expect(now.difference).toMatch(/^No judgement is stored beside H, which was sent: .*; now it is N by /);
  });

  it('is told where none was made', async () => {
    const silent = await startTestServer({ VITALS: 'off', DATABASE_URL: server.databaseUrl });
    const { id } = await create(reading('8867-4', quantity(190, '/min')), silent);
    await silent.stop();
    const { value } = await evaluate(id);
    expect(value.result.code).toBe('HH');
    expect(value).not.toHaveProperty('stored');
    expect(value.difference).toMatch(
      /^No judgement is stored: .*; now it is HH by Obs.*\$evaluate-vitals judges/,
    );
  });

  it('is told where it is judged no more', async () => {
    const { id } = await create(reading('59408-5', quantity(80, '%')));
    await send('DELETE', `${server.base}/ObservationDefinition/salus-oxygen-saturation`);
    const { value, notEvaluated } = await evaluate(id);
    expect(notEvaluated).toContain('No ObservationDefinition in force');
    expect(value).toMatchObject({
      measured: { value: 80 },
      stored: { result: { code: 'LL' } },
      difference: expect.stringMatching(
        /^Stored is LL by ObservationDefinition\/salus-oxygen-saturation version 1.*; now it is not judged\./,
      ),
    });
  });
});
