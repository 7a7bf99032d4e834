// The plain form of a study, from its resources and to what they are made of. Reports that others wrote are told as far as they
// say the same.
import type { Resource } from '../../services.ts';
import { patientReference, toldPatientId } from '../patients/patientIds.ts';
import type { Json } from '../things/clinicResource.ts';
import { stableId } from '../things/stableId.ts';
import { idOf } from '../things/thingIds.ts';
import { type Coding, codesOfStudy, typeSystem, USUAL_PRIORITY, urgencyOf } from './studyMaps.ts';
import { type Reference, type StudyParts, studyParts, studySystem } from './studyResources.ts';

/** A study with what the maps make of its words, and the FHIR ids of its resources. */
export interface Study {
  id: string;
  urgency_level: string;
  body_part: string;
  description?: string;
  type: string;
  patient_id: string;
  codes: ReturnType<typeof codesOfStudy>;
  subject: Reference;
  fhirIds: { report: string; order: string; imaging: string };
}

interface Concept {
  text?: string;
  coding?: Coding[];
}

/** What a study is written from, and its resources as far as there are any. */
export function studyOf(input: Json, id: string, { report, order, imaging }: StudyParts): Study {
  const row = input as unknown as Study;
  const told = report && studyJson(report, dense([order, imaging]));
  const subject = report?.subject as Reference | undefined;
  return {
    ...row,
    id,
    codes: codesOfStudy(row.type, row.body_part),
    subject: subject && told?.patient_id === row.patient_id ? subject : patientReference(row.patient_id),
    fhirIds: {
      report: report?.id ?? ownId('DiagnosticReport', id),
      order: order?.id ?? ownId('ServiceRequest', id),
      imaging: imaging?.id ?? ownId('ImagingStudy', id),
    },
  };
}

/** The plain form of a report; `parts` are its order, its ImagingStudy and its patient. */
export function studyJson(main: Resource, parts: readonly Resource[]): Json {
  const { order, imaging } = studyParts([main, ...parts]);
  const priority = order?.priority as string | undefined;
  const [site] = (order?.bodySite ?? []) as Concept[];
  const type = textOf(order?.code as Concept) ?? modalityOf(imaging) ?? typeOf(main.code as Concept);
  const bodyPart = textOf(site) ?? siteOf(imaging);
  const patient = toldPatientId(main.subject, parts);
  return {
    id: idOf(main, studySystem),
    ...optional('urgency_level', order && urgencyOf(priority ?? USUAL_PRIORITY)),
    ...optional('body_part', bodyPart),
    ...optional('description', main.conclusion as string | undefined),
    ...optional('type', type),
    ...optional('patient_id', patient),
  };
}

/** The FHIR id of what is written with a study, by the id of the study. */
export const ownId = (type: string, id: string): string => stableId(type, studySystem, id);

const dense = (resources: (Resource | undefined)[]) => resources.filter((each) => each !== undefined);

const optional = (name: string, value: string | undefined): Json =>
  value === undefined ? {} : { [name]: value };

const textOf = (concept: Concept | undefined): string | undefined =>
  concept?.text ??
  concept?.coding?.find(({ display }) => display !== undefined)?.display ??
  concept?.coding?.[0]?.code;

/** What a report alone says of the type: the text of those that were written with an order tells the body part too. */
const typeOf = (concept: Concept | undefined): string | undefined =>
  concept?.coding?.find(({ system }) => system === typeSystem)?.code ?? textOf(concept);

const codingText = (coding: Coding | undefined): string | undefined => coding?.display ?? coding?.code;

const modalityOf = (imaging: Resource | undefined) =>
  codingText((imaging?.modality as Coding[] | undefined)?.[0]);

const siteOf = (imaging: Resource | undefined) =>
  codingText(
    (imaging?.series as { bodySite?: Coding }[] | undefined)?.find(({ bodySite }) => bodySite)?.bodySite,
  );
