// What is measured at a visit: sets of vital signs, once or again and again through a stay,
// laboratory panels with their reports, scores.
import { HOUR, MINUTE } from './calendar.ts';
import type { Sitting } from './chart.ts';
import type { Code } from './concepts.ts';
import { concept } from './concepts.ts';
import type { AcuteState } from './measureBody.ts';
import { referenceRange, round } from './measureBody.ts';
import { ageAt } from './person.ts';
import { addLaboratoryReport } from './resources/documentation.ts';
import {
  addObservation,
  component,
  laboratoryJudgement,
  laboratoryProfile,
  quantity,
  vitalProfile,
} from './resources/observation.ts';
import type { Analyte } from './tables/analytes.ts';
import { analytes } from './tables/analytes.ts';
import type { Finding, FindingKey } from './tables/findings.ts';
import { findings, responsivenessLevels } from './tables/findings.ts';
import type { Panel, PanelKey } from './tables/panels.ts';
import { panels } from './tables/panels.ts';
import type { VitalKey, VitalSetKey, VitalSign } from './tables/vitalSigns.ts';
import {
  bloodPressurePanel,
  bodyHeight,
  bodyMassIndex,
  bodyWeight,
  headCircumference,
  oxygenFlow,
  responsiveness,
  vitalSets,
  vitalSigns,
} from './tables/vitalSigns.ts';

const POUND = 0.45359237;
const INCH = 2.54;

/**
 * Share of the acute state left at a time of the visit: all at its beginning, a quarter at its end.
 */
function acuteAt(sitting: Sitting, time: number): AcuteState {
  const { visit } = sitting;
  const passed = visit.end > visit.start ? (time - visit.start) / (visit.end - visit.start) : 0;
  return { shifts: visit.plan?.acute, share: 1 - 0.75 * passed };
}

/** Takes the set at the visit's beginning and, with `everyMinutes`, again until its end. */
export function takeVitals(sitting: Sitting, set: VitalSetKey, everyMinutes: number | undefined): void {
  const { visit, chart } = sitting;
  takeSet(sitting, set, visit.start);
  if (!everyMinutes) return;
  const step = everyMinutes * MINUTE;
  // Rounds are made a little early or late.
  for (let time = visit.start + step; time < visit.end; time += step) {
    takeSet(sitting, set, Math.min(time + chart.random.int(-4, 4) * MINUTE, visit.end));
  }
}

function takeSet(sitting: Sitting, set: VitalSetKey, time: number): void {
  const acute = acuteAt(sitting, time);
  let oxygen = 100;
  for (const member of vitalSets[set]) {
    switch (member) {
      case 'growth':
        takeGrowth(sitting, time, true);
        break;
      case 'weight':
        takeGrowth(sitting, time, false);
        break;
      case 'bloodPressure':
        if (ageAt(sitting.chart.person.born, time) >= 3) takeBloodPressure(sitting, time, acute);
        break;
      case 'responsiveness':
        takeResponsiveness(sitting, time, oxygen);
        break;
      case 'pain':
        if (ageAt(sitting.chart.person.born, time) >= 4) takeVital(sitting, 'pain', time, acute);
        break;
      default: {
        const value = takeVital(sitting, member, time, acute);
        if (member === 'oxygenSaturation') oxygen = value;
      }
    }
  }
  if (oxygen < 90) {
    const measured = {
      codes: [oxygenFlow],
      category: 'vital-signs',
      profile: vitalProfile(undefined),
      time,
    } as const;
    addObservation(sitting, measured, {
      valueQuantity: quantity(oxygen < 85 ? 6 : oxygen < 88 ? 4 : 2, 'L/min'),
    });
  }
}

function takeVital(
  sitting: Sitting,
  key: Exclude<VitalKey, 'systolic' | 'diastolic'>,
  time: number,
  acute: AcuteState,
): number {
  const sign: VitalSign = vitalSigns[key];
  const value = sitting.chart.body.vital(key, time, acute);
  const measured = {
    codes: sign.codes,
    category: 'vital-signs',
    profile: vitalProfile(sign.profile),
    time,
  } as const;
  const inFahrenheit = key === 'temperature' && sitting.institution.customaryUnits;
  addObservation(sitting, measured, {
    valueQuantity: inFahrenheit
      ? quantity(round(value * 1.8 + 32, 1), '[degF]', 'degF')
      : quantity(value, sign.ucum, sign.unit),
  });
  return value;
}

function takeBloodPressure(sitting: Sitting, time: number, acute: AcuteState): void {
  const { body } = sitting.chart;
  const systolic = body.vital('systolic', time, acute);
  const diastolic = Math.min(body.vital('diastolic', time, acute), systolic - 12);
  const measured = {
    codes: [bloodPressurePanel],
    category: 'vital-signs',
    profile: vitalProfile('bp'),
    time,
  } as const;
  addObservation(sitting, measured, {
    component: [
      component(vitalSigns.diastolic.codes[0], quantity(diastolic, 'mm[Hg]')),
      component(vitalSigns.systolic.codes[0], quantity(systolic, 'mm[Hg]')),
    ],
  });
  if (time === sitting.visit.start) sitting.found.push(`Blood pressure ${systolic}/${diastolic} mm[Hg].`);
}

/** Patients with little oxygen or great age are not always alert. */
function takeResponsiveness(sitting: Sitting, time: number, oxygen: number): void {
  const { random } = sitting.chart;
  const dulled = oxygen < 88 ? 0.2 : 0.015;
  const level = random.chance(dulled) ? (random.chance(0.25) ? 2 : 1) : 0;
  const measured = { codes: [responsiveness], category: 'exam', time } as const;
  addObservation(sitting, measured, { valueCodeableConcept: concept(responsivenessLevels[level]) });
}

/** Weight, with height BMI and, up to three years, the head's circumference. */
function takeGrowth(sitting: Sitting, time: number, whole: boolean): void {
  const { chart } = sitting;
  const { body, person } = chart;
  const age = ageAt(person.born, time);
  const measured = (code: Code, profile: string) =>
    ({ codes: [code], category: 'vital-signs', profile: vitalProfile(profile), time }) as const;
  const customary = sitting.institution.customaryUnits;
  const height = body.height(time);
  const weight = body.weight(time);
  if (whole) {
    addObservation(sitting, measured(bodyHeight, 'bodyheight'), {
      valueQuantity: customary ? quantity(round(height / INCH, 1), '[in_i]', 'in') : quantity(height, 'cm'),
    });
  }
  addObservation(sitting, measured(bodyWeight, 'bodyweight'), {
    valueQuantity: customary ? quantity(round(weight / POUND, 1), '[lb_av]', 'lb') : quantity(weight, 'kg'),
  });
  if (!whole) return;
  if (age < 3)
    addObservation(sitting, measured(headCircumference, 'headcircum'), {
      valueQuantity: quantity(body.head(time), 'cm'),
    });
  if (age >= 2) {
    const bmi = round((weight * 10000) / (height * height), 1);
    addObservation(sitting, measured(bodyMassIndex, 'bmi'), { valueQuantity: quantity(bmi, 'kg/m2') });
    if (age >= 18) chart.lastBodyMassIndex = bmi;
  }
}

/** Takes laboratory panels at the visit's beginning and, with `everyHours`, again until its end. */
export function takeLabs(sitting: Sitting, keys: readonly PanelKey[], everyHours: number | undefined): void {
  const { visit } = sitting;
  const step = (everyHours ?? 0) * HOUR;
  let time = visit.start;
  do {
    for (const key of keys) takePanel(sitting, panels[key], Math.min(time + 6 * MINUTE, visit.end));
    time += step;
  } while (step > 0 && time < visit.end);
}

function takePanel(sitting: Sitting, panel: Panel, time: number): void {
  const { body, person } = sitting.chart;
  const acute = acuteAt(sitting, time);
  const results = panel.analytes.map((key) => {
    const analyte: Analyte = analytes[key];
    const value = body.analyte(key, time, acute);
    const range = referenceRange(analyte, person, time);
    const judgement = laboratoryJudgement(value, range, analyte.unit);
    if (value < range[0] || value > range[1]) {
      if (sitting.found.length < 8) sitting.found.push(`${analyte.code.display}: ${value} ${analyte.unit}.`);
    }
    const category = analyte.category ?? 'laboratory';
    const measured = {
      codes: [analyte.code],
      category,
      profile: category === 'laboratory' ? laboratoryProfile : undefined,
      time,
    } as const;
    return {
      id: addObservation(sitting, measured, { valueQuantity: quantity(value, analyte.unit) }, judgement),
      code: analyte.code,
    };
  });
  if (panel.code) addLaboratoryReport(sitting, panel.code, results, time);
  sitting.bill.push({ code: panel.code ?? results[0]!.code, cents: panel.cents });
}

/** Records a coded answer or a score. */
export function takeFinding(sitting: Sitting, key: FindingKey): void {
  const finding: Finding = findings[key];
  const { random } = sitting.chart;
  const measured = {
    codes: [finding.code],
    category: finding.category,
    profile: finding.category === 'laboratory' ? laboratoryProfile : undefined,
    time: sitting.visit.start,
  } as const;
  if (finding.answers) {
    addObservation(sitting, measured, { valueCodeableConcept: concept(random.weighted(finding.answers)) });
  } else {
    const score = random.weighted(finding.scores!.map((weight, place) => [place, weight] as const));
    addObservation(sitting, measured, { valueQuantity: quantity(score, '{score}') });
  }
}

/** Records one coded observation. */
export function takeAnswer(
  sitting: Sitting,
  code: Code,
  category: 'survey' | 'social-history' | 'exam',
  answer: Code,
): void {
  addObservation(
    sitting,
    { codes: [code], category, time: sitting.visit.start },
    { valueCodeableConcept: concept(answer) },
  );
}
