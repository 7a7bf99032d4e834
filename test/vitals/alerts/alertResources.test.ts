// Alerts as Flag and DetectedIssue: valid R4 whatever the alert, and all that a clinician has to be told.
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { acknowledge, isAcknowledged } from '../../../server/vitals/alerts/acknowledge.ts';
import type { Alert } from '../../../server/vitals/alerts/alert.ts';
import { acknowledgementsIn, detectedIssueOf, flagOf } from '../../../server/vitals/alerts/alertResources.ts';
import { rangeText } from '../../../server/vitals/alerts/alertText.ts';
import type { Finding } from '../../../server/vitals/alerts/finding.ts';
import { trendSystem } from '../../../server/vitals/codeSystems.ts';
import { judgePublished } from './judgePublished.ts';
import { type AnyJson, corrected, createWard, reading, score } from './support.ts';

const range: Finding['range'] = {
  ...{ source: 'population', category: 'critical', position: 1, low: 40, high: 130, unit: '/min' },
  ...{ definition: 'ObservationDefinition/salus-heart-rate', version: '3' },
};
const critical = reading('a', 0, 'HH', { value: 150, unit: '/min', range });
const seen = { who: 'Practitioner/1', when: '2026-01-31T00:05:00+01:00', note: 'ECG <done> & seen' };

function alertOf(...findings: Finding[]): Alert {
  const ward = createWard();
  ward.arrive(...findings);
  return ward.alerts()[0]!;
}

const trend: Finding = reading('t', 0, undefined, {
  code: `${trendSystem}|weight-loss-month`,
  name: 'Body weight',
  value: 66,
  unit: 'kg',
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

const withdrawn = (): Alert => {
  const ward = createWard();
  ward.arrive(critical);
  ward.arrive(corrected(critical, { withdrawn: true }));
  return ward.alerts()[0]!;
};

const alerts: [string, Alert][] = [
  ['active', alertOf(critical)],
  [
    'of several readings',
    alertOf(critical, reading('b', 1, 'LL', { value: 30, unit: '/min' }), reading('c', 2, 'HH')),
  ],
  ['resolved', alertOf(critical, reading('b', 1, 'N'), reading('c', 2, 'N'))],
  ['withdrawn', withdrawn()],
  ['of a score', alertOf(score('a', 0, 'high', { value: 9 }))],
  ['of a trend', alertOf(trend)],
  [
    'of a coded value',
    alertOf(reading('a', 0, 'AA', { valueText: 'Unresponsive', range: { source: 'population' } })),
  ],
  ['acknowledged', acknowledge(alertOf(critical), seen)],
];

describe('flagOf and detectedIssueOf', () => {
  it.each(alerts)('make valid resources of an alert that is %s', (_name, alert) => {
    expect(judgePublished(flagOf(alert))).toEqual([]);
    expect(judgePublished(detectedIssueOf(alert))).toEqual([]);
  });

  it('would be told of what is not valid', () => {
    const flag: AnyJson = flagOf(alerts[7]![1]);
    flag.extension.find((one: AnyJson) => one.url.endsWith('-acknowledgement')).extension.pop();
    expect(judgePublished(flag)).toEqual([]);
    flag.extension.find((one: AnyJson) => one.url.endsWith('-acknowledgement')).extension.shift();
    expect(judgePublished(flag)).not.toEqual([]);
    expect(judgePublished({ ...detectedIssueOf(alerts[0]![1]), severity: 'dreadful' })).not.toEqual([]);
  });

  it('tell what was found, by which range of which version, and by what rule', () => {
    const issue: AnyJson = detectedIssueOf(alertOf(critical));
    expect(issue.detail).toBe(
      'Heart rate 150 /min: critically high (2026-01-31T00:00:00.000Z, Observation/a version 1). ' +
        'Range used: critical 40 to 130 /min, of the population, qualifiedInterval[1] of ObservationDefinition/salus-heart-rate version 3. ' +
        'Rule: Critical value (PlanDefinition/salus-alert-policy).',
    );
    expect(issue).toMatchObject({
      status: 'preliminary',
      severity: 'high',
      patient: { reference: 'Patient/1' },
      implicated: [{ reference: 'Observation/a' }],
      evidence: [
        {
          detail: [
            { reference: 'Observation/a/_history/1' },
            { reference: 'ObservationDefinition/salus-heart-rate/_history/3' },
          ],
        },
      ],
      identifiedPeriod: { start: '2026-01-31T00:00:00.000Z' },
    });
    expect(issue.evidence[0].code[1].coding[0].code).toBe('HH');
    expect((detectedIssueOf(alertOf(trend)) as AnyJson).detail).toMatch(
      /^Body weight 66 kg: -5.7 % against 70 kg, 3 readings compared, 2026-01-02\S+ to 2026-01-31\S+ \(/,
    );
  });

  it.each([
    ['active', 'active', 'preliminary', false],
    ['resolved', 'inactive', 'final', true],
    ['withdrawn', 'entered-in-error', 'entered-in-error', false],
  ])('have the status of an alert that is %s', (name, flagStatus, issueStatus, ended) => {
    const alert = alerts.find(([known]) => known === name)![1];
    const [flag, issue] = [flagOf(alert) as AnyJson, detectedIssueOf(alert) as AnyJson];
    expect([flag.status, issue.status]).toEqual([flagStatus, issueStatus]);
    expect('end' in flag.period).toBe(ended);
    expect(flag.identifier).toEqual(issue.identifier);
  });

  it.each([
    [{ source: 'patient', low: 90, unit: '%' }, "at least 90 %, the patient's own"],
    [{ source: 'observation', high: 38 }, "at most 38, the observation's own"],
    [{ source: 'population', category: 'reference', low: 0, high: 3 }, 'reference 0 to 3, of the population'],
    [{ source: 'population' }, 'by code, of the population'],
  ] as const)('name a range %j', (used, text) => {
    expect(rangeText(used)).toBe(text);
  });
});

describe('acknowledge', () => {
  const alert = alertOf(score('a', 0, 'medium'));

  it('keeps who, when and note, once, and writes them into both resources', () => {
    const once = acknowledge(alert, seen);
    expect(acknowledge(once, seen)).toBe(once);
    expect(once.acknowledgements).toEqual([{ ...seen, severity: 'moderate' }]);
    expect(detectedIssueOf(once)).toMatchObject({
      mitigation: [{ action: { text: seen.note }, date: seen.when, author: { reference: seen.who } }],
    });
    const extensions = (flagOf(once) as AnyJson).extension;
    expect(extensions).toContainEqual({ url: expect.stringMatching(/-acknowledged$/), valueBoolean: true });
  });

  it('does not cover an alert that became more severe', () => {
    const ward = createWard();
    ward.keep(acknowledge(ward.arrive(score('a', 0, 'medium'))[0]!.alert, seen));
    expect(isAcknowledged(ward.active()[0]!)).toBe(true);
    ward.arrive(score('b', 5, 'high'));
    expect(isAcknowledged(ward.active()[0]!)).toBe(false);
    ward.keep(acknowledge(ward.active()[0]!, { ...seen, when: '2026-01-31T00:10:00Z' }));
    expect(isAcknowledged(ward.active()[0]!)).toBe(true);
  });

  it.each([
    ['nobody', { who: '', when: seen.when }, 400],
    ['somebody who is no clinician', { who: 'Patient/1', when: seen.when }, 400],
    ['no time', { who: seen.who, when: '2026-01-31' }, 400],
    ['a month that is none', { who: seen.who, when: '2026-13-31T00:00:00Z' }, 400],
    ['an empty note', { ...seen, note: ' ' }, 400],
    ['a note too long', { ...seen, note: 'x'.repeat(2001) }, 400],
  ])('refuses %s', (_name, given, status) => {
    expect(() => acknowledge(alert, given)).toThrow(expect.objectContaining({ status }));
  });

  it('refuses an alert that was withdrawn', () => {
    expect(() => acknowledge(withdrawn(), seen)).toThrow(expect.objectContaining({ status: 409 }));
  });

  it('reads what a client added to the DetectedIssue, and only that', () => {
    const person = fc.constantFrom('Practitioner/1', 'PractitionerRole/2');
    const note = fc.option(
      fc.string({ minLength: 1, maxLength: 30 }).filter((text) => text.trim() !== ''),
      {
        nil: undefined,
      },
    );
    const time = fc.integer({ min: 0, max: 1e9 }).map((s) => new Date(s * 1000).toISOString());
    fc.assert(
      fc.property(person, time, note, (who, when, text) => {
        const given = { who, when, ...(text === undefined ? {} : { note: text }) };
        const changed = detectedIssueOf(acknowledge(alert, given));
        expect(acknowledgementsIn(changed, alert)).toEqual([given]);
        expect(acknowledgementsIn(changed, acknowledge(alert, given))).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
