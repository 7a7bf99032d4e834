// Records made for what published and generated data lack: open periods, timings, units, positions, contained resources,
// references of every form, hierarchies of codes. Small, and the same in every run.
import type { Resource } from './values.ts';

const ORGANS = 'urn:oracle:organs';
const concept = (code: string, ...children: object[]) => ({
  code,
  display: `the ${code}`,
  ...(children.length > 0 ? { concept: children } : {}),
});
const valueSet = (id: string, include: object[]) => ({
  resourceType: 'ValueSet',
  id: `own-${id}`,
  url: `http://example.org/oracle/ValueSet/${id}`,
  status: 'active',
  compose: { include },
});

const terminology = [
  {
    resourceType: 'CodeSystem',
    id: 'own-organs',
    url: ORGANS,
    status: 'active',
    content: 'complete',
    hierarchyMeaning: 'is-a',
    caseSensitive: true,
    concept: [
      concept(
        'body',
        concept('head', concept('eye'), concept('ear')),
        concept('trunk', concept('heart', concept('valve')), concept('lung')),
      ),
    ],
  },
  valueSet('trunk', [{ system: ORGANS, filter: [{ property: 'concept', op: 'is-a', value: 'trunk' }] }]),
  valueSet('senses', [{ system: ORGANS, concept: [{ code: 'eye' }, { code: 'ear' }] }]),
  valueSet('organs', [{ system: ORGANS }]),
];

/** The members of the value sets and the hierarchy of the code system above, as tables. */
export const ownTerminology = {
  members: {
    'http://example.org/oracle/ValueSet/trunk': organs('trunk', 'heart', 'valve', 'lung'),
    'http://example.org/oracle/ValueSet/senses': organs('eye', 'ear'),
    'http://example.org/oracle/ValueSet/organs': organs(
      ...['body', 'head', 'eye', 'ear', 'trunk', 'heart', 'valve', 'lung'],
    ),
  },
  parents: Object.fromEntries(
    Object.entries({
      head: 'body',
      trunk: 'body',
      eye: 'head',
      ear: 'head',
      heart: 'trunk',
      lung: 'trunk',
      valve: 'heart',
    }).map(([code, parent]) => [organs(code)[0], organs(parent)]),
  ),
};

function organs(...codes: string[]): string[] {
  return codes.map((code) => `${ORGANS}|${code}`);
}

const conditions = ['body', 'head', 'eye', 'ear', 'trunk', 'heart', 'valve', 'lung', 'EYE', 'unknown'].map(
  (code, number) => ({
    resourceType: 'Condition',
    id: `own-${number}`,
    subject: { reference: `Patient/own-${number % 4}` },
    code: { coding: [{ system: number === 3 ? 'urn:other' : ORGANS, code, display: `The ${code}, sick` }] },
    ...[
      { onsetAge: { value: 10 + number, unit: 'years', system: 'http://unitsofmeasure.org', code: 'a' } },
      { onsetPeriod: { start: `20${10 + number}-03` } },
      { onsetPeriod: { end: `20${10 + number}-03-04` } },
      { onsetString: 'in early childhood' },
      { onsetRange: { low: { value: number }, high: { value: 3 * number } } },
    ][number % 5],
  }),
);

const names = [
  { family: 'Strauß-Éclair', given: ['Zoë', 'Ana María'], prefix: ['Dr.'] },
  { family: 'STRAUSS', given: ['zoe'], suffix: ['Jr.'] },
  { text: 'Ørsted, O’Neil', family: 'Ørsted' },
  { family: '李', given: ['小龙'] },
];
const patients = names.map((name, number) => ({
  resourceType: 'Patient',
  id: `own-${number}`,
  identifier: [
    {
      ...(number === 1 ? {} : { system: 'urn:oracle:numbers' }),
      value: number < 3 ? 'a|b,c$d\\e' : 'plain',
      type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'MR' }] },
    },
  ],
  name: [name],
  birthDate: ['1950', '1950-02', '1950-02-28', '1950-03-01'][number],
  ...[
    { deceasedBoolean: false },
    { deceasedDateTime: '2020-02-29T23:30:00-05:00' },
    { deceasedBoolean: true },
    {},
  ][number],
  generalPractitioner: [
    [{ reference: 'Practitioner/own-1' }],
    [{ identifier: { system: 'urn:oracle:numbers', value: 'p-2' }, type: 'Practitioner' }],
    [{ reference: 'http://far.example.org/fhir/Practitioner/own-1' }],
    [{ reference: 'Practitioner/own-1/_history/1' }, { reference: 'Organization/own-1' }],
  ][number],
}));
const institutions = [
  { resourceType: 'Practitioner', id: 'own-1', name: [{ family: 'Own' }], gender: 'female' },
  { resourceType: 'Organization', id: 'own-1', name: 'Own Hospital' },
  {
    resourceType: 'Organization',
    id: 'own-2',
    name: 'Own Ward',
    partOf: { reference: 'Organization/own-1' },
  },
];

const amounts: [number, string][] = [
  [1, 'g'],
  [1000, 'mg'],
  [999, 'mg'],
  [0.0011, 'kg'],
  [37.5, 'Cel'],
  [99.5, '[degF]'],
  [100.4, '[degF]'],
  [98, '%'],
  [0.98, '1'],
  [12, '{score}'],
];
const effective = [
  { effectiveDateTime: '2021-06-01T10:00:00Z' },
  { effectiveDateTime: '2021-06' },
  { effectivePeriod: { start: '2021-05-31T23:00:00-02:00', end: '2021-06-02' } },
  { effectivePeriod: { start: '2021-06-01' } },
  { effectivePeriod: { end: '2021-06-01T10:00:00.250Z' } },
  { effectiveInstant: '2021-06-01T10:00:00.250Z' },
  { effectiveTiming: { event: ['2021-06-01', '2021-07-01T08:00:00Z'] } },
  { effectiveTiming: { repeat: { boundsPeriod: { start: '2021-06-01', end: '2021-06-30' } } } },
  { effectiveTiming: { code: { text: 'daily' } } },
  {},
];
const observations = amounts.map(([value, code], number) => ({
  resourceType: 'Observation',
  id: `own-${number}`,
  status: 'final',
  code: { coding: [{ system: 'urn:oracle:codes', code: number < 4 ? 'mass' : 'other' }], text: 'Own' },
  subject: { reference: `Patient/own-${number % 4}` },
  ...effective[number],
  valueQuantity: {
    value,
    unit: code,
    system: 'http://unitsofmeasure.org',
    code,
    ...(number % 4 === 3 ? { comparator: number === 3 ? '>' : '<=' } : {}),
  },
}));
const sampled = {
  resourceType: 'Observation',
  id: 'own-sampled',
  status: 'final',
  code: { text: 'Own' },
  valueSampledData: {
    origin: { value: 10, unit: 'mV', system: 'http://unitsofmeasure.org', code: 'mV' },
    period: 10,
    factor: 0.5,
    dimensions: 1,
    data: '-4 0 6 E 20 L',
  },
};

const risks = [0.25, 0.2500001, 0.3, 5, -0.25, 1e-7].map((probabilityDecimal, number) => ({
  resourceType: 'RiskAssessment',
  id: `own-${number}`,
  status: 'final',
  subject: { reference: 'Patient/own-0' },
  prediction: [{ probabilityDecimal }],
}));

const places: [number, number][] = [
  [52.52, 13.405],
  [52.4, 13.05],
  [48.8566, 2.3522],
  [-22.9068, -43.1729],
  [0.01, 179.99],
  [-0.01, -179.99],
  [89.9, 10],
];
const locations = places.map(([latitude, longitude], number) => ({
  resourceType: 'Location',
  id: `own-${number}`,
  name: `Place ${number}`,
  position: { latitude, longitude },
  ...(number > 0 && number < 4 ? { partOf: { reference: `Location/own-${number - 1}` } } : {}),
}));

const contained = {
  resourceType: 'MedicationRequest',
  id: 'own-contained',
  status: 'active',
  intent: 'order',
  contained: [
    {
      resourceType: 'Medication',
      id: 'm',
      code: { coding: [{ code: 'own-mix' }] },
      manufacturer: { reference: '#o' },
    },
    { resourceType: 'Organization', id: 'o', name: 'Own Factory' },
  ],
  medicationReference: { reference: '#m' },
  subject: { reference: 'Patient/own-0' },
  requester: { reference: 'Practitioner/own-1' },
};
const list = {
  resourceType: 'List',
  id: 'own-list',
  status: 'current',
  mode: 'changes',
  entry: [
    { item: { reference: 'Patient/own-0' } },
    { item: { reference: 'Patient/own-1' }, deleted: true },
    { item: { reference: 'Observation/own-2/_history/1' } },
    { item: { display: 'nothing stored' } },
  ],
};
const answers = [undefined, '|1', '|2', '|1.5'].map((version, number) => ({
  resourceType: 'QuestionnaireResponse',
  id: `own-${number}`,
  status: 'completed',
  subject: { reference: 'Patient/own-2' },
  questionnaire: `http://example.org/oracle/Questionnaire/q${version ?? ''}`,
}));
const questionnaire = {
  resourceType: 'Questionnaire',
  id: 'own-q',
  url: 'http://example.org/oracle/Questionnaire/q',
  version: '1',
  status: 'active',
  title: 'Own questions',
};

/** All records, in the order in which to store them. */
export const ownRecords = [
  ...terminology,
  ...institutions,
  ...patients,
  ...conditions,
  ...observations,
  sampled,
  ...risks,
  ...locations,
  contained,
  questionnaire,
  ...answers,
  list,
] as unknown as readonly Resource[];
