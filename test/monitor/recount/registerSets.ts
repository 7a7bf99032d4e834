// Sets of readings for early-warning scores: full, partial and overlapping ones, registered in random order, then corrected,
// moved to other patients, withdrawn and deleted.
import { createRandom, type Random } from '../../../synthea-data/random.ts';
import type { Json } from '../../bundles/bundleSupport.ts';
import { send, type TestServer } from '../../support/testServer.ts';
import { admit, untilFollowedUp } from '../ward.ts';

const PATIENTS = 60;
const AT_ONCE = 6;
const MINUTE = 60_000;

/** Registers them; some are of children and pregnant women, who have no NEWS2. */
export async function registerSets(server: TestServer): Promise<void> {
  const random = createRandom('sets for early-warning scores');
  const patients = Array.from({ length: PATIENTS }, (_, i) => `scored-${i}`);
  for (const [i, id] of patients.entries()) {
    await admit(server, id, { birthDate: i % 10 === 3 ? '2019-05-31' : `19${random.int(40, 99)}-02-28` });
    if (i % 10 === 5) await state(server, { resourceType: 'Condition', ...pregnancy(id) });
    if (i % 10 === 7) await state(server, { resourceType: 'Flag', ...hypercapnia(id) });
  }
  const created: Json[] = [];
  await eachOf(
    shuffled(
      random,
      patients.flatMap((id) => setsOf(random, id)),
    ),
    async (observation) => {
      created.push(await write('POST', `${server.base}/Observation`, observation, 201));
    },
  );
  // So that there is something to take back.
  await untilFollowedUp(server);
  created.sort((a, b) =>
    a.code.coding[0].code + a.effectiveDateTime < b.code.coding[0].code + b.effectiveDateTime ? -1 : 1,
  );
  const changes = created.flatMap((stored) => {
    const change = random.weighted<Change | undefined>([
      [undefined, 110],
      [revalued, 12],
      [moved, 3],
      [withdrawn, 3],
      [preliminary, 4],
      [deleted, 3],
    ]);
    return change ? [[stored, change(random, stored)] as const] : [];
  });
  await eachOf(shuffled(random, changes), async ([{ id }, changed]) => {
    const url = `${server.base}/Observation/${id}`;
    if (changed) await write('PUT', url, changed, 200);
    else await write('DELETE', url, undefined, 204);
  });
}

async function state(server: TestServer, resource: Json): Promise<void> {
  await write('POST', `${server.base}/${resource.resourceType}`, resource, 201);
}

async function write(method: string, url: string, body: Json, expected: number): Promise<Json> {
  const answer = await send(method, url, body);
  if (answer.status !== expected) throw new Error(`${method} ${url}: ${answer.status} ${answer.text}`);
  return answer.body;
}

/** Does something for each, a few at a time. */
async function eachOf<T>(all: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  const worker = async () => {
    for (const one of rest) await act(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

function shuffled<T>(random: Random, all: readonly T[]): T[] {
  return all
    .map((one) => ({ one, at: random.unit() }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
}

const subjectOf = (patient: string) => ({ subject: { reference: `Patient/${patient}` } });

const pregnancy = (patient: string): Json => ({
  ...subjectOf(patient),
  clinicalStatus: coded('http://terminology.hl7.org/CodeSystem/condition-clinical', 'active'),
  verificationStatus: coded('http://terminology.hl7.org/CodeSystem/condition-ver-status', 'confirmed'),
  code: coded('http://snomed.info/sct', '77386006'),
  // Some of the sets were measured before.
  onsetDateTime: new Date(now - 3 * 24 * 60 * MINUTE).toISOString(),
});

const hypercapnia = (patient: string): Json => ({
  ...subjectOf(patient),
  status: 'active',
  code: coded('https://salus.example/fhir/CodeSystem/scores', 'spo2-scale-2'),
});

const coded = (system: string, code: string) => ({ coding: [{ system, code }] });
const now = Date.now();

/** Two to four sets of a patient; where two are less than an hour apart they overlap. */
function setsOf(random: Random, patient: string): Json[] {
  let end = now - random.pick([5, 300, 9 * 24 * 60]) * MINUTE - random.int(0, 59_999);
  return Array.from({ length: random.int(2, 4) }, () => {
    end -= random.pick([25, 45, 120]) * MINUTE;
    const left = random.chance(0.15) ? random.pick(vitals) : undefined;
    // All at once, within the hour, at the very beginning of the hour, just before it.
    const spread = random.pick([0, 20, 20, 59, 60, 61]) * MINUTE;
    return vitals
      .filter((vital) => vital !== left)
      .map((vital, i) => {
        const before = i === 0 ? spread : i === 6 ? 0 : random.int(0, Math.min(spread, 59 * MINUTE));
        return observation(random, patient, vital, end - before);
      });
  }).flat();
}

const vitals = [
  'respiration',
  'spo2',
  'oxygen',
  'pressure',
  'pulse',
  'consciousness',
  'temperature',
] as const;

const codes = {
  ...{ respiration: '9279-1', spo2: '59408-5', oxygen: '3151-8', pressure: '85354-9', pulse: '8867-4' },
  ...{ consciousness: '67775-7', temperature: '8310-5' },
};

function observation(random: Random, patient: string, vital: (typeof vitals)[number], time: number): Json {
  return {
    ...{ resourceType: 'Observation', status: 'final', ...subjectOf(patient) },
    code: coded('http://loinc.org', codes[vital]),
    effectiveDateTime: new Date(time).toISOString(),
    ...measured(random, vital),
  };
}

const quantity = (value: number, code: string) => ({
  valueQuantity: { value, unit: code, system: 'http://unitsofmeasure.org', code },
});

function measured(random: Random, vital: (typeof vitals)[number]): Json {
  switch (vital) {
    case 'respiration':
      return quantity(random.pick([8, 9, 11, 12, 16, 20, 21, 24, 25]), '/min');
    case 'spo2':
      return quantity(random.pick([83, 84, 85, 86, 87, 88, 91, 92, 93, 94, 95, 96, 97, 100]), '%');
    case 'oxygen':
      return quantity(random.pick([0, 0, 0, 2, 15]), 'L/min');
    case 'pressure':
      return {
        component: [
          {
            code: coded('http://loinc.org', '8480-6'),
            ...quantity(random.pick([90, 91, 100, 101, 110, 111, 219, 220]), 'mm[Hg]'),
          },
          { code: coded('http://loinc.org', '8462-4'), ...quantity(random.int(50, 89), 'mm[Hg]') },
        ],
      };
    case 'pulse':
      return quantity(random.pick([40, 41, 50, 51, 70, 90, 91, 110, 111, 130, 131, 400]), '/min');
    case 'consciousness':
      return {
        valueCodeableConcept: coded(
          'http://snomed.info/sct',
          random.pick(['248234008', '248234008', '248234008', '130987000', '450847001', '422768004']),
        ),
      };
    case 'temperature':
      return random.chance(0.3)
        ? quantity(random.pick([95, 96.8, 97, 100.4, 100.5, 102.2, 102.4]), '[degF]')
        : quantity(random.pick([35, 35.1, 36, 36.1, 37.2, 38, 38.1, 39, 39.1]), 'Cel');
  }
}

/** Gives what is to be stored instead; nothing to delete it. */
type Change = (random: Random, stored: Json) => Json | undefined;

/** As its sender would have sent it. */
function sent({ interpretation: _, referenceRange: _range, meta: _meta, component, ...rest }: Json): Json {
  const parts = component?.map(({ interpretation: _, referenceRange: _range, ...part }: Json) => part);
  return { ...rest, ...(parts && { component: parts }) };
}

const vitalOf = ({ code }: Json) => vitals.find((vital) => codes[vital] === code.coding[0].code)!;

const revalued: Change = (random, stored) => {
  return { ...sent(stored), status: 'corrected', ...measured(random, vitalOf(stored)) };
};
const moved: Change = (random, stored) => ({
  ...sent(stored),
  ...(random.chance(0.5)
    ? subjectOf(`scored-${random.int(0, PATIENTS - 1)}`)
    : {
        effectiveDateTime: new Date(
          Date.parse(stored.effectiveDateTime) - random.int(1, 5_000_000),
        ).toISOString(),
      }),
});
const withdrawn: Change = (random, stored) => {
  return { ...sent(stored), status: random.pick(['entered-in-error', 'cancelled']) };
};
const preliminary: Change = (_, stored) => ({ ...sent(stored), status: 'preliminary' });
const deleted: Change = () => undefined;
