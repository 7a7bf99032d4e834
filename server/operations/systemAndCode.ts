// The code that an operation is about: given as `system`, `code` and `version`, or in one `coding`.
import { refuse } from '../errors.ts';
import type { NamedParameters } from './namedParameters.ts';

/** Names of the parameters of a code, or of its Coding. */
export interface CodeNames {
  readonly code: string;
  readonly coding: string;
}

/** A code with its system. `at` tells where in the request they stand. */
export interface AskedCode {
  readonly system: string;
  readonly version?: string;
  readonly code: string;
  readonly display?: string;
  readonly at: { readonly system: string; readonly code: string };
}

/**
 * The code of a request whose parameters name its system too.
 * @throws FhirError 400 when neither or both ways are used, or a part is missing
 */
export function systemAndCode(
  given: NamedParameters,
  names: CodeNames = { code: 'code', coding: 'coding' },
): AskedCode {
  const { code: codeName, coding: codingName } = names;
  const coding = given.object(codingName);
  if (given.has(codeName) === (coding !== undefined)) {
    throw refuse(400, 'required', `Give either "${codeName}" with "system", or "${codingName}".`, codeName);
  }
  const [system, version] = [given.text('system'), given.text('version')];
  if (coding === undefined) {
    if (system === undefined) {
      throw refuse(400, 'required', `"${codeName}" needs "system", the url of its code system.`, 'system');
    }
    const at = { system: 'system', code: codeName };
    return { system, ...(version === undefined ? {} : { version }), code: given.text(codeName)!, at };
  }
  const asked = codingCode(coding, codingName);
  refuseContradiction(system, asked.system, 'system', codingName);
  refuseContradiction(version, asked.version, 'version', codingName);
  return { ...asked, ...(version === undefined ? {} : { version }) };
}

/** The code of a Coding. @throws FhirError 400 when its system or code is missing */
export function codingCode(coding: Record<string, unknown>, name: string): AskedCode {
  const { system, version, code, display } = coding;
  for (const [key, value] of Object.entries({ system, code })) {
    if (typeof value !== 'string' || value === '') {
      throw refuse(400, 'required', `The Coding "${name}" needs a ${key}.`, `${name}.${key}`);
    }
  }
  return {
    system: system as string,
    ...(typeof version === 'string' ? { version } : {}),
    code: code as string,
    ...(typeof display === 'string' ? { display } : {}),
    at: { system: `${name}.system`, code: `${name}.code` },
  };
}

function refuseContradiction(
  given: string | undefined,
  ofCoding: string | undefined,
  name: string,
  codingName: string,
): void {
  if (given === undefined || ofCoding === undefined || given === ofCoding) return;
  throw refuse(400, 'value', `"${name}" is ${given}, but "${codingName}" has the ${name} ${ofCoding}.`, name);
}
