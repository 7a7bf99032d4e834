// CareTeam, Goal and CarePlan of an illness, as Synthea writes them together.
import type { CarePlan, CareTeam, CareTeamParticipant, Goal, Reference } from '@medplum/fhirtypes';
import { DAY, REFERENCE_TIME, writeDate, writeDateTime } from '../calendar.ts';
import type { Sitting } from '../chart.ts';
import { addResource, bundleReference, fullName, patientReference } from '../chart.ts';
import type { Code } from '../concepts.ts';
import { concept, snomed, status } from '../concepts.ts';
import { clinicianReference, organizationReference, US_CORE } from '../institutions.ts';
import type { CarePlanRow } from '../tables/carePlans.ts';

const patientRole = snomed('116154003', 'Patient (person)');
const clinicianRole = snomed('223366009', 'Healthcare professional (occupation)');
const organizationRole = snomed('224891009', 'Healthcare services (qualifier value)');

/** Adds a care plan for the visit's reason; it ends with the illness. */
export function addCarePlan(sitting: Sitting, row: CarePlanRow): void {
  const { chart, reason, visit } = sitting;
  const { random } = chart;
  const last = chart.life.died ?? REFERENCE_TIME;
  const over = reason?.end !== undefined && reason.end <= last ? reason.end : chart.life.died;
  // An illness can be over before the visit that plans its care: the plan then ends with the visit.
  const end = over === undefined ? undefined : Math.max(over, visit.end);
  const period = { start: sitting.start, ...(end === undefined ? {} : { end: writeDateTime(end) }) };
  const active = end === undefined;
  const teamId = random.uuid();
  const goalId = row.goal ? random.uuid() : undefined;
  const member = (role: Code, reference: Reference, display: string): CareTeamParticipant => ({
    role: [concept(role)],
    member: { reference: reference.reference!, display } as Reference<never>,
  });
  const organization = organizationReference(sitting.institution);
  const clinician = clinicianReference(sitting.clinician);
  const team: CareTeam & { id: string } = {
    resourceType: 'CareTeam',
    id: teamId,
    meta: { profile: [`${US_CORE}us-core-careteam`] },
    status: active ? 'active' : 'inactive',
    subject: patientReference(chart),
    encounter: bundleReference(sitting.encounterId),
    period: { ...period },
    participant: [
      member(patientRole, patientReference(chart), fullName(chart.person)),
      member(clinicianRole, clinician, clinician.display!),
      member(organizationRole, organization, organization.display!),
    ],
    ...(reason ? { reasonCode: [concept(reason.code)] } : {}),
    managingOrganization: [organization],
  };
  addResource(chart, team);
  if (row.goal && goalId) {
    const goal: Goal & { id: string } = {
      resourceType: 'Goal',
      id: goalId,
      lifecycleStatus: active ? 'active' : 'completed',
      achievementStatus: status('goal-achievement', random.pick(['in-progress', 'improving', 'achieved'])),
      description: { text: row.goal },
      subject: patientReference(chart),
      startDate: writeDate(visit.start),
      target: [{ measure: { text: row.goal }, dueDate: writeDate(visit.start + 365 * DAY) }],
      ...(reason ? { addresses: [bundleReference(reason.id)] } : {}),
    };
    addResource(chart, goal);
  }
  const activities = row.activities.map((activity) => `<li>${escapeXml(activity.display)}</li>`).join('');
  const plan: CarePlan & { id: string } = {
    resourceType: 'CarePlan',
    id: random.uuid(),
    meta: { profile: [`${US_CORE}us-core-careplan`] },
    text: {
      status: 'generated',
      div:
        `<div xmlns="http://www.w3.org/1999/xhtml">Care Plan for ${escapeXml(row.code.display)}.<br/>Activities: <ul>${activities}</ul>` +
        `${reason ? `<br/>Care plan is meant to treat ${escapeXml(reason.code.display)}.` : ''}</div>`,
    },
    status: active ? 'active' : 'completed',
    intent: 'order',
    category: [
      concept({
        system: 'http://hl7.org/fhir/us/core/CodeSystem/careplan-category',
        code: 'assess-plan',
        display: 'Assessment and Plan of Treatment',
      }),
      concept(row.code),
    ],
    subject: patientReference(chart),
    encounter: bundleReference(sitting.encounterId),
    period,
    careTeam: [bundleReference(teamId)],
    ...(reason ? { addresses: [bundleReference(reason.id)] } : {}),
    ...(goalId ? { goal: [bundleReference(goalId)] } : {}),
    activity: row.activities.map((activity) => ({
      detail: {
        code: concept(activity),
        status: active ? 'in-progress' : 'completed',
        location: { display: sitting.institution.name },
      },
    })),
  };
  addResource(chart, plan);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
