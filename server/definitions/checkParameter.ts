// Whether a SearchParameter resource can be used here (searchparameter.html): a known kind, known types, and an
// expression that compiles for every type it is for.

import type { Issue, IssueCode } from '../errors.ts';
import type { Definitions, PublishedParameter, SearchParameterType } from './definitions.ts';
import { compileParameter, parameterByUrl } from './parametersOf.ts';
import type { SearchParameter } from './searchParameter.ts';
import { concreteTypes } from './withCustomParameters.ts';

/** What a code may look like so that it can stand in a URL beside modifiers, chains and composites. */
const usableCode = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const componentTypes: ReadonlySet<SearchParameterType> = new Set([
  'token',
  'reference',
  'uri',
  'string',
  'date',
  'number',
  'quantity',
]);

/** A parameter compiled for each resource type that it is for, or what is wrong with it. */
export type CheckedParameter =
  | { compiled: ReadonlyMap<string, SearchParameter>; issues?: undefined }
  | { compiled?: undefined; issues: Issue[] };

/** Checks a parameter; the definitions hold the others that it may refer to. */
export function checkParameter(definitions: Definitions, parameter: PublishedParameter): CheckedParameter {
  const issues: Issue[] = [];
  const problem = (code: IssueCode, element: string, diagnostics: string) =>
    void issues.push({
      severity: 'error',
      code,
      diagnostics,
      expression: [`SearchParameter${element && `.${element}`}`],
    });

  const { code, type, base, expression, target = [], component = [] } = parameter;
  if (!usableCode.test(code)) {
    problem(
      'value',
      'code',
      `The code "${code}" cannot be searched by: it takes up to 64 letters, digits, - and _, and begins with no _ (those belong to FHIR).`,
    );
  }
  const isType = (name: string) => definitions.types.get(name)?.kind === 'resource';
  base.forEach((name, index) => {
    if (!isType(name)) problem('value', `base[${index}]`, `"${name}" is no resource type of FHIR R4.`);
  });
  target.forEach((name, index) => {
    if (!isType(name)) problem('value', `target[${index}]`, `"${name}" is no resource type of FHIR R4.`);
  });
  if (type === 'special') {
    problem('not-supported', 'type', 'A parameter of type special needs code of its own in the server.');
  } else if (expression === undefined) {
    problem('required', 'expression', 'An active parameter needs an expression: it says what is searched.');
  }
  if (type === 'composite') checkComponents(definitions, component, problem);
  if (issues.length > 0) return { issues };

  const compiled = new Map<string, SearchParameter>();
  for (const name of concreteTypes(definitions, base)) {
    try {
      compiled.set(name, compileParameter(definitions, name, parameter));
    } catch (error) {
      const where = (error as { position?: number }).position;
      const at =
        where === undefined ? '' : `, character ${where} ("${expression!.slice(where, where + 20)}")`;
      problem(
        'not-supported',
        'expression',
        `The expression cannot be indexed for ${name}${at}: ${(error as Error).message}`,
      );
      break; // for other types it would be the same
    }
  }
  return issues.length > 0 ? { issues } : { compiled };
}

function checkComponents(
  definitions: Definitions,
  components: NonNullable<PublishedParameter['component']>,
  problem: (code: IssueCode, element: string, diagnostics: string) => void,
): void {
  if (components.length === 0)
    problem('required', 'component', 'A composite parameter needs its components.');
  components.forEach(({ definition }, index) => {
    const known = parameterByUrl(definitions, definition);
    const element = `component[${index}].definition`;
    if (!known) problem('not-found', element, `There is no search parameter ${definition} here.`);
    else if (!componentTypes.has(known.type))
      problem('not-supported', element, `A composite cannot have a component of type ${known.type}.`);
  });
}
