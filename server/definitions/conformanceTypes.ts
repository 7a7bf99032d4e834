// The resource types whose stored instances change what the server knows (conformance-module.html, terminology-module.html).

/** A write of one of these raises the definitions revision, which tells every process to look again. */
export const conformanceTypes: ReadonlySet<string> = new Set([
  'SearchParameter',
  'StructureDefinition',
  'CodeSystem',
  'ValueSet',
  'ConceptMap',
  'ObservationDefinition',
]);
