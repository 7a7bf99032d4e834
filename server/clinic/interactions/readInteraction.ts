// What a client sends of an interaction → what is to be stored: all that is wrong with it is told at once.
import { FhirError, type Issue } from '../../errors.ts';
import type { Services } from '../../services.ts';
import { findDoctor } from '../people/physicianReference.ts';
import { faultsOf } from '../validateThing.ts';
import { readVitalList } from '../vitalJson.ts';
import { readVital } from '../vitalReading.ts';
import { type Column, setCell, type VitalRow } from '../vitalRow.ts';
import { findNamed } from '../vitalSubjects.ts';
import type { Reference } from './interactionJson.ts';
import type { Interaction, TakenReading } from './interactionResources.ts';
import { interactionSchema, type PatientOf } from './interactions.ts';

/** Said by the interaction itself, or not at all. */
const NOT_IN_ROWS: readonly Column[] = ['patient', 'time', 'encounter', 'id'];
/** Where the time of the interaction is wrong itself, its readings are judged all the same. */
const ANY_TIME = '2000-01-01T00:00:00Z';

/**
 * Reads and looks up an interaction.
 * @param body parsed JSON, its numbers perhaps atoms (json/jsonNumber.ts)
 * @throws FhirError 422 with an issue for each fault, its `expression` a JSON pointer
 */
export async function readInteraction(
  services: Services,
  patient: PatientOf,
  body: unknown,
): Promise<Interaction> {
  const issues = faultsOf(interactionSchema, body);
  // Nothing can be read of what is no object.
  if (issues.some(({ expression }) => expression?.[0] === '#')) throw new FhirError(422, issues);
  const { doctor, time, kind, outcome, notes, vitals } = body as Record<string, unknown>;
  const isTimed = !issues.some(({ expression }) => expression?.[0] === '#/time');
  const readings = Array.isArray(vitals)
    ? await readVitals(services, patient, isTimed ? (time as string) : ANY_TIME, vitals, issues)
    : [];
  const isNamed = !issues.some(({ expression }) => expression?.[0] === '#/doctor');
  const found = isNamed ? await findDoctor(services, doctor as string) : undefined;
  if (found && 'problem' in found) {
    const diagnostics = found.problem;
    issues.push({ severity: 'error', code: 'not-found', diagnostics, expression: ['#/doctor'] });
  }
  if (issues.length > 0) throw new FhirError(422, issues);
  return {
    patient: patient.reference,
    doctor: (found as { doctor: Reference }).doctor,
    ...{ time: time as string, kind: kind as string, outcome: outcome as string },
    ...(notes !== undefined && { notes: notes as string }),
    vitals: readings,
  };
}

async function readVitals(
  services: Services,
  { reference }: PatientOf,
  time: string,
  list: unknown[],
  issues: Issue[],
): Promise<TakenReading[]> {
  const { rows } = readVitalList(list);
  const named = rows.flatMap(({ cells: { device } }) => (device?.startsWith('Device/') ? [device] : []));
  const devices = await findNamed(services, 'Device', named);
  return rows.flatMap((row) => {
    const at = `#/vitals/${row.place}`;
    // What is no object, or lacks a member, has been told of.
    if (issues.some(({ expression }) => expression?.[0] === at || expression?.[0]?.startsWith(`${at}/`)))
      return [];
    for (const column of NOT_IN_ROWS) refuseColumn(row, column);
    setCell(row, 'patient', reference);
    setCell(row, 'time', time);
    const { device, note } = row.cells;
    const found = devices.get(device ?? '');
    const reading = readVital(row, services.current.ruleset);
    const errors =
      found && 'problem' in found
        ? [...row.errors, { column: row.names.device!, detail: found.problem }]
        : row.errors;
    for (const { column, detail } of errors) {
      const place = column === undefined ? at : `${at}/${encodeURIComponent(pointerStep(column))}`;
      issues.push({ severity: 'error', code: 'value', diagnostics: detail, expression: [place] });
    }
    if (!reading) return [];
    return [{ reading, ...(device !== undefined && { device }), ...(note !== undefined && { note }) }];
  });
}

function refuseColumn(row: VitalRow, column: Column): void {
  const name = row.names[column];
  if (name === undefined) return;
  row.errors.push({ column: name, detail: `"${name}" is that of the interaction: leave it out here.` });
  delete row.names[column];
  delete row.cells[column];
}

const pointerStep = (name: string): string =>
  name.slice(0, 80).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1');
