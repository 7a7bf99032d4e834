// ValueSet/$validate-code and CodeSystem/$validate-code (valueset-operation-validate-code.html,
// codesystem-operation-validate-code.html). Where it cannot be said, the result is false and the issue a warning.
import { type Issue, refuse } from '../errors.ts';
import { terminologyNow } from '../fhir/storedTerminology.ts';
import type { Resource, Services } from '../services.ts';
import type { Database } from '../store/database.ts';
import { membership } from '../terminology/codeSets.ts';
import { conceptOf } from '../terminology/codeSystem.ts';
import type { Expansion } from '../terminology/expandValueSet.ts';
import { canonicalOf } from '../terminology/findValueSet.ts';
import {
  type CodeJudgement,
  judgeByCodeSystem,
  judgeByValueSet,
  type RecordedCode,
} from '../terminology/judgeCode.ts';
import type { SystemVersions } from '../terminology/systemVersions.ts';
import type { TerminologyView } from '../terminology/terminology.ts';
import { expansionFor } from './expansionFor.ts';
import { DATE, findCodeSystem, findValueSet, VALUE_SET_PARAMETERS } from './findInTerminology.ts';
import { type NamedParameters, namedParameters, type ParameterKind } from './namedParameters.ts';
import type { Operation } from './operation.ts';
import type { OperationRequest } from './operationRequest.ts';
import { type Parameter, parametersText } from './parametersText.ts';

export const validateCodeInValueSet: Operation = {
  name: 'validate-code',
  definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-validate-code',
  levels: { type: ['ValueSet'], instance: ['ValueSet'] },
  run: byValueSet,
};

export const validateCodeInCodeSystem: Operation = {
  name: 'validate-code',
  definition: 'http://hl7.org/fhir/OperationDefinition/CodeSystem-validate-code',
  levels: { type: ['CodeSystem'], instance: ['CodeSystem'] },
  run: byCodeSystem,
};

const COMMON: Readonly<Record<string, ParameterKind>> = {
  code: { kind: 'text', type: 'code' },
  display: { kind: 'text', type: 'string' },
  coding: { kind: 'datatype', type: 'Coding' },
  codeableConcept: { kind: 'datatype', type: 'CodeableConcept' },
  date: DATE,
  abstract: { kind: 'boolean' },
  displayLanguage: { kind: 'text', type: 'code' },
};
const OF_VALUE_SET: Readonly<Record<string, ParameterKind>> = {
  ...VALUE_SET_PARAMETERS,
  ...COMMON,
  system: { kind: 'text', type: 'uri' },
  systemVersion: { kind: 'text', type: 'string' },
  inferSystem: { kind: 'boolean' },
};
const OF_CODE_SYSTEM: Readonly<Record<string, ParameterKind>> = {
  url: { kind: 'text', type: 'uri' },
  codeSystem: { kind: 'resource', type: 'CodeSystem' },
  version: { kind: 'text', type: 'string' },
  ...COMMON,
};

async function* byValueSet(
  services: Services,
  request: OperationRequest,
  db: Database,
): AsyncGenerator<string> {
  const given = namedParameters(request, 'validate-code', OF_VALUE_SET);
  const codes = recordedCodes(given);
  const infer = given.flag('inferSystem') === true;
  if (given.has('code') && !given.has('system') && !infer) {
    throw refuse(400, 'required', 'A code needs its system, or inferSystem=true.', 'system');
  }
  const view = await terminologyNow(services, db);
  const found = await findValueSet(services, db, view, request, given);
  const expansionOf = (versions?: SystemVersions) => expansionFor(view, found, versions);
  const judged: Judged[] = [];
  for (const recorded of codes) {
    const code = infer ? await withSystem(view, await expansionOf(), recorded) : recorded;
    const judgement =
      'valid' in code ? code : await judgeByValueSet(view, expansionOf, code, optionsOf(given));
    judged.push({ at: recorded.at, judgement });
  }
  yield answer(given, judged);
}

async function* byCodeSystem(
  services: Services,
  request: OperationRequest,
  db: Database,
): AsyncGenerator<string> {
  const given = namedParameters(request, 'validate-code', OF_CODE_SYSTEM);
  const codes = recordedCodes(given);
  const view = await terminologyNow(services, db);
  const found = await findCodeSystem(services, db, view, request, given);
  const judged: Judged[] = [];
  for (const recorded of codes) {
    const { url } = found;
    let { system, version } = found;
    if (recorded.system === url && recorded.version !== undefined && version === undefined) {
      // A coding that names a version is judged by that one.
      version = recorded.version;
      const usual = system?.definition.version === version;
      if (!usual) system = await view.codeSystem(canonicalOf(url, version));
    }
    const named = version === undefined ? { url } : { url, version };
    judged.push({
      at: recorded.at,
      judgement: judgeByCodeSystem(
        named,
        system && (await view.described(system)),
        recorded,
        optionsOf(given),
      ),
    });
  }
  yield answer(given, judged);
}

interface Judged {
  at: string;
  judgement: CodeJudgement;
}

function optionsOf(given: NamedParameters) {
  const abstract = given.flag('abstract');
  const language = given.text('displayLanguage');
  return { ...(abstract === undefined ? {} : { abstract }), ...(language === undefined ? {} : { language }) };
}

/** A code with the path of the element it stands in; '' for a parameter of its own. */
type Recorded = RecordedCode & { at: string };

/** The codes to be judged. @throws FhirError 400 unless exactly one of code, coding and codeableConcept is given */
function recordedCodes(given: NamedParameters): Recorded[] {
  const kinds = ['code', 'coding', 'codeableConcept'].filter((name) => given.has(name));
  if (kinds.length !== 1) {
    const message = 'Give the code in exactly one of "code", "coding" and "codeableConcept".';
    throw refuse(400, kinds.length === 0 ? 'required' : 'value', message);
  }
  const misplaced = ['system', 'systemVersion', 'display', 'inferSystem'].find((name) => given.has(name));
  if (kinds[0] !== 'code' && misplaced) {
    throw refuse(400, 'value', `"${misplaced}" goes with "code", not with "${kinds[0]}".`, misplaced);
  }
  if (kinds[0] === 'code') {
    return [
      {
        ...recordedCode({
          system: given.text('system'),
          version: given.text('systemVersion'),
          code: given.text('code'),
          display: given.text('display'),
        }),
        at: '',
      },
    ];
  }
  if (kinds[0] === 'coding') return [{ ...recordedCode(given.object('coding')!), at: 'Coding' }];
  const { coding } = given.object('codeableConcept')!;
  if (coding !== undefined && !Array.isArray(coding)) {
    throw refuse(400, 'structure', "'coding' must be an array.", 'CodeableConcept.coding');
  }
  return (coding ?? []).map((each: Record<string, unknown>, i: number) => {
    const at = `CodeableConcept.coding[${i}]`;
    if (typeof each !== 'object' || each === null)
      throw refuse(400, 'structure', 'A Coding is an object.', at);
    return { ...recordedCode(each, at), at };
  });
}

/** @throws FhirError 400 for what is no text */
function recordedCode(coding: Readonly<Record<string, unknown>>, at = 'Coding'): RecordedCode {
  const recorded: Record<string, string> = {};
  for (const name of ['system', 'version', 'code', 'display']) {
    const value = coding[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') throw refuse(400, 'structure', `"${name}" must be text.`, `${at}.${name}`);
    recorded[name] = value;
  }
  return recorded;
}

/** The code with the one system that has it in the value set, or what is to be said where it is not one. */
async function withSystem(
  view: TerminologyView,
  expansion: Expansion,
  recorded: RecordedCode,
): Promise<RecordedCode | CodeJudgement> {
  const code = recorded.code!;
  const systems: string[] = [];
  for (const system of expansion.systems.keys()) {
    const held = system === '' ? undefined : await view.codeSystem(system);
    const spelled = (held && conceptOf(held, code)?.code) ?? code;
    if (membership(expansion, system === '' ? undefined : system, spelled) === true) systems.push(system);
  }
  const [only, ...others] = systems;
  if (others.length > 0) {
    const message = `The code '${code}' may be of ${systems.length} systems of the value set: ${systems.join(', ')}.`;
    const finding = { severity: 'error', code: 'multiple-matches', message, about: 'system' } as const;
    return { valid: false, findings: [finding] };
  }
  if (only !== undefined) return only === '' ? recorded : { ...recorded, system: only };
  if (expansion.unresolved.length > 0) return recorded;
  const message = `No system has a code '${code}' in the value set ${expansion.url}.`;
  return { valid: false, findings: [{ severity: 'error', code: 'code-invalid', message, about: 'code' }] };
}

/** The first code that is valid decides; where none is, all that is wrong is said. */
function answer(given: NamedParameters, judged: readonly Judged[]): string {
  const valid = judged.find(({ judgement }) => judgement.valid);
  const told = valid ? [valid] : judged;
  const issues: Issue[] = told.flatMap(({ at, judgement }) =>
    judgement.findings.map(({ severity, code, message, about }) => {
      const expression = at === '' ? parameterOf(given, about) : `${at}.${about}`;
      return { severity, code, diagnostics: message, expression: [expression] };
    }),
  );
  if (judged.length === 0) {
    const diagnostics = 'The CodeableConcept has no coding.';
    issues.push({ severity: 'error', code: 'required', diagnostics, expression: ['CodeableConcept.coding'] });
  }
  const known = valid ?? judged.find(({ judgement }) => judgement.code) ?? judged[0];
  const { code, display } = known?.judgement ?? {};
  const parameters: Parameter[] = [{ name: 'result', valueBoolean: valid !== undefined }];
  if (issues.length > 0) {
    parameters.push({ name: 'message', valueString: issues.map(({ diagnostics }) => diagnostics).join(' ') });
  }
  if (display !== undefined) parameters.push({ name: 'display', valueString: display });
  if (code) {
    parameters.push({ name: 'code', valueCode: code.code });
    if (code.system !== undefined && isUrl(code.system))
      parameters.push({ name: 'system', valueUri: code.system });
    if (code.version !== undefined) parameters.push({ name: 'version', valueString: code.version });
  }
  if (issues.length > 0) {
    const outcome: Resource = { resourceType: 'OperationOutcome', issue: issues };
    parameters.push({ name: 'issues', resource: outcome });
  }
  return parametersText(parameters);
}

/** Code systems without a url go by their place. */
const isUrl = (system: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(system);

const parameterOf = (given: NamedParameters, about: string): string =>
  about === 'version' && given.has('systemVersion') ? 'systemVersion' : about;
