// Care plans (SNOMED CT): what they are, their activities, and the goal they pursue.
import type { Code } from '../concepts.ts';
import { snomed } from '../concepts.ts';

export interface CarePlanRow {
  readonly code: Code;
  readonly activities: readonly Code[];
  readonly goal?: string;
}

export const carePlans = {
  hypertension: {
    code: snomed('443402002', 'Lifestyle education regarding hypertension (procedure)'),
    activities: [
      snomed('386463000', 'Prescribed activity/exercise education (procedure)'),
      snomed('413473000', 'Counseling about alcohol consumption (procedure)'),
      snomed('1151000175103', 'Dietary approaches to stop hypertension diet (regime/therapy)'),
    ],
    goal: 'Maintain blood pressure below 130/80 mm[Hg]',
  },
  hyperlipidemia: {
    code: snomed('736285004', 'Hyperlipidemia clinical management plan (record artifact)'),
    activities: [
      snomed('16208003', 'Low fat diet (finding)'),
      snomed('183301007', 'Physical exercise (regime/therapy)'),
    ],
  },
  diabetes: {
    code: snomed('698360004', 'Diabetes self management plan (record artifact)'),
    activities: [
      snomed('160670007', 'Diabetic diet (finding)'),
      snomed('229065009', 'Exercise therapy (regime/therapy)'),
    ],
    goal: 'Hemoglobin A1c total in Blood less than 7.0%',
  },
  asthma: {
    code: snomed('699728000', 'Asthma self management plan (record artifact)'),
    activities: [
      snomed('58332002', 'Allergy education (procedure)'),
      snomed('371605008', 'Deep breathing and coughing exercises (regime/therapy)'),
    ],
  },
  copd: {
    code: snomed(
      '412776001',
      'Chronic obstructive pulmonary disease clinical management plan (record artifact)',
    ),
    activities: [
      snomed('15081005', 'Pulmonary rehabilitation (regime/therapy)'),
      snomed('229065009', 'Exercise therapy (regime/therapy)'),
    ],
  },
  cancer: {
    code: snomed('395082007', 'Cancer care plan (record artifact)'),
    activities: [
      snomed('243072006', 'Cancer education (procedure)'),
      snomed('409023009', 'Professional / ancillary services care (regime/therapy)'),
    ],
    goal: 'Complete the planned cycles of chemotherapy without delay',
  },
  pregnancy: {
    code: snomed('134435003', 'Routine antenatal care (regime/therapy)'),
    activities: [
      snomed('135892000', 'Antenatal education (procedure)'),
      snomed('713076009', 'Antenatal risk assessment (procedure)'),
    ],
  },
  fracture: {
    code: snomed('385691007', 'Fracture care (regime/therapy)'),
    activities: [
      snomed('183051005', 'Recommendation to rest (procedure)'),
      snomed('229065009', 'Exercise therapy (regime/therapy)'),
    ],
  },
  wound: {
    code: snomed('225358003', 'Wound care (regime/therapy)'),
    activities: [
      snomed('385949008', 'Dressing change management (procedure)'),
      snomed('439830001', 'Behavior to prevent infection (observable entity)'),
    ],
  },
  headInjury: {
    code: snomed('47387005', 'Head injury rehabilitation (regime/therapy)'),
    activities: [
      snomed('183051005', 'Recommendation to rest (procedure)'),
      snomed('304510005', 'Recommendation to avoid exercise (procedure)'),
    ],
  },
  respiratory: {
    code: snomed('53950000', 'Respiratory therapy (procedure)'),
    activities: [
      snomed('304510005', 'Recommendation to avoid exercise (procedure)'),
      snomed('371605008', 'Deep breathing and coughing exercises (regime/therapy)'),
    ],
  },
  urinary: {
    code: snomed('869761000000107', 'Urinary tract infection care (regime/therapy)'),
    activities: [snomed('223472008', 'Discussion about hygiene (procedure)')],
  },
  heartFailure: {
    code: snomed('735984001', 'Heart failure self management plan (record artifact)'),
    activities: [
      snomed('183063000', 'Low salt diet education (procedure)'),
      snomed('229065009', 'Exercise therapy (regime/therapy)'),
    ],
  },
  heart: {
    code: snomed('385715006', 'Cardiac care (regime/therapy)'),
    activities: [
      snomed('16208003', 'Low fat diet (finding)'),
      snomed('229065009', 'Exercise therapy (regime/therapy)'),
    ],
  },
} as const satisfies Record<string, CarePlanRow>;

export type CarePlanKey = keyof typeof carePlans;
