// Ids of the plain form: the value of an identifier, which the clinic has given, or the FHIR id of a resource without one. A FHIR id
// that is no UUID was chosen by somebody else, who may have chosen what the clinic did: Patient/1 is not the clinic's patient 1. Such
// ids are marked.
import type { Resource } from '../../services.ts';

const MARK = 'fhir:';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** Regular expression that ids which clients choose do not match. */
export const NO_MARK = `(?!${MARK})`;

interface Identifier {
  system?: string;
  value?: string;
}

/** The values of the identifiers of a system. */
export const identifiersIn = ({ identifier }: Resource, of: string): string[] =>
  // A few types have one identifier at most, which is no list.
  [(identifier ?? []) as Identifier | Identifier[]]
    .flat()
    .flatMap(({ system, value }) => (system === of && value !== undefined ? [value] : []));

/** The id by which the plain form knows a resource: `7`; a FHIR id as `fhir:7`, UUIDs as they are. */
export const idOf = (main: Resource, system: string): string =>
  identifiersIn(main, system)[0] ?? markedId(main.id!);

/** Whether an id is a marked FHIR id, which is no identifier of anything. */
export const isMarked = (id: string): boolean => id.startsWith(MARK);

/** How the plain form tells a FHIR id. */
export const markedId = (id: string): string => (UUID.test(id) ? id : `${MARK}${id}`);

/** The FHIR id that an id may be, where no identifier has this value. */
export function fhirIdIn(id: string): string | undefined {
  if (UUID.test(id)) return id;
  const rest = isMarked(id) ? id.slice(MARK.length) : '';
  return FHIR_ID.test(rest) ? rest : undefined;
}
