// A small valid resource that has a value for a search parameter, made from the definitions: for parameters that no
// published example has a value for.
import type { ElementDefinition, SearchParameter } from '@medplum/fhirtypes';
import { mandatoryElements } from '../../http/smallestResources.ts';
import { childrenOf, elementAt, someCoding } from './definitions.ts';
import { alternativesFor, type Resource } from './values.ts';

type Json = Record<string, unknown>;

const concept = {
  coding: [{ system: 'urn:example:codes', code: 'sample', display: 'Sample' }],
  text: 'Sample',
};
const quantity = { value: 21.5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' };

/** What search parameters look at is valid only beside these: by type. */
const BESIDE: Readonly<Record<string, object>> = {
  // con-4: abated conditions are not active
  Condition: {
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'inactive' }],
    },
  },
  // prr-1: orderDetail needs it
  ServiceRequest: { code: concept },
};

/** What an element excludes, by its path (msq-6). */
const INSTEAD: Readonly<Record<string, readonly string[]>> = {
  'MolecularSequence.referenceSeq.referenceSeqId': ['genomeBuild', 'chromosome'],
};

/** Codes of required bindings that no list has. */
const GRAMMARS: Readonly<Record<string, string>> = { 'http://hl7.org/fhir/ValueSet/mimetypes': 'text/plain' };

/**
 * A value of each data type that search parameters look at, and of those that are mandatory beside them; of parts of
 * resources, what their invariants ask for.
 */
const SAMPLES: Readonly<Record<string, unknown>> = {
  boolean: true,
  integer: 7,
  positiveInt: 7,
  unsignedInt: 7,
  decimal: 0.75,
  string: 'Sample text',
  markdown: 'Sample text',
  'http://hl7.org/fhirpath/System.String': 'sample',
  id: 'sample',
  code: 'sample',
  uri: 'http://example.org/sample',
  url: 'http://example.org/sample',
  canonical: 'http://example.org/sample',
  oid: 'urn:oid:1.2.3',
  date: '2021-03-04',
  dateTime: '2021-03-04T05:06:07Z',
  instant: '2021-03-04T05:06:07Z',
  time: '05:06:07',
  base64Binary: 'c2FtcGxl',
  CodeableConcept: concept,
  Coding: concept.coding[0],
  Identifier: { system: 'urn:example:numbers', value: 'sample-1' },
  ContactPoint: { system: 'phone', value: '555-0100' },
  HumanName: { family: 'Sample', given: ['Ann'] },
  Address: {
    use: 'work',
    line: ['1 Sample Street'],
    city: 'Sampleton',
    state: 'SA',
    postalCode: '12345',
    country: 'XX',
  },
  Annotation: { text: 'Sample text' },
  Attachment: { url: 'http://example.org/sample', title: 'Sample' },
  Period: { start: '2021-03-04', end: '2021-03-05' },
  Timing: { event: ['2021-03-04T05:06:07Z'] },
  Quantity: quantity,
  SimpleQuantity: quantity,
  Age: { value: 21, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' },
  Duration: { value: 21, unit: 'h', system: 'http://unitsofmeasure.org', code: 'h' },
  Money: { value: 21.5, currency: 'EUR' },
  Range: { low: quantity, high: { ...quantity, value: 23 } },
  Expression: { language: 'text/fhirpath', expression: 'true' },
  UsageContext: { code: concept.coding[0], valueCodeableConcept: concept },
  Dosage: { text: 'Sample' },
  ElementDefinition: {
    ...{ id: 'Patient', path: 'Patient', definition: 'Sample', min: 0, max: '*' },
    base: { path: 'Patient', min: 0, max: '*' },
  },
  'Composition.section': { entry: [{ reference: 'Patient/sample' }] },
  'MessageDefinition.focus': { max: '*' },
  'MolecularSequence.referenceSeq': { genomeBuild: 'GRCh38', chromosome: concept },
  'Questionnaire.item': { type: 'string' },
  'RequestGroup.action': { resource: { reference: 'Task/sample' } },
  'ValueSet.expansion.contains': { system: 'urn:example:codes' },
};

/** Data types that a kind of parameter can find something in, for elements with a choice. */
const SEARCHED: Readonly<Record<string, readonly string[]>> = {
  token: ['CodeableConcept', 'Coding', 'Identifier', 'code', 'boolean', 'string', 'uri'],
  reference: ['Reference', 'canonical', 'uri'],
  quantity: ['Quantity', 'Age', 'Range', 'Money', 'Duration'],
  date: ['dateTime', 'date', 'Period', 'instant', 'Timing'],
  string: ['string', 'markdown'],
  number: ['integer', 'decimal'],
  uri: ['uri', 'url', 'canonical'],
};

/** A resource of the type, with what is mandatory and with a value for the parameter. */
export function sampleResource(type: string, parameter: SearchParameter): Resource {
  const id = `sample${parameter.code!.replaceAll('_', '-')}`.slice(0, 64);
  const resource: Json = {
    ...{ resourceType: type, id },
    ...structuredClone({ ...mandatoryElements[type], ...BESIDE[type] }),
  };
  const [alternative] = alternativesFor(parameter, type);
  const root = steps(alternative!);
  const parts = parameter.component?.map(({ expression }) => steps(expression!.split('|')[0]!)) ?? [[]];
  for (const part of parts) {
    const fromRoot = part[0] === '%resource' ? part.slice(1) : [...root.slice(1), ...part];
    fill(resource, type, fromRoot, parameter);
  }
  return resource as unknown as Resource;
}

/** Steps of a path: names, and functions with their arguments. */
const steps = (expression: string): string[] =>
  expression
    .split(' and ')[0]!
    .replace(/\.exists\(\)$|\[0\]/g, '')
    .replace(/^\((.*) as (\w+)\)/, '$1.as($2)')
    .trim()
    .match(/[\w%]+\((?:[^()]|\([^()]*\))*\)|[\w%]+/g) ?? [];

/** Puts a value at the end of a path into an object; `path` is the object's own place in the definitions. */
function fill(object: Json, path: string, [name, ...rest]: string[], parameter: SearchParameter): void {
  const element = elementAt(`${path}.${name}`);
  if (!element) throw new Error(`no element ${path}.${name}`);
  const functions = rest.slice(0, rest.findIndex((step) => !step.includes('(')) >>> 0);
  const names = rest.slice(functions.length);
  const as = functions.find((step) => step.startsWith('as('))?.slice(3, -1);
  const type = as && as !== 'DateTime' ? as : as ? 'dateTime' : typeOf(element, parameter, names.length > 0);
  const key = element.path!.endsWith('[x]') ? `${name}${capital(type)}` : name!;
  const inner = isBackbone(type) ? (element.contentReference?.split('#')[1] ?? element.path!) : type;
  for (const { code } of element.type ?? [])
    if (key !== `${name}${capital(code!)}`) delete object[`${name}${capital(code!)}`];
  for (const other of INSTEAD[element.path!] ?? []) delete object[other];
  const [known, ...others] = [object[key] ?? []].flat() as (Json | undefined)[];
  const isGiven = names.length > 0 || typeof known === 'string';
  const fresh = () =>
    names.length > 0 ? mandatoryOf(inner, true) : sample(element, type, parameter, functions);
  const value = isGiven && known !== undefined ? known : fresh();
  const [, condition, wanted] = /^where\((\w+)='([^']*)'\)$/.exec(functions.at(-1) ?? '') ?? [];
  if (condition) (value as Json)[condition] = wanted;
  if (names.length > 0) fill(value as Json, inner, names, parameter);
  object[key] = element.max === '1' || element.base?.max === '1' ? value : [value, ...others];
}

const capital = (word: string): string => word[0]!.toUpperCase() + word.slice(1);
const isBackbone = (type: string): boolean => type === 'BackboneElement' || type === 'Element';

/** The type to take where an element allows several. */
function typeOf({ type }: ElementDefinition, parameter: SearchParameter, isStep: boolean): string {
  const codes = (type ?? [{ code: 'BackboneElement' }]).map(({ code }) => code!);
  const fitting = SEARCHED[parameter.type!]?.find((code) => codes.includes(code));
  return (isStep ? undefined : fitting) ?? codes[0]!;
}

/** An object with the mandatory elements of a type; where it stays so, at least with its first one: none may be empty. */
function mandatoryOf(path: string, isFilledFurther = false): Json {
  const object: Json = structuredClone((SAMPLES[path] as Json | undefined) ?? {});
  const children = childrenOf(path).filter(
    ({ path: child }) => !/\.(id|extension|modifierExtension)$/.test(child!),
  );
  const mandatory = children.filter(({ min }) => min! > 0);
  const mayStay = mandatory.length > 0 || path in SAMPLES || isFilledFurther;
  for (const element of mayStay ? mandatory : children.slice(0, 1)) {
    const type = element.type?.[0]?.code ?? 'BackboneElement';
    const key = element.path!.split('.').at(-1)!.replace('[x]', capital(type));
    object[key] ??= element.max === '1' ? sample(element, type) : [sample(element, type)];
  }
  return object;
}

function sample(
  element: ElementDefinition,
  type: string,
  parameter?: SearchParameter,
  functions: readonly string[] = [],
): unknown {
  const coding = someCoding(element);
  if (type === 'code')
    return coding?.code ?? GRAMMARS[element.binding?.valueSet?.split('|')[0] ?? ''] ?? 'sample';
  if (type === 'CodeableConcept' && coding) return { coding: [coding], text: 'Sample' };
  if (type === 'Reference') return { reference: `${targetOf(element, parameter, functions)}/sample` };
  if (type === 'Resource') {
    const nested = parameter?.target?.[0] ?? 'Basic';
    return { resourceType: nested, id: 'nested', ...structuredClone(mandatoryElements[nested]) };
  }
  if (isBackbone(type)) return mandatoryOf(element.path!);
  return type in SAMPLES ? structuredClone(SAMPLES[type]) : mandatoryOf(type);
}

/** The type that a sample reference points to: as the parameter or the element asks for. */
function targetOf(
  { type }: ElementDefinition,
  parameter: SearchParameter | undefined,
  functions: readonly string[],
): string {
  const asked = /resolve\(\) is (\w+)/.exec(functions.join())?.[1];
  const allowed = type
    ?.find(({ code }) => code === 'Reference')
    ?.targetProfile?.[0]?.split('/')
    .at(-1);
  return asked ?? parameter?.target?.[0] ?? (allowed === 'Resource' ? 'Patient' : allowed) ?? 'Patient';
}
