// Studies of the plain JSON API and of CSV files ⇄ DiagnosticReport, the ServiceRequest that it is based on and the
// ImagingStudy it is about. What is kept where: fhir-profiles/clinic/mapping.json.
import { refuse } from '../../errors.ts';
import type { WriteRequest } from '../../fhir/planChange.ts';
import type { Resource } from '../../services.ts';
import { idSchema, ofPatient, TEXT } from '../patients/patientIds.ts';
import type { ClinicResource, Json, SearchTerms } from '../things/clinicResource.ts';
import { exactly, token } from '../things/searchTerms.ts';
import { ownId, studyJson, studyOf } from './studyJson.ts';
import { prioritiesOf, typeCoding, USUAL_PRIORITY } from './studyMaps.ts';
import { changed, imagingOf, orderOf, reportOf, studyParts, studySystem } from './studyResources.ts';

const text = { type: 'string', minLength: 1, pattern: TEXT };
/** Characters of a string of FHIR (datatypes.html#string): a description may be as long as a conclusion. */
const LONGEST = 1_048_576;

/** All studies, also those whose reports were withdrawn as entered in error. */
export const allStudies: ClinicResource = {
  name: 'studies',
  title: 'Study',
  description:
    'Imaging studies of patients and what was found. Each is a FHIR DiagnosticReport, based on a ServiceRequest that says how urgent it is, about an ImagingStudy. The patient has to be there first.',
  schema: {
    type: 'object',
    additionalProperties: false,
    required: ['urgency_level', 'body_part', 'type', 'patient_id'],
    properties: {
      id: {
        ...idSchema,
        description: 'Your own id; given by the server where it is left out.',
        examples: ['s-1'],
      },
      urgency_level: {
        ...{ type: 'string', enum: ['LOW', 'MID', 'HIGH'] },
        description: 'How urgent it is: routine, urgent or stat as the priority of the order.',
        examples: ['HIGH'],
      },
      body_part: {
        ...{ ...text, maxLength: 200 },
        description: 'What was looked at. Words that are known get a SNOMED CT code too.',
        examples: ['CHEST'],
      },
      description: {
        ...{ ...text, maxLength: LONGEST },
        description: 'What was found; left out while there is no finding yet.',
        examples: ['UNUSUAL RATIO'],
      },
      type: {
        ...{ ...text, maxLength: 200 },
        description: 'What was done. Words that are known get a DICOM modality too.',
        examples: ['XRAY'],
      },
      patient_id: {
        ...{ type: 'string', minLength: 1, maxLength: 100, pattern: '^\\S+$' },
        description: 'The id of the patient.',
        examples: ['3'],
      },
    },
  },
  types: ['DiagnosticReport'],
  system: studySystem,
  scope: [['category', 'http://terminology.hl7.org/CodeSystem/v2-0074|RAD']],
  parts: [
    ['_include', 'DiagnosticReport:based-on'],
    ['_include', 'DiagnosticReport:subject'],
    ['_revinclude:iterate', 'ImagingStudy:basedon'],
  ],
  filters: {
    urgency_level: {
      description: 'How urgent it is.',
      schema: { type: 'string', enum: ['LOW', 'MID', 'HIGH'] },
      search: ofUrgency,
    },
    body_part: {
      description: 'What was looked at: texts with words that begin as those of this do, whatever the case.',
      schema: { type: 'string', examples: ['CHEST'] },
      search: (value) => [['based-on:ServiceRequest.body-site:text', exactly(value)]],
    },
    type: {
      description:
        'What was done: all of this type, however they are spelled; for a type that is not known, texts with words that begin as those of this do.',
      schema: { type: 'string', examples: ['XRAY'] },
      search: (value) => {
        const coding = typeCoding(value);
        return coding
          ? [['code', token(coding.system!, coding.code!)]]
          : [['based-on:ServiceRequest.code:text', exactly(value)]];
      },
    },
    patient_id: {
      description: 'The id of the patient; Patient/[id] is a FHIR id.',
      schema: { type: 'string', examples: ['3'] },
      search: ofPatient,
    },
  },
  sorts: { type: 'code', date: 'date', updated: '_lastUpdated' },
  toJson: studyJson,
  toFhir: (input, id, known) => {
    const { report, order, imaging } = studyParts(known);
    const told = report && studyJson(report, known);
    const study = studyOf(input, id, { report, order, imaging });
    // A report of another system needs no order and no images of ours, as long as nothing of these is told.
    const isOrdered = !report || changed(told, study, 'urgency_level', 'body_part', 'type');
    if (isOrdered) refuseVague(input);
    const has = { order: isOrdered || order !== undefined, imaging: isOrdered || imaging !== undefined };
    return [
      put(reportOf(study, told, report, has)),
      ...(has.order ? [put(orderOf(study, told, order))] : []),
      ...(has.imaging ? [put(imagingOf(study, told, imaging))] : []),
    ];
  },
  toDelete: (known) => {
    const { report, order, imaging } = studyParts(known);
    const id = String(studyJson(report!, known).id);
    // An order or images that came from elsewhere are records of their own, and stay.
    const own = [imaging, order].filter((each) => each && each.id === ownId(each.resourceType, id));
    return [own[0], report, own[1]].flatMap((each): WriteRequest[] =>
      each ? [{ method: 'DELETE', type: each.resourceType, id: each.id! }] : [],
    );
  },
  links: ({ patient_id }) =>
    patient_id === undefined
      ? {}
      : ({ patient: `patients/${encodeURIComponent(String(patient_id))}` } as Record<string, string>),
};

/** The reports whose order has such an urgency, also where it does not say so. */
function ofUrgency(level: string): SearchTerms {
  const priorities = prioritiesOf(level);
  const path = 'based-on:ServiceRequest.priority';
  if (!priorities.includes(USUAL_PRIORITY)) return [[path, priorities.join()]];
  const said = priorities.map((code) => `${path} eq ${code}`).join(' or ');
  return [['_filter', `${said} or ${path} pr false`]];
}

/** The studies that count: without those that were withdrawn. */
export const studies: ClinicResource = {
  ...allStudies,
  scope: [...allStudies.scope, ['status:not', 'entered-in-error']],
};

/** @throws FhirError 422 for what an order has to say and is not known */
function refuseVague(input: Json): void {
  const missing = ['urgency_level', 'body_part', 'type'].find((name) => input[name] === undefined);
  if (missing === undefined) return;
  const message = `"${missing}" is missing: the report has no order that tells it.`;
  throw refuse(422, 'required', message, `#/${missing}`);
}

const put = (resource: Resource): WriteRequest => ({
  ...{ method: 'PUT', type: resource.resourceType },
  ...{ id: resource.id!, resource },
});
