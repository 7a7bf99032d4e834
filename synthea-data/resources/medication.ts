// MedicationRequest, Medication and MedicationAdministration: what is prescribed, and what staff
// give.
import type { Medication, MedicationAdministration, MedicationRequest } from '@medplum/fhirtypes';
import { DAY, MINUTE, REFERENCE_TIME, writeDateTime, YEAR } from '../calendar.ts';
import type { Sitting } from '../chart.ts';
import { addResource, bundleReference, patientReference } from '../chart.ts';
import type { Code } from '../concepts.ts';
import { concept, snomed, UCUM } from '../concepts.ts';
import { clinicianReference, US_CORE } from '../institutions.ts';
import type { MedicationKey, Medication as MedicationRow } from '../tables/medications.ts';
import { medications } from '../tables/medications.ts';
import { addPharmacyClaim } from './claim.ts';

const intravenous = snomed('47625008', 'Intravenous route (qualifier value)');

/**
 * Prescribes a drug unless a prescription still runs; a lasting one is renewed once a year. Gives
 * the request's id if one was made.
 */
export function prescribe(sitting: Sitting, key: MedicationKey): string | undefined {
  const { chart, visit } = sitting;
  const row: MedicationRow = medications[key];
  const running = chart.prescriptions.get(key);
  if (running && visit.start < running.until) {
    if (row.days !== undefined || visit.start - running.since < 0.85 * YEAR) return undefined;
    running.setStatus('completed');
  }
  const id = chart.random.uuid();
  const until = row.days === undefined ? lastDay(sitting) : visit.start + row.days * DAY;
  const over = until <= (chart.life.died ?? REFERENCE_TIME);
  const request: MedicationRequest & { id: string } = {
    resourceType: 'MedicationRequest',
    id,
    meta: { profile: [`${US_CORE}us-core-medicationrequest`] },
    status: over ? 'completed' : chart.life.died === undefined ? 'active' : 'stopped',
    intent: 'order',
    category: [concept(setting(sitting, row))],
    ...drug(sitting, key, row),
    subject: patientReference(chart),
    encounter: bundleReference(sitting.encounterId),
    authoredOn: sitting.start,
    requester: clinicianReference(sitting.clinician),
    ...reasonReference(sitting),
    dosageInstruction: [dosage(row)],
  };
  addResource(chart, request);
  chart.prescriptions.set(key, {
    id,
    since: visit.start,
    until,
    setStatus: (status) => (request.status = status),
  });
  sitting.done.push(row.code.display);
  addPharmacyClaim(sitting, id, row.code, row.cents * Math.max(1, Math.round((row.days ?? 360) / 30)));
  return id;
}

/**
 * Orders a drug and records that staff gave it, some minutes into the visit; gives the minutes at
 * which it was finished.
 */
export function administer(sitting: Sitting, key: MedicationKey, afterMinutes: number): number {
  const { chart, visit } = sitting;
  const row: MedicationRow = medications[key];
  const requestId = prescribe(sitting, key) ?? chart.prescriptions.get(key)?.id;
  const { dose, unit, minutes } = row.given!;
  const start = Math.min(visit.start + afterMinutes * MINUTE, visit.end);
  const end = Math.min(start + minutes * MINUTE, visit.end);
  const administration: MedicationAdministration & { id: string } = {
    resourceType: 'MedicationAdministration',
    id: chart.random.uuid(),
    status: 'completed',
    ...drug(sitting, key, row),
    subject: patientReference(chart),
    context: bundleReference(sitting.encounterId),
    ...(minutes > 0
      ? { effectivePeriod: { start: writeDateTime(start), end: writeDateTime(end) } }
      : { effectiveDateTime: writeDateTime(start) }),
    performer: [{ actor: clinicianReference(sitting.clinician) }],
    ...reasonReference(sitting),
    ...(requestId ? { request: bundleReference(requestId) } : {}),
    dosage: {
      route: concept(intravenous),
      // Doses are adapted to the patient in steps of five percent.
      dose: {
        value: Math.round(dose * (1 + chart.random.int(-3, 3) * 0.05)),
        unit,
        system: UCUM,
        code: unit,
      },
    },
  };
  addResource(chart, administration);
  return afterMinutes + minutes;
}

/**
 * A drug given by staff has a Medication resource of its own, one per bundle; the others are coded
 * in place.
 */
function drug(
  sitting: Sitting,
  key: MedicationKey,
  row: MedicationRow,
): Pick<MedicationRequest, 'medicationReference' | 'medicationCodeableConcept'> {
  if (!row.given) return { medicationCodeableConcept: concept(row.code) };
  const { chart } = sitting;
  let id = chart.products.get(key);
  if (!id) {
    id = chart.random.uuid();
    chart.products.set(key, id);
    const medication: Medication & { id: string } = {
      resourceType: 'Medication',
      id,
      meta: { profile: [`${US_CORE}us-core-medication`] },
      code: concept(row.code),
      status: 'active',
    };
    addResource(chart, medication);
  }
  return { medicationReference: { ...bundleReference(id), display: row.code.display } };
}

/** Where the drug is to be taken: by staff on a ward or in the infusion room, or at home. */
function setting(sitting: Sitting, row: MedicationRow): Code {
  const system = 'http://terminology.hl7.org/CodeSystem/medicationrequest-category';
  if (!row.given) return { system, code: 'community', display: 'Community' };
  return sitting.visit.type.class === 'IMP'
    ? { system, code: 'inpatient', display: 'Inpatient' }
    : { system, code: 'outpatient', display: 'Outpatient' };
}

function dosage(row: MedicationRow): NonNullable<MedicationRequest['dosageInstruction']>[number] {
  if (row.given) {
    const { dose, unit } = row.given;
    return {
      sequence: 1,
      route: concept(intravenous),
      doseAndRate: [{ doseQuantity: { value: dose, unit, system: UCUM, code: unit } }],
    };
  }
  if (row.asNeeded) return { sequence: 1, text: 'Take as needed.', asNeededBoolean: true };
  return {
    sequence: 1,
    text: `${row.perDay === 1 ? 'Once' : `${row.perDay} times`} a day.`,
    asNeededBoolean: false,
    timing: { repeat: { frequency: row.perDay!, period: 1, periodUnit: 'd' } },
    doseAndRate: [
      {
        type: concept({
          system: 'http://terminology.hl7.org/CodeSystem/dose-rate-type',
          code: 'ordered',
          display: 'Ordered',
        }),
        doseQuantity: { value: 1 },
      },
    ],
  };
}

/** A lasting prescription runs until the illness is over. */
function lastDay(sitting: Sitting): number {
  return sitting.visit.episode?.end ?? Number.POSITIVE_INFINITY;
}

function reasonReference({ reason }: Sitting): Pick<MedicationRequest, 'reasonReference'> {
  return reason ? { reasonReference: [{ ...bundleReference(reason.id), display: reason.code.display }] } : {};
}
