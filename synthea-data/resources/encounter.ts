// Encounter, Condition and AllergyIntolerance: the visit and what is found at it.
import type { AllergyIntolerance, Condition, Encounter } from '@medplum/fhirtypes';
import { writeDateTime } from '../calendar.ts';
import type { KnownCondition, Sitting } from '../chart.ts';
import { addResource, bundleReference, fullName, patientReference } from '../chart.ts';
import { concept, status, TERMINOLOGY } from '../concepts.ts';
import {
  clinicianReference,
  locationReference,
  organizationReference,
  SYNTHEA_SYSTEM,
  US_CORE,
} from '../institutions.ts';
import type { Weighted } from '../random.ts';

const home = { system: `${TERMINOLOGY}discharge-disposition`, code: 'home', display: 'Home' };
const died = { system: `${TERMINOLOGY}discharge-disposition`, code: 'exp', display: 'Expired' };

/** Adds the visit's Encounter. */
export function addEncounter(sitting: Sitting): void {
  const { chart, visit } = sitting;
  const period = visit.open ? { start: sitting.start } : { start: sitting.start, end: sitting.end };
  const encounter: Encounter & { id: string } = {
    resourceType: 'Encounter',
    id: sitting.encounterId,
    meta: { profile: [`${US_CORE}us-core-encounter`] },
    identifier: [{ use: 'official', system: SYNTHEA_SYSTEM, value: sitting.encounterId }],
    status: visit.open ? 'in-progress' : 'finished',
    class: { system: `${TERMINOLOGY}v3-ActCode`, code: visit.type.class },
    type: [concept(visit.type.code)],
    subject: { ...patientReference(chart), display: fullName(chart.person) },
    participant: [
      {
        type: [
          concept({
            system: `${TERMINOLOGY}v3-ParticipationType`,
            code: 'PPRF',
            display: 'primary performer',
          }),
        ],
        period: { ...period },
        individual: clinicianReference(sitting.clinician),
      },
    ],
    period,
    ...(sitting.reason ? { reasonCode: [concept(sitting.reason.code)] } : {}),
    ...(visit.type.class === 'IMP' && !visit.open
      ? { hospitalization: { dischargeDisposition: concept(visit.end === chart.life.died ? died : home) } }
      : {}),
    location: [{ location: locationReference(sitting.institution) }],
    serviceProvider: organizationReference(sitting.institution),
  };
  addResource(chart, encounter);
}

/**
 * Adds a Condition found at the visit; it is resolved if its end has come within the patient's
 * recorded life.
 */
export function addCondition(
  sitting: Sitting,
  known: KnownCondition,
  onset: number,
  recordedUntil: number,
): void {
  const { chart } = sitting;
  const over = known.end !== undefined && known.end <= recordedUntil;
  const condition: Condition & { id: string } = {
    resourceType: 'Condition',
    id: known.id,
    meta: { profile: [`${US_CORE}us-core-condition`] },
    clinicalStatus: status('condition-clinical', over ? 'resolved' : 'active'),
    verificationStatus: status('condition-ver-status', 'confirmed'),
    category: [
      concept({
        system: `${TERMINOLOGY}condition-category`,
        code: 'encounter-diagnosis',
        display: 'Encounter Diagnosis',
      }),
    ],
    code: concept(known.code),
    subject: patientReference(chart),
    encounter: bundleReference(sitting.encounterId),
    onsetDateTime: writeDateTime(onset),
    ...(over ? { abatementDateTime: writeDateTime(known.end!) } : {}),
    recordedDate: sitting.start,
  };
  chart.conditions.push(known);
  sitting.bill.push({ code: known.code, cents: 0, about: { kind: 'diagnosis', id: known.id } });
  addResource(chart, condition);
}

const severities: Weighted<'mild' | 'moderate' | 'severe'> = [
  ['mild', 60],
  ['moderate', 32],
  ['severe', 8],
];

/** Adds the person's allergies. */
export function addAllergies(sitting: Sitting): void {
  const { chart } = sitting;
  for (const allergy of chart.person.allergies) {
    const resource: AllergyIntolerance & { id: string } = {
      resourceType: 'AllergyIntolerance',
      id: chart.random.uuid(),
      meta: { profile: [`${US_CORE}us-core-allergyintolerance`] },
      clinicalStatus: status('allergyintolerance-clinical', 'active'),
      verificationStatus: status('allergyintolerance-verification', 'confirmed'),
      type: allergy.type,
      category: [allergy.category],
      criticality: chart.random.chance(0.15) ? 'high' : 'low',
      code: concept(allergy.code),
      patient: patientReference(chart),
      recordedDate: sitting.start,
      reaction: allergy.reactions
        .filter((_, place) => place === 0 || chart.random.chance(0.5))
        .map((reaction) => ({
          manifestation: [concept(reaction)],
          severity: chart.random.weighted(severities),
        })),
    };
    addResource(chart, resource);
  }
}
