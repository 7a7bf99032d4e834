// Turns one planned visit into resources, in the order Synthea writes them: encounter, conditions,
// observations, procedures, medications, vaccinations, care plan, note, claim. What happens is in
// the visit's plan and in tables/; only the order is here.
import { DAY, HOUR, MINUTE, readDate, writeDateTime, YEAR } from './calendar.ts';
import type { Chart, KnownCondition, Sitting } from './chart.ts';
import { loinc, snomed } from './concepts.ts';
import type { VisitPlan } from './family.ts';
import type { Clinician, Institution } from './institutions.ts';
import { ageAt } from './person.ts';
import type { Visit } from './planVisits.ts';
import { takeAnswer, takeFinding, takeLabs, takeVitals } from './recordMeasurements.ts';
import { addCarePlan } from './resources/carePlan.ts';
import { addVisitClaim } from './resources/claim.ts';
import { addNote } from './resources/documentation.ts';
import { addAllergies, addCondition, addEncounter } from './resources/encounter.ts';
import { administer, prescribe } from './resources/medication.ts';
import { addDevice, addImagingStudy, addImmunization, addProcedure } from './resources/treatment.ts';
import { carePlans } from './tables/carePlans.ts';
import { cancerStage, tobaccoAnswers, tobaccoStatus } from './tables/findings.ts';
import { vaccines } from './tables/immunizations.ts';
import type { Department } from './tables/institutions.ts';
import { devices, imaging, procedures } from './tables/procedures.ts';
import { obesity, socialFindings, wellnessItems } from './tables/wellness.ts';
import { writeNote } from './writeNote.ts';

const causeOfDeath = loinc('69453-9', 'Cause of Death [US Standard Certificate of Death]');
const naturalCauses = snomed('38605008', 'Natural death (event)');

/** Records a visit in the chart. `last` says that no later visit follows. */
export function recordVisit(chart: Chart, visit: Visit, recordedUntil: number, last: boolean): Sitting {
  const sitting = open(chart, visit);
  const { plan, episode } = visit;
  let firstOfEpisode = false;
  if (episode) {
    const known = chart.conditions.find((condition) => condition.id === episode.conditionId);
    firstOfEpisode = known === undefined;
    sitting.reason = known ?? {
      id: episode.conditionId,
      code: episode.family.condition,
      ...(episode.end === undefined ? {} : { end: episode.end }),
    };
  }
  addEncounter(sitting);
  if (firstOfEpisode)
    addCondition(sitting, sitting.reason!, Math.min(episode!.onset, visit.start), recordedUntil);
  if (plan) recordPlan(sitting, plan, recordedUntil);
  if (visit.purpose === 'wellness') recordWellness(sitting, recordedUntil);
  if (visit.purpose === 'death') {
    takeAnswer(sitting, causeOfDeath, 'exam', chart.life.cause?.family.condition ?? naturalCauses);
    addProcedure(sitting, procedures.deathCertificate, 0);
  }
  const carePlan = episode?.family.carePlan;
  if (firstOfEpisode && carePlan) addCarePlan(sitting, carePlans[carePlan]);
  if (!visit.open) {
    addNote(sitting, writeNote(sitting), !last);
    addVisitClaim(sitting);
  }
  return sitting;
}

function recordPlan(sitting: Sitting, plan: VisitPlan, recordedUntil: number): void {
  const { chart, visit } = sitting;
  const { random } = chart;
  for (const diagnosis of plan.diagnoses ?? []) {
    const known = chart.conditions.some(
      (condition) => condition.code === diagnosis.code && (condition.end ?? visit.end) >= visit.start,
    );
    if (known || !random.chance(diagnosis.chance ?? 1)) continue;
    const end = diagnosis.lasts && visit.start + random.int(...diagnosis.lasts) * DAY;
    addCondition(
      sitting,
      { id: random.uuid(), code: diagnosis.code, ...(end ? { end } : {}) },
      visit.start,
      recordedUntil,
    );
  }
  if (plan.vitals) takeVitals(sitting, plan.vitals, plan.vitalsEvery);
  for (const finding of plan.findings ?? []) takeFinding(sitting, finding);
  if (plan.stages && visit.episode?.stage) takeAnswer(sitting, cancerStage, 'exam', visit.episode.stage.code);
  if (plan.labs) takeLabs(sitting, plan.labs, plan.labsEveryHours);
  let minute = 5;
  for (const key of plan.procedures ?? []) {
    addProcedure(sitting, procedures[key], minute);
    minute += procedures[key].minutes;
  }
  for (const key of plan.imaging ?? []) {
    addImagingStudy(sitting, imaging[key], minute);
    minute += imaging[key].minutes;
  }
  for (const key of plan.implants ?? []) addDevice(sitting, devices[key]);
  for (const key of plan.prescribes ?? []) prescribe(sitting, key);
  // Drugs are given one after the other; on a ward every twelve hours.
  const rounds =
    visit.type.class === 'IMP' ? Math.max(1, Math.floor((visit.end - visit.start) / (12 * HOUR))) : 1;
  for (let round = 0; round < rounds && plan.administers; round++) {
    let given = 20 + round * 12 * 60;
    for (const key of plan.administers) given = administer(sitting, key, given);
  }
}

function recordWellness(sitting: Sitting, recordedUntil: number): void {
  const { chart, visit } = sitting;
  const { person, random } = chart;
  const age = ageAt(person.born, visit.start);
  if (!chart.allergiesRecorded && age >= 1) {
    addAllergies(sitting);
    chart.allergiesRecorded = true;
  }
  for (const row of socialFindings) {
    if (age < row.ages[0] || age > row.ages[1] || !random.chance(row.chance)) continue;
    if (
      chart.conditions.some(
        (condition) => condition.code === row.code && (condition.end ?? visit.end) >= visit.start,
      )
    )
      continue;
    const end = row.lasts && visit.start + random.int(...row.lasts) * DAY;
    addCondition(
      sitting,
      { id: random.uuid(), code: row.code, ...(end ? { end } : {}) },
      visit.start,
      recordedUntil,
    );
  }
  takeVitals(sitting, 'wellness', undefined);
  if (!chart.obesityRecorded && (chart.lastBodyMassIndex ?? 0) >= obesity.above) {
    const known: KnownCondition = { id: random.uuid(), code: obesity.code };
    addCondition(sitting, known, visit.start, recordedUntil);
    chart.obesityRecorded = true;
  }
  if (age >= 12) takeAnswer(sitting, tobaccoStatus, 'social-history', tobaccoAnswers[person.smoking]);
  let minute = 5;
  for (const item of wellnessItems) {
    if (
      age < item.ages[0] ||
      age >= item.ages[1] + 1 ||
      (item.sex && item.sex !== person.sex) ||
      !random.chance(item.chance)
    )
      continue;
    if (item.panel) takeLabs(sitting, [item.panel], undefined);
    if (item.procedure) {
      addProcedure(sitting, procedures[item.procedure], minute);
      minute += procedures[item.procedure].minutes;
    }
    if (item.finding) takeFinding(sitting, item.finding);
  }
  vaccinate(sitting, age);
}

/**
 * Gives what is due: a dose of a child's vaccine whose month has come since the last, or a booster.
 */
function vaccinate(sitting: Sitting, age: number): void {
  const { chart, visit } = sitting;
  const { born } = chart.person;
  vaccines.forEach((vaccine, place) => {
    if (vaccine.since && visit.start < readDate(vaccine.since)) return;
    const before = chart.vaccinations.get(place);
    // A due date older than one and a half years without a dose on record was kept before the
    // recorded history begins.
    const due = vaccine.months?.some((month) => {
      const time = born + (month / 12) * YEAR;
      return (
        time <= visit.start &&
        time > Math.max(before ?? 0, visit.start - 1.5 * YEAR) - (before === undefined ? 0 : DAY)
      );
    });
    const recurring = vaccine.recurring;
    const again =
      recurring &&
      age >= recurring.fromAge &&
      (before === undefined
        ? recurring.everyYears < 5 || chart.random.chance(0.3)
        : visit.start - before > (recurring.everyYears - 0.15) * YEAR);
    if (!due && !again) return;
    addImmunization(sitting, vaccine);
    chart.vaccinations.set(place, visit.start);
  });
}

function open(chart: Chart, visit: Visit): Sitting {
  const department = visit.plan?.department ?? visit.type.department;
  const institution = institutionFor(chart, department, visit.episode?.family.stages !== undefined);
  return {
    chart,
    visit,
    encounterId: chart.random.uuid(),
    institution,
    clinician: clinicianFor(chart, department, institution),
    start: writeDateTime(visit.start),
    end: writeDateTime(Math.max(visit.end, visit.start + MINUTE)),
    milliseconds: chart.random.int(0, 999),
    bill: [],
    found: [],
    done: [],
  };
}

function institutionFor(chart: Chart, department: Department, oncological: boolean): Institution {
  const { clinic, hospital, infirmary } = chart.person;
  const order = oncological ? [infirmary, clinic, hospital] : [clinic, hospital, infirmary];
  return order.find((institution) =>
    institution.staff.some((clinician) => clinician.department === department),
  )!;
}

/** Mostly the physician the patient knows, sometimes a colleague. */
function clinicianFor(chart: Chart, department: Department, institution: Institution): Clinician {
  const colleagues = institution.staff.filter((clinician) => clinician.department === department);
  const usual = chart.clinicians.get(department);
  if (usual && colleagues.includes(usual) && !chart.random.chance(0.15)) return usual;
  const clinician = chart.random.pick(colleagues);
  if (!usual) chart.clinicians.set(department, clinician);
  return clinician;
}
