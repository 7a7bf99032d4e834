// The examples published with R4 (../shared/data/hl7-r4-examples) that break the specification: made-up modifier extensions,
// narratives without content, references to what their element may not lead to, items without a linkId, entries of a Bundle
// whose fullUrl is that of another resource.

/** By file: which element breaks it first, and what a refusal says of it. */
export const invalidExamples: Readonly<Record<string, readonly [where: string, how: string | RegExp]>> = {
  'ActivityDefinition-blood-tubes-supply.json': ['text.div', /^txt-2: it has no content/],
  'ActivityDefinition-heart-valve-replacement.json': ['text.div', /^txt-2: it has no content/],
  'Basic-referral.json': ['modifierExtension[0]', /example\.org\/do-not-use\S* is not known here/],
  'Bundle-10bb101f-a121-4264-a920-67be9cb82c74.json': ['entry[2].fullUrl', 'The fullUrl disagrees'],
  'Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json': ['entry[3].fullUrl', 'The fullUrl disagrees'],
  'Bundle-lri-example.json': ['entry[1].fullUrl', 'The fullUrl disagrees'],
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
