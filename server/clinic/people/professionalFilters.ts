// Professionals by what is told of their jobs.
import type { SearchTerms } from '../clinicResource.ts';
import { hospitalSystem } from '../hospitals.ts';
import { exactly, token } from '../searchTerms.ts';

const JOB = '_has:PractitionerRole:practitioner:';
const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;

export const specialtyTerms = (value: string): SearchTerms => [[`${JOB}specialty:text`, exactly(value)]];

/** Of a hospital by its identifier, or by its FHIR id where it has none. */
export function hospitalTerms(id: string): SearchTerms {
  const identified = `${JOB}organization.identifier eq ${JSON.stringify(token(hospitalSystem, id))}`;
  const named = `${JOB}organization eq ${JSON.stringify(`Organization/${id}`)}`;
  return [['_filter', FHIR_ID.test(id) ? `${identified} or ${named}` : identified]];
}
