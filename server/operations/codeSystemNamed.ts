// The code system that $lookup and $subsumes are about, and what they say where it or its code is not known here.
import { refuse } from '../errors.ts';
import type { CodeSystem } from '../terminology/codeSystem.ts';
import { canonicalOf } from '../terminology/findValueSet.ts';
import type { TerminologyView } from '../terminology/terminology.ts';

/** @throws FhirError 404 when it is not held here, or not in that version */
export async function codeSystemNamed(
  view: TerminologyView,
  url: string,
  version: string | undefined,
  expression: string,
): Promise<CodeSystem> {
  const found = await view.codeSystem(canonicalOf(url, version));
  if (found) return found;
  const other = version === undefined ? undefined : await view.codeSystem(url);
  const held = other?.definition.version;
  const hint = other ? `; here it is ${held === undefined ? 'without a version' : `version ${held}`}` : '';
  const which = version === undefined ? url : `${url} in version ${version}`;
  throw refuse(404, 'not-found', `The code system ${which} is not known here${hint}.`, expression);
}

/** The refusal of a code that the code system does not have, or of which it is not known whether it has. */
export function noSuchCode({ definition }: CodeSystem, code: string, expression: string): Error {
  const { url, content } = definition;
  const part = content === 'complete' ? '' : `, of which only a part (content: ${content}) is known here`;
  return refuse(
    404,
    'not-found',
    `The code '${code}' is not known in the code system ${url}${part}.`,
    expression,
  );
}
