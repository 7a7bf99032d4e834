// Which token values match in any case (search.html#token): codes by their system, contact points and strings always.

/**
 * Code systems whose codes differ in more than case. All those of FHIR, HL7 v2 and v3 are case-sensitive, as the
 * published CodeSystem resources say; so is an unknown one.
 */
const caseInsensitive: ReadonlySet<string> = new Set([
  'urn:ietf:bcp:47', // languages: RFC 5646 section 2.1.1
  'urn:ietf:bcp:13', // media types: RFC 2045 section 5.1
  'http://loinc.org', // its CodeSystem: caseSensitive is false
  'http://snomed.info/sct', // its CodeSystem: caseSensitive is false
]);

/** Whether codes of a system match in any case. */
export function isCaseInsensitive(system: string | undefined): boolean {
  return system !== undefined && caseInsensitive.has(system);
}

/** A code as it is indexed and looked up together with its system. */
export function codeInSystem(system: string | undefined, code: string): string {
  return isCaseInsensitive(system) ? code.toLowerCase() : code;
}

/**
 * What a code is indexed under without its system: itself, or its lower and upper case where its system does not tell
 * them apart. So a search without system still looks up one row, unless it is written in mixed case.
 */
export function bareCodes(system: string | undefined, code: string): string[] {
  return isCaseInsensitive(system) ? [...new Set([code.toLowerCase(), code.toUpperCase()])] : [code];
}

/**
 * What a search for a code without system looks up: the code as written finds those of case-sensitive systems. In mixed
 * case, codes of the others are found in lower case (and so is the lower case of a case-sensitive one).
 */
export function bareLookups(code: string): string[] {
  const lower = code.toLowerCase();
  return code === lower || code === code.toUpperCase() ? [code] : [code, lower];
}
