// Constraints of clinical and administrative resources, by their keys.
import { allergy, condition, observation, patient } from './examples.ts';
import { breaking, type Json, type Mutation } from './mutation.ts';

const subject = { reference: 'Patient/p1' };
const at = (time: string) => `2024-05-01T${time}:00Z`;
const CONDITION = 'http://terminology.hl7.org/CodeSystem/condition-ver-status';
const ALLERGY = 'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification';

const appointment: Json = {
  resourceType: 'Appointment',
  status: 'booked',
  start: at('10:00'),
  end: at('11:00'),
  participant: [{ actor: subject, status: 'accepted' }],
};
const composition: Json = {
  resourceType: 'Composition',
  status: 'final',
  type: { text: 't' },
  date: '2024-05-01',
  author: [{ reference: 'Practitioner/1' }],
  title: 'T',
  section: [{ title: 'a', entry: [{ reference: 'Condition/1' }] }],
};
const family: Json = {
  resourceType: 'FamilyMemberHistory',
  status: 'completed',
  patient: subject,
  relationship: { text: 'mother' },
  ageString: '60',
};
const list: Json = {
  resourceType: 'List',
  status: 'current',
  mode: 'working',
  entry: [{ date: '2024-05-01', item: { reference: 'Condition/1' } }],
};
const organization: Json = {
  resourceType: 'Organization',
  name: 'Praxis',
  telecom: [{ system: 'phone', value: '1', use: 'work' }],
  address: [{ use: 'work', text: 'a' }],
};
const medicationDispense: Json = {
  resourceType: 'MedicationDispense',
  status: 'completed',
  medicationCodeableConcept: { text: 'm' },
  whenPrepared: at('10:00'),
  whenHandedOver: at('11:00'),
};
const riskAssessment: Json = {
  resourceType: 'RiskAssessment',
  status: 'final',
  subject,
  prediction: [
    { probabilityDecimal: 50 },
    { probabilityRange: { low: { value: 1, system: 'http://unitsofmeasure.org', code: '%' } } },
  ],
};
const auditEvent: Json = {
  resourceType: 'AuditEvent',
  type: { code: 'rest' },
  recorded: at('10:00'),
  agent: [{ requestor: true }],
  source: { observer: { reference: 'Device/1' } },
  entity: [{ query: 'AAAA' }],
};
const immunization: Json = {
  resourceType: 'Immunization',
  status: 'completed',
  vaccineCode: { text: 'v' },
  patient: subject,
  occurrenceDateTime: '2024-05-01',
  education: [{ documentType: 'leaflet', publicationDate: '2024' }],
};
const sequence: Json = {
  resourceType: 'MolecularSequence',
  coordinateSystem: 0,
  referenceSeq: { referenceSeqString: 'ACGT', windowStart: 0, windowEnd: 4 },
};

export const clinicalInvariantMutations: readonly Mutation[] = [
  breaking('ait-1', allergy, 'AllergyIntolerance', { clinicalStatus: undefined }),
  breaking('ait-2', allergy, 'AllergyIntolerance', {
    'verificationStatus.coding[0]': { system: ALLERGY, code: 'entered-in-error' },
  }),
  breaking('app-1', appointment, 'Appointment.participant[0]', { 'participant[0].actor': undefined }),
  breaking('app-2', { ...appointment, status: 'proposed' }, 'Appointment', { end: undefined }),
  breaking('app-3', appointment, 'Appointment', { start: undefined, end: undefined }),
  breaking('app-4', appointment, 'Appointment', { cancelationReason: { text: 'ill' } }),
  breaking(
    'apr-1',
    {
      resourceType: 'AppointmentResponse',
      appointment: { reference: 'Appointment/1' },
      actor: subject,
      participantStatus: 'accepted',
    },
    'AppointmentResponse',
    { actor: undefined },
  ),
  breaking('sev-1', auditEvent, 'AuditEvent.entity[0]', { 'entity[0].name': 'n' }),
  breaking(
    'cpl-3',
    {
      resourceType: 'CarePlan',
      status: 'active',
      intent: 'plan',
      subject,
      activity: [{ detail: { status: 'scheduled' } }],
    },
    'CarePlan.activity[0]',
    { 'activity[0].reference': { reference: 'Task/1' } },
  ),
  breaking('cmp-1', composition, 'Composition.section[0]', { 'section[0].entry': undefined }),
  breaking('cmp-2', composition, 'Composition.section[0]', { 'section[0].emptyReason': { text: 'none' } }),
  breaking('con-1', condition, 'Condition.stage[0]', { 'stage[0]': { type: { text: 't' } } }),
  breaking('con-2', condition, 'Condition.evidence[0]', {
    'evidence[0]': { extension: [{ url: 'http://example.org/e', valueCode: 'a' }] },
  }),
  breaking('con-4', condition, 'Condition', { 'clinicalStatus.coding[0].code': 'active' }),
  breaking('con-5', condition, 'Condition', {
    'verificationStatus.coding[0]': { system: CONDITION, code: 'entered-in-error' },
  }),
  breaking(
    'ppc-1',
    {
      resourceType: 'Consent',
      status: 'active',
      scope: { text: 's' },
      category: [{ text: 'c' }],
      policyRule: { text: 'p' },
    },
    'Consent',
    { policyRule: undefined },
  ),
  breaking('fhs-1', family, 'FamilyMemberHistory', { bornString: '1950' }),
  breaking('fhs-2', family, 'FamilyMemberHistory', { ageString: undefined, estimatedAge: true }),
  breaking(
    'gol-1',
    {
      resourceType: 'Goal',
      lifecycleStatus: 'active',
      description: { text: 'd' },
      subject,
      target: [{ measure: { text: 'm' }, detailInteger: 1 }],
    },
    'Goal.target[0]',
    { 'target[0].measure': undefined },
  ),
  breaking(
    'grp-1',
    { resourceType: 'Group', type: 'person', actual: true, member: [{ entity: subject }] },
    'Group',
    { actual: false },
  ),
  breaking('imm-1', immunization, 'Immunization.education[0]', { 'education[0].documentType': undefined }),
  breaking(
    'imr-1',
    {
      resourceType: 'ImmunizationRecommendation',
      patient: subject,
      date: '2024-05-01',
      recommendation: [{ targetDisease: { text: 'd' }, forecastStatus: { text: 'due' } }],
    },
    'ImmunizationRecommendation.recommendation[0]',
    { 'recommendation[0].targetDisease': undefined },
  ),
  breaking('ipn-1', { resourceType: 'InsurancePlan', name: 'n', status: 'active' }, 'InsurancePlan', {
    name: undefined,
  }),
  breaking(
    'lnk-1',
    { resourceType: 'Linkage', item: [1, 2].map(() => ({ type: 'source', resource: subject })) },
    'Linkage',
    { item: [{ type: 'source', resource: subject }] },
  ),
  breaking('lst-1', list, 'List', { emptyReason: { text: 'none' } }),
  breaking('lst-2', list, 'List', { 'entry[0].deleted': true }),
  breaking('lst-3', list, 'List', { mode: 'snapshot' }),
  breaking(
    'mad-1',
    {
      resourceType: 'MedicationAdministration',
      status: 'completed',
      medicationCodeableConcept: { text: 'm' },
      subject,
      effectiveDateTime: '2024-05-01',
      dosage: { text: 't', dose: { value: 1 } },
    },
    'MedicationAdministration.dosage',
    { 'dosage.dose': undefined },
  ),
  breaking('mdd-1', medicationDispense, 'MedicationDispense', { whenHandedOver: at('09:00') }),
  breaking('msq-3', sequence, 'MolecularSequence', { coordinateSystem: 2 }),
  breaking('msq-5', sequence, 'MolecularSequence.referenceSeq', { 'referenceSeq.chromosome': { text: '1' } }),
  breaking('msq-6', sequence, 'MolecularSequence.referenceSeq', {
    'referenceSeq.referenceSeqString': undefined,
  }),
  breaking('obs-3', observation, 'Observation.referenceRange[0]', {
    'referenceRange[0]': { type: { text: 't' } },
  }),
  breaking('obs-6', observation, 'Observation', { dataAbsentReason: { text: 'r' } }),
  breaking('obs-7', observation, 'Observation', { 'component[0].code.coding[0].code': 'weight' }),
  breaking('org-1', organization, 'Organization', { name: undefined }),
  breaking('org-2', organization, 'Organization.address[0]', { 'address[0].use': 'home' }),
  breaking('org-3', organization, 'Organization.telecom[0]', { 'telecom[0].use': 'home' }),
  breaking('pat-1', patient, 'Patient.contact[0]', { 'contact[0].name': undefined }),
  breaking(
    'prr-1',
    {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      code: { text: 'c' },
      orderDetail: [{ text: 'd' }],
      subject,
    },
    'ServiceRequest',
    { code: undefined },
  ),
  breaking(
    'qrs-1',
    {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      item: [{ linkId: '1', answer: [{ valueBoolean: true }] }],
    },
    'QuestionnaireResponse.item[0]',
    { 'item[0].item': [{ linkId: '2' }] },
  ),
  breaking('ras-1', riskAssessment, 'RiskAssessment.prediction[1].probability', {
    'prediction[1].probabilityRange.low.code': 'kg',
  }),
  breaking('ras-2', riskAssessment, 'RiskAssessment.prediction[0]', {
    'prediction[0].probabilityDecimal': 101,
  }),
  breaking(
    'rqg-1',
    {
      resourceType: 'RequestGroup',
      status: 'active',
      intent: 'plan',
      action: [{ resource: { reference: 'Task/1' } }],
    },
    'RequestGroup.action[0]',
    { 'action[0].action': [{ resource: { reference: 'Task/2' } }] },
  ),
];
