// What a value is by the ObservationDefinitions as they are read over HTTP: an evaluator of its own that shares no code with the
// server. It looks at every interval of every definition for every value, in the order that fhir-profiles/README.md tells.
import type { Json } from '../../bundles/bundleSupport.ts';
import { ageOn, amountIn } from './amounts.ts';

/** All that the recount is made from, as plain JSON. */
export interface Ward {
  definitions: Json[];
  patients: Map<string, Json>;
  /** Conditions and Flags by id of their patient */
  states: Map<string, Json[]>;
}

/** What became of a value, and by which rule: what the extension `ruleset` is to say. */
export interface Verdict {
  level: string;
  by: string;
  /** the normal limits, and the rule they are told to be of */
  low?: number;
  high?: number;
  rangeBy?: string;
}

const EXTENSIONS = 'https://salus.example/fhir/StructureDefinition/';

/** The definitions for the first of these codings that has any: those of the patient, and those of everybody. */
export function definitionsFor({ definitions }: Ward, codings: Json[] = [], patient: string) {
  for (const { system, code } of codings) {
    const of = definitions.filter((definition) =>
      definition.code.coding.some((each: Json) => each.system === system && each.code === code),
    );
    const whose = ({ extension }: Json) =>
      extension?.find(({ url }: Json) => url === `${EXTENSIONS}range-patient`)?.valueReference.reference;
    const own = of.filter((definition) => whose(definition) === `Patient/${patient}`);
    const everybodys = of.filter((definition) => whose(definition) === undefined);
    if (own.length + everybodys.length > 0) return { own, everybodys };
  }
  return undefined;
}

export const unitOf = (definition: Json): string | undefined =>
  definition.quantitativeDetails?.unit?.coding?.[0]?.code;

/** Statuses and labels of what nobody relies on. */
export const isWithdrawn = ({ status, meta }: Json): boolean =>
  ['entered-in-error', 'cancelled'].includes(status) ||
  (meta?.security ?? []).some(({ code }: Json) => code === 'HTEST');

interface Limit {
  value: number;
  by: string;
  source: number;
}

/** Judges a value or component; undefined where there is nothing to say of it. */
export function judgeNaively(ward: Ward, observation: Json, part: Json): Verdict | 'impossible' | undefined {
  const patient = observation.subject.reference.slice('Patient/'.length);
  const found = definitionsFor(ward, part.code?.coding, patient);
  if (!found || isWithdrawn(observation)) return undefined;
  if (part.valueCodeableConcept) return judgeCode([...found.own, ...found.everybodys], part);
  if (part.valueQuantity?.value === undefined) return undefined;
  const unit = unitOf((found.own[0] ?? found.everybodys[0])!)!;
  const amount = amountIn(part.valueQuantity, unit);
  if (amount === undefined) return undefined;
  const holds = (interval: Json) => isFor(ward, interval, patient, observation.effectiveDateTime);
  // For each source in turn: the interval of each category that holds and asks for most.
  const first = [found.own, ownRanges(part, unit), found.everybodys].map((definitions) => {
    const of = (category: string) =>
      definitions
        .flatMap((definition) =>
          definition.qualifiedInterval.map((interval: Json, place: number) => {
            return { ...interval, place: `${nameOf(definition)}#${place}` };
          }),
        )
        .filter((interval: Json) => interval.category === category && holds(interval))
        .sort(byDemand)[0];
    return { absolute: of('absolute'), critical: of('critical'), reference: of('reference') };
  });
  const limit = (category: 'critical' | 'reference', end: 'low' | 'high'): Limit | undefined => {
    const source = first.findIndex((each) => each[category]?.range[end] !== undefined);
    const interval = first[source]?.[category];
    return interval && { value: interval.range[end].value, by: interval.place, source };
  };
  const absolute = first.find((each) => each.absolute)?.absolute;
  if (absolute && (amount < absolute.range.low.value || amount > absolute.range.high.value))
    return 'impossible';
  const normal = first.find((each) => each.reference)?.reference;
  const [low, high] = [limit('reference', 'low'), limit('reference', 'high')];
  const limits = {
    ...(low && { low: low.value }),
    ...(high && { high: high.value }),
    ...((low ?? high) && { rangeBy: normal.place }),
  };
  const say = (level: string, by: string): Verdict => ({ level, by, ...limits });
  const isBelow = (one: Limit | undefined) => one !== undefined && amount < one.value;
  const isAbove = (one: Limit | undefined) => one !== undefined && amount > one.value;
  const [criticalLow, criticalHigh] = [limit('critical', 'low'), limit('critical', 'high')];
  // What the patient's own range allows is not critical by a range of everybody.
  const allowed = (own: Limit | undefined, critical: Limit) => own?.source === 0 && critical.source !== 0;
  if (isBelow(criticalLow) && (isBelow(low) || !allowed(low, criticalLow!)))
    return say('LL', criticalLow!.by);
  if (isBelow(low)) return say('L', low!.by);
  if (isAbove(criticalHigh) && (isAbove(high) || !allowed(high, criticalHigh!))) {
    return say('HH', criticalHigh!.by);
  }
  if (isAbove(high)) return say('H', high!.by);
  return normal && say('N', normal.place);
}

const nameOf = ({ id, meta }: Json): string =>
  id === undefined ? 'Observation.referenceRange' : `ObservationDefinition/${id}/_history/${meta.versionId}`;

/** The ranges that came with a value, as if they were a definition. */
function ownRanges({ referenceRange = [] }: Json, unit: string): Json[] {
  const intervals = referenceRange.map((range: Json) => {
    if (range.extension?.some(({ url }: Json) => url === `${EXTENSIONS}ruleset`))
      return { category: 'computed' };
    const bound = (end: Json) => end && { value: amountIn(end, unit) };
    const [low, high] = [bound(range.low), bound(range.high)];
    return { category: 'reference', range: { ...(low && { low }), ...(high && { high }) } };
  });
  return intervals.length > 0 ? [{ qualifiedInterval: intervals }] : [];
}

function judgeCode(definitions: Json[], { valueCodeableConcept }: Json): Verdict | undefined {
  for (const [element, level] of [
    ['criticalCodedValueSet', 'AA'],
    ['normalCodedValueSet', 'N'],
  ] as const) {
    for (const definition of definitions) {
      const set = definition.contained?.find(({ id }: Json) => `#${id}` === definition[element]?.reference);
      const isListed = set?.compose.include.some(({ system, concept }: Json) =>
        valueCodeableConcept.coding.some(
          (coding: Json) =>
            coding.system === system && concept.some(({ code }: Json) => code === coding.code),
        ),
      );
      if (isListed) return { level, by: nameOf(definition) };
    }
  }
  return undefined;
}

const asked = ({ context, appliesTo = [] }: Json): Json[] => [...(context ? [context] : []), ...appliesTo];

function isFor(ward: Ward, interval: Json, patient: string, moment: string): boolean {
  const { birthDate, gender } = ward.patients.get(patient)!;
  if (interval.gender !== undefined && interval.gender !== gender) return false;
  if (interval.gestationalAge) throw new Error('the recount knows of no gestational age');
  for (const [end, isWithin] of [
    ['low', (age: number, bound: number) => age >= bound],
    ['high', (age: number, bound: number) => age <= bound],
  ] as const) {
    const bound = interval.age?.[end];
    if (!bound) continue;
    const age = (ageOn(birthDate, moment) as Record<string, number>)[bound.code];
    if (age === undefined) throw new Error(`the recount does not count ages in ${bound.code}`);
    if (!isWithin(age, bound.value)) return false;
  }
  return asked(interval).every((concept) => isKnown(ward, patient, concept.coding, moment));
}

/** Normal, high-risk and multiple pregnancy. */
const pregnancies = new Set(['72892002', '47200007', '16356006']);

/** Whether a Condition or Flag says that one of these states holds at a moment. */
export function isKnown({ states }: Ward, patient: string, codings: Json[], moment: string): boolean {
  const at = Date.parse(moment);
  return (states.get(patient) ?? []).some((state) => {
    const isMeant = state.code?.coding?.some((own: Json) =>
      codings.some(
        ({ system, code }) =>
          own.system === system && (own.code === code || (code === '77386006' && pregnancies.has(own.code))),
      ),
    );
    if (!isMeant) return false;
    if (state.resourceType === 'Flag') {
      const { status, period: { start = moment, end } = {} as Json } = state;
      if (status !== 'active' && end === undefined) return false;
      return status !== 'entered-in-error' && Date.parse(start) <= at && (!end || at <= Date.parse(end));
    }
    const is = (concept: Json | undefined, wanted: string) => {
      return !concept || concept.coding?.some(({ code }: Json) => code === wanted);
    };
    const { onsetDateTime = moment, abatementDateTime: end } = state;
    if (!is(state.verificationStatus, 'confirmed') || Date.parse(onsetDateTime) > at) return false;
    return end === undefined ? is(state.clinicalStatus, 'active') : at <= Date.parse(end);
  });
}

/** States first, then a gender, then the narrower band of ages. */
function byDemand(a: Json, b: Json): number {
  const days = { d: 1, mo: 30.4375, a: 365.25 } as Record<string, number>;
  const width = ({ age }: Json): number => {
    const from = age?.low ? age.low.value * days[age.low.code]! : 0;
    return (age?.high ? (age.high.value + 1) * days[age.high.code]! : 1e6) - from;
  };
  return (
    asked(b).length - asked(a).length ||
    Number(b.gender !== undefined) - Number(a.gender !== undefined) ||
    width(a) - width(b)
  );
}
