// Vital signs at, beside and far from the limits of every range in force, of patients of all ages, in several units, some with
// ranges or interpretations of their own.
import { createRandom, type Random } from '../../../synthea-data/random.ts';
import { type Json, transaction } from '../../bundles/bundleSupport.ts';
import { send, type TestServer } from '../../support/testServer.ts';

const PATIENTS = 60;
const VALUES = 1500;
const IN_A_TRANSACTION = 100;
const DAY = 86_400_000;
const ucum = 'http://unitsofmeasure.org';
const today = Date.parse('2026-03-01T00:00:00Z');

/** Registers them in transactions. */
export async function registerValues(server: TestServer): Promise<void> {
  const random = createRandom('values beside limits');
  const { body } = await send('GET', `${server.base}/ObservationDefinition?_count=1000`);
  const definitions: Json[] = body.entry.map(({ resource }: Json) => resource);
  const patients = Array.from({ length: PATIENTS }, (_, i) => patientOf(random, i));
  const states = patients.flatMap(({ id }, i) => statesOf(random, id, i));
  const own = patients.filter((_, i) => i % 12 === 1).map(({ id }) => ownRange(id));
  await put(server, [...patients, ...states, ...own]);
  const observations = Array.from({ length: VALUES }, (_, i) => ({
    ...observationOf(random, random.pick(patients), random.pick(definitions)),
    id: `value-${i}`,
  }));
  for (let at = 0; at < VALUES; at += IN_A_TRANSACTION) {
    await put(server, observations.slice(at, at + IN_A_TRANSACTION));
  }
}

async function put({ base }: TestServer, resources: readonly Json[]): Promise<void> {
  const entries = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  const { status, text } = await send('POST', base, transaction(entries));
  if (status !== 200) throw new Error(text);
}

const written = (time: number) => new Date(time).toISOString();

/** As many are newborn, infants, children and adults. */
function patientOf(random: Random, i: number): Json {
  const [youngest, oldest] = random.pick([
    [0, 40],
    [0, 700],
    [365, 6000],
    [5500, 35_000],
  ] as const);
  const birthDate = i === 0 ? '2024-02-29' : written(today - random.int(youngest, oldest) * DAY).slice(0, 10);
  return { resourceType: 'Patient', id: `one-${i}`, gender: random.pick(['male', 'female']), birthDate };
}

const coded = (system: string, code: string) => ({ coding: [{ system, code }] });

function statesOf(random: Random, patient: string, i: number): Json[] {
  const subject = { reference: `Patient/${patient}` };
  const code = [
    coded('http://snomed.info/sct', '77386006'),
    coded('http://snomed.info/sct', '165517008'),
    coded('https://salus.example/fhir/CodeSystem/scores', 'spo2-scale-2'),
  ][i % 6];
  if (!code) return [];
  const from = today + random.int(-40, 20) * DAY;
  if (i % 6 === 2) {
    const period = { start: written(from), ...(random.chance(0.5) && { end: written(from + 15 * DAY) }) };
    return [{ resourceType: 'Flag', id: `state-${i}`, status: 'active', subject, code, period }];
  }
  const ends = random.chance(0.5);
  const verification = random.pick(['confirmed', 'confirmed', 'confirmed', 'refuted']);
  return [
    {
      ...{ resourceType: 'Condition', id: `state-${i}`, subject, code, onsetDateTime: written(from) },
      clinicalStatus: coded(
        'http://terminology.hl7.org/CodeSystem/condition-clinical',
        ends ? 'resolved' : 'active',
      ),
      verificationStatus: coded('http://terminology.hl7.org/CodeSystem/condition-ver-status', verification),
      ...(ends && { abatementDateTime: written(from + 15 * DAY) }),
    },
  ];
}

/** Of heart rates: lower ones are usual for this patient, and nothing is said of high ones. */
function ownRange(patient: string): Json {
  const interval = (category: string, range: Json) => ({ category, range });
  const bound = (value: number) => ({ value, system: ucum, code: '/min' });
  return {
    ...{ resourceType: 'ObservationDefinition', id: `range-${patient}` },
    extension: [
      {
        url: 'https://salus.example/fhir/StructureDefinition/range-patient',
        valueReference: { reference: `Patient/${patient}` },
      },
    ],
    code: coded('http://loinc.org', '8867-4'),
    quantitativeDetails: { unit: coded(ucum, '/min') },
    qualifiedInterval: [
      interval('reference', { low: bound(35) }),
      ...(patient.endsWith('3') ? [interval('critical', { low: bound(30), high: bound(200) })] : []),
    ],
  };
}

function observationOf(random: Random, patient: Json, definition: Json): Json {
  const born = Date.parse(patient.birthDate);
  const birthday = new Date(born).setUTCFullYear(new Date(born).getUTCFullYear() + random.int(0, 18));
  // Around a birthday, or around today; in some zone, never before the birth.
  const around = random.chance(0.3) ? birthday : today;
  const at = Math.max(around + random.int(-2, 30) * DAY + random.int(0, 86_399) * 1000, born + DAY);
  const [zone, offset] = random.pick([
    ['Z', 0],
    ['+14:00', 14],
    ['-09:30', -9.5],
  ] as const);
  const moment = new Date(at + offset * 3_600_000).toISOString().replace(/\.\d+Z$/, zone);
  const observation = {
    resourceType: 'Observation',
    status: random.weighted([
      ['final', 12],
      ['preliminary', 1],
      ['registered', 1],
      ['cancelled', 1],
      ['entered-in-error', 1],
    ]),
    ...(random.chance(0.03) && {
      meta: { security: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'HTEST' }] },
    }),
    subject: { reference: `Patient/${patient.id}` },
    effectiveDateTime: moment,
  };
  const code = { coding: [random.pick(definition.code.coding as Json[])] };
  const part = { code, ...measured(random, definition) };
  if (random.chance(0.8)) return { ...observation, ...part };
  const other = { code: coded('http://loinc.org', '72514-3'), ...quantity(random.int(0, 10), '{score}') };
  return { ...observation, code: coded('http://loinc.org', '85353-1'), component: [part, other] };
}

const quantity = (value: number, code: string): Json => ({
  valueQuantity: { value, unit: code, system: ucum, code },
});

/** Other units, with what an amount is in them. */
const others: Readonly<Record<string, [unit: string, convert: (value: number) => number][]>> = {
  Cel: [['[degF]', (value) => value * 1.8 + 32]],
  'mm[Hg]': [['kPa', (value) => value * 0.133322]],
  kg: [
    ['g', (value) => value * 1000],
    ['[lb_av]', (value) => value / 0.45359237],
  ],
  cm: [
    ['m', (value) => value / 100],
    ['[in_i]', (value) => value / 2.54],
  ],
  '/min': [
    ['{beats}/min', (value) => value],
    ['/s', (value) => value / 60],
  ],
  'L/min': [['mL/min', (value) => value * 1000]],
  'mg/dL': [['g/L', (value) => value / 100]],
};

function measured(random: Random, definition: Json): Json {
  const intervals: Json[] = definition.qualifiedInterval ?? [];
  if (intervals.length === 0) {
    const answers = ['248234008', '130987000', '300202002', '450847001', '422768004', '3415004'];
    return { valueCodeableConcept: coded('http://snomed.info/sct', random.pick(answers)) };
  }
  const unit = definition.quantitativeDetails.unit.coding[0].code as string;
  const { low, high } = random.pick(intervals).range;
  const bound = (random.chance(0.5) ? low : high) ?? low ?? high;
  const step = random.pick([0, -0.1, 0.1, 1, -1, 7, -7, 40]);
  const value = Math.round((bound.value + step) * 10) / 10;
  const [shown, convert] = random.pick([[unit, (same: number) => same] as const, ...(others[unit] ?? [])]);
  // Beside a limit when it is converted back, never as near as rounding goes.
  const amount = Number(convert(value).toPrecision(8));
  const result = random.weighted<Json>([
    [quantity(amount, shown), 40],
    [quantity(amount, 'mol/kg'), 1],
    [{ dataAbsentReason: { text: 'asleep' } }, 1],
  ]);
  const level = random.pick(['LL', 'L', 'N', 'H', 'HH', 'A', 'AA']);
  const interpretation = [coded('http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation', level)];
  const own = { low: bound.value - random.int(0, 3), high: bound.value + random.int(0, 5) };
  const range = {
    ...(random.chance(0.8) && { low: quantity(own.low, unit).valueQuantity }),
    high: quantity(own.high, unit).valueQuantity,
  };
  return {
    ...result,
    ...(random.chance(0.2) && { interpretation }),
    ...(random.chance(0.1) && { referenceRange: [range] }),
  };
}
