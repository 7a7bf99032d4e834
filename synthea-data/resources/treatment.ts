// Procedure, Device, Immunization and ImagingStudy: what is done to the patient other than giving
// drugs.
import type { Device, ImagingStudy, Immunization, Procedure } from '@medplum/fhirtypes';
import { DAY, MINUTE, REFERENCE_TIME, writeDateTime, YEAR } from '../calendar.ts';
import type { Sitting } from '../chart.ts';
import { addResource, bundleReference, patientReference } from '../chart.ts';
import type { Code } from '../concepts.ts';
import { concept } from '../concepts.ts';
import { locationReference, US_CORE } from '../institutions.ts';
import type { Vaccine } from '../tables/immunizations.ts';
import type { Device as DeviceRow, Imaging, Procedure as ProcedureRow } from '../tables/procedures.ts';
import { addImagingReport } from './documentation.ts';

/** Adds a procedure that starts some minutes into the visit. */
export function addProcedure(sitting: Sitting, row: ProcedureRow, afterMinutes: number): void {
  const { chart, visit, reason } = sitting;
  const start = Math.min(visit.start + afterMinutes * MINUTE, visit.end);
  // Some last a little longer than the visit was planned, but not beyond death or the reference
  // time.
  const last = Math.min(start + row.minutes * MINUTE, chart.life.died ?? REFERENCE_TIME);
  const id = chart.random.uuid();
  const procedure: Procedure & { id: string } = {
    resourceType: 'Procedure',
    id,
    meta: { profile: [`${US_CORE}us-core-procedure`] },
    status: 'completed',
    code: concept(row.code),
    subject: patientReference(chart),
    encounter: bundleReference(sitting.encounterId),
    performedPeriod: { start: writeDateTime(start), end: writeDateTime(Math.max(start, last)) },
    location: locationReference(sitting.institution),
    ...(reason ? { reasonReference: [{ ...bundleReference(reason.id), display: reason.code.display }] } : {}),
  };
  addResource(chart, procedure);
  sitting.bill.push({ code: row.code, cents: row.cents, about: { kind: 'procedure', id } });
  sitting.done.push(row.code.display);
}

/** Adds an implanted device with a made-up UDI. */
export function addDevice(sitting: Sitting, row: DeviceRow): void {
  const { chart, visit } = sitting;
  const { random } = chart;
  const digits = (count: number): string => Array.from({ length: count }, () => random.int(0, 9)).join('');
  const made = visit.start - random.int(30, 300) * DAY;
  const deviceIdentifier = digits(14);
  const lotNumber = digits(9);
  const serialNumber = digits(14);
  const device: Device & { id: string } = {
    resourceType: 'Device',
    id: random.uuid(),
    meta: { profile: [`${US_CORE}us-core-implantable-device`] },
    udiCarrier: [
      { deviceIdentifier, carrierHRF: `(01)${deviceIdentifier}(10)${lotNumber}(21)${serialNumber}` },
    ],
    status: 'active',
    distinctIdentifier: deviceIdentifier,
    manufactureDate: writeDateTime(made),
    expirationDate: writeDateTime(made + row.yearsOfUse * YEAR),
    lotNumber,
    serialNumber,
    deviceName: [{ name: row.code.display, type: 'user-friendly-name' }],
    type: concept(row.code),
    patient: patientReference(chart),
  };
  addResource(chart, device);
  sitting.done.push(row.code.display);
}

/** Adds a vaccination. */
export function addImmunization(sitting: Sitting, vaccine: Vaccine): void {
  const { chart } = sitting;
  const id = chart.random.uuid();
  const immunization: Immunization & { id: string } = {
    resourceType: 'Immunization',
    id,
    meta: { profile: [`${US_CORE}us-core-immunization`] },
    status: 'completed',
    vaccineCode: concept(vaccine.code),
    patient: patientReference(chart),
    encounter: bundleReference(sitting.encounterId),
    occurrenceDateTime: sitting.start,
    primarySource: true,
    location: locationReference(sitting.institution),
  };
  addResource(chart, immunization);
  sitting.bill.push({ code: vaccine.code, cents: vaccine.cents, about: { kind: 'immunization', id } });
  sitting.done.push(vaccine.code.display);
}

const conclusions = [
  'No acute abnormality.',
  'Findings unchanged from the previous study.',
  'Findings in keeping with the known diagnosis.',
  'Small incidental finding, follow-up in twelve months.',
] as const;

/** Adds an imaging study of one series, its procedure and its report. */
export function addImagingStudy(sitting: Sitting, row: Imaging, afterMinutes: number): void {
  const { chart, visit } = sitting;
  const { random } = chart;
  addProcedure(sitting, { code: row.code, minutes: row.minutes, cents: row.cents }, afterMinutes);
  const time = Math.min(visit.start + afterMinutes * MINUTE, visit.end);
  const uid = `1.2.840.99999999.${random.int(10000000, 99999999)}.${time}`;
  const count = random.int(...row.instances);
  const site: Code = row.bodySite;
  const id = random.uuid();
  const study: ImagingStudy & { id: string } = {
    resourceType: 'ImagingStudy',
    id,
    identifier: [{ use: 'official', system: 'urn:dicom:uid', value: `urn:oid:${uid}` }],
    status: 'available',
    subject: patientReference(chart),
    encounter: bundleReference(sitting.encounterId),
    started: writeDateTime(time),
    numberOfSeries: 1,
    numberOfInstances: count,
    procedureCode: [concept(row.code)],
    location: locationReference(sitting.institution),
    series: [
      {
        uid: `${uid}.1`,
        number: 1,
        modality: { system: 'http://dicom.nema.org/resources/ontology/DCM', ...row.modality },
        numberOfInstances: count,
        bodySite: { ...site },
        started: writeDateTime(time),
        instance: Array.from({ length: count }, (_, place) => ({
          uid: `${uid}.1.${place + 1}`,
          sopClass: { system: 'urn:ietf:rfc:3986', code: `urn:oid:${row.sopClass}` },
          number: place + 1,
          title: row.title,
        })),
      },
    ],
  };
  addResource(chart, study);
  addImagingReport(sitting, row.code, id, random.pick(conclusions), time);
}
