// A second ObservationDefinition for a vital sign: who stores it is told what it takes the place of, and no critical limit is
// silenced by one that is as specific.
import { Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { readConfig } from '../../server/config.ts';
import { createServices } from '../../server/services.ts';
import { createLogger } from '../../server/telemetry.ts';
import { type Json, post, put, transaction } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ VITALS: 'annotate' });
  const until = Date.now() + 20_000;
  const total = async () =>
    (await send('GET', `${server.base}/ObservationDefinition?_summary=count`)).body.total;
  while ((await total()) < 16 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50));
  for (const gender of ['male', 'female']) {
    const patient = { resourceType: 'Patient', id: gender, gender, birthDate: '1980-02-29' };
    await send('PUT', `${server.base}/Patient/${gender}`, patient);
  }
});
afterAll(() => server.stop());
afterEach(async () => {
  for (const id of ['a-ward', 'z-ward', 'men', 'own', 'a', 'b']) {
    await send('DELETE', `${server.base}/ObservationDefinition/${id}`);
  }
});

const told = { prefer: 'return=OperationOutcome' };
const years = (low: number) => ({ low: { value: low, system: 'http://unitsofmeasure.org', code: 'a' } });
const range = (low: number, high: number) => ({ low: { value: low }, high: { value: high } });
const rates = (id: string, ...qualifiedInterval: Json[]): Json => ({
  ...{ resourceType: 'ObservationDefinition', id },
  code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
  quantitativeDetails: { unit: { coding: [{ system: 'http://unitsofmeasure.org', code: '/min' }] } },
  qualifiedInterval,
});
const store = (definition: Json) =>
  send('PUT', `${server.base}/ObservationDefinition/${definition.id}`, definition, told);
const remove = (id: string) => send('DELETE', `${server.base}/ObservationDefinition/${id}`);
const warnings = ({ body }: { body: Json }): string[] =>
  (body.issue ?? [])
    .filter(({ severity }: Json) => severity === 'warning')
    .map(({ diagnostics }: Json) => diagnostics)
    .filter((text: string) => text.includes('qualifiedInterval'));

const interpretation = async (patient: string, value: number): Promise<string> => {
  const { body } = await send('POST', `${server.base}/Observation`, {
    ...{ resourceType: 'Observation', status: 'final', subject: { reference: `Patient/${patient}` } },
    code: { coding: [{ system: 'http://loinc.org', code: '8867-4' }] },
    effectiveDateTime: '2024-06-01T10:00:00Z',
    valueQuantity: { value, unit: '/min', system: 'http://unitsofmeasure.org', code: '/min' },
  });
  return body.interpretation?.[0]?.coding?.[0]?.code;
};

describe('a second definition of the heart rate', () => {
  it.each(['a-ward', 'z-ward'])(
    'as specific as the shipped one silences no critical limit (%s)',
    async (id) => {
      expect(await interpretation('female', 190)).toBe('HH');
      const answer = await store(
        rates(
          id,
          { category: 'reference', age: years(16), range: range(10, 300) },
          { category: 'critical', age: years(16), range: range(5, 310) },
        ),
      );
      expect(answer.status).toBe(201);
      expect(await interpretation('female', 190)).toBe('HH');
      expect(await interpretation('female', 30)).toBe('LL');
      const found = warnings(answer).filter((text) => !text.includes('77386006'));
      expect(found).toEqual([
        expect.stringMatching(
          /qualifiedInterval\[0\].*ObservationDefinition\/salus-heart-rate: qualifiedInterval\[6\].*aged 16 years or more/,
        ),
        expect.stringMatching(
          /qualifiedInterval\[1\].*qualifiedInterval\[13\] \(critical 41 to 130 \/min\).*narrower/,
        ),
      ]);
      // Those for pregnant patients are more specific.
      expect(warnings(answer)).toHaveLength(4);
      await remove(id);
      // What was deleted competes no more.
      const next = warnings(await store(rates('men', { age: years(16), range: range(10, 300) })));
      expect(next.join()).toContain('ObservationDefinition/salus-heart-rate');
      expect(next.join()).not.toContain('ward');
    },
  );

  it('more specific holds, and says what it takes the place of', async () => {
    const answer = await store(rates('men', { category: 'critical', gender: 'male', range: range(5, 310) }));
    expect(await interpretation('male', 190)).toBe('H');
    expect(await interpretation('female', 190)).toBe('HH');
    expect(warnings(answer)).toEqual([
      expect.stringMatching(
        /men\.qualifiedInterval\[0\] .*more specific, takes the place of .*; qualifiedInterval\[13\] \(critical 41 to 130 \/min\) for male patients aged 16 years or more/,
      ),
      expect.stringMatching(/hidden by intervals, more specific, .*qualifiedInterval\[14\] .*77386006/),
    ]);
    const again = await store(rates('men', { category: 'critical', gender: 'male', range: range(6, 310) }));
    expect(warnings(again)).toHaveLength(2);
  });

  it('of the same transaction is told of', async () => {
    const other = (id: string) => {
      const definition = rates(id, { category: 'critical', range: range(5, 310) });
      definition.code.coding[0].code = '8889-8';
      return put(definition);
    };
    const { status, body } = await send('POST', server.base, transaction([other('a'), other('b')]), told);
    expect(status).toBe(200);
    const of = body.entry.map(({ response }: Json) => warnings({ body: response.outcome ?? {} }));
    expect(of).toEqual([
      [expect.stringContaining('ObservationDefinition/b')],
      [expect.stringContaining('ObservationDefinition/a')],
    ]);
  });

  it('is compared with what a conditional create left as it is', async () => {
    const { id: _, ...other } = rates('new', { category: 'critical', range: range(5, 310) });
    const entries = [
      post(other, undefined, { ifNoneExist: '_id=salus-heart-rate' }),
      put(rates('z-ward', { category: 'critical', age: years(16), range: range(5, 310) })),
    ];
    const { body } = await send('POST', server.base, transaction(entries), told);
    expect(body.entry[0].response.location).toContain('ObservationDefinition/salus-heart-rate');
    expect(warnings({ body: body.entry[1].response.outcome ?? {} }).join()).toContain(
      'ObservationDefinition/salus-heart-rate: qualifiedInterval[13]',
    );
  });

  it.each<[string, Json]>([
    [
      'of one patient',
      {
        extension: [
          {
            url: 'https://salus.example/fhir/StructureDefinition/range-patient',
            valueReference: { reference: 'Patient/male' },
          },
        ],
      },
    ],
    ['of something else', { code: { coding: [{ system: 'http://loinc.org', code: '8893-0' }] } }],
  ])('%s takes the place of none', async (_, more) => {
    const answer = await store({ ...rates('own', { category: 'critical', range: range(5, 310) }), ...more });
    expect(answer.status).toBeLessThan(300);
    expect(warnings(answer)).toEqual([]);
  });

  it('that is shipped warns of nothing when it is stored again', async () => {
    const { body } = await send('GET', `${server.base}/ObservationDefinition/salus-heart-rate`);
    body.code.text = 'Pulse';
    const answer = await store(body);
    expect(answer.status).toBe(200);
    expect(warnings(answer)).toEqual([]);
  });

  it('is named in the log when the ranges are read', async () => {
    await store(rates('z-ward', { category: 'critical', age: years(16), range: range(5, 310) }));
    const lines: Json[] = [];
    const stream = new Writable({
      write(line: Buffer, _, done) {
        lines.push(JSON.parse(line.toString()));
        done();
      },
    });
    const config = readConfig({
      ...{ DATABASE_URL: server.databaseUrl, DATA_DIR: 'node_modules/.cache/salus-test', VITALS: 'annotate' },
    });
    const services = await createServices(config, createLogger('warn', {}, stream));
    await services.close();
    const competing = lines.filter(({ message }) => message.includes('same patients'));
    expect(competing).toEqual([
      expect.objectContaining({
        first: expect.stringMatching(/^ObservationDefinition\/salus-heart-rate\/_history\/\d+$/),
        second: expect.stringMatching(/^ObservationDefinition\/z-ward\/_history\/\d+$/),
        sentences: 2,
        what: [expect.stringContaining('narrower'), expect.stringContaining('77386006')],
      }),
    ]);
  });
});
