// Why HAPI and this server may judge a resource differently. What is not listed here is reported as unexplained.

/** What HAPI refuses and we do not, by its message id (`:` and words of the message where that is not enough). */
export const onlyHapi: Readonly<Record<string, string>> = {
  TYPE_SPECIFIC_CHECKS_CANONICAL_ABSOLUTE: 'relative canonicals: R4 does not forbid them',
  VALIDATION_HL7_WG_NEEDED: 'a rule of HL7 for what HL7 publishes',
  Terminology_PassThrough_TX_Message: 'a unit that is not UCUM, where no value set is required',
  BUNDLE_BUNDLE_ENTRY_NOTFOUND_APPARENT: 'references between entries by id although the fullUrl is another',
  Bundle_BUNDLE_Entry_NotFound: 'a document whose author is not in it: a rule of documents, no invariant',
  Bundle_BUNDLE_Entry_NoFullUrl: 'fullUrl is optional in R4 (0..1)',
  BUNDLE_BUNDLE_ENTRY_FULLURL_REQUIRED: 'fullUrl is optional in R4 (0..1)',
  CONCEPTMAP_GROUP_TARGET_CODE_INVALID: 'what a concept map says, not how',
  MEASURE_M_CRITERIA_CQL_NO_LIB: 'needs the libraries of a measure',
  Type_Specific_Checks_DT_UUID_Valid: 'a urn:uuid in capitals as a uri: RFC 4122 reads both cases',
  Type_Specific_Checks_DT_OID_Valid: 'a urn:oid with an extra part as a canonical: not of type oid',
  Type_Specific_Checks_DT_XHTML_Resolve_Img: 'images of a narrative are not resolved',
  TYPE_SPECIFIC_CHECKS_DT_IDENTIFIER_IETF_SYSTEM_VALUE:
    'the value of an identifier is not judged by its system',
  Extension_EXT_SubExtension_Invalid: 'definitions of extensions are applied where profiles are asked for',
  Extension_EXT_Version_Invalid: 'extensions for elements of R5 are not looked up',
  Extension_EXT_Unexpected: 'definitions of extensions are applied where profiles are asked for',
  Reference_REF_CantResolveProfile: 'the profile is not installed: what it would say is not known',
  Reference_REF_BadTargetType: 'the profile is not installed: what it would say is not known',
  Reference_REF_BadTargetType2: 'the profile is not installed: what it would say is not known',
  SD_TYPE_NOT_DERIVED: 'a StructureDefinition is judged against its base when it is used',
  SD_SPECIALIZED_TYPE_MATCHES: 'a StructureDefinition is judged against its base when it is used',
  SD_CONSTRAINED_KIND_NO_MATCH: 'a StructureDefinition is judged against its base when it is used',
  SD_CONSTRAINED_TYPE_NO_MATCH: 'a StructureDefinition is judged against its base when it is used',
  ERROR_GENERATING_SNAPSHOT: 'a StructureDefinition is judged against its base when it is used',
  'http://hl7.org/fhir/StructureDefinition/Period#per-1':
    'ends known to a different precision: neither is known to be later',
  'http://hl7.org/fhir/StructureDefinition/Range#rng-2': 'units that cannot be converted: HAPI gives up',
  SM_TARGET_CONTEXT_UNKNOWN: 'what a structure map says, not how',
  "null:Unrecognized property 'collector'": 'HAPI reads Specimen.collection of a contained one as unknown',
  "null:Unrecognized property 'method'": 'HAPI reads Specimen.collection of a contained one as unknown',
  "null:Unrecognized property 'collectedDateTime'":
    'HAPI reads Specimen.collection of a contained one as unknown',
  "null:Unrecognized property 'relation'": 'HAPI reads Bundle.link inside an entry as unknown',
  "null:Unrecognized property 'url'": 'HAPI reads Bundle.link inside an entry as unknown',
};

/** What we refuse and HAPI does not, by `key or code`, then by words of the message. */
export const onlySalus: readonly { error: string; words: string; reason: string }[] = [
  { error: 'extension', words: 'modifier extension', reason: 'HAPI is told to take any extension' },
  {
    error: 'structure',
    words: 'Only one type of',
    reason: 'HAPI does not see a choice that has extensions only',
  },
  { error: 'ele-1', words: '', reason: 'HAPI lets an object with an id alone pass' },
  { error: 'value', words: 'without control characters', reason: 'HAPI warns of control characters' },
  { error: 'structure', words: 'Two contained resources', reason: 'HAPI takes the first of two with one id' },
  {
    error: 'value',
    words: 'A reference to Practitioner',
    reason: 'HAPI does not read conditional references, nor a lone Reference.type',
  },
];
