// Constraints of conformance and knowledge resources, by their keys.
import { questionnaire, structureDefinition, valueSet } from './examples.ts';
import { breaking, type Json, type Mutation } from './mutation.ts';

const url = 'http://example.org/fhir';
const capabilities: Json = {
  resourceType: 'CapabilityStatement',
  status: 'draft',
  date: '2024-05-01',
  kind: 'requirements',
  description: 'd',
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [{ mode: 'server', resource: [{ type: 'Patient', searchParam: [{ name: 'a', type: 'token' }] }] }],
};
const software = { name: 's' };
const codeSystem: Json = {
  resourceType: 'CodeSystem',
  status: 'draft',
  content: 'complete',
  concept: [{ code: 'a', concept: [{ code: 'b' }] }],
};
const conceptMap: Json = {
  resourceType: 'ConceptMap',
  status: 'draft',
  group: [
    {
      source: `${url}/s`,
      target: `${url}/t`,
      element: [{ code: 'a', target: [{ code: 'b', equivalence: 'equal' }] }],
      unmapped: { mode: 'provided' },
    },
  ],
};
const parameters: Json = {
  resourceType: 'Parameters',
  parameter: [
    { name: 'a', valueString: 'a' },
    { name: 'b', part: [{ name: 'c', valueString: 'c' }] },
  ],
};
const operation: Json = {
  resourceType: 'OperationDefinition',
  name: 'O',
  status: 'draft',
  kind: 'operation',
  code: 'o',
  system: true,
  type: false,
  instance: false,
  parameter: [{ name: 'a', use: 'in', min: 0, max: '1', type: 'string', searchType: 'token' }],
};
const namingSystem: Json = {
  resourceType: 'NamingSystem',
  name: 'N',
  status: 'draft',
  kind: 'codesystem',
  date: '2024-05-01',
  uniqueId: [
    { type: 'uri', value: 'http://example.org/a', preferred: true },
    { type: 'uuid', value: 'b' },
  ],
};
const parameter: Json = {
  resourceType: 'SearchParameter',
  url: `${url}/SearchParameter/s`,
  name: 'S',
  status: 'draft',
  description: 'd',
  code: 's',
  base: ['Patient'],
  type: 'reference',
  expression: 'Patient.link.other',
  target: ['Patient'],
  chain: ['name'],
};
const script: Json = {
  resourceType: 'TestScript',
  url: `${url}/TestScript/t`,
  name: 'T',
  status: 'draft',
  variable: [{ name: 'v', expression: 'id' }],
  setup: { action: [{ assert: { contentType: 'xml', warningOnly: false } }] },
};
const map: Json = {
  resourceType: 'StructureMap',
  url: `${url}/StructureMap/m`,
  name: 'M',
  status: 'draft',
  group: [
    {
      name: 'g',
      typeMode: 'none',
      input: [{ name: 's', mode: 'source' }],
      rule: [
        {
          name: 'r',
          source: [{ context: 's' }],
          target: [{ context: 't', contextType: 'variable', element: 'e' }],
        },
      ],
    },
  ],
};
const one = structureDefinition.differential as { element: Record<string, unknown>[] };
const [root, active] = one.element;
const onlySnapshot: Json = { ...structureDefinition, differential: undefined } as Json;
const item = (key: string, index: number, set: Record<string, unknown>): Mutation =>
  breaking(
    key,
    questionnaire,
    `Questionnaire.item[${index}]`,
    Object.fromEntries(Object.entries(set).map(([name, value]) => [`item[${index}].${name}`, value])),
  );

export const conformanceInvariantMutations: readonly Mutation[] = [
  breaking('cpb-1', capabilities, 'CapabilityStatement', { rest: undefined }),
  breaking('cpb-2', capabilities, 'CapabilityStatement', { description: undefined }),
  breaking('cpb-9', capabilities, 'CapabilityStatement.rest[0]', {
    'rest[0].resource': [{ type: 'Patient' }, { type: 'Patient' }],
  }),
  breaking('cpb-12', capabilities, 'CapabilityStatement.rest[0].resource[0]', {
    'rest[0].resource[0].searchParam': [1, 2].map(() => ({ name: 'a', type: 'token' })),
  }),
  breaking('cpb-14', capabilities, 'CapabilityStatement', { kind: 'instance' }),
  breaking('cpb-15', capabilities, 'CapabilityStatement', { kind: 'capability' }),
  breaking('cpb-16', capabilities, 'CapabilityStatement', { software }),
  breaking('csd-1', codeSystem, 'CodeSystem', { 'concept[0].concept[0].code': 'a' }),
  breaking('cmd-1', conceptMap, 'ConceptMap.group[0].element[0].target[0]', {
    'group[0].element[0].target[0].equivalence': 'inexact',
  }),
  breaking('cmd-2', conceptMap, 'ConceptMap.group[0].unmapped', { 'group[0].unmapped.mode': 'fixed' }),
  breaking('cmd-3', conceptMap, 'ConceptMap.group[0].unmapped', { 'group[0].unmapped.mode': 'other-map' }),
  breaking('inv-1', parameters, 'Parameters.parameter[0]', {
    'parameter[0].resource': { resourceType: 'Basic', code: { text: 'c' } },
  }),
  breaking('inv-1', parameters, 'Parameters.parameter[1].part[0]', {
    'parameter[1].part[0].valueString': undefined,
  }),
  breaking('nsd-1', namingSystem, 'NamingSystem', { kind: 'root' }),
  breaking('nsd-2', namingSystem, 'NamingSystem', {
    'uniqueId[1]': { type: 'uri', value: 'http://example.org/b', preferred: true },
  }),
  breaking('opd-1', operation, 'OperationDefinition.parameter[0]', {
    'parameter[0].type': undefined,
    'parameter[0].searchType': undefined,
  }),
  breaking('opd-2', operation, 'OperationDefinition.parameter[0]', { 'parameter[0].type': 'code' }),
  breaking('opd-3', operation, 'OperationDefinition.parameter[0]', {
    'parameter[0].targetProfile': [`${url}/p`],
  }),
  item('que-1', 0, { item: undefined }),
  breaking('que-2', questionnaire, 'Questionnaire', { 'item[0].item[0].linkId': '1' }),
  item('que-3', 2, { code: [{ code: 'a' }] }),
  item('que-4', 1, { answerValueSet: `${url}/v` }),
  item('que-5', 3, { answerOption: [{ valueString: 'a' }] }),
  item('que-6', 2, { required: true }),
  breaking('que-7', questionnaire, 'Questionnaire.item[3].enableWhen[0]', {
    'item[3].enableWhen[0].answerBoolean': undefined,
    'item[3].enableWhen[0].answerString': 'a',
  }),
  item('que-8', 2, { initial: [{ valueString: 'a' }] }),
  item('que-9', 2, { readOnly: true }),
  item('que-10', 1, { maxLength: 5 }),
  item('que-11', 1, { initial: [{ valueString: 'a' }] }),
  item('que-12', 3, {
    enableWhen: [1, 2, 3].map(() => ({ question: '2', operator: 'exists', answerBoolean: true })),
  }),
  breaking('que-5', questionnaire, 'Questionnaire.item[0].item[0]', {
    'item[0].item[0].type': 'boolean',
    'item[0].item[0].answerValueSet': `${url}/v`,
  }),
  item('que-13', 3, { initial: [{ valueBoolean: true }, { valueBoolean: false }] }),
  breaking('spd-1', parameter, 'SearchParameter', { xpath: 'f:Patient' }),
  breaking('spd-2', { ...parameter, chain: ['name'] }, 'SearchParameter', { type: 'token' }),
  breaking('sdf-1', { ...structureDefinition, derivation: 'specialization' }, 'StructureDefinition', {
    'snapshot.element': [root, active, { ...active, id: 'Patient.activated' }],
  }),
  breaking('sdf-2', structureDefinition, 'StructureDefinition.mapping[0]', { 'mapping[0].name': undefined }),
  breaking('sdf-3', structureDefinition, 'StructureDefinition.snapshot', {
    'snapshot.element[1]': { ...active, definition: undefined },
  }),
  breaking('sdf-4', structureDefinition, 'StructureDefinition', {
    baseDefinition: undefined,
    derivation: undefined,
  }),
  breaking(
    'sdf-5',
    {
      ...onlySnapshot,
      snapshot: undefined,
      differential: { element: [{ id: 'Extension', path: 'Extension' }] },
      type: 'Extension',
      kind: 'complex-type',
      context: [{ type: 'element', expression: 'Patient' }],
    } as Json,
    'StructureDefinition',
    { context: undefined },
  ),
  breaking('sdf-6', structureDefinition, 'StructureDefinition', {
    snapshot: undefined,
    differential: undefined,
  }),
  breaking('sdf-8b', structureDefinition, 'StructureDefinition.snapshot', {
    'snapshot.element[1]': { ...active, base: undefined },
  }),
  breaking('sdf-8', structureDefinition, 'StructureDefinition.snapshot', {
    'snapshot.element[1].path': 'Person.active',
  }),
  breaking('sdf-8a', structureDefinition, 'StructureDefinition.differential', {
    'differential.element[1].path': 'Person.active',
  }),
  breaking('sdf-10', structureDefinition, 'StructureDefinition.snapshot.element[1]', {
    'snapshot.element[1].type': [{ code: 'code' }],
    'snapshot.element[1].binding': { strength: 'example' },
  }),
  breaking('sdf-15', structureDefinition, 'StructureDefinition', {
    'snapshot.element[0].type': [{ code: 'Patient' }],
  }),
  breaking('sdf-15a', structureDefinition, 'StructureDefinition', {
    'differential.element[0].type': [{ code: 'Patient' }],
  }),
  breaking('sdf-16', structureDefinition, 'StructureDefinition', { 'snapshot.element[1].id': 'Patient' }),
  breaking('sdf-17', structureDefinition, 'StructureDefinition', { 'differential.element[1].id': 'Patient' }),
  breaking('sdf-18', structureDefinition, 'StructureDefinition', { contextInvariant: ['true'] }),
  breaking('sdf-20', structureDefinition, 'StructureDefinition.differential', {
    'differential.element[0].slicing': { rules: 'open', description: 'd' },
  }),
  breaking('sdf-21', structureDefinition, 'StructureDefinition', {
    'differential.element[1].defaultValueBoolean': true,
  }),
  breaking('sdf-23', structureDefinition, 'StructureDefinition', {
    'differential.element[0].sliceName': 'a',
  }),
  breaking('smp-1', map, 'StructureMap.group[0].rule[0].target[0]', {
    'group[0].rule[0].target[0]': { contextType: 'variable', element: 'e' },
  }),
  breaking('smp-2', map, 'StructureMap.group[0].rule[0].target[0]', {
    'group[0].rule[0].target[0].contextType': undefined,
  }),
  breaking('tst-1', script, 'TestScript.setup.action[0]', {
    'setup.action[0].operation': { url: 'http://example.org', encodeRequestUrl: true },
  }),
  breaking('tst-3', script, 'TestScript.variable[0]', {
    'variable[0].headerField': 'a',
    'variable[0].path': 'b',
  }),
  breaking('tst-5', script, 'TestScript.setup.action[0].assert', {
    'setup.action[0].assert.responseCode': '200',
  }),
  breaking('vsd-1', valueSet, 'ValueSet.compose.include[1]', { 'compose.include[1]': { version: '1' } }),
  breaking('vsd-2', valueSet, 'ValueSet.compose.include[1]', {
    'compose.include[1].concept': [{ code: 'a' }],
  }),
  breaking('vsd-3', valueSet, 'ValueSet.compose.include[0]', {
    'compose.include[0].filter': [{ property: 'a', op: '=', value: 'b' }],
  }),
  breaking('vsd-6', valueSet, 'ValueSet.expansion.contains[0]', {
    'expansion.contains[0]': { system: `${url}/s`, abstract: true },
  }),
  breaking('vsd-9', valueSet, 'ValueSet.expansion.contains[0]', { 'expansion.contains[0].code': undefined }),
  breaking('vsd-10', valueSet, 'ValueSet.expansion.contains[0]', {
    'expansion.contains[0].system': undefined,
  }),
];
