// The parameters of ConceptMap/$translate (conceptmap-operation-translate.html), read and checked.
import { refuse } from '../errors.ts';
import type { Dependency } from '../terminology/translation.ts';
import { type NamedParameters, namedParameters, type ParameterKind } from './namedParameters.ts';
import type { OperationParameter, OperationRequest } from './operationRequest.ts';
import { type AskedCode, codingCode, systemAndCode } from './systemAndCode.ts';

const TABLE: Readonly<Record<string, ParameterKind>> = {
  url: { kind: 'text', type: 'uri' },
  conceptMap: { kind: 'resource', type: 'ConceptMap' },
  conceptMapVersion: { kind: 'text', type: 'string' },
  code: { kind: 'text', type: 'code' },
  system: { kind: 'text', type: 'uri' },
  version: { kind: 'text', type: 'string' },
  source: { kind: 'text', type: 'uri' },
  coding: { kind: 'datatype', type: 'Coding' },
  codeableConcept: { kind: 'datatype', type: 'CodeableConcept' },
  target: { kind: 'text', type: 'uri' },
  targetsystem: { kind: 'text', type: 'uri' },
  dependency: { kind: 'parts', many: true },
  reverse: { kind: 'boolean' },
};

/** Codings of one CodeableConcept that are translated. */
const MOST_CODINGS = 100;

/** What is asked for. */
export interface TranslateParameters {
  given: NamedParameters;
  codes: AskedCode[];
  /** the value set the code was chosen from, and the one a translation is to be of */
  source: string | undefined;
  target: string | undefined;
  targetSystem: string | undefined;
  reverse: boolean;
  dependencies: Dependency[];
}

/** @throws FhirError 400 for parameters that are unknown, malformed or contradict each other */
export function readTranslate(request: OperationRequest): TranslateParameters {
  const given = namedParameters(request, 'translate', TABLE);
  return {
    given,
    codes: readCodes(given),
    source: given.text('source'),
    target: given.text('target'),
    targetSystem: given.text('targetsystem'),
    reverse: given.flag('reverse') ?? false,
    dependencies: given.parts('dependency').map(readDependency),
  };
}

function readCodes(given: NamedParameters): AskedCode[] {
  const ways = ['code', 'coding', 'codeableConcept'].filter((name) => given.has(name));
  if (ways.length !== 1) {
    throw refuse(
      400,
      'required',
      'Give one of "code" (with "system"), "coding" and "codeableConcept".',
      ways[1],
    );
  }
  const concept = given.object('codeableConcept');
  if (!concept) return [systemAndCode(given)];
  for (const name of ['system', 'version']) {
    if (given.has(name))
      throw refuse(400, 'value', `"${name}" has no meaning beside "codeableConcept".`, name);
  }
  const codings = listOf(concept.coding, 'codeableConcept.coding').map((coding, at) => ({ coding, at }));
  const usable = codings.filter(({ coding }) => 'system' in coding && 'code' in coding);
  if (usable.length === 0) {
    const message = 'The CodeableConcept has no coding with a system and a code.';
    throw refuse(400, 'required', message, 'codeableConcept.coding');
  }
  if (usable.length > MOST_CODINGS) {
    const message = `The CodeableConcept has ${usable.length} codings; ${MOST_CODINGS} are translated at once.`;
    throw refuse(400, 'too-costly', message, 'codeableConcept.coding');
  }
  return usable.map(({ coding, at }) => codingCode(coding, `codeableConcept.coding[${at}]`));
}

function listOf(value: unknown, expression: string): Record<string, unknown>[] {
  if (value === undefined) return [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null)) return value;
  throw refuse(400, 'structure', `${expression} is a list of Codings.`, expression);
}

/** A dependency: `element` and `concept`, the value that it has. */
function readDependency(parts: readonly OperationParameter[]): Dependency {
  let element: string | undefined;
  let concept: Record<string, unknown> | undefined;
  for (const { name, type, value, expression } of parts) {
    if (name === 'element' && element === undefined && typeof value === 'string') element = value;
    else if (name === 'concept' && !concept && type === 'CodeableConcept') {
      concept = value as Record<string, unknown>;
    } else if (name === 'concept' && !concept && type === 'Coding') concept = { coding: [value] };
    else {
      const message = `A dependency has one "element" (a uri) and one "concept" (a CodeableConcept), not "${name}" of this type.`;
      throw refuse(400, 'value', message, expression);
    }
  }
  if (element === undefined || !concept) {
    throw refuse(400, 'required', 'A dependency needs "element" and "concept".', 'dependency');
  }
  return {
    element,
    codings: listOf(concept.coding, 'dependency.concept.coding'),
    ...(typeof concept.text === 'string' ? { text: concept.text } : {}),
  };
}
