// What Synthea does not make: links of every kind between two patients, and beyond them.
import { batch, type Json, put } from '../bundles/bundleSupport.ts';

const observation = { resourceType: 'Observation', status: 'final', code: { text: 'x' } };
const ref = (reference: string) => ({ reference });

/** A batch of resources about two stored patients (`Patient/…`); it adds the patients `linked` and `alone`. */
export const linkedRecords = (first: string, second: string): Json =>
  batch([
    put({ resourceType: 'Binary', id: 'scan', contentType: 'text/plain', data: 'eA==' }),
    put({
      resourceType: 'Endpoint',
      id: 'far',
      status: 'active',
      connectionType: { code: 'x' },
      payloadType: [{ text: 'x' }],
      address: 'x',
    }),
    put({
      resourceType: 'Organization',
      id: 'parent',
      name: 'x',
      endpoint: [ref('Endpoint/far')],
      partOf: ref('Organization/child'),
    }),
    put({ resourceType: 'Organization', id: 'child', name: 'x', partOf: ref('Organization/parent') }),
    put({ resourceType: 'Practitioner', id: 'unrelated' }),
    put({ resourceType: 'Organization', id: 'unrelated', name: 'x', endpoint: [ref('Endpoint/unrelated')] }),
    put({ resourceType: 'Device', id: 'pump', owner: ref('Organization/child') }),
    put({
      resourceType: 'Medication',
      id: 'mix',
      ingredient: [{ itemReference: ref('Medication/part') }],
      manufacturer: ref('Organization/child'),
    }),
    put({ resourceType: 'Medication', id: 'part' }),
    put({
      resourceType: 'Group',
      id: 'both',
      type: 'person',
      actual: true,
      member: [{ entity: ref(first) }, { entity: ref(second) }],
    }),
    put({
      ...observation,
      id: 'versioned',
      subject: ref(`${first}/_history/1`),
      device: ref('Device/pump'),
    }),
    put({ ...observation, id: 'dangling', subject: ref(first), performer: [ref('Practitioner/nobody')] }),
    put({ ...observation, id: 'by-performer', subject: ref('Group/both'), performer: [ref(second)] }),
    put({
      ...observation,
      id: 'of-group',
      subject: ref('Group/both'),
      derivedFrom: [ref('Observation/of-nobody')],
    }),
    put({ ...observation, id: 'of-nobody', performer: [ref('Practitioner/unrelated')] }),
    put({
      resourceType: 'DocumentReference',
      id: 'paper',
      status: 'current',
      subject: ref(first),
      content: [{ attachment: { url: 'Binary/scan' } }],
      context: { related: [ref('Observation/of-nobody')] },
    }),
    put({
      resourceType: 'MedicationRequest',
      id: 'rx',
      status: 'active',
      intent: 'order',
      subject: ref(first),
      medicationReference: ref('Medication/mix'),
    }),
    put({ resourceType: 'RelatedPerson', id: 'aunt', patient: ref(second) }),
    put({
      resourceType: 'Patient',
      id: 'linked',
      link: [{ other: ref(first), type: 'seealso' }],
      generalPractitioner: [ref('Practitioner/unrelated')],
    }),
    put({
      resourceType: 'Provenance',
      id: 'both',
      target: [ref(second), ref('Observation/of-group')],
      recorded: '2024-01-01T00:00:00Z',
      agent: [{ who: ref('Practitioner/unrelated') }],
    }),
    put({
      resourceType: 'Encounter',
      id: 'whole',
      status: 'finished',
      class: { code: 'AMB' },
      subject: ref(first),
    }),
    put({
      resourceType: 'Encounter',
      id: 'part',
      status: 'finished',
      class: { code: 'AMB' },
      subject: ref(first),
      partOf: ref('Encounter/whole'),
      appointment: [ref('Appointment/a')],
    }),
    put({
      resourceType: 'Appointment',
      id: 'a',
      status: 'proposed',
      participant: [{ actor: ref(second), status: 'accepted' }],
    }),
    put({ ...observation, id: 'in-part', subject: ref(first), encounter: ref('Encounter/part') }),
    put({ resourceType: 'Patient', id: 'alone' }),
  ]);
