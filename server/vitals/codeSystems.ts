// Code systems that vital signs, their scores and their alerts are told by. Our own are published in
// fhir-profiles/code-systems/.

const OWN = 'https://salus.example/fhir/CodeSystem/';

/** Results of a reading: LL, L, N, H, HH, A, AA. */
export const interpretationSystem = 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation';

/** Tags that only this server gives. */
export const tagSystem = `${OWN}tags`;
/** PEWS and its sub-scores, the mark of SpO2 scale 2. */
export const scoreSystem = `${OWN}scores`;
/** Bands of scores. */
export const bandSystem = `${OWN}score-bands`;
/** How laboured breathing is: none, mild, moderate, severe. */
export const distressSystem = `${OWN}respiratory-distress`;
/** Types of PlanDefinitions. */
export const planTypeSystem = `${OWN}plan-types`;
/** Rules of alert policies: PlanDefinition.action.code, DetectedIssue.code. */
export const ruleSystem = `${OWN}alert-rules`;
/** Trend rules of alert policies. */
export const trendSystem = `${OWN}vital-trends`;
/** What was done about an alert: DetectedIssue.mitigation.action. */
export const mitigationSystem = `${OWN}alert-mitigations`;
