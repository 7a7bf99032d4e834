// A score as the Observation that is stored of it (https://hl7.org/fhir/R4/observation.html): sub-scores as components,
// the readings as derivedFrom. Equal scores give equal Observations.
import { bandSystem, interpretationSystem } from '../codeSystems.ts';
import { computedTag, rulesetUrl } from '../computed.ts';
import type { Band, Coding, Score } from './score.ts';

/** Where scores are found again when their readings change. */
export const scoreIdentifierSystem = 'urn:salus:score';

/** What HL7 calls each band. */
const interpretationOf: Readonly<Record<Band, Coding>> = {
  none: { system: interpretationSystem, code: 'N', display: 'Normal' },
  low: { system: interpretationSystem, code: 'N', display: 'Normal' },
  'low-medium': { system: interpretationSystem, code: 'H', display: 'High' },
  medium: { system: interpretationSystem, code: 'H', display: 'High' },
  high: { system: interpretationSystem, code: 'HH', display: 'Critical high' },
  emergency: { system: interpretationSystem, code: 'HH', display: 'Critical high' },
};

export interface ScoredPatient {
  /** `Patient/[id]` */
  readonly patient: string;
  /** the moment of the score: of the newest of its readings; milliseconds since the epoch */
  readonly at: number;
  /** the Observation that held the score of this moment before */
  readonly id?: string;
  /** `Encounter/[id]` that its readings were taken in */
  readonly encounter?: string;
}

/** Whether an Observation is a computed score. */
export function isScore(observation: object): boolean {
  const { identifier } = observation as { identifier?: readonly { system?: string }[] };
  return identifier?.some(({ system }) => system === scoreIdentifierSystem) ?? false;
}

/** The identifier of the score of a patient at a moment: one for each, whatever the total. */
export function scoreIdentifier(
  patient: string,
  kind: 'news2' | 'pews',
  at: number,
): { system: string; value: string } {
  return { system: scoreIdentifierSystem, value: `${patient}|${kind}|${new Date(at).toISOString()}` };
}

/** The R4 Observation of a score; preliminary while one of its readings is. */
export function scoreObservation(
  score: Score,
  { patient, at, id, encounter }: ScoredPatient,
): Record<string, unknown> {
  const { ruleset, total, band, subscores, raisedBy } = score;
  const readings = subscores.map(({ reading }) => reading);
  if (raisedBy) readings.push(raisedBy);
  const references = [...new Set(readings.map(({ observation }) => observation))].sort();
  return {
    resourceType: 'Observation',
    ...(id !== undefined && { id }),
    meta: { tag: [computedTag] },
    extension: [{ url: rulesetUrl, valueString: `${ruleset.kind}|${ruleset.version}` }],
    identifier: [scoreIdentifier(patient, ruleset.kind, at)],
    status: readings.some(({ preliminary }) => preliminary) ? 'preliminary' : 'final',
    category: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/observation-category',
            code: 'survey',
            display: 'Survey',
          },
        ],
      },
    ],
    code: { coding: [ruleset.code], text: `${ruleset.title} total score` },
    subject: { reference: patient },
    ...(encounter !== undefined && { encounter: { reference: encounter } }),
    effectiveDateTime: new Date(at).toISOString(),
    valueInteger: total,
    interpretation: [
      {
        coding: [interpretationOf[band], { system: bandSystem, code: band }],
        text: `${band} (${ruleset.title})`,
      },
    ],
    note: [{ text: explanation(score) }],
    derivedFrom: references.map((reference) => ({ reference })),
    component: subscores.map(({ code, score }) => ({ code: { coding: [code] }, valueInteger: score })),
  };
}

/** One sentence that a clinician can check the score by. */
function explanation({ ruleset, total, band, subscores, raisedBy }: Score): string {
  const parts = subscores.map(({ parameter, value, score }) => `${parameter} ${value} (${score})`).join(', ');
  const raised = raisedBy ? `, raised by ${raisedBy.parameter} ${raisedBy.value}` : '';
  return `${ruleset.title} ${total}, ${band}${raised}: ${parts}. ${ruleset.source}.`;
}
