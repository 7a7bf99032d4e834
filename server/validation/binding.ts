// Whether a coded value is what its binding asks for (terminologies.html#strength, elementdefinition.html: binding). A
// concept is in a value set when one of its codings is; text alone never is. What cannot be decided here is said, not
// guessed.
import type { Issue } from '../errors.ts';
import { nearestName } from './nearestName.ts';

/**
 * Whether a value set has a code. Of system undefined, whether it has it of any system (values that do not name one);
 * of system '', whether it has it without a system.
 */
export type CodeMembership = (system: string | undefined, code: string) => boolean | 'unknown';

/** What a value set is to validation: decided at once, without loading anything. */
export interface BoundSet {
  readonly url: string;
  readonly name?: string;
  readonly contains: CodeMembership;
  /** some of its codes, for messages: at most 12 */
  readonly sample: readonly string[];
  /** how many codes are known by name */
  readonly count: number;
  /** whether these are all of them */
  readonly complete: boolean;
  /** how other codes of it are written: "a media type such as 'text/plain'" */
  readonly form?: string;
  /** why membership may be unknown, one sentence each */
  readonly unknown: readonly string[];
  /** the system under which the set has this code, where that is one */
  systemOf?(code: string): string | undefined;
  /** codes a misspelt one may have been meant for; empty where there are too many */
  candidates?(): Iterable<string>;
}

export type BindingStrength = 'required' | 'extensible' | 'preferred' | 'example';

/** What is wrong with a bound value; `path` leads from the value to the culprit: `['coding', 0]`. */
export interface BindingProblem {
  readonly severity: 'error' | 'warning' | 'information';
  readonly code: Issue['code'];
  readonly message: string;
  readonly path?: readonly (string | number)[];
}

/** One code of a value, with the way to it. `implied`: values of this type never say their system. */
interface Code {
  readonly system?: string;
  readonly code: string;
  readonly implied: boolean;
  readonly path?: readonly (string | number)[];
}

/**
 * Problems of a bound value; none when it is fine. `value` is JSON of FHIR type `type`, of sound structure; types that
 * cannot be bound have no problems. A required binding makes errors, an extensible one warnings, a preferred one
 * information; where it cannot be decided here they are one degree milder.
 */
export function bindingProblems(
  value: unknown,
  type: string,
  strength: BindingStrength,
  set: BoundSet,
): BindingProblem[] {
  if (strength === 'example') return [];
  const read = readers[type];
  const codes = read?.(value);
  if (!codes) return [];
  if (codes.length === 0) return withoutCode(value as Json, type, strength, set);

  let undecided: Code | undefined;
  for (const each of codes) {
    const found = isMember(each, set);
    if (found === true) return [];
    if (found === 'unknown') undecided ??= each;
  }
  if (undecided) return cannotDecide(undecided, strength, set);
  // A uri in place of a code is how uris extend a set: `http://hl7.org/fhirpath/System.String` as a type.
  if (strength !== 'required' && type === 'uri' && codes[0]!.code.includes(':')) return [];
  return [outside(codes, strength, set)];
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null;

const bare = (value: unknown): Code[] | undefined =>
  typeof value === 'string' ? [{ code: value, implied: true }] : undefined;
const coded = (value: unknown): Code[] | undefined => (isObject(value) ? codeOf(value, 'code') : undefined);
const concept = (value: unknown): Code[] | undefined => {
  if (!isObject(value)) return undefined;
  const codings = Array.isArray(value.coding) ? value.coding : [];
  return codings.flatMap((coding, index) => (isObject(coding) ? codeOf(coding, 'coding', index) : []));
};

/** The code of a Coding or Quantity; none where it has none. */
function codeOf({ system, code }: Json, ...path: (string | number)[]): Code[] {
  if (typeof code !== 'string') return [];
  return [{ code, implied: false, path, ...(typeof system === 'string' ? { system } : {}) }];
}

/** The codes of a value, by its type (elementdefinition.html: bindable types). */
const readers: Readonly<Record<string, ((value: unknown) => Code[] | undefined) | undefined>> = {
  code: bare,
  string: bare,
  uri: bare,
  Coding: coded,
  CodeableConcept: concept,
  Quantity: coded,
  SimpleQuantity: coded,
  Age: coded,
  Count: coded,
  Distance: coded,
  Duration: coded,
  MoneyQuantity: coded,
};

function isMember({ system, code, implied }: Code, set: BoundSet): boolean | 'unknown' {
  return implied ? set.contains(undefined, code) : set.contains(system ?? '', code);
}

const SEVERITIES = ['error', 'warning', 'information'] as const;
const degree = { required: 0, extensible: 1, preferred: 2, example: 2 } as const;

function withoutCode(value: Json, type: string, strength: BindingStrength, set: BoundSet): BindingProblem[] {
  const text = value.text ?? value.display ?? value.unit;
  // Without anything to be coded, only a required binding misses the code.
  if (strength !== 'required' && (strength === 'preferred' || text === undefined)) return [];
  const what = typeof text === 'string' ? `${type} ${shown(text)} has no code` : `${type} has no code`;
  const wish = strength === 'required' ? 'has to have one' : 'should have one, if one applies,';
  const message = `This ${what}; it ${wish} from ${nameOf(set)}${allowed(set)}`;
  return [{ severity: strength === 'required' ? 'error' : 'information', code: 'code-invalid', message }];
}

function cannotDecide(code: Code, strength: BindingStrength, set: BoundSet): BindingProblem[] {
  if (strength === 'preferred') return [];
  const reasons = set.unknown.length > 0 ? `: ${set.unknown.slice(0, 3).join('; ')}` : '';
  return [
    {
      severity: strength === 'required' ? 'warning' : 'information',
      code: 'not-found',
      message: `Whether ${described(code)} is in ${nameOf(set)} cannot be checked here${reasons}`,
      ...(code.path ? { path: code.path } : {}),
    },
  ];
}

function outside(codes: readonly Code[], strength: BindingStrength, set: BoundSet): BindingProblem {
  const [first] = codes as [Code];
  const wish = {
    required: 'as it has to be',
    extensible: 'as it should be if one of its codes applies',
    preferred: 'which is recommended',
    example: '',
  }[strength];
  const subject =
    codes.length === 1
      ? `${described(first)} is not in`
      : `None of ${codes.slice(0, 5).map(described).join(', ')}${codes.length > 5 ? ', …' : ''} is in`;
  return {
    severity: SEVERITIES[degree[strength]],
    code: 'code-invalid',
    message: `${subject} ${nameOf(set)}, ${wish}${advice(codes, set)}`,
    // Where there are several, the fault is that none of them fits.
    ...(codes.length === 1 && first.path ? { path: first.path } : {}),
  };
}

/** What to write instead: the code's own system, a code spelt much the same, or what is allowed. */
function advice(codes: readonly Code[], set: BoundSet): string {
  for (const { code, implied, system } of codes) {
    const right = implied ? undefined : set.systemOf?.(code);
    if (!right) continue;
    return system === undefined
      ? `; say the system, ${right}, if that is meant`
      : `; the set has '${code}' of ${right}`;
  }
  const known = [...(set.candidates?.() ?? set.sample)];
  for (const { code } of codes) {
    const near = nearestName(code, known);
    if (near !== undefined && near !== code) return `; did you mean '${near}'?`;
  }
  return allowed(set);
}

function allowed({ sample, count, complete, form }: BoundSet): string {
  if (sample.length === 0) return form === undefined ? '' : `; write ${form}`;
  const list = sample.join(', ');
  return complete && count <= sample.length ? `; allowed: ${list}` : `; it has, for example, ${list}`;
}

const nameOf = ({ name, url }: BoundSet): string =>
  name ? `the value set ${name} (${url})` : `the value set ${url}`;

function described({ system, code, implied }: Code): string {
  if (implied) return shown(code);
  return system === undefined ? `${shown(code)} (without a system)` : shown(`${system}|${code}`);
}

/** A text as a message shows it, cut to a readable length. */
const shown = (text: string): string => `'${text.length > 120 ? `${text.slice(0, 120)}…` : text}'`;
