// Constraints of data types (datatypes.html, metadatatypes.html).
import { condition, medicationRequest, observation, patient, structureDefinition } from './examples.ts';
import { breaking, type Json, type Mutation } from './mutation.ts';

const ucum = 'http://unitsofmeasure.org';
const holding = (property: string, value: unknown): Json => ({
  resourceType: 'Basic',
  code: { text: 'c' },
  extension: [{ url: 'http://example.org/e', [property]: value }],
});
const at = 'Basic.extension[0].value';
const inExtension = (key: string, property: string, sound: unknown, broken: unknown, below = ''): Mutation =>
  breaking(key, holding(property, sound), at + below, { [`extension[0].${property}`]: broken });

const repeat = 'dosageInstruction[0].timing.repeat';
const timing = (key: string, set: Record<string, unknown>): Mutation => {
  const changes = Object.entries(set).map(([name, value]) => [`${repeat}.${name}`, value]);
  return breaking(key, medicationRequest, `MedicationRequest.${repeat}`, Object.fromEntries(changes));
};

const element = 'differential.element[1]';
const definition = (key: string, set: Record<string, unknown>, below = ''): Mutation => {
  const changes = Object.entries(set).map(([name, value]) => [`${element}.${name}`, value]);
  return breaking(
    key,
    structureDefinition,
    `StructureDefinition.${element}${below}`,
    Object.fromEntries(changes),
  );
};
const fixed = { type: [{ code: 'boolean' }], fixedBoolean: true };
const slicing = { rules: 'open', description: 'd' };
const trigger = { type: 'named-event', name: 'n' };
const data = { type: 'Patient' };

export const dataTypeInvariantMutations: readonly Mutation[] = [
  inExtension(
    'age-1',
    'valueAge',
    { value: 1, system: ucum, code: 'a' },
    { value: -1, system: ucum, code: 'a' },
  ),
  breaking('age-1', condition, 'Condition.onset', { 'onsetAge.system': 'http://example.org/units' }),
  breaking('att-1', patient, 'Patient.photo[0]', { 'photo[0].contentType': undefined }),
  breaking('cpt-2', patient, 'Patient.telecom[0]', { 'telecom[0].system': undefined }),
  inExtension(
    'cnt-3',
    'valueCount',
    { value: 1, system: ucum, code: '1' },
    { value: 1.5, system: ucum, code: '1' },
  ),
  inExtension('dis-1', 'valueDistance', { value: 1, system: ucum, code: 'm' }, { value: 1 }),
  inExtension('drt-1', 'valueDuration', { value: 1, system: ucum, code: 'h' }, { system: ucum, code: 'h' }),
  inExtension(
    'exp-1',
    'valueExpression',
    { language: 'text/cql', expression: 'a' },
    { language: 'text/cql' },
  ),
  inExtension(
    'drq-1',
    'valueDataRequirement',
    { ...data, codeFilter: [{ path: 'a' }] },
    { ...data, codeFilter: [{ path: 'a', searchParam: 'b' }] },
    '.codeFilter[0]',
  ),
  inExtension(
    'drq-2',
    'valueDataRequirement',
    { ...data, dateFilter: [{ path: 'a' }] },
    { ...data, dateFilter: [{ valueDateTime: '2024' }] },
    '.dateFilter[0]',
  ),
  inExtension('trd-1', 'valueTriggerDefinition', trigger, {
    ...trigger,
    data: [data],
    timingDate: '2024-05-01',
  }),
  inExtension('trd-2', 'valueTriggerDefinition', trigger, {
    ...trigger,
    condition: { language: 'text/cql', expression: 'a' },
  }),
  inExtension('trd-3', 'valueTriggerDefinition', trigger, { type: 'named-event' }),
  breaking('per-1', patient, 'Patient.contact[0].period', { 'contact[0].period.end': '2019-12-31' }),
  breaking('qty-3', observation, 'Observation.value', { 'valueQuantity.system': undefined }),
  breaking('rng-2', condition, 'Condition.abatement', { 'abatementRange.low.value': 10 }),
  breaking('rat-1', medicationRequest, 'MedicationRequest.dosageInstruction[0].maxDosePerPeriod', {
    'dosageInstruction[0].maxDosePerPeriod.denominator': undefined,
  }),
  breaking('rat-1', medicationRequest, 'MedicationRequest.dosageInstruction[0].doseAndRate[0].rate', {
    'dosageInstruction[0].doseAndRate[0].rateRatio.numerator': undefined,
  }),
  breaking('ref-1', observation, 'Observation.subject', { 'subject.reference': '#p' }),
  timing('tim-1', { durationUnit: undefined }),
  timing('tim-2', { periodUnit: undefined }),
  timing('tim-4', { duration: -1 }),
  timing('tim-5', { period: -1 }),
  timing('tim-6', { period: undefined, periodUnit: undefined, periodMax: 2 }),
  timing('tim-7', { duration: undefined, durationUnit: undefined, durationMax: 2 }),
  timing('tim-8', { count: undefined, countMax: 2 }),
  timing('tim-9', { offset: 30 }),
  timing('tim-10', { timeOfDay: ['10:00:00'], when: ['MORN'] }),
  definition('eld-1', { slicing: { rules: 'open' } }, '.slicing'),
  definition('eld-2', { min: 2 }),
  definition('eld-3', { min: undefined, max: 'many' }, '.max'),
  definition('eld-4', { type: [{ code: 'boolean', aggregation: ['bundled'] }] }, '.type[0]'),
  definition('eld-5', { contentReference: '#Patient.contact' }),
  definition('eld-6', { ...fixed, type: [{ code: 'boolean' }, { code: 'dateTime' }] }),
  definition('eld-7', { patternBoolean: true, type: [{ code: 'boolean' }, { code: 'dateTime' }] }),
  definition('eld-8', { ...fixed, patternBoolean: true }),
  definition(
    'eld-12',
    { type: [{ code: 'code' }], binding: { strength: 'required', valueSet: 'v' } },
    '.binding',
  ),
  definition('eld-13', { type: [{ code: 'boolean' }, { code: 'boolean' }] }),
  definition('eld-14', {
    constraint: [1, 2].map(() => ({ key: 'a-1', severity: 'error', human: 'h', expression: 'true' })),
  }),
  definition('eld-16', { sliceName: 'a slice' }),
  definition('eld-17', { type: [{ code: 'boolean', targetProfile: ['http://example.org/p'] }] }, '.type[0]'),
  definition('eld-18', { isModifier: true }),
  definition('eld-22', { sliceIsConstraining: true, slicing }),
];
