// What annotate.ts once added to a value, read back: the judgement of that time and the ranges it was made by.
import { computedInterpretationUrl, isComputed, rulesetUrl } from './computed.ts';
import type { Concept, Extensible, Extension, Measurement, Quantity } from './observation.ts';

/** A judgement as it is stored with a value. */
export interface StoredJudgement {
  /** code of the computed interpretation; absent where only a range was added, since the sender said the same */
  readonly interpretation?: string;
  readonly by?: StoredRule;
  /** the range that was added */
  readonly normal?: { readonly low?: Quantity; readonly high?: Quantity; readonly by?: StoredRule };
}

/** What the extension `ruleset` names. */
export interface StoredRule {
  /** `ObservationDefinition/[id]`; absent for a range that came with the Observation */
  readonly definition?: string;
  readonly version?: string;
  /** place among the definition's intervals, or the Observation's ranges; absent for codes */
  readonly position?: number;
}

/** The judgement stored with an Observation's value or that of a component; undefined where none is. */
export function storedJudgementOf(part: Measurement): StoredJudgement | undefined {
  const beside = part.extension?.find(({ url }) => url === computedInterpretationUrl) as
    | (Extension & { valueCodeableConcept?: Concept & Extensible })
    | undefined;
  const concept = part.interpretation?.find(isComputed) ?? beside?.valueCodeableConcept;
  const range = part.referenceRange?.find(isComputed);
  if (!concept && !range) return undefined;
  const interpretation = concept?.coding?.find(({ code }) => code !== undefined)?.code;
  return {
    ...(interpretation !== undefined && { interpretation }),
    ...withRule(concept),
    ...(range && {
      normal: {
        ...(range.low && { low: range.low }),
        ...(range.high && { high: range.high }),
        ...withRule(range),
      },
    }),
  };
}

function withRule(computed: Extensible | undefined): { by?: StoredRule } {
  const extension = computed?.extension?.find(({ url }) => url === rulesetUrl) as
    | { valueString?: string }
    | undefined;
  const [, place, version, position] =
    /^([^#]*?)(?:\/_history\/([^#]*))?(?:#(\d{1,9}))?$/.exec(extension?.valueString ?? '') ?? [];
  if (!place) return {};
  return {
    by: {
      ...(place.startsWith('ObservationDefinition/') && { definition: place }),
      ...(version !== undefined && { version }),
      ...(position !== undefined && { position: Number(position) }),
    },
  };
}
