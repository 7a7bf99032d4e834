// Content negotiation (http.html#mime-type): JSON is the one format; _format wins over Accept.
import { refuse } from '../errors.ts';
import { parameterProblem } from './fhirRequest.ts';

export const FHIR_JSON = 'application/fhir+json; charset=utf-8';

const JSON_FORMATS = new Set([
  'json',
  'application/json',
  'application/fhir+json',
  'text/json',
  'application/json+fhir',
]);
const ACCEPTED = new Set([...JSON_FORMATS, 'application/*', '*/*', 'text/*']);

/** Memo of Accept headers that were found acceptable; a client sends the same one each time. */
const accepted = new Set<string>();

/**
 * Checks that the client takes JSON.
 * @throws FhirError 406 when neither `_format` nor `Accept` allows it
 */
export function negotiate(accept: string | undefined, format: string | undefined): void {
  if (format !== undefined) {
    // A "+" that a client left unescaped in the query arrives as a space.
    const [type = ''] = format.replaceAll(' ', '+').split(';');
    if (!JSON_FORMATS.has(type.trim().toLowerCase())) throw notAcceptable(`_format=${format}`);
    const problem = parameterProblem(format);
    if (problem !== undefined) throw refuse(406, 'not-supported', problem);
    return;
  }
  if (accept === undefined || accept === '' || accepted.has(accept)) return;
  const candidates = accept.split(',').filter((range) => !/;\s*q=0(?:\.0*)?\s*(?:;|$)/.test(range));
  const fitting = candidates.filter((range) => ACCEPTED.has(range.split(';')[0]!.trim().toLowerCase()));
  // Browsers ask for HTML first; what they can show is the JSON.
  const browser = candidates.some((range) => range.trim().toLowerCase().startsWith('text/html'));
  if (fitting.length === 0 && !browser) throw notAcceptable(`Accept: ${accept}`);
  const problems = fitting.map(parameterProblem);
  const [problem] = problems;
  if (problem !== undefined && !problems.includes(undefined)) throw refuse(406, 'not-supported', problem);
  if (accepted.size < 1_000) accepted.add(accept);
}

function notAcceptable(what: string) {
  return refuse(
    406,
    'not-supported',
    `This server answers in JSON only (application/fhir+json), not ${what.slice(0, 200)}.`,
  );
}
