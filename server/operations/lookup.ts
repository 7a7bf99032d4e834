// CodeSystem/$lookup (codesystem-operation-lookup.html): all that is known here of one code.
import type { Designation } from '../definitions/terminology.ts';
import { terminologyNow } from '../fhir/storedTerminology.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { type FoundProperty, lookupCode } from '../terminology/lookupCode.ts';
import { codeSystemNamed, noSuchCode } from './codeSystemNamed.ts';
import { DATE } from './findInTerminology.ts';
import { namedParameters, type ParameterKind } from './namedParameters.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { type Parameter, parametersText } from './parametersText.ts';
import { systemAndCode } from './systemAndCode.ts';

export const lookup: Operation = {
  name: 'lookup',
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-lookup',
  levels: { type: ['CodeSystem'], instance: [] },
  run,
};

const TABLE: Readonly<Record<string, ParameterKind>> = {
  code: { kind: 'text', type: 'code' },
  system: { kind: 'text', type: 'uri' },
  version: { kind: 'text', type: 'string' },
  coding: { kind: 'datatype', type: 'Coding' },
  date: DATE,
  displayLanguage: { kind: 'text', type: 'code' },
  property: { kind: 'text', type: 'code', many: true },
};

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const given = namedParameters(request, 'lookup', TABLE);
  const asked = systemAndCode(given);
  const view = await terminologyNow(services, db);
  const system = await codeSystemNamed(view, asked.system, asked.version, asked.at.system);
  const language = given.text('displayLanguage');
  const found = lookupCode(await view.described(system), asked.code, {
    properties: given.texts('property'),
    ...(language === undefined ? {} : { language }),
  });
  if (!found) throw noSuchCode(system, asked.code, asked.at.code);
  const { name, url, version } = system.definition;
  yield parametersText([
    { name: 'name', valueString: name ?? url },
    ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
    { name: 'display', valueString: found.display },
    ...found.designations.map(designationParameter),
    ...found.properties.map(propertyParameter),
  ]);
}

function designationParameter({ language, use, value }: Designation): Parameter {
  const part: Parameter[] = [];
  if (language !== undefined) part.push({ name: 'language', valueCode: language });
  if (use !== undefined) part.push({ name: 'use', valueCoding: use });
  part.push({ name: 'value', valueString: value });
  return { name: 'designation', part };
}

function propertyParameter({ code, type, value, description }: FoundProperty): Parameter {
  const part: Parameter[] = [
    { name: 'code', valueCode: code },
    { name: 'value', [`value${type[0]!.toUpperCase()}${type.slice(1)}`]: value },
  ];
  if (description !== undefined) part.push({ name: 'description', valueString: description });
  return { name: 'property', part };
}
