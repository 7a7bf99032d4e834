// The three resources of a study, as they are but for what its plain form tells otherwise; they conform to this project's
// imaging profiles (fhir-profiles/salus-imaging-*.json).
import type { Resource } from '../../services.ts';
import type { Json } from '../things/clinicResource.ts';
import { uidOf } from '../things/stableId.ts';
import type { Study } from './studyJson.ts';
import type { Coding } from './studyMaps.ts';
import { priorityOf } from './studyMaps.ts';

/** Identifier system of studies. */
export const studySystem = 'https://salus.example/fhir/sid/clinic-studies';

const PROFILES = 'https://salus.example/fhir/StructureDefinition/salus-imaging-';
const SNOMED = 'http://snomed.info/sct';
const UNKNOWN = {
  extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason', valueCode: 'unknown' }],
};
/** Reports that somebody has put their name to. */
const FINAL = new Set(['final', 'amended', 'corrected', 'appended']);

export interface Reference {
  reference?: string;
  identifier?: { system?: string; value?: string };
}

export interface StudyParts {
  report?: Resource | undefined;
  order?: Resource | undefined;
  imaging?: Resource | undefined;
}

/** The resources of one study among those that are read with it. */
export function studyParts(known: readonly Resource[]): StudyParts {
  const report = known.find(({ resourceType }) => resourceType === 'DiagnosticReport');
  const referred = (type: string, references: unknown): Resource | undefined => {
    const named = ((references ?? []) as Reference[]).map(
      ({ reference = '' }) => reference.split('/_history/')[0]!,
    );
    return known.find(
      (each) =>
        each.resourceType === type &&
        named.some((name) => name === `${type}/${each.id}` || name.endsWith(`/${type}/${each.id}`)),
    );
  };
  return {
    report,
    order: referred('ServiceRequest', report?.basedOn),
    imaging: referred('ImagingStudy', report?.imagingStudy),
  };
}

const dense = (codings: (Coding | undefined)[]) => codings.filter((coding) => coding !== undefined);
/** A concept by its codes, where there are any, and always by its text. */
const concept = (text: string, ...codings: (Coding | undefined)[]) => {
  const coding = dense(codings);
  return { ...(coding.length > 0 && { coding }), text };
};
const profile = (name: string) => ({ profile: [`${PROFILES}${name}`] });

/** A reference to `target` among those there are, at the end where it is new. */
function withReference(references: unknown, target: string): Reference[] {
  const list = (references ?? []) as Reference[];
  const isThere = list.some(
    ({ reference = '' }) => reference === target || reference.split('/_history/')[0]!.endsWith(`/${target}`),
  );
  return isThere ? list : [...list, { reference: target }];
}

/** Whether the plain form tells something else than before; so it does of a new study. */
export const changed = (told: Json | undefined, study: Study, ...names: (keyof Study)[]): boolean =>
  !told || names.some((name) => told[name] !== study[name]);

/** What was found. A report with a conclusion is final; when that changes or is taken back, it is amended. */
export function reportOf(
  study: Study,
  told: Json | undefined,
  report: Resource | undefined,
  has: { order: boolean; imaging: boolean },
): Resource {
  const { codes, description, fhirIds, type, body_part } = study;
  const { conclusion: _, _conclusion, ...kept } = report ?? newReport(study);
  const isSame = !changed(told, study, 'description');
  const status = report?.status as string | undefined;
  return {
    ...kept,
    ...{ resourceType: 'DiagnosticReport', id: fhirIds.report },
    ...(!report && { identifier: [{ system: studySystem, value: study.id }] }),
    status: isSame && report ? status : statusOf(status, description),
    ...(has.order && { basedOn: withReference(report?.basedOn, `ServiceRequest/${fhirIds.order}`) }),
    ...(changed(told, study, 'type', 'body_part') && {
      code: concept(`${type} ${body_part}`, codes.loinc, codes.modality, codes.type),
    }),
    ...(changed(told, study, 'patient_id') && { subject: study.subject }),
    ...(has.imaging && {
      imagingStudy: withReference(report?.imagingStudy, `ImagingStudy/${fhirIds.imaging}`),
    }),
    ...(description !== undefined && { conclusion: description }),
    ...(isSame && _conclusion !== undefined && { _conclusion }),
  };
}

/**
 * The status of a report whose conclusion is another than before. Of those that are not settled only who reports knows more, and one that
 * was cancelled stays so.
 */
function statusOf(before: string | undefined, description: string | undefined): string {
  if (before === undefined || before === 'registered')
    return description === undefined ? 'registered' : 'final';
  return FINAL.has(before) ? 'amended' : before;
}

const newReport = (study: Study): Json => ({
  meta: profile('report'),
  category: [
    {
      coding: [
        { system: 'http://terminology.hl7.org/CodeSystem/v2-0074', code: 'RAD', display: 'Radiology' },
        { system: 'http://loinc.org', code: 'LP29684-5', display: 'Radiology' },
      ],
    },
  ],
  code: concept(study.type),
  // A clinic's list does not say when.
  _effectiveDateTime: UNKNOWN,
});

/** How urgent it is, and what was asked for, in the clinic's words. */
export function orderOf(study: Study, told: Json | undefined, order: Resource | undefined): Resource {
  const { codes, fhirIds, type, body_part, urgency_level } = study;
  const isNew = order === undefined;
  const differs = (...names: (keyof Study)[]) => isNew || changed(told, study, ...names);
  const sites = (order?.bodySite ?? []) as unknown[];
  return {
    ...(order ?? {
      meta: profile('order'),
      ...{ status: 'completed', intent: 'order' },
      category: [{ coding: [{ system: SNOMED, code: '363679005', display: 'Imaging' }] }],
    }),
    ...{ resourceType: 'ServiceRequest', id: fhirIds.order },
    ...(differs('urgency_level') && { priority: priorityOf(urgency_level) }),
    ...(differs('type', 'body_part') && { code: concept(type, codes.loinc, codes.modality, codes.type) }),
    ...(differs('body_part') && {
      bodySite: [concept(body_part, codes.site, codes.part), ...sites.slice(1)],
    }),
    ...(differs('patient_id') && { subject: study.subject }),
  };
}

interface Series {
  uid: string;
  [member: string]: unknown;
}

/** The modality and the site. Series that a PACS has put in are left as they are. */
export function imagingOf(study: Study, told: Json | undefined, imaging: Resource | undefined): Resource {
  const { codes, fhirIds, type, body_part } = study;
  const isNew = imaging === undefined;
  const differs = (...names: (keyof Study)[]) => isNew || changed(told, study, ...names);
  const modality = codes.modality ?? { display: type };
  const uid = uidOf(fhirIds.imaging);
  const own: Series = {
    uid: `${uid}.1`,
    modality,
    bodySite: codes.site ?? { display: body_part },
  };
  const series = (imaging?.series ?? []) as Series[];
  const others = ((imaging?.modality ?? []) as unknown[]).slice(1);
  return {
    ...(imaging ?? {
      meta: profile('study'),
      identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:${uid}` }],
      status: 'available',
      series: [own],
    }),
    ...{ resourceType: 'ImagingStudy', id: fhirIds.imaging },
    basedOn: withReference(imaging?.basedOn, `ServiceRequest/${fhirIds.order}`),
    ...(differs('type') && {
      modality: [modality, ...others],
      procedureCode: [concept(type, codes.type)],
    }),
    ...(differs('type', 'body_part') &&
      series.some((each) => each.uid === own.uid) && {
        series: series.map((each) => (each.uid === own.uid ? { ...each, ...own } : each)),
      }),
    ...(differs('patient_id') && { subject: study.subject }),
  };
}
