// The examples published with R4 (../shared/data/hl7-r4-examples) that break the specification: made-up modifier extensions,
// narratives without content, references to what their element may not lead to, items without a linkId.

/** By file: which element breaks it first, and what a refusal says of it. */
export const invalidExamples: Readonly<Record<string, readonly [where: string, how: string | RegExp]>> = {
  'ActivityDefinition-blood-tubes-supply.json': ['text.div', /^txt-2: it has no content/],
  'ActivityDefinition-heart-valve-replacement.json': ['text.div', /^txt-2: it has no content/],
  'Basic-referral.json': ['modifierExtension[0]', /example\.org\/do-not-use\S* is not known here/],
  'DeviceMetric-example.json': ['parent', 'A reference to DeviceDefinition is not allowed here'],
  'DeviceUseStatement-example.json': ['reasonReference[0]', 'A reference to Procedure is not allowed here'],
  'EventDefinition-example.json': ['text.div', /^txt-2: it has no content/],
  'MedicationRequest-medrx0301.json': [
    'dispenseRequest.performer',
    'A reference to Practitioner is not allowed here',
  ],
  'Observation-clinical-gender.json': ['performer[0]', 'A reference to Encounter is not allowed here'],
  'Questionnaire-qs1.json': ['item[0].item[0].linkId', "'linkId' is required"],
  'Questionnaire-zika-virus-exposure-assessment.json': ['text.div', /^txt-2: it has no content/],
};
