// Logical ids: the grammar of R4's `id` type for those clients choose, UUID v7 (RFC 9562) for those the server makes.
import { randomUUIDv7 } from 'node:crypto';
import { refuse } from '../errors.ts';

const ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** @throws FhirError 400 when the id breaks the grammar of http://hl7.org/fhir/R4/datatypes.html#id */
export function checkId(id: string, expression?: string): string {
  if (!ID.test(id)) {
    throw refuse(
      400,
      'value',
      `"${id.slice(0, 80)}" is not a valid id: use 1 to 64 of the characters A-Z a-z 0-9 - .`,
      expression,
    );
  }
  return id;
}

/** A new id; ids of one process sort by time of creation, which keeps the index appends together. */
export function newId(): string {
  return randomUUIDv7();
}
