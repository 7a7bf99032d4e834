// Patient/[id]/$vitals-summary: how a patient is, as far as vital signs tell: the latest of each and where it is going, the
// early-warning scores, and the alerts that last. All of one moment.
import { ensureDefinitions } from '../currentDefinitions.ts';
import { refuse } from '../errors.ts';
import { readPatientFacts } from '../fhir/patientFacts.ts';
import { read } from '../fhir/read.ts';
import { patientReadings } from '../monitor/patientReadings.ts';
import type { Services } from '../services.ts';
import { listAlerts } from '../store/alerts.ts';
import { type Database, snapshot } from '../store/database.ts';
import { latestReadings } from '../store/vitalReadings.ts';
import { waitingVitals } from '../store/waitingVitals.ts';
import { isAcknowledged } from '../vitals/alerts/acknowledge.ts';
import type { Alert } from '../vitals/alerts/alert.ts';
import { resourceIdOf } from '../vitals/alerts/alertResources.ts';
import { alertText } from '../vitals/alerts/alertText.ts';
import { namedParameters } from './namedParameters.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { type Parameter, parametersText } from './parametersText.ts';
import type { Summary } from './summary.ts';
import { summaryOfScores } from './summaryOfScores.ts';
import { summaryOfSigns } from './summaryOfSigns.ts';
import { codingOf, instantOf } from './summaryParameters.ts';

/** Vital signs and alerts of one patient that one answer can hold. */
const MOST_CODES = 500;
const MOST_ALERTS = 500;
/** How far ahead a clock may be, where no policy says so. */
const FUTURE_MINUTES = 15;

export const vitalsSummary: Operation = {
  name: 'vitals-summary',
  definition: 'urn:salus:operation:vitals-summary',
  levels: { type: [], instance: ['Patient'] },
  run,
};

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  namedParameters(request, 'vitals-summary', {});
  if (services.config.vitals === 'off') {
    throw refuse(422, 'not-supported', 'VITALS=off: this server does not evaluate vital signs.');
  }
  yield await snapshot(db, async (at) => {
    await ensureDefinitions(services, at);
    return summaryOf(services, at, request.id!);
  });
}

async function summaryOf(services: Services, db: Database, patient: string): Promise<string> {
  await read(services, 'Patient', patient, db);
  const now = Date.now();
  const facts = await readPatientFacts(services, db, [patient]);
  const latest = await latestReadings(db, patient);
  if (latest.length > MOST_CODES) {
    const message = `Patient/${patient} has ${latest.length} vital signs; a summary holds ${MOST_CODES}.`;
    throw refuse(413, 'too-costly', message);
  }
  const { policy } = services.current;
  const summary: Summary = {
    ...{ services, db, patient, now, latest },
    until: now + (policy?.futureMinutes ?? FUTURE_MINUTES) * 60_000,
    facts: facts.get(`Patient/${patient}`)!,
    readings: patientReadings(services, db, facts),
  };
  const waiting = await waitingVitals(db, patient);
  return parametersText([
    { name: 'patient', valueReference: { reference: `Patient/${patient}` } },
    { name: 'at', valueInstant: instantOf(now) },
    ...(waiting === 0 ? [] : [{ name: 'waiting', valueInteger: waiting }]),
    ...(await summaryOfSigns(summary)),
    ...(await summaryOfScores(summary)),
    ...(await alertsOf(db, patient)),
  ]);
}

async function alertsOf(db: Database, patient: string): Promise<Parameter[]> {
  const filter = { patient: `Patient/${patient}`, status: ['active'] } as const;
  const alerts = await listAlerts(db, filter, { most: MOST_ALERTS + 1 });
  if (alerts.length > MOST_ALERTS) {
    const message = `Patient/${patient} has more than ${MOST_ALERTS} open alerts: GET /api/v1/alerts lists them page by page.`;
    throw refuse(413, 'too-costly', message);
  }
  return alerts.map((alert) => ({ name: 'alert', part: alertParts(alert) }));
}

function alertParts(alert: Alert): Parameter[] {
  const { id, code, severity, title, start, last, raised, worst } = alert;
  return [
    { name: 'id', valueId: id },
    { name: 'code', valueCoding: codingOf(code) },
    { name: 'severity', valueCode: severity },
    { name: 'title', valueString: title },
    { name: 'text', valueString: alertText(alert) },
    { name: 'start', valueInstant: instantOf(start) },
    { name: 'worst', valueInstant: instantOf(worst.time) },
    { name: 'last', valueInstant: instantOf(last.time) },
    { name: 'readings', valueInteger: raised },
    { name: 'acknowledged', valueBoolean: isAcknowledged(alert) },
    { name: 'flag', valueReference: { reference: `Flag/${resourceIdOf(alert)}` } },
    { name: 'detectedIssue', valueReference: { reference: `DetectedIssue/${resourceIdOf(alert)}` } },
  ];
}
