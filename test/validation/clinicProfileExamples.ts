// What conforms to the profiles of what clinics and CRMs write, and what does not: each change with where it is told, and why.

// biome-ignore lint/suspicious/noExplicitAny: tests change arbitrary elements
type Json = any;

/** A resource that conforms, and changes after which it does not: each with where and why. */
export interface Example {
  profile: string;
  resource: Json;
  broken: [name: string, change: (resource: Json) => void, at: string, reason: string][];
}

const text = { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml">a</div>' };
const OWN = 'https://salus.example/fhir/';
const code = (system: string, value: string) => ({
  coding: [{ system: `${OWN}CodeSystem/${system}`, code: value }],
});
const terminology = (system: string, value: string) => ({
  coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code: value }],
});
const identifier = [{ system: `${OWN}sid/any`, value: '1' }];
const patient = { reference: 'Patient/1' };
const doctor = { reference: 'Practitioner/1' };
const encounter = { reference: 'Encounter/1' };
const at = '2026-01-31T10:20:00Z';
const extension = (name: string, value: Json) => ({ url: `${OWN}StructureDefinition/${name}`, ...value });

const unnamed = (type: string): Example['broken'] => [
  ['no identifier', (r) => delete r.identifier, `${type}.identifier`, 'required'],
  ['no system', (r) => delete r.identifier[0].system, `${type}.identifier[0].system`, 'required'],
];

export const clinicProfileExamples: Example[] = [
  {
    profile: 'salus-practitioner',
    resource: { resourceType: 'Practitioner', text, identifier, name: [{ family: 'House' }] },
    broken: [
      ...unnamed('Practitioner'),
      ['no name', (r) => delete r.name, 'Practitioner.name', 'required'],
      ['a name of nothing', (r) => r.name.push({ use: 'old' }), 'Practitioner.name[1]', 'salus-prac-1'],
    ],
  },
  {
    profile: 'salus-practitioner-role',
    resource: {
      ...{ resourceType: 'PractitionerRole', text, practitioner: doctor },
      organization: { reference: 'Organization/1' },
      code: [{ ...code('contact-types', 'pharmacist'), text: 'Head of pharmacy' }, { text: 'Teacher' }],
      specialty: [{ text: 'Oncology' }],
    },
    broken: [
      ['nobody', (r) => delete r.practitioner, 'PractitionerRole.practitioner', 'required'],
      ['another kind', (r) => r.code.shift(), 'PractitionerRole.code', 'kind'],
      ['a lead', (r) => (r.code[0].coding[0].code = 'lead'), 'PractitionerRole.code[0]', 'salus-role-1'],
    ],
  },
  {
    profile: 'salus-hospital',
    resource: {
      ...{ resourceType: 'Organization', text, identifier, name: 'Hospital San José' },
      type: [terminology('organization-type', 'prov')],
      address: [{ city: 'Monterrey' }],
    },
    broken: [
      ...unnamed('Organization'),
      ['no name', (r) => delete r.name, 'Organization.name', 'required'],
      ['no type', (r) => (r.type = [{ text: 'x' }]), 'Organization.type', 'provider'],
    ],
  },
  {
    profile: 'salus-booking',
    resource: {
      ...{ resourceType: 'Appointment', text, identifier, status: 'noshow', start: at, end: at },
      extension: [extension('salus-reminder', { valueDateTime: '2026-01-30' })],
      participant: [
        { actor: doctor, status: 'accepted' },
        { actor: { reference: 'Location/1' }, status: 'accepted' },
      ],
    },
    broken: [
      ...unnamed('Appointment'),
      ['nobody but a room', (r) => r.participant.shift(), 'Appointment', 'salus-book-1'],
      ['two reminders', (r) => r.extension.push(r.extension[0]), 'Appointment.extension', 'reminder'],
    ],
  },
  {
    profile: 'salus-condition',
    resource: {
      ...{ resourceType: 'Condition', text, identifier, subject: patient },
      clinicalStatus: terminology('condition-clinical', 'active'),
      code: code('medical-conditions', 'IPF'),
    },
    broken: [
      ...unnamed('Condition'),
      ['a group', (r) => (r.subject = { reference: 'Group/1' }), 'Condition.subject', 'Patient'],
      ['no status', (r) => delete r.clinicalStatus, 'Condition', 'salus-cond-1'],
      ['no code', (r) => delete r.code, 'Condition.code', 'required'],
      [
        'only the code of others',
        (r) => (r.code = { coding: [{ system: 'http://snomed.info/sct', code: '700250006' }] }),
        'Condition.code',
        'salus-cond-2',
      ],
    ],
  },
  {
    profile: 'salus-referral',
    resource: {
      ...{ resourceType: 'ServiceRequest', text, identifier, status: 'completed', intent: 'order' },
      extension: [
        extension('salus-eligible', { valueBoolean: false }),
        extension('salus-ineligible-reason', { valueString: 'Age' }),
      ],
      ...{ category: [code('referral-kinds', 'ct')], code: { text: 'x' }, subject: patient },
    },
    broken: [
      ...unnamed('ServiceRequest'),
      ['a group', (r) => (r.subject = { reference: 'Group/1' }), 'ServiceRequest.subject', 'Patient'],
      ['no kind', (r) => delete r.category, 'ServiceRequest.category', 'required'],
      ['another kind', (r) => (r.category = [{ text: 'x' }]), 'ServiceRequest.category', 'kind'],
      ['two kinds', (r) => r.category.push(code('referral-kinds', 'eap')), 'ServiceRequest.category', 'kind'],
      [
        'a reason twice',
        (r) => r.extension.push(r.extension[1]),
        'ServiceRequest.extension',
        'ineligibleReason',
      ],
    ],
  },
  {
    profile: 'salus-trial',
    resource: { resourceType: 'ResearchStudy', text, identifier, title: 'NCT-1', status: 'active' },
    broken: [
      ...unnamed('ResearchStudy'),
      ['no title', (r) => delete r.title, 'ResearchStudy.title', 'required'],
    ],
  },
  {
    profile: 'salus-trial-subject',
    resource: {
      ...{ resourceType: 'ResearchSubject', text, identifier, status: 'candidate', individual: patient },
      study: { reference: 'ResearchStudy/1' },
    },
    broken: unnamed('ResearchSubject'),
  },
  {
    profile: 'salus-access-episode',
    resource: {
      ...{ resourceType: 'EpisodeOfCare', text, identifier, status: 'active', patient },
      type: [code('referral-kinds', 'eap')],
      referralRequest: [{ reference: 'ServiceRequest/1' }],
      period: { start: '2026-01-31' },
    },
    broken: [
      ...unnamed('EpisodeOfCare'),
      ['another kind', (r) => (r.type = [code('referral-kinds', 'ct')]), 'EpisodeOfCare.type', 'access'],
      ['no referral', (r) => delete r.referralRequest, 'EpisodeOfCare.referralRequest', 'required'],
      ['no begin', (r) => delete r.period, 'EpisodeOfCare', 'salus-eap-1'],
    ],
  },
  {
    profile: 'salus-lead-review',
    resource: {
      ...{ resourceType: 'Task', text, status: 'completed', intent: 'order' },
      ...{ code: code('lead-review', 'possible-duplicate'), businessStatus: code('lead-review', 'same') },
      ...{ focus: patient, for: patient },
      input: [
        {
          type: code('lead-review', 'candidate'),
          valueReference: { reference: 'Patient/2' },
          extension: [
            extension('salus-match-score', { valueDecimal: 60 }),
            extension('salus-match-reason', { valueString: 'The name is the same.' }),
          ],
        },
      ],
    },
    broken: [
      ['another task', (r) => (r.code = { text: 'x' }), 'Task.code', 'possible-duplicate'],
      ['nobody', (r) => delete r.focus, 'Task.focus', 'required'],
      ['no candidate', (r) => delete r.input, 'Task.input', 'required'],
      ['no score', (r) => r.input[0].extension.shift(), 'Task.input[0].extension', 'score'],
      ['no decision', (r) => delete r.businessStatus, 'Task', 'salus-rev-1'],
    ],
  },
  {
    profile: 'salus-outcome',
    resource: {
      ...{ resourceType: 'Observation', text, status: 'final', subject: patient, encounter },
      ...{ code: code('interaction-outcomes', 'outcome'), effectiveDateTime: at, performer: [doctor] },
      valueCodeableConcept: code('interaction-outcomes', 'not-healthy'),
    },
    broken: [
      ['another question', (r) => (r.code = { text: 'x' }), 'Observation.code', 'interaction-outcomes'],
      ['no encounter', (r) => delete r.encounter, 'Observation.encounter', 'required'],
      ['no doctor', (r) => delete r.performer, 'Observation.performer', 'required'],
      ['no answer', (r) => delete r.valueCodeableConcept, 'Observation.value', 'required'],
      [
        'the question as answer',
        (r) => (r.valueCodeableConcept = r.code),
        'Observation.value',
        'salus-out-1',
      ],
    ],
  },
  {
    profile: 'salus-note',
    resource: {
      ...{ resourceType: 'DocumentReference', text, status: 'current', docStatus: 'final', date: at },
      ...{ type: { text: 'Note' }, subject: patient, author: [doctor] },
      content: [{ attachment: { contentType: 'text/plain', data: 'YQ==' } }],
      context: { encounter: [encounter] },
    },
    broken: [
      [
        'a link',
        (r) => (r.content[0].attachment = { contentType: 'text/plain', url: 'http://a.example/' }),
        'DocumentReference.content[0].attachment.data',
        'required',
      ],
      ['two texts', (r) => r.content.push(r.content[0]), 'DocumentReference.content', '1'],
      ['no encounter', (r) => delete r.context, 'DocumentReference.context', 'required'],
    ],
  },
  {
    profile: 'salus-vital-finding',
    resource: {
      ...{ resourceType: 'Observation', text, status: 'final', subject: patient, effectiveDateTime: at },
      category: [terminology('observation-category', 'vital-signs')],
      code: { coding: [{ system: 'http://loinc.org', code: '67775-7' }] },
      valueCodeableConcept: { coding: [{ system: 'http://snomed.info/sct', code: '248234008' }] },
    },
    broken: [
      [
        'only words',
        (r) => (r.valueCodeableConcept = { text: 'alert' }),
        'Observation.value.coding',
        'required',
      ],
      ['nothing', (r) => delete r.valueCodeableConcept, 'Observation.value', 'required'],
    ],
  },
];
