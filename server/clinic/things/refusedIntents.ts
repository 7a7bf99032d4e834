// Refusals of what clients want done with things: the FHIR store tells them by entry and FHIRPath, clients hear of their own
// operations and members.
import { FhirError, type Issue } from '../../errors.ts';
import { splitValue, unescapeValue } from '../../search/splitValue.ts';
import type { ClinicResource, Json } from './clinicResource.ts';
import type { Intent } from './planThings.ts';

/** Nothing was stored: why, for each intent that is refused. */
export class RefusedIntents extends Error {
  readonly refusals: Map<number, FhirError>;

  constructor(refusals: Map<number, FhirError>) {
    super([...refusals.values()][0]?.message);
    this.name = 'RefusedIntents';
    this.refusals = refusals;
  }
}

const ENTRY = 'Bundle.entry[';

/**
 * A refusal of the FHIR store, told as what it means for the intents: what they ask for cannot be stored. One that is about none of
 * them stays as it is.
 */
export function refusedBy(
  { types }: ClinicResource,
  intents: readonly Intent[],
  error: FhirError,
): RefusedIntents | FhirError {
  if (!error.issues.some(({ expression }) => expression?.[0]?.startsWith(ENTRY))) return error;
  const byIntent = new Map<number, Issue[]>();
  for (const issue of error.issues) {
    const [, place = '0', inside = ''] =
      /^Bundle\.entry\[(\d+)\](.*)$/.exec(issue.expression?.[0] ?? '') ?? [];
    const index = Number(place);
    const { expression: _, ...rest } = issue;
    const told: Issue = {
      ...rest,
      diagnostics: toldOf(issue.diagnostics),
      ...(inside.startsWith('.resource') && {
        expression: [`${types[0]}${inside.slice('.resource'.length)}`],
      }),
    };
    byIntent.set(index, [...(byIntent.get(index) ?? []), danglingId(intents[index], told) ?? told]);
  }
  const status = error.status === 400 || error.status === 412 ? 422 : error.status;
  return new RefusedIntents(
    new Map([...byIntent].map(([index, issues]) => [index, new FhirError(status, issues, error.headers)])),
  );
}

/** What the store says of entries, said of operations. */
const toldOf = (diagnostics: string): string =>
  diagnostics
    .replace(/^Entry \d+: /, '')
    .replace(/^\S+ is the target of entry (\d+) already\.$/, 'It is about the same as operation $1.');

/** A conditional reference that matches nothing, told of the member that has the id. */
function danglingId(intent: Intent | undefined, { code, diagnostics }: Issue): Issue | undefined {
  const [, type, text] = /"([A-Z][A-Za-z]+)\?identifier=([^"&]+)"/.exec(diagnostics) ?? [];
  if (!intent || intent.op === 'delete' || !text || (code !== 'not-found' && code !== 'multiple-matches')) {
    return undefined;
  }
  const [, id] = splitValue(decodeURIComponent(text), '|').map(unescapeValue);
  const members = Object.entries((intent.op === 'change' ? intent.patch : intent.data) as Json);
  const member = members.find(([, value]) => value === id)?.[0];
  if (member === undefined) return undefined;
  const what = code === 'not-found' ? `There is no ${type}` : `There are several ${type} resources`;
  return {
    severity: 'error',
    code,
    diagnostics: `"${member}": ${what} with the id "${id}".`,
    expression: [`${intent.at}/${member}`],
  };
}
