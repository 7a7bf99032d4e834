// DiagnosticReports (laboratory, imaging, clinical note) and the DocumentReference that holds the
// same note (US Core note exchange).
import type { DiagnosticReport, DocumentReference } from '@medplum/fhirtypes';
import { writeDateTime, writeInstant } from '../calendar.ts';
import type { Sitting } from '../chart.ts';
import { addResource, bundleReference, patientReference } from '../chart.ts';
import type { Code } from '../concepts.ts';
import { concept, loinc, TERMINOLOGY } from '../concepts.ts';
import { clinicianReference, organizationReference, US_CORE } from '../institutions.ts';

const noteCodes = [
  loinc('34117-2', 'History and physical note'),
  loinc('51847-2', 'Evaluation + Plan note'),
] as const;
const certificateCodes = [loinc('69409-1', 'U.S. standard certificate of death - 2003 revision')] as const;

/** Adds the report of a laboratory panel. */
export function addLaboratoryReport(
  sitting: Sitting,
  code: Code,
  results: readonly { readonly id: string; readonly code: Code }[],
  time: number,
): void {
  const report: DiagnosticReport & { id: string } = {
    resourceType: 'DiagnosticReport',
    id: sitting.chart.random.uuid(),
    meta: { profile: [`${US_CORE}us-core-diagnosticreport-lab`] },
    status: 'final',
    category: [concept({ system: `${TERMINOLOGY}v2-0074`, code: 'LAB', display: 'Laboratory' })],
    code: concept(code),
    ...about(sitting, time),
    result: results.map((result) => ({ ...bundleReference(result.id), display: result.code.display })),
  };
  addResource(sitting.chart, report);
}

/** Adds the radiologist's report of an imaging study. */
export function addImagingReport(
  sitting: Sitting,
  code: Code,
  studyId: string,
  conclusion: string,
  time: number,
): void {
  const report: DiagnosticReport & { id: string } = {
    resourceType: 'DiagnosticReport',
    id: sitting.chart.random.uuid(),
    meta: { profile: [`${US_CORE}us-core-diagnosticreport-note`] },
    status: 'final',
    category: [concept({ system: 'http://loinc.org', code: 'LP29684-5', display: 'Radiology' })],
    code: concept(code),
    ...about(sitting, time),
    imagingStudy: [bundleReference(studyId)],
    conclusion,
  };
  addResource(sitting.chart, report);
}

/**
 * Adds the visit's note as DiagnosticReport and as DocumentReference; later notes supersede it
 * where `superseded`.
 */
export function addNote(sitting: Sitting, text: string, superseded: boolean): void {
  const { chart, visit } = sitting;
  const data = Buffer.from(text, 'utf8').toString('base64');
  const contentType = 'text/plain; charset=utf-8';
  const codes = visit.purpose === 'death' ? certificateCodes : noteCodes;
  const coding = () => ({ coding: codes.map((code) => ({ ...code })) });
  const report: DiagnosticReport & { id: string } = {
    resourceType: 'DiagnosticReport',
    id: chart.random.uuid(),
    meta: { profile: [`${US_CORE}us-core-diagnosticreport-note`] },
    status: 'final',
    category: [coding()],
    code: coding(),
    ...about(sitting, visit.start),
    presentedForm: [{ contentType, data }],
  };
  addResource(chart, report);
  const document: DocumentReference & { id: string } = {
    resourceType: 'DocumentReference',
    id: chart.random.uuid(),
    meta: { profile: [`${US_CORE}us-core-documentreference`] },
    identifier: [{ system: 'urn:ietf:rfc:3986', value: `urn:uuid:${report.id}` }],
    status: superseded ? 'superseded' : 'current',
    type: coding(),
    category: [
      concept({
        system: `${US_CORE.replace('StructureDefinition', 'CodeSystem')}us-core-documentreference-category`,
        code: 'clinical-note',
        display: 'Clinical Note',
      }),
    ],
    subject: patientReference(chart),
    date: writeInstant(visit.start, sitting.milliseconds),
    author: [clinicianReference(sitting.clinician)],
    custodian: organizationReference(sitting.institution),
    content: [
      {
        attachment: { contentType, data },
        format: {
          system: 'http://ihe.net/fhir/ValueSet/IHE.FormatCode.codesystem',
          code: 'urn:ihe:iti:xds:2017:mimeTypeSufficient',
          display: 'mimeType Sufficient',
        },
      },
    ],
    context: {
      encounter: [bundleReference(sitting.encounterId)],
      period: { start: sitting.start, end: sitting.end },
    },
  };
  addResource(chart, document);
}

function about(
  sitting: Sitting,
  time: number,
): Pick<DiagnosticReport, 'subject' | 'encounter' | 'effectiveDateTime' | 'issued' | 'performer'> {
  return {
    subject: patientReference(sitting.chart),
    encounter: bundleReference(sitting.encounterId),
    effectiveDateTime: writeDateTime(time),
    issued: writeInstant(time, sitting.milliseconds),
    performer: [clinicianReference(sitting.clinician)],
  };
}
