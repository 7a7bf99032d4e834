// Which date parameters say when care took place, for the `start` and `end` of $everything
// (patient-operation-everything.html: "care dates, not record currency dates"). The specification has no such list;
// this one follows the w5 mappings of the structures (done, planned, init), and falls back to when something was
// asserted where a type has no other date.

const byType: Record<string, readonly string[]> = {
  Account: ['period'],
  AdverseEvent: ['date'],
  AllergyIntolerance: ['onset', 'last-date', 'date'],
  Appointment: ['date'],
  CarePlan: ['date', 'activity-date'],
  CareTeam: ['date'],
  ChargeItem: ['occurrence'],
  Claim: ['created'],
  ClaimResponse: ['created'],
  ClinicalImpression: ['date'],
  Communication: ['sent', 'received'],
  CommunicationRequest: ['occurrence', 'authored'],
  Composition: ['date', 'period'],
  Condition: ['onset-date', 'abatement-date', 'recorded-date'],
  Consent: ['date', 'period'],
  CoverageEligibilityRequest: ['created'],
  CoverageEligibilityResponse: ['created'],
  DetectedIssue: ['identified'],
  DeviceRequest: ['event-date', 'authored-on'],
  DiagnosticReport: ['date'],
  DocumentManifest: ['created'],
  DocumentReference: ['date', 'period'],
  Encounter: ['date'],
  EpisodeOfCare: ['date'],
  ExplanationOfBenefit: ['created'],
  FamilyMemberHistory: ['date'],
  Flag: ['date'],
  Goal: ['start-date', 'target-date'],
  ImagingStudy: ['started'],
  Immunization: ['date'],
  ImmunizationEvaluation: ['date'],
  ImmunizationRecommendation: ['date'],
  Invoice: ['date'],
  List: ['date'],
  MeasureReport: ['period', 'date'],
  Media: ['created'],
  MedicationAdministration: ['effective-time'],
  MedicationDispense: ['whenhandedover', 'whenprepared'],
  MedicationRequest: ['authoredon', 'date'],
  MedicationStatement: ['effective'],
  NutritionOrder: ['datetime'],
  Observation: ['date'],
  Procedure: ['date'],
  QuestionnaireResponse: ['authored'],
  RequestGroup: ['authored'],
  ResearchSubject: ['date'],
  RiskAssessment: ['date'],
  ServiceRequest: ['occurrence', 'authored'],
  Specimen: ['collected'],
  SupplyRequest: ['date'],
  VisionPrescription: ['datewritten'],
};

/** Names of the date parameters; none for types that do not record care (Patient, Organization, Provenance, …). */
export function careDateParameters(type: string): readonly string[] {
  return byType[type] ?? [];
}
