// What the sender of a vital sign is told where it asks (Prefer: return=OperationOutcome), and what VITALS=observe leaves alone.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { batch, type Json, post, put, transaction } from '../bundles/bundleSupport.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';

let annotating: TestServer;
let observing: TestServer;
let off: TestServer;
beforeAll(async () => {
  annotating = await startTestServer({ VITALS: 'annotate' });
  observing = await startTestServer({ VITALS: 'observe' });
  off = await startTestServer();
  const until = Date.now() + 20_000;
  for (const { base } of [annotating, observing]) {
    const total = async () => (await send('GET', `${base}/ObservationDefinition?_summary=count`)).body.total;
    while ((await total()) < 16 && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const { base } of [annotating, observing, off]) await send('PUT', `${base}/Patient/adult`, adult);
});
afterAll(async () => {
  for (const server of [annotating, observing, off]) await server.stop();
});

const adult = { resourceType: 'Patient', id: 'adult', gender: 'female', birthDate: '1980-02-29' };
const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }] });
const quantity = (value: number, code: string) => ({
  valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code },
});
const interpreted = (code: string) => ({
  interpretation: [
    { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', code }] },
  ],
});
const reading = (code: string, more: Json) => ({
  ...{ resourceType: 'Observation', status: 'final', subject: { reference: 'Patient/adult' } },
  ...{ code: loinc(code), effectiveDateTime: '2024-06-01T10:00:00Z' },
  ...more,
});
const told = { prefer: 'return=OperationOutcome' };
/** Severity, code, place and words of what is said of vital signs. */
const said = ({ issue }: Json) =>
  issue
    .filter(({ diagnostics }: Json) => /^(?:Entry \d+: )?Not judged|, computed /.test(diagnostics))
    .map(({ severity, code, expression, diagnostics }: Json) => [severity, code, ...expression, diagnostics]);

describe('the sender of a vital sign is told', () => {
  const panel = reading('85354-9', {
    component: [
      { code: loinc('8480-6'), ...quantity(500, 'mm[Hg]') },
      { code: loinc('8462-4'), dataAbsentReason: { text: 'cuff failure' } },
    ],
  });
  it.each<[string, Json, unknown[][]]>([
    ['nothing of what is as it should be', reading('8867-4', quantity(72, '/min')), []],
    [
      'of an impossible value',
      reading('59408-5', quantity(140, '%')),
      [
        [
          'warning',
          'value',
          'Observation.value',
          expect.stringMatching(/140 % is not possible.*oxygen-saturation/),
        ],
      ],
    ],
    [
      'of a unit that is not converted',
      reading('8867-4', quantity(72, 'kg')),
      [['warning', 'value', 'Observation.value', expect.stringContaining('kg is not converted into /min')]],
    ],
    [
      'of a patient who is not known',
      reading('8867-4', { ...quantity(105, '/min'), subject: { reference: 'Patient/unknown' } }),
      [['warning', 'incomplete', 'Observation.value', expect.stringContaining('birth date is not known')]],
    ],
    [
      'of each component',
      panel,
      [
        ['warning', 'value', 'Observation.component[0].value', expect.stringContaining('500 mm[Hg]')],
        [
          'information',
          'informational',
          'Observation.component[1].value',
          expect.stringContaining('cuff failure'),
        ],
      ],
    ],
    [
      'of a judgement that is another',
      reading('8867-4', { ...quantity(190, '/min'), ...interpreted('N') }),
      [
        [
          'warning',
          'business-rule',
          'Observation.interpretation',
          expect.stringMatching(
            /^Heart rate: sent N, computed HH by ObservationDefinition\/salus-heart-rate\/_history\/1, qualifiedInterval\[13\] \(critical\)\.$/,
          ),
        ],
      ],
    ],
    [
      'nothing of one that is the same',
      reading('8867-4', { ...quantity(190, '/min'), ...interpreted('AA') }),
      [],
    ],
  ])('%s', async (_, observation, expected) => {
    for (const { base } of [annotating, observing]) {
      const { status, body } = await send('POST', `${base}/Observation`, observation, told);
      expect({ status, said: said(body) }).toEqual({ status: 201, said: expected });
    }
    const { status, body } = await send('POST', `${off.base}/Observation`, observation, told);
    expect({ status, said: said(body) }).toEqual({ status: 201, said: [] });
  });

  it('of updates, patches, and entries of bundles', async () => {
    const { base } = annotating;
    const good = { ...reading('59408-5', quantity(97, '%')), id: 'told' };
    expect(said((await send('PUT', `${base}/Observation/told`, good, told)).body)).toEqual([]);
    const bad = { ...good, ...quantity(140, '%') };
    const impossible = [
      'warning',
      'value',
      'Observation.value',
      expect.stringContaining('140 % is not possible'),
    ];
    expect(said((await send('PUT', `${base}/Observation/told`, bad, told)).body)).toEqual([impossible]);
    const patch = [{ op: 'replace', path: '/valueQuantity/value', value: 141 }];
    const patched = await send('PATCH', `${base}/Observation/told`, patch, {
      ...told,
      'content-type': 'application/json-patch+json',
    });
    expect(said(patched.body)).toEqual([[...impossible.slice(0, 3), expect.stringContaining('141 %')]]);
    for (const bundle of [transaction, batch]) {
      const { body } = await send(
        'POST',
        base,
        bundle([put(good), post(reading('59408-5', quantity(140, '%')))]),
        told,
      );
      const outcomes = body.entry.map(({ response }: Json) => response.outcome);
      expect(said(outcomes[0])).toEqual([]);
      expect(said(outcomes[1]).map(([severity]: Json) => severity)).toEqual(['warning']);
      expect(JSON.stringify(outcomes[1])).toContain('Bundle.entry[1].resource');
    }
  });
});

it('an impossible value is stored and not judged', async () => {
  const { body } = await send(
    'POST',
    `${annotating.base}/Observation`,
    reading('59408-5', quantity(140, '%')),
  );
  expect(body.valueQuantity.value).toBe(140);
  expect({ interpretation: body.interpretation, tag: body.meta.tag }).toEqual({});
});

describe('VITALS=observe', () => {
  it('adds nothing to what is sent', async () => {
    const sent = reading('8867-4', quantity(190, '/min'));
    const { body } = await send('POST', `${observing.base}/Observation`, sent);
    const { id, meta, ...rest } = body;
    expect(rest).toEqual(sent);
    expect(Object.keys(meta).sort()).toEqual(['lastUpdated', 'versionId']);
    const annotated = await send('POST', `${annotating.base}/Observation`, sent);
    expect(annotated.body.interpretation).toBeDefined();
  });

  it('judges all the same', async () => {
    const { body } = await send(
      'POST',
      `${observing.base}/Observation`,
      reading('8867-4', quantity(190, '/min')),
    );
    const { body: why } = await send('GET', `${observing.base}/Observation/${body.id}/$evaluate`);
    expect(JSON.stringify(why)).toContain('"code":"HH"');
  });
});
