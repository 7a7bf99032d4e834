// Medications: RxNorm codes, dose, how long a prescription runs, and how hospital drugs are given.
import type { Code } from '../concepts.ts';
import { rxnorm } from '../concepts.ts';

export interface Medication {
  readonly code: Code;
  /** Dose in units of one tablet, puff or injection, times a day; absent with `asNeeded`. */
  readonly perDay?: number;
  readonly asNeeded?: true;
  /** Days of one course; absent: taken as long as the condition lasts, renewed every year. */
  readonly days?: number;
  readonly cents: number;
  /**
   * Given by staff: dose, unit, and infusion minutes (0: a bolus). These get a Medication resource
   * of their own.
   */
  readonly given?: { readonly dose: number; readonly unit: string; readonly minutes: number };
}

const taken = (code: string, display: string, perDay: number, cents: number, days?: number): Medication => ({
  code: rxnorm(code, display),
  perDay,
  cents,
  ...(days ? { days } : {}),
});
const asNeeded = (code: string, display: string, cents: number, days?: number): Medication => ({
  code: rxnorm(code, display),
  asNeeded: true,
  cents,
  ...(days ? { days } : {}),
});
const given = (
  code: string,
  display: string,
  dose: number,
  unit: string,
  minutes: number,
  cents: number,
): Medication => ({
  code: rxnorm(code, display),
  cents,
  days: 1,
  given: { dose, unit, minutes },
});

export const medications = {
  lisinopril: taken('314076', 'lisinopril 10 MG Oral Tablet', 1, 2640),
  losartan: taken('979492', 'losartan potassium 50 MG Oral Tablet', 1, 2910),
  amlodipine: taken('308136', 'amLODIPine 2.5 MG Oral Tablet', 1, 2380),
  hydrochlorothiazide: taken('310798', 'Hydrochlorothiazide 25 MG Oral Tablet', 1, 2633),
  simvastatin: taken('312961', 'Simvastatin 20 MG Oral Tablet', 1, 2520),
  atorvastatin: taken('259255', 'atorvastatin 80 MG Oral Tablet', 1, 3140),
  metformin: taken('860975', '24 HR Metformin hydrochloride 500 MG Extended Release Oral Tablet', 2, 2760),
  insulin: taken(
    '106892',
    'insulin isophane, human 70 UNT/ML / insulin, regular, human 30 UNT/ML Injectable Suspension [Humulin]',
    2,
    18700,
  ),
  aspirin: taken('243670', 'Aspirin 81 MG Oral Tablet', 1, 890),
  clopidogrel: taken('309362', 'clopidogrel 75 MG Oral Tablet', 1, 3260),
  metoprolol: taken('866412', '24 HR metoprolol succinate 100 MG Extended Release Oral Tablet', 1, 2870),
  warfarin: taken('855332', 'Warfarin Sodium 5 MG Oral Tablet', 1, 2150),
  furosemide: taken('313988', 'Furosemide 40 MG Oral Tablet', 1, 2050),
  digoxin: taken('197604', 'Digoxin 0.125 MG Oral Tablet', 1, 2340),
  nitroglycerin: asNeeded('705129', 'Nitroglycerin 0.4 MG/ACTUAT Mucosal Spray', 4710),
  albuterol: asNeeded('745679', '200 ACTUAT Albuterol 0.09 MG/ACTUAT Metered Dose Inhaler', 3890),
  fluticasone: taken(
    '895994',
    '120 ACTUAT Fluticasone propionate 0.044 MG/ACTUAT Metered Dose Inhaler [Flovent]',
    2,
    8420,
  ),
  fluticasoneSalmeterol: taken(
    '896209',
    '60 ACTUAT Fluticasone propionate 0.25 MG/ACTUAT / salmeterol 0.05 MG/ACTUAT Dry Powder Inhaler',
    2,
    11870,
  ),
  prednisone: taken('312615', 'predniSONE 20 MG Oral Tablet', 2, 1320, 5),
  amoxicillin: taken('308192', 'Amoxicillin 500 MG Oral Tablet', 3, 1540, 10),
  amoxicillinClavulanate: taken('562251', 'Amoxicillin 250 MG / Clavulanate 125 MG Oral Tablet', 3, 1980, 14),
  penicillin: taken('834061', 'Penicillin V Potassium 250 MG Oral Tablet', 4, 1410, 10),
  nitrofurantoin: taken('311995', 'NITROFURANTOIN, MACROCRYSTALS 50 MG Oral Capsule', 4, 2090, 7),
  azithromycin: taken('308460', 'azithromycin 250 MG Oral Tablet', 1, 1770, 5),
  acetaminophen: asNeeded('313782', 'Acetaminophen 325 MG Oral Tablet', 610, 14),
  ibuprofen: asNeeded('310965', 'Ibuprofen 200 MG Oral Tablet', 640, 14),
  naproxen: asNeeded('849574', 'Naproxen sodium 220 MG Oral Tablet', 720),
  oxycodone: asNeeded('1049623', 'Oxycodone Hydrochloride 5 MG Oral Tablet [Roxicodone]', 2940, 10),
  sertraline: taken('312941', 'sertraline 50 MG Oral Tablet', 1, 2410),
  ferrousSulfate: taken('310325', 'ferrous sulfate 325 MG Oral Tablet', 1, 980, 90),
  oralContraceptive: taken('748879', 'Levora 0.15/30 28 Day Pack', 1, 3650, 365),
  alendronate: taken('904419', 'Alendronic acid 10 MG Oral Tablet', 1, 3330),
  anastrozole: taken('199224', 'anastrozole 1 MG Oral Tablet', 1, 5270),
  ondansetron: asNeeded('312086', 'ondansetron 8 MG Oral Tablet', 1830, 7),
  dexamethasone: taken('197582', 'dexAMETHasone 4 MG Oral Tablet', 2, 1160, 3),
  doxorubicin: given('1790099', '10 ML Doxorubicin Hydrochloride 2 MG/ML Injection', 105, 'mg', 15, 18240),
  cyclophosphamide: given('1734919', 'Cyclophosphamide 1000 MG Injection', 1050, 'mg', 60, 31870),
  paclitaxel: given('583214', 'PACLitaxel 100 MG Injection', 300, 'mg', 180, 29430),
  carboplatin: given('597195', 'Carboplatin 10 MG/ML Injectable Solution', 550, 'mg', 60, 19960),
  oxaliplatin: given('1736776', '10 ML oxaliplatin 5 MG/ML Injection', 150, 'mg', 120, 33580),
  leucovorin: given('1803932', 'Leucovorin 100 MG Injection', 700, 'mg', 120, 12220),
  fluorouracil: given('1791701', '10 ML Fluorouracil 50 MG/ML Injection', 700, 'mg', 5, 9840),
  saline: given('313002', 'Sodium Chloride 0.9% injectable solution', 500, 'mL', 30, 1260),
  epoetin: given('205923', '1 ML Epoetin Alfa 4000 UNT/ML Injection [Epogen]', 4000, '[iU]', 0, 22130),
  piperacillin: given('1659149', 'piperacillin 4000 MG / tazobactam 500 MG Injection', 4500, 'mg', 30, 6730),
  vancomycin: given('1807510', '150 ML vancomycin 5 MG/ML Injection', 1250, 'mg', 90, 5480),
} as const satisfies Record<string, Medication>;

export type MedicationKey = keyof typeof medications;
