// Uri parameters (search.html#uri): exact match; a canonical is also found without its version.

import type { IndexPath, ParameterPath } from '../../definitions/searchParameter.ts';
import { refuse } from '../../errors.ts';
import { hash64 } from '../hash64.ts';
import { unescapeValue } from '../splitValue.ts';
import { tokenForm } from './token.ts';

/** Most resources of a type claim the same profile, so that it is kept as a trait. */
const formOf = (id: string): string => (id.endsWith('.meta.profile') ? 'profile' : 'uri');

/** Emits the rows of one uri value at an index path. */
export function uriEmitter({
  id,
  dataType,
  mandatory,
}: IndexPath): (value: unknown, tokens: bigint[]) => void {
  const form = formOf(id);
  const present = mandatory ? undefined : hash64(id, tokenForm.present, '');
  return (value, tokens) => {
    if (typeof value !== 'string') return;
    tokens.push(hash64(id, form, value));
    const bar = dataType === 'canonical' ? value.indexOf('|') : -1;
    if (bar > 0) tokens.push(hash64(id, form, value.slice(0, bar)));
    if (present !== undefined) tokens.push(present);
  };
}

/** The hashes a uri search value matches. @throws FhirError 400 when it is empty */
export function matchUri(parameter: string, paths: readonly ParameterPath[], text: string): bigint[] {
  const uri = unescapeValue(text);
  if (uri === '') throw refuse(400, 'value', `Search parameter '${parameter}' has an empty value.`);
  return paths.map(({ path }) => hash64(path.id, formOf(path.id), uri));
}
