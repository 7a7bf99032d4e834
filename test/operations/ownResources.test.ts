// What this server ships and makes is valid without a complaint, and our own codes are known to the terminology operations.
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { acknowledge } from '../../server/vitals/alerts/acknowledge.ts';
import { detectedIssueOf, flagOf } from '../../server/vitals/alerts/alertResources.ts';
import type { Finding } from '../../server/vitals/alerts/finding.ts';
import * as systems from '../../server/vitals/codeSystems.ts';
import { news2 } from '../../server/vitals/scores/news2.ts';
import { pews } from '../../server/vitals/scores/pews.ts';
import { pewsCodes, pewsRuleset } from '../../server/vitals/scores/pewsTables.ts';
import { bands, isComplete } from '../../server/vitals/scores/score.ts';
import { spo2Scale2 } from '../../server/vitals/scores/scoreFor.ts';
import { scoreObservation } from '../../server/vitals/scores/scoreObservation.ts';
import { send, startTestServer, type TestServer } from '../support/testServer.ts';
import { type AnyJson, createWard, reading, score, shippedPlan } from '../vitals/alerts/support.ts';
import { noon, setOf, wellAdult } from '../vitals/scores/readingSupport.ts';

const OWN = 'https://salus.example/fhir/CodeSystem/';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.stop());

const filesIn = (folder: string): [string, AnyJson][] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [name, JSON.parse(readFileSync(`${folder}/${name}`, 'utf8'))]);

const codeSystems = filesIn('fhir-profiles/code-systems');

const alert = (...findings: Finding[]) => {
  const ward = createWard();
  ward.arrive(...findings);
  return acknowledge(ward.alerts()[0]!, {
    ...{ who: 'Practitioner/1', when: '2026-01-31T10:00:00Z', note: 'Seen' },
  });
};
const range: Finding['range'] = {
  ...{ source: 'population', category: 'critical', position: 1, low: 41, high: 130, unit: '/min' },
  ...{ definition: 'ObservationDefinition/salus-heart-rate', version: '1' },
};
const weight: Finding = reading('w', 0, undefined, {
  ...{ code: `${systems.trendSystem}|weight-loss-month`, name: 'Body weight', value: 66, unit: 'kg' },
  trend: {
    ...{
      rule: 'weight-loss-month',
      kind: 'change-percent',
      change: -5.7,
      threshold: -5,
      unit: 'kg',
      value: 66,
    },
    ...{
      from: Date.UTC(2026, 0, 2),
      to: Date.UTC(2026, 0, 31),
      readings: 3,
      baseline: 70,
      baselineReadings: 1,
    },
  },
});
const alerts = [
  alert(reading('a', 0, 'HH', { value: 150, unit: '/min', range })),
  alert(score('s', 0, 'high', { value: 9 })),
  alert(weight),
];
const child = {
  ...{ respiration: 30, effort: 'none', spo2: 98, oxygen: 'air' },
  ...{ pulse: 110, systolic: 90, capillaryRefill: 1 },
};
const scores = [
  news2(setOf(wellAdult), { scale: 1 }),
  news2(setOf(wellAdult), { scale: 2 }),
  pews(setOf(child), { age: '1-4 years' }),
].map((each) => {
  if (!isComplete(each)) throw new Error(`missing ${each.missing}`);
  return scoreObservation(each, { patient: 'Patient/1', at: noon });
});
const resources: [string, AnyJson][] = [
  ...filesIn('fhir-profiles/vital-signs'),
  ...filesIn('fhir-profiles/alert-policy'),
  ...filesIn('fhir-profiles'),
  ...codeSystems,
  ...alerts.flatMap((one, i): [string, AnyJson][] => [
    [`Flag ${i}`, flagOf(one)],
    [`DetectedIssue ${i}`, detectedIssueOf(one)],
  ]),
  ...scores.map((one, i): [string, AnyJson] => [`score ${i}`, one]),
];

/** SNOMED CT and LOINC are not held, and a narrative is only good practice (dom-6). */
const isExpected = ({ diagnostics }: AnyJson) => /^dom-6|snomed\.info|loinc\.org/.test(diagnostics);

describe('$validate', () => {
  it.each(resources)('finds nothing wrong with %s', async (_, resource) => {
    const { status, body } = await send(
      'POST',
      `${server.base}/${resource.resourceType}/$validate`,
      resource,
    );
    const wrong = body.issue.filter(
      (issue: AnyJson) =>
        (issue.severity !== 'information' && !isExpected(issue)) || issue.diagnostics.includes(OWN),
    );
    expect({ status, wrong }).toEqual({ status: 200, wrong: [] });
  });
});

describe('our own code systems', () => {
  it.each(codeSystems)('%s can be looked up', async (_, { url, concept }) => {
    for (const { code, display, definition } of concept) {
      const { body } = await send('GET', `${server.base}/CodeSystem/$lookup?system=${url}&code=${code}`);
      const given = Object.fromEntries(
        body.parameter.map((each: AnyJson) => [each.name, each.valueString ?? each.valueCode]),
      );
      expect(given.display).toBe(display);
      expect(JSON.stringify(body)).toContain(JSON.stringify(definition));
    }
    const query = `url=${url}&code=no-such-code`;
    const { body } = await send('GET', `${server.base}/CodeSystem/$validate-code?${query}`);
    expect(body.parameter.find(({ name }: AnyJson) => name === 'result').valueBoolean).toBe(false);
  });

  it('have every code that the server works with, and say the same of it', () => {
    const displays = new Map(
      codeSystems.flatMap(([, { url, concept }]) =>
        concept.map(({ code, display }: AnyJson) => [`${url}|${code}`, display] as const),
      ),
    );
    const codings = [pewsRuleset.code, ...Object.values(pewsCodes)];
    for (const { system, code, display } of codings) expect(displays.get(`${system}|${code}`)).toBe(display);
    const rules = shippedPlan().action.map(
      ({ code, title }: AnyJson) => [`${systems.ruleSystem}|${code[0].coding[0].code}`, title] as const,
    );
    for (const [code, title] of rules) expect(displays.get(code)).toBe(title);
    const known = [
      ...bands.map((band) => `${systems.bandSystem}|${band}`),
      ...['none', 'mild', 'moderate', 'severe'].map((effort) => `${systems.distressSystem}|${effort}`),
      `${spo2Scale2.system}|${spo2Scale2.code}`,
      `${systems.tagSystem}|computed`,
      `${systems.planTypeSystem}|alert-policy`,
      `${systems.mitigationSystem}|acknowledged`,
    ];
    expect(known.filter((code) => !displays.has(code))).toEqual([]);
  });

  it('are all there are in the sources', () => {
    const named = Object.values(systems).filter((url) => url.startsWith(OWN));
    const urls = codeSystems.map(([, { url }]) => url);
    expect(named.filter((url) => !urls.includes(url))).toEqual([]);
    const source = readFileSync('server/operations/stats.ts', 'utf8');
    expect(urls).toContain(/'(https:\/\/salus\.example\/fhir\/CodeSystem\/\w+)'/.exec(source)?.[1]);
  });
});
