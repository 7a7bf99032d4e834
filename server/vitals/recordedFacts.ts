// What the record says of a patient that ranges and scores ask for: diagnoses (condition.html), flags that clinicians set
// (flag.html) and answers to a few questions (observation.html), each with the time it holds for.
import { isJsonNumber, numberOf } from '../json/jsonNumber.ts';
import { alertIdentifiers } from './alerts/alertResources.ts';
import { convertAmount, unitOf } from './amount.ts';
import { instantsOf } from './contexts.ts';
import {
  type Concept,
  codesOf,
  type JsonObject,
  momentOf,
  type Observation,
  shareCode,
} from './observation.ts';
import { type Code, type Context, type PatientFacts, sameCode } from './vitalSign.ts';

const loinc = 'http://loinc.org';
const snomed = 'http://snomed.info/sct';
const DAY = 86_400_000;

/** A question whose answers are states of the patient. */
interface Question extends Code {
  /** how long an answer holds where none follows, ms */
  readonly holds: number;
  /** the states that its answers can be */
  readonly tells: readonly Code[];
  /** what an answer means that is no code of a state itself */
  readonly means?: readonly { readonly answer: Code; readonly state: Code }[];
}

const kind = (code: string, of: string): [string, Code] => [
  `${snomed}|${code}`,
  { system: snomed, code: of },
];

/** Diagnoses that say a state among other things: ranges and scores name the state alone. Migration 0007 has them too. */
const kinds: ReadonlyMap<string, Code> = new Map([
  kind('72892002', '77386006'), // normal pregnancy
  kind('47200007', '77386006'), // high-risk pregnancy
  kind('16356006', '77386006'), // multiple pregnancy
]);

/** The codes of a diagnosis, and the states they are kinds of. */
const statesOf = (concept: Concept | undefined): Code[] =>
  codesOf(concept).flatMap((code) => [code, kinds.get(`${code.system}|${code.code}`) ?? []].flat());

const fasting: Code = { system: snomed, code: '16985007' };

const questions: readonly Question[] = [
  {
    // Pregnancy status. No pregnancy outlasts 44 weeks.
    ...{ system: loinc, code: '82810-3' },
    holds: 44 * 7 * DAY,
    tells: [
      { system: loinc, code: 'LA15173-0' },
      { system: snomed, code: '77386006' },
    ],
  },
  {
    // Fasting status, reported with a specimen.
    ...{ system: loinc, code: '49541-6' },
    holds: DAY / 24,
    tells: [fasting],
    means: [{ answer: { system: loinc, code: 'LA33-6' }, state: fasting }],
  },
];

/** Gestational age at birth. */
const atBirth: Code = { system: loinc, code: '76516-4' };
/** Gestational age, also of a pregnancy: it is the patient's own only where it was told in the first month of life. */
const gestation: readonly Code[] = [
  { system: loinc, code: '11884-4' },
  { system: loinc, code: '18185-9' },
];
const FIRST_MONTH = 31 * DAY;

/** Observations that are looked at; nothing is told by others. */
const told: readonly Code[] = [...questions, atBirth, ...gestation].map(({ system, code }) => ({
  system,
  code,
}));

const toldCodes: ReadonlySet<string | undefined> = new Set(told.map(({ code }) => code));

/** Asked of every Observation that is stored. */
function mayTell(concept: Concept | undefined): boolean {
  for (const { code } of concept?.coding ?? []) if (toldCodes.has(code)) return true;
  return false;
}

/** What is asked to be known of a patient. */
export interface Asked {
  readonly contexts: readonly Code[];
  readonly gestationalAge: boolean;
}

interface RecordedResource {
  readonly resourceType?: string;
  readonly code?: Concept;
  readonly identifier?: readonly { readonly system?: string }[];
}

/** The codes under which a Condition, a Flag or an answer is found as something known of its patient. */
export function factCodes(resource: JsonObject): readonly Code[] {
  const { resourceType, code, identifier } = resource as RecordedResource;
  switch (resourceType) {
    case 'Condition':
      return statesOf(code);
    case 'Flag':
      // What this server raised itself says nothing new.
      return identifier?.some(({ system }) => system === alertIdentifiers) ? [] : statesOf(code);
    case 'Observation':
      return mayTell(code) ? told.filter((each) => shareCode(code!.coding!, [each])) : [];
    default:
      return [];
  }
}

/** The codes to look up for what is asked, each once. */
export function codesToLookUp({ contexts, gestationalAge }: Asked): readonly Code[] {
  const asks = (state: Code) => contexts.some((context) => sameCode(context, state));
  const codes = [
    ...contexts,
    ...questions.filter(({ tells }) => tells.some(asks)),
    ...(gestationalAge ? [atBirth, ...gestation] : []),
  ];
  return [...new Map(codes.map(({ system, code }) => [`${system}|${code}`, { system, code }])).values()];
}

/**
 * What is asked, as Conditions, Flags and answers of the patient tell it; their order does not matter.
 * @param birthDate of the patient
 */
export function recordedFacts(
  records: readonly JsonObject[],
  asked: Asked,
  birthDate: string | undefined,
): Pick<PatientFacts, 'contexts' | 'gestationalAge'> {
  if (records.length === 0) return { contexts: [] };
  const found: Context[] = [];
  for (const record of records) {
    const { resourceType, code } = record as RecordedResource;
    if (resourceType !== 'Condition' && resourceType !== 'Flag') continue;
    const period = resourceType === 'Condition' ? periodOfCondition(record) : periodOfFlag(record);
    if (period)
      for (const { system, code: value } of statesOf(code)) found.push({ system, code: value, ...period });
  }
  const answers = records.filter(isAnswer);
  for (const question of questions) found.push(...statesAnswered(question, answers));
  const wanted = found.filter((context) => asked.contexts.some((code) => sameCode(code, context)));
  const gestationalAge = asked.gestationalAge ? gestationOf(answers, birthDate) : undefined;
  return { contexts: sorted(wanted), ...(gestationalAge && { gestationalAge }) };
}

function sorted(contexts: readonly Context[]): Context[] {
  const byText = new Map(
    contexts.map((context) => {
      const { system, code, from, to } = context;
      return [`${system}|${code} ${from} ${to}`, context];
    }),
  );
  return [...byText].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, context]) => context);
}

type Period = Pick<Context, 'from' | 'to'>;

function periodFrom(from: string | undefined, to: string | undefined): Period {
  const first = instantsOf(from)?.[0];
  const last = instantsOf(to)?.[1];
  return { ...(first !== undefined && { from: first }), ...(last !== undefined && { to: last }) };
}

const hasCode = (concept: Concept | undefined, ...codes: string[]): boolean =>
  concept?.coding?.some(({ code }) => codes.includes(code!)) ?? false;

interface Condition {
  readonly verificationStatus?: Concept;
  readonly clinicalStatus?: Concept;
  readonly onsetDateTime?: string;
  readonly onsetPeriod?: { readonly start?: string };
  readonly abatementDateTime?: string;
  readonly abatementPeriod?: { readonly start?: string; readonly end?: string };
}

/** When a diagnosis held: nothing that is not confirmed, or that ended nobody knows when. */
function periodOfCondition(resource: JsonObject): Period | undefined {
  const condition = resource as Condition;
  const { verificationStatus, clinicalStatus, abatementPeriod } = condition;
  if (verificationStatus && !hasCode(verificationStatus, 'confirmed')) return undefined;
  const from = condition.onsetDateTime ?? condition.onsetPeriod?.start;
  const to = condition.abatementDateTime ?? abatementPeriod?.end ?? abatementPeriod?.start;
  const period = periodFrom(from, to);
  if (period.to !== undefined) return period;
  const hasEnded = Object.keys(resource).some((key) => key.startsWith('abatement'));
  const lasts = !clinicalStatus || hasCode(clinicalStatus, 'active', 'recurrence', 'relapse');
  return lasts && !hasEnded ? period : undefined;
}

interface Flag {
  readonly status?: string;
  readonly period?: { readonly start?: string; readonly end?: string };
}

/** When a flag held: one that is inactive, until the end it names. */
function periodOfFlag(resource: JsonObject): Period | undefined {
  const { status, period: given } = resource as Flag;
  const period = periodFrom(given?.start, given?.end);
  return status === 'active' || (status === 'inactive' && period.to !== undefined) ? period : undefined;
}

const withdrawn: ReadonlySet<string | undefined> = new Set(['entered-in-error', 'cancelled']);

function isAnswer(record: JsonObject): boolean {
  return record.resourceType === 'Observation' && !withdrawn.has(record.status as string | undefined);
}

/** The states that answers to a question tell: each until the next answer. */
function statesAnswered(question: Question, answers: readonly JsonObject[]): Context[] {
  const given = answers.flatMap((answer) => {
    const { code, valueCodeableConcept } = answer as Observation;
    const instants = instantsOf(momentOf(answer));
    if (!instants || !valueCodeableConcept || !shareCode(code?.coding ?? [], [question])) return [];
    return [{ first: instants[0], last: instants[1], codes: codesOf(valueCodeableConcept) }];
  });
  return given.flatMap(({ first, last, codes }) => {
    const later = given.map((other) => other.first).filter((other) => other > last);
    const to = Math.min(last + question.holds, ...later.map((other) => other - 1));
    return codes.map((code) => {
      const meaning = question.means?.find(({ answer }) => sameCode(answer, code));
      return { ...(meaning?.state ?? code), from: first, to };
    });
  });
}

/** Weeks and days at birth, by the latest Observation that tells them; one of the age at birth before others. */
function gestationOf(
  answers: readonly JsonObject[],
  birthDate: string | undefined,
): PatientFacts['gestationalAge'] {
  const born = instantsOf(birthDate);
  const given = answers.flatMap((answer) => {
    const { code, valueQuantity } = answer as Observation;
    const codings = code?.coding ?? [];
    const rank = shareCode(codings, [atBirth]) ? 1 : 0;
    const unit = valueQuantity && unitOf(valueQuantity);
    const [first, last] = instantsOf(momentOf(answer)) ?? [];
    if (unit === undefined || valueQuantity!.comparator || !isJsonNumber(valueQuantity!.value)) return [];
    if (rank === 0) {
      if (!shareCode(codings, gestation) || !born || first === undefined) return [];
      if (last! < born[0] || first > born[1] + FIRST_MONTH) return [];
    }
    const days = convertAmount(numberOf(valueQuantity!.value), unit, 'd');
    return days === undefined || days < 0 ? [] : [{ rank, time: first ?? 0, days: Math.floor(days + 1e-6) }];
  });
  given.sort((a, b) => b.rank - a.rank || b.time - a.time || b.days - a.days);
  const [best] = given;
  return best && { weeks: Math.floor(best.days / 7), days: best.days % 7 };
}
