// A made-up course of one patient over the last hours: readings, and what becomes of some of them; and ways to register it.
import fc from 'fast-check';
import type { Json } from '../../bundles/bundleSupport.ts';
import { send, type TestServer } from '../../support/testServer.ts';
import { air, bloodPressure, consciousness, minutesAgo, reading } from '../ward.ts';

const vitals = [
  ...(['pulse', 'spo2', 'temperature', 'pressure', 'respiration', 'consciousness', 'oxygen'] as const),
];
type Vital = (typeof vitals)[number];

/** Normal, abnormal, critical and impossible values: systolic ones of blood pressure, L/min of oxygen, 1 for not alert. */
const values: Readonly<Record<Vital, readonly number[]>> = {
  pulse: [35, 45, 72, 80, 88, 105, 125, 135, 150, 400],
  spo2: [85, 91, 93, 96, 98, 99],
  temperature: [34.8, 35.5, 36.6, 37, 38.4, 39.4],
  pressure: [85, 95, 118, 125, 150, 190],
  respiration: [7, 14, 18, 22, 27],
  consciousness: [0, 0, 0, 1],
  oxygen: [0, 0, 2],
};

/** A reading, and what it becomes. */
export interface Measured {
  vital: Vital;
  /** before now; no two are equal */
  minutes: number;
  value: number;
  fate: 'kept' | 'corrected' | 'deleted' | 'entered-in-error';
  /** where it is corrected */
  corrected: number;
  /** when it is written, and when it meets its fate: any order of these */
  turns: readonly [number, number];
}

const turn = fc.double({ min: 0, max: 1, noNaN: true });

/** `kept`: how many are left as they are, of as many and three. */
const measured = (vital: Vital, kept: number) =>
  fc.record({
    vital: fc.constant(vital),
    value: fc.constantFrom(...values[vital]),
    fate: fc.oneof(
      { weight: kept, arbitrary: fc.constant('kept' as const) },
      { weight: 3, arbitrary: fc.constantFrom(...(['corrected', 'deleted', 'entered-in-error'] as const)) },
    ),
    corrected: fc.constantFrom(...values[vital]),
    turns: fc.tuple(turn, turn),
  });

const oldest = 20 * 60;
const single = fc.tuple(
  fc.oneof(...vitals.map((vital) => measured(vital, 5))),
  fc.oneof(fc.integer({ min: 1, max: oldest }), fc.integer({ min: 1, max: 120 })),
);
const fullSet = fc.tuple(
  fc.tuple(...vitals.map((vital) => measured(vital, 30))),
  fc.integer({ min: 1, max: oldest }),
);

/** Single readings and some full sets for a score. */
export const courses: fc.Arbitrary<Measured[]> = fc
  .tuple(
    fc.array(single, { minLength: 10, maxLength: 24 }),
    fc.array(fullSet, { minLength: 2, maxLength: 3 }),
  )
  .map(([singles, sets]) =>
    [...singles, ...sets.flatMap(([set, minutes]) => set.map((each) => [each, minutes] as const))].map(
      // Milliseconds apart, so that there is a first and a last of any two.
      ([each, minutes], i) => ({ ...each, minutes: minutes + i / 60_000 }),
    ),
  );

function resourceOf({ vital, minutes }: Measured, patient: string, value: number): Json {
  switch (vital) {
    case 'pressure':
      return bloodPressure(patient, value, value > 180 ? 125 : 75, minutes);
    case 'consciousness':
      return consciousness(patient, value === 0 ? 'A' : 'V', minutes);
    case 'oxygen': {
      const { valueQuantity, ...rest } = air(patient, minutes);
      return { ...rest, valueQuantity: { ...valueQuantity, value } };
    }
    default:
      return reading(patient, vital, value, minutes);
  }
}

/** In which order a course is written. */
export type Way = 'forward' | 'backward' | 'any order' | 'at once';

/** Writes a course in a way of its own, alternately to each of the servers. */
export async function register(
  servers: readonly TestServer[],
  patient: string,
  course: readonly Measured[],
  way: Way,
): Promise<void> {
  let turnOf = 0;
  const base = () => servers[turnOf++ % servers.length]!.base;
  const write = async (method: string, path: string, body: Json, expected: number): Promise<Json> => {
    const answer = await send(method, `${base()}/${path}`, body);
    if (answer.status !== expected) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  };
  const ids = new Map<Measured, string>();
  const create = async (one: Measured) => {
    ids.set(one, (await write('POST', 'Observation', resourceOf(one, patient, one.value), 201)).id);
  };
  const finish = async (one: Measured) => {
    const path = `Observation/${ids.get(one)}`;
    const id = { id: ids.get(one) };
    if (one.fate === 'deleted') await write('DELETE', path, undefined, 204);
    if (one.fate === 'entered-in-error') {
      const wrong = { ...resourceOf(one, patient, one.value), ...id, status: 'entered-in-error' };
      await write('PUT', path, wrong, 200);
    }
    if (one.fate === 'corrected') {
      const right = { ...resourceOf(one, patient, one.corrected), ...id, status: 'corrected' };
      await write('PUT', path, right, 200);
    }
  };
  if (way === 'any order') {
    const steps = course.flatMap((one) => [
      { at: Math.min(...one.turns), act: () => create(one) },
      { at: Math.max(...one.turns), act: () => finish(one) },
    ]);
    for (const { act } of steps.sort((a, b) => a.at - b.at)) await act();
    return;
  }
  const inTime = course.toSorted((a, b) => b.minutes - a.minutes);
  const rest = (way === 'forward' ? inTime : way === 'backward' ? inTime.toReversed() : course).values();
  const worker = async () => {
    for (const one of rest) {
      await create(one);
      await finish(one);
    }
  };
  await Promise.all(Array.from({ length: way === 'at once' ? 6 : 1 }, worker));
}

/** A reading as the alerts look at it: how severe, and whether it counts towards the end of one. */
export interface Graded {
  code: string;
  time: number;
  severity: 0 | 1 | 2 | 3;
  calms: boolean;
}

/** Of an adult: normal from and to, critical below and above. */
const limits: Readonly<Record<string, [code: string, normal: [number, number], critical: [number, number]]>> =
  {
    pulse: ['8867-4', [60, 100], [41, 130]],
    spo2: ['2708-6', [95, 100], [92, 100]],
    temperature: ['8310-5', [36.1, 38], [35.1, 39]],
    systolic: ['8480-6', [101, 139], [91, 180]],
    diastolic: ['8462-4', [60, 89], [0, 120]],
    respiration: ['9279-1', [12, 20], [9, 24]],
    consciousness: ['67775-7', [0, 0], [0, 0]],
  };

/** The readings that are left of a course. */
export function gradesOf(course: readonly Measured[]): Graded[] {
  return course.flatMap((one) => {
    if (one.fate === 'deleted' || one.fate === 'entered-in-error') return [];
    const value = one.fate === 'corrected' ? one.corrected : one.value;
    const parts: [string, number][] =
      one.vital === 'pressure'
        ? [
            ['systolic', value],
            ['diastolic', value > 180 ? 125 : 75],
          ]
        : [[one.vital, value]];
    return parts.flatMap(([name, amount]): Graded[] => {
      if (!limits[name]) return [];
      const [code, [low, high], [least, most]] = limits[name];
      const isImpossible = name === 'pulse' && amount === 400;
      const isCritical = !isImpossible && (amount < least || amount > most);
      const time = Date.parse(minutesAgo(one.minutes));
      return [{ code, time, severity: isCritical ? 3 : 0, calms: amount >= low && amount <= high }];
    });
  });
}

/** An alert that is on. */
export interface NaiveAlert {
  code: string;
  severity: number;
  start: number;
  /** the first of the most severe ones */
  worst: number;
  last: number;
}

const HALF_AN_HOUR = 30 * 60_000;

/** What is on by the shipped policy; `calming` readings in a row end an alert. */
export function alertsOf(readings: readonly Graded[], calming: number): NaiveAlert[] {
  return [...Map.groupBy(readings, ({ code }) => code)].flatMap(([code, own]) => {
    let alert: NaiveAlert | undefined;
    let isOn = false;
    let calm = 0;
    for (const { time, severity, calms } of own.toSorted((a, b) => a.time - b.time)) {
      calm = calms ? calm + 1 : 0;
      if (severity > 0) {
        if (!alert || (!isOn && time - alert.last > HALF_AN_HOUR)) {
          alert = { code, severity, start: time, worst: time, last: time };
        } else if (severity > alert.severity) alert = { ...alert, severity, worst: time, last: time };
        else alert = { ...alert, last: time };
        isOn = true;
      } else if (calm >= calming) isOn = false;
    }
    return alert && isOn ? [alert] : [];
  });
}
