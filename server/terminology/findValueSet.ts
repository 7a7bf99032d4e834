// Value sets by canonical url: those that are held, and those that the specification says exist without a resource.

import type {
  CodeSystemDefinition,
  ComponentDefinition,
  ValueSetDefinition,
} from '../definitions/terminology.ts';

/** Where definitions are found by canonical url; a version asked for is matched exactly. */
export interface TerminologyLookup {
  codeSystem(url: string, version?: string): Promise<CodeSystemDefinition | undefined>;
  /** `reference` is a url or, where stored resources are looked up, `ValueSet/[id]` too */
  valueSet(reference: string, version?: string): Promise<ValueSetDefinition | undefined>;
  /** the code system that names `url` as the value set of all its codes (CodeSystem.valueSet) */
  codeSystemWithValueSet?(url: string): Promise<CodeSystemDefinition | undefined>;
}

/** `url|version` → both. */
export function splitCanonical(canonical: string): [url: string, version?: string] {
  const bar = canonical.lastIndexOf('|');
  return bar < 0 ? [canonical] : [canonical.slice(0, bar), canonical.slice(bar + 1)];
}

/** Both → `url|version`, or the url alone. */
export function canonicalOf(url: string, version: string | undefined): string {
  return version === undefined ? url : `${url}|${version}`;
}

/** Value sets that the specification says exist without a resource (snomedct.html, loinc.html). */
function implicitValueSet(url: string): ValueSetDefinition | undefined {
  const snomed = /^(http:\/\/snomed\.info\/sct(?:\/[^?]*)?)\?fhir_vs(?:=isa\/(\d+))?$/.exec(url);
  if (!snomed && url !== 'http://loinc.org/vs') return undefined;
  const concept = snomed?.[2];
  const edition = snomed?.[1] === 'http://snomed.info/sct' ? undefined : snomed?.[1];
  const include: ComponentDefinition = {
    system: snomed ? 'http://snomed.info/sct' : 'http://loinc.org',
    ...(edition ? { version: edition } : {}),
    ...(concept ? { filters: [{ property: 'concept', op: 'is-a', value: concept }] } : {}),
  };
  return { url, compose: { include: [include], exclude: [] } };
}

/** The value set that a code system says consists of all its codes. */
async function valueSetOfCodeSystem(
  lookup: TerminologyLookup,
  url: string,
  version: string | undefined,
): Promise<ValueSetDefinition | undefined> {
  const found = await lookup.codeSystemWithValueSet?.(url);
  if (!found || (version !== undefined && found.version !== version)) return undefined;
  const include: ComponentDefinition = { system: found.url };
  return {
    url,
    ...(found.version === undefined ? {} : { version: found.version }),
    ...(found.name === undefined ? {} : { title: found.name }),
    compose: { include: [include], exclude: [] },
  };
}

/** A value set by url or reference: one that is held, or one that a code system or the specification implies. */
export async function findValueSet(
  lookup: TerminologyLookup,
  reference: string,
  version?: string,
): Promise<ValueSetDefinition | undefined> {
  return (
    (await lookup.valueSet(reference, version)) ??
    (await valueSetOfCodeSystem(lookup, reference, version)) ??
    implicitValueSet(reference)
  );
}
