// CodeSystem/$subsumes (codesystem-operation-subsumes.html): whether one code is above another in its code system.
import { refuse } from '../errors.ts';
import { terminologyNow } from '../fhir/storedTerminology.ts';
import type { Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { type CodeSystem, conceptOf, isComplete, subsumption } from '../terminology/codeSystem.ts';
import { codeSystemNamed, noSuchCode } from './codeSystemNamed.ts';
import { findCodeSystem } from './findInTerminology.ts';
import { type NamedParameters, namedParameters, type ParameterKind } from './namedParameters.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { parametersText } from './parametersText.ts';
import { type AskedCode, codingCode, systemAndCode } from './systemAndCode.ts';

export const subsumes: Operation = {
  name: 'subsumes',
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-subsumes',
  levels: { type: ['CodeSystem'], instance: ['CodeSystem'] },
  run,
};

const TABLE: Readonly<Record<string, ParameterKind>> = {
  codeA: { kind: 'text', type: 'code' },
  codeB: { kind: 'text', type: 'code' },
  system: { kind: 'text', type: 'uri' },
  version: { kind: 'text', type: 'string' },
  codingA: { kind: 'datatype', type: 'Coding' },
  codingB: { kind: 'datatype', type: 'Coding' },
};

async function* run(services: Services, request: OperationRequest, db: Database): AsyncGenerator<string> {
  const given = namedParameters(request, 'subsumes', TABLE);
  const view = await terminologyNow(services, db);
  let system: CodeSystem;
  let codes: [AskedCode, AskedCode];
  if (request.id === undefined) {
    codes = [readCode(given, 'A', undefined), readCode(given, 'B', undefined)];
    const [a, b] = codes;
    if (a.system !== b.system) throw otherSystem(b, a.system);
    if (a.version !== undefined && b.version !== undefined && a.version !== b.version) {
      const message = `The codes are of different versions of ${a.system}: ${a.version} and ${b.version}.`;
      throw refuse(400, 'value', message, 'codingB.version');
    }
    system = await codeSystemNamed(view, a.system, a.version ?? b.version, a.at.system);
  } else {
    const found = await findCodeSystem(services, db, view, request, given);
    if (!found.system) {
      const { version } = found;
      throw refuse(404, 'not-found', `CodeSystem/${request.id} is not of version ${version}.`, 'version');
    }
    system = found.system;
    const { url } = found;
    codes = [readCode(given, 'A', url), readCode(given, 'B', url)];
    for (const code of codes) if (code.system !== url) throw otherSystem(code, url);
    for (const { version, at } of codes) {
      if (version !== undefined && version !== system.definition.version) {
        const message = `CodeSystem/${request.id} is not of version ${version}.`;
        throw refuse(404, 'not-found', message, at.code);
      }
    }
  }
  for (const { code, at } of codes) if (!conceptOf(system, code)) throw noSuchCode(system, code, at.code);
  yield parametersText([{ name: 'outcome', valueCode: outcome(system, codes[0].code, codes[1].code) }]);
}

/** One of the two codes; `url` is the code system of the URL. */
function readCode(given: NamedParameters, side: 'A' | 'B', url: string | undefined): AskedCode {
  const names = { code: `code${side}`, coding: `coding${side}` };
  if (url === undefined || given.has('system')) return systemAndCode(given, names);
  const coding = given.object(names.coding);
  const code = given.text(names.code);
  if ((code === undefined) === (coding === undefined)) {
    throw refuse(400, 'required', `Give either "${names.code}" or "${names.coding}".`, names.code);
  }
  if (coding) return codingCode({ system: url, ...coding }, names.coding);
  return { system: url, code: code!, at: { system: names.code, code: names.code } };
}

const otherSystem = ({ system, at }: AskedCode, expected: string): Error =>
  refuse(
    400,
    'value',
    `The code is of ${system}, not of ${expected}: subsumption between code systems is not known here.`,
    at.system,
  );

/** @throws FhirError 422 where it cannot be said */
function outcome(system: CodeSystem, a: string, b: string): string {
  const found = subsumption(system, a, b)!;
  if (found === 'equivalent') return found;
  const { url, hierarchyMeaning, content } = system.definition;
  if (!system.isA) {
    const message = `The hierarchy of ${url} is ${hierarchyMeaning}, not is-a: it does not say which codes subsume others.`;
    throw refuse(422, 'not-supported', message);
  }
  if (found === 'not-subsumed' && !isComplete(system)) {
    const message = `Of the code system ${url} only a part (content: ${content}) is known here, which does not connect '${a}' and '${b}'.`;
    throw refuse(422, 'incomplete', message);
  }
  return found;
}
