// Vital signs by LOINC code, and the names that gateways and people have for them. Codes and units are those of the FHIR vital signs
// profiles (observation-vitalsigns.html) and of what early-warning scores read (vitals/scores/readingCodes.ts).
import type { answersTo } from './vitalAnswers.ts';

export interface TableEntry {
  readonly display: string;
  /** UCUM code of its own unit; absent where values are words only */
  readonly unit?: string;
  /** how people write that unit; absent where it is the same */
  readonly unitText?: string;
  /** what words may be said of it */
  readonly answers?: keyof typeof answersTo;
  /** a further LOINC code that what goes by these names is */
  readonly also?: string;
  /** separated by commas; case, blanks and punctuation do not matter */
  readonly names?: string;
}

const pressure = { unit: 'mm[Hg]', unitText: 'mmHg' };
const glucose = 'glucose, blood glucose, blood sugar, bgl';

/** Entries may share names where their units tell them apart. */
export const vitalTable: Readonly<Record<string, TableEntry>> = {
  '8867-4': {
    ...{ display: 'Heart rate', unit: '/min', unitText: 'beats/min' },
    names: 'heart rate, hr, pulse, pulse rate, pr',
  },
  '9279-1': {
    ...{ display: 'Respiratory rate', unit: '/min', unitText: 'breaths/min' },
    names: 'respiratory rate, respiration rate, respiration, respirations, resp, resp rate, rr',
  },
  '8310-5': {
    ...{ display: 'Body temperature', unit: 'Cel', unitText: '°C' },
    names: 'body temperature, temperature, body temp, temp',
  },
  '2708-6': {
    ...{ display: 'Oxygen saturation in Arterial blood', unit: '%', also: '59408-5' },
    names: 'oxygen saturation, spo2, o2 saturation, o2 sat, o2 sats, sats, pulse oximetry',
  },
  '59408-5': { display: 'Oxygen saturation in Arterial blood by Pulse oximetry', unit: '%' },
  '85354-9': {
    ...{ display: 'Blood pressure panel with all children optional', ...pressure },
    names: 'blood pressure, bp, nibp, blood pressure panel',
  },
  '8480-6': {
    ...{ display: 'Systolic blood pressure', ...pressure },
    names: 'systolic blood pressure, systolic, systolic bp, sbp, sys, nibp systolic',
  },
  '8462-4': {
    ...{ display: 'Diastolic blood pressure', ...pressure },
    names: 'diastolic blood pressure, diastolic, diastolic bp, dbp, dia, nibp diastolic',
  },
  '8478-0': {
    ...{ display: 'Mean blood pressure', ...pressure },
    names: 'mean blood pressure, mean arterial pressure, map, mbp',
  },
  '39156-5': {
    ...{ display: 'Body mass index (BMI) [Ratio]', unit: 'kg/m2', unitText: 'kg/m²' },
    names: 'body mass index, bmi',
  },
  '29463-7': { display: 'Body weight', unit: 'kg', names: 'body weight, weight, wt' },
  '8302-2': { display: 'Body height', unit: 'cm', names: 'body height, height, ht' },
  '9843-4': {
    ...{ display: 'Head Occipital-frontal circumference', unit: 'cm' },
    names: 'head circumference, ofc',
  },
  '72514-3': {
    ...{ display: 'Pain severity - 0-10 verbal numeric rating [Score] - Reported', unit: '{score}' },
    names: 'pain severity, pain, pain score, nrs',
  },
  '2339-0': { display: 'Glucose [Mass/volume] in Blood', unit: 'mg/dL', names: glucose },
  '15074-8': { display: 'Glucose [Moles/volume] in Blood', unit: 'mmol/L', names: glucose },
  '67775-7': {
    ...{ display: 'Level of responsiveness', answers: 'consciousness' },
    names: 'consciousness, level of consciousness, loc, acvpu, avpu, level of responsiveness',
  },
  '80288-4': { display: 'Level of consciousness', answers: 'consciousness' },
  '3151-8': {
    ...{ display: 'Inhaled oxygen flow rate', unit: 'L/min', answers: 'oxygen' },
    names: 'inhaled oxygen flow rate, oxygen flow, oxygen flow rate, o2 flow, o2 flow rate',
  },
  '3150-0': {
    ...{ display: 'Inhaled oxygen concentration', unit: '%', answers: 'oxygen' },
    names: 'inhaled oxygen concentration, inspired oxygen, oxygen concentration, fio2',
  },
  '44963-7': {
    ...{ display: 'Capillary refill [Time] of Nail bed', unit: 's' },
    names: 'capillary refill, capillary refill time, cap refill, crt',
  },
  '80341-1': {
    ...{ display: 'Respiratory effort', answers: 'effort' },
    names: 'respiratory effort, effort, work of breathing, respiratory distress',
  },
};

/** What is pressed into one reading as systolic/diastolic. */
export const bloodPressure = { panel: '85354-9', parts: ['8480-6', '8462-4'] };

/** Air or oxygen, without how much: an answer, never a number. */
export const oxygenSupply = {
  ...{ code: '3150-0', text: 'Oxygen supply' },
  names: 'on oxygen, oxygen supply, air or oxygen, supplemental oxygen',
};
