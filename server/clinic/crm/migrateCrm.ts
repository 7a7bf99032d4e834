// A CRM export → FHIR resources, and an account of every row: created, updated, merged, unchanged or refused.
import type { FhirError } from '../../errors.ts';
import { findMatches, parseCriteria } from '../../fhir/criteria.ts';
import type { WriteResult } from '../../fhir/planChange.ts';
import type { Services } from '../../services.ts';
import { addTerms } from '../care/addTerms.ts';
import { storedConditions } from '../care/conditionTerms.ts';
import { codeSystem } from '../fhirParts.ts';
import { token } from '../things/searchTerms.ts';
import type { CrmExport } from './crmCsv.ts';
import { type Doubt, type Human, likeness } from './crmHumans.ts';
import { humanId } from './crmPeople.ts';
import { type CrmReport, newReport, type RowFate } from './crmReport.ts';
import { type CrmRow, crmSystems } from './crmTables.ts';
import { type ConditionTerms, conditionTerms } from './crmTerms.ts';
import type { CrmUnit } from './crmUnit.ts';
import { peopleOf, planCrm } from './planCrm.ts';
import { type UnitResult, writeCrm } from './writeCrm.ts';

export interface MigrateOptions {
  dryRun?: boolean;
  /** milliseconds: calls before it have taken place */
  now?: number;
  progress?(unitsDone: number, unitsInAll: number): void;
}

const CONDITIONS = codeSystem('medical-conditions');
const AT_ONCE = 500;
/** Records of one key that are told of. */
const MOST_MATCHES = 5;

/** Carries out a migration. Doing it again changes nothing but what the export tells otherwise. */
export async function migrateCrm(
  services: Services,
  tables: CrmExport,
  { dryRun = false, now = Date.now(), progress }: MigrateOptions = {},
): Promise<CrmReport> {
  const stored = await storedConditions(services);
  const terms = conditionTerms(tables.rows['Medical Condition'], stored);
  const people = peopleOf(tables);
  const patients = await storedHumans(services, 'Patient', people.patients);
  const practitioners = await storedHumans(services, 'Practitioner', people.practitioners);
  const idOf = (human: Human) => patients.ids.get(human) ?? practitioners.ids.get(human);
  const plan = planCrm(tables, people, terms, idOf, now);
  const doubts = [...people.doubts, ...patients.doubts, ...practitioners.doubts];
  const { conflicts, orphans, leftOver, units } = plan;
  const report = newReport({ dryRun, conflicts, doubts, orphans, leftOver });

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
  return report.finish();
}

type Telling = ReturnType<typeof newReport>;

const placeOf = ({ table, line, key }: CrmRow) => ({ table, line, key });

function tellUnit({ rows, main, resources }: CrmUnit, result: UnitResult, report: Telling): void {
  const resource = `${main.resourceType}/${main.id}`;
  if ('refusal' in result) {
    const reasons = reasonsOf(result.refusal);
    for (const row of rows) report.tell({ ...placeOf(row), fate: 'refused', reasons });
    if (rows.length === 0) report.refuse(resource, reasons);
    return;
  }
  const { changes } = result;
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

const reasonsOf = ({ issues }: FhirError): string[] =>
  issues.map(({ diagnostics, expression }) => [diagnostics, ...(expression ?? [])].join(' @ '));

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

/** The FHIR ids of the humans that are stored, by the keys of any of their rows, and where these do not tell one human. */
async function storedHumans(
  services: Services,
  kind: 'Patient' | 'Practitioner',
  humans: readonly Human[],
): Promise<{ ids: Map<Human, string>; doubts: Doubt[] }> {
  const criteria = humans.flatMap((human) =>
    human.rows.map(({ table, key }) => {
      const value = token(crmSystems[table as 'Contact' | 'Patient'], key);
      return { human, criteria: parseCriteria(services, kind, `identifier=${encodeURIComponent(value)}`) };
    }),
  );
  const candidates = new Map<Human, Set<string>>(humans.map((human) => [human, new Set()]));
  for (let at = 0; at < criteria.length; at += AT_ONCE) {
    const some = criteria.slice(at, at + AT_ONCE);
    const parsed = some.map((each) => each.criteria);
    const matches = await findMatches(services, services.db, parsed, MOST_MATCHES);
    for (const { human, criteria } of some) {
      for (const { id } of matches.get(criteria.text) ?? []) candidates.get(human)!.add(id);
    }
  }
  const ids = new Map<Human, string>();
  const taken = new Set<string>();
  const claim = (human: Human, id: string) => {
    ids.set(human, id);
    taken.add(id);
  };
  // Whoever a record was made for keeps it.
  for (const human of humans) {
    const id = humanId(kind, human);
    if (candidates.get(human)!.has(id)) claim(human, id);
  }
  const doubts: Doubt[] = [];
  for (const human of humans) {
    const stored = [...candidates.get(human)!].sort();
    const free = stored.find((id) => !taken.has(id));
    if (!ids.has(human) && free !== undefined) claim(human, free);
    const others = stored.filter((id) => id !== ids.get(human)).map((id) => `${kind}/${id}`);
    if (others.length === 0) continue;
    const because = `what these rows are is also stored as ${others.join(', ')}`;
    doubts.push({ score: likeness.certain, because, rows: human.rows });
  }
  return { ids, doubts };
}
