// What is stored and what should be, side by side: the annotations of every value, the rows of vital_reading and the scores, counted
// again from the resources as they are in the database.
import type { Json } from '../../bundles/bundleSupport.ts';
import { queryRows } from '../../support/rowCounts.ts';
import { send, type TestServer } from '../../support/testServer.ts';
import { amountIn } from './amounts.ts';
import {
  definitionsFor,
  isWithdrawn,
  judgeNaively,
  unitOf,
  type Verdict,
  type Ward,
} from './judgeNaively.ts';
import { type NaiveScore, news2Naively } from './news2Naively.ts';

const EXTENSIONS = 'https://salus.example/fhir/StructureDefinition/';
const NEWS2 = 'http://snomed.info/sct|1104051000000101';

/** Everything in a database that the recount looks at. */
export interface Stored extends Ward {
  observations: Json[];
  scores: Json[];
}

/** Reads the definitions over HTTP, all else from the database. */
export async function readStored({ base, databaseUrl }: TestServer): Promise<Stored> {
  const { body } = await send('GET', `${base}/ObservationDefinition?_count=1000`);
  const read = async (...types: string[]): Promise<Json[]> => {
    const sql = 'SELECT content FROM resource WHERE type = ANY($1) AND NOT deleted ORDER BY type, id';
    return (await queryRows<{ content: Json }>(databaseUrl, sql, [types])).map(({ content }) => content);
  };
  const all = await read('Observation');
  const isScore = ({ identifier }: Json) => identifier?.[0].system === 'urn:salus:score';
  const states = Map.groupBy(
    (await read('Condition', 'Flag')).filter(({ identifier }) => {
      return !identifier?.some(({ system }: Json) => system === `https://salus.example/fhir/sid/alerts`);
    }),
    ({ subject }) => subject.reference.slice('Patient/'.length),
  );
  return {
    definitions: body.entry.map(({ resource }: Json) => resource),
    patients: new Map((await read('Patient')).map((patient) => [patient.id, patient])),
    states,
    observations: all.filter((each) => !isScore(each)),
    scores: all.filter(isScore),
  };
}

/** What the server says of one value. */
interface Annotation {
  at: string;
  interpretation?: string;
  /** computed, beside another one that was sent */
  otherwise?: string;
  by?: string;
  range?: { low?: number; high?: number; by: string };
}

/** The values of all Observations, with their place: -1 for the Observation's own. */
function* valuesOf(observations: readonly Json[]): Generator<[observation: Json, part: Json, place: number]> {
  for (const observation of observations) {
    yield [observation, observation, -1];
    for (const [place, part] of (observation.component ?? []).entries()) yield [observation, part, place];
  }
}

const rulesetOf = ({ extension }: Json): string | undefined =>
  extension?.find(({ url }: Json) => url === `${EXTENSIONS}ruleset`)?.valueString;
const place = ({ id }: Json, component: number): string => `Observation/${id} ${component}`;

/** The annotations as they are stored. */
export function annotationsStored({ observations }: Stored): Annotation[] {
  return [...valuesOf(observations)].flatMap(([observation, part, component]) => {
    const interpretation = (part.interpretation ?? []).find(rulesetOf);
    const otherwise = part.extension?.find(({ url }: Json) => url === `${EXTENSIONS}computed-interpretation`);
    const range = (part.referenceRange ?? []).find(rulesetOf);
    if (!interpretation && !otherwise && !range) return [];
    const decided = interpretation ?? otherwise?.valueCodeableConcept;
    const annotation: Annotation = { at: place(observation, component) };
    if (decided) {
      annotation[interpretation ? 'interpretation' : 'otherwise'] = decided.coding[0].code;
      annotation.by = rulesetOf(decided)!;
    }
    if (range) annotation.range = { ...boundsOf(range), by: rulesetOf(range)! };
    return [annotation];
  });
}

const boundsOf = ({ low, high }: Json) => ({
  ...(low && { low: low.value }),
  ...(high && { high: high.value }),
});

/** The annotations as they should be. */
export function annotationsExpected(stored: Stored): Annotation[] {
  return [...valuesOf(stored.observations)].flatMap(([observation, part, component]) => {
    const verdict = judgeNaively(stored, observation, part);
    if (verdict === undefined || verdict === 'impossible') return [];
    const sent = (part.interpretation ?? []).filter((each: Json) => !rulesetOf(each));
    const sentRanges = (part.referenceRange ?? []).filter((each: Json) => !rulesetOf(each));
    const annotation: Annotation = { at: place(observation, component) };
    if (sent.length === 0) annotation.interpretation = verdict.level;
    else if (!saysSo(sent, verdict)) annotation.otherwise = verdict.level;
    if (annotation.interpretation ?? annotation.otherwise) annotation.by = verdict.by;
    if (sentRanges.length === 0 && verdict.rangeBy !== undefined) {
      const { low, high, rangeBy } = verdict;
      annotation.range = {
        ...(low !== undefined && { low }),
        ...(high !== undefined && { high }),
        by: rangeBy,
      };
    }
    return Object.keys(annotation).length > 1 ? [annotation] : [];
  });
}

/** Abnormal is what low and high are too, critically abnormal what both are when critical. */
function saysSo(sent: Json[], { level }: Verdict): boolean {
  const vague: Record<string, string> = { L: 'A', H: 'A', LL: 'AA', HH: 'AA' };
  return sent.some(({ coding }) => coding.some(({ code }: Json) => code === level || code === vague[level]));
}

/** How often each code was found to be LL, L, N, H, HH. */
export function countLevels(stored: Stored): Record<string, Record<string, number>> {
  const counts: Record<string, Record<string, number>> = {};
  for (const [observation, part] of valuesOf(stored.observations)) {
    const verdict = judgeNaively(stored, observation, part);
    if (verdict === undefined) continue;
    const level = verdict === 'impossible' ? verdict : verdict.level;
    const { code } = part.code.coding[0];
    counts[code] ??= {};
    counts[code][level] = (counts[code][level] ?? 0) + 1;
  }
  return counts;
}

type Row = [reading: string, value: number | null];

/** To eight digits, as exact as any value in the tests. */
const rounded = (value: number): number => Number(value.toPrecision(8));

/** The rows of vital_reading. */
export async function readingsStored({ databaseUrl }: TestServer): Promise<Row[]> {
  const rows = await queryRows<Record<string, Json>>(
    databaseUrl,
    'SELECT patient, code, time, observation, component, value FROM vital_reading',
  );
  return rows
    .map(
      (row): Row => [
        `${row.patient} ${row.code} ${row.time.toISOString()} ${row.observation} ${row.component}`,
        row.value === null ? null : rounded(row.value),
      ],
    )
    .sort(byText);
}

const byText = ([a]: Row, [b]: Row): number => (a < b ? -1 : a > b ? 1 : 0);

/** What scores read besides the vital signs: capillary refill and effort of breathing. */
const besides = ['44963-7', '80341-1', '271825005'];

/** The rows as they should be: a value each, of vital signs and scores. */
export function readingsExpected(stored: Stored): Row[] {
  const rows = [...valuesOf(stored.observations)].flatMap(([observation, part, component]): Row[] => {
    const patient = observation.subject.reference.slice('Patient/'.length);
    const found = definitionsFor(stored, part.code?.coding, patient);
    const sign = found && (found.everybodys[0] ?? found.own[0]);
    const coding =
      sign?.code.coding[0] ?? part.code?.coding?.find(({ code }: Json) => besides.includes(code));
    const hasValue = Object.keys(part).some((key) => /^value[A-Z]/.test(key));
    if (!coding || !hasValue || isWithdrawn(observation) || observation.status === 'registered') return [];
    const unit = sign && unitOf(sign);
    const isPossible = judgeNaively(stored, observation, part) !== 'impossible';
    const value = unit && isPossible && part.valueQuantity ? amountIn(part.valueQuantity, unit) : undefined;
    const time = new Date(observation.effectiveDateTime).toISOString();
    return [
      [
        `${patient} ${coding.system}|${coding.code} ${time} ${observation.id} ${component}`,
        value === undefined ? null : rounded(value),
      ],
    ];
  });
  const scores = stored.scores
    .filter(({ status }) => status !== 'entered-in-error')
    .map(({ subject, effectiveDateTime, id, valueInteger }): Row => {
      const patient = subject.reference.slice('Patient/'.length);
      return [`${patient} ${NEWS2} ${new Date(effectiveDateTime).toISOString()} ${id} -1`, valueInteger];
    });
  return [...rows, ...scores].sort(byText);
}

type Scores = Record<string, NaiveScore>;
const sorted = (scores: Iterable<[string, NaiveScore]>): Scores =>
  Object.fromEntries([...scores].sort(([a], [b]) => (a < b ? -1 : 1)));

/** The scores that are stored and not withdrawn, by patient and time. */
export function scoresStored({ scores }: Stored): Scores {
  const current = scores.filter(({ status }) => status !== 'entered-in-error');
  return sorted(
    current.map((score): [string, NaiveScore] => {
      const subscores = score.component.map(({ code, valueInteger }: Json) => [
        code.coding[0].code,
        valueInteger,
      ]);
      const bandSystem = 'https://salus.example/fhir/CodeSystem/score-bands';
      return [
        `${score.subject.reference.slice('Patient/'.length)} ${score.effectiveDateTime}`,
        {
          total: score.valueInteger,
          band: score.interpretation[0].coding.find(({ system }: Json) => system === bandSystem).code,
          subscores: Object.fromEntries(subscores),
          derivedFrom: score.derivedFrom.map(({ reference }: Json) => reference.split('/_history')[0]).sort(),
          status: score.status,
        },
      ];
    }),
  );
}

/** The scores as they should be. */
export const scoresExpected = (stored: Stored): Scores => sorted(news2Naively(stored, stored.observations));
