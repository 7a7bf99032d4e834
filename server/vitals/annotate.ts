// What was judged, added to the Observation where its sender said nothing of it (observation.html, interpretation and
// referenceRange). What was sent is never altered; where it says something else, the computed answer stands beside it.
import { equalJson } from '../json/equalJson.ts';
import { ucum } from '../units/unit.ts';
import { interpretationSystem } from './codeSystems.ts';
import { computedInterpretationUrl, computedTag, rulesetUrl, withoutComputed } from './computed.ts';
import type { Concept, JsonObject, Measurement, Observation } from './observation.ts';
import { rangeMeanings } from './readVitalSign.ts';
import type { Interpretation, Judged } from './vitalSign.ts';

const displays: Readonly<Record<Interpretation, string>> = {
  LL: 'Critical low',
  L: 'Low',
  N: 'Normal',
  H: 'High',
  HH: 'Critical high',
  A: 'Abnormal',
  AA: 'Critical abnormal',
};

/** Codes that a sender may have used for the same. */
const sameAs: Readonly<Record<Interpretation, readonly string[]>> = {
  LL: ['LL', 'LU', 'AA'],
  L: ['L', 'A'],
  N: ['N'],
  H: ['H', 'A'],
  HH: ['HH', 'HU', 'AA'],
  A: ['A'],
  AA: ['AA'],
};

const isInterpretation = new Set([interpretationSystem, 'http://terminology.hl7.org/CodeSystem/v2-0078']);

/**
 * An Observation with what was judged of it, in place of whatever was computed before; undefined when that is the Observation
 * as it is. The Observation itself is left alone.
 */
export function annotated(observation: JsonObject, judged: readonly Judged[]): JsonObject | undefined {
  const sent = withoutComputed(observation);
  let result = sent;
  let components: JsonObject[] | undefined;
  for (const each of judged) {
    if (each.component < 0) {
      result = annotatedPart(result, each);
      continue;
    }
    components ??= [...((sent as Observation).component as readonly JsonObject[])];
    components[each.component] = annotatedPart(components[each.component]!, each);
  }
  if (components?.some((part, i) => part !== (sent as Observation).component![i])) {
    result = { ...result, component: components };
  }
  if (result !== sent) result = tagged(result);
  return result === observation || (sent !== observation && equalJson(result, observation))
    ? undefined
    : result;
}

function tagged(observation: JsonObject): JsonObject {
  const meta = observation.meta as Observation['meta'];
  return { ...observation, meta: { ...meta, tag: [...(meta?.tag ?? []), { ...computedTag }] } };
}

/** Whether what the sender said of a value agrees with what was computed; undefined where nothing was said. */
export function agrees({ interpretation }: Measurement, computed: Interpretation): boolean | undefined {
  if (!interpretation?.length) return undefined;
  return interpretation.some(({ coding }) =>
    coding?.some(({ system, code }) => isInterpretation.has(system!) && sameAs[computed].includes(code!)),
  );
}

function annotatedPart(part: JsonObject, judged: Judged): JsonObject {
  const measurement = part as Measurement;
  const agreed = agrees(measurement, judged.interpretation);
  const { reference } = judged;
  const hasRange = measurement.referenceRange !== undefined && measurement.referenceRange.length > 0;
  const addsRange = !hasRange && reference !== undefined;
  if (agreed === true && !addsRange) return part;
  const extension = [rulesetOf(judged.definition, judged.version, judged.interval?.position)];
  const result: Record<string, unknown> = { ...part };
  if (agreed === undefined) result.interpretation = [conceptOf(judged.interpretation, extension)];
  if (agreed === false) {
    const valueCodeableConcept = conceptOf(judged.interpretation, extension);
    const sent = measurement.extension ?? [];
    result.extension = [...sent, { url: computedInterpretationUrl, valueCodeableConcept }];
  }
  if (addsRange) {
    const unit = judged.unit!;
    result.referenceRange = [
      {
        extension: [rulesetOf(reference.definition, reference.version, reference.position)],
        ...(reference.low !== undefined && { low: quantityOf(reference.low, unit) }),
        ...(reference.high !== undefined && { high: quantityOf(reference.high, unit) }),
        type: { coding: [{ system: rangeMeanings, code: 'normal', display: 'Normal Range' }] },
      },
    ];
  }
  return result;
}

/** What the extension names for a range that the Observation itself brought along. */
const ownRange = 'Observation.referenceRange';

/** Where what was computed comes from: `ObservationDefinition/[id]/_history/[version]`, `#` and the interval's place in it. */
function rulesetOf(
  definition: string | undefined,
  version: string | undefined,
  position: number | undefined,
): JsonObject {
  const history = version === undefined ? '' : `/_history/${version}`;
  const interval = position === undefined ? '' : `#${position}`;
  return { url: rulesetUrl, valueString: `${definition ?? ownRange}${history}${interval}` };
}

function conceptOf(code: Interpretation, extension: readonly unknown[]): Concept & { extension: unknown } {
  return { extension, coding: [{ system: interpretationSystem, code, display: displays[code] }] };
}

function quantityOf(value: number, unit: string): JsonObject {
  return { value, unit, system: ucum, code: unit };
}
