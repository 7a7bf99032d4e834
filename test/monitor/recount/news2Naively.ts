// NEWS2 scored from its chart (Royal College of Physicians, 2017), for the recount: every moment at which a patient has a reading,
// with the newest of each parameter of the hour before. Shares no code with the server.
import type { Json } from '../../bundles/bundleSupport.ts';
import { ageOn, amountIn } from './amounts.ts';
import { isKnown, isWithdrawn, judgeNaively, type Ward } from './judgeNaively.ts';

const HOUR = 3_600_000;

/** Codes of LOINC and SNOMED CT, with the unit of the chart. */
const told: Readonly<Record<string, [parameter: string, unit?: string]>> = {
  '9279-1': ['respiration', '/min'],
  '2708-6': ['spo2', '%'],
  '59408-5': ['spo2', '%'],
  '3151-8': ['flow', 'L/min'],
  '3150-0': ['fraction', '%'],
  '8480-6': ['systolic', 'mm[Hg]'],
  '8867-4': ['pulse', '/min'],
  '67775-7': ['consciousness'],
  '80288-4': ['consciousness'],
  '8310-5': ['temperature', 'Cel'],
};
const isAlert = ['248234008', 'LA9340-6'];
const isNotAlert = [
  ...['130987000', '300202002', '450847001', '422768004'],
  ...['LA6560-2', 'LA17108-4', 'LA17107-6', 'LA9343-0'],
];

interface Reading {
  parameter: string;
  value: number;
  time: number;
  observation: string;
  preliminary: boolean;
}

/** A score as it is to be stored. */
export interface NaiveScore {
  total: number;
  band: string;
  /** by SNOMED CT code */
  subscores: Record<string, number>;
  derivedFrom: string[];
  status: string;
}

/** The scores of everybody, by `[patient] [time]`. */
export function news2Naively(ward: Ward, observations: readonly Json[]): Map<string, NaiveScore> {
  const byPatient = new Map<string, Reading[]>();
  for (const observation of observations) {
    const patient = observation.subject.reference.slice('Patient/'.length);
    const own = byPatient.get(patient) ?? [];
    byPatient.set(patient, own);
    own.push(...readingsIn(ward, observation));
  }
  const scores = new Map<string, NaiveScore>();
  for (const [patient, readings] of byPatient) {
    for (const { time } of readings) {
      const at = new Date(time).toISOString();
      if (ageOn(ward.patients.get(patient)!.birthDate, at).a < 16) continue;
      if (isKnown(ward, patient, pregnant, at)) continue;
      const scale2 = isKnown(ward, patient, scale2Codes, at);
      const score = scoreOf(readings, time, scale2);
      if (score) scores.set(`${patient} ${at}`, score);
    }
  }
  return scores;
}

const pregnant = [
  { system: 'http://snomed.info/sct', code: '77386006' },
  { system: 'http://loinc.org', code: 'LA15173-0' },
];
const scale2Codes = [{ system: 'https://salus.example/fhir/CodeSystem/scores', code: 'spo2-scale-2' }];

function readingsIn(ward: Ward, observation: Json): Reading[] {
  const { id, status, effectiveDateTime, component = [] } = observation;
  if (isWithdrawn(observation) || !['final', 'amended', 'corrected', 'preliminary'].includes(status))
    return [];
  const common = {
    ...{ time: Date.parse(effectiveDateTime), observation: `Observation/${id}` },
    preliminary: status === 'preliminary',
  };
  return [observation, ...component].flatMap((part: Json): Reading[] => {
    const [parameter, unit] = part.code.coding.map(({ code }: Json) => told[code]).find(Boolean) ?? [];
    if (parameter === undefined || judgeNaively(ward, observation, part) === 'impossible') return [];
    const reading = (name: string, value: number) => [{ parameter: name, value, ...common }];
    if (parameter === 'consciousness') {
      const codes = (part.valueCodeableConcept?.coding ?? []).map(({ code }: Json) => code);
      if (codes.some((code: string) => isAlert.includes(code))) return reading(parameter, 0);
      return codes.some((code: string) => isNotAlert.includes(code)) ? reading(parameter, 3) : [];
    }
    const amount = part.valueQuantity && amountIn(part.valueQuantity, unit);
    if (amount === undefined) return [];
    if (parameter === 'flow') return reading('oxygen', amount > 0 ? 2 : 0);
    if (parameter === 'fraction') return reading('oxygen', amount > 21 ? 2 : 0);
    return reading(parameter, amount);
  });
}

const order = ['respiration', 'spo2', 'oxygen', 'systolic', 'pulse', 'consciousness', 'temperature'];

function scoreOf(readings: readonly Reading[], at: number, scale2: boolean): NaiveScore | undefined {
  const within = readings.filter(({ time }) => time <= at && at - time <= HOUR);
  const newest = order.map((parameter) => {
    const all = within.filter((reading) => reading.parameter === parameter);
    const time = Math.max(...all.map((reading) => reading.time));
    const [only, other] = all.filter((reading) => reading.time === time);
    if (other) throw new Error(`two readings of ${parameter} at one time: the recount does not choose`);
    return only;
  });
  const used = newest.filter((reading) => reading !== undefined);
  if (used.length < order.length) return undefined;
  const [respiration, spo2, oxygen, systolic, pulse, consciousness, temperature] = used.map(
    ({ value }) => value,
  );
  const onOxygen = oxygen === 2;
  const subscores = {
    '1104301000000104': respirationScore(Math.round(respiration!)),
    ...(scale2
      ? { '1104321000000108': scale2Score(Math.round(spo2!), onOxygen) }
      : { '1104311000000102': scale1Score(Math.round(spo2!)) }),
    '1104331000000105': oxygen!,
    '1104341000000101': systolicScore(Math.round(systolic!)),
    '1104351000000103': pulseScore(Math.round(pulse!)),
    '1104361000000100': consciousness!,
    '1104371000000107': temperatureScore(Math.round(temperature! * 10)),
  };
  const scores = Object.values(subscores);
  const total = scores.reduce((sum, score) => sum + score, 0);
  const band = total >= 7 ? 'high' : total >= 5 ? 'medium' : scores.includes(3) ? 'low-medium' : 'low';
  return {
    ...{ total, band, subscores },
    derivedFrom: [...new Set(used.map(({ observation }) => observation))].sort(),
    status: used.some(({ preliminary }) => preliminary) ? 'preliminary' : 'final',
  };
}

function respirationScore(rate: number): number {
  if (rate <= 8 || rate >= 25) return 3;
  if (rate >= 21) return 2;
  return rate <= 11 ? 1 : 0;
}

function scale1Score(percent: number): number {
  if (percent >= 96) return 0;
  if (percent >= 94) return 1;
  return percent >= 92 ? 2 : 3;
}

function scale2Score(percent: number, onOxygen: boolean): number {
  if (percent <= 83) return 3;
  if (percent <= 85) return 2;
  if (percent <= 87) return 1;
  if (percent <= 92 || !onOxygen) return 0;
  if (percent <= 94) return 1;
  return percent <= 96 ? 2 : 3;
}

function systolicScore(pressure: number): number {
  if (pressure <= 90 || pressure >= 220) return 3;
  if (pressure <= 100) return 2;
  return pressure <= 110 ? 1 : 0;
}

function pulseScore(rate: number): number {
  if (rate <= 40 || rate >= 131) return 3;
  if (rate >= 111) return 2;
  return rate <= 50 || rate >= 91 ? 1 : 0;
}

/** Of tenths of a degree. */
function temperatureScore(tenths: number): number {
  if (tenths <= 350) return 3;
  if (tenths >= 391) return 2;
  return tenths <= 360 || tenths >= 381 ? 1 : 0;
}
