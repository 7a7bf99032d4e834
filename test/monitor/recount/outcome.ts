// What followed from the readings of a patient, in terms that are equal for all patients with equal readings; and whether
// alerts are shown as they are.
import { expect } from '@jest/globals';
import type { Json } from '../../bundles/bundleSupport.ts';
import { queryRows } from '../../support/rowCounts.ts';
import type { TestServer } from '../../support/testServer.ts';
import type { Graded } from './course.ts';

const NEWS2 = '1104051000000101';

/** The alerts of a patient (all, if none is named) as they are kept. */
async function alertRows({ databaseUrl }: TestServer, patient?: string): Promise<Json[]> {
  const rows = await queryRows<{ state: Json }>(
    databaseUrl,
    'SELECT state FROM alert WHERE $1::text IS NULL OR patient = $1 ORDER BY id',
    [patient === undefined ? null : `Patient/${patient}`],
  );
  return rows.map(({ state }) => state);
}

async function contents({ databaseUrl }: TestServer, type: string): Promise<Json[]> {
  const sql = 'SELECT content FROM resource WHERE type = $1 AND NOT deleted ORDER BY id';
  return (await queryRows<{ content: Json }>(databaseUrl, sql, [type])).map(({ content }) => content);
}

const told = ({ time, value, valueText, interpretation, band }: Json) => ({
  ...{ time, value: value ?? valueText, interpretation, band },
});

/** The scores and the alerts that are on. */
export async function outcomeOf(server: TestServer, patient: string) {
  const scores = (await contents(server, 'Observation'))
    .filter(({ id, subject, status }) => {
      const isCurrent = id.startsWith('score-') && status !== 'entered-in-error';
      return isCurrent && subject.reference === `Patient/${patient}`;
    })
    .map(({ effectiveDateTime, valueInteger, interpretation, component, status }) => ({
      ...{ effectiveDateTime, valueInteger, interpretation, status },
      component: component.map(({ code, valueInteger: score }: Json) => [code.coding[0].code, score]),
    }))
    .sort((a, b) => (a.effectiveDateTime < b.effectiveDateTime ? -1 : 1));
  const alerts = (await alertRows(server, patient))
    .filter(({ status }) => status === 'active')
    .map(({ code, severity, rule, start, latest, raised, streak, first, worst, last }) => ({
      ...{ code: code.split('|')[1], severity, rule, start, latest, raised, streak },
      ...{ first: told(first), worst: told(worst), last: told(last) },
    }))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
  return { scores, alerts };
}

type Outcome = Awaited<ReturnType<typeof outcomeOf>>;

/** The scores as the alerts look at them. */
export function gradesOfScores({ scores }: Outcome): Graded[] {
  const severities: Record<string, Graded['severity']> = { high: 3, medium: 2, 'low-medium': 2 };
  return scores.map(({ effectiveDateTime, interpretation }) => {
    const severity = severities[interpretation[0].coding[1].code] ?? 0;
    return { code: NEWS2, time: Date.parse(effectiveDateTime), severity, calms: severity === 0 };
  });
}

/** The alerts of an outcome, without those of trends, as a naive count of them has them. */
export function naiveTerms({ alerts }: Outcome) {
  const severities: Record<string, number> = { low: 1, moderate: 2, high: 3 };
  return alerts
    .filter(({ first }) => first.interpretation ?? first.band)
    .map(({ code, severity, start, worst, last }) => ({
      ...{ code, severity: severities[severity], start, worst: worst.time, last: last.time },
    }));
}

/** Every alert has a Flag and a DetectedIssue that say what its row says. */
export async function expectResourcesToAgree(server: TestServer): Promise<void> {
  const [rows, flags, issues] = await Promise.all([
    alertRows(server),
    contents(server, 'Flag'),
    contents(server, 'DetectedIssue'),
  ]);
  const shownBy = { active: 'active', inactive: 'resolved', 'entered-in-error': 'withdrawn' } as Json;
  const issueShownBy = { preliminary: 'active', final: 'resolved', 'entered-in-error': 'withdrawn' } as Json;
  const period = ({ start, end }: Json) => ({
    start: new Date(start).toISOString(),
    ...(end !== undefined && { end: new Date(end).toISOString() }),
  });
  const severityUrl = 'https://salus.example/fhir/StructureDefinition/salus-alert-severity';
  const fromFlags = flags.map(({ id, status, subject, period, extension, text }) => ({
    ...{ id, status: shownBy[status], patient: subject.reference, period },
    severity: extension.find(({ url }: Json) => url === severityUrl).valueCode,
    worst: text.div,
  }));
  const fromIssues = issues.map(({ id, status, patient, identifiedPeriod, severity, evidence }) => ({
    ...{ id, status: issueShownBy[status], patient: patient.reference, period: identifiedPeriod, severity },
    evidence: evidence.map(({ detail }: Json) => detail[0].reference),
  }));
  const common = (alert: Json) => ({
    ...{ id: `alert-${alert.id}`, status: alert.status, patient: alert.patient, period: period(alert) },
    severity: alert.severity,
  });
  const withValue = ({ value, valueText, trend }: Json) =>
    trend === undefined ? expect.stringContaining(String(value ?? valueText)) : expect.any(String);
  const versioned = ({ observation: { reference, version } }: Json) => `${reference}/_history/${version}`;
  expect(fromFlags).toEqual(rows.map((alert) => ({ ...common(alert), worst: withValue(alert.worst) })));
  expect(fromIssues).toEqual(
    rows.map((alert) => ({
      ...common(alert),
      // The latest one is shown when it is announced.
      evidence: expect.arrayContaining([...new Set([versioned(alert.first), versioned(alert.worst)])]),
    })),
  );
}

/** All that follows from readings, with its versions. */
export async function followedUp({ databaseUrl }: TestServer): Promise<Json> {
  const read = (sql: string) => queryRows<Json>(databaseUrl, sql);
  return {
    resources: await read(
      "SELECT type, id, version FROM resource WHERE type IN ('Flag', 'DetectedIssue', 'Observation') ORDER BY type, id",
    ),
    readings: await read('SELECT * FROM vital_reading ORDER BY patient, code, time, observation, component'),
    alerts: await read('SELECT * FROM alert ORDER BY id'),
    events: await read('SELECT seq, kind, alert FROM alert_event ORDER BY seq'),
  };
}
