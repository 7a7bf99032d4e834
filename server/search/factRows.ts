// One more index row for what is known of a patient: by patient and code at once, since each of them alone may be common. It
// answers "is this patient pregnant?" with one probe, whatever else there is of the patient or of pregnancies.

import type { Extractor } from './createExtractor.ts';
import { hash64 } from './hash64.ts';
import { type ReferenceContext, resolveReference } from './parameters/reference.ts';

interface Code {
  readonly system: string;
  readonly code: string;
}

/** The row of a resource that says something under a code of a patient (`Patient/[id]`); Postgres can compute it too. */
export function factHash(patient: string, { system, code }: Code): bigint {
  return hash64('Patient', 'fact', `${patient}|${system}|${code}`);
}

/** An extractor that adds these rows for the codes that `codesOf` gives of a resource. */
export function withFactRows(
  extract: Extractor,
  codesOf: (resource: Record<string, unknown>) => readonly Code[],
  context: ReferenceContext,
): Extractor {
  return (resource) => {
    const rows = extract(resource);
    const codes = codesOf(resource);
    if (codes.length === 0) return rows;
    const { reference } = (resource.subject ?? {}) as { reference?: unknown };
    if (typeof reference !== 'string') return rows;
    const { value, type } = resolveReference(reference, context);
    if (type === 'Patient') {
      rows.tokens = [...new Set([...rows.tokens, ...codes.map((code) => factHash(value, code))])];
    }
    return rows;
  };
}
