// What a client sends of an interaction → what is to be stored: all that is wrong with it is told at once.
import type { Issue } from '../../errors.ts';
import type { Services } from '../../services.ts';
import { asContact } from '../people/personReference.ts';
import { findDoctor } from '../people/physicianReference.ts';
import { readVitalList } from '../readings/vitalJson.ts';
import { readVital } from '../readings/vitalReading.ts';
import { type Column, setCell, type VitalRow } from '../readings/vitalRow.ts';
import { findNamed } from '../readings/vitalSubjects.ts';
import type { Wanted } from '../things/clinicResource.ts';
import { faultsOf } from '../things/validateThing.ts';
import { doctorOf, type Reference } from './interactionJson.ts';
import type { Interaction, TakenReading } from './interactionResources.ts';
import { timeSchema } from './interactionSchema.ts';
import type { PatientOf } from './interactions.ts';

/** Said by the interaction itself, or not at all. */
const NOT_IN_ROWS: readonly Column[] = ['patient', 'time', 'encounter', 'id'];
/** What FHIR clients may have left out: who changes something has to tell it. */
const REQUIRED = ['doctor', 'time', 'kind', 'outcome'];
/** Where the time of the interaction is wrong itself, its readings are judged all the same. */
const ANY_TIME = '2000-01-01T00:00:00Z';

/**
 * Reads and looks up an interaction, as far as it has no `faults` by the schema.
 * @param wanted its input, numbers perhaps atoms (json/jsonNumber.ts); who the doctor is is not asked again where that stays
 * @returns what else is wrong, an issue for each, its `expression` a JSON pointer; where nothing is, the interaction
 */
export async function readInteraction(
  services: Services,
  patient: PatientOf,
  { input, known, at }: Wanted,
  faults: readonly Issue[] = [],
): Promise<{ interaction: Interaction; issues: Issue[] }> {
  const isWrong = (member: string) => faults.some(({ expression }) => expression?.[0] === `${at}/${member}`);
  const { doctor, time, kind, outcome, notes, vitals } = input as unknown as Omit<Interaction, 'doctor'> & {
    doctor: string;
    vitals?: unknown;
  };
  const missing = REQUIRED.filter((member) => input[member] === undefined && !isWrong(member));
  const issues = missing.map(
    (member): Issue => ({
      ...{ severity: 'error', code: 'required', diagnostics: `"${member}" is missing.` },
      expression: [`${at}/${member}`],
    }),
  );
  const list = Array.isArray(vitals) ? vitals : [];
  const isTimed = faultsOf(timeSchema, time).length === 0;
  const place = { at: `${at}/vitals`, time: isTimed ? time : ANY_TIME, faults };
  const readings = await readVitals(services, patient, list, place, issues);
  const before = doctorOf(known[0]);
  const stays = before !== undefined && before.reference === doctor;
  const isNamed = doctor !== undefined && !isWrong('doctor');
  const found = stays ? { doctor: before } : isNamed ? await findDoctor(services, doctor) : undefined;
  if (found && 'problem' in found) {
    const hint = await asContact(services, doctor!);
    const diagnostics = hint === undefined ? found.problem : `${found.problem} ${hint}`;
    issues.push({ severity: 'error', code: 'not-found', diagnostics, expression: [`${at}/doctor`] });
  }
  return {
    issues,
    interaction: {
      patient: patient.reference,
      doctor: (found as { doctor: Reference } | undefined)?.doctor ?? { reference: doctor },
      ...{ time, kind, outcome },
      ...(notes !== undefined && { notes }),
      vitals: readings,
    },
  };
}

/** Where readings are in a body, when they were taken, and what is wrong already. */
interface Place {
  at: string;
  time: string;
  faults: readonly Issue[];
}

async function readVitals(
  services: Services,
  { reference }: PatientOf,
  list: unknown[],
  { at: start, time, faults }: Place,
  issues: Issue[],
): Promise<TakenReading[]> {
  const { rows } = readVitalList(list);
  const named = rows.flatMap(({ cells: { device } }) => (device?.startsWith('Device/') ? [device] : []));
  const devices = await findNamed(services, 'Device', named);
  return rows.flatMap((row) => {
    const at = `${start}/${row.place}`;
    // What is no object, or lacks a member, has been told of.
    if (faults.some(({ expression }) => expression?.[0] === at || expression?.[0]?.startsWith(`${at}/`)))
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
