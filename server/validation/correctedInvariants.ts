// Published invariants whose expressions do not say what their text says. An expression that yields nothing counts as
// broken, so those that compare what may be absent, or known to a different precision, have to say what is meant then.

/** The expression to use, by the published one. */
export const correctedInvariants: ReadonlyMap<string, string> = new Map([
  // per-1, rng-2, mdd-1, inv-1 of Task: of 2020-01 and 2020-01-15, or of 1 g and 5 {drops}, neither is known to be the greater
  ['start.hasValue().not() or end.hasValue().not() or (start <= end)', 'iif(start > end, false, true)'],
  ['low.empty() or high.empty() or (low <= high)', 'iif(low > high, false, true)'],
  [
    'whenHandedOver.empty() or whenPrepared.empty() or whenHandedOver >= whenPrepared',
    'iif(whenHandedOver < whenPrepared, false, true)',
  ],
  [
    'lastModified.exists().not() or authoredOn.exists().not() or lastModified >= authoredOn',
    'iif(lastModified < authoredOn, false, true)',
  ],
  // ras-2: there may be no probability
  [
    'probability is decimal implies (probability as decimal) <= 100',
    'iif((probability as decimal) > 100, false, true)',
  ],
  // que-7: the answer is of a FHIR type, boolean
  ["operator = 'exists' implies (answer is Boolean)", "operator = 'exists' implies (answer is boolean)"],
  // ig-1, ig-2: `ontext` is no name; %context is the definition
  [
    'resource.groupingId.all(ontext.grouping.id contains $this)',
    'resource.groupingId.all(%context.grouping.id contains $this)',
  ],
  [
    'definition.resource.fhirVersion.all(ontext.fhirVersion contains $this)',
    'definition.resource.fhirVersion.all(%context.fhirVersion contains $this)',
  ],
]);
