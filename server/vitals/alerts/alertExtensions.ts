// Urls of the extensions of alert policies and alerts.

const STRUCTURES = 'https://salus.example/fhir/StructureDefinition/';

/** Extensions of policies and alerts, each with a StructureDefinition in fhir-profiles/. */
export const EXTENSIONS = {
  severity: `${STRUCTURES}salus-alert-severity`,
  acknowledged: `${STRUCTURES}salus-alert-acknowledged`,
  acknowledgement: `${STRUCTURES}salus-alert-acknowledgement`,
  timing: `${STRUCTURES}salus-alert-timing`,
  resolve: `${STRUCTURES}salus-alert-resolve`,
  trend: `${STRUCTURES}salus-alert-trend`,
} as const;
