// The policy out of PlanDefinitions: the shipped one, wards, and what is refused.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { EXTENSIONS } from '../../../server/vitals/alerts/alertExtensions.ts';
import { gradeOf, rulesFor } from '../../../server/vitals/alerts/alertPolicy.ts';
import type { Finding } from '../../../server/vitals/alerts/finding.ts';
import { isAlertPolicy, readPolicy } from '../../../server/vitals/alerts/readPolicy.ts';
import { trendSystem } from '../../../server/vitals/codeSystems.ts';
import { brief, gate } from '../../validation/structureSupport.ts';
import { judgePublished, ownStructures } from './judgePublished.ts';
import { type AnyJson, createWard, policy, reading, score, shippedPlan } from './support.ts';

const venue = { system: 'http://terminology.hl7.org/CodeSystem/usage-context-type', code: 'venue' };
const intensive = (change: (plan: AnyJson) => void = () => {}): AnyJson => {
  const { url: _url, extension: _extension, ...plan } = shippedPlan();
  const ward = {
    ...plan,
    id: 'intensive',
    meta: { versionId: '7' },
    useContext: [{ code: venue, valueReference: { reference: 'Location/icu' } }],
    action: [plan.action[0]],
  };
  change(ward);
  return ward;
};
const changed = (change: (plan: AnyJson) => void): AnyJson => {
  const plan = shippedPlan();
  change(plan);
  return plan;
};
const severity = (finding: Finding) => {
  const grade = gradeOf(rulesFor(policy, finding), finding);
  return grade.raises ? grade.severity : grade.resolving ? 'resolving' : 'neither';
};

describe('the shipped policy', () => {
  it('is valid, as are the extensions it and alerts use', () => {
    expect(judgePublished(shippedPlan())).toEqual([]);
    for (const structure of ownStructures.values()) expect(brief(gate.validate(structure))).toEqual([]);
    expect([...ownStructures.keys()].sort()).toEqual(Object.values(EXTENSIONS).sort());
  });

  it.each<[Finding['interpretation'], string]>([
    ['LL', 'high'],
    ['L', 'neither'],
    ['N', 'resolving'],
    ['H', 'neither'],
    ['HH', 'high'],
    ['A', 'neither'],
    ['AA', 'high'],
    [undefined, 'neither'],
  ])('makes of a value that is %s: %s', (interpretation, expected) => {
    expect(severity(reading('a', 0, interpretation))).toBe(expected);
  });

  it.each<[Finding['band'], string]>([
    ['none', 'resolving'],
    ['low', 'resolving'],
    ['low-medium', 'moderate'],
    ['medium', 'moderate'],
    ['high', 'high'],
    ['emergency', 'high'],
  ])('makes of a score in band %s: %s', (band, expected) => {
    expect(severity(score('a', 0, band))).toBe(expected);
  });

  it('has trend rules, each with an action that raises', () => {
    expect(policy.trends).toMatchObject([
      {
        name: 'weight-loss-month',
        kind: 'change-percent',
        threshold: -5,
        windowHours: 720,
        baseline: { kind: 'extreme' },
      },
      { name: 'weight-gain-days', kind: 'change', threshold: 2, unit: 'kg', windowHours: 72 },
      {
        name: 'heart-rate-rising',
        kind: 'sustained',
        threshold: 15,
        minimumReadings: 3,
        baseline: { hours: 720 },
      },
    ]);
    const raised = policy.general.raise.flatMap(({ trends }) => trends ?? []);
    expect(raised).toEqual(policy.trends.map(({ name }) => name));
    expect(policy).toMatchObject({
      oldestMinutes: 1440,
      futureMinutes: 10,
      general: { suppressionMinutes: 30 },
    });
  });

  it('says where every rule with a limit comes from', () => {
    const silent = shippedPlan().action.filter(({ documentation }: AnyJson) => !documentation);
    expect(silent.map(({ title }: AnyJson) => title)).toEqual(['Critical value']);
  });
});

describe('the example of a ward in fhir-profiles/README.md', () => {
  const readme = readFileSync('fhir-profiles/README.md', 'utf8');
  const example = [...readme.matchAll(/-d '([^']+)'/g)]
    .map(([, json]) => JSON.parse(json!) as AnyJson)
    .find(({ resourceType }) => resourceType === 'PlanDefinition');

  it('is valid, and does what is said of it', () => {
    expect(judgePublished(example)).toEqual([]);
    const { general, wards } = readPolicy([shippedPlan(), example]);
    const ward = wards['Location/icu']!;
    expect(ward.suppressionMinutes).toBe(10);
    expect(ward.resolve).toEqual({ ...general.resolve, value: { readings: 3, when: 'normal' } });
    const names = general.raise.map(({ name }) => name);
    expect(ward.raise.map(({ name }) => name)).toEqual(names.filter((name) => name !== 'score-single-three'));
  });

  it('stands beside a table of all rules', () => {
    for (const { name, severity, trends } of policy.general.raise) {
      const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
      expect([name, row?.endsWith(`| ${severity} |`)]).toEqual([name, true]);
      expect(trends === undefined || trends.join() === name).toBe(true);
    }
    expect(readme).toContain(`(${policy.general.suppressionMinutes} minutes)`);
  });
});

describe('readPolicy', () => {
  it('replaces general rules of the same code in a ward, and keeps the rest', () => {
    const ward = intensive((plan) => {
      plan.action[0].extension[0].valueCode = 'moderate';
      plan.extension = [
        {
          url: EXTENSIONS.timing,
          extension: [{ url: 'suppression', valueDuration: { value: 2, code: 'h' } }],
        },
      ];
    });
    const { general, wards } = readPolicy([shippedPlan(), ward]);
    const icu = wards['Location/icu']!;
    expect(icu.suppressionMinutes).toBe(120);
    expect(icu.resolve).toEqual(general.resolve);
    expect(icu.sources).toEqual(['PlanDefinition/salus-alert-policy', 'PlanDefinition/intensive/_history/7']);
    expect(icu.raise.find(({ name }) => name === 'critical-value')!.severity).toBe('moderate');
    expect(icu.raise).toHaveLength(general.raise.length);
  });

  it('goes by the narrowest ward that has rules, and can switch a rule off', () => {
    const ward = intensive((plan) => {
      delete plan.action[0].trigger;
      plan.useContext[0] = {
        code: venue,
        valueCodeableConcept: { coding: [{ system: 'urn:wards', code: '7' }] },
      };
    });
    const rules = readPolicy([shippedPlan(), ward]);
    const arrive = (wards: string[]) => createWard(rules).arrive(reading('a', 0, 'HH', { wards })).length;
    expect(arrive(['Location/bed', 'urn:wards|7', 'Organization/1'])).toBe(0);
    expect(arrive(['Location/bed', 'Organization/1'])).toBe(1);
    expect(arrive(['__proto__', 'constructor'])).toBe(1);
  });

  it('can name the codes that a rule is about', () => {
    const rules = readPolicy([
      changed(({ action }) =>
        action[0].trigger[0].data[0].codeFilter.push({
          path: 'code',
          code: [{ system: 'http://loinc.org', code: '2708-6' }],
        }),
      ),
    ]);
    expect(createWard(rules).arrive(reading('a', 0, 'HH'))).toEqual([]);
    expect(createWard(rules).arrive(reading('a', 0, 'LL', { code: 'http://loinc.org|2708-6' }))).toHaveLength(
      1,
    );
  });

  it('does not count what is retired, a draft, or another PlanDefinition', () => {
    const other = { ...shippedPlan(), type: undefined };
    expect(isAlertPolicy(other)).toBe(false);
    const plans = [
      shippedPlan(),
      { ...shippedPlan(), status: 'retired' },
      { ...shippedPlan(), status: 'draft' },
      other,
    ];
    expect(readPolicy(plans)).toEqual(policy);
  });

  it.each<[string, AnyJson[], RegExp]>([
    ['no general policy', [intensive()], /there is none/],
    [
      'two general policies',
      [shippedPlan(), { ...shippedPlan(), id: 'two' }],
      /salus-alert-policy, PlanDefinition\/two/,
    ],
    ['two for one ward', [shippedPlan(), intensive(), intensive()], /Location\/icu has another/],
    [
      'another context',
      [shippedPlan(), intensive((plan) => (plan.useContext[0].code = { ...venue, code: 'age' }))],
      /useContext\[0\]: only venue/,
    ],
    [
      'trends in a ward',
      [shippedPlan(), intensive((plan) => plan.action.push(shippedPlan().action[4]))],
      /said in the general policy only/,
    ],
  ])('refuses %s', (_name, plans, reason) => {
    expect(() => readPolicy(plans)).toThrow(expect.objectContaining({ status: 422 }));
    expect(() => readPolicy(plans)).toThrow(reason);
  });

  const trendPart = (plan: AnyJson, at: number, url: string) =>
    plan.action[at].extension[1].extension.find((part: AnyJson) => part.url === url);
  it.each<[string, (plan: AnyJson) => void, RegExp]>([
    ['a rule without a name', ({ action }) => delete action[0].code, /action\[0\]: a rule needs code/],
    [
      'two rules of one name',
      ({ action }) => action.push(action[0]),
      /two rules have the code "critical-value"/,
    ],
    ['no severity', ({ action }) => delete action[0].extension, /salus-alert-severity is one of low/],
    [
      'no filter',
      ({ action }) => delete action[0].trigger[0].data[0].codeFilter,
      /every reading would raise/,
    ],
    ['another trigger', ({ action }) => (action[0].trigger[0].type = 'periodic'), /data-added/],
    [
      'a code that is none',
      ({ action }) => (action[0].trigger[0].data[0].codeFilter[0].code[0].code = 'XX'),
      /not "XX"/,
    ],
    [
      'codes of another system',
      ({ action }) => (action[0].trigger[0].data[0].codeFilter[0].code[0].system = 'urn:x'),
      /interpretations are of/,
    ],
    [
      'a trend that is not defined',
      ({ action }) =>
        (action[4].trigger[0].data[0].codeFilter[0].code[0] = { system: trendSystem, code: 'x' }),
      /there is no trend rule "x"/,
    ],
    [
      'a threshold of 0',
      (plan) => (trendPart(plan, 4, 'threshold').valueDecimal = 0),
      /threshold other than 0/,
    ],
    [
      'no code of readings',
      (plan) => (trendPart(plan, 5, 'code').url = 'x'),
      /names the code of its readings/,
    ],
    ['a window of years', (plan) => (trendPart(plan, 4, 'window').valueDuration.value = 5000), /not within/],
    [
      'a window in months',
      (plan) => (trendPart(plan, 4, 'window').valueDuration.code = 'mo'),
      /one of min, h, d, wk/,
    ],
    [
      'a baseline missing',
      (plan) => plan.action[6].extension[1].extension.pop(),
      /needs a baseline of its own/,
    ],
    [
      'no readings to end it',
      (plan) => (plan.extension[1].extension[1].valuePositiveInt = 0),
      /readings is a whole number/,
    ],
  ])('refuses %s', (_name, change, reason) => {
    expect(() => readPolicy([changed(change)])).toThrow(expect.objectContaining({ status: 422 }));
    expect(() => readPolicy([changed(change)])).toThrow(reason);
  });
});
