// Professionals by what is told of their jobs.

import { hospitalSystem } from '../hospitals.ts';
import type { SearchTerms } from '../things/clinicResource.ts';
import { exactly, token } from '../things/searchTerms.ts';
import { fhirIdIn } from '../things/thingIds.ts';

const JOB = '_has:PractitionerRole:practitioner:';

export const specialtyTerms = (value: string): SearchTerms => [[`${JOB}specialty:text`, exactly(value)]];

/** Of a hospital by its identifier, or by its FHIR id where it has none. */
export function hospitalTerms(id: string): SearchTerms {
  const identified = `${JOB}organization.identifier eq ${JSON.stringify(token(hospitalSystem, id))}`;
  const fhirId = fhirIdIn(id);
  const named = `${JOB}organization eq ${JSON.stringify(`Organization/${fhirId}`)}`;
  return [['_filter', fhirId === undefined ? identified : `${identified} or ${named}`]];
}
