// A CRM export → FHIR resources, and an account of every row: created, updated, merged, unchanged or refused.
import type { FhirError } from '../../errors.ts';
import type { WriteResult } from '../../fhir/planChange.ts';
import type { Services } from '../../services.ts';
import { addTerms } from '../care/addTerms.ts';
import { storedConditions } from '../care/conditionTerms.ts';
import { codeSystem } from '../fhirParts.ts';
import type { CrmExport } from './crmCsv.ts';
import type { Human } from './crmHumans.ts';
import { type CrmReport, newReport, type RowFate } from './crmReport.ts';
import type { CrmRow } from './crmTables.ts';
import { type ConditionTerms, conditionTerms } from './crmTerms.ts';
import type { CrmUnit } from './crmUnit.ts';
import { type DoubtReviews, reviewsFor, writeReviews } from './doubtReviews.ts';
import { type People, peopleOf, planCrm } from './planCrm.ts';
import { storedHumans } from './storedHumans.ts';
import { type UnitResult, writeCrm } from './writeCrm.ts';

export interface MigrateOptions {
  dryRun?: boolean;
  /** milliseconds: calls before it have taken place */
  now?: number;
  progress?(unitsDone: number, unitsInAll: number): void;
}

const CONDITIONS = codeSystem('medical-conditions');

/** Carries out a migration. Doing it again changes nothing but what the export tells otherwise. */
export async function migrateCrm(
  services: Services,
  tables: CrmExport,
  { dryRun = false, now = Date.now(), progress }: MigrateOptions = {},
): Promise<CrmReport> {
  const stored = await storedConditions(services);
  const terms = conditionTerms(tables.rows['Medical Condition'], stored);
  const { idOf, ...people } = await knownPeople(services, peopleOf(tables));
  const plan = planCrm(tables, people, terms, idOf, now);
  const reviews = reviewsFor(people.doubts, plan.personOf, new Date(now).toISOString());
  const { conflicts, orphans, leftOver, units } = plan;
  const report = newReport({ dryRun, conflicts, reviews, orphans, leftOver });

  for (const { table, line, key, problems } of [...tables.refused, ...plan.refused]) {
    const reasons = problems.map(({ column, detail }) => (column ? `${column}: ${detail}` : detail));
    report.tell({ table, line, ...(key !== undefined && { key }), fate: 'refused', reasons });
  }
  for (const { row, of } of tables.repeated) {
    report.tell({ ...placeOf(row), fate: 'merged', reasons: [`It says the same as line ${of}.`] });
  }
  await tellConditions(services, tables.rows['Medical Condition'], terms, report, dryRun);
  let done = 0;
  for await (const batch of writeCrm(services, units, { dryRun })) {
    for (const { unit, result } of batch) tellUnit(unit, result, report);
    done += batch.length;
    progress?.(done, units.length);
  }
  await tellReviews(services, reviews, report, dryRun);
  return report.finish();
}

/** People with the records that they have here. */
async function knownPeople(
  services: Services,
  { patients, practitioners, doubts }: People,
): Promise<People & { idOf(human: Human): string | undefined }> {
  const ofPatients = await storedHumans(services, 'Patient', patients);
  const ofPractitioners = await storedHumans(services, 'Practitioner', practitioners);
  return {
    patients: ofPatients.humans,
    practitioners: ofPractitioners.humans,
    doubts: [...doubts, ...ofPatients.doubts, ...ofPractitioners.doubts],
    idOf: (human) => ofPatients.ids.get(human) ?? ofPractitioners.ids.get(human),
  };
}

/** Doubts about Patients are put on the list of reviews; what was refused is not there to be decided about. */
async function tellReviews(
  services: Services,
  reviews: readonly DoubtReviews[],
  report: Telling,
  dryRun: boolean,
): Promise<void> {
  const tasks = reviews.flatMap((each) => each.tasks).filter((task) => !report.isRefused(task));
  for (const { task, refusal } of await writeReviews(services, tasks, { dryRun })) {
    if (refusal) report.refuse(`Task/${task.id}`, reasonsOf(refusal));
    else report.count('Task', 'created');
  }
}

type Telling = ReturnType<typeof newReport>;

const placeOf = ({ table, line, key }: CrmRow) => ({ table, line, key });

function tellUnit({ rows, main, resources }: CrmUnit, result: UnitResult, report: Telling): void {
  const resource = `${main.resourceType}/${main.id}`;
  if ('refusal' in result) {
    const reasons = reasonsOf(result.refusal);
    for (const row of rows) report.tell({ ...placeOf(row), fate: 'refused', reasons });
    if (rows.length === 0) report.refuse(resource, reasons);
    else report.refusedPerson(resource);
    return;
  }
  const { changes, clashes } = result;
  for (const { keptFrom, ...clash } of clashes) {
    const row = rows[0] ?? 'CRM';
    const [kept, older] = keptFrom === 'CRM' ? [row, 'Salus' as const] : ['Salus' as const, row];
    report.conflict({ ...clash, keptFrom: kept, olderFrom: older });
  }
  resources.forEach(({ resourceType }, i) => {
    report.count(resourceType, changes[i]!);
  });
  const first = fateOf(changes[0]!);
  const fate = first === 'unchanged' && changes.some((each) => each !== 'unchanged') ? 'updated' : first;
  rows.forEach((row, i) => {
    // The rows of one human: the first is it, the others have become part of it.
    report.tell({ ...placeOf(row), fate: i === 0 || fate === 'unchanged' ? fate : 'merged', resource });
  });
}

const fateOf = (change: WriteResult['change']): RowFate =>
  change === 'created' || change === 'updated' ? change : 'unchanged';

/** The column that a part of a resource is made of. */
const COLUMNS: readonly [place: RegExp, column: string][] = [
  [/^(Patient|Practitioner)\.name/, 'lastname'],
  [/^(Patient|Practitioner)\.telecom/, 'email'],
  [/^Condition/, 'medical_condition'],
  [/^Appointment/, 'booking_date'],
  [/^(ResearchStudy|ResearchSubject)/, 'trial_id'],
  [/^ServiceRequest\.orderDetail/, 'product'],
];

/** Why something was refused, in words: rules by what they say, and not as expressions. */
const reasonsOf = ({ issues }: FhirError): string[] =>
  issues.map(({ diagnostics, expression = [] }) => {
    const column = COLUMNS.find(([place]) => expression.some((each) => place.test(each)))?.[1];
    const words = diagnostics.replace(/ \(rule: .*\)(?=\.?$)/s, '');
    return [column === undefined ? words : `${column}: ${words}`, ...expression].join(' @ ');
  });

/** Rows of conditions are concepts of the code system, which is written when it grows. */
async function tellConditions(
  services: Services,
  rows: readonly CrmRow[],
  terms: ConditionTerms,
  report: Telling,
  dryRun: boolean,
): Promise<void> {
  if (terms.added.size > 0) {
    report.count('CodeSystem', await addTerms(services, [...terms.added.values()], { dryRun }));
  }
  const seen = new Set<string>();
  for (const row of rows) {
    const { code } = terms.ofRow(row);
    const isNew = terms.added.has(code);
    const fate = !isNew ? 'unchanged' : seen.has(code) ? 'merged' : 'created';
    seen.add(code);
    report.tell({ ...placeOf(row), fate, resource: `${CONDITIONS}|${code}` });
  }
}
